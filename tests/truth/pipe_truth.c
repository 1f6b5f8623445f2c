/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs through planted faults in the simulated world: pipe_truth planted|healthy|killed COUNT
 * [FIRST_SEED]. Speaks TAP: one case, as all seeds are one claim. A seed that fails says what
 * was told and what must have been, and how to play it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "pipe.h"
#include "run/run.h"

enum { PIPE_AGAIN = 25, PIPE_WRONG_MAX = 10 };

struct pipe_play {
    struct pipe_plan plan;
    struct pipe_truth truth;
    struct pipe_tally *tally;
    bool is_judged;
    bool is_right;
    char why[PIPE_WHY_SIZE];
};

static void pipe_on_result(void *context, const struct result *result)
{
    struct pipe_play *play = context;
    play->is_judged = true;
    play->is_right = pipe_judge(&play->plan, &play->truth, result, play->tally, play->why);
}

static void pipe_reset_sinks(void *context)
{
    struct sock_addr addr;
    (void)context;
    for (uint16_t i = 0; i < PIPE_SINKS_MAX; i++) {
        if (sock_addr_from_ip(BYTES("10.0.0.9"), (uint16_t)(9000 + i), &addr))
            sim_reset_all(&addr);
    }
}

static void pipe_run(struct pipe_play *play, struct plan *bench)
{
    struct run_observer observer = {.context = play, .on_result = pipe_on_result};
    struct diag diag = DIAG_INIT;
    enum exit_code code;
    struct pipe_gate *gate = pipe_gate_start(&play->plan, &bench->events.run, &play->truth);
    struct rng rng = rng_at(play->plan.asked.seed, 7);
    for (int i = 0; i < play->plan.resets; i++)
        sim_at(sim_now_ns() + (int64_t)rng_below(&rng, 3 * PIPE_SEC), pipe_reset_sinks, NULL);
    if (run_plan(bench, &observer, &code, &diag) != BR_ERR_NONE)
        (void)snprintf(play->why, sizeof(play->why), "the run: %s", diag.text);
    else if (!play->is_judged)
        (void)snprintf(play->why, sizeof(play->why), "no result");
    pipe_gate_stop(&gate);
}

/* False with the reason in why; *out_hash is the world's. */
static bool pipe_play_seed(const struct pipe_options *asked, struct pipe_tally *tally,
                           uint64_t *out_hash, char why[PIPE_WHY_SIZE])
{
    struct pipe_play *play = MEM_NEW(struct pipe_play);
    struct plan bench;
    pipe_plan_make(asked, &play->plan);
    play->tally = tally;
    struct sim_options options = {.seed = asked->seed,
                                  .limit_ns = 3600 * PIPE_SEC,
                                  .link = {.latency_ns = play->plan.latency_ns,
                                           .jitter_ns = play->plan.jitter_ns,
                                           .short_recv_odds = 0.02}};
    sim_begin(&options);
    if (pipe_plan_bench(&play->plan, &bench, play->why))
        pipe_run(play, &bench);
    plan_fini(&bench);
    *out_hash = sim_end();
    bool is_right = play->is_right;
    (void)snprintf(why, PIPE_WHY_SIZE, "%s", play->why);
    for (int i = 0; i < PIPE_STREAMS_MAX; i++)
        mem_free(play->truth.streams[i].events);
    mem_free(play);
    return is_right;
}

/* The same seed is the same world, to the byte. */
static bool pipe_is_same_again(const struct pipe_options *asked, uint64_t hash,
                               char why[PIPE_WHY_SIZE])
{
    struct pipe_tally *tally = MEM_NEW(struct pipe_tally);
    uint64_t again = 0;
    (void)pipe_play_seed(asked, tally, &again, why);
    mem_free(tally);
    if (again != hash)
        (void)snprintf(why, PIPE_WHY_SIZE, "another world when it is played again");
    return again == hash;
}

static void pipe_print_tally(const struct pipe_tally *tally)
{
    printf("# %llu events, %llu unsent, %llu attempts, %llu redelivered, %llu unreadable stamps, "
           "%llu repeated\n",
           (unsigned long long)tally->events, (unsigned long long)tally->unsent,
           (unsigned long long)tally->attempts, (unsigned long long)tally->redelivered,
           (unsigned long long)tally->unreadable, (unsigned long long)tally->repeated);
    printf("# requests by deed of the gate:");
    for (int i = 0; i < PIPE_DEED_COUNT; i++)
        printf(" %llu", (unsigned long long)tally->deeds[i]);
    printf("\n# planted at the relays:");
    for (int i = RELAY_LOSE; i < RELAY_FAULT_COUNT; i++)
        printf(" %s %llu", relay_fault_name((enum relay_fault)i),
               (unsigned long long)tally->faults[i]);
    printf("\n# told (of it open):");
    for (int i = 0; i < TRACK_ANOMALY_COUNT; i++)
        printf(" %s %llu (%llu)", track_anomaly_name((enum track_anomaly_kind)i),
               (unsigned long long)tally->told[i], (unsigned long long)tally->open[i]);
    printf("; %llu lists too long to be known whole\n# classes:",
           (unsigned long long)tally->long_lists);
    for (int i = 0; i < TRACK_CLASS_COUNT; i++)
        printf(" %s %llu", track_class_name((enum track_class)i),
               (unsigned long long)tally->classes[i]);
    printf("\n");
}

static bool pipe_play_all(struct pipe_options asked, const char *kind, uint64_t count)
{
    struct pipe_tally *tally = MEM_NEW(struct pipe_tally);
    char why[PIPE_WHY_SIZE];
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < count && wrong < PIPE_WRONG_MAX; i++, asked.seed++) {
        uint64_t hash;
        if (pipe_play_seed(&asked, tally, &hash, why) &&
            (i % PIPE_AGAIN != 0 || pipe_is_same_again(&asked, hash, why)))
            continue;
        wrong++;
        printf("# seed %llu: %s\n#   again: pipe_truth %s 1 %llu\n", (unsigned long long)asked.seed,
               why, kind, (unsigned long long)asked.seed);
    }
    pipe_print_tally(tally);
    mem_free(tally);
    return wrong == 0;
}

int main(int argc, char **argv)
{
    struct pipe_options asked = {.seed = 1};
    uint64_t count = 0;
    bool is_read = argc >= 3 && argc <= 4 &&
                   units_parse_count(bytes_from_str(argv[2]), &count, NULL) == BR_ERR_NONE;
    if (is_read && argc == 4)
        is_read = units_parse_count(bytes_from_str(argv[3]), &asked.seed, NULL) == BR_ERR_NONE;
    asked.is_healthy = is_read && strcmp(argv[1], "healthy") == 0;
    asked.has_kill = is_read && strcmp(argv[1], "killed") == 0;
    if (!is_read || (!asked.is_healthy && !asked.has_kill && strcmp(argv[1], "planted") != 0)) {
        (void)fprintf(stderr, "pipe_truth planted|healthy|killed COUNT [FIRST_SEED]\n");
        return 2;
    }
    bool is_right = pipe_play_all(asked, argv[1], count);
    printf("%s 1 - %s pipelines: what is told is what happened, %llu seeds\n1..1\n",
           is_right ? "ok" : "not ok", argv[1], (unsigned long long)count);
    return is_right ? 0 : 1;
}
