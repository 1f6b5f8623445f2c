/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated world: a link-time twin of what calls the system (src/sys, loop/poller_epoll.c).
 * Clock, sockets, poller, threads, signals and limits are played by one real thread, in virtual
 * time, from a seed: pacers, executors, time-outs, sinks and whole runs can be tested in it with
 * faults, and an hour takes a moment. The same seed gives the same world to the byte (sim_hash).
 *
 * How time goes. Each simulated thread has a clock of its own. It stands still but for what calls
 * cost (struct sim_cost) and for waiting in poller_wait; no call is free, so a loop that polls gets
 * ahead. At each call whoever is earliest in the whole world goes on first, so that causes precede
 * effects to the nanosecond. When nothing can ever happen again, the world stops the test with a
 * sentence.
 *
 * What it is. Threads are coroutines. The network is pairs of byte queues with latency, jitter,
 * bandwidth, a window, short sends and short receives; listeners have backlogs; local ports and
 * descriptors run out. Whoever speaks on the other end is either code of ours on the same seams (a
 * server in a second thread, or in the same loop) or a scripted peer (sim_peer.h). Files are real.
 * Names are not resolved: use addresses. Acknowledgements take no time and no packet is lost, but
 * a black hole holds back what is sent into it.
 *
 * How to use it. sim_begin, then write the test as if for the real world, in the calling thread or
 * in threads by thread_start; sim_end. Check in the first thread only: a failed check jumps, and
 * must not jump between stacks. Tests are listed in meson by `sim_tests += {'sim_...': files()}`.
 */
#ifndef BR_TESTS_SIM_H
#define BR_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sys/sock.h"

/* How bytes travel to and from an address. */
struct sim_link {
    int64_t latency_ns;     /* one way */
    int64_t jitter_ns;      /* up to so much more, anew for each segment; order is kept */
    int64_t bytes_per_sec;  /* in each direction of a connection; 0: unlimited */
    size_t window_size;     /* sent and not yet read; beyond it a send would block */
    size_t segment_size;    /* larger sends travel (and may be read) in pieces */
    double short_send_odds; /* that a send takes less than it could */
    double short_recv_odds; /* that a receive gives less than it could */
};

/* What the simulated machine takes for things, as time of the calling thread. */
struct sim_cost {
    int64_t clock_ns;     /* clock_now_ns */
    int64_t call_ns;      /* any call of a socket */
    int64_t byte_ns_1024; /* 1024 bytes sent or received */
    int64_t poll_ns;      /* poller_wait, before it waits */
    int64_t wake_ns;      /* from an event until the thread that waited for it runs */
    int64_t overshoot_ns; /* a sleep ends up to so much late, by seed */
};

/* All of it may be zero: each zero is replaced by a default (sim_begin says which). */
struct sim_options {
    uint64_t seed;
    int64_t start_ns; /* clock_now_ns at the beginning; 1,000 s */
    int64_t limit_ns; /* so long after it the world stops the test; 400 days */
    struct sim_cost cost;
    struct sim_link link; /* to all addresses without one of their own */
    unsigned descriptors; /* at most open at once; 20,000 */
    unsigned port_low;    /* local ports; 32768 to 60999 */
    unsigned port_high;
    int64_t time_wait_ns; /* a port stays taken after its connection was closed from here; 0 */
    int cpus;             /* cpu_count_allowed; 4 */
    uint64_t memory;      /* limit_memory_available; 4 GiB */
    FILE *trace;          /* a line for all that happens; NULL: none */
};

typedef void sim_fn(void *context);

/* The calling thread becomes the world's first one. NULL: all defaults. */
void sim_begin(const struct sim_options *options);
/* All threads must be joined. Whatever else is left is thrown away; the hash of all that happened
 * (what arrived where and when, to the byte). */
uint64_t sim_end(void);
uint64_t sim_hash(void);

/* The clock without the cost of asking. */
int64_t sim_now_ns(void);
/* The calling thread computes for so long. */
void sim_spend(int64_t ns);
/* The calling thread sleeps for so long. */
void sim_sleep(int64_t ns);
/* Calls fn at that time, outside all threads: it must not wait, and not use sockets (peers may). */
void sim_at(int64_t at_ns, sim_fn *fn, void *context);
/* All threads stand still from then for so long, as when a hypervisor takes the CPUs away; the
 * network goes on. The last one asked for counts. */
void sim_stall_at(int64_t at_ns, int64_t for_ns);
/* Moves the wall clock. */
void sim_step_wall(int64_t by_ns);
/* Signals (signal.h: enum signal_kind) for whoever has them open. */
void sim_raise(unsigned kinds);

/* Network, from now on. `to` is the listener's address; bytes already under way stay as they are.
 */
enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_REFUSE,      /* nobody listens */
    SIM_FAULT_UNREACHABLE, /* no route: connect fails at once */
    SIM_FAULT_BLACK_HOLE,  /* nothing arrives in either direction until it is lifted */
};
void sim_set_link(const struct sock_addr *to, const struct sim_link *link);
void sim_set_fault(const struct sock_addr *to, enum sim_fault fault);
/* Resets all connections to that address, as a firewall that lost its state. */
void sim_reset_all(const struct sock_addr *to);
/* At most so many descriptors from now on (those open stay open). */
void sim_set_descriptors(unsigned count);

/* What is open now; connections include those under way to being forgotten. */
size_t sim_open_descriptors(void);
size_t sim_open_connections(void);

#endif
