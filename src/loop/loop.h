/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread's heart. A turn: sleep until a socket, a timer, an alarm or a wake; handle what became
 * ready; fire timers; fire alarms; run the turn hook. Nothing here is shared between threads but
 * loop_wake: to stop a loop from outside, leave it a message, wake it, and let its turn hook call
 * loop_stop.
 *
 * Two kinds of time: timers (wheel.h) for time-outs, late by a tick; alarms for sends, which must
 * be on time. The loop sleeps until shortly before the earliest alarm and polls without sleeping
 * for the rest (perf.md 3), unless told to be economical. While it handles a long batch of ready
 * sockets it looks at the alarms between any two of them, by the latest time anybody asked for: a
 * handler that calls loop_now after its receive keeps the sends on time.
 *
 * After a stop of the machine timers wait until what lies in the sockets was handled: a reply that
 * was there is no time-out.
 *
 * All structs are the owner's storage; the loop never allocates after loop_init.
 */
#ifndef BR_LOOP_LOOP_H
#define BR_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "loop/poller.h"
#include "loop/wheel.h"

struct loop;
struct loop_watch;
struct loop_alarm;

typedef void loop_watch_fn(struct loop_watch *watch, unsigned events);
typedef void loop_alarm_fn(struct loop_alarm *alarm, int64_t now_ns);
typedef void loop_hook_fn(void *context);

/* Whoever has a socket embeds one; its address is the poller's tag. */
struct loop_watch {
    loop_watch_fn *ready;
    int fd;
    unsigned events; /* what is registered */
};

/* An exact point in time. Embedded in its owner; a loop has few of them (one a scenario). */
struct loop_alarm {
    int64_t due_ns;  /* INT64_MAX: not set */
    bool after_rows; /* may wait until what was ready has been handled */
    loop_alarm_fn *fire;
    void *context;
    struct loop_alarm *next;
};

enum loop_wait_mode {
    LOOP_WAIT_ECO,  /* sleeps for all but the last 5 us: some 10-50 us late, no CPU burnt */
    LOOP_WAIT_SPIN, /* sleeps until `spin_ns` before the due time and polls from there */
};

enum { LOOP_ROWS = 256 };

/* Where the thread's time went; the owner reads and differences it. Busy is what is left of the
 * wall time. */
struct loop_account {
    uint64_t turns;
    uint64_t sleeps; /* waits that were not mere polls */
    int64_t idle_ns; /* asleep or spinning with nothing to do */
    int64_t spin_ns; /* the part of idle that burnt CPU */
};

/* How much later than asked the machine wakes us: measured once by loop_set_wait, then followed by
 * each sleep that ran its full length. */
struct loop_overshoot {
    int64_t low_ns;  /* the 5th percentile: so much earlier an ECO loop goes to bed */
    int64_t high_ns; /* the 99th: so much before an alarm a SPIN loop begins to poll */
};

struct loop {
    struct poller *poller;
    struct wheel wheel;
    struct loop_alarm *alarms; /* unsorted; see above */
    int64_t alarm_next_ns;     /* the earliest of them */
    int64_t now_ns;            /* the latest answer of loop_now; for comparisons only */
    enum loop_wait_mode wait_mode;
    bool spin_is_fixed; /* spin_ns was given, not measured */
    int64_t spin_ns;
    struct loop_overshoot overshoot;
    struct loop_account account;
    loop_hook_fn *turn_hook; /* once a turn, after everything else; may be NULL */
    void *turn_hook_context;
    bool stopping;
    struct loop_alarm *alarm_cursor; /* the next to look at while alarms fire */
    int full_turns;                  /* so often in a row late timers waited for sockets */
    int row_next;                    /* the current batch: */
    int row_count;
    struct poller_ready rows[LOOP_ROWS];
};

BR_NODISCARD enum br_err loop_init(struct loop *loop, struct diag *diag);
void loop_fini(struct loop *loop);

/* How to wait for alarms; on the loop's thread. spin_ns 0 in SPIN mode: measure the overshoot of a
 * sleep now (some 5 ms), use its 99th percentile, 5 to 200 us, and follow it as it changes. A loop
 * that was never told is in ECO mode and learns as it sleeps. */
void loop_set_wait(struct loop *loop, enum loop_wait_mode mode, int64_t spin_ns);

/* The clock, asked now. */
int64_t loop_now(struct loop *loop);

/* Turns until loop_stop. Sets the thread's timer slack to 1 ns. */
void loop_run(struct loop *loop);
/* One turn, sleeping at most until `until_ns`. */
void loop_turn(struct loop *loop, int64_t until_ns);
/* From the loop's own thread: the current turn is the last. */
void loop_stop(struct loop *loop);
/* From any thread: a turn happens soon (the turn hook looks at the mailboxes). */
void loop_wake(struct loop *loop);

BR_NODISCARD enum br_err loop_watch_add(struct loop *loop, struct loop_watch *watch, int fd,
                                        unsigned events, loop_watch_fn *ready);
void loop_watch_change(struct loop *loop, struct loop_watch *watch, unsigned events);
/* Before the fd is closed. Rows of the current batch that name this watch are dropped, so that its
 * owner may be freed at once. */
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);

void loop_alarm_init(struct loop *loop, struct loop_alarm *alarm, loop_alarm_fn *fire,
                     void *context);
/* INT64_MAX clears it. An alarm that fires is cleared first and may set itself again; one set to
 * the past fires in the next turn (or between the next two rows), so that a schedule that has
 * fallen behind starves no socket: catch up in batches. */
void loop_alarm_set(struct loop *loop, struct loop_alarm *alarm, int64_t due_ns);
void loop_alarm_fini(struct loop *loop, struct loop_alarm *alarm);

#endif
