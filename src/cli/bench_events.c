/* SPDX-License-Identifier: Apache-2.0
 *
 * bench's options about events: sinks, what is expected of them, how long the end is waited for.
 */
#include "base/units.h"
#include "cli/bench_plan.h"
#include "sink/sink.h"
#include "sys/self.h"

typedef enum br_err cli_add_fn(struct plan_sinks *sinks, struct bytes text, struct diag *diag);

static enum br_err cli_add_to_sinks(const struct cli_options *options, enum cli_option id,
                                    struct plan *plan, cli_add_fn *add, struct diag *diag)
{
    const struct cli_values *values = cli_all(options, id);
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < values->count && err == BR_ERR_NONE; i++)
        err = add(&plan->events.sinks, values->values[i].text, diag);
    return err;
}

static enum br_err cli_read_delivers(const struct cli_options *options, struct plan *plan,
                                     struct diag *diag)
{
    const struct cli_values *values = cli_all(options, CLI_DELIVER);
    enum br_err err = BR_ERR_NONE;
    for (size_t i = 0; i < values->count && err == BR_ERR_NONE; i++)
        err = plan_events_add_deliver(&plan->events, values->values[i].text, diag);
    return err;
}

static enum br_err cli_read_first_event(const struct cli_options *options, struct plan *plan,
                                        struct diag *diag)
{
    struct bytes text = cli_text(options, CLI_FIRST_EVENT);
    struct diag why = DIAG_INIT;
    if (bytes_eq(text, BYTES("off"))) {
        plan->events.first_event = false;
        return BR_ERR_NONE;
    }
    if (units_parse_duration(text, &plan->events.first_event_ns, &why) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "--first-event: %s, or off", why.text);
    return BR_ERR_NONE;
}

static enum br_err cli_read_identity(const struct cli_options *options, struct plan *plan,
                                     struct diag *diag)
{
    struct bytes text = cli_text(options, CLI_IDENTITY);
    if (bytes_eq(text, BYTES("count")))
        plan->events.identity = PLAN_IDENTITY_COUNT;
    else if (!bytes_eq(text, BYTES("stamp")))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--identity: events are known by stamp or count, not by \"%.*s\"",
                        BYTES_ARG(text));
    return BR_ERR_NONE;
}

static enum br_err cli_read_run_id(const struct cli_options *options, struct plan *plan,
                                   struct diag *diag)
{
    if (!cli_given(options, CLI_RUN_ID)) {
        stamp_run_init(&plan->events.run, self_random());
        return BR_ERR_NONE;
    }
    plan->events.run_given = true;
    return stamp_run_parse(cli_text(options, CLI_RUN_ID), &plan->events.run, diag);
}

/* What replies say about events: --accept-on, --refuse-on, --accepted, --rejected. The plan keeps
 * the texts, which are lent to it. */
static enum br_err cli_read_accept(const struct cli_options *options, struct plan *plan,
                                   struct diag *diag)
{
    static const struct {
        enum cli_option id;
        enum accept_fate fate;
        enum br_err (*read)(struct accept *, struct bytes, enum accept_fate, struct diag *);
    } rows[] = {
        {CLI_ACCEPT_ON, ACCEPT_ACCEPTED, accept_on_status},
        {CLI_REFUSE_ON, ACCEPT_REFUSED, accept_on_status},
        {CLI_ACCEPTED, ACCEPT_ACCEPTED, accept_on_path},
        {CLI_REJECTED, ACCEPT_REFUSED, accept_on_path},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct diag why = DIAG_INIT;
        if (!cli_given(options, rows[i].id))
            continue;
        struct bytes text = plan_copy(plan, cli_text(options, rows[i].id));
        if (rows[i].read(&plan->events.accept, text, rows[i].fate, &why) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "--%s: %s", cli_option_rows[rows[i].id].name,
                            why.text);
    }
    return BR_ERR_NONE;
}

enum br_err cli_read_events(const struct cli_options *options, struct plan *plan, struct diag *diag)
{
    struct plan_events *events = &plan->events;
    enum br_err err = cli_add_to_sinks(options, CLI_SINK, plan, plan_sinks_add, diag);
    if (err == BR_ERR_NONE)
        err = cli_add_to_sinks(options, CLI_SINK_DO, plan, plan_sinks_add_stretch, diag);
    if (err == BR_ERR_NONE)
        err = cli_add_to_sinks(options, CLI_SINK_AUTH, plan, plan_sinks_set_auth, diag);
    if (err == BR_ERR_NONE)
        err = sink_check(&events->sinks, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_delivers(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_first_event(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_run_id(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_accept(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_identity(options, plan, diag);
    events->stream_key = plan_copy(plan, cli_text(options, CLI_STREAM_KEY));
    if (cli_given(options, CLI_SETTLE))
        events->settle_ns = cli_duration(options, CLI_SETTLE);
    if (cli_given(options, CLI_STALL_TIME))
        events->stall_ns = cli_duration(options, CLI_STALL_TIME);
    events->drain_ns = cli_duration(options, CLI_DRAIN);
    events->anomalies_path = plan_copy(plan, cli_text(options, CLI_ANOMALIES));
    if (cli_given(options, CLI_LEDGER_MEMORY))
        events->ledger_memory = cli_count(options, CLI_LEDGER_MEMORY);
    return err;
}
