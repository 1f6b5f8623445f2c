/* SPDX-License-Identifier: Apache-2.0
 *
 * What is expected of sinks, as people write it.
 */
#include "plan/plan_events.h"

#include "unit.h"

#define SEC INT64_C(1000000000)

static void events_init(struct plan_events *events)
{
    plan_events_init(events);
    UNIT_EQ_INT(plan_sinks_add(&events->sinks, BYTES("a=webhook"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_sinks_add(&events->sinks, BYTES("b=tcp"), NULL), BR_ERR_NONE);
    events->followed = true;
}

UNIT_TEST(deliver_is_read)
{
    struct plan_events events;
    struct diag diag = DIAG_INIT;
    events_init(&events);
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("a=all,within=5s, at-least=99.9%"), &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("a=in-order"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("b=exactly-once,intact=m:x.text"), &diag),
                BR_ERR_NONE);
    UNIT_OK(events.delivers[0].all && events.delivers[0].in_order);
    UNIT_OK(!events.delivers[0].exactly_once && events.delivers[1].exactly_once);
    UNIT_EQ_INT(events.delivers[0].within_ns, 5 * SEC);
    UNIT_OK(events.delivers[0].at_least > 0.9989 && events.delivers[0].at_least < 0.9991);
    UNIT_OK(!plan_events_throttled(&events));
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("b=throttle=5/60s"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("a=throttle=10/m"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(events.delivers[0].throttle, 10);
    UNIT_EQ_INT(events.delivers[1].throttle, 5);
    UNIT_OK(events.delivers[0].throttle_ns == 60 * SEC);
    UNIT_OK(events.delivers[1].throttle_ns == 60 * SEC);
    UNIT_OK(plan_events_throttled(&events));
    UNIT_EQ_BYTES(events.intact_field, BYTES("m"));
    UNIT_EQ_BYTES(events.sinks.sinks[1].intact, BYTES("x.text"));
    UNIT_EQ_INT(events.sinks.sinks[0].intact.len, 0);
    /* The same field again, under its own name. */
    UNIT_EQ_INT(plan_events_add_deliver(&events, BYTES("a=intact=m"), &diag), BR_ERR_NONE);
    UNIT_EQ_BYTES(events.sinks.sinks[0].intact, BYTES("m"));
    UNIT_EQ_INT(plan_events_check(&events, &diag), BR_ERR_NONE);
    plan_events_fini(&events);
}

UNIT_TEST(what_cannot_be_expected_is_refused)
{
    static const struct {
        const char *first, *text, *told;
    } rows[] = {
        {"b=all", "a", "expects nothing of a sink"},
        {"b=all", "a=", "expects nothing of a sink"},
        {"b=all", "c=all", "there is no sink called \"c\""},
        {"b=all", "a=everything", "\"everything\" is nothing that can be expected"},
        {"b=all", "a=all=1", "\"all=1\" is nothing that can be expected"},
        {"b=all", "a=within", "\"within\" is nothing that can be expected"},
        {"b=all", "a=intact", "\"intact\" is nothing that can be expected"},
        {"b=all", "a=within=soon", "soon"},
        {"b=all", "a=at-least=101%", "101%"},
        {"b=all", "a=intact=", "names no field"},
        {"b=all", "a=intact=:m", "names no field"},
        {"b=all", "a=intact=m:", "names no field"},
        {"b=all", "a=throttle=5", "throttle=5 is not a number of events in a time"},
        {"b=all", "a=throttle=0/s", "throttle=0/s is not"},
        {"b=all", "a=throttle=5/0s", "throttle=5/0s is not"},
        {"b=all", "a=throttle=5/minutely", "throttle=5/minutely is not"},
        {"a=none", "a=throttle=5/s", "none and something"},
        {"b=intact=m", "a=intact=n", "one field of what is sent in a run: m or n"},
        {"a=none", "a=all", "none and something"},
        {"a=none", "a=within=1s", "none and something"},
        {"a=none", "a=intact=m", "none and something"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_events events;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        events_init(&events);
        UNIT_EQ_INT(plan_events_add_deliver(&events, bytes_from_str(rows[i].first), &diag),
                    BR_ERR_NONE);
        enum br_err err = plan_events_add_deliver(&events, bytes_from_str(rows[i].text), &diag);
        if (err == BR_ERR_NONE)
            err = plan_events_check(&events, &diag);
        UNIT_OK(err != BR_ERR_NONE);
        UNIT_OK(strstr(diag.text, rows[i].told) != NULL);
        plan_events_fini(&events);
    }
}

UNIT_MAIN(UNIT_RUN(deliver_is_read), UNIT_RUN(what_cannot_be_expected_is_refused))
