/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a run: what the drain wants to know, telling the missing apart, and the count of the
 * codes that the sums are checked with.
 */
#include "base/must.h"
#include "track/ledger_core.h"

#define LEDGER_STUCK_MIN_NS INT64_C(1000000000)

static int64_t ledger_later(int64_t a_ns, int64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

static int64_t ledger_earlier(int64_t a_ns, int64_t b_ns)
{
    if (a_ns == TRACK_NO_TIME || b_ns == TRACK_NO_TIME)
        return ledger_later(a_ns, b_ns);
    return a_ns < b_ns ? a_ns : b_ns;
}

void ledger_facts_init(struct ledger_facts *facts, int sink_count)
{
    *facts = (struct ledger_facts){
        .sink_count = sink_count,
        .accepted_first_ns = TRACK_NO_TIME,
        .accepted_last_ns = TRACK_NO_TIME,
        .resolved_last_ns = TRACK_NO_TIME,
    };
    for (int i = 0; i < sink_count; i++)
        facts->sinks[i] = (struct ledger_sink_facts){
            .delivered_last_ns = TRACK_NO_TIME,
            .came_last_ns = TRACK_NO_TIME,
            .came_accepted_ns = TRACK_NO_TIME,
            .trailing_first_ns = TRACK_NO_TIME,
            .trailing_last_ns = TRACK_NO_TIME,
        };
}

void ledger_facts_add(struct ledger_facts *facts, const struct ledger *ledger)
{
    MUST(facts->sink_count == ledger->config.sink_count);
    facts->accepted_first_ns = ledger_earlier(facts->accepted_first_ns, ledger->accepted_first_ns);
    facts->accepted_last_ns = ledger_later(facts->accepted_last_ns, ledger->accepted_last_ns);
    facts->resolved_last_ns = ledger_later(facts->resolved_last_ns, ledger->resolved_last_ns);
    facts->accepted_count += ledger->accepted_count;
    facts->events_accepted += ledger->events_accepted;
    facts->events_unsure += ledger->events_unsure;
    for (int i = 0; i < facts->sink_count; i++) {
        const struct ledger_sink_state *from = &ledger->sinks[i];
        struct ledger_sink_facts *into = &facts->sinks[i];
        into->open += from->backlog + (from->is_awaited ? ledger->pending : 0);
        into->open_unsure += from->open_unsure;
        into->delivered_last_ns = ledger_later(into->delivered_last_ns, from->delivered_last_ns);
        into->came_last_ns = ledger_later(into->came_last_ns, from->came_last_ns);
        into->gap_max_ns = ledger_later(into->gap_max_ns, from->gap_max_ns);
        if (ledger_came_after(from->came_accepted_ns, from->came_id, into->came_accepted_ns,
                              into->came_id)) {
            into->came_accepted_ns = from->came_accepted_ns;
            into->came_id = from->came_id;
        }
    }
}

void ledger_facts_merge(struct ledger_facts *into, const struct ledger_facts *from)
{
    MUST(into->sink_count == from->sink_count);
    into->accepted_first_ns = ledger_earlier(into->accepted_first_ns, from->accepted_first_ns);
    into->accepted_last_ns = ledger_later(into->accepted_last_ns, from->accepted_last_ns);
    into->resolved_last_ns = ledger_later(into->resolved_last_ns, from->resolved_last_ns);
    into->accepted_count += from->accepted_count;
    into->events_accepted += from->events_accepted;
    into->events_unsure += from->events_unsure;
    for (int i = 0; i < into->sink_count; i++) {
        const struct ledger_sink_facts *add = &from->sinks[i];
        struct ledger_sink_facts *sink = &into->sinks[i];
        sink->open += add->open;
        sink->open_unsure += add->open_unsure;
        sink->delivered_last_ns = ledger_later(sink->delivered_last_ns, add->delivered_last_ns);
        sink->came_last_ns = ledger_later(sink->came_last_ns, add->came_last_ns);
        sink->gap_max_ns = ledger_later(sink->gap_max_ns, add->gap_max_ns);
        if (ledger_came_after(add->came_accepted_ns, add->came_id, sink->came_accepted_ns,
                              sink->came_id)) {
            sink->came_accepted_ns = add->came_accepted_ns;
            sink->came_id = add->came_id;
        }
    }
}

typedef void ledger_visit_fn(struct ledger *ledger, struct ledger_place place,
                             const struct ledger_op *op, int sink, void *context);

/* Every unsettled event at every sink that awaits it and where it has not come. */
static void ledger_visit_op(struct ledger *ledger, struct ledger_place place,
                            const struct ledger_op *op, ledger_visit_fn *visit, void *context)
{
    for (uint32_t at = ledger_op_offset(op); at < ledger_op_end(op); at++) {
        place.offset = at;
        uint64_t codes = ledger_chunk_codes(&ledger->store, place.cell->chunk, at);
        uint64_t missing = place.stream->awaited & ~ledger_codes_closed(codes);
        for (; missing != 0; missing &= missing - 1)
            visit(ledger, place, op, __builtin_ctzll(missing) / LEDGER_CODE_BITS, context);
    }
}

static void ledger_visit_unsettled(struct ledger *ledger, ledger_visit_fn *visit, void *context)
{
    for (size_t s = 0; s < ledger->stream_count; s++) {
        struct ledger_stream *stream = ledger->streams[s];
        for (size_t c = 0; c < stream->cell_count; c++) {
            struct ledger_place place = {stream, &stream->cells[c], 0};
            const struct ledger_chunk *chunk = place.cell->chunk;
            for (uint32_t i = 0; chunk != NULL && i < chunk->op_count; i++) {
                if (!ledger_op_is_dead(&chunk->ops[i]))
                    ledger_visit_op(ledger, place, &chunk->ops[i], visit, context);
            }
        }
    }
}

/* Accepted after everything that came out. */
static bool ledger_is_trailing(const struct ledger_sink_facts *facts,
                               const struct ledger_place *place, int64_t accepted_ns)
{
    if (accepted_ns != facts->came_accepted_ns)
        return accepted_ns > facts->came_accepted_ns;
    /* In the body where deliveries ended: those behind the last one. */
    return place->stream->number == facts->came_id.stream &&
           ledger_place_seq(place) > facts->came_id.seq;
}

/* Whether the plan's throttle explains that the event did not come. */
static bool ledger_is_held_back(const struct ledger_place *place, const struct ledger_op *op,
                                int sink)
{
    return ledger_is_throttled(place->stream, sink) &&
           track_throttle_explains(&place->stream->throttles[sink], ledger_op_due_ns(op));
}

static void ledger_visit_trailing(struct ledger *ledger, struct ledger_place place,
                                  const struct ledger_op *op, int sink, void *context)
{
    (void)ledger;
    struct ledger_facts *facts = context;
    struct ledger_sink_facts *at = &facts->sinks[sink];
    int64_t accepted_ns = ledger_op_accepted_ns(op);
    if (accepted_ns == TRACK_NO_TIME || !ledger_is_trailing(at, &place, accepted_ns) ||
        ledger_is_held_back(&place, op, sink))
        return;
    at->trailing_first_ns = ledger_earlier(at->trailing_first_ns, accepted_ns);
    at->trailing_last_ns = ledger_later(at->trailing_last_ns, accepted_ns);
}

void ledger_facts_add_trailing(struct ledger_facts *facts, struct ledger *ledger)
{
    ledger_visit_unsettled(ledger, ledger_visit_trailing, facts);
}

static bool ledger_is_stuck(const struct ledger_facts *facts, int sink)
{
    const struct ledger_sink_facts *at = &facts->sinks[sink];
    if (at->trailing_first_ns == TRACK_NO_TIME)
        return false;
    int64_t gap_ns = 0;
    if (facts->accepted_count > 1)
        gap_ns = (facts->accepted_last_ns - facts->accepted_first_ns) / (facts->accepted_count - 1);
    return at->trailing_last_ns - at->trailing_first_ns >=
           ledger_later(LEDGER_STUCK_MIN_NS, 3 * gap_ns);
}

static bool ledger_is_coming(const struct ledger_end *end, int sink)
{
    int64_t quiet_ns =
        ledger_later(end->facts->sinks[sink].delivered_last_ns, end->facts->resolved_last_ns);
    return quiet_ns != TRACK_NO_TIME && end->end_ns - quiet_ns < end->stall_ns;
}

static enum track_anomaly_kind ledger_kind_of_missing(enum track_class class)
{
    if (class == TRACK_CLASS_LOST)
        return TRACK_ANOMALY_LOST;
    return class == TRACK_CLASS_STUCK ? TRACK_ANOMALY_STUCK : TRACK_ANOMALY_IN_FLIGHT;
}

static void ledger_visit_missing(struct ledger *ledger, struct ledger_place place,
                                 const struct ledger_op *op, int sink, void *context)
{
    const struct ledger_end *end = context;
    struct ledger_tale tale = {.sink = sink, .at_ns = TRACK_NO_TIME};
    if (ledger_op_entry(op) == TRACK_UNSURE) {
        tale.kind = TRACK_ANOMALY_UNSURE_ABSENT;
        ledger_tell(ledger, &place, op, &tale);
        return;
    }
    struct track_missing missing = {
        .due_ns = ledger_op_due_ns(op),
        .within_ns = ledger->sinks[sink].within_ns,
        .end_ns = end->end_ns,
        .is_awaited = true,
        .is_throttled = ledger_is_held_back(&place, op, sink),
        .is_coming = ledger_is_coming(end, sink),
        .is_trailing =
            ledger_is_stuck(end->facts, sink) &&
            ledger_is_trailing(&end->facts->sinks[sink], &place, ledger_op_accepted_ns(op)),
    };
    enum track_class class = track_class_missing(&missing);
    struct track_at *at = track_block_at(ledger->block, ledger_op_phase(op), sink);
    ledger_count_class(at, TRACK_CLASS_MISSING, -1);
    ledger_count_class(at, class, 1);
    if (class == TRACK_CLASS_HELD_BACK)
        return;
    tale.kind = ledger_kind_of_missing(class);
    ledger_tell(ledger, &place, op, &tale);
}

static const struct ledger_op *ledger_find_pending(const struct ledger_chunk *chunk)
{
    for (uint32_t i = 0; chunk != NULL && chunk->pending > 0 && i < chunk->op_count; i++) {
        if (ledger_op_entry(&chunk->ops[i]) == TRACK_PENDING)
            return &chunk->ops[i];
    }
    return NULL;
}

void ledger_resolve_rest(struct ledger *ledger, int64_t at_ns)
{
    for (size_t s = 0; s < ledger->stream_count; s++) {
        struct ledger_stream *stream = ledger->streams[s];
        for (size_t c = 0; c < stream->cell_count; c++) {
            const struct ledger_op *op;
            while ((op = ledger_find_pending(stream->cells[c].chunk)) != NULL) {
                struct ledger_span span = {stream->number, ledger_op_count(op),
                                           c * LEDGER_CHUNK_SIZE + ledger_op_offset(op)};
                bool is_sent = ledger_op_has_sent(op);
                ledger_resolve(ledger, span, is_sent ? TRACK_UNSURE : TRACK_UNSENT, at_ns);
            }
        }
    }
    MUST(ledger->pending == 0);
}

void ledger_finish(struct ledger *ledger, const struct ledger_end *end)
{
    MUST(!ledger->is_finished);
    MUST(ledger->pending == 0);
    ledger->is_finished = true;
    struct ledger_end copy = *end;
    ledger_visit_unsettled(ledger, ledger_visit_missing, &copy);
}

/* The events of a word that have that code at the sink whose planes these are. */
static uint64_t ledger_plane_match(const uint64_t *plane, unsigned code)
{
    uint64_t match = ~UINT64_C(0);
    for (int bit = 0; bit < LEDGER_CODE_BITS; bit++)
        match &= (code >> bit & 1) != 0 ? plane[bit] : ~plane[bit];
    return match;
}

static void ledger_walk_dense(const struct ledger_store *store, const struct ledger_chunk *chunk,
                              struct ledger_walk *walk)
{
    for (uint32_t word = 0; word * 64 < chunk->count; word++) {
        uint32_t left = chunk->count - word * 64;
        uint64_t mask = left >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
        for (int sink = 0; sink < store->sink_count; sink++) {
            const uint64_t *plane = &chunk->planes[ledger_plane_at(store, word, sink)];
            for (unsigned code = 0; code < LEDGER_CODE_COUNT; code++)
                walk->codes[sink][code] +=
                    __builtin_popcountll(ledger_plane_match(plane, code) & mask);
        }
    }
}

static void ledger_walk_sparse(const struct ledger_store *store, const struct ledger_chunk *chunk,
                               struct ledger_walk *walk)
{
    for (uint32_t at = 0; at < chunk->count; at++) {
        uint64_t codes = ledger_chunk_codes(store, chunk, at);
        for (int sink = 0; sink < store->sink_count; sink++)
            walk->codes[sink][ledger_codes_get(codes, sink)]++;
    }
}

static void ledger_walk_base(const struct ledger_store *store, uint64_t codes, int64_t count,
                             struct ledger_walk *walk)
{
    for (int sink = 0; sink < store->sink_count; sink++)
        walk->codes[sink][ledger_codes_get(codes, sink)] += count;
}

void ledger_walk_add(struct ledger_walk *walk, const struct ledger *ledger)
{
    for (size_t s = 0; s < ledger->stream_count; s++) {
        const struct ledger_stream *stream = ledger->streams[s];
        for (size_t c = 0; c < stream->cell_count; c++) {
            const struct ledger_cell *cell = &stream->cells[c];
            const struct ledger_chunk *chunk = cell->chunk;
            if (chunk == NULL)
                ledger_walk_base(&ledger->store, cell->base, LEDGER_CHUNK_SIZE, walk);
            else if (chunk->planes == NULL)
                ledger_walk_sparse(&ledger->store, chunk, walk);
            else
                ledger_walk_dense(&ledger->store, chunk, walk);
            walk->events += chunk == NULL ? LEDGER_CHUNK_SIZE : chunk->count;
        }
    }
}
