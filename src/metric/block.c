/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of an interval's block, and adding blocks up. What only adds is added row by row of the
 * tables in the header; first and last times are the outermost ones seen.
 */
#include "metric/block.h"

#include "base/mem.h"
#include "base/must.h"

static void block_ops_init(struct block_ops *ops)
{
    hist_init(&ops->latency_ok);
    hist_init(&ops->latency_failed);
    hist_init(&ops->service_ok);
    hist_init(&ops->service_failed);
}

static void block_ops_fini(struct block_ops *ops)
{
    hist_fini(&ops->latency_ok);
    hist_fini(&ops->latency_failed);
    hist_fini(&ops->service_ok);
    hist_fini(&ops->service_failed);
}

static void block_errors_reset(struct block_error errors[static BR_ERR_COUNT])
{
    for (int i = 0; i < BR_ERR_COUNT; i++)
        errors[i] = (struct block_error){0, -1, -1};
}

static void block_ops_reset(struct block_ops *ops)
{
#define X(name, text) ops->name = 0;
    BLOCK_COUNTERS(X)
#undef X
    ops->first_ns = -1;
    ops->last_ns = -1;
    memset(ops->status, 0, sizeof(ops->status));
    block_errors_reset(ops->errors);
    hist_reset(&ops->latency_ok);
    hist_reset(&ops->latency_failed);
    hist_reset(&ops->service_ok);
    hist_reset(&ops->service_failed);
}

static void block_phase_init(struct block_phase *phase)
{
    hist_init(&phase->lateness);
    hist_init(&phase->wait);
    hist_init(&phase->connect);
    hist_init(&phase->handshake);
    hist_init(&phase->receive_lag);
}

static void block_phase_fini(struct block_phase *phase)
{
    hist_fini(&phase->lateness);
    hist_fini(&phase->wait);
    hist_fini(&phase->connect);
    hist_fini(&phase->handshake);
    hist_fini(&phase->receive_lag);
}

static void block_phase_reset(struct block_phase *phase)
{
#define X(name, text) phase->name = 0;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    hist_reset(&phase->lateness);
    hist_reset(&phase->wait);
    hist_reset(&phase->connect);
    hist_reset(&phase->handshake);
    hist_reset(&phase->receive_lag);
}

struct block *block_create(int shard, int phase_count, int target_count)
{
    MUST(shard >= 0);
    MUST(phase_count > 0);
    MUST(target_count > 0);
    struct block *block = MEM_NEW(struct block);
    size_t ops_count = (size_t)phase_count * (size_t)target_count;
    block->shard = shard;
    block->phase_count = phase_count;
    block->target_count = target_count;
    block->phases = mem_zalloc((size_t)phase_count, sizeof(block->phases[0]));
    block->ops = mem_zalloc(ops_count, sizeof(block->ops[0]));
    for (int i = 0; i < phase_count; i++)
        block_phase_init(&block->phases[i]);
    for (size_t i = 0; i < ops_count; i++)
        block_ops_init(&block->ops[i]);
    block_reset(block, 0);
    return block;
}

void block_destroy(struct block **block)
{
    struct block *old = *block;
    if (old == NULL)
        return;
    *block = NULL;
    for (int i = 0; i < old->phase_count; i++)
        block_phase_fini(&old->phases[i]);
    for (int i = 0; i < old->phase_count * old->target_count; i++)
        block_ops_fini(&old->ops[i]);
    mem_free(old->phases);
    mem_free(old->ops);
    mem_free(old);
}

void block_reset(struct block *block, int64_t start_ns)
{
    block->start_ns = start_ns;
    block->end_ns = start_ns;
    block->busy_permille_max = 0;
    block->in_flight = 0;
    block->behind = 0;
    block->conns_open = 0;
    for (int i = 0; i < block->phase_count; i++)
        block_phase_reset(&block->phases[i]);
    for (int i = 0; i < block->phase_count * block->target_count; i++)
        block_ops_reset(&block->ops[i]);
}

static size_t block_phase_size(const struct block_phase *phase)
{
    size_t size = sizeof(*phase) - 4 * sizeof(struct hist);
    return size + hist_size(&phase->lateness) + hist_size(&phase->wait) +
           hist_size(&phase->connect) + hist_size(&phase->handshake) +
           hist_size(&phase->receive_lag);
}

static size_t block_ops_size(const struct block_ops *ops)
{
    size_t size = sizeof(*ops) - 4 * sizeof(struct hist);
    return size + hist_size(&ops->latency_ok) + hist_size(&ops->latency_failed) +
           hist_size(&ops->service_ok) + hist_size(&ops->service_failed);
}

