/* SPDX-License-Identifier: Apache-2.0
 *
 * Interval blocks: every row of the tables adds up, times widen, a reset keeps nothing.
 */
#include "metric/block.h"

#include "unit.h"

/* Each counter gets a number of its own, so that a mixed-up row shows. */
static void block_test_fill(struct block *block, uint64_t start)
{
    uint64_t n = start;
    for (int p = 0; p < block->phase_count; p++) {
        struct block_phase *phase = &block->phases[p];
#define X(name, text) phase->name = n++;
        BLOCK_SHARD_COUNTERS(X)
#undef X
        hist_record(&phase->lateness, (double)n++);
        hist_record(&phase->wait, (double)n++);
        hist_record(&phase->connect, (double)n++);
        hist_record(&phase->receive_lag, (double)n++);
        for (int t = 0; t < block->target_count; t++) {
            struct block_ops *ops = block_ops_at(block, p, t);
#define X(name, text) ops->name = n++;
            BLOCK_COUNTERS(X)
#undef X
            ops->first_ns = (int64_t)n++;
            ops->last_ns = (int64_t)n++;
            ops->status[200] = (uint32_t)n++;
            ops->status[BLOCK_STATUS_MAX - 1] = (uint32_t)n++;
            block_error_record(&ops->errors[BR_ERR_RESET], (int64_t)n++);
            hist_record(&ops->latency_ok, (double)n++);
            hist_record(&ops->latency_failed, (double)n++);
            hist_record(&ops->service_ok, (double)n++);
            hist_record(&ops->service_failed, (double)n++);
        }
    }
}

static void block_test_expect_ops(const struct block_ops_sum *sum, const struct block_ops *a,
                                  const struct block_ops *b)
{
#define X(name, text) UNIT_EQ_INT(sum->name, a->name + b->name);
    BLOCK_COUNTERS(X)
#undef X
    UNIT_EQ_INT(sum->first_ns, a->first_ns < b->first_ns ? a->first_ns : b->first_ns);
    UNIT_EQ_INT(sum->last_ns, a->last_ns > b->last_ns ? a->last_ns : b->last_ns);
    UNIT_EQ_INT(sum->status[200], a->status[200] + b->status[200]);
    UNIT_EQ_INT(sum->status[BLOCK_STATUS_MAX - 1],
                a->status[BLOCK_STATUS_MAX - 1] + b->status[BLOCK_STATUS_MAX - 1]);
    UNIT_EQ_INT(sum->errors[BR_ERR_RESET].count, 2);
    UNIT_EQ_INT(sum->errors[BR_ERR_RESET].first_ns, a->errors[BR_ERR_RESET].first_ns);
    UNIT_EQ_INT(sum->errors[BR_ERR_RESET].last_ns, b->errors[BR_ERR_RESET].last_ns);
    UNIT_EQ_INT(sum->errors[BR_ERR_STATUS].count, 0);
    UNIT_EQ_INT(sum->errors[BR_ERR_STATUS].first_ns, -1);
    UNIT_OK(sum->latency_ok.sum == a->latency_ok.sum + b->latency_ok.sum);
    UNIT_OK(sum->latency_failed.sum == a->latency_failed.sum + b->latency_failed.sum);
    UNIT_OK(sum->service_ok.sum == a->service_ok.sum + b->service_ok.sum);
    UNIT_OK(sum->service_failed.sum == a->service_failed.sum + b->service_failed.sum);
}

static void block_test_expect_phase(const struct block_phase_sum *sum, const struct block_phase *a,
                                    const struct block_phase *b)
{
#define X(name, text) UNIT_EQ_INT(sum->name, a->name + b->name);
    BLOCK_SHARD_COUNTERS(X)
#undef X
    UNIT_OK(sum->lateness.sum == a->lateness.sum + b->lateness.sum);
    UNIT_OK(sum->wait.sum == a->wait.sum + b->wait.sum);
    UNIT_OK(sum->connect.sum == a->connect.sum + b->connect.sum);
    UNIT_OK(sum->receive_lag.sum == a->receive_lag.sum + b->receive_lag.sum);
}

