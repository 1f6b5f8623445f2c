/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading expectations. The metrics that brunt itself knows are a table, so that a typo gets its
 * nearest neighbour and a bound in the wrong unit is refused; a metric beyond the table (a probe's,
 * a script's) is taken as it is and judged by whoever knows it.
 */
#include "metric/expr.h"

#include <math.h>

#include "base/nearest.h"
#include "base/units.h"

enum expr_kind {
    EXPR_KIND_TIMES, /* many times: needs a statistic */
    EXPR_KIND_TIME,  /* one time */
    EXPR_KIND_COUNT,
    EXPR_KIND_OTHER,
};

struct expr_metric_row {
    const char *name;
    enum expr_kind kind;
};

static const struct expr_metric_row expr_metrics[] = {
    {"latency", EXPR_KIND_TIMES},
    {"service", EXPR_KIND_TIMES},
    {"lateness", EXPR_KIND_TIMES},
    {"wait", EXPR_KIND_TIMES},
    {"connect", EXPR_KIND_TIMES},
    {"handshake", EXPR_KIND_TIMES},
    {"receive_lag", EXPR_KIND_TIMES},
    {"event_lag", EXPR_KIND_TIMES},
    {"event_lag_sent", EXPR_KIND_TIMES},
    {"event_lag_accepted", EXPR_KIND_TIMES},
    {"drain_time", EXPR_KIND_TIME},
    {"delivery_gap", EXPR_KIND_TIME},
    {"due", EXPR_KIND_COUNT},
    {"sent", EXPR_KIND_COUNT},
    {"done", EXPR_KIND_COUNT},
    {"failed", EXPR_KIND_COUNT},
    {"unsent", EXPR_KIND_COUNT},
    {"waited", EXPR_KIND_COUNT},
    {"bytes_sent", EXPR_KIND_OTHER},
    {"bytes_received", EXPR_KIND_OTHER},
    {"conns_opened", EXPR_KIND_COUNT},
    {"conns_failed", EXPR_KIND_COUNT},
    {"backlog", EXPR_KIND_OTHER},
    {"backlog_max", EXPR_KIND_OTHER},
    {"events_sent", EXPR_KIND_COUNT},
    {"events_accepted", EXPR_KIND_COUNT},
    {"events_delivered", EXPR_KIND_COUNT},
    {"events_lost", EXPR_KIND_COUNT},
    {"events_stuck", EXPR_KIND_COUNT},
    {"events_duplicated", EXPR_KIND_COUNT},
    {"events_late", EXPR_KIND_COUNT},
    {"events_reordered", EXPR_KIND_COUNT},
    {"events_damaged", EXPR_KIND_COUNT},
    {"events_foreign", EXPR_KIND_COUNT},
    {"events_refused", EXPR_KIND_COUNT},
    {"events_unsure", EXPR_KIND_COUNT},
    {"events_unsent", EXPR_KIND_COUNT},
    {"events_in_flight", EXPR_KIND_COUNT},
    {"events_leaked", EXPR_KIND_COUNT},
    {"events_redelivered", EXPR_KIND_COUNT},
    {"events_attempts", EXPR_KIND_COUNT},
    {"events_unreadable", EXPR_KIND_COUNT},
};

struct expr_stat_row {
    const char *name;
    enum expr_stat stat;
};

static const struct expr_stat_row expr_stats[] = {
    {"avg", EXPR_MEAN}, {"mean", EXPR_MEAN}, {"med", EXPR_MEDIAN},  {"median", EXPR_MEDIAN},
    {"min", EXPR_MIN},  {"max", EXPR_MAX},   {"count", EXPR_COUNT}, {"rate", EXPR_RATE},
};

static const char *const expr_op_texts[] = {
    [EXPR_LT] = "<",  [EXPR_LE] = "<=", [EXPR_GT] = ">",
    [EXPR_GE] = ">=", [EXPR_EQ] = "==", [EXPR_NE] = "!=",
};

const char *expr_op_text(enum expr_op op)
{
    return expr_op_texts[op];
}

enum { EXPR_TEXT_MAX = 200 };
#define EXPR_WINDOW_NS_MAX (INT64_C(600) * UNITS_NS_PER_SEC)

static const struct expr_metric_row *expr_find_metric(struct bytes name)
{
    for (size_t i = 0; i < BR_COUNT(expr_metrics); i++) {
        if (bytes_eq(name, bytes_from_str(expr_metrics[i].name)))
            return &expr_metrics[i];
    }
    return NULL;
}

/* The known metric or statistic that was meant; NULL: none is near. */
static const char *expr_find_near(struct bytes name)
{
    struct nearest nearest = {.word = name};
    for (size_t i = 0; i < BR_COUNT(expr_metrics); i++)
        nearest_offer(&nearest, expr_metrics[i].name);
    for (size_t i = 0; i < BR_COUNT(expr_stats); i++)
        nearest_offer(&nearest, expr_stats[i].name);
    return nearest.best;
}

static bool expr_is_name(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool is_inner = (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!is_letter && !(is_inner && i > 0))
            return false;
    }
    return text.len > 0 && text.len <= EXPR_TEXT_MAX;
}

