/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from scenarios: when the number of VUs changes, when iterations are due, how many
 * VUs are needed when. The times are k6's to the nanosecond where k6 has whole numbers.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "plan/plan_scenario.h"

/* Due times that are whole may come out of a square root as a hair less. */
#define PLAN_HAIR 1e-6L

/* ---- VUs ---- */

void plan_vu_steps_init(struct plan_vu_steps *steps, const struct plan_scenario *scenario)
{
    *steps = (struct plan_vu_steps){
        .scenario = scenario, .stage_from = scenario->vus, .vus = scenario->vus};
}

/* The number becomes v at the stage's end less duration * (to - v) / (to - from). */
static int64_t plan_step_at(const struct plan_vu_steps *steps, const struct plan_stage *stage)
{
    uint64_t from = steps->stage_from, to = stage->target, v = steps->vus;
    uint64_t left = to > from ? to - v : v - to;
    uint64_t span = to > from ? to - from : from - to;
    int64_t end_ns = steps->stage_start_ns + stage->duration_ns;
    return end_ns - (int64_t)((br_u128)(uint64_t)stage->duration_ns * left / span);
}

bool plan_vu_steps_next(struct plan_vu_steps *steps, int64_t *out_at_ns)
{
    const struct plan_scenario *scenario = steps->scenario;
    if (scenario->executor != PLAN_RAMPING_VUS)
        return false;
    while (steps->stage < scenario->stage_count) {
        const struct plan_stage *stage = &scenario->stages[steps->stage];
        if (steps->vus != stage->target) {
            steps->vus += stage->target > steps->vus ? 1 : UINT64_MAX;
            *out_at_ns = plan_step_at(steps, stage);
            return true;
        }
        steps->stage++;
        steps->stage_start_ns += stage->duration_ns;
        steps->stage_from = stage->target;
    }
    return false;
}

/* ---- arrivals ---- */

static int64_t plan_arrival_constant(const struct plan_scenario *scenario, uint64_t k)
{
    uint64_t period_ns = (uint64_t)scenario->time_unit_ns / scenario->rate;
    br_u128 due_ns = (br_u128)period_ns * k;
    return due_ns < (br_u128)(uint64_t)scenario->duration_ns ? (int64_t)due_ns : INT64_MAX;
}

/* When the area from the stage's start reaches `area`: the positive root of
 * (b - a) / (2 D) t^2 + a t = area, in the form that cancels nothing. */
static int64_t plan_ramp_at(uint64_t from, const struct plan_stage *stage, long double area,
                            long double unit_ns)
{
    long double a = (long double)from, b = (long double)stage->target;
    long double duration_ns = (long double)stage->duration_ns;
    long double under = a * a + 2.0L * (b - a) * area * unit_ns / duration_ns;
    long double at_ns = 2.0L * area * unit_ns / (a + sqrtl(under > 0.0L ? under : 0.0L));
    at_ns = floorl(at_ns + PLAN_HAIR);
    return at_ns < duration_ns ? (int64_t)at_ns : stage->duration_ns;
}

static void plan_arrival_ramping(struct plan_arrivals *arrivals)
{
    const struct plan_scenario *scenario = arrivals->scenario;
    long double unit_ns = (long double)scenario->time_unit_ns;
    long double number = (long double)arrivals->k + 1.0L;
    for (; arrivals->stage < scenario->stage_count; arrivals->stage++) {
        const struct plan_stage *stage = &scenario->stages[arrivals->stage];
        long double rates = (long double)arrivals->stage_from + (long double)stage->target;
        long double area = (long double)stage->duration_ns * rates / 2.0L / unit_ns;
        if (number <= arrivals->done + area + PLAN_HAIR && area > 0.0L) {
            arrivals->due_ns =
                arrivals->stage_start_ns +
                plan_ramp_at(arrivals->stage_from, stage, number - arrivals->done, unit_ns);
            return;
        }
        arrivals->done += area;
        arrivals->stage_start_ns += stage->duration_ns;
        arrivals->stage_from = stage->target;
    }
    arrivals->due_ns = INT64_MAX;
}

static void plan_arrivals_find(struct plan_arrivals *arrivals)
{
    if (arrivals->scenario->executor == PLAN_CONSTANT_ARRIVAL_RATE)
        arrivals->due_ns = plan_arrival_constant(arrivals->scenario, arrivals->k);
    else
        plan_arrival_ramping(arrivals);
}

void plan_arrivals_init(struct plan_arrivals *arrivals, const struct plan_scenario *scenario,
                        uint64_t first, uint64_t stride)
{
    *arrivals = (struct plan_arrivals){
        .scenario = scenario, .k = first, .stride = stride, .stage_from = scenario->rate};
    plan_arrivals_find(arrivals);
}

void plan_arrivals_step(struct plan_arrivals *arrivals)
{
    MUST(arrivals->due_ns != INT64_MAX);
    arrivals->k += arrivals->stride;
    plan_arrivals_find(arrivals);
}

/* ---- needs ---- */

/* Changes of the numbers, to be sorted and added up. */
struct plan_change {
    int64_t at_ns;
    int64_t planned;
    int64_t unplanned;
};