size_t block_size(const struct block *block)
{
    size_t size = sizeof(*block);
    for (int i = 0; i < block->phase_count; i++)
        size += block_phase_size(&block->phases[i]);
    for (int i = 0; i < block->phase_count * block->target_count; i++)
        size += block_ops_size(&block->ops[i]);
    return size;
}

void block_ops_sum_init(struct block_ops_sum *sum)
{
    *sum = (struct block_ops_sum){.first_ns = -1, .last_ns = -1};
    block_errors_reset(sum->errors);
    hist_sum_init(&sum->latency_ok);
    hist_sum_init(&sum->latency_failed);
    hist_sum_init(&sum->service_ok);
    hist_sum_init(&sum->service_failed);
}

void block_ops_sum_fini(struct block_ops_sum *sum)
{
    hist_sum_fini(&sum->latency_ok);
    hist_sum_fini(&sum->latency_failed);
    hist_sum_fini(&sum->service_ok);
    hist_sum_fini(&sum->service_failed);
}

static void block_widen(int64_t *first_ns, int64_t *last_ns, int64_t from_first_ns,
                        int64_t from_last_ns)
{
    if (from_first_ns >= 0 && (*first_ns < 0 || from_first_ns < *first_ns))
        *first_ns = from_first_ns;
    if (from_last_ns > *last_ns)
        *last_ns = from_last_ns;
}

static void block_errors_add(struct block_error into[static BR_ERR_COUNT],
                             const struct block_error from[static BR_ERR_COUNT])
{
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        into[i].count += from[i].count;
        block_widen(&into[i].first_ns, &into[i].last_ns, from[i].first_ns, from[i].last_ns);
    }
}

void block_ops_sum_add(struct block_ops_sum *into, const struct block_ops *from)
{
#define X(name, text) into->name += from->name;
    BLOCK_COUNTERS(X)
#undef X
    block_widen(&into->first_ns, &into->last_ns, from->first_ns, from->last_ns);
    for (int i = 0; i < BLOCK_STATUS_MAX; i++)
        into->status[i] += from->status[i];
    block_errors_add(into->errors, from->errors);
    hist_sum_add(&into->latency_ok, &from->latency_ok);
    hist_sum_add(&into->latency_failed, &from->latency_failed);
    hist_sum_add(&into->service_ok, &from->service_ok);
    hist_sum_add(&into->service_failed, &from->service_failed);
}

void block_ops_sum_merge(struct block_ops_sum *into, const struct block_ops_sum *from)
{
#define X(name, text) into->name += from->name;
    BLOCK_COUNTERS(X)
#undef X
    block_widen(&into->first_ns, &into->last_ns, from->first_ns, from->last_ns);
    for (int i = 0; i < BLOCK_STATUS_MAX; i++)
        into->status[i] += from->status[i];
    block_errors_add(into->errors, from->errors);
    hist_sum_merge(&into->latency_ok, &from->latency_ok);
    hist_sum_merge(&into->latency_failed, &from->latency_failed);
    hist_sum_merge(&into->service_ok, &from->service_ok);
    hist_sum_merge(&into->service_failed, &from->service_failed);
}

void block_phase_sum_init(struct block_phase_sum *sum)
{
    *sum = (struct block_phase_sum){0};
    hist_sum_init(&sum->lateness);
    hist_sum_init(&sum->wait);
    hist_sum_init(&sum->connect);
    hist_sum_init(&sum->handshake);
    hist_sum_init(&sum->receive_lag);
}

void block_phase_sum_fini(struct block_phase_sum *sum)
{
    hist_sum_fini(&sum->lateness);
    hist_sum_fini(&sum->wait);
    hist_sum_fini(&sum->connect);
    hist_sum_fini(&sum->handshake);
    hist_sum_fini(&sum->receive_lag);
}

void block_phase_sum_add(struct block_phase_sum *into, const struct block_phase *from)
{
#define X(name, text) into->name += from->name;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    hist_sum_add(&into->lateness, &from->lateness);
    hist_sum_add(&into->wait, &from->wait);
    hist_sum_add(&into->connect, &from->connect);
    hist_sum_add(&into->handshake, &from->handshake);
    hist_sum_add(&into->receive_lag, &from->receive_lag);
}

void block_phase_sum_merge(struct block_phase_sum *into, const struct block_phase_sum *from)
{
#define X(name, text) into->name += from->name;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    hist_sum_merge(&into->lateness, &from->lateness);
    hist_sum_merge(&into->wait, &from->wait);
    hist_sum_merge(&into->connect, &from->connect);
    hist_sum_merge(&into->handshake, &from->handshake);
    hist_sum_merge(&into->receive_lag, &from->receive_lag);
}
