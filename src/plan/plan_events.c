/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading what is expected of sinks.
 */
#include "plan/plan_events.h"

#include <string.h>

#include "base/units.h"

#define PLAN_FIRST_EVENT_NS (INT64_C(30) * 1000000000)
enum { PLAN_THROTTLE_MAX = 100000 };

#define PLAN_DRAIN_NS (INT64_C(600) * 1000000000)

void plan_events_init(struct plan_events *events)
{
    *events = (struct plan_events){
        .first_event = true, .first_event_ns = PLAN_FIRST_EVENT_NS, .drain_ns = PLAN_DRAIN_NS};
    accept_init(&events->accept);
    plan_sinks_init(&events->sinks);
}

void plan_events_fini(struct plan_events *events)
{
    plan_sinks_fini(&events->sinks);
}

/* "FIELD", or "SENT:CAME" where the pipeline moves it: one field as it is sent for all sinks, since
 * the sender keeps one hash an event. */
static enum br_err plan_deliver_add_intact(struct plan_events *events, size_t sink,
                                           struct bytes text, struct diag *diag)
{
    struct bytes came = text;
    struct bytes sent = bytes_cut(&came, ':');
    if (came.ptr == NULL)
        came = sent;
    if (sent.len == 0 || came.len == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "intact=%.*s names no field; accepted: intact=FIELD, or intact=SENT:CAME "
                        "where it comes out under another name",
                        BYTES_ARG(text));
    if (events->intact_field.len > 0 && !bytes_eq(events->intact_field, sent))
        return diag_set(diag, BR_ERR_CONFIG,
                        "intact compares one field of what is sent in a run: %.*s or %.*s",
                        BYTES_ARG(events->intact_field), BYTES_ARG(sent));
    events->intact_field = arena_copy(&events->sinks.arena, sent);
    events->sinks.sinks[sink].intact = arena_copy(&events->sinks.arena, came);
    return BR_ERR_NONE;
}

/* "5/60s" or "5/m": as it is meant, not in lowest terms. */
static enum br_err plan_deliver_add_throttle(struct plan_deliver *deliver, struct bytes text,
                                             struct diag *diag)
{
    struct bytes per = text;
    struct bytes count_text = bytes_cut(&per, '/');
    char one[8] = "1";
    uint64_t count = 0;
    int64_t per_ns = 0;
    if (per.len > 0 && per.len < sizeof(one) - 1 && (per.ptr[0] < '0' || per.ptr[0] > '9')) {
        memcpy(one + 1, per.ptr, per.len);
        per = bytes_make(one, per.len + 1);
    }
    if (units_parse_count(count_text, &count, NULL) != BR_ERR_NONE || count == 0 ||
        count > PLAN_THROTTLE_MAX || per.len == 0 ||
        units_parse_duration(per, &per_ns, NULL) != BR_ERR_NONE || per_ns <= 0)
        return diag_set(
            diag, BR_ERR_CONFIG,
            "throttle=%.*s is not a number of events in a time; accepted: throttle=5/60s",
            BYTES_ARG(text));
    deliver->throttle = (uint32_t)count;
    deliver->throttle_ns = per_ns;
    return BR_ERR_NONE;
}

static enum br_err plan_deliver_add_word(struct plan_events *events, size_t sink, struct bytes word,
                                         struct diag *diag)
{
    struct plan_deliver *deliver = &events->delivers[sink];
    struct bytes value = word;
    struct bytes key = bytes_cut(&value, '=');
    bool bare = value.ptr == NULL;
    deliver->given = true;
    if (bare && bytes_eq(key, BYTES("all")))
        deliver->all = true;
    else if (bare && bytes_eq(key, BYTES("exactly-once")))
        deliver->exactly_once = true;
    else if (bare && bytes_eq(key, BYTES("in-order")))
        deliver->in_order = true;
    else if (bare && bytes_eq(key, BYTES("none")))
        deliver->none = true;
    else if (!bare && bytes_eq(key, BYTES("at-least")))
        return units_parse_share(value, &deliver->at_least, diag);
    else if (!bare && bytes_eq(key, BYTES("within")))
        return units_parse_duration(value, &deliver->within_ns, diag);
    else if (!bare && bytes_eq(key, BYTES("throttle")))
        return plan_deliver_add_throttle(deliver, value, diag);
    else if (!bare && bytes_eq(key, BYTES("intact")))
        return plan_deliver_add_intact(events, sink, value, diag);
    else
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is nothing that can be expected of a sink; accepted: %s",
                        BYTES_ARG(word), PLAN_DELIVER_FORMS);
    return BR_ERR_NONE;
}

