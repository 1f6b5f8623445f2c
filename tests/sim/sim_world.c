/* SPDX-License-Identifier: Apache-2.0
 *
 * Time, events, chance and the record of all that happened; the clock's twin.
 */
#include "sim_world.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "sys/clock.h"

struct sim_world sim;

/* Begin and end */

static void sim_default(int64_t *value, int64_t standard)
{
    if (*value == 0)
        *value = standard;
}

static void sim_fill_link(struct sim_link *link)
{
    sim_default(&link->latency_ns, 20000);
    if (link->window_size == 0)
        link->window_size = 256 * 1024;
    if (link->segment_size == 0)
        link->segment_size = 64 * 1024;
}

static void sim_fill_options(struct sim_options *options)
{
    sim_default(&options->start_ns, 1000 * CLOCK_NS_PER_SEC);
    sim_default(&options->limit_ns, 400 * 86400 * CLOCK_NS_PER_SEC);
    sim_default(&options->cost.clock_ns, 20);
    sim_default(&options->cost.call_ns, 1000);
    sim_default(&options->cost.poll_ns, 500);
    if (options->descriptors == 0)
        options->descriptors = 20000;
    if (options->port_high == 0) {
        options->port_low = 32768;
        options->port_high = 60999;
    }
    if (options->cpus == 0)
        options->cpus = 4;
    if (options->memory == 0)
        options->memory = UINT64_C(4) << 30;
    sim_fill_link(&options->link);
}

void sim_begin(const struct sim_options *options)
{
    MUST(!sim.is_on);
    memset(&sim, 0, sizeof(sim));
    if (options != NULL)
        sim.options = *options;
    sim_fill_options(&sim.options);
    sim.is_on = true;
    sim.now_ns = sim.options.start_ns;
    sim.end_ns = sim.now_ns + sim.options.limit_ns;
    sim.wall_ns = INT64_C(1700000000) * CLOCK_NS_PER_SEC;
    sim.hash = rng_mix(sim.options.seed + 1);
    rng_init(&sim.rng, rng_mix(sim.options.seed));
    sim_threads_begin();
    sim_net_begin();
}

uint64_t sim_end(void)
{
    MUST(sim.is_on);
    sim_net_end();
    sim_signal_end();
    sim_events_drop();
    sim_threads_end();
    sim.is_on = false;
    return sim.hash;
}

uint64_t sim_hash(void)
{
    return sim.hash;
}

/* Chance and record */

int64_t sim_upto(int64_t most)
{
    return most <= 0 ? 0 : (int64_t)rng_below(&sim.rng, (uint64_t)most + 1);
}

bool sim_odds(double odds)
{
    return odds > 0.0 && rng_double(&sim.rng) < odds;
}

void sim_note(const char *what, uint64_t a, uint64_t b)
{
    sim.hash = rng_mix(sim.hash ^ rng_mix((uint64_t)sim.now_ns));
    sim.hash = rng_mix(sim.hash ^ (uint64_t)(unsigned char)what[0] ^ (a << 8) ^ (b << 32));
    if (sim.options.trace != NULL)
        (void)fprintf(sim.options.trace, "%14.6f ms  %-8s %" PRIu64 " %" PRIu64 "\n",
                      (double)(sim.now_ns - sim.options.start_ns) / 1e6, what, a, b);
}

void sim_note_bytes(const char *what, uint64_t id, struct bytes bytes)
{
    uint64_t hash = bytes.len;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    sim.hash = rng_mix(sim.hash ^ hash);
    sim_note(what, id, bytes.len);
}

/* Events: a heap by time and number. */

static bool sim_event_precedes(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->number < b->number;
}

static void sim_heap_put(size_t place, struct sim_event *event)
{
    sim.heap[place - 1] = event;
    event->place = place;
}

static void sim_heap_rise(size_t place, struct sim_event *event)
{
    while (place > 1 && sim_event_precedes(event, sim.heap[place / 2 - 1])) {
        sim_heap_put(place, sim.heap[place / 2 - 1]);
        place /= 2;
    }
    sim_heap_put(place, event);
}

