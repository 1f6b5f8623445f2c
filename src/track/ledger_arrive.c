/* SPDX-License-Identifier: Apache-2.0
 *
 * Events coming out. An arrival is a delivery or an attempt (design.md 7.4); the first delivery
 * gives an event its class, a later one may change it.
 */
#include "base/must.h"
#include "track/ledger_core.h"

void ledger_tell(const struct ledger *ledger, const struct ledger_place *place,
                 const struct ledger_op *op, const struct ledger_tale *tale)
{
    if (ledger->config.on_anomaly == NULL)
        return;
    uint64_t seq = ledger_place_seq(place);
    struct track_anomaly anomaly = {
        .kind = tale->kind,
        .is_taken_back = tale->is_taken_back,
        .sink = tale->sink,
        .phase = ledger_phase_of(place->stream, seq),
        .id = {place->stream->number, seq},
        .due_ns = place->cell->due_first_ns,
        .due_last_ns = place->cell->due_last_ns,
        .at_ns = tale->at_ns,
        .hash_came = tale->hash_came,
    };
    const struct ledger_note *note = ledger_note_find(&ledger->notes, tale->sink, anomaly.id);
    if (note != NULL)
        anomaly.attempts = note->attempts;
    if (place->cell->chunk != NULL)
        anomaly.hash_sent = ledger_chunk_hash(place->cell->chunk, place->offset);
    if (op != NULL) {
        anomaly.op.is_known = true;
        anomaly.op.number = op->number;
        anomaly.op.count = ledger_op_count(op);
        anomaly.op.first_seq = seq - (place->offset - ledger_op_offset(op));
        anomaly.op.conn = op->conn;
        anomaly.op.target = op->target;
        anomaly.op.entry = ledger_op_entry(op);
        anomaly.op.sent_ns = ledger_op_sent_ns(op);
        anomaly.op.accepted_ns = ledger_op_accepted_ns(op);
        anomaly.due_ns = ledger_op_due_ns(op);
        anomaly.due_last_ns = anomaly.due_ns;
    }
    ledger->config.on_anomaly(&anomaly, ledger->config.context);
}

/* What an arrival is about. */
struct ledger_find {
    struct ledger_place place;
    struct ledger_op *op; /* dead ones included; NULL: gone */
    uint64_t codes;
    unsigned code; /* at the arrival's sink */
    bool is_awaited;
    enum track_entry entry;
    struct track_at *at;
};

static bool ledger_find_event(const struct ledger *ledger, const struct ledger_arrival *arrival,
                              struct ledger_find *out_find)
{
    struct ledger_stream *stream = ledger_find_stream(ledger, arrival->id.stream);
    if (stream == NULL || arrival->id.seq >= stream->next)
        return false;
    struct ledger_find find = {.place = ledger_place_of(stream, arrival->id.seq)};
    const struct ledger_chunk *chunk = find.place.cell->chunk;
    if (chunk == NULL) {
        find.codes = find.place.cell->base;
    } else {
        find.codes = ledger_chunk_codes(&ledger->store, chunk, find.place.offset);
        find.op = ledger_chunk_find_op(chunk, find.place.offset);
    }
    find.code = ledger_codes_get(find.codes, arrival->sink);
    int phase =
        find.op != NULL ? ledger_op_phase(find.op) : ledger_phase_of(stream, arrival->id.seq);
    find.at = track_block_at(ledger->block, phase, arrival->sink);
    uint64_t bit = UINT64_C(1) << (LEDGER_CODE_BITS * arrival->sink);
    find.is_awaited = (stream->awaited & bit) != 0;
    /* When the record is gone, the event is settled: the code tells what has to be known, or
     * nothing is awaited here. */
    find.entry = find.op != NULL ? ledger_op_entry(find.op) : TRACK_ACCEPTED;
    if (find.entry == TRACK_UNSURE && !find.is_awaited)
        find.entry = TRACK_ACCEPTED;
    if (find.code == LEDGER_REFUSED)
        find.entry = TRACK_REFUSED;
    if (find.code == LEDGER_UNSENT)
        find.entry = TRACK_UNSENT;
    *out_find = find;
    return true;
}

