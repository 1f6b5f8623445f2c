/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt sink KIND...`: receivers alone. Where they are and how they stand goes to standard error,
 * what came to standard output.
 */
#include "cli/main.h"
#include "cli/sink_text.h"
#include "cli/term.h"
#include "run/sinks.h"
#include "sys/clock.h"
#include "sys/self.h"

enum { CLI_SINK_TEXT_MAX = 16 << 20, CLI_SINK_LOG_SEC = 5, CLI_SINK_LAST_MAX = 10000 };

struct cli_sink {
    const struct plan_sinks *sinks;
    struct cli_term out;
    struct cli_term talk;
    struct cli_sink_seen seen;
    struct arena arena; /* of places */
    struct bytes places[PLAN_SINKS_MAX];
    int64_t next_log_ns;
    bool quiet;
    bool json;
    bool drawn; /* a line stands on the terminal */
};

static void cli_sink_on_open(void *context, const struct sink_host *host,
                             const struct sock_addr *control)
{
    struct cli_sink *cli = context;
    struct buf text;
    buf_init(&text, CLI_SINK_TEXT_MAX);
    for (int i = 0; i < sink_host_count(host); i++) {
        const struct plan_sink *sink = &cli->sinks->sinks[i];
        buf_clear(&text);
        sink_host_describe(host, i, &text);
        cli->places[i] = arena_copy(&cli->arena, buf_bytes(&text));
        buf_clear(&text);
        buf_putf(&text, "%.*s: %.*s %.*s\n", BYTES_ARG(sink->name), BYTES_ARG(sink->kind),
                 BYTES_ARG(cli->places[i]));
        if (!cli->quiet)
            (void)cli_term_print(&cli->talk, buf_bytes(&text));
    }
    if (control != NULL && !cli->quiet) {
        char where[SOCK_TEXT_SIZE];
        sock_addr_format(control, where);
        buf_clear(&text);
        buf_putf(&text, "control: http://%s/last and /counts\n", where);
        (void)cli_term_print(&cli->talk, buf_bytes(&text));
    }
    buf_fini(&text);
}

static bool cli_sink_has_news(const struct cli_sink *cli, const struct run_sinks_view *view)
{
    bool any = false;
    for (int i = 0; i < view->count; i++)
        any = any || view->totals[i].messages != cli->seen.messages[i];
    return any;
}

/* On a terminal one line, drawn again; elsewhere a line now and then, when something came. */
static void cli_sink_on_tick(void *context, const struct run_sinks_view *view)
{
    struct cli_sink *cli = context;
    struct buf line;
    if (cli->quiet)
        return;
    if (!cli->talk.redraws &&
        (view->elapsed_ns < cli->next_log_ns || !cli_sink_has_news(cli, view)))
        return;
    buf_init(&line, CLI_SINK_TEXT_MAX);
    if (cli->talk.redraws)
        buf_put_str(&line, "\r");
    cli_sink_put_line(cli->sinks, view, &cli->seen, &line);
    buf_put_str(&line, cli->talk.redraws ? "\x1b[K" : "\n");
    (void)cli_term_print(&cli->talk, buf_bytes(&line));
    cli->drawn = cli->talk.redraws;
    cli->next_log_ns =
        view->elapsed_ns + CLI_SINK_LOG_SEC * CLOCK_NS_PER_SEC - CLOCK_NS_PER_SEC / 2;
    buf_fini(&line);
}

static void cli_sink_on_end(void *context, const struct run_sinks_view *view)
{
    struct cli_sink *cli = context;
    struct buf text;
    if (cli->drawn)
        (void)cli_term_print(&cli->talk, BYTES("\r\x1b[K"));
    buf_init(&text, CLI_SINK_TEXT_MAX);
    if (cli->json)
        cli_sink_put_json(cli->sinks, view, cli->places, &text);
    else
        cli_sink_put_summary(cli->sinks, view, cli->places, cli->out.utf8 ? FMT_UTF8 : FMT_ASCII,
                             &text);
    if (!cli_term_print(&cli->out, buf_bytes(&text)))
        cli_complain("sink", "the summary could not be written to standard output");
    if (!view->is_saved)
        cli_complain("sink", "not everything could be saved: a file could not be written");
    buf_fini(&text);
}

/* ---- options ---- */

typedef enum br_err cli_sink_add_fn(struct plan_sinks *sinks, struct bytes text, struct diag *diag);

static enum br_err cli_sink_add_all(const struct cli_options *options, enum cli_option id,
                                    cli_sink_add_fn *add, struct plan_sinks *sinks,
                                    struct diag *diag)
{
    const struct cli_values *all = cli_all(options, id);
    for (size_t i = 0; i < all->count; i++) {
        struct diag why = DIAG_INIT;
        if (add(sinks, all->values[i].text, &why) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "--%s: %s", cli_option_rows[id].name, why.text);
    }
    return BR_ERR_NONE;
}

static enum br_err cli_sink_read_plan(const struct cli_options *options, struct plan_sinks *sinks,
                                      struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < options->arg_count && err == BR_ERR_NONE; i++)
        err = plan_sinks_add(sinks, options->args[i], diag);
    if (err == BR_ERR_NONE)
        err = cli_sink_add_all(options, CLI_SINK_DO, plan_sinks_add_stretch, sinks, diag);
    if (err == BR_ERR_NONE)
        err = cli_sink_add_all(options, CLI_SINK_AUTH, plan_sinks_set_auth, sinks, diag);
    for (size_t i = 0; i < sinks->count && cli_given(options, CLI_SAVE); i++)
        sinks->sinks[i].save_dir = arena_copy(&sinks->arena, cli_text(options, CLI_SAVE));
    return err;
}

static enum br_err cli_sink_read_config(const struct cli_options *options,
                                        struct run_sinks_config *config, struct stamp_run *run,
                                        struct sock_addr *control, struct diag *diag)
{
    struct diag why = DIAG_INIT;
    uint64_t last_count = cli_count(options, CLI_LAST);
    if (last_count > CLI_SINK_LAST_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--last: %d at most", CLI_SINK_LAST_MAX);
    config->last_count = (uint32_t)last_count;
    config->seed = cli_given(options, CLI_SEED) ? cli_count(options, CLI_SEED) : self_random();
    if (cli_given(options, CLI_SERVE_FOR))
        config->for_ns = cli_duration(options, CLI_SERVE_FOR);
    stamp_run_init(run, self_random());
    config->run = run;
    if (cli_given(options, CLI_RUN_ID) &&
        stamp_run_parse(cli_text(options, CLI_RUN_ID), run, &why) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--run-id: %s", why.text);
    if (!cli_given(options, CLI_CONTROL))
        return BR_ERR_NONE;
    config->control = control;
    if (sock_addr_parse(cli_text(options, CLI_CONTROL), control, &why) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--control: %s", why.text);
    return BR_ERR_NONE;
}

enum exit_code cli_sink_main(const struct cli_options *options)
{
    struct plan_sinks sinks;
    struct stamp_run run;
    struct sock_addr control;
    struct diag diag = DIAG_INIT;
    struct run_sinks_config config = {.sinks = &sinks};
    struct cli_sink cli = {.sinks = &sinks,
                           .out = cli_term_of(1),
                           .talk = cli_term_of(2),
                           .quiet = cli_flag(options, CLI_QUIET),
                           .json = cli_flag(options, CLI_FORM_JSON)};
    struct run_sinks_observer observer = {.context = &cli,
                                          .on_open = cli_sink_on_open,
                                          .on_tick = cli_sink_on_tick,
                                          .on_end = cli_sink_on_end};
    plan_sinks_init(&sinks);
    arena_init(&cli.arena);
    enum br_err err = cli_sink_read_plan(options, &sinks, &diag);
    if (err == BR_ERR_NONE)
        err = cli_sink_read_config(options, &config, &run, &control, &diag);
    if (err == BR_ERR_NONE)
        err = run_sinks(&config, &observer, &diag);
    if (err != BR_ERR_NONE)
        cli_complain("sink", diag.text);
    arena_fini(&cli.arena);
    plan_sinks_fini(&sinks);
    return err == BR_ERR_NONE ? EXIT_CODE_OK : cli_exit_of(err);
}