struct plan_changes {
    struct plan_change *items;
    size_t count;
    size_t size;
};

static void plan_changes_put(struct plan_changes *changes, int64_t at_ns, int64_t planned,
                             int64_t unplanned)
{
    if (changes->count == changes->size) {
        changes->size = changes->size == 0 ? 16 : changes->size * 2;
        changes->items = mem_realloc(changes->items, changes->size * sizeof(changes->items[0]));
    }
    changes->items[changes->count++] = (struct plan_change){at_ns, planned, unplanned};
}

static int plan_change_compare(const void *a, const void *b)
{
    const struct plan_change *left = a, *right = b;
    return (left->at_ns > right->at_ns) - (left->at_ns < right->at_ns);
}

/* Adds them up and gives them back as needs. */
static struct plan_need *plan_changes_sum(struct plan_changes *changes, size_t *out_count)
{
    struct plan_need *needs = mem_zalloc(changes->count + 1, sizeof(*needs));
    size_t count = 0;
    int64_t planned = 0, unplanned = 0;
    if (changes->count > 0)
        qsort(changes->items, changes->count, sizeof(changes->items[0]), plan_change_compare);
    for (size_t i = 0; i < changes->count; i++) {
        planned += changes->items[i].planned;
        unplanned += changes->items[i].unplanned;
        if (i + 1 < changes->count && changes->items[i + 1].at_ns == changes->items[i].at_ns)
            continue;
        struct plan_need need = {changes->items[i].at_ns, (uint64_t)planned, (uint64_t)unplanned};
        bool same = count > 0 && needs[count - 1].planned == need.planned &&
                    needs[count - 1].unplanned == need.unplanned;
        if (!same)
            needs[count++] = need;
    }
    mem_free(changes->items);
    *out_count = count;
    return needs;
}

/* A VU that was told to stop is held back for its gracefulRampDown, but not beyond the end. */
static void plan_ramping_needs(const struct plan_scenario *scenario, struct plan_changes *changes)
{
    int64_t last_ns = scenario->duration_ns + scenario->graceful_stop_ns;
    /* Until when index v is held back; -1: it is in use, INT64_MIN: it never was. */
    int64_t *held_ns = mem_alloc((size_t)scenario->vus_max * sizeof(*held_ns));
    struct plan_vu_steps steps;
    int64_t at_ns;
    for (uint64_t v = 0; v < scenario->vus_max; v++)
        held_ns[v] = v < scenario->vus ? -1 : INT64_MIN;
    plan_changes_put(changes, 0, (int64_t)scenario->vus, 0);
    plan_vu_steps_init(&steps, scenario);
    for (uint64_t before = steps.vus; plan_vu_steps_next(&steps, &at_ns); before = steps.vus) {
        if (steps.vus < before) {
            int64_t until_ns = at_ns + scenario->graceful_ramp_down_ns;
            held_ns[before - 1] = until_ns < last_ns ? until_ns : last_ns;
            continue;
        }
        if (held_ns[steps.vus - 1] < at_ns) {
            if (held_ns[steps.vus - 1] != INT64_MIN)
                plan_changes_put(changes, held_ns[steps.vus - 1], -1, 0);
            plan_changes_put(changes, at_ns, 1, 0);
        }
        held_ns[steps.vus - 1] = -1;
    }
    for (uint64_t v = 0; v < scenario->vus_max; v++) {
        if (held_ns[v] != INT64_MIN)
            plan_changes_put(changes, held_ns[v] < 0 ? last_ns : held_ns[v], -1, 0);
    }
    mem_free(held_ns);
}

struct plan_need *plan_scenario_needs(const struct plan_scenario *scenario, size_t *out_count)
{
    struct plan_changes changes = {0};
    bool is_arrivals = scenario->executor == PLAN_CONSTANT_ARRIVAL_RATE ||
                       scenario->executor == PLAN_RAMPING_ARRIVAL_RATE;
    if (scenario->executor == PLAN_RAMPING_VUS) {
        plan_ramping_needs(scenario, &changes);
        return plan_changes_sum(&changes, out_count);
    }
    int64_t planned = (int64_t)(is_arrivals ? scenario->vus : scenario->vus_max);
    int64_t unplanned = (int64_t)scenario->vus_max - planned;
    plan_changes_put(&changes, 0, planned, unplanned);
    if (scenario->duration_ns != INT64_MAX)
        plan_changes_put(&changes, scenario->duration_ns + scenario->graceful_stop_ns, -planned,
                         -unplanned);
    return plan_changes_sum(&changes, out_count);
}

/* Those of a scenario, its part of that cut, at their places in the test. */
static void plan_changes_add(struct plan_changes *changes, const struct plan_scenario *scenario,
                             struct plan_cut cut)
{
    size_t count;
    struct plan_need *needs = plan_scenario_needs(scenario, &count);
    int64_t planned = 0, unplanned = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t all = (int64_t)plan_cut_share(cut, needs[i].planned + needs[i].unplanned);
        int64_t sure = (int64_t)plan_cut_share(cut, needs[i].planned);
        plan_changes_put(changes, scenario->start_ns + needs[i].at_ns, sure - planned,
                         all - sure - unplanned);
        planned = sure;
        unplanned = all - sure;
    }
    plan_needs_destroy(&needs);
}

