/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers by atomic addition. Offers go round the shards, so that each ring has one producer.
 */
#include "run/share.h"

#include "base/mem.h"

enum { SHARE_OFFERS = 1024, SHARE_COUNTS = 4 };

static uint64_t run_share_take(void *context, int scenario_index, enum vu_counter counter,
                               uint64_t want, uint64_t limit, uint64_t *out_first)
{
    struct run_share *share = context;
    return handover_take_numbers(&share->numbers[scenario_index * VU_COUNTER_COUNT + (int)counter],
                                 want, limit, out_first);
}

static bool run_share_offer(void *context, int shard, const struct vu_offer *offer)
{
    struct run_share *share = context;
    int next = (shard + 1) % share->shards;
    struct vu_offer *copy = mem_alloc(sizeof(*copy));
    *copy = *offer;
    if (!ring_push(&share->offers[next], copy)) {
        mem_free(copy);
        return false;
    }
    loop_wake(share->loops[next]);
    return true;
}

static bool run_share_begin_growth(void *context, int scenario_index)
{
    struct run_share *share = context;
    uint64_t first;
    return handover_take_numbers(&share->growing[scenario_index], 1, 1, &first) == 1;
}

static void run_share_end_growth(void *context, int scenario_index)
{
    struct run_share *share = context;
    handover_set_number(&share->growing[scenario_index], 0);
}

static struct handover_number *run_share_numbers(size_t count)
{
    struct handover_number *numbers = mem_zalloc(count, sizeof(*numbers));
    for (size_t i = 0; i < count; i++)
        handover_set_number(&numbers[i], 0);
    return numbers;
}

void run_share_init(struct run_share *share, int shards, size_t scenario_count)
{
    size_t count = (size_t)shards;
    *share = (struct run_share){.share = {.take = run_share_take,
                                          .offer = run_share_offer,
                                          .begin_growth = run_share_begin_growth,
                                          .end_growth = run_share_end_growth,
                                          .context = share},
                                .shards = shards,
                                .scenario_count = scenario_count};
    share->numbers = run_share_numbers(scenario_count * VU_COUNTER_COUNT);
    share->growing = run_share_numbers(scenario_count);
    share->counts = run_share_numbers(count * SHARE_COUNTS);
    handover_set_number(&share->rps, 0);
    /* Rings stand on lines of the cache, what the heap gives does not. */
    share->offers_memory = mem_alloc((count + 1) * sizeof(struct ring));
    uintptr_t at = (uintptr_t)share->offers_memory;
    share->offers = (struct ring *)((at + RING_CACHE_LINE - 1) & ~(uintptr_t)(RING_CACHE_LINE - 1));
    for (int i = 0; i < shards; i++)
        ring_init(&share->offers[i], SHARE_OFFERS);
    share->loops = mem_zalloc(count, sizeof(struct loop *));
}

void run_share_fini(struct run_share *share)
{
    for (int i = 0; i < share->shards; i++) {
        void *offer;
        while ((offer = ring_pop(&share->offers[i])) != NULL)
            mem_free(offer);
        ring_fini(&share->offers[i]);
    }
    mem_free(share->offers_memory);
    mem_free(share->numbers);
    mem_free(share->growing);
    mem_free(share->counts);
    mem_free(share->loops);
}

void run_share_attach(struct run_share *share, int shard, struct loop *loop)
{
    share->loops[shard] = loop;
}

bool run_share_next_offer(struct run_share *share, int shard, struct vu_offer *out_offer)
{
    struct vu_offer *offer = ring_pop(&share->offers[shard]);
    if (offer == NULL)
        return false;
    *out_offer = *offer;
    mem_free(offer);
    return true;
}

int64_t run_share_rps_slot(struct run_share *share, int64_t now_ns, int64_t interval_ns)
{
    return handover_take_slot(&share->rps, now_ns, interval_ns);
}

void run_share_publish(struct run_share *share, int shard, const struct run_share_counts *counts)
{
    struct handover_number *own = &share->counts[shard * SHARE_COUNTS];
    handover_set_number(&own[0], counts->completed);
    handover_set_number(&own[1], counts->interrupted);
    handover_set_number(&own[2], counts->active);
    handover_set_number(&own[3], counts->initialised);
}

void run_share_sum(struct run_share *share, struct run_share_counts *out_counts)
{
    *out_counts = (struct run_share_counts){0};
    for (int i = 0; i < share->shards; i++) {
        struct handover_number *own = &share->counts[i * SHARE_COUNTS];
        out_counts->completed += handover_number(&own[0]);
        out_counts->interrupted += handover_number(&own[1]);
        out_counts->active += handover_number(&own[2]);
        out_counts->initialised += handover_number(&own[3]);
    }
}
