/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of counts, and their sums.
 */
#include "sink/sink_count.h"

#include "base/mem.h"

struct sink_block *sink_block_create(int sink_count)
{
    struct sink_block *block = MEM_NEW(struct sink_block);
    block->sink_count = sink_count;
    block->counts = mem_zalloc((size_t)sink_count, sizeof(*block->counts));
    for (int i = 0; i < sink_count; i++)
        hist_init(&block->counts[i].late);
    sink_block_reset(block);
    return block;
}

void sink_block_destroy(struct sink_block **block)
{
    if (*block == NULL)
        return;
    for (int i = 0; i < (*block)->sink_count; i++)
        hist_fini(&(*block)->counts[i].late);
    mem_free((*block)->counts);
    mem_free(*block);
    *block = NULL;
}

void sink_block_reset(struct sink_block *block)
{
    for (int i = 0; i < block->sink_count; i++) {
        struct sink_counts *counts = &block->counts[i];
#define X(name, text) counts->name = 0;
        SINK_COUNTERS(X)
#undef X
        counts->open = 0;
        counts->first_ns = INT64_MAX;
        counts->last_ns = INT64_MIN;
        hist_reset(&counts->late);
    }
    block->busy_ns = 0;
    block->idle_ns = 0;
    block->busy_permille_max = 0;
    block->full_ns = 0;
    block->rows = 0;
}

void sink_totals_init(struct sink_totals *totals)
{
    *totals = (struct sink_totals){.first_ns = INT64_MAX, .last_ns = INT64_MIN};
    hist_sum_init(&totals->late);
}

void sink_totals_fini(struct sink_totals *totals)
{
    hist_sum_fini(&totals->late);
}

void sink_totals_add(struct sink_totals *totals, const struct sink_counts *counts)
{
#define X(name, text) totals->name += counts->name;
    SINK_COUNTERS(X)
#undef X
    totals->open = counts->open;
    if (counts->first_ns < totals->first_ns)
        totals->first_ns = counts->first_ns;
    if (counts->last_ns > totals->last_ns)
        totals->last_ns = counts->last_ns;
    hist_sum_add(&totals->late, &counts->late);
}
