/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt run SCRIPT` and `brunt inspect SCRIPT`: k6's flags become options of the script's kind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/main.h"
#include "run/run_script.h"

enum { RUN_MAIN_TEXT_MAX = 1 << 20, RUN_MAIN_PATH_MAX = 4096 };

/* Flags that are options of scripts by another name. */
static const struct {
    enum cli_option id;
    const char *key;
} run_main_rows[] = {
    {CLI_S_VUS, "vus"},
    {CLI_S_DURATION, "duration"},
    {CLI_S_ITERATIONS, "iterations"},
    {CLI_S_STAGE, "stages"},
    {CLI_S_TAG, "tags"},
    {CLI_S_HOSTS, "hosts"},
    {CLI_S_RPS, "rps"},
    {CLI_S_MAX_REDIRECTS, "maxRedirects"},
    {CLI_S_BATCH, "batch"},
    {CLI_S_BATCH_PER_HOST, "batchPerHost"},
    {CLI_S_USER_AGENT, "userAgent"},
    {CLI_S_INSECURE, "insecureSkipTLSVerify"},
    {CLI_S_THROW, "throw"},
    {CLI_S_NO_REUSE, "noConnectionReuse"},
    {CLI_S_NO_VU_REUSE, "noVUConnectionReuse"},
    {CLI_S_DISCARD, "discardResponseBodies"},
    {CLI_S_MIN_ITERATION, "minIterationDuration"},
    {CLI_S_BLACKLIST, "blacklistIPs"},
    {CLI_S_BLOCK, "blockHostnames"},
    {CLI_S_DNS, "dns"},
    {CLI_S_HTTP_DEBUG, "httpDebug"},
    {CLI_S_NO_SETUP, "noSetup"},
    {CLI_S_NO_TEARDOWN, "noTeardown"},
    {CLI_S_SYSTEM_TAGS, "systemTags"},
    {CLI_S_TREND_STATS, "summaryTrendStats"},
    {CLI_S_TIME_UNIT, "summaryTimeUnit"},
};

/* What was given of one option: repeated ones joined by commas. */
static struct bytes run_main_text(const struct cli_options *options, enum cli_option id,
                                  struct buf *room)
{
    const struct cli_option_row *row = &cli_option_rows[id];
    if (row->kind == CLI_KIND_FLAG)
        return BYTES("true");
    if ((row->traits & CLI_MANY) == 0)
        return cli_text(options, id);
    const struct cli_values *all = cli_all(options, id);
    for (size_t i = 0; i < all->count; i++) {
        buf_put(room, i > 0 ? BYTES(",") : BYTES(""));
        buf_put(room, all->values[i].text);
    }
    return buf_bytes(room);
}

/* $XDG_CACHE_HOME/brunt, or ~/.cache/brunt; empty when there is no home. */
static struct bytes run_main_cache(char *room, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int len = 0;
    if (cache != NULL && cache[0] == '/')
        len = snprintf(room, size, "%s/brunt", cache);
    else if (home != NULL && home[0] == '/')
        len = snprintf(room, size, "%s/.cache/brunt", home);
    return len > 0 && (size_t)len < size ? bytes_make(room, (size_t)len) : BYTES_NONE;
}

static void run_main_fill(struct run_script_request *request, const struct cli_options *options)
{
    request->path = options->args[0].ptr;
    request->system_env = options->command == CLI_COMMAND_RUN;
    if (cli_given(options, CLI_S_SYSTEM_ENV))
        request->system_env = !bytes_eq(cli_text(options, CLI_S_SYSTEM_ENV), BYTES("false"));
    request->no_thresholds = cli_flag(options, CLI_S_NO_THRESHOLDS);
    request->quiet = cli_flag(options, CLI_S_QUIET);
    request->verbose = cli_flag(options, CLI_S_VERBOSE);
    request->no_color = cli_flag(options, CLI_S_NO_COLOR);
    request->verdict = cli_flag(options, CLI_S_VERDICT);
    request->config = cli_text(options, CLI_S_CONFIG);
    request->log_output = cli_text(options, CLI_S_LOG_OUTPUT);
    request->log_format = cli_text(options, CLI_S_LOG_FORMAT);
    request->console_output = cli_text(options, CLI_S_CONSOLE_OUTPUT);
    request->summary_mode = cli_text(options, CLI_S_SUMMARY_MODE);
    if (cli_flag(options, CLI_S_NO_SUMMARY))
        request->summary_mode = BYTES("disabled");
    request->summary_export = cli_text(options, CLI_S_SUMMARY_EXPORT);
    request->vu_memory = cli_count(options, CLI_S_MEMORY);
    request->inspect = options->command == CLI_COMMAND_INSPECT;
    request->inspect_requirements = request->inspect && cli_flag(options, CLI_S_REQUIREMENTS);
}

enum exit_code cli_run_main(const struct cli_options *options)
{
    struct run_script_request request = {.path = NULL};
    struct run_script_flag flags[BR_COUNT(run_main_rows)];
    struct buf rooms[BR_COUNT(run_main_rows)];
    char places[BR_COUNT(run_main_rows)][64];
    const struct cli_values *env = cli_all(options, CLI_S_ENV);
    const struct cli_values *outs = cli_all(options, CLI_S_OUT);
    /* One array for both. */
    struct bytes *pairs = mem_zalloc(env->count + outs->count + 1, sizeof(pairs[0]));
    if (options->arg_count > 1) {
        cli_complain(cli_command_rows[options->command].name, "one script at a time");
        mem_free(pairs);
        return EXIT_CODE_CONFIG;
    }
    for (size_t i = 0; i < env->count; i++)
        pairs[i] = env->values[i].text;
    for (size_t i = 0; i < outs->count; i++)
        pairs[env->count + i] = outs->values[i].text;
    for (size_t i = 0; i < BR_COUNT(run_main_rows); i++) {
        enum cli_option id = run_main_rows[i].id;
        buf_init(&rooms[i], RUN_MAIN_TEXT_MAX);
        if (!cli_given(options, id))
            continue;
        (void)snprintf(places[i], sizeof(places[i]), "--%s", cli_option_rows[id].name);
        flags[request.flag_count++] = (struct run_script_flag){
            run_main_rows[i].key, run_main_text(options, id, &rooms[i]), places[i]};
    }
    request.flags = flags;
    request.env = pairs;
    request.env_count = env->count;
    request.outs = pairs + env->count;
    request.out_count = outs->count;
    run_main_fill(&request, options);
    char cache[RUN_MAIN_PATH_MAX];
    request.cache_folder = run_main_cache(cache, sizeof(cache));
    enum exit_code code = run_script(&request);
    for (size_t i = 0; i < BR_COUNT(run_main_rows); i++)
        buf_fini(&rooms[i]);
    mem_free(pairs);
    return code;
}
