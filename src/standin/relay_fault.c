/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to events on purpose, and the account of it. Decisions are drawn from generators
 * placed by seed and identity, so that the same events meet the same faults whatever the order, the
 * timing or a restart.
 */
#include "base/must.h"
#include "base/rng.h"
#include "data/json.h"
#include "standin/relay_inner.h"

enum { RELAY_NOTE_MAX = 512 };

/* What the generators are for: numbers of their own for each purpose. */
enum { RELAY_DRAW_FATE, RELAY_DRAW_REFUSAL, RELAY_DRAW_DAMAGE };

static struct rng relay_draw(const struct standin_relay *relay, const struct relay_event *event,
                             uint64_t purpose)
{
    uint64_t key = event->name_len > 0
                       ? (uint64_t)event->id.stream << STAMP_SEQ_BITS | event->id.seq
                       : UINT64_C(1) << 63 | event->number;
    return rng_at(rng_mix(relay->config->seed + purpose * RNG_STEP), key);
}

enum relay_fault relay_decide(const struct standin_relay *relay, const struct relay_event *event,
                              int64_t *out_delay_ns)
{
    const struct standin_relay_config *config = relay->config;
    struct rng rng = relay_draw(relay, event, RELAY_DRAW_FATE);
    double lot = rng_double(&rng);
    *out_delay_ns = dist_sample(&config->delay, &rng);
    for (int fault = RELAY_LOSE; fault <= RELAY_DELAY; fault++) {
        lot -= config->shares[fault];
        if (lot < 0)
            return (enum relay_fault)fault;
    }
    return RELAY_NO_FAULT;
}

bool relay_decide_refusal(const struct standin_relay *relay, const struct relay_event *first)
{
    if (!(relay->config->refuse.share > 0))
        return false;
    struct rng rng = relay_draw(relay, first, RELAY_DRAW_REFUSAL);
    return rng_double(&rng) < relay->config->refuse.share;
}

/* ---- damage ---- */

/* A string that is a value, where damage may go. */
struct relay_place {
    size_t start;
    size_t end;
    int rank; /* the higher the better */
};

static bool relay_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool relay_in_stamp(const struct relay_event *event, size_t at)
{
    return event->name_len > 0 && at >= event->name_at && at < event->name_at + event->name_len;
}

/* The letter number `pick` in the range that may be changed; `end` when there are fewer, their
 * number in *out_count. Escapes are left alone. */
static size_t relay_letter(const struct relay_event *event, size_t start, size_t end, size_t pick,
                           size_t *out_count)
{
    size_t count = 0;
    for (size_t at = start; at < end; at++) {
        if (event->is_json && event->text[at] == '\\') {
            at += at + 1 < end && event->text[at + 1] == 'u' ? 5 : 1;
            continue;
        }
        if (!relay_is_letter(event->text[at]) || relay_in_stamp(event, at))
            continue;
        if (count++ == pick)
            return at;
    }
    *out_count = count;
    return end;
}

/* Behind the closing quote of the string whose first character is at `at`. */
static size_t relay_string_end(const struct relay_event *event, size_t at)
{
    while (at < event->len && event->text[at] != '"')
        at += event->text[at] == '\\' ? 2 : 1;
    return at < event->len ? at : event->len;
}

static bool relay_is_key(const struct relay_event *event, size_t behind)
{
    while (behind < event->len && (event->text[behind] == ' ' || event->text[behind] == '\t' ||
                                   event->text[behind] == '\n' || event->text[behind] == '\r'))
        behind++;
    return behind < event->len && event->text[behind] == ':';
}

static int relay_rank(const struct relay_event *event, struct bytes key, size_t start, size_t end)
{
    struct bytes field = event->relay->config->damage_field;
    size_t count;
    if (relay_letter(event, start, end, SIZE_MAX, &count) == end && count == 0)
        return 0;
    if (field.len > 0)
        return bytes_eq(key, field) ? 1 : 0;
    return event->name_len > 0 && event->name_at >= start && event->name_at < end ? 2 : 1;
}

/* The best string of a JSON text. */
static struct relay_place relay_find_place(const struct relay_event *event)
{
    struct relay_place best = {0, 0, 0};
    struct bytes key = BYTES_NONE;
    for (size_t at = 0; at < event->len; at++) {
        if (event->text[at] != '"')
            continue;
        size_t start = at + 1;
        at = relay_string_end(event, start);
        if (relay_is_key(event, at + 1)) {
            key = bytes_make(event->text + start, at - start);
            continue;
        }
        int rank = relay_rank(event, key, start, at);
        if (rank > best.rank)
            best = (struct relay_place){start, at, rank};
    }
    return best;
}

