/* SPDX-License-Identifier: Apache-2.0
 *
 * Anomalies are summed up as people would: runs, targets, clusters of due times; and taken back.
 */
#include "track/anomaly_list.h"

#include "base/attr.h"
#include "base/rng.h"
#include "unit.h"

#define MS INT64_C(1000000)

static struct track_anomaly anomaly_make(uint32_t stream, uint64_t seq, int64_t due_ms)
{
    struct track_anomaly anomaly = {
        .kind = TRACK_ANOMALY_LOST,
        .sink = 1,
        .id = {stream, seq},
        .due_ns = due_ms * MS,
        .due_last_ns = due_ms * MS,
    };
    anomaly.op.is_known = true;
    anomaly.op.target = (uint16_t)(seq % 5);
    anomaly.op.conn = (uint32_t)seq;
    return anomaly;
}

static void anomaly_add(struct track_anomalies *anomalies, uint32_t stream, uint64_t seq,
                        int64_t due_ms)
{
    struct track_anomaly anomaly = anomaly_make(stream, seq, due_ms);
    track_anomalies_add(&anomaly, anomalies);
}

static const struct track_anomaly_list *anomaly_lost(const struct track_anomalies *anomalies)
{
    return track_anomalies_of(anomalies, 0, 1, TRACK_ANOMALY_LOST);
}

UNIT_TEST(anomalies_are_summed_up_as_runs)
{
    struct track_anomalies anomalies;
    track_anomalies_init(&anomalies, 2, 2);
    UNIT_OK(anomaly_lost(&anomalies) == NULL);
    /* The beginning of two streams, told in turn, and a stretch backwards. */
    for (uint64_t seq = 0; seq < 68; seq++) {
        anomaly_add(&anomalies, 0, seq, (int64_t)seq * 50);
        anomaly_add(&anomalies, 2, seq, (int64_t)seq * 50 + 10);
    }
    for (uint64_t seq = 200; seq > 150; seq--)
        anomaly_add(&anomalies, 0, seq, (int64_t)seq * 50);
    const struct track_anomaly_list *list = anomaly_lost(&anomalies);
    UNIT_EQ_INT(list->count, 186);
    UNIT_EQ_INT(list->run_count, 3);
    UNIT_EQ_INT(list->runs[1].stream, 2);
    UNIT_EQ_INT(list->runs[1].first, 0);
    UNIT_EQ_INT(list->runs[1].last, 67);
    UNIT_EQ_INT(list->runs[1].count, 68);
    UNIT_EQ_INT(list->runs[1].due_first_ns, 10 * MS);
    UNIT_EQ_INT(list->runs[1].due_last_ns, 3360 * MS);
    UNIT_EQ_INT(list->runs[2].first, 151);
    UNIT_EQ_INT(list->runs[2].last, 200);
    UNIT_EQ_INT(list->streams.row_count, 2);
    UNIT_EQ_INT(list->streams.rows[0].count, 118);
    UNIT_EQ_INT(list->targets.row_count, 5);
    UNIT_EQ_INT(list->first_count, TRACK_FIRST_MAX);
    UNIT_EQ_INT(list->cluster_count, 2);
    UNIT_EQ_INT(list->clusters[0].count, 136);
    UNIT_EQ_INT(list->clusters[1].first_ns, 151 * 50 * MS);
    UNIT_EQ_INT(list->clusters[1].last_ns, 10000 * MS);
    track_anomalies_fini(&anomalies);
}

UNIT_TEST(anomalies_are_bounded)
{
    struct track_anomalies anomalies;
    track_anomalies_init(&anomalies, 1, 2);
    struct rng rng = rng_at(1, 1);
    for (int i = 0; i < 5000; i++) {
        uint64_t seq = rng_below(&rng, UINT64_C(1) << 38);
        anomaly_add(&anomalies, (uint32_t)rng_below(&rng, 1000), seq,
                    (int64_t)rng_below(&rng, 100000000));
    }
    const struct track_anomaly_list *list = anomaly_lost(&anomalies);
    int64_t in_runs = list->runless;
    int64_t in_clusters = 0;
    int64_t in_streams = list->streams.others;
    for (size_t i = 0; i < list->run_count; i++)
        in_runs += list->runs[i].count;
    for (size_t i = 0; i < list->streams.row_count; i++)
        in_streams += list->streams.rows[i].count;
    for (size_t i = 0; i < list->cluster_count; i++) {
        in_clusters += list->clusters[i].count;
        UNIT_OK(list->clusters[i].first_ns <= list->clusters[i].last_ns);
        if (i > 0)
            UNIT_OK(list->clusters[i].first_ns - list->clusters[i - 1].last_ns >
                    TRACK_CLUSTER_GAP_NS);
    }
    UNIT_EQ_INT(list->count, 5000);
    UNIT_EQ_INT(in_runs, 5000);
    UNIT_EQ_INT(in_streams, 5000);
    UNIT_EQ_INT(in_clusters, 5000);
    track_anomalies_fini(&anomalies);
}

