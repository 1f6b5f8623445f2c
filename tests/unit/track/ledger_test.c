/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger in short conversations: what is told to it, and what it says then. The long ones are
 * in ledger_model_test.c, the ends of runs in ledger_end_test.c.
 */
#include "ledger_talk.h"
#include "track/ledger_chunk.h"

/* Every row of design.md 7.5, the arrivals before or after the operation ended. */
UNIT_TEST(ledger_finds_every_class)
{
    static const struct {
        const char *name;
        enum track_entry entry;
        int64_t arrivals[2]; /* 0: none */
        enum track_class class;
    } rows[] = {
        {"unsent, never", TRACK_UNSENT, {0}, TRACK_CLASS_UNSENT},
        {"unsent, once", TRACK_UNSENT, {500}, TRACK_CLASS_UNSENT_CAME},
        {"unsent, late", TRACK_UNSENT, {1500}, TRACK_CLASS_UNSENT_CAME},
        {"unsent, twice", TRACK_UNSENT, {500, 600}, TRACK_CLASS_UNSENT_CAME},
        {"refused, never", TRACK_REFUSED, {0}, TRACK_CLASS_REFUSED},
        {"refused, once", TRACK_REFUSED, {500}, TRACK_CLASS_LEAKED},
        {"refused, late", TRACK_REFUSED, {1500}, TRACK_CLASS_LEAKED},
        {"refused, twice", TRACK_REFUSED, {500, 600}, TRACK_CLASS_LEAKED},
        {"accepted, never", TRACK_ACCEPTED, {0}, TRACK_CLASS_LOST},
        {"accepted, once", TRACK_ACCEPTED, {500}, TRACK_CLASS_DELIVERED},
        {"accepted, at the last moment", TRACK_ACCEPTED, {1000}, TRACK_CLASS_DELIVERED},
        {"accepted, late", TRACK_ACCEPTED, {1001}, TRACK_CLASS_LATE},
        {"accepted, twice", TRACK_ACCEPTED, {500, 600}, TRACK_CLASS_DUPLICATED},
        {"accepted, late and again", TRACK_ACCEPTED, {1500, 1600}, TRACK_CLASS_DUPLICATED},
        {"unsure, never", TRACK_UNSURE, {0}, TRACK_CLASS_UNSURE_ABSENT},
        {"unsure, once", TRACK_UNSURE, {500}, TRACK_CLASS_UNSURE_DELIVERED},
        {"unsure, late", TRACK_UNSURE, {1500}, TRACK_CLASS_UNSURE_DELIVERED},
        {"unsure, twice", TRACK_UNSURE, {500, 600}, TRACK_CLASS_DUPLICATED},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        for (int is_early = 0; is_early < 2; is_early++) {
            UNIT_ROW(rows[i].name);
            ledger_test_init();
            struct ledger_span span = ledger_test_register(1, 0);
            if (rows[i].entry != TRACK_UNSENT)
                ledger_send(ledger_test.ledger, span, 10, 77);
            if (!is_early)
                ledger_resolve(ledger_test.ledger, span, rows[i].entry, 100);
            for (int k = 0; k < 2 && rows[i].arrivals[k] > 0; k++)
                ledger_test_arrive(1, 0, rows[i].arrivals[k]);
            if (is_early)
                ledger_resolve(ledger_test.ledger, span, rows[i].entry, 2000);
            ledger_test_finish(1000000, 0);
            for (int class = 0; class < TRACK_CLASS_COUNT; class ++)
                UNIT_EQ_INT(track_at_sum_class(ledger_test_at(1), (enum track_class) class),
                            class == (int)rows[i].class);
            struct ledger_walk walk = {0};
            ledger_walk_add(&walk, ledger_test.ledger);
            UNIT_EQ_INT(walk.events, 1);
            ledger_test_fini();
        }
    }
}

