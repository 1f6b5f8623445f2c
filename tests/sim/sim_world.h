/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the simulated world: time, events, threads. Whatever happens is an event (it runs at its
 * time, between threads) or a thread going on; whoever is earliest is next, events before threads,
 * older ones before younger ones.
 */
#ifndef BR_TESTS_SIM_WORLD_H
#define BR_TESTS_SIM_WORLD_H

#include "base/rng.h"
#include "loop/fiber.h"
#include "sim.h"

/* Lives in its owner. */
struct sim_event {
    int64_t at_ns;
    uint64_t number; /* events of one time run in the order in which they were set */
    size_t place;    /* in the heap, from 1; 0: not set */
    sim_fn *run;
    void *context;
};

enum sim_thread_state { SIM_RUNNING, SIM_READY, SIM_WAITING, SIM_DONE };

struct sim_thread; /* sim_thread.c */

struct sim_world {
    bool is_on;
    bool in_event; /* an event runs, no thread does */
    struct sim_options options;
    int64_t now_ns;     /* of whoever acts: the running thread or event */
    int64_t horizon_ns; /* nothing else happens before */
    int64_t wall_ns;    /* wall clock less now_ns */
    int64_t end_ns;
    int64_t stall_ns, stall_end_ns;
    uint64_t hash;
    struct rng rng;
    struct sim_event **heap;
    size_t heap_count, heap_size;
    uint64_t events;
};

extern struct sim_world sim;

/* Time and order */

/* The running thread takes so long (at least 1 ns) and whatever is due before it happens. */
void sim_enter(int64_t cost_ns);
void sim_event_set(struct sim_event *event, int64_t at_ns, sim_fn *run, void *context);
void sim_event_clear(struct sim_event *event);
struct sim_event *sim_event_pop(void);
int64_t sim_event_next_ns(void);
void sim_events_drop(void);
/* Uniform in [0, most]. */
int64_t sim_upto(int64_t most);
bool sim_odds(double odds);
/* Notes what happened, for the hash and the trace. */
void sim_note(const char *what, uint64_t a, uint64_t b);
void sim_note_bytes(const char *what, uint64_t id, struct bytes bytes);

/* Threads */

void sim_threads_begin(void);
void sim_threads_end(void);
struct sim_thread *sim_thread_current(void);
/* The running thread waits until then or until sim_thread_wake; true when the time came. */
bool sim_thread_wait(int64_t until_ns);
void sim_thread_wake(struct sim_thread *thread);
/* Lets whoever is earlier go first. */
void sim_thread_pass(void);
int64_t sim_thread_cpu_ns(void);
int64_t sim_process_cpu_ns(void);

/* The rest of the world, torn down by sim_end */

void sim_net_begin(void);
void sim_net_end(void);
void sim_signal_end(void);

#endif
