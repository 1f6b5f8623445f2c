/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of ticks, exacts and footers: a phase, or a target in a phase; there and back.
 */
#include <stdio.h>

#include "base/mem.h"
#include "report/journal_inner.h"

static bool journal_is_idle_phase(const struct block_phase_sum *phase)
{
    uint64_t any = 0;
#define X(name, text) any |= phase->name;
    BLOCK_SHARD_COUNTERS(X)
#undef X
    return any == 0 && phase->lateness.count == 0 && phase->wait.count == 0 &&
           phase->connect.count == 0 && phase->handshake.count == 0 &&
           phase->receive_lag.count == 0;
}

static bool journal_is_idle_ops(const struct block_ops_sum *ops)
{
    uint64_t any = 0;
#define X(name, text) any |= ops->name;
    BLOCK_COUNTERS(X)
#undef X
    return any == 0 && ops->latency_ok.count == 0 && ops->latency_failed.count == 0 &&
           ops->service_ok.count == 0 && ops->service_failed.count == 0;
}

void journal_rows_init(struct journal_rows *rows, const struct result *result)
{
    size_t phases = result->phase_count;
    size_t targets = result->target_count;
    *rows = (struct journal_rows){
        .phase_count = phases, .target_count = targets, .has_events = result->events != NULL};
    rows->phases = mem_zalloc(phases, sizeof(rows->phases[0]));
    rows->ops = mem_zalloc(phases * targets, sizeof(rows->ops[0]));
    for (size_t i = 0; i < phases; i++)
        block_phase_sum_init(&rows->phases[i]);
    for (size_t i = 0; i < phases * targets; i++)
        block_ops_sum_init(&rows->ops[i]);
    if (rows->has_events)
        result_event_rows_init(&rows->events, phases, (size_t)result->events->rows.sum.sink_count);
}

void journal_rows_reset(struct journal_rows *rows)
{
    for (size_t i = 0; i < rows->phase_count; i++) {
        if (journal_is_idle_phase(&rows->phases[i]))
            continue;
        block_phase_sum_fini(&rows->phases[i]);
        block_phase_sum_init(&rows->phases[i]);
    }
    for (size_t i = 0; i < rows->phase_count * rows->target_count; i++) {
        if (journal_is_idle_ops(&rows->ops[i]))
            continue;
        block_ops_sum_fini(&rows->ops[i]);
        block_ops_sum_init(&rows->ops[i]);
    }
    if (rows->has_events)
        result_event_rows_reset(&rows->events);
}

void journal_rows_fini(struct journal_rows *rows)
{
    if (rows->ops == NULL)
        return;
    for (size_t i = 0; i < rows->phase_count; i++)
        block_phase_sum_fini(&rows->phases[i]);
    for (size_t i = 0; i < rows->phase_count * rows->target_count; i++)
        block_ops_sum_fini(&rows->ops[i]);
    mem_free(rows->phases);
    mem_free(rows->ops);
    if (rows->has_events)
        result_event_rows_fini(&rows->events);
    *rows = (struct journal_rows){0};
}

/* ---- writing ---- */

void journal_put_hist(struct json_writer *writer, const char *key, const struct hist_sum *hist,
                      enum journal_grid grid)
{
    struct buf buckets;
    if (hist->count == 0 && hist->refused == 0)
        return;
    buf_init(&buckets, JOURNAL_LINE_MAX);
    journal_put_buckets(&buckets, hist, grid);
    json_add_array(writer, key);
    json_put_f64(writer, hist->sum);
    json_put_f64(writer, hist->count > 0 ? hist->min : 0.0);
    json_put_f64(writer, hist->count > 0 ? hist->max : 0.0);
    json_put_text(writer, buf_bytes(&buckets));
    if (hist->clamped > 0 || hist->refused > 0) {
        json_put_u64(writer, hist->clamped);
        json_put_u64(writer, hist->refused);
    }
    json_close_array(writer);
    buf_fini(&buckets);
}

/* In the order of the table, without the zeros at the end: most rows need few. */
static void journal_put_counts(struct json_writer *writer, const uint64_t *counts, size_t count)
{
    while (count > 0 && counts[count - 1] == 0)
        count--;
    json_add_array(writer, "counts");
    for (size_t i = 0; i < count; i++)
        json_put_u64(writer, counts[i]);
    json_close_array(writer);
}

static void journal_put_phase(struct json_writer *writer, const struct block_phase_sum *phase,
                              size_t index, enum journal_grid grid)
{
#define X(name, text) phase->name,
    const uint64_t counts[] = {BLOCK_SHARD_COUNTERS(X)};
#undef X
    if (journal_is_idle_phase(phase))
        return;
    json_open_object(writer);
    json_add_u64(writer, "phase", index);
    journal_put_counts(writer, counts, BR_COUNT(counts));
    journal_put_hist(writer, "lateness", &phase->lateness, grid);
    journal_put_hist(writer, "wait", &phase->wait, grid);
    journal_put_hist(writer, "connect", &phase->connect, grid);
    journal_put_hist(writer, "handshake", &phase->handshake, grid);
    journal_put_hist(writer, "receive_lag", &phase->receive_lag, grid);
    json_close_object(writer);
}