UNIT_TEST(ledger_measures_lags_from_three_moments)
{
    ledger_test_init();
    ledger_test_accept(1, 1000);
    ledger_test_arrive(0, 0, 1500);
    /* Before its acceptance was read: counted, not clamped. */
    struct ledger_span span = ledger_test_send(1, 2000);
    ledger_test_arrive(0, 1, 2040);
    ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, 2100);
    /* Nobody knows when it was accepted. */
    span = ledger_test_send(1, 3000);
    ledger_resolve(ledger_test.ledger, span, TRACK_UNSURE, 3100);
    ledger_test_arrive(0, 2, 3700);
    ledger_test_finish(1000000, 0);
    const struct track_at_sum *at = ledger_test_at(0);
    UNIT_EQ_INT(at->lag_due.count, 3);
    UNIT_OK(at->lag_due.sum == 500 + 40 + 700);
    UNIT_OK(at->lag_sent.sum == 490 + 30 + 690);
    UNIT_EQ_INT(at->lag_accepted.count, 2);
    UNIT_OK(at->lag_accepted.sum == 400 - 60);
    UNIT_OK(at->lag_accepted.min == -60);
    UNIT_EQ_INT(at->lag_negative, 1);
    ledger_test_fini();
}

struct ledger_order_row {
    const char *name;
    /* Up to three operations of two events each: due, -1 none; each is sent 10 and accepted 100
     * after its due time. */
    int64_t dues[3];
    uint64_t seqs[6];
    size_t seq_count;
    uint64_t reordered; /* bits of the events that are */
};

/* design.md 7.6: a came before b only if it was earlier in the same body, or its acceptance was
 * read before b was sent. */
UNIT_TEST(ledger_finds_what_was_reordered)
{
    static const struct ledger_order_row rows[] = {
        {"in order", {0, 1000, 2000}, {0, 1, 2, 3, 4, 5}, 6, 0},
        {"neighbours in a body", {0, -1, -1}, {1, 0}, 2, 1},
        {"neighbouring bodies", {0, 1000, -1}, {0, 2, 1, 3}, 4, 2},
        {"a whole body", {0, 1000, -1}, {2, 3, 0, 1}, 4, 3},
        {"sent before the acceptance", {0, 50, -1}, {2, 3, 0, 1}, 4, 0},
        {"sent as the acceptance was read", {0, 90, -1}, {2, 3, 0, 1}, 4, 0},
        {"sent right after it", {0, 91, -1}, {2, 3, 0, 1}, 4, 3},
        {"one overtakes many", {0, 1000, 2000}, {5, 0, 1, 2, 3, 4}, 6, 31},
        {"one is overtaken by many", {0, 1000, 2000}, {1, 2, 3, 4, 5, 0}, 6, 1},
        {"one that never comes is not overtaken", {0, 1000, -1}, {1, 2, 3}, 3, 0},
        {"the second delivery does not count", {0, 1000, -1}, {0, 1, 2, 0}, 4, 0},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].name);
        ledger_test_init();
        struct ledger_span spans[3];
        for (int k = 0; k < 3 && rows[i].dues[k] >= 0; k++)
            spans[k] = ledger_test_send(2, rows[i].dues[k]);
        for (int k = 0; k < 3 && rows[i].dues[k] >= 0; k++)
            ledger_resolve(ledger_test.ledger, spans[k], TRACK_ACCEPTED, rows[i].dues[k] + 100);
        for (size_t k = 0; k < rows[i].seq_count; k++)
            ledger_test_arrive(0, rows[i].seqs[k], 5000 + (int64_t)k);
        uint64_t told = 0;
        for (size_t k = 0; k < ledger_test.tale_count; k++) {
            if (ledger_test.tales[k].kind == TRACK_ANOMALY_REORDERED)
                told |= UINT64_C(1) << ledger_test.tales[k].id.seq;
        }
        UNIT_EQ_INT(told, rows[i].reordered);
        ledger_test_fini();
    }
}

UNIT_TEST(ledger_asks_no_order_of_what_was_not_accepted)
{
    ledger_test_init();
    struct ledger_span span = ledger_test_send(1, 0);
    ledger_resolve(ledger_test.ledger, span, TRACK_UNSURE, 100);
    ledger_test_accept(1, 1000);
    ledger_test_arrive(0, 1, 2000);
    ledger_test_arrive(0, 0, 2001);
    UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_REORDERED, 0), 0);
    ledger_test_fini();
}

