/* SPDX-License-Identifier: Apache-2.0
 *
 * The rings have room for all batches there are: handing one over cannot fail.
 */
#include "metric/sample.h"

#include "base/mem.h"
#include "base/must.h"

void sample_pipe_init(struct sample_pipe *pipe)
{
    *pipe = (struct sample_pipe){0};
    ring_init(&pipe->full, SAMPLE_BATCHES);
    ring_init(&pipe->empty, SAMPLE_BATCHES);
}

void sample_pipe_fini(struct sample_pipe *pipe)
{
    void *batch;
    while ((batch = ring_pop(&pipe->full)) != NULL)
        mem_free(batch);
    while ((batch = ring_pop(&pipe->empty)) != NULL)
        mem_free(batch);
    mem_free(pipe->filling);
    pipe->filling = NULL;
    ring_fini(&pipe->full);
    ring_fini(&pipe->empty);
}

/* NULL: all of them are with the output. */
static struct sample_batch *sample_batch_next(struct sample_pipe *pipe)
{
    struct sample_batch *batch = ring_pop(&pipe->empty);
    if (batch == NULL && pipe->made < SAMPLE_BATCHES) {
        batch = mem_alloc(sizeof(*batch));
        pipe->made++;
    }
    if (batch != NULL)
        batch->count = 0;
    return batch;
}

void sample_put(struct sample_pipe *pipe, const struct sample *sample)
{
    if (pipe->filling == NULL)
        pipe->filling = sample_batch_next(pipe);
    if (BR_UNLIKELY(pipe->filling == NULL)) {
        pipe->lost++;
        return;
    }
    pipe->filling->samples[pipe->filling->count++] = *sample;
    if (pipe->filling->count == SAMPLE_BATCH_SIZE)
        sample_flush(pipe);
}

void sample_flush(struct sample_pipe *pipe)
{
    if (pipe->filling == NULL || pipe->filling->count == 0)
        return;
    bool pushed = ring_push(&pipe->full, pipe->filling);
    MUST(pushed);
    pipe->filling = NULL;
}

struct sample_batch *sample_take(struct sample_pipe *pipe)
{
    return ring_pop(&pipe->full);
}

void sample_return(struct sample_pipe *pipe, struct sample_batch *batch)
{
    bool pushed = ring_push(&pipe->empty, batch);
    MUST(pushed);
}