static void sim_heap_sink(size_t place, struct sim_event *event)
{
    for (size_t child; (child = place * 2) <= sim.heap_count; place = child) {
        if (child < sim.heap_count && sim_event_precedes(sim.heap[child], sim.heap[child - 1]))
            child++;
        if (!sim_event_precedes(sim.heap[child - 1], event))
            break;
        sim_heap_put(place, sim.heap[child - 1]);
    }
    sim_heap_put(place, event);
}

void sim_event_set(struct sim_event *event, int64_t at_ns, sim_fn *run, void *context)
{
    sim_event_clear(event);
    event->at_ns = at_ns < sim.now_ns ? sim.now_ns : at_ns;
    event->number = sim.events++;
    event->run = run;
    event->context = context;
    if (sim.heap_count == sim.heap_size) {
        sim.heap_size = sim.heap_size == 0 ? 64 : sim.heap_size * 2;
        sim.heap = mem_realloc(sim.heap, sim.heap_size * sizeof(struct sim_event *));
    }
    sim_heap_rise(++sim.heap_count, event);
    if (event->at_ns < sim.horizon_ns)
        sim.horizon_ns = event->at_ns;
}

void sim_event_clear(struct sim_event *event)
{
    size_t place = event->place;
    if (place == 0)
        return;
    struct sim_event *last = sim.heap[--sim.heap_count];
    event->place = 0;
    if (last == event)
        return;
    if (place > 1 && sim_event_precedes(last, sim.heap[place / 2 - 1]))
        sim_heap_rise(place, last);
    else
        sim_heap_sink(place, last);
}

struct sim_event *sim_event_pop(void)
{
    struct sim_event *event = sim.heap[0];
    sim_event_clear(event);
    return event;
}

int64_t sim_event_next_ns(void)
{
    return sim.heap_count == 0 ? INT64_MAX : sim.heap[0]->at_ns;
}

/* Events of sim_at own themselves; all others live in what the world has torn down before. */
struct sim_call {
    struct sim_event event;
    sim_fn *fn;
    void *context;
};

static void sim_call_run(void *context)
{
    struct sim_call call = *(struct sim_call *)context;
    mem_free(context);
    call.fn(call.context);
}

void sim_at(int64_t at_ns, sim_fn *fn, void *context)
{
    struct sim_call *call = MEM_NEW(struct sim_call);
    call->fn = fn;
    call->context = context;
    sim_event_set(&call->event, at_ns, sim_call_run, call);
}

void sim_events_drop(void)
{
    while (sim.heap_count > 0) {
        struct sim_event *event = sim_event_pop();
        if (event->run == sim_call_run)
            mem_free(event->context);
    }
    mem_free(sim.heap);
    sim.heap = NULL;
    sim.heap_size = 0;
}

/* Time */

int64_t sim_now_ns(void)
{
    return sim.now_ns;
}

void sim_enter(int64_t cost_ns)
{
    MUST(sim.is_on);
    MUST(!sim.in_event);
    sim.now_ns += cost_ns < 1 ? 1 : cost_ns;
    if (sim.now_ns >= sim.stall_ns && sim.now_ns < sim.stall_end_ns)
        sim.now_ns = sim.stall_end_ns;
    if (sim.now_ns >= sim.horizon_ns)
        sim_thread_pass();
}

void sim_spend(int64_t ns)
{
    sim_enter(ns);
}

void sim_sleep(int64_t ns)
{
    (void)sim_thread_wait(sim.now_ns + ns);
}

void sim_stall_at(int64_t at_ns, int64_t for_ns)
{
    sim.stall_ns = at_ns;
    sim.stall_end_ns = at_ns + for_ns;
}

void sim_step_wall(int64_t by_ns)
{
    sim.wall_ns += by_ns;
}

int64_t clock_now_ns(void)
{
    sim_enter(sim.options.cost.clock_ns);
    return sim.now_ns;
}

int64_t clock_wall_ns(void)
{
    sim_enter(sim.options.cost.clock_ns);
    return sim.now_ns + sim.wall_ns;
}

int64_t clock_thread_cpu_ns(void)
{
    sim_enter(sim.options.cost.clock_ns);
    return sim_thread_cpu_ns();
}

void clock_process_cpu_ns(int64_t *out_user_ns, int64_t *out_system_ns)
{
    sim_enter(sim.options.cost.clock_ns);
    *out_user_ns = sim_process_cpu_ns();
    *out_system_ns = 0;
}
