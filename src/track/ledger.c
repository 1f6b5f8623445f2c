/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger's life, its streams, and events going in up to their first byte.
 */
#include "track/ledger.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "track/ledger_core.h"

enum { LEDGER_STREAMS_FIRST = 8, LEDGER_CELLS_FIRST = 1 };

struct ledger *ledger_create(const struct ledger_config *config)
{
    MUST(config->sink_count > 0 && config->sink_count <= TRACK_SINKS_MAX);
    MUST(config->stream_step > 0);
    MUST(config->block != NULL);
    struct ledger *ledger = MEM_NEW(struct ledger);
    ledger->config = *config;
    if (config->warm_ops == 0)
        ledger->config.warm_ops = LEDGER_WARM_OPS;
    ledger->block = config->block;
    ledger->store.sink_count = config->sink_count;
    ledger->store.has_hashes = config->has_hashes;
    ledger->store.used = sizeof(*ledger);
    list_init(&ledger->warm);
    ledger->accepted_first_ns = TRACK_NO_TIME;
    ledger->accepted_last_ns = TRACK_NO_TIME;
    ledger->resolved_last_ns = TRACK_NO_TIME;
    for (int i = 0; i < config->sink_count; i++) {
        struct ledger_sink_state *sink = &ledger->sinks[i];
        sink->within_ns = config->sinks[i].within_ns;
        sink->is_awaited = config->sinks[i].is_awaited;
        sink->waiting_since_ns = TRACK_NO_TIME;
        sink->delivered_last_ns = TRACK_NO_TIME;
        sink->came_last_ns = TRACK_NO_TIME;
        sink->came_accepted_ns = TRACK_NO_TIME;
    }
    return ledger;
}

static void ledger_stream_destroy(struct ledger *ledger, struct ledger_stream *stream)
{
    for (size_t i = 0; i < stream->cell_count; i++)
        ledger_chunk_destroy(&ledger->store, &stream->cells[i].chunk);
    for (int i = 0; stream->throttles != NULL && i < ledger->config.sink_count; i++)
        track_throttle_fini(&stream->throttles[i]);
    mem_free(stream->throttles);
    mem_free(stream->cells);
    mem_free(stream->marks);
    mem_free(stream->key);
    mem_free(stream);
}

void ledger_destroy(struct ledger **ledger)
{
    struct ledger *old = *ledger;
    if (old == NULL)
        return;
    *ledger = NULL;
    for (size_t i = 0; i < old->stream_count; i++)
        ledger_stream_destroy(old, old->streams[i]);
    ledger_notes_fini(&old->store, &old->notes);
    mem_free(old->streams);
    mem_free(old);
}

size_t ledger_size(const struct ledger *ledger)
{
    return ledger->store.used;
}

size_t ledger_estimate(uint64_t events, uint64_t unsettled, int sink_count, bool has_hashes)
{
    uint64_t chunks = events / LEDGER_CHUNK_SIZE + 1;
    uint64_t codes = events * (uint64_t)sink_count * LEDGER_CODE_BITS / 8;
    uint64_t records = unsettled + LEDGER_WARM_OPS < events ? unsettled + LEDGER_WARM_OPS : events;
    records *= sizeof(struct ledger_op);
    records += records / 4; /* dead ones among them, and room to grow */
    uint64_t hashes = has_hashes ? unsettled * sizeof(uint64_t) : 0;
    return chunks * (sizeof(struct ledger_cell) + sizeof(struct ledger_chunk)) + codes + records +
           hashes;
}

static uint64_t ledger_awaited_bits(const struct ledger *ledger, uint32_t sinks)
{
    uint64_t bits = 0;
    for (int i = 0; i < ledger->config.sink_count; i++) {
        if ((sinks >> i & 1) != 0 && ledger->sinks[i].is_awaited)
            bits |= UINT64_C(1) << (LEDGER_CODE_BITS * i);
    }
    return bits;
}

static struct track_throttle *ledger_make_throttles(const struct ledger_config *config)
{
    struct track_throttle *throttles = NULL;
    for (int i = 0; i < config->sink_count; i++) {
        if (config->sinks[i].throttle_ns == 0)
            continue;
        if (throttles == NULL)
            throttles = mem_zalloc((size_t)config->sink_count, sizeof(*throttles));
        track_throttle_init(&throttles[i], config->sinks[i].throttle, config->sinks[i].throttle_ns);
    }
    return throttles;
}