static void journal_put_statuses(struct json_writer *writer, const struct block_ops_sum *ops)
{
    bool open = false;
    for (int i = 0; i < BLOCK_STATUS_MAX; i++) {
        char name[16];
        if (ops->status[i] == 0)
            continue;
        if (!open)
            json_add_object(writer, "status");
        open = true;
        (void)snprintf(name, sizeof(name), "%d", i);
        json_add_u64(writer, name, ops->status[i]);
    }
    if (open)
        json_close_object(writer);
}

static void journal_put_errors(struct json_writer *writer, const struct block_ops_sum *ops)
{
    bool open = false;
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        const struct block_error *error = &ops->errors[i];
        if (error->count == 0)
            continue;
        if (!open)
            json_add_object(writer, "errors");
        open = true;
        json_add_array(writer, err_name((enum br_err)i));
        json_put_u64(writer, error->count);
        json_put_i64(writer, error->first_ns);
        json_put_i64(writer, error->last_ns);
        json_close_array(writer);
    }
    if (open)
        json_close_object(writer);
}

static void journal_put_ops(struct json_writer *writer, const struct block_ops_sum *ops,
                            size_t phase, size_t target, enum journal_grid grid)
{
#define X(name, text) ops->name,
    const uint64_t counts[] = {BLOCK_COUNTERS(X)};
#undef X
    if (journal_is_idle_ops(ops))
        return;
    json_open_object(writer);
    json_add_u64(writer, "phase", phase);
    json_add_u64(writer, "target", target);
    journal_put_counts(writer, counts, BR_COUNT(counts));
    if (grid == JOURNAL_EXACT) {
        json_add_i64(writer, "first_ns", ops->first_ns);
        json_add_i64(writer, "last_ns", ops->last_ns);
    }
    journal_put_statuses(writer, ops);
    journal_put_errors(writer, ops);
    journal_put_hist(writer, "latency_ok", &ops->latency_ok, grid);
    journal_put_hist(writer, "latency_failed", &ops->latency_failed, grid);
    journal_put_hist(writer, "service_ok", &ops->service_ok, grid);
    journal_put_hist(writer, "service_failed", &ops->service_failed, grid);
    json_close_object(writer);
}

static void journal_put_all_ops(struct json_writer *writer, const struct block_ops_sum *ops,
                                size_t phases, size_t targets, enum journal_grid grid)
{
    json_add_array(writer, "ops");
    for (size_t i = 0; i < phases; i++) {
        for (size_t k = 0; k < targets; k++)
            journal_put_ops(writer, &ops[i * targets + k], i, k, grid);
    }
    json_close_array(writer);
}

void journal_put_rows(struct json_writer *writer, const struct journal_rows *rows,
                      enum journal_grid grid)
{
    json_add_array(writer, "shards");
    for (size_t i = 0; i < rows->phase_count; i++)
        journal_put_phase(writer, &rows->phases[i], i, grid);
    json_close_array(writer);
    journal_put_all_ops(writer, rows->ops, rows->phase_count, rows->target_count, grid);
    if (rows->has_events)
        journal_put_event_rows(writer, &rows->events, grid);
}

void journal_put_result_rows(struct json_writer *writer, const struct result *result)
{
    json_add_array(writer, "shards");
    for (size_t i = 0; i < result->phase_count; i++)
        journal_put_phase(writer, &result->phases[i].sum, i, JOURNAL_EXACT);
    json_close_array(writer);
    journal_put_all_ops(writer, result->ops, result->phase_count, result->target_count,
                        JOURNAL_EXACT);
    if (result->events != NULL)
        journal_put_event_rows(writer, &result->events->rows, JOURNAL_EXACT);
}

/* ---- reading ---- */

void journal_complain(struct diag *diag, const char *what)
{
    if (diag->err == BR_ERR_NONE)
        (void)diag_set(diag, BR_ERR_PARSE, "%s", what);
}

void journal_take_hist(const struct json *row, const char *key, enum journal_grid grid,
                       struct hist_sum *into, struct diag *diag)
{
    const struct json *array = json_get(row, key);
    struct hist_sum hist;
    if (array == NULL)
        return;
    hist_sum_init(&hist);
    struct bytes buckets = json_as_text(json_at(array, 3), key, diag);
    if (journal_take_buckets(buckets, grid, &hist) != BR_ERR_NONE)
        journal_complain(diag, "the buckets of a histogram are damaged");
    hist.sum = json_as_f64(json_at(array, 0), key, diag);
    if (hist.count > 0) {
        hist.min = json_as_f64(json_at(array, 1), key, diag);
        hist.max = json_as_f64(json_at(array, 2), key, diag);
    }
    if (json_count(array) > 4) {
        hist.clamped = json_as_u64(json_at(array, 4), key, diag);
        hist.refused = json_as_u64(json_at(array, 5), key, diag);
    }
    if (diag->err == BR_ERR_NONE)
        hist_sum_merge(into, &hist);
    hist_sum_fini(&hist);
}

