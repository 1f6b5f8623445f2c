/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches are made as they are needed, and never more than the rings have room for.
 */
#include "run/tales.h"

#include "base/mem.h"
#include "base/must.h"
#include "loop/loop.h"

void run_tales_init(struct run_tales *tales, struct loop *reader)
{
    *tales = (struct run_tales){.is_wanted = true, .reader = reader};
    ring_init(&tales->full, RUN_TALES_BATCHES);
    ring_init(&tales->empty, RUN_TALES_BATCHES);
}

static void run_tale_batch_destroy(struct run_tale_batch *batch)
{
    for (size_t i = 0; batch != NULL && i < batch->count; i++)
        mem_free(batch->rows[i].key);
    mem_free(batch);
}

void run_tales_fini(struct run_tales *tales)
{
    struct run_tale_batch *batch;
    if (!tales->is_wanted)
        return;
    while ((batch = ring_pop(&tales->full)) != NULL)
        run_tale_batch_destroy(batch);
    while ((batch = ring_pop(&tales->empty)) != NULL)
        run_tale_batch_destroy(batch);
    run_tale_batch_destroy(tales->current);
    ring_fini(&tales->full);
    ring_fini(&tales->empty);
    *tales = (struct run_tales){0};
}

static struct run_tale_batch *run_tales_next(struct run_tales *tales)
{
    struct run_tale_batch *batch = ring_pop(&tales->empty);
    if (batch != NULL || tales->made == RUN_TALES_BATCHES)
        return batch;
    tales->made++;
    return MEM_NEW(struct run_tale_batch);
}

void run_tales_put(struct run_tales *tales, const struct track_anomaly *anomaly, struct bytes key)
{
    if (!tales->is_wanted)
        return;
    if (tales->current == NULL)
        tales->current = run_tales_next(tales);
    if (tales->current == NULL) {
        tales->dropped++;
        return;
    }
    tales->current->rows[tales->current->count++] =
        (struct run_tale){*anomaly, key.len > 0 ? mem_copy_str(key) : NULL};
    if (tales->current->count == RUN_TALES_ROWS)
        run_tales_flush(tales);
}

void run_tales_flush(struct run_tales *tales)
{
    if (tales->current == NULL || tales->current->count == 0)
        return;
    bool pushed = ring_push(&tales->full, tales->current);
    MUST(pushed); /* there are no more batches than places */
    tales->current = NULL;
    loop_wake(tales->reader);
}

struct run_tale_batch *run_tales_take(struct run_tales *tales)
{
    return tales->is_wanted ? ring_pop(&tales->full) : NULL;
}

void run_tales_return(struct run_tales *tales, struct run_tale_batch *batch)
{
    batch->count = 0;
    bool pushed = ring_push(&tales->empty, batch);
    MUST(pushed);
}