enum br_err ledger_open_stream(struct ledger *ledger, struct bytes key, uint32_t sinks,
                               uint32_t *out_stream)
{
    const struct ledger_config *config = &ledger->config;
    uint64_t number = config->stream_first + (uint64_t)ledger->stream_count * config->stream_step;
    if (number > STAMP_STREAM_MAX)
        return BR_ERR_LIMIT;
    if (ledger->stream_count == ledger->stream_size) {
        size_t size = ledger->stream_size == 0 ? LEDGER_STREAMS_FIRST : 2 * ledger->stream_size;
        ledger->streams = ledger_resize(&ledger->store, ledger->streams,
                                        ledger->stream_size * sizeof(ledger->streams[0]),
                                        size * sizeof(ledger->streams[0]));
        ledger->stream_size = size;
    }
    size_t bytes = sizeof(struct ledger_stream) + (size_t)config->sink_count * sizeof(int64_t);
    struct ledger_stream *stream = ledger_resize(&ledger->store, NULL, 0, bytes);
    memset(stream, 0, bytes);
    stream->key = mem_copy_str(key);
    stream->key_len = key.len;
    ledger->store.used += key.len + 1;
    stream->number = (uint32_t)number;
    stream->awaited = ledger_awaited_bits(ledger, sinks);
    stream->throttles = ledger_make_throttles(config);
    for (int i = 0; i < config->sink_count; i++)
        stream->sent_max_ns[i] = TRACK_NO_TIME;
    ledger->streams[ledger->stream_count++] = stream;
    *out_stream = stream->number;
    return BR_ERR_NONE;
}

struct ledger_stream *ledger_find_stream(const struct ledger *ledger, uint32_t number)
{
    const struct ledger_config *config = &ledger->config;
    if (number < config->stream_first || (number - config->stream_first) % config->stream_step != 0)
        return NULL;
    size_t at = (number - config->stream_first) / config->stream_step;
    return at < ledger->stream_count ? ledger->streams[at] : NULL;
}

struct bytes ledger_stream_key(const struct ledger *ledger, uint32_t stream)
{
    const struct ledger_stream *found = ledger_find_stream(ledger, stream);
    return found == NULL ? BYTES_NONE : bytes_make(found->key, found->key_len);
}

struct ledger_place ledger_place_of(struct ledger_stream *stream, uint64_t seq)
{
    MUST(seq < stream->next);
    return (struct ledger_place){stream, &stream->cells[seq >> LEDGER_CHUNK_BITS],
                                 (uint32_t)(seq & (LEDGER_CHUNK_SIZE - 1))};
}

static void ledger_mark_phase(struct ledger *ledger, struct ledger_stream *stream, int phase)
{
    MUST(phase >= 0 && phase < ledger->config.phase_count);
    uint64_t last = stream->mark_count > 0 ? stream->marks[stream->mark_count - 1] : 0;
    if (stream->mark_count > 0 && (int)(last & 15) == phase)
        return;
    MUST(stream->mark_count == 0 || (int)(last & 15) < phase);
    size_t bytes = stream->mark_count * sizeof(stream->marks[0]);
    stream->marks =
        ledger_resize(&ledger->store, stream->marks, bytes, bytes + sizeof(stream->marks[0]));
    stream->marks[stream->mark_count++] = stream->next << 4 | (uint64_t)phase;
}

int ledger_phase_of(const struct ledger_stream *stream, uint64_t seq)
{
    size_t at = stream->mark_count - 1;
    while (at > 0 && stream->marks[at] >> 4 > seq)
        at--;
    return (int)(stream->marks[at] & 15);
}

/* Whether the chunk before it still holds the beginning of the body that its first record goes on
 * with: then that record is asked for the order of the body. */
static bool ledger_is_continued(const struct ledger_stream *stream, const struct ledger_cell *cell)
{
    const struct ledger_chunk *chunk = cell->chunk;
    if (cell == stream->cells || chunk->op_count == 0 || ledger_op_offset(&chunk->ops[0]) > 0)
        return false;
    const struct ledger_chunk *before = cell[-1].chunk;
    return before != NULL && before->op_count > 0 &&
           before->ops[before->op_count - 1].number == chunk->ops[0].number;
}

