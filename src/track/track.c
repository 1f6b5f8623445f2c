/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of an interval's block of counts, and adding blocks up, row by row of the tables.
 */
#include "track/track.h"

#include "base/mem.h"
#include "base/must.h"

struct track_block *track_block_create(int shard, int phase_count, int sink_count)
{
    MUST(phase_count > 0 && phase_count <= TRACK_PHASES_MAX);
    MUST(sink_count >= 0 && sink_count <= TRACK_SINKS_MAX);
    struct track_block *block = MEM_NEW(struct track_block);
    size_t at_count = (size_t)phase_count * (size_t)sink_count;
    block->shard = shard;
    block->phase_count = phase_count;
    block->sink_count = sink_count;
    block->entries = mem_zalloc((size_t)phase_count, sizeof(block->entries[0]));
    block->ats = mem_zalloc(at_count, sizeof(block->ats[0]));
    block->flows = mem_zalloc((size_t)sink_count, sizeof(block->flows[0]));
    for (size_t i = 0; i < at_count; i++) {
        hist_init(&block->ats[i].lag_due);
        hist_init(&block->ats[i].lag_sent);
        hist_init(&block->ats[i].lag_accepted);
    }
    return block;
}

void track_block_destroy(struct track_block **block)
{
    struct track_block *old = *block;
    if (old == NULL)
        return;
    *block = NULL;
    for (int i = 0; i < old->phase_count * old->sink_count; i++) {
        hist_fini(&old->ats[i].lag_due);
        hist_fini(&old->ats[i].lag_sent);
        hist_fini(&old->ats[i].lag_accepted);
    }
    mem_free(old->entries);
    mem_free(old->ats);
    mem_free(old->flows);
    mem_free(old);
}

static void track_at_reset(struct track_at *at)
{
#define X(name, NAME, text) at->name = 0;
    TRACK_CLASSES(X)
#undef X
#define X(name, text) at->name = 0;
    TRACK_SINK_COUNTERS(X)
#undef X
    hist_reset(&at->lag_due);
    hist_reset(&at->lag_sent);
    hist_reset(&at->lag_accepted);
}

void track_block_reset(struct track_block *block, int64_t start_ns)
{
    block->start_ns = start_ns;
    block->end_ns = start_ns;
    block->size = 0;
    for (int i = 0; i < block->phase_count; i++)
        block->entries[i] = (struct track_entries){0};
    for (int i = 0; i < block->sink_count; i++)
        block->flows[i] = (struct track_flow){0};
    for (int i = 0; i < block->phase_count * block->sink_count; i++)
        track_at_reset(&block->ats[i]);
}

void track_at_sum_init(struct track_at_sum *at)
{
    *at = (struct track_at_sum){0};
    hist_sum_init(&at->lag_due);
    hist_sum_init(&at->lag_sent);
    hist_sum_init(&at->lag_accepted);
}

void track_at_sum_fini(struct track_at_sum *at)
{
    hist_sum_fini(&at->lag_due);
    hist_sum_fini(&at->lag_sent);
    hist_sum_fini(&at->lag_accepted);
}

void track_at_sum_merge(struct track_at_sum *into, const struct track_at_sum *from)
{
#define X(name, NAME, text) into->name += from->name;
    TRACK_CLASSES(X)
#undef X
#define X(name, text) into->name += from->name;
    TRACK_SINK_COUNTERS(X)
#undef X
    hist_sum_merge(&into->lag_due, &from->lag_due);
    hist_sum_merge(&into->lag_sent, &from->lag_sent);
    hist_sum_merge(&into->lag_accepted, &from->lag_accepted);
}

static void track_at_sum_add(struct track_at_sum *into, const struct track_at *from)
{
#define X(name, NAME, text) into->name += from->name;
    TRACK_CLASSES(X)
#undef X
#define X(name, text) into->name += from->name;
    TRACK_SINK_COUNTERS(X)
#undef X
    hist_sum_add(&into->lag_due, &from->lag_due);
    hist_sum_add(&into->lag_sent, &from->lag_sent);
    hist_sum_add(&into->lag_accepted, &from->lag_accepted);
}

int64_t track_at_sum_class(const struct track_at_sum *at, enum track_class class)
{
    switch (class) {
#define X(name, NAME, text)                                                                        \
    case TRACK_CLASS_##NAME:                                                                       \
        return at->name;
        TRACK_CLASSES(X)
#undef X
    case TRACK_CLASS_COUNT:
        break;
    }
    MUST(class < TRACK_CLASS_COUNT);
    return 0;
}

void track_sum_init(struct track_sum *sum, int phase_count, int sink_count)
{
    MUST(phase_count > 0 && phase_count <= TRACK_PHASES_MAX);
    MUST(sink_count >= 0 && sink_count <= TRACK_SINKS_MAX);
    size_t at_count = (size_t)phase_count * (size_t)sink_count;
    *sum = (struct track_sum){.phase_count = phase_count, .sink_count = sink_count};
    sum->entries = mem_zalloc((size_t)phase_count, sizeof(sum->entries[0]));
    sum->ats = mem_zalloc(at_count, sizeof(sum->ats[0]));
    sum->unknown = mem_zalloc((size_t)sink_count, sizeof(sum->unknown[0]));
    for (size_t i = 0; i < at_count; i++)
        track_at_sum_init(&sum->ats[i]);
}

void track_sum_fini(struct track_sum *sum)
{
    for (int i = 0; i < sum->phase_count * sum->sink_count; i++)
        track_at_sum_fini(&sum->ats[i]);
    mem_free(sum->entries);
    mem_free(sum->ats);
    mem_free(sum->unknown);
    *sum = (struct track_sum){0};
}

void track_sum_add(struct track_sum *into, const struct track_block *from)
{
    MUST(into->phase_count == from->phase_count);
    MUST(into->sink_count == from->sink_count);
    for (int i = 0; i < from->phase_count; i++) {
#define X(name, text) into->entries[i].name += from->entries[i].name;
        TRACK_ENTRY_COUNTERS(X)
#undef X
    }
    for (int i = 0; i < from->phase_count * from->sink_count; i++)
        track_at_sum_add(&into->ats[i], &from->ats[i]);
    for (int i = 0; i < from->sink_count; i++)
        into->unknown[i] += from->flows[i].unknown;
}

void track_sum_merge(struct track_sum *into, const struct track_sum *from)
{
    MUST(into->phase_count == from->phase_count);
    MUST(into->sink_count == from->sink_count);
    for (int i = 0; i < from->phase_count; i++) {
#define X(name, text) into->entries[i].name += from->entries[i].name;
        TRACK_ENTRY_COUNTERS(X)
#undef X
    }
    for (int i = 0; i < from->phase_count * from->sink_count; i++)
        track_at_sum_merge(&into->ats[i], &from->ats[i]);
    for (int i = 0; i < from->sink_count; i++)
        into->unknown[i] += from->unknown[i];
}

void track_sum_reset(struct track_sum *sum)
{
    for (int i = 0; i < sum->phase_count; i++)
        sum->entries[i] = (struct track_entries){0};
    for (int i = 0; i < sum->phase_count * sum->sink_count; i++) {
        track_at_sum_fini(&sum->ats[i]);
        track_at_sum_init(&sum->ats[i]);
    }
    for (int i = 0; i < sum->sink_count; i++)
        sum->unknown[i] = 0;
}
