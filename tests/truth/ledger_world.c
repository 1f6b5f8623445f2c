/* SPDX-License-Identifier: Apache-2.0
 *
 * A world by seed: operations of one or several streams are registered, sent, resolved as a whole
 * or in parts; their events come out early, late, again, never, in any order, damaged, retried. All
 * of it is told to the ledger and to the model.
 */
#include "ledger_model.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/rng.h"
#include "track/audit.h"

enum { WORLD_OPEN_MAX = 256, WORLD_PARTS_MAX = 3, WORLD_COUNT_MAX = 6000 };

/* An operation's part in one stream. */
struct world_part {
    struct ledger_span span;
    uint32_t event; /* the first one's place in the model */
};

struct world_op {
    struct world_part parts[WORLD_PARTS_MAX];
    int part_count;
    bool is_sent;
};

struct world {
    struct rng rng;
    struct ledger *ledger;
    struct model model;
    struct ledger_config config;
    struct track_block *blocks[2];
    struct track_sum sum;
    int64_t now_ns;
    uint32_t number;
    int phase;
    uint32_t count_max; /* events of a part */
    uint32_t window;    /* how far back deliveries reach */
    uint64_t trouble;   /* a thing in so many goes wrong */
    uint64_t replays;   /* one step in so many replays a stretch */
    uint64_t silent;    /* nothing comes in so many steps before the end */
    int64_t unknown;    /* stamps that nobody sent */
    int64_t pace;       /* how fast time goes */
    uint32_t cursor;    /* events before it have had their turn to come */
    int64_t arrivals[MODEL_SINKS_MAX];
    struct world_op open[WORLD_OPEN_MAX];
    int open_count;
    uint64_t told[TRACK_ANOMALY_COUNT];
};

static uint64_t world_below(struct world *world, uint64_t bound)
{
    return rng_below(&world->rng, bound);
}

static void world_on_anomaly(const struct track_anomaly *anomaly, void *context)
{
    struct world *world = context;
    uint64_t hash = model_tale_hash(anomaly->kind, anomaly->sink, anomaly->id);
    world->told[anomaly->kind] += anomaly->is_taken_back ? 0 - hash : hash;
}

static void world_init(struct world *world, uint64_t seed, bool is_thorough)
{
    world->rng = rng_at(seed, 0);
    world->now_ns = -1000000;
    struct ledger_config *config = &world->config;
    *config = (struct ledger_config){
        .stream_first = (uint32_t)world_below(world, 3),
        .stream_step = 1 + (uint32_t)world_below(world, 3),
        .phase_count = 1 + (int)world_below(world, MODEL_PHASES_MAX),
        .sink_count = 1 + (int)world_below(world, MODEL_SINKS_MAX),
        .has_hashes = world_below(world, 2) == 0,
        .warm_ops = is_thorough || world_below(world, 2) == 0 ? 1 + world_below(world, 100) : 0,
        .on_anomaly = world_on_anomaly,
        .context = world,
    };
    for (int i = 0; i < config->sink_count; i++) {
        config->sinks[i].is_awaited = world_below(world, 5) > 0;
        config->sinks[i].within_ns = world_below(world, 2) == 0 ? 0 : 3000000;
    }
    for (int i = 0; i < 2; i++)
        world->blocks[i] = track_block_create(0, config->phase_count, config->sink_count);
    track_sum_init(&world->sum, config->phase_count, config->sink_count);
    config->block = world->blocks[0];
    world->ledger = ledger_create(config);
    model_init(&world->model, config, is_thorough);

    static const uint32_t counts[] = {1, 1, 10, 100, WORLD_COUNT_MAX};
    static const uint64_t troubles[] = {3, 20, 1000, UINT64_C(1) << 40};
    static const uint64_t replays[] = {300, 5000, 20000, UINT64_C(1) << 40};
    world->count_max = counts[world_below(world, is_thorough ? 4 : 5)];
    world->trouble = troubles[world_below(world, 4)];
    world->replays = replays[world_below(world, 4)];
    world->pace = world_below(world, 2) == 0 ? 1 : 1000;
    world->silent = world_below(world, 2) == 0 ? 0 : 2000;
    world->window = 1 + (uint32_t)world_below(world, is_thorough ? 300 : 30000);
    uint64_t streams = world_below(world, 2) == 0 ? 1 : 1 + world_below(world, 20);
    for (uint64_t i = 0; i < streams; i++) {
        uint32_t sinks = world_below(world, 4) > 0 ? UINT32_MAX : (uint32_t)rng_next(&world->rng);
        uint32_t number;
        enum br_err err = ledger_open_stream(world->ledger, BYTES("key"), sinks, &number);
        MUST(err == BR_ERR_NONE);
        model_open_stream(&world->model, number, sinks);
    }
}

