/* SPDX-License-Identifier: Apache-2.0
 *
 * setTimeout, setInterval, and the event loop that calls them.
 */
#ifndef BR_SCRIPT_SCRIPT_TIMER_H
#define BR_SCRIPT_SCRIPT_TIMER_H

#include "script/script_vu.h"

/* Defines the functions on an object (the globals, or the exports of k6/timers). */
void script_timer_define(JSContext *ctx, JSValueConst object);
void script_timer_clear_all(struct script_vu *vu);

/* An asynchronous call under way: settles a promise when it is completed. Embedded in its owner. */
struct script_async {
    struct list node;
    JSValue settle[2]; /* resolve, reject */
    /* In the event loop, with the promise's functions to call; frees its owner. */
    void (*finish)(struct script_vu *vu, struct script_async *async);
};

/* The promise to return; JS_EXCEPTION. */
JSValue script_async_begin(struct script_vu *vu, struct script_async *async);
/* From anywhere: `finish` is called in the event loop. */
void script_async_complete(struct script_vu *vu, struct script_async *async);
/* From finish: settles with a value (owned); rejects when `failed`. */
void script_async_settle(struct script_vu *vu, struct script_async *async, JSValue value,
                         bool failed);

#endif