enum br_err plan_events_add_deliver(struct plan_events *events, struct bytes text,
                                    struct diag *diag)
{
    struct bytes rest = text;
    struct bytes name = bytes_cut(&rest, '=');
    struct plan_sink *sink = plan_sinks_find(&events->sinks, name);
    if (rest.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" expects nothing of a sink; accepted: %s",
                        BYTES_ARG(text), PLAN_DELIVER_FORMS);
    if (sink == NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "there is no sink called \"%.*s\"; --sink %.*s=KIND:PLACE makes one",
                        BYTES_ARG(name), BYTES_ARG(name));
    while (rest.ptr != NULL) {
        struct bytes word = bytes_trim(bytes_cut(&rest, ','));
        enum br_err err =
            plan_deliver_add_word(events, (size_t)(sink - events->sinks.sinks), word, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    return BR_ERR_NONE;
}

static enum br_err plan_deliver_check(const struct plan_deliver *deliver,
                                      const struct plan_sink *sink, struct diag *diag)
{
    bool something = deliver->all || deliver->exactly_once || deliver->at_least > 0;
    if (deliver->none && (something || deliver->in_order || deliver->throttle_ns > 0 ||
                          deliver->within_ns > 0 || sink->intact.len > 0))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--deliver %.*s: none and something cannot both be expected",
                        BYTES_ARG(sink->name));
    if (deliver->at_least < 0 || deliver->at_least > 1)
        return diag_set(diag, BR_ERR_CONFIG, "--deliver %.*s: at-least is a share up to 100%%",
                        BYTES_ARG(sink->name));
    return BR_ERR_NONE;
}

/* What needs to know which event is which. */
static enum br_err plan_count_check(const struct plan_events *events, struct diag *diag)
{
    const char *what = NULL;
    struct bytes name = BYTES_NONE;
    for (size_t i = 0; i < events->sinks.count && what == NULL; i++) {
        const struct plan_deliver *deliver = &events->delivers[i];
        name = events->sinks.sinks[i].name;
        if (deliver->exactly_once)
            what = "exactly-once";
        else if (deliver->in_order)
            what = "in-order";
        else if (deliver->within_ns > 0)
            what = "within";
        else if (events->sinks.sinks[i].intact.len > 0)
            what = "intact";
        else if (deliver->throttle_ns > 0)
            what = "throttle";
    }
    if (what != NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--deliver %.*s: %s needs to know which event is which, and --identity "
                        "count only counts them; all, at-least and none can be asked",
                        BYTES_ARG(name), what);
    if (events->sinks.count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--identity count needs a sink where events come out");
    if (events->stream_key.len > 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--stream-key is about order, and --identity count only counts events");
    return BR_ERR_NONE;
}

bool plan_events_throttled(const struct plan_events *events)
{
    bool throttled = false;
    for (size_t i = 0; i < events->sinks.count; i++)
        throttled = throttled || events->delivers[i].throttle_ns > 0;
    return throttled;
}

enum br_err plan_events_check(const struct plan_events *events, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    bool counted = events->identity == PLAN_IDENTITY_COUNT;
    for (size_t i = 0; i < events->sinks.count && err == BR_ERR_NONE; i++)
        err = plan_deliver_check(&events->delivers[i], &events->sinks.sinks[i], diag);
    if (err == BR_ERR_NONE && counted)
        err = plan_count_check(events, diag);
    if (err == BR_ERR_NONE && events->sinks.count > 0 && !events->followed && !counted)
        return diag_set(diag, BR_ERR_CONFIG,
                        "sinks can only account for events that are told apart: put {{event}} "
                        "into the body, a header or the URL");
    if (err == BR_ERR_NONE && events->anomalies_path.len > 0 &&
        (events->sinks.count == 0 || !events->followed))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--anomalies needs events that are followed: a --sink, and {{event}} in "
                        "the body");
    if (err == BR_ERR_NONE && events->stream_key.len > 0 && !events->followed)
        return diag_set(diag, BR_ERR_CONFIG, "--stream-key needs events: {{event}} in the body");
    if (err == BR_ERR_NONE && accept_has_paths(&events->accept) && !events->followed && !counted)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--accepted and --rejected speak of events: put {{event}} into the body");
    return err;
}