static void world_fini(struct world *world)
{
    ledger_destroy(&world->ledger);
    model_fini(&world->model);
    track_block_destroy(&world->blocks[0]);
    track_block_destroy(&world->blocks[1]);
    track_sum_fini(&world->sum);
}

static void world_send_part(struct world *world, const struct world_part *part)
{
    ledger_send(world->ledger, part->span, world->now_ns, world->number % 7);
    for (uint32_t i = 0; i < part->span.count; i++)
        model_send(&world->model, part->event + i, world->now_ns);
}

/* Once an operation: a part for some streams, each stream once. */
static void world_register(struct world *world)
{
    static uint64_t hashes[WORLD_COUNT_MAX];
    struct world_op op = {.is_sent = world_below(world, 2 * world->trouble) > 0};
    uint32_t stream = (uint32_t)world_below(world, world->model.stream_count);
    op.part_count = 1 + (int)world_below(world, WORLD_PARTS_MAX);
    if ((uint32_t)op.part_count > world->model.stream_count)
        op.part_count = 1;
    world->number++;
    int64_t due_ns = world->now_ns - (int64_t)world_below(world, 100);
    for (int i = 0; i < op.part_count; i++) {
        uint32_t at = (stream + (uint32_t)i) % world->model.stream_count;
        struct ledger_order order = {
            .stream = world->model.streams[at].number,
            .count = 1 + (uint32_t)world_below(world, world->count_max),
            .phase = world->phase,
            .due_ns = due_ns,
            .number = world->number,
            .target = (uint16_t)(world->number % 3),
        };
        for (uint32_t k = 0; k < order.count; k++)
            hashes[k] = 1 + world_below(world, 1000);
        if (world->config.has_hashes && world_below(world, 10) > 0)
            order.hashes = hashes;
        enum br_err err = ledger_register(world->ledger, &order, &op.parts[i].span);
        MUST(err == BR_ERR_NONE);
        op.parts[i].event = model_register(&world->model, at, &order, op.parts[i].span.first);
    }
    world->now_ns += (int64_t)world_below(world, 50);
    for (int i = 0; i < op.part_count && op.is_sent; i++)
        world_send_part(world, &op.parts[i]);
    world->open[world->open_count++] = op;
}

static enum track_entry world_draw_entry(struct world *world, const struct world_op *op)
{
    if (!op->is_sent)
        return TRACK_UNSENT;
    if (world_below(world, world->trouble) > 0)
        return TRACK_ACCEPTED;
    static const enum track_entry entries[] = {TRACK_ACCEPTED, TRACK_REFUSED, TRACK_UNSURE};
    return entries[world_below(world, 3)];
}

static void world_resolve_span(struct world *world, const struct world_part *part, uint32_t from,
                               uint32_t count, enum track_entry entry)
{
    struct ledger_span span = {part->span.stream, count, part->span.first + from};
    ledger_resolve(world->ledger, span, entry, world->now_ns);
    for (uint32_t i = 0; i < count; i++)
        model_resolve(&world->model, part->event + from + i, entry, world->now_ns);
}

/* A part of an operation in pieces, from its beginning or from its end. */
static void world_resolve_pieces(struct world *world, const struct world_op *op,
                                 const struct world_part *part)
{
    uint32_t count = part->span.count;
    uint32_t step = 1 + (uint32_t)world_below(world, count);
    bool is_backwards = world_below(world, 2) == 0;
    for (uint32_t done = 0; done < count; done += step) {
        uint32_t size = step < count - done ? step : count - done;
        uint32_t from = is_backwards ? count - done - size : done;
        world_resolve_span(world, part, from, size, world_draw_entry(world, op));
    }
}