void ledger_settle_cell(struct ledger *ledger, struct ledger_stream *stream,
                        struct ledger_cell *cell)
{
    /* What goes here may free the first record of the next chunk, and so on. */
    for (; cell < stream->cells + stream->cell_count; cell++) {
        struct ledger_chunk *chunk = cell->chunk;
        if (chunk == NULL || chunk->is_warm || ledger->is_finished)
            return;
        uint32_t op_count = chunk->op_count;
        ledger_chunk_tidy(&ledger->store, chunk, stream->awaited,
                          ledger_is_continued(stream, cell));
        bool is_smaller = chunk->op_count < op_count;
        if (ledger_chunk_is_uniform(chunk)) {
            cell->base = chunk->base;
            ledger_chunk_destroy(&ledger->store, &cell->chunk);
        }
        if (!is_smaller)
            return;
    }
}

void ledger_bury_op(struct ledger *ledger, const struct ledger_stream *stream,
                    struct ledger_chunk *chunk, struct ledger_op *op)
{
    uint32_t settled = ledger_chunk_count_settled(&ledger->store, chunk, stream->awaited,
                                                  ledger_op_offset(op), ledger_op_end(op));
    if (settled < ledger_op_count(op))
        return;
    ledger_op_set_dead(op);
    chunk->op_dead++;
}

/* The oldest chunks are no longer recent. */
static void ledger_cool(struct ledger *ledger)
{
    while (ledger->warm_ops > ledger->config.warm_ops) {
        struct list *oldest = list_pop_head(&ledger->warm);
        MUST(oldest != NULL);
        struct ledger_chunk *chunk = BR_CONTAINER(oldest, struct ledger_chunk, warm);
        struct ledger_stream *stream = ledger->streams[chunk->stream_at];
        chunk->is_warm = false;
        ledger->warm_ops -= chunk->warm_ops;
        ledger_settle_cell(ledger, stream, &stream->cells[chunk->cell_at]);
    }
}

/* The cell where the next event goes. */
static struct ledger_cell *ledger_next_cell(struct ledger *ledger, struct ledger_stream *stream)
{
    size_t at = (size_t)(stream->next >> LEDGER_CHUNK_BITS);
    if (at < stream->cell_count)
        return &stream->cells[at];
    if (at > 0 && stream->cells[at - 1].chunk != NULL)
        stream->op_hint = stream->cells[at - 1].chunk->warm_ops;
    if (stream->cell_count == stream->cell_size) {
        size_t size = stream->cell_size == 0 ? LEDGER_CELLS_FIRST : 2 * stream->cell_size;
        stream->cells = ledger_resize(&ledger->store, stream->cells,
                                      stream->cell_size * sizeof(stream->cells[0]),
                                      size * sizeof(stream->cells[0]));
        stream->cell_size = size;
    }
    struct ledger_chunk *chunk = ledger_chunk_create(&ledger->store, stream->op_hint);
    chunk->stream_at = (stream->number - ledger->config.stream_first) / ledger->config.stream_step;
    chunk->cell_at = (uint32_t)at;
    chunk->is_warm = true;
    list_push_tail(&ledger->warm, &chunk->warm);
    struct ledger_cell *cell = &stream->cells[stream->cell_count++];
    *cell = (struct ledger_cell){chunk, 0, INT64_MAX, INT64_MIN};
    return cell;
}

static struct ledger_op ledger_op_make(const struct ledger_order *order, uint32_t offset,
                                       uint32_t count)
{
    struct ledger_op op = {
        .due = (uint64_t)order->due_ns << 8 | (uint64_t)TRACK_PENDING << 4 | (uint64_t)order->phase,
        .target = order->target,
        .number = order->number,
    };
    ledger_op_set_span(&op, offset, count);
    return op;
}

