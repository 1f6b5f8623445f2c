/* SPDX-License-Identifier: Apache-2.0
 *
 * Collecting anomalies. Nothing here grows with their number.
 */
#include "track/anomaly_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

enum { TRACK_RUNS_LOOKED_AT = 16 };

void track_anomalies_init(struct track_anomalies *anomalies, int phase_count, int sink_count)
{
    size_t count = (size_t)phase_count * (size_t)sink_count * TRACK_ANOMALY_COUNT;
    anomalies->phase_count = phase_count;
    anomalies->sink_count = sink_count;
    anomalies->lists = mem_zalloc(count, sizeof(struct track_anomaly_list *));
}

static size_t track_anomalies_count(const struct track_anomalies *anomalies)
{
    return (size_t)anomalies->phase_count * (size_t)anomalies->sink_count * TRACK_ANOMALY_COUNT;
}

void track_anomalies_fini(struct track_anomalies *anomalies)
{
    for (size_t i = 0; i < track_anomalies_count(anomalies); i++)
        mem_free(anomalies->lists[i]);
    mem_free(anomalies->lists);
    *anomalies = (struct track_anomalies){0};
}

static struct track_anomaly_list **track_anomalies_slot(const struct track_anomalies *anomalies,
                                                        int phase, int sink,
                                                        enum track_anomaly_kind kind)
{
    MUST(phase >= 0 && phase < anomalies->phase_count);
    MUST(sink >= 0 && sink < anomalies->sink_count);
    MUST((unsigned)kind < TRACK_ANOMALY_COUNT);
    return &anomalies
                ->lists[(phase * anomalies->sink_count + sink) * TRACK_ANOMALY_COUNT + (int)kind];
}

const struct track_anomaly_list *track_anomalies_of(const struct track_anomalies *anomalies,
                                                    int phase, int sink,
                                                    enum track_anomaly_kind kind)
{
    return *track_anomalies_slot(anomalies, phase, sink, kind);
}

struct track_anomaly_list *track_anomalies_make(struct track_anomalies *anomalies, int phase,
                                                int sink, enum track_anomaly_kind kind)
{
    struct track_anomaly_list **slot = track_anomalies_slot(anomalies, phase, sink, kind);
    if (*slot == NULL)
        *slot = MEM_NEW(struct track_anomaly_list);
    else
        **slot = (struct track_anomaly_list){0};
    return *slot;
}

static void track_tally_add(struct track_tally *tally, uint32_t value, int64_t count)
{
    for (size_t i = 0; i < tally->row_count; i++) {
        if (tally->rows[i].value == value) {
            tally->rows[i].count += count;
            return;
        }
    }
    if (tally->row_count == TRACK_TALLY_MAX) {
        tally->others += count;
        return;
    }
    tally->rows[tally->row_count].value = value;
    tally->rows[tally->row_count].count = count;
    tally->row_count++;
}

static void track_tally_merge(struct track_tally *into, const struct track_tally *from)
{
    for (size_t i = 0; i < from->row_count; i++)
        track_tally_add(into, from->rows[i].value, from->rows[i].count);
    into->others += from->others;
}

static void track_clusters_remove(struct track_anomaly_list *list, size_t at)
{
    list->cluster_count--;
    memmove(&list->clusters[at], &list->clusters[at + 1],
            (list->cluster_count - at) * sizeof(list->clusters[0]));
}

/* The second one goes into the first. */
static void track_clusters_join(struct track_anomaly_list *list, size_t at)
{
    struct track_cluster *cluster = &list->clusters[at];
    const struct track_cluster *next = &list->clusters[at + 1];
    cluster->count += next->count;
    if (next->last_ns > cluster->last_ns)
        cluster->last_ns = next->last_ns;
    track_clusters_remove(list, at + 1);
}

static void track_clusters_join_nearest(struct track_anomaly_list *list)
{
    size_t nearest = 0;
    int64_t least_ns = INT64_MAX;
    for (size_t i = 0; i + 1 < list->cluster_count; i++) {
        int64_t gap_ns = list->clusters[i + 1].first_ns - list->clusters[i].last_ns;
        if (gap_ns < least_ns) {
            least_ns = gap_ns;
            nearest = i;
        }
    }
    track_clusters_join(list, nearest);
}

/* Puts it in its place and joins what is near. */
static void track_clusters_add(struct track_anomaly_list *list, struct track_cluster cluster)
{
    if (list->cluster_count == TRACK_CLUSTERS_MAX)
        track_clusters_join_nearest(list);
    size_t at = list->cluster_count;
    while (at > 0 && list->clusters[at - 1].first_ns > cluster.first_ns)
        at--;
    memmove(&list->clusters[at + 1], &list->clusters[at],
            (list->cluster_count - at) * sizeof(list->clusters[0]));
    list->clusters[at] = cluster;
    list->cluster_count++;
    if (at > 0)
        at--;
    /* It may reach over more than its neighbours. */
    while (at + 1 < list->cluster_count && list->clusters[at].first_ns <= cluster.last_ns) {
        if (list->clusters[at + 1].first_ns - list->clusters[at].last_ns <= TRACK_CLUSTER_GAP_NS)
            track_clusters_join(list, at);
        else
            at++;
    }
}

static void track_clusters_take_back(struct track_anomaly_list *list, int64_t due_ns)
{
    for (size_t i = 0; i < list->cluster_count; i++) {
        struct track_cluster *cluster = &list->clusters[i];
        if (due_ns < cluster->first_ns || due_ns > cluster->last_ns)
            continue;
        cluster->count--;
        if (cluster->count == 0)
            track_clusters_remove(list, i);
        return;
    }
}

