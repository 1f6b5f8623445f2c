/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of sinks: one row each. What a plan asks is checked here against what they can do.
 */
#include "base/nearest.h"
#include "sink/sink.h"
#include "sink/sink_kinds.h"

const struct sink_ops *const sink_list[] = {
    &sink_webhook_ops,
    &sink_tcp_ops,
    &sink_file_ops,
};
const size_t sink_list_count = BR_COUNT(sink_list);

const struct sink_ops *sink_ops_find(struct bytes kind)
{
    for (size_t i = 0; i < sink_list_count; i++) {
        if (bytes_eq(kind, bytes_from_str(sink_list[i]->kind)))
            return sink_list[i];
    }
    return NULL;
}

static enum br_err sink_no_kind(struct bytes kind, struct diag *diag)
{
    char kinds[128] = "";
    struct buf text;
    struct nearest nearest = {.word = kind};
    buf_init(&text, sizeof(kinds));
    for (size_t i = 0; i < sink_list_count; i++) {
        nearest_offer(&nearest, sink_list[i]->kind);
        buf_putf(&text, "%s%s", i == 0 ? "" : ", ", sink_list[i]->kind);
    }
    enum br_err err =
        diag_set(diag, BR_ERR_CONFIG, "there is no sink of the kind %.*s%s%s; accepted are %s",
                 BYTES_ARG(kind), nearest.best == NULL ? "" : ", did you mean ",
                 nearest.best == NULL ? "" : nearest.best, buf_cstr(&text));
    buf_fini(&text);
    return err;
}

static enum br_err sink_check_acts(const struct sink_ops *ops, const struct plan_sink *config,
                                   struct diag *diag)
{
    static const struct {
        unsigned act;
        const char *word;
    } rows[] = {
        {PLAN_SINK_DELAY, "delay"}, {PLAN_SINK_FAIL, "fail"}, {PLAN_SINK_RESET, "reset"},
        {PLAN_SINK_STALL, "stall"}, {PLAN_SINK_READ, "read"}, {PLAN_SINK_DOWN, "down"},
    };
    unsigned acts = plan_sink_acts(config);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if ((acts & rows[i].act & ~ops->acts) != 0)
            return diag_set(diag, BR_ERR_CONFIG, "a %s cannot do %s", ops->kind, rows[i].word);
    }
    if (config->auth.kind != PLAN_SINK_AUTH_NONE && !ops->knows_auth)
        return diag_set(diag, BR_ERR_CONFIG, "a %s cannot tell who sends", ops->kind);
    return BR_ERR_NONE;
}

enum br_err sink_check(const struct plan_sinks *sinks, struct diag *diag)
{
    for (size_t i = 0; i < sinks->count; i++) {
        const struct plan_sink *config = &sinks->sinks[i];
        const struct sink_ops *ops = sink_ops_find(config->kind);
        struct diag why = DIAG_INIT;
        enum br_err err;
        if (ops == NULL)
            err = sink_no_kind(config->kind, &why);
        else
            err = sink_check_acts(ops, config, &why);
        if (err == BR_ERR_NONE)
            err = ops->check(config, &why);
        if (err != BR_ERR_NONE)
            return diag_set(diag, err, "sink %.*s: %s", BYTES_ARG(config->name), why.text);
    }
    return BR_ERR_NONE;
}