static void ledger_set_code(struct ledger *ledger, struct ledger_find *find, int sink,
                            enum ledger_code code)
{
    struct ledger_cell *cell = find->place.cell;
    uint64_t codes = ledger_codes_with(find->codes, sink, code);
    if (codes == find->codes)
        return;
    if (cell->chunk == NULL)
        cell->chunk = ledger_chunk_revive(&ledger->store, cell->base);
    ledger_chunk_set_codes(&ledger->store, cell->chunk, find->place.offset, codes);
    find->codes = codes;
}

static void ledger_arrive_attempt(struct ledger *ledger, const struct ledger_arrival *arrival,
                                  const struct ledger_find *find)
{
    find->at->attempts++;
    struct ledger_note *note =
        ledger_note_take(&ledger->store, &ledger->notes, arrival->sink, arrival->id);
    find->at->retries += note->attempts > 0;
    if (!ledger_code_is_came(find->code))
        note->attempts++;
    ledger_note_drop_empty(&ledger->store, &ledger->notes, note);
}

/* A delivery ends the time without one. */
static void ledger_end_gap(struct ledger_sink_state *sink, int64_t at_ns)
{
    int64_t since_ns = sink->waiting_since_ns;
    if (sink->delivered_last_ns > since_ns)
        since_ns = sink->delivered_last_ns;
    if (sink->waiting > 0 && at_ns - since_ns > sink->gap_max_ns)
        sink->gap_max_ns = at_ns - since_ns;
    if (at_ns > sink->delivered_last_ns)
        sink->delivered_last_ns = at_ns;
}

/* Whether any of the operation's events in the records from `next` on came; *out_is_end: it may go
 * on in the next chunk. */
static bool ledger_any_of_body(const struct ledger *ledger, const struct ledger_chunk *chunk,
                               const struct ledger_op *next, uint32_t number, int sink,
                               bool *out_is_end)
{
    const struct ledger_op *end = chunk->ops + chunk->op_count;
    for (; next < end && next->number == number; next++) {
        if (ledger_chunk_any_came(&ledger->store, chunk, sink, ledger_op_offset(next),
                                  ledger_op_end(next)))
            return true;
    }
    *out_is_end = next == end;
    return false;
}

/* Whether one behind it in the same body is there already. */
static bool ledger_body_overtook(const struct ledger *ledger, const struct ledger_find *find,
                                 int sink)
{
    const struct ledger_cell *cell = find->place.cell;
    const struct ledger_cell *end = find->place.stream->cells + find->place.stream->cell_count;
    const struct ledger_op *op = find->op;
    uint32_t number = op->number;
    bool is_end = false;
    if (ledger_chunk_any_came(&ledger->store, cell->chunk, sink, find->place.offset + 1,
                              ledger_op_end(op)) ||
        ledger_any_of_body(ledger, cell->chunk, op + 1, number, sink, &is_end))
        return true;
    for (cell++; is_end && cell < end && cell->chunk != NULL; cell++) {
        if (ledger_any_of_body(ledger, cell->chunk, cell->chunk->ops, number, sink, &is_end))
            return true;
    }
    return false;
}

/* design.md 7.6, asked as the earlier one comes. */
static bool ledger_is_overtaken(const struct ledger *ledger, const struct ledger_find *find,
                                int sink)
{
    if (find->entry == TRACK_ACCEPTED &&
        ledger_op_accepted_ns(find->op) < find->place.stream->sent_max_ns[sink])
        return true;
    return ledger_body_overtook(ledger, find, sink);
}

/* Order and intactness of a first delivery. */
static void ledger_check_attributes(struct ledger *ledger, const struct ledger_arrival *arrival,
                                    const struct ledger_find *find)
{
    struct ledger_stream *stream = find->place.stream;
    struct ledger_tale tale = {.sink = arrival->sink, .at_ns = arrival->at_ns};
    if (ledger_is_overtaken(ledger, find, arrival->sink)) {
        find->at->reordered++;
        tale.kind = TRACK_ANOMALY_REORDERED;
        ledger_tell(ledger, &find->place, find->op, &tale);
    }
    if (ledger_is_throttled(stream, arrival->sink))
        track_throttle_add(&stream->throttles[arrival->sink], ledger_op_due_ns(find->op),
                           arrival->at_ns);
    int64_t sent_ns = ledger_op_sent_ns(find->op);
    if (sent_ns > stream->sent_max_ns[arrival->sink])
        stream->sent_max_ns[arrival->sink] = sent_ns;
    uint64_t hash = ledger_chunk_hash(find->place.cell->chunk, find->place.offset);
    if (arrival->has_hash && hash != 0 && hash != arrival->hash) {
        find->at->damaged++;
        tale.kind = TRACK_ANOMALY_DAMAGED;
        tale.hash_came = arrival->hash;
        ledger_tell(ledger, &find->place, find->op, &tale);
    }
}

