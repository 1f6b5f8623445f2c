/* SPDX-License-Identifier: Apache-2.0
 *
 * Making results by hand.
 */
#include "sample.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "unit.h"

#define SECOND_NS INT64_C(1000000000)

void sample_init(struct sample *sample)
{
    *sample = (struct sample){.plan = {.command = BYTES("brunt bench http://127.0.0.1:8000/"),
                                       .seed = 42,
                                       .request = {.method = BYTES("GET")},
                                       .timeout_ns = 60 * SECOND_NS,
                                       .keep_alive = true,
                                       .shards = 1,
                                       .wait = PLAN_WAIT_ECO}};
    sample->leg = (struct plan_leg){
        .from = {1000, SECOND_NS}, .to = {1000, SECOND_NS}, .duration_ns = 10 * SECOND_NS};
    sample->plan.load = (struct plan_load){.model = PLAN_OPEN,
                                           .legs = &sample->leg,
                                           .leg_count = 1,
                                           .duration_ns = 10 * SECOND_NS,
                                           .connections = 100,
                                           .grace_ns = 5 * SECOND_NS};
    sample->plan.targets = sample->targets;
    sample->plan.expects = sample->expects;
    sample->facts = (struct result_facts){.version = BYTES("0.1.0"),
                                          .start_unix_ns = INT64_C(1767323045678000000),
                                          .host = BYTES("box"),
                                          .kernel = BYTES("Linux 6.1.0"),
                                          .cpu_model = BYTES("A CPU"),
                                          .cpus = 4,
                                          .cpus_allowed = 2,
                                          .memory_bytes = UINT64_C(8) << 30,
                                          .connections_max = 100};
}

void sample_add_target(struct sample *sample, const char *url)
{
    size_t at = sample->plan.target_count++;
    (void)snprintf(sample->urls[at], sizeof(sample->urls[at]), "%s", url);
    sample->targets[at].url = bytes_from_str(sample->urls[at]);
}

void sample_expect(struct sample *sample, const char *text)
{
    struct diag diag = DIAG_INIT;
    size_t at = sample->plan.expect_count++;
    if (expr_parse(bytes_from_str(text), &sample->expects[at], &diag) != BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s", diag.text);
}

void sample_begin(struct sample *sample)
{
    if (sample->plan.target_count == 0)
        sample_add_target(sample, "http://127.0.0.1:8000/");
    result_init(&sample->result, &sample->plan, &sample->facts);
    sample->block =
        block_create(0, (int)sample->result.phase_count, (int)sample->result.target_count);
    block_reset(sample->block, 0);
}

void sample_add(struct sample *sample, const struct sample_ops *from)
{
    struct block_ops *ops = block_ops_at(sample->block, from->phase, from->target);
    struct block_phase *phase = &sample->block->phases[from->phase];
    int64_t now_ns = sample->gauges.now_ns;
    bool failed = from->err != BR_ERR_NONE;

    for (uint64_t i = 0; i < from->count; i++) {
        phase->due++;
        hist_record(&phase->lateness, 1e4);
        ops->done++;
        ops->failed += failed;
        if (failed)
            block_error_record(&ops->errors[from->err], now_ns + SECOND_NS / 2);
        if (from->status > 0)
            ops->status[from->status]++;
        hist_record(failed ? &ops->latency_failed : &ops->latency_ok, from->latency_ns);
        ops->last_ns = now_ns + SECOND_NS;
        if (from->service_ns <= 0)
            continue;
        ops->sent++;
        ops->bytes_sent += 64;
        ops->bytes_received += 120;
        hist_record(failed ? &ops->service_failed : &ops->service_ok, from->service_ns);
        hist_record(&phase->wait, from->latency_ns - from->service_ns);
        hist_record(&phase->receive_lag, 2e4);
        if (ops->first_ns < 0)
            ops->first_ns = now_ns;
    }
}

void sample_second(struct sample *sample)
{
    struct result_gauges *gauges = &sample->gauges;
    gauges->now_ns += SECOND_NS;
    gauges->cpu_user_ns += 200000000;
    gauges->cpu_system_ns += 300000000;
    gauges->rss_bytes = 12 << 20;
    gauges->conns_open = 14;
    gauges->in_flight = 3;
    sample->block->end_ns = gauges->now_ns;
    for (size_t i = 0; i < sample->result.phase_count; i++) {
        if (sample->block->phases[i].due == 0)
            continue;
        sample->block->phases[i].busy_ns += 600000000;
        sample->block->phases[i].idle_ns += 400000000;
    }
    result_add_block(&sample->result, sample->block);
    block_reset(sample->block, gauges->now_ns);
    result_tick(&sample->result, gauges);
}

void sample_finish(struct sample *sample, uint64_t unsent)
{
    sample->block->phases[sample->result.phase_count - 1].due += unsent;
    result_add_block(&sample->result, sample->block);
    block_reset(sample->block, sample->gauges.now_ns);
    sample->gauges.now_ns += SECOND_NS / 4;
    sample->gauges.in_flight = 0;
    result_tick(&sample->result, &sample->gauges);
    sample->end.load_end_ns = sample->gauges.now_ns - SECOND_NS / 4;
    sample->end.end_ns = sample->gauges.now_ns;
    sample->end.unsent = unsent;
    result_set_end(&sample->result, &sample->end);
}

void sample_fini(struct sample *sample)
{
    block_destroy(&sample->block);
    result_fini(&sample->result);
}

static void sample_lively_second(struct sample *sample, struct rng *rng, int second)
{
    int phase = second < 2 ? 0 : 1;
    for (int i = 0; i < 200; i++) {
        double latency_ns = 2e6 * exp(2.0 * rng_double(rng)) * (second == 6 ? 20.0 : 1.0);
        struct sample_ops ops = {.phase = phase,
                                 .target = i % 2,
                                 .count = 1,
                                 .latency_ns = floor(latency_ns * (i % 2 == 0 ? 1.0 : 3.0)),
                                 .status = 200};
        ops.service_ns = ops.latency_ns - 150000.0;
        if (second > 3 && rng_below(rng, 50) == 0) {
            ops.err = BR_ERR_STATUS;
            ops.status = 503;
        } else if (second == 7 && rng_below(rng, 20) == 0) {
            ops.err = BR_ERR_CONN_REFUSED;
            ops.status = 0;
            ops.service_ns = 0;
        }
        sample_add(sample, &ops);
    }
    hist_record(&sample->block->phases[phase].connect, 250000.0);
    block_ops_at(sample->block, phase, 0)->conns_opened += 3;
    sample->block->phases[phase].waited += second == 6 ? 3 : 0;
}

void sample_run_lively(struct sample *sample)
{
    struct rng rng;
    rng_init(&rng, 11);
    sample_init(sample);
    sample->plan.load.warmup_ns = 2 * SECOND_NS;
    sample->leg.from.count = 200;
    sample->leg.to.count = 200;
    sample_add_target(sample, "http://127.0.0.1:8000/orders");
    sample_add_target(sample, "http://127.0.0.1:8001/orders");
    sample_expect(sample, "p99<2s");
    sample_expect(sample, "failed<0.1%");
    sample_begin(sample);
    for (int second = 0; second < 10; second++) {
        sample_lively_second(sample, &rng, second);
        sample->gauges.behind = second == 6 ? 17 : 0;
        sample_second(sample);
    }
}