static enum br_err expr_refuse_stat(const struct expr *expr, struct bytes stat, struct diag *diag)
{
    return diag_set(diag, BR_ERR_CONFIG,
                    "'%.*s': unknown statistic '%.*s'; known are p99 (any number up to 100), avg, "
                    "med, min, max, count, rate",
                    BYTES_ARG(expr->text), BYTES_ARG(stat));
}

/* "p99.9" or "p(99.9)"; false when it is something else. A quantile out of range is left at NaN. */
static bool expr_parse_quantile(struct bytes text, double *out_quantile)
{
    if (text.len < 2 || text.ptr[0] != 'p')
        return false;
    struct bytes number = bytes_skip(text, 1);
    if (number.ptr[0] == '(' && number.ptr[number.len - 1] == ')')
        number = bytes_trim(bytes_make(number.ptr + 1, number.len - 2));
    double percent;
    if (units_parse_number(number, &percent, NULL) != BR_ERR_NONE)
        return false;
    *out_quantile = percent >= 0.0 && percent <= 100.0 ? percent / 100.0 : (double)NAN;
    return true;
}

/* A statistic by its name; BR_ERR_MISSING when it is none (*diag is left alone). */
static enum br_err expr_parse_stat(struct bytes text, struct expr *expr, struct diag *diag)
{
    for (size_t i = 0; i < BR_COUNT(expr_stats); i++) {
        if (bytes_eq(text, bytes_from_str(expr_stats[i].name))) {
            expr->stat = expr_stats[i].stat;
            return BR_ERR_NONE;
        }
    }
    if (!expr_parse_quantile(text, &expr->quantile))
        return BR_ERR_MISSING;
    if (isnan(expr->quantile))
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': a percentile is a number from 0 to 100",
                        BYTES_ARG(expr->text));
    expr->stat = EXPR_QUANTILE;
    return BR_ERR_NONE;
}

/* Cuts "{…}" off the end of *term; false when braces do not match or nothing stands in them. */
static bool expr_take_selector(struct bytes *term, struct bytes *selector)
{
    size_t open = bytes_find(*term, '{');
    if (open == term->len)
        return bytes_find(*term, '}') == term->len;
    if (selector->len > 0 || bytes_find(*term, '}') != term->len - 1)
        return false;
    *selector = bytes_trim(bytes_make(term->ptr + open + 1, term->len - open - 2));
    *term = bytes_trim(bytes_make(term->ptr, open));
    return selector->len > 0 && bytes_find(*selector, '{') == selector->len;
}

static enum br_err expr_set_metric(struct bytes name, struct expr *expr, struct diag *diag)
{
    if (!expr_is_name(name))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': '%.*s' is no metric; write it as in p99(event_lag)<2s or "
                        "failed<1%%",
                        BYTES_ARG(expr->text), BYTES_ARG(name));
    if (expr_find_metric(name) == NULL) {
        const char *near = expr_find_near(name);
        if (near != NULL)
            return diag_set(diag, BR_ERR_CONFIG,
                            "'%.*s': unknown metric '%.*s', did you mean '%s'?",
                            BYTES_ARG(expr->text), BYTES_ARG(name), near);
    }
    expr->metric = name;
    return BR_ERR_NONE;
}

/* The left side without its selector: STAT(METRIC), STAT or METRIC. */
static enum br_err expr_parse_plain_term(struct bytes term, struct expr *expr, struct diag *diag)
{
    enum br_err err = expr_parse_stat(term, expr, diag);
    if (err == BR_ERR_NONE) {
        bool is_count = expr->stat == EXPR_COUNT || expr->stat == EXPR_RATE;
        expr->metric = is_count ? BYTES("done") : BYTES("latency");
    }
    if (err != BR_ERR_MISSING)
        return err;
    if (term.len == 0 || term.ptr[term.len - 1] != ')')
        return expr_set_metric(term, expr, diag);

