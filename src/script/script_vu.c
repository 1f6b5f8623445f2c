/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a VU: its fiber sleeps until it is given a job, does it, and says so to whoever
 * resumed it, so that nothing of the host ever runs on a script's stack.
 */
#include "script/script_vu.h"

#include "base/mem.h"
#include "base/must.h"
#include "script/script_http.h"
#include "script/script_loader.h"
#include "script/script_timer.h"
#include "sys/clock.h"
#include "sys/self.h"

static const int64_t vu_slice_ns = 10 * CLOCK_NS_PER_MS;

enum { VU_RESULT_MAX = 1 << 30, VU_VERDICT_MAX = 4096 };

static void vu_on_wakes(struct loop_alarm *alarm, int64_t now_ns);

/* ---- shards ---- */

void script_shard_init(struct script_shard *shard, struct loop *loop,
                       struct script_program *program, const struct script_settings *settings)
{
    *shard = (struct script_shard){.loop = loop, .program = program, .settings = settings};
    shard->driver.ops = &script_vu_ops;
    shard->fibers = fiber_pool_create(SCRIPT_STACK_SIZE);
    shard->http = script_http_shard_create(shard);
    list_init(&shard->wakes);
    buf_init(&shard->verdict_text, VU_VERDICT_MAX);
    loop_alarm_init(loop, &shard->wake_alarm, vu_on_wakes, shard);
}

void script_shard_fini(struct script_shard *shard)
{
    script_http_shard_destroy(&shard->http);
    loop_alarm_fini(shard->loop, &shard->wake_alarm);
    fiber_pool_destroy(&shard->fibers);
    buf_fini(&shard->verdict_text);
}

/* ---- parking and waking ---- */

/* Resumes the fiber; afterwards tells the host what it did. */
static void vu_enter(struct script_vu *vu)
{
    vu->entered_ns = vu->shard->loop->now_ns;
    (void)fiber_resume(vu->fiber);
    if (!vu->told)
        return;
    vu->told = false;
    enum script_job job = vu->job;
    vu->job = SCRIPT_JOB_NONE;
    if (vu->vu.id == 0)
        return;
    if (job == SCRIPT_JOB_INIT)
        vu->shard->ready(&vu->vu, vu->diag.err, &vu->diag);
    else
        vu->shard->done(&vu->vu, vu->engine.interrupted ? VU_INTERRUPTED : VU_COMPLETED,
                        loop_now(vu->shard->loop));
}

void script_vu_park(struct script_vu *vu)
{
    MUST(fiber_current() == vu->fiber);
    vu->parked = true;
    fiber_yield();
    vu->parked = false;
}

void script_vu_resume(struct script_vu *vu)
{
    if (vu->parked && fiber_current() == NULL)
        vu_enter(vu);
    else
        script_vu_wake(vu);
}

void script_vu_wake(struct script_vu *vu)
{
    if (vu->wake_listed)
        return;
    vu->wake_listed = true;
    list_push_tail(&vu->shard->wakes, &vu->wake_node);
    loop_alarm_set(vu->shard->loop, &vu->shard->wake_alarm, 0);
}

static void vu_on_wakes(struct loop_alarm *alarm, int64_t now_ns BR_UNUSED)
{
    struct script_shard *shard = alarm->context;
    struct list todo;
    struct list *node;
    list_init(&todo);
    while ((node = list_pop_head(&shard->wakes)) != NULL)
        list_push_tail(&todo, node);
    while ((node = list_pop_head(&todo)) != NULL) {
        struct script_vu *vu = BR_CONTAINER(node, struct script_vu, wake_node);
        vu->wake_listed = false;
        if (vu->parked)
            vu_enter(vu);
    }
}

void script_vu_interrupt(struct script_vu *vu)
{
    vu->engine.interrupted = true;
    script_vu_wake(vu);
}

/* Code that computes for long lets the loop turn: replies of others wait, and the end of the run.
 */
static void vu_on_running(void *context)
{
    struct script_vu *vu = context;
    if (fiber_current() != vu->fiber || clock_now_ns() - vu->entered_ns < vu_slice_ns)
        return;
    script_vu_wake(vu);
    script_vu_park(vu);
}

