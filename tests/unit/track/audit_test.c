/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit finds every number that is off by one.
 */
#include "track/audit.h"

#include "ledger_talk.h"

struct audit_world {
    struct ledger_walk walk;
    struct track_claims claims;
};

/* Five events: one unsent, one refused and leaked, three accepted of which two came to sink 0, one
 * of them twice, after an attempt. */
static struct audit_world audit_make(void)
{
    ledger_test_init();
    struct ledger_span span = ledger_test_register(1, 0);
    ledger_resolve(ledger_test.ledger, span, TRACK_UNSENT, 100);
    span = ledger_test_send(1, 0);
    ledger_resolve(ledger_test.ledger, span, TRACK_REFUSED, 100);
    ledger_test_accept(3, 0);
    struct ledger_arrival attempt = ledger_test_arrival(0, 2, 200);
    attempt.is_attempt = true;
    ledger_arrive(ledger_test.ledger, &attempt);
    static const uint64_t seqs[] = {1, 2, 3, 2, 99};
    for (size_t i = 0; i < BR_COUNT(seqs); i++)
        ledger_test_arrive(0, seqs[i], 500);
    ledger_test_finish(1000000, 0);
    struct audit_world world = {.walk = {0}};
    ledger_walk_add(&world.walk, ledger_test.ledger);
    track_claims_init(&world.claims);
    world.claims.events = 5;
    world.claims.phases[0] = (struct track_claim){.events = 5, .sent = 4};
    world.claims.phases[1] = (struct track_claim){.events = 0, .sent = -1};
    world.claims.arrivals[0] = 6;
    return world;
}

static bool audit_ask(const struct audit_world *world, struct diag *diag)
{
    return track_audit(&ledger_test.sum, &world->walk, &world->claims, diag);
}

UNIT_TEST(audit_passes_what_adds_up)
{
    struct audit_world world = audit_make();
    struct diag diag = DIAG_INIT;
    bool is_sound = audit_ask(&world, &diag);
    UNIT_EQ_STR(diag.text, "");
    UNIT_OK(is_sound);
    track_claims_init(&world.claims);
    UNIT_OK(audit_ask(&world, &diag));
    ledger_test_fini();
}

UNIT_TEST(audit_finds_what_does_not)
{
    struct audit_world world = audit_make();
    struct track_entries *entries = &ledger_test.sum.entries[0];
    struct track_at_sum *at = track_sum_at(&ledger_test.sum, 0, 0);
    struct {
        int64_t *number;
        const char *says;
    } rows[] = {
        {&world.claims.events, "registered events are 5, operations times batch are 6"},
        {&world.claims.phases[0].events, "registered events are 5, operations times batch are 6"},
        {&world.claims.phases[1].events, "registered events are 0, operations times batch are 1"},
        {&world.claims.phases[0].sent, "sent events are 4, sent operations times batch are 5"},
        {&entries->sent, "sent events are 5, sent operations times batch are 4"},
        {&world.claims.arrivals[0], "at sink 0: arrivals in the ledger are 6, those of the sink"},
        {&world.walk.events, "registered events are 5, those walked over are 6"},
        {&world.walk.codes[1][LEDGER_OPEN], "at sink 1: events that did not come are 3"},
        {&entries->registered, "registered events are 6"},
        {&entries->unsure, "those with an answer are 6"},
        {&at->deliveries, "deliveries are 5, first ones, copies and redelivered ones are 4"},
        {&at->copies, "deliveries are 4, first ones"},
        {&at->attempts, "arrivals in the ledger are 7"},
        {&at->delivered, "events in all classes are 6"},
        {&at->leaked, "events in all classes are 6"},
        {&at->lost, "events in all classes are 6"},
        {&ledger_test.sum.unknown[0], "arrivals in the ledger are 7"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].says);
        struct diag diag = DIAG_INIT;
        (*rows[i].number)++;
        UNIT_OK(!audit_ask(&world, &diag));
        if (strstr(diag.text, rows[i].says) == NULL)
            UNIT_EQ_STR(diag.text, rows[i].says);
        (*rows[i].number)--;
    }
    /* Two classes that are off against each other. */
    struct diag diag = DIAG_INIT;
    at->delivered++;
    at->lost--;
    UNIT_OK(!audit_ask(&world, &diag));
    UNIT_OK(strstr(diag.text, "their codes") != NULL);
    /* Where events are only counted classes come from elsewhere; what went in is checked still. */
    world.claims.is_counted = true;
    UNIT_OK(audit_ask(&world, &diag));
    world.claims.phases[0].sent++;
    UNIT_OK(!audit_ask(&world, &diag));
    ledger_test_fini();
}

UNIT_MAIN(UNIT_RUN(audit_passes_what_adds_up), UNIT_RUN(audit_finds_what_does_not))
