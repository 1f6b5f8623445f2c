/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of scenarios whose VUs are fakes: an iteration is a timer. The hosts of all shards live on
 * one loop; offers between them take a turn of it.
 */
#ifndef BR_TESTS_SIM_VUS_H
#define BR_TESTS_SIM_VUS_H

#include "load/vu.h"

enum { FAKE_SHARDS = 3, FAKE_STARTS = 20000, FAKE_OFFERS = 4096, FAKE_SCENARIOS = 4 };

struct fake_vu {
    struct vu vu;
    struct wheel_timer timer;
};

struct fake_driver {
    struct vu_driver driver;
    struct vu_host *host;
};

struct fake_start {
    int64_t at_ns; /* since the start */
    uint64_t vu, number, iteration, scenario_iteration;
    int scenario;
};

/* Everything of a play. */
struct fake {
    struct loop loop;
    struct plan_scenarios scenarios;
    struct plan_deal *deal;
    struct vu_share_local share;
    struct fake_driver drivers[FAKE_SHARDS];
    int shards;
    int64_t t0_ns;
    struct loop_alarm offers_alarm;
    struct vu_offer offers[FAKE_OFFERS];
    int offers_to[FAKE_OFFERS];
    size_t offer_head, offer_tail;
    int ready, done;

    /* How it behaves. */
    int64_t iteration_ns;
    int64_t init_ns;       /* VUs made in the middle take so long; 0: at once */
    uint64_t broken_id;    /* its init fails */
    uint64_t abort_number; /* the iteration that aborts all; UINT64_MAX: none */
    int64_t min_iteration_ns;
    int64_t linger_ns; /* an interrupted iteration ends so much later */

    /* What came out. */
    struct fake_start starts[FAKE_STARTS];
    size_t start_count;
    uint64_t dropped[FAKE_SCENARIOS];
    int insufficient;
    int64_t done_ns;
    uint64_t active_max;
};

extern struct fake fake;

/* Reads options; nothing runs yet, and how it behaves may be set. */
void fake_set_up(const char *json, int shards);
/* Makes the hosts and their VUs. */
void fake_prepare(void);
void fake_start(void);
/* Until all is done, or until that time of the run. */
void fake_run(int64_t until_ns);
/* All of it, to the end. */
void fake_play(const char *json, int shards, int64_t iteration_ns);
void fake_tear_down(void);

/* Over all shards. */
uint64_t fake_active(void);
uint64_t fake_initialised(void);
uint64_t fake_sum(int scenario, size_t offset);
#define FAKE_SUM(scenario, member) fake_sum(scenario, offsetof(struct vu_totals, member))

#endif