static void world_resolve(struct world *world)
{
    int at = (int)world_below(world, (uint64_t)world->open_count);
    struct world_op op = world->open[at];
    world->open[at] = world->open[--world->open_count];
    bool is_split = world_below(world, world->trouble) == 0;
    enum track_entry entry = world_draw_entry(world, &op);
    for (int i = 0; i < op.part_count; i++) {
        if (is_split)
            world_resolve_pieces(world, &op, &op.parts[i]);
        else
            world_resolve_span(world, &op.parts[i], 0, op.parts[i].span.count, entry);
    }
}

static void world_deliver(struct world *world, uint32_t event, int sink)
{
    const struct model_event *at = &world->model.events[event];
    struct ledger_arrival arrival = {
        .sink = sink,
        .id = at->id,
        .at_ns = world->now_ns,
        .is_attempt = world_below(world, world->trouble) == 0,
        .has_hash = world->config.has_hashes,
        .hash = world_below(world, world->trouble) == 0 ? world_below(world, 1000) : at->hash,
    };
    if (!arrival.is_attempt)
        arrival.may_be_unread = world_below(world, world->trouble) == 0;
    world->arrivals[sink]++;
    ledger_arrive(world->ledger, &arrival);
    model_arrive(&world->model, event, &arrival);
}

static void world_deliver_all(struct world *world, uint32_t event, bool is_turn)
{
    for (int sink = 0; sink < world->config.sink_count; sink++) {
        const struct model_event *at = &world->model.events[event];
        bool is_awaited = world->config.sinks[sink].is_awaited;
        bool has_come = at->outs[sink].first_ns != TRACK_NO_TIME;
        if (is_awaited ? (!has_come || !is_turn) : world_below(world, world->trouble) == 0)
            world_deliver(world, event, sink);
    }
}

/* Events mostly come in their order, each to every sink where it has not come; some never, some
 * again, some out of their turn. */
static void world_arrive(struct world *world)
{
    uint32_t count = world->model.event_count;
    bool is_turn = world_below(world, world->trouble) > 0;
    if (is_turn && world->cursor < count) {
        world_deliver_all(world, world->cursor++, true);
    } else if (!is_turn && count > 0) {
        uint32_t back = count < world->window ? count : world->window;
        uint32_t event = count - 1 - (uint32_t)world_below(world, back);
        if (world_below(world, 10) == 0)
            event = (uint32_t)world_below(world, count);
        world_deliver_all(world, event, false);
        /* The one whose turn it was is passed over. */
        world->cursor += world->cursor < count;
    }
}

/* What a restart does: a stretch of events comes again, maybe of long ago. */
static void world_replay(struct world *world)
{
    uint32_t count = world->model.event_count;
    uint32_t length = 1 + (uint32_t)world_below(world, 3000);
    if (count == 0)
        return;
    for (uint32_t i = (uint32_t)world_below(world, count); i < count && length > 0; i++, length--)
        world_deliver_all(world, i, false);
}

static void world_arrive_unknown(struct world *world)
{
    struct ledger_arrival arrival = {
        .sink = (int)world_below(world, (uint64_t)world->config.sink_count),
        .id = {(uint32_t)world_below(world, 100), STAMP_SEQ_MAX - world_below(world, 5)},
        .at_ns = world->now_ns,
    };
    ledger_arrive(world->ledger, &arrival);
    world->arrivals[arrival.sink]++;
    world->unknown++;
}

static void world_swap(struct world *world)
{
    struct track_block *next =
        world->ledger == NULL ? NULL : world->blocks[world->config.block == world->blocks[0]];
    struct track_block *full = ledger_swap_block(world->ledger, next, world->now_ns);
    track_sum_add(&world->sum, full);
    track_block_reset(full, world->now_ns);
    world->config.block = next;
}

static void world_step(struct world *world, bool is_silent)
{
    static const int64_t pauses[] = {0, 0, 0, 1, 1000, 100000};
    world->now_ns += world->pace * pauses[world_below(world, 6)];
    uint64_t lag = world->model.event_count - world->cursor;
    uint64_t draw = world_below(world, 8);
    if (world->open_count == WORLD_OPEN_MAX || (draw == 0 && world->open_count > 0))
        world_resolve(world);
    else if (draw <= 2 && (lag < world->window || is_silent))
        world_register(world);
    else if (!is_silent)
        world_arrive(world);
    if (!is_silent && world_below(world, world->replays) == 0)
        world_replay(world);
    if (world_below(world, 1000) == 0)
        world_swap(world);
    if (world_below(world, 10 * world->trouble) == 0)
        world_arrive_unknown(world);
    if (world->phase + 1 < world->config.phase_count && world_below(world, 5000) == 0)
        world->phase++;
}