/* What it was counted as before it came. */
static void ledger_uncount_absent(struct ledger *ledger, const struct ledger_find *find, int sink)
{
    struct ledger_sink_state *state = &ledger->sinks[sink];
    enum track_class class = track_class_of(find->entry, TRACK_NEVER);
    if (find->code == LEDGER_OPEN && !find->is_awaited)
        class = TRACK_CLASS_HELD_BACK;
    ledger_count_class(find->at, class, -1);
    if (class == TRACK_CLASS_MISSING)
        state->backlog--;
    if (class == TRACK_CLASS_UNSURE_ABSENT)
        state->open_unsure--;
}

static void ledger_tell_first(struct ledger *ledger, const struct ledger_arrival *arrival,
                              const struct ledger_find *find, enum track_class class)
{
    struct ledger_tale tale = {.sink = arrival->sink, .at_ns = arrival->at_ns};
    if (class == TRACK_CLASS_LATE)
        tale.kind = TRACK_ANOMALY_LATE;
    else if (class == TRACK_CLASS_LEAKED)
        tale.kind = TRACK_ANOMALY_LEAKED;
    else if (class == TRACK_CLASS_UNSENT_CAME)
        tale.kind = TRACK_ANOMALY_UNSENT_CAME;
    else
        return;
    ledger_tell(ledger, &find->place, find->op, &tale);
}

/* The first delivery of an event whose operation has ended. */
static enum ledger_code ledger_class_first(struct ledger *ledger,
                                           const struct ledger_arrival *arrival,
                                           const struct ledger_find *find, bool is_late)
{
    enum track_class class = track_class_of(find->entry, is_late ? TRACK_LATE : TRACK_IN_TIME);
    ledger_uncount_absent(ledger, find, arrival->sink);
    ledger_count_class(find->at, class, 1);
    ledger_tell_first(ledger, arrival, find, class);
    if (find->code == LEDGER_OPEN && find->is_awaited) {
        ledger_record_lags(ledger, find->op, arrival->sink, arrival->at_ns);
        ledger_note_came(ledger, &find->place, find->op, arrival->sink, arrival->at_ns);
    }
    return ledger_code_of(class);
}

/* Notes of a first delivery: retried, early, maybe unread. */
static void ledger_note_first(struct ledger *ledger, const struct ledger_arrival *arrival,
                              const struct ledger_find *find)
{
    bool is_early = find->entry == TRACK_PENDING;
    struct ledger_note *note = ledger_note_find(&ledger->notes, arrival->sink, arrival->id);
    if (note == NULL && !is_early && !arrival->may_be_unread)
        return;
    note = ledger_note_take(&ledger->store, &ledger->notes, arrival->sink, arrival->id);
    find->at->retries += note->attempts > 0;
    note->attempts = 0;
    note->is_unread = arrival->may_be_unread;
    if (is_early)
        note->early_ns = arrival->at_ns;
    ledger_note_drop_empty(&ledger->store, &ledger->notes, note);
}

static void ledger_arrive_first(struct ledger *ledger, const struct ledger_arrival *arrival,
                                struct ledger_find *find)
{
    struct ledger_stream *stream = find->place.stream;
    struct ledger_sink_state *sink = &ledger->sinks[arrival->sink];
    bool is_followed = find->code == LEDGER_OPEN && find->is_awaited;
    bool is_late = is_followed && sink->within_ns > 0 &&
                   arrival->at_ns > ledger_op_due_ns(find->op) + sink->within_ns;
    enum ledger_code code = is_late ? LEDGER_LATE : LEDGER_DELIVERED;

