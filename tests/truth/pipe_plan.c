/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan by seed: the load, the gate's deeds, the relays' faults, what the sinks do.
 */
#include <math.h>
#include <stdio.h>

#include "pipe.h"

enum { PIPE_SLOW_MS = 3000 };

static double pipe_share(struct rng *rng, double most)
{
    return rng_below(rng, 2) == 0 ? 0 : rng_double(rng) * most;
}

static void pipe_plan_deeds(struct pipe_plan *plan, struct rng *rng)
{
    for (int deed = PIPE_REFUSE; deed < PIPE_DEED_COUNT; deed++)
        plan->deeds[deed] = pipe_share(rng, 0.04);
    /* Each takes a time-out of the sender. */
    plan->deeds[PIPE_HANG] /= 4;
    plan->deeds[PIPE_PASS_HANG] /= 4;
    if (plan->reply == PIPE_REPLY_NONE)
        plan->deeds[PIPE_PART] = plan->deeds[PIPE_PASS_PART] = 0;
    plan->deed_delay_ns = rng_below(rng, 2) == 0 ? 0 : (int64_t)rng_below(rng, 5 * PIPE_MS);
    if (rng_below(rng, 6) == 0) {
        plan->down_from_ns = PIPE_SEC / 2 + (int64_t)rng_below(rng, PIPE_SEC);
        plan->down_to_ns = plan->down_from_ns + (int64_t)rng_below(rng, PIPE_SEC / 2);
    }
}

/* No answer of a sink is awaited for longer than a relay's time-out. */
static void pipe_plan_relay(struct pipe_plan *plan, struct rng *rng, int at)
{
    struct pipe_relay_plan *relay = &plan->relay[at];
    struct standin_relay_config *config = &relay->config;
    /* A healthy one keeps the order, as several workers or delays of all lengths do not. */
    bool is_calm = plan->asked.is_healthy || plan->asked.has_kill;
    bool is_wild = rng_below(rng, 2) == 0 && !is_calm && plan->batch <= 2;
    relay->is_tcp = plan->resets == 0 && rng_below(rng, 4) == 0;
    config->queue_max = 100000;
    config->workers = is_wild ? 2 + (uint32_t)rng_below(rng, 3) : 1;
    config->batch = 1 + (uint32_t)rng_below(rng, 20);
    config->out_batch = is_wild ? 1 : 1 + (uint32_t)rng_below(rng, 5);
    config->flush_ns = is_wild ? 5 * PIPE_MS : 0;
    config->retries = rng_below(rng, 4) == 0 ? 1 : 100;
    config->backoff_ns = PIPE_MS;
    config->timeout_ns = 300 * PIPE_MS;
    config->delay_one_ns = PIPE_SLOW_MS * PIPE_MS;
    config->seed = plan->asked.seed * PIPE_SINKS_MAX + (uint64_t)at;
    if (plan->batch <= 2 && rng_below(rng, 2) == 0)
        config->delay = (struct dist){
            .kind = DIST_UNIFORM, .ns = 0, .end_ns = (int64_t)rng_below(rng, 20 * PIPE_MS)};
    if (is_calm) {
        config->retries = 100;
        config->delay = (struct dist){.ns = (int64_t)rng_below(rng, 20 * PIPE_MS)};
        return;
    }
    for (int fault = RELAY_LOSE; fault <= RELAY_DELAY; fault++)
        config->shares[fault] = pipe_share(rng, 0.05);
    if (plan->relays == 1 && rng_below(rng, 3) == 0)
        config->refuse = (struct standin_fail){rng_double(rng) * 0.05, 422};
    if (plan->relays == 1 && rng_below(rng, 6) == 0)
        config->queue_max = 10 + rng_below(rng, 30);
}

static void pipe_plan_kill(struct pipe_plan *plan, struct rng *rng)
{
    struct standin_relay_config *config = &plan->relay[0].config;
    plan->kill_ns = PIPE_SEC + (int64_t)rng_below(rng, PIPE_SEC);
    plan->relay[0].is_tcp = false;
    /* What it has then: some 0.2 s of the load, or more than the second that makes it stuck. */
    config->delay = (struct dist){.kind = DIST_CONSTANT,
                                  .ns = rng_below(rng, 2) == 0 ? PIPE_SEC / 5 : 3 * PIPE_SEC / 2};
    config->queue_max = 100000;
    if (plan->kill_ns < config->delay.ns + PIPE_SEC / 2)
        plan->kill_ns = config->delay.ns + PIPE_SEC / 2;
}