UNIT_TEST(ledger_tells_retries_from_duplicates)
{
    ledger_test_init();
    ledger_test_accept(2, 0);
    struct ledger_arrival arrival = ledger_test_arrival(0, 0, 200);
    arrival.is_attempt = true;
    ledger_arrive(ledger_test.ledger, &arrival);
    ledger_arrive(ledger_test.ledger, &arrival);
    ledger_test_arrive(0, 0, 300);
    /* An attempt that nothing follows: lost, and told with it. */
    arrival.id.seq = 1;
    ledger_arrive(ledger_test.ledger, &arrival);
    ledger_test_finish(1000000, 0);
    const struct track_at_sum *at = ledger_test_at(0);
    UNIT_EQ_INT(at->attempts, 3);
    UNIT_EQ_INT(at->retries, 2);
    UNIT_EQ_INT(at->deliveries, 1);
    UNIT_EQ_INT(at->delivered, 1);
    UNIT_EQ_INT(at->duplicated, 0);
    UNIT_EQ_INT(at->lost, 1);
    UNIT_EQ_INT(ledger_test.tale_count, 3); /* the others at the second sink */
    UNIT_EQ_INT(ledger_test.tales[1].attempts, 1);
    ledger_test_fini();
}

UNIT_TEST(ledger_forgives_what_is_sent_again_unread)
{
    ledger_test_init();
    ledger_test_accept(1, 0);
    struct ledger_arrival arrival = ledger_test_arrival(0, 0, 200);
    arrival.may_be_unread = true;
    ledger_arrive(ledger_test.ledger, &arrival);
    ledger_test_arrive(0, 0, 300);
    UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_REDELIVERED, 0), 1);
    UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_DUPLICATED, 0), 0);
    /* The second reply was read. */
    ledger_test_arrive(0, 0, 400);
    ledger_test_arrive(0, 0, 500);
    UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_DUPLICATED, 0), 1);
    ledger_test_finish(1000000, 0);
    UNIT_EQ_INT(ledger_test_at(0)->redelivered, 1);
    UNIT_EQ_INT(ledger_test_at(0)->copies, 2);
    UNIT_EQ_INT(ledger_test_at(0)->duplicated, 1);
    ledger_test_fini();
}

UNIT_TEST(ledger_takes_hashes_when_events_have_their_numbers)
{
    static const struct {
        uint64_t sent, came;
        bool is_damaged;
    } rows[] = {{7, 7, false}, {7, 8, true}, {0, 8, false}, {7, 0, true}, {0, 0, false}};
    struct ledger_config config = ledger_test_config();
    config.has_hashes = true;
    ledger_test_create(&config);
    struct ledger_span span = ledger_test_register(BR_COUNT(rows), 0);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct stamp_id id = {span.stream, span.first + i};
        ledger_set_hash(ledger_test.ledger, id, rows[i].sent);
        ledger_set_hash(ledger_test.ledger, id, rows[i].sent == 0 ? 0 : 99); /* the first counts */
    }
    ledger_send(ledger_test.ledger, span, 10, 0);
    ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, 100);
    int64_t damaged = 0;
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct ledger_arrival arrival = ledger_test_arrival(0, i, 500);
        arrival.has_hash = true;
        arrival.hash = rows[i].came;
        ledger_arrive(ledger_test.ledger, &arrival);
        damaged += rows[i].is_damaged;
        UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_DAMAGED, 0), damaged);
    }
    ledger_test_finish(1000000, 0);
    UNIT_EQ_INT(ledger_test_at(0)->damaged, damaged);
    ledger_test_fini();
}

