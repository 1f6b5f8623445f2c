/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form: events that went wrong, summed up as sentences (how they follow each other, what
 * they have in common) and the first ones by name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/form_inner.h"
#include "report/result_events.h"

enum { ANOMALIES_RUNS_SHOWN = 3, ANOMALIES_CLUSTERS_SHOWN = 3, ANOMALIES_KEY_MAX = 64 };

static struct fmt_text text_anomaly_time(int64_t ns)
{
    return fmt_duration((double)ns, FMT_ASCII);
}

static struct fmt_text text_anomaly_count(int64_t count)
{
    return fmt_count(count > 0 ? (uint64_t)count : 0);
}

/* "stream 2", or by its key. Each shard has streams of its own, so a key may have several. */
static void text_anomaly_stream(struct buf *line, const struct result *result, uint32_t stream)
{
    const char *key = result_events_stream_name(result->events, stream);
    if (key == NULL) {
        buf_putf(line, "stream %u", stream);
        return;
    }
    buf_put(line, BYTES("stream "));
    for (const char *c = key; *c != '\0' && c < key + ANOMALIES_KEY_MAX; c++)
        buf_put(line, (unsigned char)*c >= 0x20 && *c != 0x7f ? bytes_make(c, 1) : BYTES("?"));
    if (result->plan.shards > 1)
        buf_putf(line, " (%u)", stream);
}

/* "0-67 of stream 2, due 0 s to 3.4 s; 80 of stream 1, due 4 s". */
static void text_anomaly_runs(struct buf *line, const struct result *result,
                              const struct track_anomaly_list *list)
{
    for (size_t i = 0; i < list->run_count && i < ANOMALIES_RUNS_SHOWN; i++) {
        const struct track_run *run = &list->runs[i];
        bool is_one = run->first == run->last;
        buf_putf(line, "%s%" PRIu64, i > 0 ? "; " : "", run->first);
        if (!is_one)
            buf_putf(line, "-%" PRIu64, run->last);
        buf_put(line, BYTES(" of "));
        text_anomaly_stream(line, result, run->stream);
        if (run->count < (int64_t)(run->last - run->first) + 1)
            buf_putf(line, " (%s of them)", text_anomaly_count(run->count).str);
        buf_putf(line, ", due %s", text_anomaly_time(run->due_first_ns).str);
        if (run->due_last_ns > run->due_first_ns)
            buf_putf(line, " to %s", text_anomaly_time(run->due_last_ns).str);
    }
    if (list->run_count > ANOMALIES_RUNS_SHOWN)
        buf_putf(line, "; and %zu%s runs more", list->run_count - ANOMALIES_RUNS_SHOWN,
                 list->runless > 0 ? " or more" : "");
}

/* The only value that all of them have; -1 when there are several. */
static int64_t text_anomaly_common(const struct track_tally *tally, int64_t count)
{
    for (size_t i = 0; i < tally->row_count; i++) {
        if (tally->rows[i].count == count)
            return (int64_t)tally->rows[i].value;
    }
    return -1;
}

static void text_anomaly_clusters(struct buf *line, const struct track_anomaly_list *list)
{
    if (list->cluster_count == 1) {
        buf_putf(line, "; all %s due within %s, from %s on", text_anomaly_count(list->count).str,
                 text_anomaly_time(list->clusters[0].last_ns - list->clusters[0].first_ns).str,
                 text_anomaly_time(list->clusters[0].first_ns).str);
        return;
    }
    buf_putf(line, "; in %zu clusters of due times:", list->cluster_count);
    for (size_t i = 0; i < list->cluster_count && i < ANOMALIES_CLUSTERS_SHOWN; i++)
        buf_putf(line, "%s %s at %s to %s", i > 0 ? "," : "",
                 text_anomaly_count(list->clusters[i].count).str,
                 text_anomaly_time(list->clusters[i].first_ns).str,
                 text_anomaly_time(list->clusters[i].last_ns).str);
    if (list->cluster_count > ANOMALIES_CLUSTERS_SHOWN)
        buf_put(line, BYTES(", ..."));
}

/* Streams have keys: all in one is worth a word. */
static void text_anomaly_common_stream(struct buf *line, const struct result *result,
                                       const struct track_anomaly_list *list)
{
    int64_t stream = text_anomaly_common(&list->streams, list->count);
    if (stream < 0 || result_events_stream_name(result->events, (uint32_t)stream) == NULL)
        return;
    buf_put(line, BYTES("; all in "));
    text_anomaly_stream(line, result, (uint32_t)stream);
}