/* At either end of one of the last runs, or a new one. */
static void track_runs_add(struct track_anomaly_list *list, const struct track_anomaly *anomaly)
{
    size_t looked_at = 0;
    for (size_t i = list->run_count; i > 0 && looked_at < TRACK_RUNS_LOOKED_AT; i--, looked_at++) {
        struct track_run *run = &list->runs[i - 1];
        if (run->stream != anomaly->id.stream)
            continue;
        if (anomaly->id.seq == run->last + 1)
            run->last++;
        else if (anomaly->id.seq + 1 == run->first)
            run->first--;
        else if (anomaly->id.seq < run->first || anomaly->id.seq > run->last)
            continue;
        run->count++;
        if (anomaly->due_ns < run->due_first_ns)
            run->due_first_ns = anomaly->due_ns;
        if (anomaly->due_last_ns > run->due_last_ns)
            run->due_last_ns = anomaly->due_last_ns;
        return;
    }
    if (list->run_count == TRACK_RUNS_MAX) {
        list->runless++;
        return;
    }
    list->runs[list->run_count++] =
        (struct track_run){anomaly->id.stream, anomaly->id.seq,     anomaly->id.seq, 1,
                           anomaly->due_ns,    anomaly->due_last_ns};
}

static void track_runs_take_back(struct track_anomaly_list *list,
                                 const struct track_anomaly *anomaly)
{
    for (size_t i = 0; i < list->run_count; i++) {
        struct track_run *run = &list->runs[i];
        if (run->stream != anomaly->id.stream || anomaly->id.seq < run->first ||
            anomaly->id.seq > run->last)
            continue;
        run->count--;
        if (run->count > 0)
            return;
        list->run_count--;
        memmove(run, run + 1, (list->run_count - i) * sizeof(*run));
        return;
    }
    list->runless--;
}

static void track_first_take_back(struct track_anomaly_list *list,
                                  const struct track_anomaly *anomaly)
{
    for (size_t i = 0; i < list->first_count; i++) {
        if (list->first[i].id.stream != anomaly->id.stream ||
            list->first[i].id.seq != anomaly->id.seq)
            continue;
        list->first_count--;
        memmove(&list->first[i], &list->first[i + 1],
                (list->first_count - i) * sizeof(list->first[0]));
        return;
    }
}

void track_anomalies_add(const struct track_anomaly *anomaly, void *context)
{
    struct track_anomalies *anomalies = context;
    struct track_anomaly_list **slot =
        track_anomalies_slot(anomalies, anomaly->phase, anomaly->sink, anomaly->kind);
    if (*slot == NULL)
        *slot = MEM_NEW(struct track_anomaly_list);
    struct track_anomaly_list *list = *slot;
    int64_t n = anomaly->is_taken_back ? -1 : 1;
    list->count += n;
    track_tally_add(&list->streams, anomaly->id.stream, n);
    if (anomaly->op.is_known) {
        track_tally_add(&list->targets, anomaly->op.target, n);
        track_tally_add(&list->conns, anomaly->op.conn, n);
    }
    if (anomaly->is_taken_back) {
        track_first_take_back(list, anomaly);
        track_runs_take_back(list, anomaly);
        track_clusters_take_back(list, anomaly->due_ns);
        return;
    }
    if (list->first_count < TRACK_FIRST_MAX)
        list->first[list->first_count++] = *anomaly;
    track_runs_add(list, anomaly);
    track_clusters_add(list, (struct track_cluster){anomaly->due_ns, anomaly->due_last_ns, 1});
}

static int track_first_compare(const void *a, const void *b)
{
    const struct track_anomaly *left = a;
    const struct track_anomaly *right = b;
    if (left->due_ns != right->due_ns)
        return left->due_ns < right->due_ns ? -1 : 1;
    if (left->id.stream != right->id.stream)
        return left->id.stream < right->id.stream ? -1 : 1;
    return (left->id.seq > right->id.seq) - (left->id.seq < right->id.seq);
}

/* The earliest due hundred of both. */
static void track_first_merge(struct track_anomaly_list *into,
                              const struct track_anomaly_list *from)
{
    size_t count = into->first_count + from->first_count;
    struct track_anomaly *both = mem_zalloc(count, sizeof(both[0]));
    memcpy(both, into->first, into->first_count * sizeof(both[0]));
    memcpy(both + into->first_count, from->first, from->first_count * sizeof(both[0]));
    qsort(both, count, sizeof(both[0]), track_first_compare);
    into->first_count = count < TRACK_FIRST_MAX ? count : TRACK_FIRST_MAX;
    memcpy(into->first, both, into->first_count * sizeof(both[0]));
    mem_free(both);
}

static void track_list_merge(struct track_anomaly_list *into, const struct track_anomaly_list *from)
{
    into->count += from->count;
    into->runless += from->runless;
    track_first_merge(into, from);
    for (size_t i = 0; i < from->run_count; i++) {
        if (into->run_count < TRACK_RUNS_MAX)
            into->runs[into->run_count++] = from->runs[i];
        else
            into->runless += from->runs[i].count;
    }
    track_tally_merge(&into->targets, &from->targets);
    track_tally_merge(&into->conns, &from->conns);
    track_tally_merge(&into->streams, &from->streams);
    for (size_t i = 0; i < from->cluster_count; i++)
        track_clusters_add(into, from->clusters[i]);
}

void track_anomalies_merge(struct track_anomalies *into, const struct track_anomalies *from)
{
    MUST(into->phase_count == from->phase_count);
    MUST(into->sink_count == from->sink_count);
    for (size_t i = 0; i < track_anomalies_count(from); i++) {
        if (from->lists[i] == NULL)
            continue;
        if (into->lists[i] == NULL)
            into->lists[i] = MEM_NEW(struct track_anomaly_list);
        track_list_merge(into->lists[i], from->lists[i]);
    }
}