    if (is_followed) {
        ledger_check_attributes(ledger, arrival, find);
        sink->waiting -= ledger_op_has_sent(find->op);
    }
    if (find->entry == TRACK_PENDING)
        find->at->early++;
    else
        code = ledger_class_first(ledger, arrival, find, is_late);
    ledger_note_first(ledger, arrival, find);
    ledger_set_code(ledger, find, arrival->sink, code);
    if (!is_followed || find->entry == TRACK_PENDING ||
        (ledger_codes_closed(find->codes) & stream->awaited) != stream->awaited)
        return;
    find->place.cell->chunk->unsettled--;
    ledger_bury_op(ledger, stream, find->place.cell->chunk, find->op);
    ledger_settle_cell(ledger, stream, find->place.cell);
}

/* A delivery after a delivery: a duplicate, unless the peer may not have read our reply. */
static void ledger_arrive_again(struct ledger *ledger, const struct ledger_arrival *arrival,
                                struct ledger_find *find)
{
    struct ledger_tale tale = {.sink = arrival->sink, .at_ns = arrival->at_ns};
    struct ledger_note *note = ledger_note_find(&ledger->notes, arrival->sink, arrival->id);
    bool was_unread = note != NULL && note->is_unread;
    if (arrival->may_be_unread || was_unread) {
        note = ledger_note_take(&ledger->store, &ledger->notes, arrival->sink, arrival->id);
        note->is_unread = arrival->may_be_unread;
        ledger_note_drop_empty(&ledger->store, &ledger->notes, note);
    }
    if (was_unread) {
        find->at->redelivered++;
        tale.kind = TRACK_ANOMALY_REDELIVERED;
        ledger_tell(ledger, &find->place, find->op, &tale);
        return;
    }
    find->at->copies++;
    if (find->code == LEDGER_DUPLICATED || find->code == LEDGER_LEAKED)
        return;
    ledger_set_code(ledger, find, arrival->sink, LEDGER_DUPLICATED);
    if (find->entry == TRACK_PENDING)
        return;
    bool was_unsure = find->code == LEDGER_UNSURE_DELIVERED;
    enum track_entry entry = was_unsure ? TRACK_UNSURE : TRACK_ACCEPTED;
    enum track_came came = find->code == LEDGER_LATE ? TRACK_LATE : TRACK_IN_TIME;
    ledger_count_class(find->at, track_class_of(entry, came), -1);
    ledger_count_class(find->at, track_class_of(entry, TRACK_AGAIN), 1);
    if (find->code == LEDGER_LATE) {
        tale.kind = TRACK_ANOMALY_LATE;
        tale.is_taken_back = true;
        ledger_tell(ledger, &find->place, find->op, &tale);
    }
    tale.kind = TRACK_ANOMALY_DUPLICATED;
    tale.is_taken_back = false;
    ledger_tell(ledger, &find->place, find->op, &tale);
}

void ledger_arrive(struct ledger *ledger, const struct ledger_arrival *arrival)
{
    MUST(!ledger->is_finished);
    MUST(arrival->sink >= 0 && arrival->sink < ledger->config.sink_count);
    struct ledger_find find;
    if (!ledger_find_event(ledger, arrival, &find)) {
        ledger->block->flows[arrival->sink].unknown++;
        return;
    }
    if (arrival->is_attempt) {
        ledger_arrive_attempt(ledger, arrival, &find);
        return;
    }
    find.at->deliveries++;
    ledger_end_gap(&ledger->sinks[arrival->sink], arrival->at_ns);
    if (ledger_code_is_came(find.code))
        ledger_arrive_again(ledger, arrival, &find);
    else
        ledger_arrive_first(ledger, arrival, &find);
}

void ledger_doubt(struct ledger *ledger, int sink, struct stamp_id id)
{
    struct ledger_arrival arrival = {.sink = sink, .id = id};
    struct ledger_find find;
    if (!ledger_find_event(ledger, &arrival, &find) || !ledger_code_is_came(find.code))
        return;
    struct ledger_note *note = ledger_note_take(&ledger->store, &ledger->notes, sink, id);
    note->is_unread = true;
}