/* ---- jobs ---- */

static void vu_set_env(struct script_vu *vu)
{
    const struct plan_scenario *scenario = vu->vu.scenario;
    JSContext *ctx = vu->engine.ctx;
    for (size_t i = 0; i < scenario->env_count; i++) {
        const struct plan_pair *pair = &scenario->env[i];
        JSAtom name = JS_NewAtomLen(ctx, pair->name.ptr, pair->name.len);
        (void)JS_SetProperty(ctx, vu->env, name,
                             JS_NewStringLen(ctx, pair->value.ptr, pair->value.len));
        JS_FreeAtom(ctx, name);
    }
}

/* Of CommonJS, "default" may be module.exports itself. */
static JSValue vu_export(const struct script_vu *vu, struct bytes name)
{
    JSContext *ctx = vu->engine.ctx;
    JSAtom atom = JS_NewAtomLen(ctx, name.ptr, name.len);
    JSValue value = JS_GetProperty(ctx, vu->exports, atom);
    JS_FreeAtom(ctx, atom);
    if (JS_IsUndefined(value) && bytes_eq(name, BYTES("default")) &&
        JS_IsFunction(ctx, vu->exports))
        return JS_DupValue(ctx, vu->exports);
    return value;
}

/* Another scenario: its function, environment and tags. */
static void vu_activate(struct script_vu *vu)
{
    const struct plan_scenario *scenario = vu->vu.scenario;
    struct script_shard *shard = vu->shard;
    struct tag_store *tags = shard->recorder->tags;
    JS_FreeValue(vu->engine.ctx, vu->function);
    vu->function = vu_export(vu, scenario->exec);
    vu_set_env(vu);
    vu->base_tags = tag_with_system(tags, shard->run_tags, TAG_SCENARIO, scenario->name);
    for (size_t i = 0; i < scenario->tag_count; i++)
        vu->base_tags = tag_with(tags, vu->base_tags, tag_store_key(tags, scenario->tags[i].name),
                                 scenario->tags[i].value);
    vu->scenario = scenario;
}

static void vu_parse_data(struct script_vu *vu)
{
    struct bytes data = vu->shard->setup_data;
    JSContext *ctx = vu->engine.ctx;
    vu->has_data = true;
    if (data.len > 0)
        vu->data = JS_ParseJSON(ctx, data.ptr, data.len, "setup data");
}

/* Calls and waits for what it promised. JS_EXCEPTION with the reason pending. */
static JSValue vu_call(struct script_vu *vu, JSValueConst function, int argc, JSValueConst *argv)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, argc, argv);
    if (JS_IsException(result)) {
        JSValue error = JS_GetException(ctx);
        (void)script_vu_run_loop(vu, JS_UNDEFINED);
        return JS_Throw(ctx, error);
    }
    if (!script_vu_run_loop(vu, result)) {
        JS_FreeValue(ctx, result);
        return script_engine_throw_interrupted(ctx);
    }
    if (!JS_IsObject(result))
        return result;
    JSPromiseStateEnum state = JS_PromiseState(ctx, result);
    if (state != JS_PROMISE_FULFILLED && state != JS_PROMISE_REJECTED)
        return result; /* no promise */
    JSValue value = JS_PromiseResult(ctx, result);
    JS_FreeValue(ctx, result);
    return state == JS_PROMISE_REJECTED ? JS_Throw(ctx, value) : value;
}

static void vu_record_iteration(struct script_vu *vu, int64_t begun_ns)
{
    int64_t end_ns = loop_now(vu->shard->loop);
    script_http_record_data(vu);
    if (vu->engine.interrupted) {
        vu->shard->iterations_cut++;
        return;
    }
    vu->shard->iterations_done++;
    double ms = (double)(end_ns - begun_ns) / 1e6;
    script_vu_record(vu, METRIC_ITERATION_DURATION, vu->tags, ms, end_ns);
    script_vu_record(vu, METRIC_ITERATIONS, vu->tags, 1.0, end_ns);
}

