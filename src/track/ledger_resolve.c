/* SPDX-License-Identifier: Apache-2.0
 *
 * How events went in: an operation ends, and its events are accepted, refused, unsure or unsent,
 * nearly always all of them together. Those that came already, before the operation ended, get
 * their class and their lags now, one by one.
 */
#include "base/must.h"
#include "track/ledger_core.h"

void ledger_count_class(struct track_at *at, enum track_class class, int64_t n)
{
    switch (class) {
#define X(name, NAME, text)                                                                        \
    case TRACK_CLASS_##NAME:                                                                       \
        at->name += n;                                                                             \
        return;
        TRACK_CLASSES(X)
#undef X
    case TRACK_CLASS_COUNT:
        break;
    }
    MUST(class < TRACK_CLASS_COUNT);
}

enum ledger_code ledger_code_of(enum track_class class)
{
    switch (class) {
    case TRACK_CLASS_DELIVERED:
        return LEDGER_DELIVERED;
    case TRACK_CLASS_LATE:
        return LEDGER_LATE;
    case TRACK_CLASS_DUPLICATED:
        return LEDGER_DUPLICATED;
    case TRACK_CLASS_UNSURE_DELIVERED:
        return LEDGER_UNSURE_DELIVERED;
    case TRACK_CLASS_LEAKED:
    case TRACK_CLASS_UNSENT_CAME:
        return LEDGER_LEAKED;
    case TRACK_CLASS_REFUSED:
        return LEDGER_REFUSED;
    case TRACK_CLASS_UNSENT:
        return LEDGER_UNSENT;
    default:
        return LEDGER_OPEN;
    }
}

void ledger_record_lags(struct ledger *ledger, const struct ledger_op *op, int sink, int64_t at_ns)
{
    struct track_at *at = track_block_at(ledger->block, ledger_op_phase(op), sink);
    hist_record_ns(&at->lag_due, at_ns - ledger_op_due_ns(op));
    if (ledger_op_has_sent(op))
        hist_record_ns(&at->lag_sent, at_ns - ledger_op_sent_ns(op));
    if (ledger_op_entry(op) == TRACK_ACCEPTED) {
        int64_t lag_ns = at_ns - ledger_op_accepted_ns(op);
        hist_record_ns(&at->lag_accepted, lag_ns);
        at->lag_negative += lag_ns < 0;
    }
}

bool ledger_came_after(int64_t a_ns, struct stamp_id a, int64_t b_ns, struct stamp_id b)
{
    if (a_ns != b_ns)
        return a_ns > b_ns;
    return a.stream != b.stream ? a.stream > b.stream : a.seq > b.seq;
}

void ledger_note_came(struct ledger *ledger, const struct ledger_place *place,
                      const struct ledger_op *op, int sink, int64_t at_ns)
{
    struct ledger_sink_state *state = &ledger->sinks[sink];
    struct stamp_id id = {place->stream->number, ledger_place_seq(place)};
    int64_t accepted_ns = ledger_op_accepted_ns(op);
    if (accepted_ns != TRACK_NO_TIME &&
        ledger_came_after(accepted_ns, id, state->came_accepted_ns, state->came_id)) {
        state->came_accepted_ns = accepted_ns;
        state->came_id = id;
    }
    if (at_ns > state->came_last_ns)
        state->came_last_ns = at_ns;
}

static bool ledger_tells_class(enum track_class class, enum track_anomaly_kind *out_kind)
{
    switch (class) {
    case TRACK_CLASS_LATE:
        *out_kind = TRACK_ANOMALY_LATE;
        return true;
    case TRACK_CLASS_DUPLICATED:
        *out_kind = TRACK_ANOMALY_DUPLICATED;
        return true;
    case TRACK_CLASS_LEAKED:
        *out_kind = TRACK_ANOMALY_LEAKED;
        return true;
    case TRACK_CLASS_UNSENT_CAME:
        *out_kind = TRACK_ANOMALY_UNSENT_CAME;
        return true;
    default:
        return false;
    }
}

