/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers fire in the loop and wait in the VU's list until no code of the script is on the stack.
 */
#include "script/script_timer.h"

#include <math.h>

#include "base/mem.h"
#include "base/must.h"

struct script_timer {
    struct list node; /* in vu->timers or vu->due */
    struct wheel_timer wheel;
    struct script_vu *vu;
    uint32_t id;
    int64_t interval_ns; /* 0: once */
    JSValue function;
    JSValue args[4];
    int arg_count;
};

/* ---- the functions ---- */

static void timer_on_fire(struct wheel_timer *wheel BR_UNUSED, void *context)
{
    struct script_timer *timer = context;
    list_remove(&timer->node);
    list_push_tail(&timer->vu->due, &timer->node);
    if (timer->vu->in_event_loop)
        script_vu_resume(timer->vu);
}

static void timer_destroy(struct script_timer *timer)
{
    JSContext *ctx = timer->vu->engine.ctx;
    wheel_disarm(&timer->vu->shard->loop->wheel, &timer->wheel);
    list_remove(&timer->node);
    JS_FreeValue(ctx, timer->function);
    for (int i = 0; i < timer->arg_count; i++)
        JS_FreeValue(ctx, timer->args[i]);
    mem_free(timer);
}

static JSValue timer_set(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                         JSValueConst *argv, int repeats)
{
    struct script_vu *vu = script_vu_of(ctx);
    double ms = 0.0;
    if (argc < 1 || !JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "%s() needs a function",
                                 repeats ? "setInterval" : "setTimeout");
    if (argc > 1 && JS_ToFloat64(ctx, &ms, argv[1]) < 0)
        return JS_EXCEPTION;
    if (!(ms >= 0.0))
        ms = 0.0;
    if (ms > 1e12)
        ms = 1e12;
    struct script_timer *timer = MEM_NEW(struct script_timer);
    timer->vu = vu;
    timer->id = ++vu->timer_next_id;
    timer->function = JS_DupValue(ctx, argv[0]);
    for (int i = 2; i < argc && timer->arg_count < 4; i++)
        timer->args[timer->arg_count++] = JS_DupValue(ctx, argv[i]);
    int64_t delay_ns = (int64_t)(ms * 1e6);
    timer->interval_ns = repeats ? (delay_ns > 1000000 ? delay_ns : 1000000) : 0;
    wheel_timer_init(&timer->wheel, timer_on_fire, timer);
    wheel_arm(&vu->shard->loop->wheel, &timer->wheel, loop_now(vu->shard->loop) + delay_ns);
    list_push_tail(&vu->timers, &timer->node);
    return JS_NewUint32(ctx, timer->id);
}

static struct script_timer *timer_find(struct list *list, uint32_t id)
{
    for (struct list *node = list->next; node != list; node = node->next) {
        struct script_timer *timer = BR_CONTAINER(node, struct script_timer, node);
        if (timer->id == id)
            return timer;
    }
    return NULL;
}

static JSValue timer_clear(JSContext *ctx, JSValueConst this_value BR_UNUSED, int argc,
                           JSValueConst *argv)
{
    struct script_vu *vu = script_vu_of(ctx);
    uint32_t id = 0;
    if (argc > 0 && JS_IsNumber(argv[0]) && JS_ToUint32(ctx, &id, argv[0]) < 0)
        return JS_EXCEPTION;
    struct script_timer *timer = timer_find(&vu->timers, id);
    if (timer == NULL)
        timer = timer_find(&vu->due, id);
    if (timer != NULL)
        timer_destroy(timer);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry timer_functions[] = {
    JS_CFUNC_MAGIC_DEF("setTimeout", 2, timer_set, 0),
    JS_CFUNC_MAGIC_DEF("setInterval", 2, timer_set, 1),
    JS_CFUNC_DEF("clearTimeout", 1, timer_clear),
    JS_CFUNC_DEF("clearInterval", 1, timer_clear),
};

void script_timer_define(JSContext *ctx, JSValueConst object)
{
    JS_SetPropertyFunctionList(ctx, object, timer_functions,
                               sizeof(timer_functions) / sizeof(timer_functions[0]));
}

void script_timer_clear_all(struct script_vu *vu)
{
    while (!list_is_empty(&vu->timers))
        timer_destroy(BR_CONTAINER(vu->timers.next, struct script_timer, node));
    while (!list_is_empty(&vu->due))
        timer_destroy(BR_CONTAINER(vu->due.next, struct script_timer, node));
}

/* ---- asynchronous calls ---- */

JSValue script_async_begin(struct script_vu *vu, struct script_async *async)
{
    JSValue promise = JS_NewPromiseCapability(vu->engine.ctx, async->settle);
    if (!JS_IsException(promise))
        vu->pending++;
    return promise;
}

void script_async_complete(struct script_vu *vu, struct script_async *async)
{
    list_push_tail(&vu->completed, &async->node);
    if (vu->in_event_loop)
        script_vu_resume(vu);
}

void script_async_settle(struct script_vu *vu, struct script_async *async, JSValue value,
                         bool failed)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue result = JS_Call(ctx, async->settle[failed], JS_UNDEFINED, 1, &value);
    JS_FreeValue(ctx, result);
    JS_FreeValue(ctx, value);
    JS_FreeValue(ctx, async->settle[0]);
    JS_FreeValue(ctx, async->settle[1]);
}