void pipe_plan_make(const struct pipe_options *asked, struct pipe_plan *out_plan)
{
    struct rng rng = rng_at(asked->seed, asked->is_healthy ? 1 : asked->has_kill ? 2 : 3);
    struct pipe_plan plan = {.asked = *asked};
    bool is_calm = asked->is_healthy || asked->has_kill;
    plan.relays = asked->has_kill ? 1 : 1 + (int)rng_below(&rng, PIPE_SINKS_MAX);
    plan.latency_ns = 50000 + (int64_t)rng_below(&rng, 450000);
    plan.jitter_ns = rng_below(&rng, 3) == 0 ? (int64_t)rng_below(&rng, 300000) : 0;
    plan.timeout_ns = 2 * PIPE_SEC;
    /* One worker may be slower than the load. */
    plan.within_ns = asked->is_healthy ? 60 * PIPE_SEC : PIPE_SEC;
    plan.reply = (enum pipe_reply)rng_below(&rng, 3);
    plan.is_one_port = rng_below(&rng, 2) == 0;
    if (asked->has_kill || rng_below(&rng, 4) == 0)
        plan.within_ns = 60 * PIPE_SEC;
    plan.batch = rng_below(&rng, 3) == 0 ? 1 + rng_below(&rng, 2) : 1 + rng_below(&rng, 10);
    plan.is_closed = !asked->has_kill && rng_below(&rng, 4) == 0;
    plan.resets = !is_calm && rng_below(&rng, 4) == 0 ? 1 + (int)rng_below(&rng, 5) : 0;
    if (!is_calm)
        pipe_plan_deeds(&plan, &rng);
    for (int i = 0; i < plan.relays; i++)
        pipe_plan_relay(&plan, &rng, i);
    if (asked->has_kill)
        pipe_plan_kill(&plan, &rng);
    *out_plan = plan;
}

/* ---- for the bench ---- */

static enum br_err pipe_bench_sink(struct pipe_plan *plan, struct plan *bench, struct rng *rng,
                                   int at, struct diag *diag)
{
    struct pipe_relay_plan *relay = &plan->relay[at];
    char text[160];
    struct plan_sinks *sinks = &bench->events.sinks;
    if (relay->is_tcp) {
        (void)snprintf(text, sizeof(text), "s%d=tcp:10.0.0.9:%d", at, 9100 + at);
        (void)snprintf(relay->url, sizeof(relay->url), "10.0.0.9:%d", 9100 + at);
    } else {
        int port = plan->is_one_port ? 9000 : 9000 + at;
        (void)snprintf(text, sizeof(text), "s%d=webhook:10.0.0.9:%d/s%d", at, port, at);
        (void)snprintf(relay->url, sizeof(relay->url), "http://10.0.0.9:%d/s%d", port, at);
    }
    relay->config.out = (struct relay_out){relay->is_tcp ? RELAY_OUT_TCP : RELAY_OUT_WEBHOOK,
                                           bytes_from_str(relay->url)};
    enum br_err err = plan_sinks_add(sinks, bytes_from_str(text), diag);
    (void)snprintf(text, sizeof(text), "s%d=exactly-once,within=%lldms%s%s", at,
                   (long long)(plan->within_ns / PIPE_MS),
                   plan->asked.is_healthy ? ",in-order" : "", relay->is_intact ? ",intact=m" : "");
    if (err == BR_ERR_NONE)
        err = plan_events_add_deliver(&bench->events, bytes_from_str(text), diag);
    bool is_failing = !relay->is_tcp && (plan->asked.is_healthy || rng_below(rng, 2) == 0);
    if (err != BR_ERR_NONE || !is_failing || plan->asked.has_kill)
        return err;
    /* A healthy pipeline copes with a sink that fails now and then. */
    static const char *const statuses[] = {"500", "503", "502", "429", "408"};
    (void)snprintf(text, sizeof(text),
                   "s%d=fail=%d%%:%s reset=%d%% stall=%d%% delay=uniform:0ms,3ms", at,
                   (int)rng_below(rng, 10), statuses[rng_below(rng, 5)], (int)rng_below(rng, 4),
                   rng_below(rng, 4) == 0);
    relay->sink_delay_ns = 3 * PIPE_MS;
    err = plan_sinks_add_stretch(sinks, bytes_from_str(text), diag);
    (void)snprintf(text, sizeof(text), "s%d=700ms-1100ms down", at);
    if (err == BR_ERR_NONE && !plan->is_one_port && rng_below(rng, 5) == 0)
        err = plan_sinks_add_stretch(sinks, bytes_from_str(text), diag);
    return err;
}

