/* SPDX-License-Identifier: Apache-2.0
 *
 * A target that stands out is named, and one that does not is left alone.
 */
#include "report/balance.h"

#include "sample.h"
#include "unit.h"

enum { BALANCE_MAX = 4 };

struct balance_row {
    const char *name;
    int targets;
    uint64_t ok[BALANCE_MAX];
    uint64_t failed[BALANCE_MAX];
    double latency_ns[BALANCE_MAX];
    struct balance want[BALANCE_MAX];
};

#define ALIKE                                                                                      \
    {                                                                                              \
        5e6, 5e6, 5e6, 5e6                                                                         \
    }

static const struct balance_row balance_rows[] = {
    {"alone", 1, {100}, {90}, {9e9}, {{false, false, false}}},
    {"all alike", 3, {200, 200, 200}, {2, 3, 2}, ALIKE, {{false, false, false}}},
    {"one is slow", 3, {200, 200, 200}, {0}, {5e6, 11e6, 5e6}, {{0}, {.slow = true}, {0}}},
    {"one is not twice as slow", 3, {200, 200, 200}, {0}, {5e6, 9.9e6, 5e6}, {{0}}},
    {"twice as slow, by little", 2, {200, 200}, {0}, {2e5, 9e5}, {{0}}},
    {"of two one is slow", 2, {200, 200}, {0}, {5e6, 50e6}, {{0}, {.slow = true}}},
    {"too few to tell", 2, {99, 99}, {0}, {5e6, 50e6}, {{0}}},
    {"one fails", 2, {200, 195}, {0, 5}, ALIKE, {{0}, {.failing = true}}},
    {"two failures are nothing", 2, {200, 198}, {0, 2}, ALIKE, {{0}}},
    {"all fail alike", 2, {100, 100}, {100, 100}, ALIKE, {{0}}},
    {"one is left out", 2, {1000, 1060}, {0}, ALIKE, {{.uneven = true}, {.uneven = true}}},
    {"a few more or less", 2, {1000, 1040}, {0}, ALIKE, {{0}}},
    {"few in all", 2, {10, 20}, {0}, ALIKE, {{0}}},
};

static void balance_make(struct sample *sample, const struct balance_row *row)
{
    sample_init(sample);
    for (int i = 0; i < row->targets; i++)
        sample_add_target(sample, "http://a/");
    sample_begin(sample);
    for (int i = 0; i < row->targets; i++) {
        struct sample_ops ops = {.target = i,
                                 .count = row->ok[i],
                                 .latency_ns = row->latency_ns[i],
                                 .service_ns = row->latency_ns[i],
                                 .status = 200};
        sample_add(sample, &ops);
        ops.count = row->failed[i];
        ops.err = BR_ERR_RESET;
        ops.status = 0;
        sample_add(sample, &ops);
    }
    sample_second(sample);
}

UNIT_TEST(balance_names_who_stands_out)
{
    for (size_t i = 0; i < BR_COUNT(balance_rows); i++) {
        const struct balance_row *row = &balance_rows[i];
        static struct sample sample;
        struct result_view *views[BALANCE_MAX];
        struct balance out[BALANCE_MAX];
        UNIT_ROW(row->name);
        balance_make(&sample, row);
        for (int k = 0; k < row->targets; k++)
            views[k] = result_view_create(&sample.result, RESULT_COUNTED, k);
        balance_judge(views, (size_t)row->targets, out);
        for (int k = 0; k < row->targets; k++) {
            UNIT_EQ_INT(out[k].slow, row->want[k].slow);
            UNIT_EQ_INT(out[k].failing, row->want[k].failing);
            UNIT_EQ_INT(out[k].uneven, row->want[k].uneven);
            result_view_destroy(&views[k]);
        }
        sample_fini(&sample);
    }
}

UNIT_MAIN(UNIT_RUN(balance_names_who_stands_out))