static void vu_run_iteration(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    if (vu->scenario != vu->vu.scenario)
        vu_activate(vu);
    if (!vu->has_data)
        vu_parse_data(vu);
    vu->group = NULL;
    script_vu_retag(vu);
    script_http_begin_iteration(vu);
    JSValue global = JS_GetGlobalObject(ctx);
    (void)JS_SetProperty(ctx, global, vu->iter_atom, JS_NewInt64(ctx, (int64_t)vu->vu.iteration));
    JS_FreeValue(ctx, global);
    int64_t begun_ns = loop_now(vu->shard->loop);
    JSValue result = vu_call(vu, vu->function, 1, &vu->data);
    if (JS_IsException(result))
        script_vu_log_pending(vu);
    JS_FreeValue(ctx, result);
    vu->group = NULL;
    script_vu_retag(vu);
    script_timer_clear_all(vu);
    vu_record_iteration(vu, begun_ns);
    script_http_end_iteration(vu);
}

static void vu_run_init(struct script_vu *vu)
{
    struct buf text;
    buf_init(&text, VU_RESULT_MAX);
    vu->stage = SCRIPT_STAGE_INIT;
    JSContext *ctx = vu->engine.ctx;
    bool failed = !script_loader_run_entry(vu);
    if (failed) {
        script_engine_describe(ctx, &text);
        (void)diag_set(&vu->diag, BR_ERR_PARSE, "%.*s", BYTES_ARG(buf_bytes(&text)));
    }
    buf_fini(&text);
    vu->stage = SCRIPT_STAGE_VU;
}

static void vu_set_call_tags(struct script_vu *vu, const char *group)
{
    struct script_shard *shard = vu->shard;
    if (shard->recorder == NULL)
        return;
    struct buf path;
    buf_init(&path, 64);
    buf_putf(&path, "::%s", group);
    vu->base_tags =
        tag_with_system(shard->recorder->tags, shard->run_tags, TAG_GROUP, buf_bytes(&path));
    vu->tags = vu->base_tags;
    buf_fini(&path);
}

static void vu_run_call(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue function = vu_export(vu, bytes_from_str(vu->call_name));
    vu_set_call_tags(vu, vu->call_name);
    JSValue result =
        vu_call(vu, function, JS_IsUndefined(vu->call_argument) ? 0 : 1, &vu->call_argument);
    JS_FreeValue(ctx, function);
    buf_clear(&vu->call_result);
    vu->call_failed = JS_IsException(result);
    if (vu->call_failed) {
        script_vu_log_pending(vu);
    } else if (!JS_IsUndefined(result)) {
        JSValue json = JS_JSONStringify(ctx, result, JS_UNDEFINED, JS_UNDEFINED);
        size_t len = 0;
        const char *text = JS_IsString(json) ? JS_ToCStringLen(ctx, &len, json) : NULL;
        if (text != NULL)
            buf_put(&vu->call_result, bytes_make(text, len));
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, json);
    }
    JS_FreeValue(ctx, result);
    script_timer_clear_all(vu);
    script_http_record_data(vu);
}

static void vu_main(void *context)
{
    struct script_vu *vu = context;
    script_engine_enter(&vu->engine);
    while (vu->job != SCRIPT_JOB_END) {
        vu->diag.err = BR_ERR_NONE;
        if (vu->job == SCRIPT_JOB_INIT)
            vu_run_init(vu);
        else if (vu->job == SCRIPT_JOB_RUN)
            vu_run_iteration(vu);
        else
            vu_run_call(vu);
        vu->told = true;
        fiber_yield();
    }
}

static void vu_begin(struct script_vu *vu, enum script_job job)
{
    MUST(vu->job == SCRIPT_JOB_NONE);
    vu->job = job;
    vu->engine.interrupted = false;
    if (fiber_current() == NULL) {
        vu_enter(vu);
    } else {
        vu->parked = true; /* not inside another VU's stack */
        script_vu_wake(vu);
    }
}

/* ---- a VU as the host sees it ---- */