/* Where the damage goes; false: nowhere. */
static bool relay_aim(struct standin_relay *relay, struct relay_event *event)
{
    struct relay_place place = {0, event->len, 1};
    size_t count = 0;
    if (event->is_json)
        place = relay_find_place(event);
    if (place.rank > 0)
        (void)relay_letter(event, place.start, place.end, SIZE_MAX, &count);
    if (count > 0) {
        struct rng rng = relay_draw(relay, event, RELAY_DRAW_DAMAGE);
        event->damage_at =
            relay_letter(event, place.start, place.end, (size_t)rng_below(&rng, count), &count);
        return true;
    }
    if (event->name_len == 0 || relay->config->damage_field.len > 0)
        return false;
    event->in_stamp = true;
    event->damage_at = event->name_at + event->name_len - 1u;
    return true;
}

bool relay_damage(struct standin_relay *relay, struct relay_event *event)
{
    if (!relay_aim(relay, event))
        return false;
    relay_note(relay, event, RELAY_DAMAGE, RELAY_INTENT, 0);
    char *c = &event->text[event->damage_at];
    if (!relay_is_letter(*c))
        *c = *c == '9' ? '0' : (char)(*c + 1);
    else
        *c = (*c | 0x20) == 'f' || (*c | 0x20) == 'z' ? (char)(*c - ((*c | 0x20) - 'a'))
                                                      : (char)(*c + 1);
    return true;
}

/* ---- the lists ---- */

const char *relay_fault_name(enum relay_fault fault)
{
    static const char *const names[RELAY_FAULT_COUNT] = {
        [RELAY_NO_FAULT] = "none",   [RELAY_LOSE] = "lose",       [RELAY_DUP] = "dup",
        [RELAY_REORDER] = "reorder", [RELAY_DAMAGE] = "damage",   [RELAY_DELAY] = "delay",
        [RELAY_REFUSE] = "refuse",   [RELAY_GAVE_UP] = "gave-up",
    };
    return names[fault];
}

static void relay_write_note(struct standin_relay *relay, const struct relay_note *note)
{
    static const char *const states[] = {"intent", "done", "void"};
    struct buf line;
    struct json_writer json;
    buf_init(&line, RELAY_NOTE_MAX);
    json_writer_init(&json, &line, false);
    json_open_object(&json);
    json_add_str(&json, "fault", relay_fault_name(note->fault));
    json_add_str(&json, "state", states[note->state]);
    if (note->event.len > 0)
        json_add_text(&json, "event", note->event);
    json_add_u64(&json, "number", note->number);
    json_add_i64(&json, "ns", note->now_ns);
    if (note->fault == RELAY_DELAY)
        json_add_i64(&json, "delay_ns", note->delay_ns);
    if (note->fault == RELAY_DAMAGE) {
        json_add_u64(&json, "offset", note->offset);
        json_add_bool(&json, "in_stamp", note->in_stamp);
    }
    if (note->fault >= RELAY_REFUSE)
        json_add_u64(&json, "status", note->status);
    json_close_object(&json);
    buf_put_str(&line, "\n");
    if (file_out_write(&relay->faults, buf_bytes(&line)) != BR_ERR_NONE)
        relay->list_failed = true;
    buf_fini(&line);
}

void relay_note(struct standin_relay *relay, const struct relay_event *event,
                enum relay_fault fault, enum relay_state state, uint16_t status)
{
    struct relay_note note = {
        .fault = fault,
        .state = state,
        .event = bytes_make(event->name, event->name_len),
        .id = event->id,
        .number = event->number,
        .now_ns = loop_now(relay->loop),
        .delay_ns = event->delay_ns,
        .offset = event->damage_at,
        .in_stamp = event->in_stamp,
        .status = status,
    };
    if (state == RELAY_DONE)
        relay->stats.done[fault]++;
    if (relay->config->on_note != NULL)
        relay->config->on_note(relay->config->context, &note);
    if (relay->faults.fd != -1)
        relay_write_note(relay, &note);
}

void relay_log(struct standin_relay *relay, const char *what, const struct relay_event *event)
{
    if (relay->log.fd == -1)
        return;
    if (relay->log_lines.len + RELAY_NOTE_MAX > relay->log_lines.max)
        relay_log_flush(relay);
    int64_t now_ns = what[0] == 'i' ? event->taken_ns : loop_now(relay->loop);
    buf_putf(&relay->log_lines, "%s %lld ", what, (long long)now_ns);
    if (event->name_len > 0)
        buf_putf(&relay->log_lines, "%.*s\n", (int)event->name_len, event->name);
    else
        buf_putf(&relay->log_lines, "#%llu\n", (unsigned long long)event->number);
}

void relay_log_flush(struct standin_relay *relay)
{
    if (relay->log_lines.len == 0)
        return;
    if (file_out_write(&relay->log, buf_bytes(&relay->log_lines)) != BR_ERR_NONE)
        relay->list_failed = true;
    buf_clear(&relay->log_lines);
}
