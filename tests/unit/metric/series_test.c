/* SPDX-License-Identifier: Apache-2.0
 *
 * Named metrics from the definition to the threshold: names and series, tags, what is kept of
 * samples, percentiles as k6 computes them, groups and checks.
 */
#include "metric/series.h"

#include "base/mem.h"
#include "metric/group.h"
#include "metric/threshold.h"
#include "unit.h"

struct name_row {
    const char *name;
    bool ok;
};

UNIT_TEST(names_of_metrics_are_k6s)
{
    static const struct name_row rows[] = {
        {"my_trend", true}, {"_a", true},   {"a1", true},   {"a", false},         {"", false},
        {"1a", false},      {"a-b", false}, {"a b", false}, {"\xc3\xa9t", false},
    };
    struct metric_registry *registry = metric_registry_create();
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        int id = -1;
        UNIT_ROW(rows[i].name);
        enum br_err err = metric_define(registry, bytes_from_str(rows[i].name), METRIC_TYPE_TREND,
                                        METRIC_CONTAINS_TIME, &id, NULL);
        UNIT_EQ_INT(err == BR_ERR_NONE, rows[i].ok);
        UNIT_EQ_INT(id >= METRIC_BUILTIN_COUNT, rows[i].ok);
    }
    metric_registry_destroy(&registry);
}