static void vu_set_up(struct script_vu *vu, struct script_shard *shard)
{
    vu->shard = shard;
    vu->exports = JS_UNDEFINED;
    vu->function = JS_UNDEFINED;
    vu->data = JS_UNDEFINED;
    vu->objects = JS_UNDEFINED;
    vu->env = JS_UNDEFINED;
    vu->call_argument = JS_UNDEFINED;
    list_init(&vu->timers);
    list_init(&vu->due);
    list_init(&vu->completed);
    list_init(&vu->rejections);
    buf_init(&vu->call_result, VU_RESULT_MAX);
    script_engine_init(&vu->engine, shard->settings->vu_memory,
                       SCRIPT_STACK_SIZE - SCRIPT_STACK_RESERVE);
    JS_SetContextOpaque(vu->engine.ctx, vu);
    vu->engine.on_running = vu_on_running;
    vu->engine.context = vu;
    rng_init(&vu->rng, self_random());
    vu->http = script_http_create(vu);
    if (shard->run_tags != NULL)
        vu->base_tags = vu->tags = shard->run_tags;
    vu->iter_atom = JS_NewAtom(vu->engine.ctx, "__ITER");
    MUST(fiber_create(shard->fibers, vu_main, vu, &vu->fiber, &vu->diag) == BR_ERR_NONE);
    script_loader_set_up(vu);
}

static void vu_tear_down(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    MUST(vu->job == SCRIPT_JOB_NONE);
    vu->job = SCRIPT_JOB_END;
    (void)fiber_resume(vu->fiber);
    if (vu->wake_listed)
        list_remove(&vu->wake_node);
    script_timer_clear_all(vu);
    script_http_destroy(&vu->http);
    JSValue values[] = {vu->exports, vu->function, vu->data,
                        vu->objects, vu->env,      vu->call_argument};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        JS_FreeValue(ctx, values[i]);
    JS_FreeAtom(ctx, vu->iter_atom);
    buf_fini(&vu->call_result);
    script_engine_fini(&vu->engine);
}

static struct script_shard *vu_shard(struct vu_driver *driver)
{
    return BR_CONTAINER(driver, struct script_shard, driver);
}

static struct script_vu *vu_mine(struct vu *vu)
{
    return BR_CONTAINER(vu, struct script_vu, vu);
}

static void vu_on_init(struct vu_driver *driver, struct vu *head)
{
    struct script_vu *vu = vu_mine(head);
    vu_set_up(vu, vu_shard(driver));
    vu_begin(vu, SCRIPT_JOB_INIT);
}

static void vu_on_fini(struct vu_driver *driver BR_UNUSED, struct vu *head)
{
    vu_tear_down(vu_mine(head));
}

static void vu_on_start(struct vu_driver *driver BR_UNUSED, struct vu *head)
{
    vu_begin(vu_mine(head), SCRIPT_JOB_RUN);
}

static void vu_on_interrupt(struct vu_driver *driver BR_UNUSED, struct vu *head)
{
    script_vu_interrupt(vu_mine(head));
}

static void vu_on_dropped(struct vu_driver *driver, int scenario_index, uint64_t count,
                          int64_t at_ns)
{
    struct script_shard *shard = vu_shard(driver);
    const struct plan_scenario *scenario = &shard->scenarios->items[scenario_index];
    const struct tag_set *tags =
        tag_with_system(shard->recorder->tags, shard->run_tags, TAG_SCENARIO, scenario->name);
    series_record(shard->recorder, METRIC_DROPPED_ITERATIONS, tags, (double)count, at_ns, 0, 0);
}

static void vu_on_insufficient(struct vu_driver *driver, int scenario_index, uint64_t vus)
{
    struct script_shard *shard = vu_shard(driver);
    const struct plan_scenario *scenario = &shard->scenarios->items[scenario_index];
    script_logf(&shard->program->log, SCRIPT_WARN,
                "Insufficient VUs, reached %llu active VUs and cannot initialize more (scenario "
                "%.*s)",
                (unsigned long long)vus, BYTES_ARG(scenario->name));
}

