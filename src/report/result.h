/* SPDX-License-Identifier: Apache-2.0
 *
 * The result of a run in memory: what every view reads, live or later, and what the journal writes
 * and gives back. It is filled by one thread and costs the same after a day as after a minute.
 *
 * How `run` drives it:
 *
 *     result_init(&result, plan, &facts);             the plan is complete: shards, wait mode
 *     journal_start(&journal, &result, write, ctx);   writes the header; leave out without a file
 *     once a second:
 *         result_add_block(&result, block);           for each block that a shard handed over
 *         result_events_add_...(result.events, ...);  where events are followed
 *         result_tick(&result, &gauges);              closes the interval
 *         journal_tick(&journal, &result);            writes it; result.last is for the progress
 *     when something happened:
 *         result_note(&result, "code", "a sentence"); and journal_note() with the same words
 *         result_set_partial(&result, RESULT_INTERRUPTED, "…");   Ctrl-C, an abort
 *     when the shards are done:
 *         result_add_block, result_tick, journal_tick once more for what is left,
 *         result_set_end(&result, &end);
 *         verdict_judge(&result);                     verdict, reasons, expectations
 *         journal_finish(&journal, &result);          the footer; the file's trouble becomes a note
 *         form_find("text")->render(&result, …)       prints it
 *         journal_fini(&journal);
 *     result_fini(&result);
 *
 * Run time is ns since the start of the load. Operations are counted where the blocks say: by the
 * phase they were due in and by target. A status is counted for a reply that was read whole, and
 * an error for every operation that failed (BR_ERR_STATUS: by its status alone), so that statuses
 * and other errors add up to what is done.
 */
#ifndef BR_REPORT_RESULT_H
#define BR_REPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/fmt.h"
#include "metric/block.h"
#include "metric/expr.h"
#include "plan/plan.h"

enum {
    RESULT_PHASE_NAME_SIZE = PLAN_PHASE_NAME_SIZE,
    RESULT_CODE_SIZE = 32,
    RESULT_POINTS_MAX = 240, /* of the series kept in memory: a day is thinned out, see below */
};

/* Where and as what the run runs. Borrowed by result_init, which copies. */
struct result_facts {
    struct bytes version; /* of brunt */
    int64_t start_unix_ns;
    struct bytes host;
    struct bytes kernel;
    struct bytes cpu_model;
    int cpus;         /* of the machine */
    int cpus_allowed; /* affinity and cgroup */
    uint64_t memory_bytes;
    uint64_t connections_max; /* the ceiling in force, all shards together */
};

/* The same, owned. */
struct result_machine {
    char *version;
    int64_t start_unix_ns;
    char *host;
    char *kernel;
    char *cpu_model;
    int cpus;
    int cpus_allowed;
    uint64_t memory_bytes;
};

/* What was asked for: the part of the plan that views and verdict need. Owned. */
struct result_plan {
    char *command;
    uint64_t seed;
    bool seed_given;
    enum plan_model model;
    bool poisson;
    struct plan_leg *legs;
    size_t leg_count;
    uint64_t operations;
    int64_t duration_ns;
    int64_t warmup_ns;
    int64_t grace_ns;
    uint64_t connections;     /* as asked for; 0: as many as needed (open) */
    uint64_t connections_max; /* the ceiling in force */
    int shards;
    enum plan_wait wait;
    bool keep_alive;
    bool insecure;
    int64_t timeout_ns;
    int64_t timeout_connect_ns;
    int64_t timeout_first_ns;
    int64_t max_lateness_ns;
    char *method;
    uint64_t body_bytes;
};

/* A stretch of the run with statistics of its own. */
struct result_phase {
    char name[RESULT_PHASE_NAME_SIZE];
    bool counted; /* part of the summary and of the verdict; a warm-up is not */
    int64_t start_ns;
    int64_t end_ns; /* as planned; -1: until the load is over */
    struct block_phase_sum sum;
};

struct result_target {
    char *url; /* as given; owned */
};