/* As many of the order's events as fit into one chunk; `done` of them are in already. */
static uint32_t ledger_register_some(struct ledger *ledger, struct ledger_stream *stream,
                                     const struct ledger_order *order, uint32_t done)
{
    struct ledger_cell *cell = ledger_next_cell(ledger, stream);
    struct ledger_chunk *chunk = cell->chunk;
    uint32_t count = LEDGER_CHUNK_SIZE - chunk->count;
    if (count > order->count - done)
        count = order->count - done;
    struct ledger_op op = ledger_op_make(order, chunk->count, count);
    ledger_chunk_append(&ledger->store, chunk, &op,
                        order->hashes == NULL ? NULL : order->hashes + done);
    if (order->due_ns < cell->due_first_ns)
        cell->due_first_ns = order->due_ns;
    if (order->due_ns > cell->due_last_ns)
        cell->due_last_ns = order->due_ns;
    stream->next += count;
    if (chunk->is_warm) {
        chunk->warm_ops++;
        ledger->warm_ops++;
    }
    return count;
}

enum br_err ledger_register(struct ledger *ledger, const struct ledger_order *order,
                            struct ledger_span *out_span)
{
    MUST(!ledger->is_finished);
    MUST(order->count > 0);
    const struct ledger_config *config = &ledger->config;
    if (config->memory_max > 0 && ledger->store.used >= config->memory_max)
        return BR_ERR_LIMIT;
    struct ledger_stream *stream = ledger_find_stream(ledger, order->stream);
    MUST(stream != NULL);
    if (stream->next + order->count > STAMP_SEQ_MAX)
        return BR_ERR_LIMIT;

    ledger_mark_phase(ledger, stream, order->phase);
    *out_span = (struct ledger_span){order->stream, order->count, stream->next};
    for (uint32_t done = 0; done < order->count;)
        done += ledger_register_some(ledger, stream, order, done);
    struct track_entries *entries = &ledger->block->entries[order->phase];
    entries->registered += order->count;
    entries->pending += order->count;
    ledger->pending += order->count;
    if (ledger->warm_ops > ledger->config.warm_ops)
        ledger_cool(ledger);
    return BR_ERR_NONE;
}

void ledger_set_hash(struct ledger *ledger, struct stamp_id id, uint64_t hash)
{
    struct ledger_stream *stream = ledger_find_stream(ledger, id.stream);
    if (!ledger->store.has_hashes)
        return;
    MUST(stream != NULL);
    struct ledger_place place = ledger_place_of(stream, id.seq);
    struct ledger_chunk *chunk = place.cell->chunk;
    MUST(chunk != NULL && chunk->planes != NULL); /* it is pending */
    if (chunk->hashes[place.offset] == 0)
        chunk->hashes[place.offset] = hash;
}

static void ledger_wait_more(struct ledger_sink_state *sink, int64_t n, int64_t at_ns)
{
    if (sink->waiting == 0)
        sink->waiting_since_ns = at_ns;
    sink->waiting += n;
}

void ledger_send(struct ledger *ledger, struct ledger_span span, int64_t sent_ns, uint32_t conn)
{
    struct ledger_stream *stream = ledger_find_stream(ledger, span.stream);
    MUST(stream != NULL);
    uint64_t end = span.first + span.count;
    for (uint64_t seq = span.first; seq < end;) {
        struct ledger_place place = ledger_place_of(stream, seq);
        struct ledger_op *op = ledger_chunk_find_op(place.cell->chunk, place.offset);
        MUST(op != NULL && ledger_op_entry(op) == TRACK_PENDING);
        MUST(!ledger_op_has_sent(op));
        ledger_op_set_sent(op, sent_ns);
        op->conn = conn;
        ledger->block->entries[ledger_op_phase(op)].sent += ledger_op_count(op);
        seq += ledger_op_end(op) - place.offset;
    }
    for (int i = 0; i < ledger->config.sink_count; i++) {
        if (ledger_awaits(stream, i))
            ledger_wait_more(&ledger->sinks[i], span.count, sent_ns);
    }
}

struct track_block *ledger_swap_block(struct ledger *ledger, struct track_block *next,
                                      int64_t now_ns)
{
    struct track_block *block = ledger->block;
    block->end_ns = now_ns;
    block->size = ledger->store.used;
    for (int i = 0; i < ledger->config.sink_count; i++) {
        struct ledger_sink_state *sink = &ledger->sinks[i];
        block->flows[i].backlog = sink->backlog;
        block->flows[i].backlog_max = sink->backlog_max;
        sink->backlog_max = sink->backlog;
    }
    ledger->block = next;
    next->start_ns = now_ns;
    return block;
}
