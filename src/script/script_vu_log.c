/* SPDX-License-Identifier: Apache-2.0
 *
 * How a VU's exceptions reach the log: the value, the stack below it, and where it happened.
 */
#include "base/mem.h"
#include "script/script_vu.h"

enum { VU_LOG_MAX = 1 << 20 };

void script_vu_log_exception(struct script_vu *vu, JSValueConst error)
{
    struct buf text;
    struct script_log_field fields[3];
    size_t count = 0;
    if (vu->engine.interrupted)
        return;
    buf_init(&text, VU_LOG_MAX);
    script_engine_describe_value(vu->engine.ctx, error, &text);
    if (vu->engine.heap.was_capped) {
        buf_putf(&text, "\n(VU %llu reached its memory limit; --vu-memory raises it)",
                 (unsigned long long)vu->vu.id);
        vu->engine.heap.was_capped = false;
    }
    if (vu->scenario != NULL && vu->stage == SCRIPT_STAGE_VU) {
        fields[count++] = (struct script_log_field){
            "executor", bytes_from_str(plan_executor_name(vu->scenario->executor))};
        fields[count++] = (struct script_log_field){"scenario", vu->scenario->name};
    }
    fields[count++] = (struct script_log_field){"source", BYTES_INIT("stacktrace")};
    script_log_line(&vu->shard->program->log, SCRIPT_ERROR, buf_bytes(&text), fields, count);
    buf_fini(&text);
}

void script_vu_log_pending(struct script_vu *vu)
{
    JSContext *ctx = vu->engine.ctx;
    JSValue error = JS_GetException(ctx);
    script_vu_log_exception(vu, error);
    JS_FreeValue(ctx, error);
}

void script_vu_note_rejection(struct script_vu *vu, JSContext *ctx, JSValueConst promise,
                              JSValueConst reason, bool is_handled)
{
    void *identity = JS_VALUE_GET_PTR(promise);
    if (!is_handled) {
        struct script_rejection *rejection = MEM_NEW(struct script_rejection);
        rejection->promise = identity;
        rejection->reason = JS_DupValue(ctx, reason);
        list_push_tail(&vu->rejections, &rejection->node);
        return;
    }
    for (struct list *node = vu->rejections.next; node != &vu->rejections; node = node->next) {
        struct script_rejection *rejection = BR_CONTAINER(node, struct script_rejection, node);
        if (rejection->promise == identity) {
            list_remove(node);
            JS_FreeValue(ctx, rejection->reason);
            mem_free(rejection);
            return;
        }
    }
}