UNIT_TEST(ledger_tells_all_it_knows_of_an_anomaly)
{
    struct ledger_config config = ledger_test_config();
    config.has_hashes = true;
    ledger_test_create(&config);
    uint64_t hashes[] = {111, 0};
    struct ledger_order order = {.stream = ledger_test.stream,
                                 .count = 2,
                                 .phase = 1,
                                 .due_ns = 1000,
                                 .number = 42,
                                 .target = 5,
                                 .hashes = hashes};
    struct ledger_span span;
    UNIT_EQ_INT(ledger_register(ledger_test.ledger, &order, &span), BR_ERR_NONE);
    ledger_send(ledger_test.ledger, span, 1010, 77);
    ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, 1100);
    struct ledger_arrival arrival = ledger_test_arrival(0, 0, 1500);
    arrival.has_hash = true;
    arrival.hash = 222;
    ledger_arrive(ledger_test.ledger, &arrival);
    /* A hash of 0 is one, and 0 as it came means that the field was not there. */
    arrival.id.seq = 1;
    arrival.hash = 0;
    ledger_arrive(ledger_test.ledger, &arrival);
    UNIT_EQ_INT(ledger_test.tale_count, 2);
    const struct track_anomaly *tale = &ledger_test.tales[0];
    UNIT_EQ_INT(tale->kind, TRACK_ANOMALY_DAMAGED);
    UNIT_EQ_INT(tale->phase, 1);
    UNIT_EQ_INT(tale->id.seq, 0);
    UNIT_OK(tale->op.is_known);
    UNIT_EQ_INT(tale->op.number, 42);
    UNIT_EQ_INT(tale->op.conn, 77);
    UNIT_EQ_INT(tale->op.target, 5);
    UNIT_EQ_INT(tale->op.entry, TRACK_ACCEPTED);
    UNIT_EQ_INT(tale->due_ns, 1000);
    UNIT_EQ_INT(tale->op.sent_ns, 1010);
    UNIT_EQ_INT(tale->op.accepted_ns, 1100);
    UNIT_EQ_INT(tale->at_ns, 1500);
    UNIT_EQ_INT(tale->hash_sent, 111);
    UNIT_EQ_INT(tale->hash_came, 222);
    UNIT_EQ_BYTES(ledger_stream_key(ledger_test.ledger, ledger_test.stream), BYTES("web1"));
    UNIT_EQ_BYTES(ledger_stream_key(ledger_test.ledger, 99), BYTES(""));
    ledger_test_fini();
}

/* Long after its record went, a duplicate is still one, told with the due times around it. */
UNIT_TEST(ledger_knows_duplicates_of_long_ago)
{
    struct ledger_config config = ledger_test_config();
    config.warm_ops = 1;
    ledger_test_create(&config);
    for (int i = 0; i < 3 * LEDGER_CHUNK_SIZE; i++) {
        ledger_test_accept(1, i * 1000);
        ledger_test_arrive(0, (uint64_t)i, i * 1000 + 500);
        ledger_test_arrive(1, (uint64_t)i, i * 1000 + 501);
    }
    /* Three cells, and the chunk that is still warm. */
    UNIT_OK(ledger_size(ledger_test.ledger) < 2 * (LEDGER_CHUNK_SIZE * sizeof(struct ledger_op)));
    UNIT_EQ_INT(ledger_test.tale_count, 0);
    ledger_test_arrive(1, 7, 99000000);
    ledger_test_arrive(1, 7, 99000001);
    UNIT_EQ_INT(ledger_test.tale_count, 1);
    UNIT_EQ_INT(ledger_test.tales[0].kind, TRACK_ANOMALY_DUPLICATED);
    UNIT_OK(!ledger_test.tales[0].op.is_known);
    UNIT_EQ_INT(ledger_test.tales[0].due_ns, 0);
    UNIT_EQ_INT(ledger_test.tales[0].due_last_ns, (LEDGER_CHUNK_SIZE - 1) * 1000);
    ledger_test_finish(100000000, 0);
    UNIT_EQ_INT(ledger_test_at(1)->delivered, 3 * LEDGER_CHUNK_SIZE - 1);
    UNIT_EQ_INT(ledger_test_at(1)->duplicated, 1);
    ledger_test_fini();
}

/* A body across two chunks, the second part of which has settled and is no longer recent: its
 * order is still asked. */