/* ---- the event loop ---- */

static void timer_call(struct script_vu *vu, struct script_timer *timer)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue function = JS_DupValue(ctx, timer->function);
    JSValue args[4];
    int count = timer->arg_count;
    for (int i = 0; i < count; i++)
        args[i] = JS_DupValue(ctx, timer->args[i]);
    if (timer->interval_ns > 0) {
        list_remove(&timer->node);
        list_push_tail(&vu->timers, &timer->node);
        wheel_arm(&vu->shard->loop->wheel, &timer->wheel,
                  loop_now(vu->shard->loop) + timer->interval_ns);
    } else {
        timer_destroy(timer);
    }
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, count, args);
    if (JS_IsException(result))
        script_vu_log_pending(vu);
    JS_FreeValue(ctx, result);
    JS_FreeValue(ctx, function);
    for (int i = 0; i < count; i++)
        JS_FreeValue(ctx, args[i]);
}

static void vu_run_jobs(struct script_vu *vu)
{
    JSContext *ctx;
    int more;
    while ((more = JS_ExecutePendingJob(vu->engine.runtime, &ctx)) != 0) {
        if (more < 0)
            script_vu_log_pending(vu);
        if (vu->engine.interrupted)
            return;
    }
}

/* That of `promise` is reported by who waits for it. */
static void vu_report_rejections(struct script_vu *vu, JSValueConst promise)
{
    const void *known = JS_IsObject(promise) ? JS_VALUE_GET_PTR(promise) : NULL;
    struct list *node;
    JSContext *ctx = vu->engine.ctx;
    while ((node = list_pop_head(&vu->rejections)) != NULL) {
        struct script_rejection *rejection = BR_CONTAINER(node, struct script_rejection, node);
        if (!vu->engine.interrupted && rejection->promise != known)
            script_vu_log_exception(vu, rejection->reason);
        JS_FreeValue(ctx, rejection->reason);
        mem_free(rejection);
    }
}

/* One step that is ready; false when there is none. */
static bool vu_step(struct script_vu *vu)
{
    struct list *node = list_pop_head(&vu->completed);
    if (node != NULL) {
        struct script_async *async = BR_CONTAINER(node, struct script_async, node);
        MUST(vu->pending > 0);
        vu->pending--;
        async->finish(vu, async);
        return true;
    }
    if (list_is_empty(&vu->due))
        return false;
    timer_call(vu, BR_CONTAINER(vu->due.next, struct script_timer, node));
    return true;
}

bool script_vu_run_loop(struct script_vu *vu, JSValueConst promise)
{
    JSContext *ctx = vu->engine.ctx;
    for (;;) {
        vu_run_jobs(vu);
        if (vu->engine.interrupted)
            break;
        if (vu_step(vu))
            continue;
        bool waiting = JS_IsObject(promise) && JS_PromiseState(ctx, promise) == JS_PROMISE_PENDING;
        if (vu->pending == 0 && list_is_empty(&vu->timers)) {
            if (waiting && vu->stage == SCRIPT_STAGE_INIT)
                break;
            if (!waiting)
                break;
            /* A promise that nobody can settle any more: waits for the end, as k6 does. */
        }
        vu->in_event_loop = true;
        script_vu_park(vu);
        vu->in_event_loop = false;
    }
    vu_report_rejections(vu, promise);
    if (!vu->engine.interrupted)
        return true;
    /* Calls under way end by themselves; their promises go with them. */
    while (vu->pending > 0) {
        struct list *node = list_pop_head(&vu->completed);
        if (node != NULL) {
            struct script_async *async = BR_CONTAINER(node, struct script_async, node);
            vu->pending--;
            async->finish(vu, async);
            continue;
        }
        vu->in_event_loop = true;
        script_vu_park(vu);
        vu->in_event_loop = false;
    }
    return false;
}

/* ---- sleeping ---- */

struct vu_nap {
    struct script_vu *vu;
    bool over;
};

static void vu_on_nap(struct wheel_timer *timer BR_UNUSED, void *context)
{
    struct vu_nap *nap = context;
    nap->over = true;
    script_vu_resume(nap->vu);
}

bool script_vu_sleep_until(struct script_vu *vu, int64_t due_ns)
{
    struct vu_nap nap = {vu, false};
    struct wheel_timer timer;
    wheel_timer_init(&timer, vu_on_nap, &nap);
    wheel_arm(&vu->shard->loop->wheel, &timer, due_ns);
    while (!nap.over && !vu->engine.interrupted)
        script_vu_park(vu);
    wheel_disarm(&vu->shard->loop->wheel, &timer);
    return !vu->engine.interrupted;
}