/* What is known of a shard beside its numbers. */
struct result_shard {
    uint64_t busy_permille_max; /* of any whole second that counts */
    int64_t busy_max_ns;        /* the end of the block it was in; -1: none */
};

/* A moment: what happened in the `span_ns` before it. Merged moments keep the largest of what does
 * not add up, so a percentile is that of the worst second inside. */
struct result_point {
    int64_t t_ns;
    int64_t span_ns;
    uint64_t due;
    uint64_t sent;
    uint64_t done;
    uint64_t failed;
    uint64_t behind;
    uint64_t in_flight;
    uint64_t conns_open;
    uint64_t rss_bytes;
    double latency_p50_ns; /* of what ended in it, well or not; 0 when nothing did */
    double latency_p99_ns;
};

/* The run as at most RESULT_POINTS_MAX moments: when it is full, neighbours are merged. */
struct result_series {
    struct result_point points[RESULT_POINTS_MAX];
    size_t count;
    uint64_t ticks_per_point;
    uint64_t ticks_in_last;
};

/* What the coordinator measures once a second; the CPU and memory of this process. */
struct result_gauges {
    int64_t now_ns;
    uint64_t in_flight;
    uint64_t behind;
    uint64_t conns_open;
    int64_t cpu_user_ns; /* since the start */
    int64_t cpu_system_ns;
    uint64_t rss_bytes;
    uint64_t clock_steps;      /* of the machine's wall clock, since the start */
    int64_t clock_step_max_ns; /* the largest, by magnitude */
};

/* How it ended. Counted independently of the blocks, so that the sums can be checked. */
struct result_end {
    /* When nothing more was begun; at least the end of an open schedule that came to its end (n
     * operations at r/s: n/r), so that the offered rate is the one asked for. */
    int64_t load_end_ns;
    int64_t end_ns;         /* when the last operation was over */
    uint64_t unsent;        /* due and never begun */
    uint64_t in_flight;     /* begun and not ended (0 unless we gave up on them uncounted) */
    uint64_t behind_max;    /* the most that was due and not begun, all shards together */
    uint64_t in_flight_max; /* 0: not known */
};

enum result_partial {
    RESULT_COMPLETE,
    RESULT_INTERRUPTED, /* somebody stopped it; what it shows is all that happened */
    RESULT_ABORTED,     /* it stopped itself or was stopped at once */
    RESULT_CUT_OFF,     /* the file ends before the run did */
};

enum verdict { VERDICT_NONE, VERDICT_PASS, VERDICT_FAIL, VERDICT_INVALID };

/* Why the verdict is what it is (FAIL, INVALID), or something to know (NONE). */
struct result_reason {
    enum verdict kind;
    char code[RESULT_CODE_SIZE]; /* a stable key, such as "lateness" */
    char *text;                  /* a sentence without its period; owned */
};

enum result_held {
    RESULT_UNJUDGED,
    RESULT_HELD,
    RESULT_BROKEN,
    RESULT_UNDECIDED, /* it did not hold, but we may have been the reason */
};

struct result_window;

struct result_expect {
    char *text;       /* owned */
    struct expr expr; /* borrows from text */
    enum result_held held;
    bool has_value;        /* false: there was no sample */
    double value;          /* in the unit of the bound; of windows the worst one's */
    int64_t window_end_ns; /* when the worst window ended; -1: the expectation is of the whole */
    struct result_window *window; /* window.h; owned, NULL: none so far */
};

struct result_events; /* result_events.h */

struct result {
    struct result_machine machine;
    struct result_plan plan;
    struct result_target *targets;
    size_t target_count;
    struct result_phase *phases;
    size_t phase_count;
    struct result_shard *shards; /* plan.shards */
    struct block_ops_sum *ops;   /* [phase * target_count + target] */

    /* Since the last tick; what the journal writes. */
    struct block_phase_sum *tick_phases;
    struct block_ops_sum *tick_ops;
    int64_t tick_from_ns; /* what the shards' blocks of the tick cover; from == to: none */
    int64_t tick_to_ns;
    bool tick_closed;
    struct result_point last; /* the moment of the last tick */
    struct result_series series;