static void pipe_bench_load(struct pipe_plan *plan, struct plan *bench, struct rng *rng)
{
    struct plan_load *load = &bench->load;
    if (plan->is_closed) {
        load->model = PLAN_CLOSED;
        load->operations = 100 + rng_below(rng, 300);
        load->connections = 1 + rng_below(rng, 8);
        plan->requests = load->operations;
    } else {
        load->model = PLAN_OPEN;
        load->duration_ns = (2 + (int64_t)rng_below(rng, 3)) * PIPE_SEC;
        struct plan_rate rate = {50 + rng_below(rng, 100), PIPE_SEC};
        plan_add_leg(bench, rate, rate, load->duration_ns);
        plan->requests = rate.count * (uint64_t)load->duration_ns / PIPE_SEC;
        load->warmup_ns = rng_below(rng, 4) == 0 ? PIPE_SEC / 2 : 0;
    }
    bench->shards = 1 + (int)rng_below(rng, load->connections == 1 ? 1 : 3);
    if (load->connections > 0 && load->connections < (uint64_t)bench->shards)
        bench->shards = 1;
}

bool pipe_plan_bench(struct pipe_plan *plan, struct plan *bench, char why[PIPE_WHY_SIZE])
{
    static const char *const bodies[] = {
        "{\"m\":\"paid {{event}} in full\",\"k\":\"{{pick a b c as key}}\"}",
        "{\"m\":\"failed\",\"id\":\"{{event uuid}}\",\"k\":\"{{pick a b as key}}\"}",
        "{{event}}",
        "{\"m\":\"paid {{event}} in full\",\"again\":\"{{event}}\",\"k\":\"{{pick a b as key}}\"}",
    };
    static const char *const replies[] = {"", "items:items[*].*.status=200-299", "ids:bad[*].id"};
    struct rng rng = rng_at(plan->asked.seed, 100);
    struct diag diag = DIAG_INIT;
    size_t kind = rng_below(&rng, BR_COUNT(bodies));
    plan_init(bench);
    bench->seed = plan->asked.seed;
    bench->seed_given = true;
    bench->request.method = BYTES("POST");
    bench->request.body = plan_copy(bench, bytes_from_str(bodies[kind]));
    bench->request.batch = plan->batch;
    bench->request.join = kind != 2 && rng_below(&rng, 2) == 0 ? BATCH_ARRAY : BATCH_LINES;
    bench->timeout_ns = plan->timeout_ns;
    bench->events.first_event = plan->asked.is_healthy;
    bench->events.run_given = true;
    stamp_run_init(&bench->events.run, plan->asked.seed);
    if (kind != 2 && rng_below(&rng, 2) == 0)
        bench->events.stream_key = BYTES("key");
    pipe_bench_load(plan, bench, &rng);
    enum br_err err = plan_add_target(bench, BYTES("http://10.0.0.1:8000/in"), &diag);
    if (err == BR_ERR_NONE && plan->reply != PIPE_REPLY_NONE)
        err = accept_on_path(&bench->events.accept, bytes_from_str(replies[plan->reply]),
                             plan->reply == PIPE_REPLY_ITEMS ? ACCEPT_ACCEPTED : ACCEPT_REFUSED,
                             &diag);
    for (int i = 0; i < plan->relays; i++)
        plan->relay[i].is_intact = kind != 2 && rng_below(&rng, 3) > 0;
    for (int i = 0; i < plan->relays && err == BR_ERR_NONE; i++)
        err = pipe_bench_sink(plan, bench, &rng, i, &diag);
    if (err == BR_ERR_NONE)
        err = plan_complete(bench, &diag);
    if (err != BR_ERR_NONE)
        (void)snprintf(why, PIPE_WHY_SIZE, "the plan: %s", diag.text);
    return err == BR_ERR_NONE;
}