UNIT_TEST(a_name_is_one_kind_of_metric)
{
    struct metric_registry *registry = metric_registry_create();
    struct diag diag = DIAG_INIT;
    int first, again;
    UNIT_EQ_INT(metric_define(registry, BYTES("mine"), METRIC_TYPE_COUNTER, METRIC_CONTAINS_DEFAULT,
                              &first, &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(metric_define(registry, BYTES("mine"), METRIC_TYPE_COUNTER, METRIC_CONTAINS_DEFAULT,
                              &again, &diag),
                BR_ERR_NONE);
    UNIT_EQ_INT(first, again);
    UNIT_EQ_INT(metric_define(registry, BYTES("mine"), METRIC_TYPE_COUNTER, METRIC_CONTAINS_TIME,
                              &again, &diag),
                BR_ERR_CONFIG);
    UNIT_EQ_INT(metric_define(registry, BYTES("http_reqs"), METRIC_TYPE_RATE,
                              METRIC_CONTAINS_DEFAULT, &again, &diag),
                BR_ERR_CONFIG);
    metric_registry_seal(registry);
    UNIT_EQ_INT(metric_define(registry, BYTES("late"), METRIC_TYPE_RATE, METRIC_CONTAINS_DEFAULT,
                              &again, &diag),
                BR_ERR_CONFIG);
    UNIT_EQ_INT(metric_find(registry, BYTES("mine"))->id, first);
    UNIT_EQ_INT(metric_find(registry, BYTES("vus"))->id, METRIC_VUS);
    metric_registry_destroy(&registry);
}

struct series_row {
    const char *text;
    bool ok;
    size_t pairs;
    const char *key;
    const char *value;
};

UNIT_TEST(series_are_read_as_thresholds_write_them)
{
    static const struct series_row rows[] = {
        {"http_reqs", true, 0, NULL, NULL},
        {"http_reqs{status:200}", true, 1, "status", "200"},
        {"http_reqs{ status : '200' }", true, 1, "status", "200"},
        {"http_reqs{\"name\":\"a b\",status:200}", true, 2, "name", "a b"},
        {"group_duration{group:::main::login}", true, 1, "group", "::main::login"},
        {"http_reqs{url:http://a/b?c=d}", true, 1, "url", "http://a/b?c=d"},
        {"http_reqs{}", false, 0, NULL, NULL},
        {"http_reqs{status}", false, 0, NULL, NULL},
        {"http_reqs{:200}", false, 0, NULL, NULL},
        {"http_reqs{status:200", false, 0, NULL, NULL},
        {"http_req", false, 0, NULL, NULL},
    };
    struct metric_registry *registry = metric_registry_create();
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        int at = -1;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        enum br_err err = metric_series_define(registry, bytes_from_str(rows[i].text), &at, &diag);
        UNIT_EQ_INT(err == BR_ERR_NONE, rows[i].ok);
        if (!rows[i].ok)
            continue;
        UNIT_EQ_INT(registry->series[at].pair_count, rows[i].pairs);
        if (rows[i].pairs == 0)
            continue;
        UNIT_EQ_BYTES(registry->series[at].pairs[0].key, bytes_from_str(rows[i].key));
        UNIT_EQ_BYTES(registry->series[at].pairs[0].value, bytes_from_str(rows[i].value));
    }
    metric_registry_destroy(&registry);
}

/* A shard in a nutshell. */
struct world {
    struct metric_registry *registry;
    struct tag_store *tags;
    struct series_block *block;
    struct series_totals *totals;
    struct series_recorder recorder;
    int trend, counter, gauge, rate, status;
};

static struct world world;

static void world_begin(void)
{
    struct metric_registry *registry = metric_registry_create();
    world.registry = registry;
    UNIT_EQ_INT(metric_define(registry, BYTES("tt"), METRIC_TYPE_TREND, METRIC_CONTAINS_DEFAULT,
                              &world.trend, NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(metric_define(registry, BYTES("cc"), METRIC_TYPE_COUNTER, METRIC_CONTAINS_DEFAULT,
                              &world.counter, NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(metric_define(registry, BYTES("gg"), METRIC_TYPE_GAUGE, METRIC_CONTAINS_DEFAULT,
                              &world.gauge, NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(metric_define(registry, BYTES("rr"), METRIC_TYPE_RATE, METRIC_CONTAINS_DEFAULT,
                              &world.rate, NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(metric_series_define(registry, BYTES("tt{status:200,kind:x}"), &world.status, NULL),
                BR_ERR_NONE);
}

static void world_seal(void)
{
    metric_registry_seal(world.registry);
    world.tags = tag_store_create(world.registry, tag_system_default(), false);
    world.block = series_block_create(world.registry);
    world.totals = series_totals_create(world.registry);
    series_recorder_init(&world.recorder, world.registry, world.tags, world.block, NULL);
}

static void world_record(int metric, double value)
{
    series_record(&world.recorder, metric, world.tags->empty, value, 1, 1, 0);
}

static struct series_sum *world_sum(int metric)
{
    return &world.totals->sums[metric_at(world.registry, metric)->series];
}

static void world_hand_over(void)
{
    series_totals_add(world.totals, world.block);
    series_block_reset(world.block);
}

static void world_end(void)
{
    series_recorder_fini(&world.recorder);
    series_block_destroy(&world.block);
    series_totals_destroy(&world.totals);
    tag_store_destroy(&world.tags);
    metric_registry_destroy(&world.registry);
}

UNIT_TEST(small_trends_give_exact_percentiles_between_neighbours)
{
    world_begin();
    world_seal();
    /* In two intervals, unsorted: 1 … 10. */
    static const double values[] = {10, 3, 1, 7, 5, 2, 9, 4, 8, 6};
    for (size_t i = 0; i < BR_COUNT(values); i++) {
        world_record(world.trend, values[i]);
        if (i == 4)
            world_hand_over();
    }
    world_hand_over();
    struct series_sum *sum = world_sum(world.trend);
    UNIT_EQ_INT(sum->count, 10);
    UNIT_NEAR(series_sum_percentile(sum, 50), 5.5, 1e-12);
    UNIT_NEAR(series_sum_percentile(sum, 90), 9.1, 1e-12);
    UNIT_NEAR(series_sum_percentile(sum, 95), 9.55, 1e-12);
    UNIT_NEAR(series_sum_percentile(sum, 0), 1, 0);
    UNIT_NEAR(series_sum_percentile(sum, 100), 10, 0);
    UNIT_NEAR(series_sum_mean(sum), 5.5, 1e-12);
    UNIT_NEAR(sum->min, 1, 0);
    UNIT_NEAR(sum->max, 10, 0);
    world_end();
}

UNIT_TEST(large_trends_are_told_to_a_thousandth)
{
    static const double asked[] = {0, 10, 50, 90, 95, 99.9, 100};
    world_begin();
    world_seal();
    for (int i = 0; i < 5000; i++) {
        world_record(world.trend, 1.0 + i);
        if (i % 700 == 0)
            world_hand_over();
    }
    world_hand_over();
    struct series_sum *sum = world_sum(world.trend);
    UNIT_EQ_INT(sum->count, 5000);
    UNIT_OK(sum->exact_over);
    for (size_t i = 0; i < BR_COUNT(asked); i++)
        UNIT_NEAR(series_sum_percentile(sum, asked[i]), 1.0 + asked[i] / 100.0 * 4999.0, 0.0011);
    world_end();
}

UNIT_TEST(exact_values_of_two_shards_add_up_to_a_thousand)
{
    world_begin();
    world_seal();
    for (int i = 0; i < 1000; i++) {
        world_record(world.trend, i);
        if (i == 499) {
            world_hand_over();
            memset(world.recorder.exact_seen, 0,
                   sizeof(world.recorder.exact_seen[0]) * (size_t)world.registry->series_count);
        }
    }
    world_hand_over();
    UNIT_OK(!world_sum(world.trend)->exact_over);
    UNIT_NEAR(series_sum_percentile(world_sum(world.trend), 50), 499.5, 0);
    world_record(world.trend, 1);
    world_hand_over();
    UNIT_OK(world_sum(world.trend)->exact_over);
    world_end();
}

UNIT_TEST(counters_gauges_and_rates_keep_what_k6_tells)
{
    world_begin();
    world_seal();
    UNIT_NEAR(series_sum_percentile(world_sum(world.trend), 95), 0, 0);
    world_record(world.counter, 2);
    world_record(world.counter, 0.5);
    world_record(world.gauge, 7);
    world_record(world.gauge, -1);
    world_hand_over();
    world_record(world.gauge, 3);
    for (int i = 0; i < 4; i++)
        world_record(world.rate, i == 0 ? 0 : i);
    world_hand_over();
    UNIT_NEAR(world_sum(world.counter)->sum, 2.5, 0);
    UNIT_NEAR(world_sum(world.gauge)->last, 3, 0);
    UNIT_NEAR(world_sum(world.gauge)->min, -1, 0);
    UNIT_NEAR(world_sum(world.gauge)->max, 7, 0);
    UNIT_EQ_INT(world_sum(world.rate)->trues, 3);
    UNIT_NEAR(series_sum_share(world_sum(world.rate)), 0.75, 0);
    world_end();
}

UNIT_TEST(tags_decide_which_series_a_sample_belongs_to)
{
    world_begin();
    world_seal();
    struct tag_store *tags = world.tags;
    const struct tag_key *kind = tag_store_key(tags, BYTES("kind"));
    const struct tag_key *other = tag_store_key(tags, BYTES("other"));
    const struct tag_set *a = tag_with_system(tags, tags->empty, TAG_STATUS, BYTES("200"));
    const struct tag_set *b = tag_with(tags, a, kind, BYTES("x"));
    UNIT_OK(tag_with(tags, b, other, BYTES("y")) == b); /* nobody looks at it */
    UNIT_OK(tag_with_system(tags, b, TAG_URL, BYTES("y")) == b);
    /* The same by another way is the same set. */
    UNIT_OK(tag_with_system(tags, tag_with(tags, tags->empty, kind, BYTES("x")), TAG_STATUS,
                            BYTES("200")) == b);
    const struct tag_set *c = tag_with_system(tags, b, TAG_STATUS, BYTES("500"));
    UNIT_OK(c != b);
    UNIT_EQ_INT(c->count, 2);
    UNIT_EQ_BYTES(*tag_find(c, BYTES("status")), BYTES("500"));
    UNIT_EQ_BYTES(c->tags[0].key, BYTES("kind"));
    series_record(&world.recorder, world.trend, a, 1, 1, 1, 0);
    series_record(&world.recorder, world.trend, b, 2, 1, 1, 0);
    series_record(&world.recorder, world.trend, c, 3, 1, 1, 0);
    series_record(&world.recorder, world.counter, b, 3, 1, 1, 0);
    world_hand_over();
    UNIT_EQ_INT(world_sum(world.trend)->count, 3);
    UNIT_EQ_INT(world.totals->sums[world.status].count, 1);
    UNIT_NEAR(world.totals->sums[world.status].sum, 2, 0);
    world_end();
}

UNIT_TEST(samples_that_find_no_room_are_counted)
{
    struct sample_pipe pipe;
    sample_pipe_init(&pipe);
    struct sample sample = {.value = 1};
    for (int i = 0; i < SAMPLE_BATCHES * SAMPLE_BATCH_SIZE + 10; i++)
        sample_put(&pipe, &sample);
    UNIT_EQ_INT(pipe.lost, 10);
    struct sample_batch *batch = sample_take(&pipe);
    UNIT_EQ_INT(batch->count, SAMPLE_BATCH_SIZE);
    sample_return(&pipe, batch);
    sample_put(&pipe, &sample);
    UNIT_EQ_INT(pipe.lost, 10);
    sample_flush(&pipe);
    int taken = 0;
    while ((batch = sample_take(&pipe)) != NULL) {
        taken += (int)batch->count;
        sample_return(&pipe, batch);
    }
    UNIT_EQ_INT(taken, (SAMPLE_BATCHES - 1) * SAMPLE_BATCH_SIZE + 1);
    sample_pipe_fini(&pipe);
}

struct threshold_row {
    const char *metric;
    const char *source;
    bool ok;    /* it can be read */
    bool holds; /* against 1 … 10 in the trend, 10 in 5 s in the counter, 3, 1 of 4 */
};

UNIT_TEST(thresholds_are_read_and_asked)
{
    static const struct threshold_row rows[] = {
        {"tt", "p(95)<9.56", true, true},
        {"tt", "p(95)<9.54", true, false},
        {"tt", " p(99.9) <= 10 ", true, true},
        {"tt", "avg===5.5", true, true},
        {"tt", "avg!=5.5", true, false},
        {"tt", "med==5.5", true, true},
        {"tt", "min>=1", true, true},
        {"tt", "max>1e1", true, false},
        {"cc", "count==10", true, true},
        {"cc", "rate>1.9", true, true},
        {"cc", "rate>2", true, false},
        {"gg", "value==3", true, true},
        {"rr", "rate<0.3", true, true},
        {"rr", "rate<0.25", true, false},
        {"vus", "value>-1", true, true},
        {"http_req_duration", "p(95)<200", true, true}, /* no samples: 0 */
        {"http_reqs", "count>0", true, false},
        {"checks", "rate>0.9", true, true}, /* an empty Rate passes */
        {"tt{status:200}", "max<5", true, true},
        {"tt", "p95<1", false, false},
        {"tt", "p(101)<1", false, false},
        {"tt", "p()<1", false, false},
        {"tt", "rate<1", false, false},
        {"cc", "avg<1", false, false},
        {"rr", "value<1", false, false},
        {"tt", "avg<10k", false, false},
        {"tt", "avg<", false, false},
        {"tt", "avg", false, false},
        {"tt", "", false, false},
        {"tt", "avg=1", false, false},
        {"tt", "avg<1 2", false, false},
        {"nope", "avg<1", false, false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct thresholds thresholds;
        struct diag diag = DIAG_INIT;
        bool abort_now;
        thresholds_init(&thresholds);
        world_begin();
        UNIT_ROW(rows[i].source);
        enum br_err err =
            thresholds_add(&thresholds, world.registry, bytes_from_str(rows[i].metric),
                           bytes_from_str(rows[i].source), false, 0, &diag);
        UNIT_EQ_INT(err == BR_ERR_NONE, rows[i].ok);
        UNIT_EQ_INT(diag.text[0] != '\0', !rows[i].ok);
        world_seal();
        for (int v = 1; v <= 10; v++)
            world_record(world.trend, v);
        world_record(world.counter, 10);
        world_record(world.gauge, 3);
        for (int v = 0; v < 4; v++)
            world_record(world.rate, v == 0);
        world_hand_over();
        if (rows[i].ok)
            UNIT_EQ_INT(thresholds_evaluate(&thresholds, world.totals, INT64_C(5000000000),
                                            THRESHOLD_FINAL, &abort_now) == 0,
                        rows[i].holds);
        thresholds_fini(&thresholds);
        world_end();
    }
}

UNIT_TEST(thresholds_abort_when_they_are_old_enough)
{
    struct thresholds thresholds;
    bool abort_now;
    thresholds_init(&thresholds);
    world_begin();
    UNIT_EQ_INT(thresholds_add(&thresholds, world.registry, BYTES("cc"), BYTES("count<1"), true,
                               INT64_C(3000000000), NULL),
                BR_ERR_NONE);
    UNIT_EQ_INT(
        thresholds_add(&thresholds, world.registry, BYTES("tt"), BYTES("max>5"), true, 0, NULL),
        BR_ERR_NONE);
    world_seal();
    /* Nothing to judge yet: left out. */
    UNIT_EQ_INT(thresholds_evaluate(&thresholds, world.totals, INT64_C(9000000000),
                                    THRESHOLD_DURING, &abort_now),
                0);
    UNIT_OK(!abort_now);
    world_record(world.counter, 1);
    world_hand_over();
    UNIT_EQ_INT(thresholds_evaluate(&thresholds, world.totals, INT64_C(2999999999),
                                    THRESHOLD_DURING, &abort_now),
                1);
    UNIT_OK(!abort_now);
    UNIT_EQ_INT(thresholds_evaluate(&thresholds, world.totals, INT64_C(3000000000),
                                    THRESHOLD_DURING, &abort_now),
                1);
    UNIT_OK(abort_now);
    thresholds_fini(&thresholds);
    world_end();
}

UNIT_TEST(trees_merge_in_the_order_of_first_sight)
{
    struct metric_tree a, b;
    metric_tree_init(&a);
    metric_tree_init(&b);
    struct metric_group *group = metric_tree_group(&a, &a.root, BYTES("late"), 20);
    metric_tree_check(&a, metric_tree_group(&a, group, BYTES("inner"), 21), BYTES("c"), 22)
        ->passes = 3;
    metric_tree_check(&a, &a.root, BYTES("root check"), 5)->fails = 1;
    metric_tree_group(&b, &b.root, BYTES("early"), 10);
    group = metric_tree_group(&b, &b.root, BYTES("late"), 30);
    metric_tree_check(&b, metric_tree_group(&b, group, BYTES("inner"), 31), BYTES("c"), 32)->fails =
        2;
    metric_tree_group(&b, &b.root, BYTES("last"), 40);
    metric_tree_add(&a, &b);
    UNIT_EQ_BYTES(a.root.first->name, BYTES("early"));
    UNIT_EQ_BYTES(a.root.first->next->path, BYTES("::late"));
    UNIT_EQ_BYTES(a.root.first->next->first->path, BYTES("::late::inner"));
    UNIT_EQ_INT(a.root.first->next->first->checks->passes, 3);
    UNIT_EQ_INT(a.root.first->next->first->checks->fails, 2);
    UNIT_EQ_BYTES(a.root.first->next->next->name, BYTES("last"));
    UNIT_EQ_BYTES(a.root.checks->path, BYTES("::root check"));
    UNIT_OK(a.root.first->next->next->next == NULL);
    metric_tree_fini(&a);
    metric_tree_fini(&b);
}

UNIT_MAIN(UNIT_RUN(names_of_metrics_are_k6s), UNIT_RUN(a_name_is_one_kind_of_metric),
          UNIT_RUN(series_are_read_as_thresholds_write_them),
          UNIT_RUN(small_trends_give_exact_percentiles_between_neighbours),
          UNIT_RUN(large_trends_are_told_to_a_thousandth),
          UNIT_RUN(exact_values_of_two_shards_add_up_to_a_thousand),
          UNIT_RUN(counters_gauges_and_rates_keep_what_k6_tells),
          UNIT_RUN(tags_decide_which_series_a_sample_belongs_to),
          UNIT_RUN(samples_that_find_no_room_are_counted), UNIT_RUN(thresholds_are_read_and_asked),
          UNIT_RUN(thresholds_abort_when_they_are_old_enough),
          UNIT_RUN(trees_merge_in_the_order_of_first_sight))
