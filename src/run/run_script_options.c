/* SPDX-License-Identifier: Apache-2.0
 *
 * Options in layers: each becomes JSON, so that one reader serves all.
 */
#include <string.h>

#include "data/json.h"
#include "plan/plan_threshold.h"
#include "run/run_script_inner.h"
#include "sys/file.h"
#include "sys/self.h"

enum { LAYER_FLAGS, LAYER_ENV, LAYER_SCRIPT, LAYER_CONFIG };

static const struct script_option_row *options_row(const char *key)
{
    for (size_t i = 0; i < script_option_count; i++)
        if (strcmp(script_option_rows[i].key, key) == 0)
            return &script_option_rows[i];
    return NULL;
}

static enum br_err options_put(struct buf *out, const struct script_option_row *row,
                               struct bytes text, const char *place, struct diag *diag)
{
    buf_putf(out, "%s\"%s\":", out->len > 1 ? "," : "", row->key);
    return script_option_put(row, text, place, out, diag);
}

/* Flags of one key that came several times (--stage, --tag) were joined by commas before. */
static enum br_err options_put_flags(struct run_script *run, struct buf *out)
{
    const struct run_script_request *request = run->request;
    enum br_err err = BR_ERR_NONE;
    buf_put(out, BYTES("{"));
    for (size_t i = 0; i < request->flag_count && err == BR_ERR_NONE; i++) {
        const struct script_option_row *row = options_row(request->flags[i].key);
        if (row != NULL)
            err =
                options_put(out, row, request->flags[i].text, request->flags[i].place, &run->diag);
    }
    buf_put(out, BYTES("}"));
    return err;
}

static enum br_err options_put_env(struct run_script *run, struct buf *out)
{
    enum br_err err = BR_ERR_NONE;
    buf_put(out, BYTES("{"));
    for (char *const *at = self_environment(); *at != NULL && err == BR_ERR_NONE; at++) {
        struct bytes value = bytes_from_str(*at);
        struct bytes name = bytes_cut(&value, '=');
        for (size_t i = 0; i < script_option_count && value.len > 0; i++) {
            const struct script_option_row *row = &script_option_rows[i];
            if (row->env[0] != '\0' && bytes_eq(name, bytes_from_str(row->env)))
                err = options_put(out, row, value, row->env, &run->diag);
        }
    }
    buf_put(out, BYTES("}"));
    return err;
}

static enum br_err options_read_config(struct run_script *run, struct buf *out)
{
    struct bytes config = run->request->config;
    if (config.len == 0)
        return BR_ERR_NONE;
    return file_read_all(config.ptr, out, &run->diag);
}

static void options_warn_unknown(struct run_script *run, const struct json *options)
{
    struct json_cursor cursor = {.at = NULL};
    while (options != NULL && json_kind(options) == JSON_KIND_OBJECT &&
           json_next(options, &cursor)) {
        const char *near = NULL;
        if (script_option_is_known(cursor.key, &near))
            continue;
        script_logf(
            &run->program->log, SCRIPT_WARN,
            "There were unknown fields in the options exported in the script: \"%.*s\"%s%s%s",
            BYTES_ARG(cursor.key), near != NULL ? "; did you mean \"" : "",
            near != NULL ? near : "", near != NULL ? "\"?" : "");
    }
}

enum br_err run_script_options_read(struct run_script *run, struct bytes options_json)
{
    static const char *const places[] = {"the command line", "the environment",
                                         "the script's options", "the configuration file"};
    struct run_script_options *options = &run->options;
    for (int i = 0; i < RUN_SCRIPT_LAYERS; i++)
        buf_init(&options->texts[i], RUN_SCRIPT_TEXT_MAX);
    enum br_err err = options_put_flags(run, &options->texts[LAYER_FLAGS]);
    if (err == BR_ERR_NONE)
        err = options_put_env(run, &options->texts[LAYER_ENV]);
    if (err == BR_ERR_NONE)
        err = buf_append(&options->texts[LAYER_SCRIPT], options_json);
    if (err == BR_ERR_NONE)
        err = options_read_config(run, &options->texts[LAYER_CONFIG]);
    for (int i = 0; i < RUN_SCRIPT_LAYERS && err == BR_ERR_NONE; i++) {
        struct diag inner = DIAG_INIT;
        if (options->texts[i].len == 0)
            continue;
        err = json_parse(buf_bytes(&options->texts[i]), &options->parsed[i], &inner);
        if (err != BR_ERR_NONE)
            return diag_set(&run->diag, BR_ERR_CONFIG, "%s: %s", places[i], inner.text);
        options->layers.layers[i] = options->parsed[i];
    }
    options_warn_unknown(run, options->parsed[LAYER_SCRIPT]);
    return err;
}

void run_script_options_fini(struct run_script_options *options)
{
    for (int i = 0; i < RUN_SCRIPT_LAYERS; i++) {
        if (options->parsed[i] != NULL)
            json_destroy(&options->parsed[i]);
        buf_fini(&options->texts[i]);
    }
}

/* ---- scenarios ---- */

static enum br_err options_plan_scenarios(struct run_script *run)
{
    struct plan_shortcuts all;
    enum br_err err = BR_ERR_NONE;
    plan_shortcuts_init(&all);
    for (int i = RUN_SCRIPT_LAYERS - 1; i >= 0 && err == BR_ERR_NONE; i--) {
        struct plan_shortcuts layer;
        const char *warning = NULL;
        if (run->options.parsed[i] == NULL)
            continue;
        plan_shortcuts_init(&layer);
        err = plan_shortcuts_read(&layer, run->options.parsed[i], &run->diag);
        if (err == BR_ERR_NONE) {
            static const char *const places[] = {"the command line", "the environment", "options",
                                                 "the configuration file"};
            err = plan_shortcuts_check(&layer, places[i], &run->diag);
        }
        if (err == BR_ERR_NONE) {
            plan_shortcuts_put_over(&all, &layer, &warning);
            if (warning != NULL)
                script_logf(&run->program->log, SCRIPT_WARN, "%s", warning);
        }
        plan_shortcuts_fini(&layer);
    }
    if (err == BR_ERR_NONE)
        err = plan_scenarios_build(&run->scenarios, &all, &run->diag);
    plan_shortcuts_fini(&all);
    return err;
}

enum br_err run_script_plan(struct run_script *run)
{
    enum br_err err = options_plan_scenarios(run);
    if (err == BR_ERR_NONE)
        err = script_settings_read(&run->settings, &run->options.layers, &run->diag);
    if (err == BR_ERR_NONE)
        err = run_script_summary_read(run);
    if (err == BR_ERR_NONE && run->request->vu_memory > 0)
        run->settings.vu_memory = run->request->vu_memory;
    if (err == BR_ERR_NONE && !run->request->no_thresholds)
        err =
            plan_thresholds_read(&run->thresholds, run->program->registry,
                                 script_layers_get(&run->options.layers, "thresholds"), &run->diag);
    return err;
}
