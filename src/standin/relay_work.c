/* SPDX-License-Identifier: Apache-2.0
 *
 * Workers: take a batch from the queue, put it out message by message, remove it when all of it is
 * out. So a relay that is killed puts out again what it had not removed yet: at most a batch a
 * worker, as with real pipelines. A message that fails is repeated by its worker, which does
 * nothing else meanwhile: with one worker the order stays.
 */
#include "base/must.h"
#include "standin/relay_inner.h"

static void relay_on_wait(struct wheel_timer *timer, void *context)
{
    struct relay_worker *worker = context;
    (void)timer;
    worker->work = RELAY_IDLE;
    worker->has_waited = true;
    relay_worker_run(worker);
}

static void relay_pause(struct relay_worker *worker, int64_t for_ns)
{
    struct loop *loop = worker->relay->loop;
    worker->work = RELAY_PAUSED;
    wheel_arm(&loop->wheel, &worker->wait, loop_now(loop) + for_ns);
}

void relay_worker_init(struct standin_relay *relay, struct relay_worker *worker)
{
    *worker = (struct relay_worker){.relay = relay};
    list_init(&worker->batch);
    list_init(&worker->going);
    list_init(&worker->out);
    buf_init(&worker->message, RELAY_MESSAGE_MAX);
    wheel_timer_init(&worker->wait, relay_on_wait, worker);
    relay_out_init(worker);
}

void relay_worker_fini(struct relay_worker *worker)
{
    struct list *node;
    relay_out_fini(worker);
    while ((node = list_pop_head(&worker->out)) != NULL)
        relay_settle(worker->relay, relay_event_of(node));
    wheel_disarm(&worker->relay->loop->wheel, &worker->wait);
    relay_events_free(&worker->batch);
    relay_events_free(&worker->going);
    buf_fini(&worker->message);
}

/* A batch from the queue; false when there is none (yet). */
static bool relay_fetch(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    const struct standin_relay_config *config = relay->config;
    if (relay->ready_count == 0)
        return false;
    if (relay->ready_count < config->batch && config->flush_ns > 0 && !worker->has_waited &&
        !relay->draining) {
        relay_pause(worker, config->flush_ns);
        return false;
    }
    for (uint32_t i = 0; i < config->batch && relay->ready_count > 0; i++) {
        list_push_tail(&worker->batch, list_pop_head(&relay->ready));
        relay->ready_count--;
    }
    worker->has_waited = false;
    return true;
}

static void relay_worker_step(struct relay_worker *worker)
{
    struct standin_relay *relay = worker->relay;
    struct list *node;
    if (worker->work != RELAY_IDLE)
        return;
    if (list_is_empty(&worker->going)) {
        if (list_is_empty(&worker->batch)) {
            while ((node = list_pop_head(&worker->out)) != NULL)
                relay_settle(relay, relay_event_of(node));
            if (!relay_fetch(worker))
                return;
        }
        for (uint32_t i = 0; i < relay->config->out_batch && !list_is_empty(&worker->batch); i++)
            list_push_tail(&worker->going, list_pop_head(&worker->batch));
        worker->failures = 0;
        relay_out_compose(worker);
    }
    worker->work = RELAY_SENDING;
    relay->stats.attempts++;
    relay->stats.retries += worker->failures > 0;
    relay_out_send(worker);
}

void relay_worker_run(struct relay_worker *worker)
{
    worker->again = true;
    if (worker->is_running)
        return;
    worker->is_running = true;
    while (worker->again) {
        worker->again = false;
        relay_worker_step(worker);
    }
    worker->is_running = false;
}

/* An event of the message is out. */
static void relay_event_is_out(struct relay_worker *worker, struct relay_event *event)
{
    struct standin_relay *relay = worker->relay;
    list_remove(&event->released);
    relay_log(relay, "out", event);
    if (relay->config->on_out != NULL && event->name_len > 0)
        relay->config->on_out(relay->config->context, event->id, loop_now(relay->loop));
    relay_overtake(relay, event);
    if (event->fault == RELAY_DUP && !event->was_out) {
        event->was_out = true;
        relay->stats.put_out++;
        list_push_tail(&worker->copies, &event->node);
        return;
    }
    relay->stats.put_out += !event->was_out;
    if (event->fault != RELAY_NO_FAULT)
        relay_note(relay, event, event->fault, event->is_void ? RELAY_VOID : RELAY_DONE, 0);
    list_push_tail(&worker->out, &event->node);
}

void relay_worker_sent(struct relay_worker *worker)
{
    struct list *node;
    MUST(worker->work == RELAY_SENDING);
    worker->work = RELAY_IDLE;
    worker->relay->stats.messages++;
    list_init(&worker->copies);
    while ((node = list_pop_head(&worker->going)) != NULL)
        relay_event_is_out(worker, relay_event_of(node));
    /* Copies come next, in their order. */
    while (!list_is_empty(&worker->copies)) {
        node = worker->copies.prev;
        list_remove(node);
        list_push_head(&worker->batch, node);
    }
    relay_worker_run(worker);
}

static void relay_give_up(struct relay_worker *worker, uint16_t status)
{
    struct standin_relay *relay = worker->relay;
    struct list *node;
    while ((node = list_pop_head(&worker->going)) != NULL) {
        struct relay_event *event = relay_event_of(node);
        if (event->fault != RELAY_NO_FAULT)
            relay_note(relay, event, event->fault, RELAY_VOID, 0);
        if (!event->was_out)
            relay_note(relay, event, RELAY_GAVE_UP, RELAY_DONE, status);
        list_push_tail(&worker->out, node);
    }
    relay_worker_run(worker);
}

/* Before the next try: doubled each time, at least what the receiver asked for. */
static int64_t relay_backoff_ns(const struct relay_worker *worker, int64_t retry_after_ns)
{
    int64_t wait_ns = worker->relay->config->backoff_ns;
    for (uint32_t i = 1; i < worker->failures && wait_ns < RELAY_BACKOFF_MAX_NS; i++)
        wait_ns *= 2;
    if (wait_ns > RELAY_BACKOFF_MAX_NS)
        wait_ns = RELAY_BACKOFF_MAX_NS;
    return retry_after_ns > wait_ns ? retry_after_ns : wait_ns;
}

void relay_worker_failed(struct relay_worker *worker, bool may_retry, uint16_t status,
                         int64_t retry_after_ns, bool at_once)
{
    MUST(worker->work == RELAY_SENDING);
    worker->work = RELAY_IDLE;
    worker->failures++;
    if (!may_retry || worker->failures > worker->relay->config->retries) {
        relay_give_up(worker, status);
        return;
    }
    relay_pause(worker, at_once ? 0 : relay_backoff_ns(worker, retry_after_ns));
}