    /* The last "(": p(99)(latency) has two. */
    size_t open = term.len;
    while (open > 0 && term.ptr[open - 1] != '(')
        open--;
    if (open == 0)
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': a ')' without its '('",
                        BYTES_ARG(expr->text));
    struct bytes stat = bytes_trim(bytes_make(term.ptr, open - 1));
    struct bytes metric = bytes_trim(bytes_make(term.ptr + open, term.len - open - 1));
    err = expr_parse_stat(stat, expr, diag);
    if (err == BR_ERR_MISSING)
        return expr_refuse_stat(expr, stat, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (!expr_take_selector(&metric, &expr->selector))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': one selector in braces is read, as in p99(latency{ok})",
                        BYTES_ARG(expr->text));
    return expr_set_metric(metric, expr, diag);
}

/* A selector behind everything ("events_lost{sink:alerts}", "p99{ok}"); inside of parentheses it is
 * found later. */
static enum br_err expr_parse_term(struct bytes term, struct expr *expr, struct diag *diag)
{
    struct bytes outer = term;
    bool is_inside = term.len > 0 && term.ptr[term.len - 1] == ')';
    struct bytes selector = BYTES_NONE;
    if (!is_inside && !expr_take_selector(&outer, &selector))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': a selector is one pair of braces with something in it, as in "
                        "events_lost{sink:alerts}==0",
                        BYTES_ARG(expr->text));
    expr->selector = selector;
    return expr_parse_plain_term(outer, expr, diag);
}

static enum br_err expr_parse_rate(struct bytes text, double *out_per_sec, struct diag *diag)
{
    uint64_t count;
    int64_t per_ns;
    enum br_err err = units_parse_rate(text, &count, &per_ns, diag);
    if (err == BR_ERR_NONE)
        *out_per_sec = (double)count * (double)UNITS_NS_PER_SEC / (double)per_ns;
    return err;
}

static enum br_err expr_parse_duration(struct bytes text, double *out_ns, struct diag *diag)
{
    int64_t ns;
    enum br_err err = units_parse_duration(text, &ns, diag);
    if (err == BR_ERR_NONE)
        *out_ns = (double)ns;
    return err;
}

static enum br_err expr_parse_size(struct bytes text, double *out_size, struct diag *diag)
{
    uint64_t size;
    enum br_err err = units_parse_size(text, &size, diag);
    if (err == BR_ERR_NONE)
        *out_size = (double)size;
    return err;
}

/* What the bound is meant to be, by its last letter. */
static enum expr_unit expr_guess_unit(struct bytes text)
{
    char last = text.ptr[text.len - 1];
    bool has_slash = bytes_find(text, '/') < text.len;
    if (last == '%' || (has_slash && last >= '0' && last <= '9'))
        return EXPR_UNIT_SHARE;
    if (has_slash)
        return EXPR_UNIT_PER_SEC;
    if (last == 'B')
        return EXPR_UNIT_BYTES;
    if (strchr("smhd", last) != NULL)
        return EXPR_UNIT_NS;
    return EXPR_UNIT_NUMBER;
}

static enum br_err expr_parse_bound_as(enum expr_unit unit, struct bytes text, double *out_bound,
                                       struct diag *diag)
{
    switch (unit) {
    case EXPR_UNIT_SHARE:
        return units_parse_share(text, out_bound, diag);
    case EXPR_UNIT_PER_SEC:
        return expr_parse_rate(text, out_bound, diag);
    case EXPR_UNIT_BYTES:
        return expr_parse_size(text, out_bound, diag);
    case EXPR_UNIT_NS:
        return expr_parse_duration(text, out_bound, diag);
    case EXPR_UNIT_NUMBER:
        break;
    }
    return units_parse_number(text, out_bound, diag);
}

static enum br_err expr_parse_bound(struct bytes text, struct expr *expr, struct diag *diag)
{
    struct diag why = DIAG_INIT;
    if (text.len == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s' has no bound; write a number with its unit, such as 200ms, 1%%, "
                        "4900/s or 64KiB",
                        BYTES_ARG(expr->text));
    expr->unit = expr_guess_unit(text);
    enum br_err err = expr_parse_bound_as(expr->unit, text, &expr->bound, &why);
    if (err == BR_ERR_NONE)
        return err;
    if (expr->unit == EXPR_UNIT_NUMBER)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is no number with a unit, such as 200ms, 1%%, 4900/s or "
                        "64KiB",
                        BYTES_ARG(expr->text), BYTES_ARG(text));
    return diag_set(diag, BR_ERR_CONFIG, "'%.*s': %s", BYTES_ARG(expr->text), why.text);
}

