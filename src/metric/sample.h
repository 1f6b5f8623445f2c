/* SPDX-License-Identifier: Apache-2.0
 *
 * Samples on their way from a shard to an output (files, pushers): batches that go round between
 * two threads. There are so many batches and no more: when all of them are with the output, which
 * is slow then, samples are counted as lost instead of written, and no send is late because of it.
 */
#ifndef BR_METRIC_SAMPLE_H
#define BR_METRIC_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/ring.h"
#include "metric/tag.h"

enum { SAMPLE_BATCH_SIZE = 512, SAMPLE_BATCHES = 256 };

struct sample {
    int64_t at_ns; /* clock_now_ns */
    double value;
    const struct tag_set *tags;
    int metric;
    uint64_t vu; /* 0: none */
    uint64_t iter;
};

struct sample_batch {
    size_t count;
    struct sample samples[SAMPLE_BATCH_SIZE];
};

/* One a shard. The first half is the shard's, the rest the output's; `lost` is read when the shard
 * has ended, or roughly at any time. */
struct sample_pipe {
    struct sample_batch *filling; /* NULL: none yet */
    int made;                     /* batches that exist */
    uint64_t lost;
    struct ring full;  /* shard -> output */
    struct ring empty; /* output -> shard */
};

void sample_pipe_init(struct sample_pipe *pipe);
/* When both sides have ended. */
void sample_pipe_fini(struct sample_pipe *pipe);

/* The shard. */
void sample_put(struct sample_pipe *pipe, const struct sample *sample);
/* Hands over what is there (a few times a second, and at the end). */
void sample_flush(struct sample_pipe *pipe);

/* The output: NULL when there is none. Give it back when it was read. */
struct sample_batch *sample_take(struct sample_pipe *pipe);
void sample_return(struct sample_pipe *pipe, struct sample_batch *batch);

#endif
