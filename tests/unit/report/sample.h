/* SPDX-License-Identifier: Apache-2.0
 *
 * Results made by hand, for the tests of what reads them: a plan, one block a second, a sum that
 * adds up unless the test spoils it.
 */
#ifndef BR_TESTS_REPORT_SAMPLE_H
#define BR_TESTS_REPORT_SAMPLE_H

#include "metric/block.h"
#include "plan/plan.h"
#include "report/result.h"

enum { SAMPLE_TARGETS_MAX = 128, SAMPLE_EXPECTS_MAX = 4 };

struct sample {
    struct plan plan;
    struct plan_target targets[SAMPLE_TARGETS_MAX];
    char urls[SAMPLE_TARGETS_MAX][40];
    struct plan_leg leg;
    struct expr expects[SAMPLE_EXPECTS_MAX];
    struct result_facts facts;
    struct result result;
    struct block *block;
    struct result_gauges gauges;
    struct result_end end;
};

/* Some operations that are alike. */
struct sample_ops {
    int phase;
    int target;
    uint64_t count;
    double latency_ns;
    double service_ns; /* 0: nothing was sent */
    enum br_err err;
    int status;
};

/* Open model, 1,000/s for 10 s, one target, 100 connections, one shard; change it, then begin. */
void sample_init(struct sample *sample);
void sample_add_target(struct sample *sample, const char *url);
void sample_expect(struct sample *sample, const char *text);
void sample_begin(struct sample *sample);
/* Into the block of the second that runs: due, sent, done, times, errors. */
void sample_add(struct sample *sample, const struct sample_ops *ops);
/* Hands the block over and ticks. */
void sample_second(struct sample *sample);
/* The end after what was due and never sent (it is added to what was due). */
void sample_finish(struct sample *sample, uint64_t unsent);
void sample_fini(struct sample *sample);

/* Ten seconds of a lively run: two targets, a warm-up, spread latencies, some failures. */
void sample_run_lively(struct sample *sample);

#endif