UNIT_TEST(block_sums_are_the_sums_of_every_row)
{
    struct block *a = block_create(0, 2, 3);
    struct block *b = block_create(1, 2, 3);
    block_test_fill(a, 1000);
    block_test_fill(b, 500000);
    for (int p = 0; p < 2; p++) {
        static struct block_phase_sum phase;
        static struct block_phase_sum merged_phase;
        block_phase_sum_init(&phase);
        block_phase_sum_init(&merged_phase);
        block_phase_sum_add(&phase, &a->phases[p]);
        block_phase_sum_add(&phase, &b->phases[p]);
        block_test_expect_phase(&phase, &a->phases[p], &b->phases[p]);
        block_phase_sum_merge(&merged_phase, &phase);
        block_test_expect_phase(&merged_phase, &a->phases[p], &b->phases[p]);
        block_phase_sum_fini(&phase);
        block_phase_sum_fini(&merged_phase);
        for (int t = 0; t < 3; t++) {
            static struct block_ops_sum ops;
            static struct block_ops_sum merged_ops;
            block_ops_sum_init(&ops);
            block_ops_sum_init(&merged_ops);
            block_ops_sum_add(&ops, block_ops_at(a, p, t));
            block_ops_sum_add(&ops, block_ops_at(b, p, t));
            block_test_expect_ops(&ops, block_ops_at(a, p, t), block_ops_at(b, p, t));
            block_ops_sum_merge(&merged_ops, &ops);
            block_test_expect_ops(&merged_ops, block_ops_at(a, p, t), block_ops_at(b, p, t));
            block_ops_sum_fini(&ops);
            block_ops_sum_fini(&merged_ops);
        }
    }
    block_destroy(&a);
    block_destroy(&b);
    UNIT_OK(a == NULL);
    block_destroy(&a);
}

UNIT_TEST(block_reset_keeps_octaves_and_nothing_else)
{
    struct block *block = block_create(0, 1, 2);
    size_t size_empty = block_size(block);
    block_test_fill(block, 1000);
    block->in_flight = block->behind = block->conns_open = block->busy_permille_max = 7;
    size_t size_full = block_size(block);
    UNIT_OK(size_full > size_empty);
    block_reset(block, 42);
    UNIT_EQ_INT(block_size(block), size_full);
    UNIT_EQ_INT(block->start_ns, 42);
    UNIT_EQ_INT(block->end_ns, 42);
    UNIT_EQ_INT(block->in_flight + block->behind + block->conns_open + block->busy_permille_max, 0);

    static struct block_ops_sum ops;
    static struct block_ops_sum none;
    block_ops_sum_init(&ops);
    block_ops_sum_init(&none);
    block_ops_sum_add(&ops, block_ops_at(block, 0, 1));
    UNIT_EQ_INT(memcmp(ops.status, none.status, sizeof(ops.status)), 0);
    UNIT_EQ_INT(memcmp(ops.errors, none.errors, sizeof(ops.errors)), 0);
    UNIT_EQ_INT(ops.first_ns, -1);
    UNIT_EQ_INT(ops.last_ns, -1);
#define X(name, text) UNIT_EQ_INT(ops.name, 0);
    BLOCK_COUNTERS(X)
#undef X
    UNIT_EQ_INT(ops.latency_ok.count + ops.latency_failed.count + ops.service_ok.count +
                    ops.service_failed.count,
                0);
    block_ops_sum_fini(&ops);
    block_ops_sum_fini(&none);

    static struct block_phase_sum phase;
    block_phase_sum_init(&phase);
    block_phase_sum_add(&phase, &block->phases[0]);
#define X(name, text) UNIT_EQ_INT(phase.name, 0);
    BLOCK_SHARD_COUNTERS(X)
#undef X
    UNIT_EQ_INT(
        phase.lateness.count + phase.wait.count + phase.connect.count + phase.receive_lag.count, 0);
    block_phase_sum_fini(&phase);
    block_destroy(&block);
}

UNIT_TEST(block_errors_keep_their_first_and_last_time)
{
    struct block_error error = {0, -1, -1};
    block_error_record(&error, 50);
    block_error_record(&error, 0);
    block_error_record(&error, 30);
    UNIT_EQ_INT(error.count, 3);
    UNIT_EQ_INT(error.first_ns, 0);
    UNIT_EQ_INT(error.last_ns, 50);
}

UNIT_MAIN(UNIT_RUN(block_sums_are_the_sums_of_every_row),
          UNIT_RUN(block_reset_keeps_octaves_and_nothing_else),
          UNIT_RUN(block_errors_keep_their_first_and_last_time))