/* Counters that a later version added at the end are passed over. */
static uint64_t journal_take_count(const struct json *row, size_t *at, struct diag *diag)
{
    const struct json *counts = json_get(row, "counts");
    const struct json *count = json_at(counts, (*at)++);
    return count == NULL ? 0 : json_as_u64(count, "counts", diag);
}

static bool journal_take_status_code(struct bytes key, unsigned *out_status)
{
    unsigned status = 0;
    if (key.len == 0 || key.len > 3)
        return false;
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < '0' || key.ptr[i] > '9')
            return false;
        status = status * 10 + (unsigned)(key.ptr[i] - '0');
    }
    *out_status = status;
    return true;
}

static void journal_take_statuses(const struct json *row, struct block_ops_sum *ops,
                                  struct diag *diag)
{
    struct json_cursor cursor = {0};
    while (json_next(json_get(row, "status"), &cursor)) {
        unsigned status;
        if (journal_take_status_code(cursor.key, &status))
            ops->status[status] += json_as_u64(cursor.value, "status", diag);
        else
            journal_complain(diag, "a status is no number of up to three digits");
    }
}

static void journal_take_errors(const struct json *row, struct block_ops_sum *ops,
                                struct diag *diag)
{
    struct json_cursor cursor = {0};
    while (json_next(json_get(row, "errors"), &cursor)) {
        enum br_err err = err_from_name(cursor.key);
        if (err >= BR_ERR_COUNT) {
            journal_complain(diag, "a kind of error is unknown to this brunt");
            continue;
        }
        struct block_error *error = &ops->errors[err];
        int64_t first_ns = json_as_i64(json_at(cursor.value, 1), "errors", diag);
        int64_t last_ns = json_as_i64(json_at(cursor.value, 2), "errors", diag);
        error->count += json_as_u64(json_at(cursor.value, 0), "errors", diag);
        if (error->first_ns < 0 || first_ns < error->first_ns)
            error->first_ns = first_ns;
        if (last_ns > error->last_ns)
            error->last_ns = last_ns;
    }
}

static void journal_take_ops(const struct json *row, enum journal_grid grid,
                             struct journal_span span, struct block_ops_sum *ops, struct diag *diag)
{
    int64_t first_ns = journal_take_ns(row, "first_ns", span.from_ns, diag);
    int64_t last_ns = journal_take_ns(row, "last_ns", span.t_ns, diag);
    size_t at = 0;
#define X(name, text) ops->name += journal_take_count(row, &at, diag);
    BLOCK_COUNTERS(X)
#undef X
    if (first_ns >= 0 && (ops->first_ns < 0 || first_ns < ops->first_ns))
        ops->first_ns = first_ns;
    if (last_ns > ops->last_ns)
        ops->last_ns = last_ns;
    journal_take_statuses(row, ops, diag);
    journal_take_errors(row, ops, diag);
    journal_take_hist(row, "latency_ok", grid, &ops->latency_ok, diag);
    journal_take_hist(row, "latency_failed", grid, &ops->latency_failed, diag);
    journal_take_hist(row, "service_ok", grid, &ops->service_ok, diag);
    journal_take_hist(row, "service_failed", grid, &ops->service_failed, diag);
}

static void journal_take_phase(const struct json *row, enum journal_grid grid,
                               struct block_phase_sum *phase, struct diag *diag)
{
    size_t at = 0;
#define X(name, text) phase->name += journal_take_count(row, &at, diag);
    BLOCK_SHARD_COUNTERS(X)
#undef X
    journal_take_hist(row, "lateness", grid, &phase->lateness, diag);
    journal_take_hist(row, "wait", grid, &phase->wait, diag);
    journal_take_hist(row, "connect", grid, &phase->connect, diag);
    journal_take_hist(row, "handshake", grid, &phase->handshake, diag);
    journal_take_hist(row, "receive_lag", grid, &phase->receive_lag, diag);
}

void journal_take_rows(const struct json *record, enum journal_grid grid,
                       const struct result *result, struct journal_span span,
                       struct journal_rows *rows, struct diag *diag)
{
    const struct json *phases = json_get(record, "shards");
    const struct json *ops = json_get(record, "ops");
    for (size_t i = 0; i < json_count(phases); i++) {
        const struct json *row = json_at(phases, i);
        uint64_t phase = json_get_u64(row, "phase", UINT64_MAX, diag);
        if (phase >= result->phase_count)
            journal_complain(diag, "a row is of no phase of this run");
        else
            journal_take_phase(row, grid, &rows->phases[phase], diag);
    }
    for (size_t i = 0; i < json_count(ops); i++) {
        const struct json *row = json_at(ops, i);
        uint64_t phase = json_get_u64(row, "phase", UINT64_MAX, diag);
        uint64_t target = json_get_u64(row, "target", UINT64_MAX, diag);
        if (phase >= result->phase_count || target >= result->target_count)
            journal_complain(diag, "a row is of no target of this run");
        else
            journal_take_ops(row, grid, span, &rows->ops[phase * result->target_count + target],
                             diag);
    }
    if (rows->has_events)
        journal_take_event_rows(record, grid, &rows->events, diag);
}