UNIT_TEST(ledger_keeps_a_body_together_across_chunks)
{
    struct ledger_config config = ledger_test_config();
    config.warm_ops = 1;
    ledger_test_create(&config);
    ledger_test_accept(LEDGER_CHUNK_SIZE - 5, 0);
    struct ledger_span span = ledger_test_send(10, 1000);
    ledger_resolve(ledger_test.ledger, span, TRACK_UNSURE, 1100);
    ledger_test_accept(10, 1050);
    for (uint64_t seq = LEDGER_CHUNK_SIZE; seq < LEDGER_CHUNK_SIZE + 15; seq++) {
        ledger_test_arrive(0, seq, 2000);
        ledger_test_arrive(1, seq, 2000);
    }
    UNIT_EQ_INT(ledger_test.tale_count, 0);
    ledger_test_arrive(0, LEDGER_CHUNK_SIZE - 1, 3000);
    UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_REORDERED, 0), 1);
    ledger_test_fini();
}

/* Sparse and dense again, the hash of what is still missing comes along. */
UNIT_TEST(ledger_keeps_hashes_through_all_forms)
{
    static uint64_t hashes[LEDGER_CHUNK_SIZE];
    for (uint64_t i = 0; i < LEDGER_CHUNK_SIZE; i++)
        hashes[i] = 1000 + i;
    for (uint64_t copies = 0; copies <= 1000; copies += 500) {
        struct ledger_config config = ledger_test_config();
        config.has_hashes = true;
        config.warm_ops = 1;
        ledger_test_create(&config);
        struct ledger_order order = {
            .stream = ledger_test.stream, .count = LEDGER_CHUNK_SIZE, .hashes = hashes};
        struct ledger_span span;
        UNIT_EQ_INT(ledger_register(ledger_test.ledger, &order, &span), BR_ERR_NONE);
        ledger_send(ledger_test.ledger, span, 10, 0);
        ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, 100);
        ledger_test_accept(1, 200);
        ledger_test_accept(1, 200);
        struct ledger_arrival arrival = ledger_test_arrival(0, 0, 500);
        arrival.has_hash = true;
        for (int sink = 0; sink < 2; sink++) {
            arrival.sink = sink;
            for (uint64_t seq = 0; seq < LEDGER_CHUNK_SIZE; seq++) {
                arrival.id.seq = seq;
                arrival.hash = hashes[seq];
                if (seq != 2000)
                    ledger_arrive(ledger_test.ledger, &arrival);
            }
        }
        for (uint64_t seq = 0; seq < copies; seq++)
            ledger_test_arrive(0, seq, 600);
        UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_DAMAGED, 0), 0);
        arrival.sink = 0;
        arrival.id.seq = 2000;
        arrival.hash = 1;
        ledger_test.tale_count = 0;
        ledger_arrive(ledger_test.ledger, &arrival);
        UNIT_EQ_INT(ledger_test_told(TRACK_ANOMALY_DAMAGED, 0), 1);
        UNIT_EQ_INT(ledger_test.tales[0].hash_sent, 3000);
        ledger_test_fini();
    }
}

UNIT_TEST(ledger_resolves_parts_of_an_operation)
{
    ledger_test_init();
    struct ledger_span span = ledger_test_send(10, 0);
    struct ledger_span part = {span.stream, 2, 3};
    ledger_resolve(ledger_test.ledger, part, TRACK_REFUSED, 100);
    part = (struct ledger_span){span.stream, 3, 0};
    ledger_resolve(ledger_test.ledger, part, TRACK_ACCEPTED, 100);
    for (uint64_t seq = 0; seq < 10; seq++)
        ledger_test_arrive(0, 9 - seq, 500);
    ledger_test_finish(1000000, 0);
    const struct track_entries *entries = &ledger_test.sum.entries[0];
    UNIT_EQ_INT(entries->registered, 10);
    UNIT_EQ_INT(entries->accepted, 3);
    UNIT_EQ_INT(entries->refused, 2);
    UNIT_EQ_INT(entries->unsure, 5); /* nobody told what became of them */
    UNIT_EQ_INT(entries->pending, 0);
    UNIT_EQ_INT(ledger_test_at(0)->delivered, 3);
    UNIT_EQ_INT(ledger_test_at(0)->leaked, 2);
    UNIT_EQ_INT(ledger_test_at(0)->unsure_delivered, 5);
    /* Backwards within one body: all but the last. Refused ones are not asked. */
    UNIT_EQ_INT(ledger_test_at(0)->reordered, 7);
    UNIT_EQ_INT(ledger_test_at(1)->lost, 3);
    UNIT_EQ_INT(ledger_test_at(1)->unsure_absent, 5);
    ledger_test_fini();
}