UNIT_TEST(anomalies_are_taken_back)
{
    struct track_anomalies anomalies;
    track_anomalies_init(&anomalies, 1, 2);
    for (uint64_t seq = 0; seq < 5; seq++)
        anomaly_add(&anomalies, 0, seq, (int64_t)seq);
    struct track_anomaly anomaly = anomaly_make(0, 2, 2);
    anomaly.is_taken_back = true;
    track_anomalies_add(&anomaly, &anomalies);
    const struct track_anomaly_list *list = anomaly_lost(&anomalies);
    UNIT_EQ_INT(list->count, 4);
    UNIT_EQ_INT(list->first_count, 4);
    UNIT_EQ_INT(list->first[2].id.seq, 3);
    UNIT_EQ_INT(list->run_count, 1);
    UNIT_EQ_INT(list->runs[0].count, 4);
    UNIT_EQ_INT(list->streams.rows[0].count, 4);
    UNIT_EQ_INT(list->clusters[0].count, 4);
    for (uint64_t seq = 0; seq < 5; seq++) {
        anomaly.id.seq = seq;
        if (seq != 2)
            track_anomalies_add(&anomaly, &anomalies);
    }
    UNIT_EQ_INT(list->count, 0);
    UNIT_EQ_INT(list->first_count, 0);
    UNIT_EQ_INT(list->run_count, 0);
    UNIT_EQ_INT(list->cluster_count, 0);
    track_anomalies_fini(&anomalies);
}

UNIT_TEST(anomalies_of_shards_are_merged)
{
    struct track_anomalies all;
    struct track_anomalies shard;
    track_anomalies_init(&all, 1, 2);
    track_anomalies_init(&shard, 1, 2);
    for (uint64_t seq = 0; seq < 150; seq++) {
        anomaly_add(&all, 0, seq, (int64_t)seq * 10);
        anomaly_add(&shard, 1, seq, (int64_t)seq * 10 + 5);
    }
    struct track_anomaly late = anomaly_make(1, 7, 3);
    late.kind = TRACK_ANOMALY_LATE;
    track_anomalies_add(&late, &shard);
    track_anomalies_merge(&all, &shard);
    const struct track_anomaly_list *list = anomaly_lost(&all);
    UNIT_EQ_INT(list->count, 300);
    UNIT_EQ_INT(list->first_count, TRACK_FIRST_MAX);
    /* The earliest due ones of both. */
    for (size_t i = 0; i < TRACK_FIRST_MAX; i++) {
        UNIT_EQ_INT(list->first[i].id.stream, i % 2);
        UNIT_EQ_INT(list->first[i].id.seq, i / 2);
    }
    UNIT_EQ_INT(list->run_count, 2);
    UNIT_EQ_INT(list->cluster_count, 1);
    UNIT_EQ_INT(list->clusters[0].count, 300);
    UNIT_EQ_INT(list->targets.rows[0].count, 60);
    UNIT_EQ_INT(track_anomalies_of(&all, 0, 1, TRACK_ANOMALY_LATE)->count, 1);
    UNIT_OK(track_anomalies_of(&all, 0, 0, TRACK_ANOMALY_LOST) == NULL);
    track_anomalies_fini(&all);
    track_anomalies_fini(&shard);
}

UNIT_MAIN(UNIT_RUN(anomalies_are_summed_up_as_runs), UNIT_RUN(anomalies_are_bounded),
          UNIT_RUN(anomalies_are_taken_back), UNIT_RUN(anomalies_of_shards_are_merged))