const struct vu_driver_ops script_vu_ops = {
    .name = "script",
    .vu_size = sizeof(struct script_vu),
    .init = vu_on_init,
    .fini = vu_on_fini,
    .start = vu_on_start,
    .interrupt = vu_on_interrupt,
    .dropped = vu_on_dropped,
    .insufficient = vu_on_insufficient,
};

/* ---- a VU of no host ---- */

struct script_vu *script_vu_create(struct script_shard *shard, enum script_stage stage)
{
    struct script_vu *vu = MEM_NEW(struct script_vu);
    vu_set_up(vu, shard);
    vu->stage = stage;
    return vu;
}

void script_vu_begin_init(struct script_vu *vu)
{
    vu_begin(vu, SCRIPT_JOB_INIT);
}

bool script_vu_begin_call(struct script_vu *vu, enum script_stage stage, const char *name,
                          struct bytes argument)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue function = vu_export(vu, bytes_from_str(name));
    bool exists = JS_IsFunction(ctx, function);
    JS_FreeValue(ctx, function);
    if (!exists)
        return false;
    vu->stage = stage;
    vu->call_name = name;
    if (argument.len > 0)
        vu->call_argument = JS_ParseJSON(ctx, argument.ptr, argument.len, "argument");
    vu_begin(vu, SCRIPT_JOB_CALL);
    return true;
}

bool script_vu_has_function(const struct script_vu *vu, struct bytes name)
{
    JSValue value = vu_export(vu, name);
    bool has = JS_IsFunction(vu->engine.ctx, value);
    JS_FreeValue(vu->engine.ctx, value);
    return has;
}

bool script_vu_export_json(struct script_vu *vu, const char *name, struct buf *out,
                           struct diag *diag)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue value = vu_export(vu, bytes_from_str(name));
    JSValue json = JS_JSONStringify(ctx, value, JS_UNDEFINED, JS_UNDEFINED);
    size_t len = 0;
    const char *text = JS_IsString(json) ? JS_ToCStringLen(ctx, &len, json) : NULL;
    bool good = !JS_IsException(json) &&
                (text == NULL || buf_append(out, bytes_make(text, len)) == BR_ERR_NONE);
    if (!good) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        (void)diag_set(diag, BR_ERR_CONFIG, "the export \"%s\" cannot be written as JSON", name);
    }
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, json);
    JS_FreeValue(ctx, value);
    return good;
}

bool script_vu_is_free(const struct script_vu *vu)
{
    return vu->job == SCRIPT_JOB_NONE;
}

void script_vu_destroy(struct script_vu **vu)
{
    if (*vu == NULL)
        return;
    vu_tear_down(*vu);
    mem_free(*vu);
    *vu = NULL;
}

/* ---- samples ---- */

bool script_vu_records(const struct script_vu *vu)
{
    return vu->shard->recorder != NULL && vu->stage != SCRIPT_STAGE_INIT;
}

void script_vu_record(struct script_vu *vu, int metric, const struct tag_set *tags, double value,
                      int64_t at_ns)
{
    if (script_vu_records(vu))
        series_record(vu->shard->recorder, metric, tags, value, at_ns, vu->vu.id, vu->vu.iteration);
}

void script_vu_retag(struct script_vu *vu)
{
    if (vu->shard->recorder == NULL)
        return;
    struct tag_store *tags = vu->shard->recorder->tags;
    vu->tags = vu->base_tags;
    if (vu->own_tags != NULL)
        vu->tags = tag_with_set(tags, vu->tags, vu->own_tags);
    if (vu->stage == SCRIPT_STAGE_VU)
        vu->tags = tag_with_system(tags, vu->tags, TAG_GROUP,
                                   vu->group == NULL ? BYTES("") : vu->group->path);
}

void script_vu_abort_test(struct script_vu *vu, enum script_verdict verdict, struct bytes text)
{
    struct script_shard *shard = vu->shard;
    if (shard->verdict != SCRIPT_ABORTED) {
        shard->verdict = verdict;
        buf_clear(&shard->verdict_text);
        if (text.len < VU_VERDICT_MAX)
            buf_put(&shard->verdict_text, text);
    }
    if (verdict == SCRIPT_ABORTED && shard->on_abort != NULL)
        shard->on_abort(shard->context);
}