/* Whether the run ends with everything that can come having come, or in the middle. */
static void world_end(struct world *world, struct ledger_facts *facts, int64_t end_ns,
                      int64_t stall_ns)
{
    while (world->open_count > 0 && world_below(world, 20) > 0)
        world_resolve(world);
    for (uint32_t i = 0; i < world->model.event_count; i++) {
        const struct model_event *at = &world->model.events[i];
        if (at->entry != TRACK_PENDING)
            continue;
        model_resolve(&world->model, i, at->sent_ns == TRACK_NO_TIME ? TRACK_UNSENT : TRACK_UNSURE,
                      world->now_ns);
    }
    ledger_resolve_rest(world->ledger, world->now_ns);
    ledger_facts_init(facts, world->config.sink_count);
    ledger_facts_add(facts, world->ledger);
    ledger_facts_add_trailing(facts, world->ledger);
    struct ledger_end end = {facts, end_ns, stall_ns};
    ledger_finish(world->ledger, &end);
    world_swap(world);
}

#define WORLD_EQUAL(got, want, ...)                                                                \
    do {                                                                                           \
        int64_t world_got = (int64_t)(got), world_want = (int64_t)(want);                          \
        if (world_got != world_want) {                                                             \
            int world_len = snprintf(why, MODEL_WHY_SIZE, __VA_ARGS__);                            \
            (void)snprintf(why + world_len, MODEL_WHY_SIZE - (size_t)world_len,                    \
                           " is %lld, not %lld", (long long)world_got, (long long)world_want);     \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

static bool world_compare_facts(const struct ledger_facts *got, const struct ledger_facts *want,
                                char *why)
{
    WORLD_EQUAL(got->accepted_count, want->accepted_count, "accepted_count");
    WORLD_EQUAL(got->accepted_first_ns, want->accepted_first_ns, "accepted_first");
    WORLD_EQUAL(got->accepted_last_ns, want->accepted_last_ns, "accepted_last");
    WORLD_EQUAL(got->resolved_last_ns, want->resolved_last_ns, "resolved_last");
    for (int i = 0; i < got->sink_count; i++) {
        const struct ledger_sink_facts *a = &got->sinks[i];
        const struct ledger_sink_facts *b = &want->sinks[i];
        WORLD_EQUAL(a->open, b->open, "sink %d: open", i);
        WORLD_EQUAL(a->open_unsure, b->open_unsure, "sink %d: open_unsure", i);
        WORLD_EQUAL(a->delivered_last_ns, b->delivered_last_ns, "sink %d: delivered_last", i);
        WORLD_EQUAL(a->gap_max_ns, b->gap_max_ns, "sink %d: gap_max", i);
        WORLD_EQUAL(a->came_accepted_ns, b->came_accepted_ns, "sink %d: came_accepted", i);
        WORLD_EQUAL(a->came_id.seq, b->came_id.seq, "sink %d: came_id", i);
        WORLD_EQUAL(a->trailing_first_ns, b->trailing_first_ns, "sink %d: trailing_first", i);
        WORLD_EQUAL(a->trailing_last_ns, b->trailing_last_ns, "sink %d: trailing_last", i);
    }
    return true;
}

static bool world_compare_at(const struct world *world, const struct model_verdict *verdict,
                             int phase, int sink, char *why)
{
    const struct track_at_sum *at = track_sum_at(&world->sum, phase, sink);
    const struct model_at *counts = &world->model.ats[phase][sink];
    for (int class = 0; class < TRACK_CLASS_COUNT; class ++)
        WORLD_EQUAL(track_at_sum_class(at, (enum track_class) class),
                    verdict->classes[phase][sink][class], "phase %d sink %d: %s", phase, sink,
                    track_class_name((enum track_class) class));
    WORLD_EQUAL(at->early, 0, "phase %d sink %d: early", phase, sink);
    WORLD_EQUAL(at->deliveries, counts->deliveries, "phase %d sink %d: deliveries", phase, sink);
    WORLD_EQUAL(at->copies, counts->copies, "phase %d sink %d: copies", phase, sink);
    WORLD_EQUAL(at->redelivered, counts->redelivered, "phase %d sink %d: redelivered", phase, sink);
    WORLD_EQUAL(at->attempts, counts->attempts, "phase %d sink %d: attempts", phase, sink);
    WORLD_EQUAL(at->retries, counts->retries, "phase %d sink %d: retries", phase, sink);
    WORLD_EQUAL(at->reordered, counts->reordered, "phase %d sink %d: reordered", phase, sink);
    WORLD_EQUAL(at->damaged, counts->damaged, "phase %d sink %d: damaged", phase, sink);
    WORLD_EQUAL(at->lag_negative, verdict->lag_negative[phase][sink],
                "phase %d sink %d: lag_negative", phase, sink);
    const struct hist_sum *lags[] = {&at->lag_due, &at->lag_sent, &at->lag_accepted};
    for (int i = 0; i < 3; i++) {
        WORLD_EQUAL(lags[i]->count, verdict->lag_count[phase][sink][i],
                    "phase %d sink %d: count of lag %d", phase, sink, i);
        /* Added up in another order. */
        double want = verdict->lag_sum[phase][sink][i];
        bool is_near = fabs(lags[i]->sum - want) <= 1e-9 * fabs(want);
        WORLD_EQUAL(is_near, true, "phase %d sink %d: sum of lag %d", phase, sink, i);
    }
    return true;
}

static bool world_compare(struct world *world, const struct ledger_facts *facts, int64_t end_ns,
                          int64_t stall_ns, char *why)
{
    static struct model_verdict verdict;
    static struct ledger_walk walk;
    model_judge(&world->model, end_ns, stall_ns, &verdict);
    if (!world_compare_facts(facts, &verdict.facts, why))
        return false;
    for (int phase = 0; phase < world->config.phase_count; phase++) {
        const struct track_entries *entries = &world->sum.entries[phase];
        WORLD_EQUAL(entries->pending, 0, "phase %d: pending", phase);
        WORLD_EQUAL(entries->accepted, verdict.entries[phase][TRACK_ACCEPTED], "accepted");
        WORLD_EQUAL(entries->refused, verdict.entries[phase][TRACK_REFUSED], "refused");
        WORLD_EQUAL(entries->unsure, verdict.entries[phase][TRACK_UNSURE], "unsure");
        WORLD_EQUAL(entries->unsent, verdict.entries[phase][TRACK_UNSENT], "unsent");
        for (int sink = 0; sink < world->config.sink_count; sink++) {
            if (!world_compare_at(world, &verdict, phase, sink, why))
                return false;
        }
    }
    int64_t unknown = 0;
    for (int sink = 0; sink < world->config.sink_count; sink++)
        unknown += world->sum.unknown[sink];
    WORLD_EQUAL(unknown, world->unknown, "unknown");
    struct track_claims claims;
    struct diag diag = DIAG_INIT;
    track_claims_init(&claims);
    claims.events = world->model.event_count;
    for (int sink = 0; sink < world->config.sink_count; sink++)
        claims.arrivals[sink] = world->arrivals[sink];
    walk = (struct ledger_walk){0};
    ledger_walk_add(&walk, world->ledger);
    bool is_sound = track_audit(&world->sum, &walk, &claims, &diag);
    WORLD_EQUAL(is_sound, true, "%.150s:", diag.text);
    for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++)
        WORLD_EQUAL(world->told[kind], world->model.told[kind], "what is told as %s",
                    track_anomaly_name((enum track_anomaly_kind)kind));
    return true;
}

bool model_play(uint64_t seed, uint64_t steps, bool is_thorough,
                char out_why[static MODEL_WHY_SIZE])
{
    static struct world world;
    world = (struct world){.now_ns = 0};
    world_init(&world, seed, is_thorough);
    for (uint64_t i = 0; i < steps; i++)
        world_step(&world, steps - i < world.silent);
    struct ledger_facts facts;
    int64_t stall_ns = 10000000;
    int64_t end_ns = world.now_ns + (int64_t)world_below(&world, 3) * stall_ns;
    world_end(&world, &facts, end_ns, stall_ns);
    bool is_same = world_compare(&world, &facts, end_ns, stall_ns, out_why);
    world_fini(&world);
    return is_same;
}
