/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers: a hierarchical wheel, arm and disarm O(1), for time-outs by the hundred thousand. A timer
 * never fires early; it may fire up to WHEEL_TICK_NS late plus what the loop needs. Sends are not
 * paced by it (the pacer's due time is exact), time-outs and delays are.
 */
#ifndef BR_LOOP_WHEEL_H
#define BR_LOOP_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

enum {
    WHEEL_TICK_SHIFT = 16, /* a tick is 2^16 ns = 65.5 us */
    WHEEL_LEVELS = 8,      /* 64^8 ticks: every int64_t */
    WHEEL_SLOTS = 64,
};
#define WHEEL_TICK_NS (INT64_C(1) << WHEEL_TICK_SHIFT)

struct wheel_timer;

typedef void wheel_fire_fn(struct wheel_timer *timer, void *context);

/* Lives inside its owner; not armed when zeroed with wheel_timer_init. */
struct wheel_timer {
    struct list node;
    int64_t due_ns;
    wheel_fire_fn *fire;
    void *context;
    uint8_t level; /* WHEEL_LEVELS while it is on wheel.due */
    uint8_t slot;
};

struct wheel {
    uint64_t now_tick;           /* everything before it has fired */
    size_t count;                /* armed, those on `due` included */
    struct list due;             /* collected, about to fire */
    uint64_t used[WHEEL_LEVELS]; /* a bit for each slot that holds timers */
    struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, int64_t now_ns);
/* No timer may be armed any more. */
void wheel_fini(struct wheel *wheel);

void wheel_timer_init(struct wheel_timer *timer, wheel_fire_fn *fire, void *context);
bool wheel_timer_is_armed(const struct wheel_timer *timer);
/* Arms or moves. A due time in the past fires at the next wheel_advance. */
void wheel_arm(struct wheel *wheel, struct wheel_timer *timer, int64_t due_ns);
/* Disarming one that is not armed does nothing. */
void wheel_disarm(struct wheel *wheel, struct wheel_timer *timer);

/* Fires what is due at now_ns, in order of due time to a tick; timers may arm and disarm others
 * and themselves while firing. Returns how many fired. */
size_t wheel_advance(struct wheel *wheel, int64_t now_ns);
/* The two halves of wheel_advance, for whoever must look at something else between two timers:
 * collect what is due, then fire one at a time until false. Disarming a collected timer works. */
void wheel_collect(struct wheel *wheel, int64_t now_ns);
bool wheel_fire_next(struct wheel *wheel);
/* A time not later than when the next timer must be looked at; INT64_MAX when none is armed. */
int64_t wheel_next_ns(const struct wheel *wheel);

/* Walks everything (MUST_SLOW). */
bool wheel_validate(const struct wheel *wheel);

#endif
