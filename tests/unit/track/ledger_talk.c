/* SPDX-License-Identifier: Apache-2.0
 *
 * One ledger, and shortcuts to talk to it.
 */
#include "ledger_talk.h"

struct ledger_test ledger_test;

static void ledger_test_listen(const struct track_anomaly *anomaly, void *context)
{
    struct ledger_test *test = context;
    if (test->tale_count < LEDGER_TEST_TALES)
        test->tales[test->tale_count] = *anomaly;
    test->tale_count++;
}

/* Two sinks, the second one in time within 1000 ns; one stream. */
struct ledger_config ledger_test_config(void)
{
    ledger_test = (struct ledger_test){.number = 1};
    ledger_test.block = track_block_create(0, 2, 2);
    track_sum_init(&ledger_test.sum, 2, 2);
    return (struct ledger_config){
        .stream_step = 1,
        .phase_count = 2,
        .sink_count = 2,
        .sinks = {{.is_awaited = true}, {.within_ns = 1000, .is_awaited = true}},
        .block = ledger_test.block,
        .on_anomaly = ledger_test_listen,
        .context = &ledger_test,
    };
}

void ledger_test_create(const struct ledger_config *config)
{
    ledger_test.ledger = ledger_create(config);
    UNIT_EQ_INT(
        ledger_open_stream(ledger_test.ledger, BYTES("web1"), UINT32_MAX, &ledger_test.stream),
        BR_ERR_NONE);
}

void ledger_test_init(void)
{
    struct ledger_config config = ledger_test_config();
    ledger_test_create(&config);
}

struct ledger_span ledger_test_register(uint32_t count, int64_t due_ns)
{
    struct ledger_span span;
    struct ledger_order order = {
        .stream = ledger_test.stream,
        .count = count,
        .due_ns = due_ns,
        .number = ledger_test.number++,
        .target = 5,
    };
    UNIT_EQ_INT(ledger_register(ledger_test.ledger, &order, &span), BR_ERR_NONE);
    return span;
}

/* Due at due_ns, sent 10 later. */
struct ledger_span ledger_test_send(uint32_t count, int64_t due_ns)
{
    struct ledger_span span = ledger_test_register(count, due_ns);
    ledger_send(ledger_test.ledger, span, due_ns + 10, 77);
    return span;
}

/* … and accepted 100 later. */
struct ledger_span ledger_test_accept(uint32_t count, int64_t due_ns)
{
    struct ledger_span span = ledger_test_send(count, due_ns);
    ledger_resolve(ledger_test.ledger, span, TRACK_ACCEPTED, due_ns + 100);
    return span;
}

struct ledger_arrival ledger_test_arrival(int sink, uint64_t seq, int64_t at_ns)
{
    return (struct ledger_arrival){.sink = sink, .id = {ledger_test.stream, seq}, .at_ns = at_ns};
}

void ledger_test_arrive(int sink, uint64_t seq, int64_t at_ns)
{
    struct ledger_arrival arrival = ledger_test_arrival(sink, seq, at_ns);
    ledger_arrive(ledger_test.ledger, &arrival);
}

void ledger_test_finish(int64_t end_ns, int64_t stall_ns)
{
    ledger_resolve_rest(ledger_test.ledger, end_ns);
    ledger_facts_init(&ledger_test.facts, 2);
    ledger_facts_add(&ledger_test.facts, ledger_test.ledger);
    ledger_facts_add_trailing(&ledger_test.facts, ledger_test.ledger);
    ledger_finish(ledger_test.ledger, &(struct ledger_end){&ledger_test.facts, end_ns, stall_ns});
    track_sum_add(&ledger_test.sum, ledger_test.block);
}

void ledger_test_fini(void)
{
    ledger_destroy(&ledger_test.ledger);
    UNIT_OK(ledger_test.ledger == NULL);
    track_block_destroy(&ledger_test.block);
    track_sum_fini(&ledger_test.sum);
}

const struct track_at_sum *ledger_test_at(int sink)
{
    return track_sum_at(&ledger_test.sum, 0, sink);
}

int64_t ledger_test_told(enum track_anomaly_kind kind, int sink)
{
    int64_t count = 0;
    for (size_t i = 0; i < ledger_test.tale_count && i < LEDGER_TEST_TALES; i++) {
        const struct track_anomaly *tale = &ledger_test.tales[i];
        if (tale->kind == kind && tale->sink == sink)
            count += tale->is_taken_back ? -1 : 1;
    }
    return count;
}