/* " for 30s" at the end. */
static enum br_err expr_take_window(struct bytes *right, struct expr *expr, struct diag *diag)
{
    static const char word[] = " for ";
    struct diag why = DIAG_INIT;
    for (size_t i = 0; i + sizeof(word) - 1 <= right->len; i++) {
        if (memcmp(right->ptr + i, word, sizeof(word) - 1) != 0)
            continue;
        struct bytes time = bytes_trim(bytes_skip(*right, i + sizeof(word) - 1));
        if (units_parse_duration(time, &expr->window_ns, &why) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "'%.*s': %s", BYTES_ARG(expr->text), why.text);
        *right = bytes_make(right->ptr, i);
        if (expr->window_ns >= UNITS_NS_PER_SEC && expr->window_ns <= EXPR_WINDOW_NS_MAX)
            return BR_ERR_NONE;
        return diag_set(diag, BR_ERR_CONFIG, "'%.*s': a window lasts from 1s to 10m",
                        BYTES_ARG(expr->text));
    }
    return BR_ERR_NONE;
}

/* The first comparison outside of braces: its place, `len` 0 when there is none. */
static struct bytes expr_find_op(struct bytes text)
{
    int depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        depth += (c == '{') - (c == '}');
        if (depth > 0 || (c != '<' && c != '>' && c != '=' && c != '!'))
            continue;
        size_t len = 1;
        while (i + len < text.len && strchr("<>=!", text.ptr[i + len]) != NULL)
            len++;
        return bytes_make(text.ptr + i, len);
    }
    return bytes_make(text.ptr, 0);
}

static enum br_err expr_parse_op(struct bytes op, struct expr *expr, struct diag *diag)
{
    for (size_t i = 0; i < BR_COUNT(expr_op_texts); i++) {
        if (bytes_eq(op, bytes_from_str(expr_op_texts[i]))) {
            expr->op = (enum expr_op)i;
            return BR_ERR_NONE;
        }
    }
    if (op.len == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s' compares nothing; write for example p99<200ms, failed<1%% or "
                        "rate>=4900/s",
                        BYTES_ARG(expr->text));
    const char *meant =
        bytes_eq(op, BYTES("=")) ? ", did you mean '=='?" : "; known are < <= > >= == !=";
    return diag_set(diag, BR_ERR_CONFIG, "'%.*s': unknown comparison '%.*s'%s",
                    BYTES_ARG(expr->text), BYTES_ARG(op), meant);
}

/* "steady:" in front; a colon inside of braces belongs to the selector. */
static struct bytes expr_take_phase(struct bytes *term)
{
    size_t colon = bytes_find(*term, ':');
    struct bytes phase = bytes_trim(bytes_make(term->ptr, colon));
    if (colon == term->len || !expr_is_name(phase))
        return BYTES_NONE;
    *term = bytes_trim(bytes_skip(*term, colon + 1));
    return phase;
}

static enum br_err expr_check_times(const struct expr *expr, struct diag *diag)
{
    if (expr->stat == EXPR_VALUE)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is many times; say which, as in p99(%.*s) or max(%.*s)",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric), BYTES_ARG(expr->metric),
                        BYTES_ARG(expr->metric));
    if (expr->unit == EXPR_UNIT_NUMBER)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': a time needs a unit, one of ns us ms s m h, such as %s200ms",
                        BYTES_ARG(expr->text), expr_op_text(expr->op));
    if (expr->unit != EXPR_UNIT_NS)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is a time; its bound is one of ns us ms s m h",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric));
    return BR_ERR_NONE;
}

static enum br_err expr_check_count(const struct expr *expr, struct diag *diag)
{
    bool is_plain = expr->stat == EXPR_VALUE || expr->stat == EXPR_COUNT;
    bool is_number = is_plain && expr->unit == EXPR_UNIT_NUMBER;
    if (is_number && expr->bound != floor(expr->bound))
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is a count; for a share write %%, such as %.*s%s%g%%",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric), BYTES_ARG(expr->metric),
                        expr_op_text(expr->op), expr->bound * 100.0);
    bool is_rate = expr->stat == EXPR_RATE && expr->unit == EXPR_UNIT_PER_SEC;
    if (!is_number && !is_rate && expr->stat != EXPR_SHARE)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is a count; write it as in %.*s<10, %.*s<1%% or "
                        "rate(%.*s)>100/s",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric), BYTES_ARG(expr->metric),
                        BYTES_ARG(expr->metric), BYTES_ARG(expr->metric));
    return BR_ERR_NONE;
}

