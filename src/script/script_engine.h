/* SPDX-License-Identifier: Apache-2.0
 *
 * One JavaScript world: a QuickJS runtime and context with a heap of its own and a cap on it. A VU
 * owns one; so does each transient stage (the first look at a script, setup, teardown, summary).
 * Used by one thread, on one stack at a time.
 */
#ifndef BR_SCRIPT_SCRIPT_ENGINE_H
#define BR_SCRIPT_SCRIPT_ENGINE_H

#include <quickjs/quickjs.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "script/script_heap.h"

struct script_engine {
    JSRuntime *runtime;
    JSContext *ctx;
    struct script_heap heap;
    /* Called now and then while JavaScript runs; NULL: nobody wants to know. */
    void (*on_running)(void *context);
    void *context;
    bool interrupted; /* everything that runs or waits has to end: no catch stops it */
};

enum { SCRIPT_MEMORY_MAX = 1 << 30 };

/* memory_max: bytes of JavaScript's heap; stack_size: of the stack it runs on, below its end. */
void script_engine_init(struct script_engine *engine, size_t memory_max, size_t stack_size);
void script_engine_fini(struct script_engine *engine);
/* On entry to the stack it runs on. */
void script_engine_enter(struct script_engine *engine);

/* Throws the exception of an interrupted engine; JS_EXCEPTION. */
JSValue script_engine_throw_interrupted(JSContext *ctx);

/* The pending exception as k6 words it ("Error: text" and the stack below), appended (at most 128
 * KiB); clears it. */
void script_engine_describe(JSContext *ctx, struct buf *out);
/* The same of a value that was thrown; borrowed. */
void script_engine_describe_value(JSContext *ctx, JSValueConst value, struct buf *out);

#endif
