/* SPDX-License-Identifier: Apache-2.0
 *
 * One ledger of two sinks and one stream, and shortcuts to talk to it. Sink 1 wants its events
 * within 1000 ns; sink 0 does not mind.
 */
#ifndef BR_TESTS_LEDGER_TALK_H
#define BR_TESTS_LEDGER_TALK_H

#include "base/attr.h"
#include "track/ledger.h"
#include "unit.h"

enum { LEDGER_TEST_TALES = 64 };

struct ledger_test {
    struct ledger *ledger;
    struct track_block *block;
    struct track_sum sum;
    struct ledger_facts facts; /* set by ledger_test_finish */
    uint32_t stream;
    uint32_t number;
    size_t tale_count; /* the first LEDGER_TEST_TALES are kept */
    struct track_anomaly tales[LEDGER_TEST_TALES];
};

extern struct ledger_test ledger_test;

/* To be changed, then given to create; or init, which does both. */
struct ledger_config ledger_test_config(void);
void ledger_test_create(const struct ledger_config *config);
void ledger_test_init(void);
void ledger_test_fini(void);

/* Registered at their due time; sent 10 later; accepted 100 later. */
struct ledger_span ledger_test_register(uint32_t count, int64_t due_ns);
struct ledger_span ledger_test_send(uint32_t count, int64_t due_ns);
struct ledger_span ledger_test_accept(uint32_t count, int64_t due_ns);

struct ledger_arrival ledger_test_arrival(int sink, uint64_t seq, int64_t at_ns);
void ledger_test_arrive(int sink, uint64_t seq, int64_t at_ns);
void ledger_test_finish(int64_t end_ns, int64_t stall_ns);

/* What was counted in phase 0, after ledger_test_finish. */
const struct track_at_sum *ledger_test_at(int sink);
/* How often it was told, less how often it was taken back. */
int64_t ledger_test_told(enum track_anomaly_kind kind, int sink);

#endif