UNIT_TEST(ledger_holds_back_what_the_plan_does_not_await)
{
    struct ledger_config config = ledger_test_config();
    config.sinks[1].is_awaited = false;
    ledger_test_create(&config);
    ledger_test_accept(3, 0);
    for (uint64_t seq = 0; seq < 3; seq++)
        ledger_test_arrive(0, seq, 500);
    ledger_test_arrive(1, 1, 50000);
    ledger_facts_init(&ledger_test.facts, 2);
    ledger_facts_add(&ledger_test.facts, ledger_test.ledger);
    UNIT_EQ_INT(ledger_test.facts.sinks[1].open, 0);
    ledger_test_finish(100000, 0);
    UNIT_EQ_INT(ledger_test_at(0)->delivered, 3);
    UNIT_EQ_INT(ledger_test_at(1)->delivered, 1);
    UNIT_EQ_INT(ledger_test_at(1)->held_back, 2);
    UNIT_EQ_INT(ledger_test_at(1)->lag_due.count, 0);
    ledger_test_fini();
}

UNIT_TEST(ledger_hands_its_block_over)
{
    ledger_test_init();
    struct track_block *next = track_block_create(0, 2, 2);
    ledger_test_accept(5, 0);
    ledger_test_arrive(0, 0, 500);
    ledger_test_arrive(0, 1, 500);
    struct track_block *full = ledger_swap_block(ledger_test.ledger, next, 1000);
    UNIT_OK(full == ledger_test.block);
    UNIT_EQ_INT(full->end_ns, 1000);
    UNIT_EQ_INT(full->flows[0].backlog, 3);
    UNIT_EQ_INT(full->flows[0].backlog_max, 5);
    UNIT_EQ_INT(track_block_at(full, 0, 0)->missing, 3);
    UNIT_EQ_INT(full->size, ledger_size(ledger_test.ledger));
    /* In the next interval it comes again: one less is delivered. */
    ledger_test_arrive(0, 0, 1500);
    UNIT_EQ_INT(next->start_ns, 1000);
    UNIT_EQ_INT(track_block_at(next, 0, 0)->delivered, -1);
    UNIT_EQ_INT(track_block_at(next, 0, 0)->duplicated, 1);
    track_block_reset(full, 2000);
    UNIT_OK(ledger_swap_block(ledger_test.ledger, full, 2000) == next);
    UNIT_EQ_INT(next->flows[0].backlog_max, 3);
    track_block_destroy(&next);
    ledger_test_fini();
}

UNIT_TEST(ledger_counts_stamps_that_nobody_sent)
{
    struct ledger_config config = ledger_test_config();
    config.stream_first = 2;
    config.stream_step = 3;
    ledger_test_create(&config);
    UNIT_EQ_INT(ledger_test.stream, 2);
    uint32_t second;
    UNIT_EQ_INT(ledger_open_stream(ledger_test.ledger, BYTES_NONE, 1, &second), BR_ERR_NONE);
    UNIT_EQ_INT(second, 5);
    ledger_test_accept(1, 0);
    static const struct stamp_id ids[] = {{2, 1}, {5, 0}, {3, 0}, {0, 0}, {8, 0}};
    for (size_t i = 0; i < BR_COUNT(ids); i++) {
        struct ledger_arrival arrival = {.sink = 1, .id = ids[i], .at_ns = 500};
        ledger_arrive(ledger_test.ledger, &arrival);
    }
    UNIT_EQ_INT(ledger_test.block->flows[1].unknown, BR_COUNT(ids));
    UNIT_EQ_INT(track_block_at(ledger_test.block, 0, 1)->deliveries, 0);
    ledger_test_fini();
}