static void text_anomaly_sum_up(struct form_text *text, const struct track_anomaly_list *list,
                                enum track_anomaly_kind kind, const char *phase)
{
    struct buf line;
    int64_t target = text_anomaly_common(&list->targets, list->count);
    int64_t conn = text_anomaly_common(&list->conns, list->count);
    buf_init(&line, FORM_SIZE_MAX);
    buf_putf(&line, "%s%s%s, %s: ", track_anomaly_name(kind), phase != NULL ? " in " : "",
             phase != NULL ? phase : "", text_anomaly_count(list->count).str);
    text_anomaly_runs(&line, text->result, list);
    if (list->count > 1) {
        text_anomaly_clusters(&line, list);
        if (target >= 0 && text->result->target_count > 1)
            buf_putf(&line, "; all went to target %" PRId64, target + 1);
        text_anomaly_common_stream(&line, text->result, list);
        if (conn >= 0)
            buf_putf(&line, "; all on connection %" PRId64, conn);
    }
    form_pen_repeat(&text->pen, ' ', 2);
    form_pen_wrap(&text->pen, 4, buf_cstr(&line));
    buf_fini(&line);
}

static void text_anomaly_one(struct form_text *text, const struct track_anomaly *anomaly)
{
    char stamp[STAMP_SIZE];
    struct buf line;
    const char *carried = result_events_carried(text->result->events, anomaly->id);
    struct fmt_text due = text_anomaly_time(anomaly->due_ns);
    struct fmt_text sent = text_anomaly_time(anomaly->op.sent_ns);
    bool is_sent = anomaly->op.is_known && anomaly->op.sent_ns != TRACK_NO_TIME;
    bool is_both = is_sent && strcmp(due.str, sent.str) == 0;
    stamp_emit(&text->result->events->run, anomaly->id, stamp);
    buf_init(&line, FORM_SIZE_MAX);
    buf_putf(&line, "%.*s  due %s%s", (int)sizeof(stamp), stamp, is_both ? "and sent " : "",
             due.str);
    if (anomaly->due_last_ns > anomaly->due_ns)
        buf_putf(&line, " to %s", text_anomaly_time(anomaly->due_last_ns).str);
    if (is_sent && !is_both)
        buf_putf(&line, ", sent %s", sent.str);
    if (anomaly->at_ns != TRACK_NO_TIME)
        buf_putf(&line, ", came %s", text_anomaly_time(anomaly->at_ns).str);
    if (anomaly->op.is_known)
        buf_putf(&line, ", connection %u", anomaly->op.conn);
    if (result_events_stream_name(text->result->events, anomaly->id.stream) != NULL) {
        buf_put(&line, BYTES(", "));
        text_anomaly_stream(&line, text->result, anomaly->id.stream);
    }
    form_pen_repeat(&text->pen, ' ', 4);
    form_pen_wrap(&text->pen, 6, buf_cstr(&line));
    if (carried != NULL) {
        form_pen_repeat(&text->pen, ' ', 6);
        form_pen_style(&text->pen, FORM_STYLE_FAINT);
        int wide = fmt_width(bytes_from_str(carried));
        int room = text->pen.width - 7;
        form_pen_put_foreign(&text->pen, wide < room ? wide : room, carried);
        form_pen_style(&text->pen, FORM_STYLE_END);
        form_pen_newline(&text->pen);
    }
    buf_fini(&line);
}

static void text_anomaly_names(struct form_text *text, const struct track_anomaly_list *list)
{
    for (size_t i = 0; i < list->first_count; i++)
        text_anomaly_one(text, &list->first[i]);
    if (list->count > (int64_t)list->first_count && list->first_count > 0) {
        form_pen_repeat(&text->pen, ' ', 4);
        buf_putf(text->pen.buf, "... and %s more (--anomalies FILE has them all)",
                 text_anomaly_count(list->count - (int64_t)list->first_count).str);
        form_pen_newline(&text->pen);
    }
}

void form_text_anomalies(struct form_text *text, size_t sink, size_t phase)
{
    const struct result *result = text->result;
    const struct result_phase *of = &result->phases[phase];
    size_t counted = 0;
    for (size_t i = 0; i < result->phase_count; i++)
        counted += result->phases[i].counted;
    for (int i = 0; i < TRACK_ANOMALY_COUNT; i++) {
        enum track_anomaly_kind kind = (enum track_anomaly_kind)i;
        const struct track_anomaly_list *list =
            track_anomalies_of(&result->events->anomalies, (int)phase, (int)sink, kind);
        if (list == NULL || list->count <= 0)
            continue;
        text_anomaly_sum_up(text, list, kind, of->counted && counted > 1 ? of->name : NULL);
        if (of->counted)
            text_anomaly_names(text, list);
    }
}