/* An event that came to this sink before its operation ended. */
static uint64_t ledger_resolve_early(struct ledger *ledger, const struct ledger_place *place,
                                     const struct ledger_op *op, int sink, uint64_t codes)
{
    static const enum track_came cames[] = {
        [LEDGER_DELIVERED] = TRACK_IN_TIME,
        [LEDGER_LATE] = TRACK_LATE,
        [LEDGER_DUPLICATED] = TRACK_AGAIN,
    };
    unsigned code = ledger_codes_get(codes, sink);
    MUST(code >= LEDGER_DELIVERED && code <= LEDGER_DUPLICATED);
    struct stamp_id id = {place->stream->number, ledger_place_seq(place)};
    struct ledger_note *note = ledger_note_find(&ledger->notes, sink, id);
    MUST(note != NULL && note->early_ns != TRACK_NO_TIME);
    int64_t early_ns = note->early_ns;
    note->early_ns = TRACK_NO_TIME;
    ledger_note_drop_empty(&ledger->store, &ledger->notes, note);

    bool is_awaited = ledger_awaits(place->stream, sink);
    enum track_entry entry = ledger_op_entry(op);
    if (entry == TRACK_UNSURE && !is_awaited)
        entry = TRACK_ACCEPTED;
    enum track_class class = track_class_of(entry, cames[code]);
    struct track_at *at = track_block_at(ledger->block, ledger_op_phase(op), sink);
    at->early--;
    ledger_count_class(at, class, 1);
    if (is_awaited && (entry == TRACK_ACCEPTED || entry == TRACK_UNSURE)) {
        ledger_record_lags(ledger, op, sink, early_ns);
        ledger_note_came(ledger, place, op, sink, early_ns);
    }
    struct ledger_tale tale = {.sink = sink, .at_ns = early_ns};
    if (ledger_tells_class(class, &tale.kind))
        ledger_tell(ledger, place, op, &tale);
    return ledger_codes_with(codes, sink, ledger_code_of(class));
}

static void ledger_resolve_earlies(struct ledger *ledger, struct ledger_place place,
                                   const struct ledger_op *op)
{
    uint64_t codes = ledger_chunk_codes(&ledger->store, place.cell->chunk, place.offset);
    for (int sink = 0; sink < ledger->config.sink_count; sink++) {
        if (ledger_codes_get(codes, sink) != LEDGER_OPEN)
            codes = ledger_resolve_early(ledger, &place, op, sink, codes);
    }
    ledger_chunk_set_codes(&ledger->store, place.cell->chunk, place.offset, codes);
}

/* Bits of the word's events that lie in the operation. */
static uint64_t ledger_op_mask(const struct ledger_op *op, uint32_t word)
{
    uint32_t start = ledger_op_offset(op);
    uint32_t end = ledger_op_end(op);
    uint64_t mask = ~UINT64_C(0);
    if (start > word * 64)
        mask <<= start - word * 64;
    if (end < word * 64 + 64)
        mask &= (UINT64_C(1) << (end - word * 64)) - 1;
    return mask;
}

/* All the operation's events that have come to some sink. */
static void ledger_resolve_came(struct ledger *ledger, struct ledger_place place,
                                const struct ledger_op *op)
{
    const struct ledger_store *store = &ledger->store;
    const uint64_t *planes = place.cell->chunk->planes;
    for (uint32_t word = ledger_op_offset(op) / 64; word * 64 < ledger_op_end(op); word++) {
        uint64_t came = 0;
        for (int sink = 0; sink < store->sink_count; sink++) {
            const uint64_t *plane = &planes[ledger_plane_at(store, word, sink)];
            came |= plane[0] | plane[1] | plane[2];
        }
        for (came &= ledger_op_mask(op, word); came != 0; came &= came - 1) {
            place.offset = word * 64 + (uint32_t)__builtin_ctzll(came);
            ledger_resolve_earlies(ledger, place, op);
        }
    }
}

/* Counts those that have not come to the sink; with a code, they get it. */
static int64_t ledger_close_absent(struct ledger *ledger, struct ledger_chunk *chunk,
                                   const struct ledger_op *op, int sink, enum ledger_code code)
{
    int64_t absent_count = 0;
    for (uint32_t word = ledger_op_offset(op) / 64; word * 64 < ledger_op_end(op); word++) {
        uint64_t *plane = &chunk->planes[ledger_plane_at(&ledger->store, word, sink)];
        uint64_t absent = ~(plane[0] | plane[1] | plane[2]) & ledger_op_mask(op, word);
        absent_count += __builtin_popcountll(absent);
        for (int bit = 0; bit < LEDGER_CODE_BITS; bit++) {
            if (((unsigned)code >> bit & 1) != 0)
                plane[bit] |= absent;
        }
    }
    return absent_count;
}

static void ledger_resolve_absent(struct ledger *ledger, const struct ledger_stream *stream,
                                  struct ledger_chunk *chunk, const struct ledger_op *op, int sink)
{
    struct ledger_sink_state *state = &ledger->sinks[sink];
    struct track_at *at = track_block_at(ledger->block, ledger_op_phase(op), sink);
    enum track_class class = track_class_of(ledger_op_entry(op), TRACK_NEVER);
    enum ledger_code code = ledger_code_of(class);
    bool is_awaited = ledger_awaits(stream, sink);
    int64_t absent = ledger_close_absent(ledger, chunk, op, sink, code);