struct plan_need *plan_scenarios_needs(const struct plan_scenarios *scenarios, size_t *out_count)
{
    struct plan_changes changes = {0};
    for (size_t i = 0; i < scenarios->count; i++)
        plan_changes_add(&changes, &scenarios->items[i], (struct plan_cut){0, 1});
    return plan_changes_sum(&changes, out_count);
}

void plan_needs_destroy(struct plan_need **needs)
{
    mem_free(*needs);
    *needs = NULL;
}

void plan_scenarios_require(const struct plan_scenarios *scenarios,
                            struct plan_requirements *out_requirements)
{
    struct plan_requirements requirements = {0};
    size_t count;
    struct plan_need *needs = plan_scenarios_needs(scenarios, &count);
    for (size_t i = 0; i < count; i++) {
        if (needs[i].planned > requirements.vus_planned)
            requirements.vus_planned = needs[i].planned;
        if (needs[i].planned + needs[i].unplanned > requirements.vus_max)
            requirements.vus_max = needs[i].planned + needs[i].unplanned;
        requirements.duration_ns = needs[i].at_ns;
    }
    if (count > 0 && needs[count - 1].planned > 0)
        requirements.duration_ns = INT64_MAX;
    plan_needs_destroy(&needs);
    *out_requirements = requirements;
}

/* ---- shards ---- */

uint64_t plan_cut_share(struct plan_cut cut, uint64_t total)
{
    if (cut.count == 0 || total <= cut.index)
        return 0;
    return (total - cut.index - 1) / cut.count + 1;
}

/* The most VUs planned at a time on a shard, for the first `count` scenarios. */
static uint64_t plan_deal_peak(const struct plan_deal *deal, const struct plan_scenarios *scenarios,
                               size_t count, int shard)
{
    struct plan_changes changes = {0};
    uint64_t peak = 0;
    size_t need_count;
    for (size_t i = 0; i < count; i++)
        plan_changes_add(&changes, &scenarios->items[i],
                         deal->cuts[i * (size_t)deal->shards + (size_t)shard]);
    struct plan_need *needs = plan_changes_sum(&changes, &need_count);
    for (size_t i = 0; i < need_count; i++)
        peak = needs[i].planned > peak ? needs[i].planned : peak;
    plan_needs_destroy(&needs);
    return peak;
}

/* A small scenario goes where it makes the pool grow least; of such shards to the emptiest. */
static void plan_deal_place(struct plan_deal *deal, const struct plan_scenarios *scenarios,
                            size_t at)
{
    struct plan_cut *cuts = &deal->cuts[at * (size_t)deal->shards];
    uint64_t best_grows = UINT64_MAX, best_peak = UINT64_MAX;
    int best = 0;
    for (int s = 0; s < deal->shards && deal->shards > 1; s++) {
        uint64_t before = plan_deal_peak(deal, scenarios, at, s);
        cuts[s] = (struct plan_cut){0, 1};
        uint64_t peak = plan_deal_peak(deal, scenarios, at + 1, s);
        cuts[s] = (struct plan_cut){0, 0};
        if (peak - before < best_grows || (peak - before == best_grows && peak < best_peak)) {
            best_grows = peak - before;
            best_peak = peak;
            best = s;
        }
    }
    cuts[best] = (struct plan_cut){0, 1};
}

struct plan_deal *plan_deal_create(const struct plan_scenarios *scenarios, int shards)
{
    MUST(shards >= 1);
    struct plan_deal *deal = MEM_NEW(struct plan_deal);
    deal->shards = shards;
    deal->cuts = mem_zalloc(scenarios->count * (size_t)shards, sizeof(deal->cuts[0]));
    deal->pools = mem_zalloc((size_t)shards, sizeof(deal->pools[0]));
    for (size_t i = 0; i < scenarios->count; i++) {
        if (shards == 1 || scenarios->items[i].vus_max < PLAN_SHARD_VUS_MIN) {
            plan_deal_place(deal, scenarios, i);
            continue;
        }
        for (int s = 0; s < shards; s++)
            deal->cuts[i * (size_t)shards + (size_t)s] =
                (struct plan_cut){(uint64_t)s, (uint64_t)shards};
    }
    for (int s = 0; s < shards; s++) {
        deal->pools[s] = plan_deal_peak(deal, scenarios, scenarios->count, s);
        deal->vus_planned += deal->pools[s];
    }
    return deal;
}

void plan_deal_destroy(struct plan_deal **deal)
{
    if (*deal == NULL)
        return;
    mem_free((*deal)->cuts);
    mem_free((*deal)->pools);
    mem_free(*deal);
    *deal = NULL;
}

uint64_t plan_deal_vu_id(const struct plan_deal *deal, int shard, uint64_t index)
{
    uint64_t id = 1;
    for (int s = 0; s < deal->shards; s++) {
        id += deal->pools[s] < index ? deal->pools[s] : index;
        if (s < shard && deal->pools[s] > index)
            id++;
    }
    return id;
}