    struct result_gauges gauges; /* the last ones */
    uint64_t rss_max_bytes;
    uint64_t conns_open_max;
    uint64_t behind_max;
    uint64_t in_flight_max;
    struct result_end end;
    bool ended;                   /* `end` is known */
    struct result_events *events; /* owned; NULL: none were followed */

    enum result_partial partial;
    char *partial_why; /* owned; NULL when complete */
    enum verdict verdict;
    struct result_reason *reasons;
    size_t reason_count;
    struct result_expect *expects;
    size_t expect_count;
};

/* Copies what it needs of the plan (complete and valid) and the facts. */
void result_init(struct result *result, const struct plan *plan, const struct result_facts *facts);
void result_fini(struct result *result);

/* Adds what a shard recorded since its last block. The block is the caller's again. */
void result_add_block(struct result *result, const struct block *block);
/* Ends the interval that the blocks since the last tick belong to. */
void result_tick(struct result *result, const struct result_gauges *gauges);
void result_set_end(struct result *result, const struct result_end *end);
/* The first call wins, but an abort may follow an interruption. */
void result_set_partial(struct result *result, enum result_partial partial, const char *why);

/* A reason of that kind; VERDICT_NONE: a note. `code` is a short lower-case key that stays. */
void result_add_reason(struct result *result, enum verdict kind, const char *code,
                       const char *format, ...) BR_PRINTF(4, 5);
void result_note(struct result *result, const char *code, const char *text);

static inline struct block_ops_sum *result_ops_at(const struct result *result, size_t phase,
                                                  size_t target)
{
    return &result->ops[phase * result->target_count + target];
}

/* ---- for the reader of journals ---- */

/* Allocates the rows of phases, targets and shards, whose numbers are known. */
void result_make_rows(struct result *result);
BR_NODISCARD enum br_err result_add_expect(struct result *result, struct bytes text,
                                           struct diag *diag);
/* Takes over a moment: what result_tick does with the one it made. */
void result_push_point(struct result *result, const struct result_point *point);

/* ---- what views ask for ---- */

/* Where the first phase that counts begins. */
int64_t result_counted_start(const struct result *result);

enum { RESULT_COUNTED = -1, RESULT_EVERY_PHASE = -2, RESULT_EVERY_TARGET = -1 };

/* Some phases and targets added up, with what follows from it. Owns everything. Large: not for
 * the stack. */
struct result_view {
    struct block_ops_sum ops;
    struct block_phase_sum shards; /* of the phases; not of a target, of course */
    struct hist_sum latency;       /* of all operations, well or not */
    struct hist_sum service;
    uint64_t offered; /* due; with one target of several: what was begun there */
    uint64_t ok;
    uint64_t unsent;        /* of the whole run, where its last phase is included */
    int64_t span_ns;        /* the time that the phases had, drain not included */
    int64_t active_ns;      /* from the first send to the last end */
    double offered_per_sec; /* over span; NaN when that is 0 */
    double sent_per_sec;    /* over span */
    double done_per_sec;    /* over active */
};

/* phase: a number, RESULT_COUNTED or RESULT_EVERY_PHASE; target: a number or
 * RESULT_EVERY_TARGET. */
struct result_view *result_view_create(const struct result *result, int phase, int target);
void result_view_destroy(struct result_view **view);
/* For who adds up something else: an empty view; and, when ops, shards and offered are filled in,
 * what follows from them over that time. */
struct result_view *result_view_empty(void);
void result_view_close(struct result_view *view, int64_t span_ns);

/* A value as a person reads it, ASCII. */
struct fmt_text result_fmt_value(enum expr_unit unit, double value);

/* Names in files. */
const char *result_verdict_name(enum verdict verdict);
const char *result_partial_name(enum result_partial partial);
const char *result_held_name(enum result_held held);

#endif