    if (code == LEDGER_OPEN && !is_awaited)
        class = TRACK_CLASS_HELD_BACK;
    ledger_count_class(at, class, absent);
    if (!is_awaited)
        return;
    if (class == TRACK_CLASS_MISSING) {
        state->backlog += absent;
        if (state->backlog > state->backlog_max)
            state->backlog_max = state->backlog;
    } else if (class == TRACK_CLASS_UNSURE_ABSENT) {
        state->open_unsure += absent;
    } else if (ledger_op_has_sent(op)) {
        state->waiting -= absent;
    }
}

static void ledger_count_entry(struct ledger *ledger, const struct ledger_op *op, int64_t at_ns)
{
    struct track_entries *entries = &ledger->block->entries[ledger_op_phase(op)];
    int64_t count = ledger_op_count(op);
    entries->pending -= count;
    ledger->pending -= count;
    if (at_ns > ledger->resolved_last_ns)
        ledger->resolved_last_ns = at_ns;
    switch (ledger_op_entry(op)) {
    case TRACK_UNSENT:
        entries->unsent += count;
        break;
    case TRACK_REFUSED:
        entries->refused += count;
        break;
    case TRACK_UNSURE:
        entries->unsure += count;
        ledger->events_unsure += count;
        break;
    case TRACK_ACCEPTED:
        entries->accepted += count;
        ledger->events_accepted += count;
        if (ledger->accepted_first_ns == TRACK_NO_TIME)
            ledger->accepted_first_ns = at_ns;
        ledger->accepted_count += at_ns > ledger->accepted_last_ns;
        if (at_ns > ledger->accepted_last_ns)
            ledger->accepted_last_ns = at_ns;
        break;
    case TRACK_PENDING:
        MUST(ledger_op_entry(op) != TRACK_PENDING);
    }
}

static void ledger_resolve_op(struct ledger *ledger, struct ledger_place place,
                              struct ledger_op *op, enum track_entry entry, int64_t at_ns)
{
    struct ledger_chunk *chunk = place.cell->chunk;
    uint32_t count = ledger_op_count(op);
    MUST(chunk->planes != NULL);
    ledger_op_set_entry(op, entry);
    if (entry == TRACK_ACCEPTED)
        ledger_op_set_accepted(op, at_ns);
    ledger_count_entry(ledger, op, at_ns);
    chunk->pending -= count;
    ledger_resolve_came(ledger, place, op);
    for (int sink = 0; sink < ledger->config.sink_count; sink++)
        ledger_resolve_absent(ledger, place.stream, chunk, op, sink);
    uint32_t settled = ledger_chunk_count_settled(&ledger->store, chunk, place.stream->awaited,
                                                  ledger_op_offset(op), ledger_op_end(op));
    chunk->unsettled -= settled;
    if (settled == count) {
        ledger_op_set_dead(op);
        chunk->op_dead++;
    }
    if (settled > 0)
        ledger_settle_cell(ledger, place.stream, place.cell);
}

/* The record that begins at the place and ends within `count`: cut out of a larger one where only a
 * part of an operation is resolved. */
static struct ledger_op *ledger_cut_op(struct ledger *ledger, const struct ledger_place *place,
                                       uint64_t count)
{
    struct ledger_chunk *chunk = place->cell->chunk;
    struct ledger_op *op = ledger_chunk_find_op(chunk, place->offset);
    MUST(op != NULL && ledger_op_entry(op) == TRACK_PENDING);
    if (ledger_op_offset(op) < place->offset) {
        ledger_chunk_split_op(&ledger->store, chunk, op, place->offset);
        op = ledger_chunk_find_op(chunk, place->offset);
    }
    if (ledger_op_count(op) > count) {
        ledger_chunk_split_op(&ledger->store, chunk, op, place->offset + (uint32_t)count);
        op = ledger_chunk_find_op(chunk, place->offset);
    }
    return op;
}

void ledger_resolve(struct ledger *ledger, struct ledger_span span, enum track_entry entry,
                    int64_t at_ns)
{
    MUST((unsigned)entry < TRACK_ENTRY_COUNT);
    struct ledger_stream *stream = ledger_find_stream(ledger, span.stream);
    MUST(stream != NULL);
    uint64_t end = span.first + span.count;
    for (uint64_t seq = span.first; seq < end;) {
        struct ledger_place place = ledger_place_of(stream, seq);
        struct ledger_op *op = ledger_cut_op(ledger, &place, end - seq);
        seq += ledger_op_count(op);
        ledger_resolve_op(ledger, place, op, entry, at_ns);
    }
}