UNIT_TEST(ledger_stops_at_its_memory)
{
    struct ledger_config config = ledger_test_config();
    config.memory_max = 1000000;
    ledger_test_create(&config);
    struct ledger_order order = {.stream = ledger_test.stream, .count = 1};
    struct ledger_span span;
    uint64_t count = 0;
    while (ledger_register(ledger_test.ledger, &order, &span) == BR_ERR_NONE) {
        order.number++;
        count++;
        ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, 0);
    }
    /* An unsettled event costs 40 bytes at most. */
    UNIT_OK(count >= 1000000 / 40);
    UNIT_OK(ledger_size(ledger_test.ledger) < 1000000 + 2 * LEDGER_CHUNK_SIZE * 40);
    /* Room again when they have come. */
    for (uint64_t seq = 0; seq < count; seq++) {
        ledger_test_arrive(0, seq, 10);
        ledger_test_arrive(1, seq, 10);
    }
    ledger_test_fini();
}

UNIT_TEST(ledger_estimates_what_it_will_need)
{
    size_t settled = ledger_estimate(100000000, 0, 1, false);
    UNIT_OK(settled < 45000000);
    size_t unsettled = ledger_estimate(100000000, 1000000, 1, false) - settled;
    UNIT_EQ_INT(unsettled, 40000000);
    UNIT_OK(ledger_estimate(1000, 1000, 2, true) > ledger_estimate(1000, 1000, 1, false));
}

UNIT_TEST(ledger_keeps_times_exact_where_it_matters)
{
    static const int64_t exacts[] = {
        0, 1, -1, 999999999, INT64_C(274000000000), INT64_C(-274000000000)};
    for (size_t i = 0; i < BR_COUNT(exacts); i++)
        UNIT_EQ_INT(ledger_unpack_since(ledger_pack_since(exacts[i])), exacts[i]);
    static const int64_t coarse[] = {INT64_C(300000000000), INT64_C(-300000000000),
                                     INT64_C(86400000000000)};
    for (size_t i = 0; i < BR_COUNT(coarse); i++) {
        int64_t off = ledger_unpack_since(ledger_pack_since(coarse[i])) - coarse[i];
        UNIT_OK(off > -1024 && off < 1024);
    }
    UNIT_OK(ledger_unpack_since(ledger_pack_since(INT64_MAX)) > INT64_C(280000000000000));
    UNIT_OK(ledger_unpack_since(ledger_pack_since(INT64_MIN)) < INT64_C(-280000000000000));
}

UNIT_MAIN(UNIT_RUN(ledger_finds_every_class), UNIT_RUN(ledger_measures_lags_from_three_moments),
          UNIT_RUN(ledger_finds_what_was_reordered),
          UNIT_RUN(ledger_asks_no_order_of_what_was_not_accepted),
          UNIT_RUN(ledger_tells_retries_from_duplicates),
          UNIT_RUN(ledger_forgives_what_is_sent_again_unread),
          UNIT_RUN(ledger_takes_hashes_when_events_have_their_numbers),
          UNIT_RUN(ledger_tells_all_it_knows_of_an_anomaly),
          UNIT_RUN(ledger_knows_duplicates_of_long_ago),
          UNIT_RUN(ledger_keeps_a_body_together_across_chunks),
          UNIT_RUN(ledger_keeps_hashes_through_all_forms),
          UNIT_RUN(ledger_resolves_parts_of_an_operation),
          UNIT_RUN(ledger_holds_back_what_the_plan_does_not_await),
          UNIT_RUN(ledger_hands_its_block_over), UNIT_RUN(ledger_counts_stamps_that_nobody_sent),
          UNIT_RUN(ledger_stops_at_its_memory), UNIT_RUN(ledger_estimates_what_it_will_need),
          UNIT_RUN(ledger_keeps_times_exact_where_it_matters))