/* What a bound in per cent or per second makes of the statistic, then whether they fit. */
static enum br_err expr_settle(struct expr *expr, struct diag *diag)
{
    const struct expr_metric_row *known = expr_find_metric(expr->metric);
    enum expr_kind kind = known == NULL ? EXPR_KIND_OTHER : known->kind;
    bool is_plain = expr->stat == EXPR_VALUE || expr->stat == EXPR_COUNT;

    if (expr->unit == EXPR_UNIT_SHARE && (is_plain || expr->stat == EXPR_RATE))
        expr->stat = EXPR_SHARE;
    if (expr->unit == EXPR_UNIT_PER_SEC && is_plain)
        expr->stat = EXPR_RATE;
    if (expr->stat == EXPR_RATE && expr->unit == EXPR_UNIT_NUMBER)
        expr->unit = EXPR_UNIT_PER_SEC;

    bool is_number_of = expr->stat == EXPR_COUNT || expr->stat == EXPR_RATE;
    if (kind == EXPR_KIND_TIMES && !is_number_of)
        return expr_check_times(expr, diag);
    if (kind == EXPR_KIND_TIME && expr->unit != EXPR_UNIT_NS)
        return diag_set(diag, BR_ERR_CONFIG,
                        "'%.*s': %.*s is a time; its bound is one of ns us ms s m h",
                        BYTES_ARG(expr->text), BYTES_ARG(expr->metric));
    if (kind == EXPR_KIND_COUNT || (kind == EXPR_KIND_TIMES && is_number_of))
        return expr_check_count(expr, diag);
    return BR_ERR_NONE;
}

enum br_err expr_parse(struct bytes text, struct expr *out_expr, struct diag *diag)
{
    struct expr expr = {.text = bytes_trim(text)};
    if (expr.text.len == 0)
        return diag_set(diag, BR_ERR_CONFIG,
                        "an expectation is empty; write for example p99<200ms");
    if (expr.text.len > EXPR_TEXT_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "an expectation is longer than %d letters",
                        EXPR_TEXT_MAX);

    struct bytes op = expr_find_op(expr.text);
    enum br_err err = expr_parse_op(op, &expr, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct bytes term = bytes_trim(bytes_make(expr.text.ptr, (size_t)(op.ptr - expr.text.ptr)));
    expr.phase = expr_take_phase(&term);
    err = expr_parse_term(term, &expr, diag);
    if (err != BR_ERR_NONE)
        return err;

    struct bytes right = bytes_skip(expr.text, (size_t)(op.ptr - expr.text.ptr) + op.len);
    err = expr_take_window(&right, &expr, diag);
    if (err != BR_ERR_NONE)
        return err;
    err = expr_parse_bound(bytes_trim(right), &expr, diag);
    if (err != BR_ERR_NONE)
        return err;
    err = expr_settle(&expr, diag);
    if (err != BR_ERR_NONE)
        return err;
    *out_expr = expr;
    return BR_ERR_NONE;
}

bool expr_holds(const struct expr *expr, double value)
{
    if (isnan(value))
        return false;
    switch (expr->op) {
    case EXPR_LT:
        return value < expr->bound;
    case EXPR_LE:
        return value <= expr->bound;
    case EXPR_GT:
        return value > expr->bound;
    case EXPR_GE:
        return value >= expr->bound;
    case EXPR_EQ:
        return value == expr->bound;
    case EXPR_NE:
        return value != expr->bound;
    }
    return false;
}

bool expr_is_upper_bound(const struct expr *expr)
{
    return expr->unit == EXPR_UNIT_NS && (expr->op == EXPR_LT || expr->op == EXPR_LE);
}

bool expr_selector_find(struct bytes selector, struct bytes key, struct bytes *out_value)
{
    struct bytes rest = selector;
    while (rest.len > 0) {
        struct bytes value = bytes_trim(bytes_cut(&rest, ','));
        struct bytes name = bytes_trim(bytes_cut(&value, ':'));
        if (bytes_eq(name, key)) {
            *out_value = value.ptr == NULL ? bytes_make("", 0) : bytes_trim(value);
            return true;
        }
    }
    return false;
}
