/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue in the middle of the relay, and its life. All work of a turn of the loop is gathered
 * and done at its end: one commit, the replies that waited for it, then the workers.
 */
#include "standin/relay.h"

#include "base/mem.h"
#include "base/must.h"
#include "standin/relay_inner.h"
#include "sys/clock.h"

enum { RELAY_LOG_ROOM = 1 << 20 };

/* ---- what befalls accepted events ---- */

static void relay_make_ready(struct standin_relay *relay, struct relay_event *event)
{
    if (event->fault == RELAY_REORDER && !event->is_free && !relay->draining) {
        event->is_held = true;
        list_push_tail(&relay->held, &event->node);
        wheel_arm(&relay->loop->wheel, &event->timer, loop_now(relay->loop) + RELAY_HOLD_NS);
        return;
    }
    list_push_tail(&relay->ready, &event->node);
    relay->ready_count++;
    relay_soon(relay);
}

/* A held event that nobody overtook so far goes on. Some later one may be on its way already. */
static void relay_release(struct standin_relay *relay, struct relay_event *event)
{
    event->is_free = true;
    event->is_void = true;
    list_push_tail(&relay->released, &event->released);
}

static void relay_on_event_timer(struct wheel_timer *timer, void *context)
{
    struct relay_event *event = BR_CONTAINER(timer, struct relay_event, timer);
    struct standin_relay *relay = context;
    list_remove(&event->node);
    if (event->fault == RELAY_REORDER && (event->is_held || relay->draining))
        relay_release(relay, event);
    relay_make_ready(relay, event);
}

/* Whether `held` was planted to come behind `event`. */
static bool relay_is_behind(const struct relay_event *held, const struct relay_event *event)
{
    if (held->name_len == 0)
        return event->number > held->number;
    return event->name_len == held->name_len &&
           memcmp(event->name, held->name, STAMP_HEAD_SIZE) == 0 &&
           event->id.stream == held->id.stream && event->id.seq > held->id.seq;
}

void relay_overtake(struct standin_relay *relay, const struct relay_event *event)
{
    struct list *node = relay->held.next;
    while (node != &relay->held) {
        struct relay_event *held = relay_event_of(node);
        node = node->next;
        if (!relay_is_behind(held, event))
            continue;
        held->is_free = true;
        wheel_disarm(&relay->loop->wheel, &held->timer);
        list_remove(&held->node);
        relay_make_ready(relay, held);
    }
    node = relay->released.next;
    while (node != &relay->released) {
        struct relay_event *released = BR_CONTAINER(node, struct relay_event, released);
        node = node->next;
        if (!relay_is_behind(released, event))
            continue;
        released->is_void = false;
        list_remove(&released->released);
    }
}

/* An event was accepted for good: its fate begins. It is in no list. */
static void relay_admit(struct standin_relay *relay, struct relay_event *event)
{
    int64_t delay_ns;
    event->fault = relay_decide(relay, event, &delay_ns);
    wheel_timer_init(&event->timer, relay_on_event_timer, relay);
    if (event->fault == RELAY_DELAY) {
        event->delay_ns = relay->config->delay_one_ns;
        delay_ns += event->delay_ns;
    }
    if (event->fault == RELAY_DAMAGE) {
        if (!relay_damage(relay, event))
            event->fault = RELAY_NO_FAULT;
    } else if (event->fault != RELAY_NO_FAULT) {
        relay_note(relay, event, event->fault, RELAY_INTENT, 0);
    }
    if (event->fault == RELAY_LOSE) {
        relay_settle(relay, event);
    } else if (delay_ns > 0 && event->taken_ns + delay_ns > loop_now(relay->loop)) {
        list_push_tail(&relay->delayed, &event->node);
        wheel_arm(&relay->loop->wheel, &event->timer, event->taken_ns + delay_ns);
    } else {
        if (event->fault == RELAY_REORDER && relay->draining)
            relay_release(relay, event);
        relay_make_ready(relay, event);
    }
}

/* ---- the end of a turn ---- */

void relay_soon(struct standin_relay *relay)
{
    if (!wheel_timer_is_armed(&relay->turn))
        wheel_arm(&relay->loop->wheel, &relay->turn, relay->loop->now_ns);
}

void relay_settle(struct standin_relay *relay, struct relay_event *event)
{
    if (relay->store != NULL)
        relay_store_remove(relay->store, event->number);
    list_push_tail(&relay->settled, &event->node);
    relay_soon(relay);
}

static void relay_move(struct list *from, struct list *to)
{
    struct list *node;
    list_init(to);
    while ((node = list_pop_head(from)) != NULL)
        list_push_tail(to, node);
}

static void relay_forget(struct standin_relay *relay, struct list *events, bool committed)
{
    struct list *node;
    while ((node = list_pop_head(events)) != NULL) {
        struct relay_event *event = relay_event_of(node);
        if (event->fault == RELAY_LOSE && committed) {
            relay_note(relay, event, RELAY_LOSE, RELAY_DONE, 0);
            relay_log(relay, "lost", event);
        }
        relay->stats.depth--;
        relay_event_free(event);
    }
}

static void relay_welcome(struct standin_relay *relay, struct list *events)
{
    struct list *node;
    while ((node = list_pop_head(events)) != NULL)
        relay_admit(relay, relay_event_of(node));
}

static void relay_wake(struct standin_relay *relay)
{
    for (uint32_t i = 0; i < relay->config->workers && relay->ready_count > 0; i++)
        relay_worker_run(&relay->workers[i]);
}

static void relay_on_turn(struct wheel_timer *timer, void *context)
{
    struct standin_relay *relay = context;
    struct list arrived, settled;
    (void)timer;
    bool committed = relay->store == NULL || relay_store_commit(relay->store) == BR_ERR_NONE;
    relay_move(&relay->arriving, &arrived);
    relay_move(&relay->settled, &settled);
    if (!committed)
        relay->store_failed = true;
    for (struct list *node = arrived.next; node != &arrived; node = node->next) {
        if (committed)
            relay_log(relay, "in", relay_event_of(node));
        relay->stats.taken += committed;
        relay->stats.turned_away += !committed;
        relay->stats.depth -= !committed;
    }
    relay_forget(relay, &settled, committed);
    relay_log_flush(relay);
    relay_in_answer(relay, committed);
    if (committed)
        relay_welcome(relay, &arrived);
    else
        relay_events_free(&arrived);
    relay_wake(relay);
    relay_log_flush(relay);
}

/* ---- life ---- */

static enum br_err relay_open_list(struct file_out *out, const char *path, struct diag *diag)
{
    out->fd = -1;
    return path == NULL ? BR_ERR_NONE : file_out_open(out, path, FILE_APPEND, diag);
}

static void relay_on_row(void *context, uint64_t number, int64_t taken_ns, struct bytes text)
{
    struct standin_relay *relay = context;
    struct relay_event *event = relay_event_restore(relay, number, taken_ns, text);
    list_push_tail(&relay->arriving, &event->node);
    relay->stats.restored++;
    relay->stats.depth++;
}

static enum br_err relay_open(struct standin_relay *relay, struct diag *diag)
{
    const struct standin_relay_config *config = relay->config;
    struct list restored;
    enum br_err err = relay_open_list(&relay->faults, config->faults_path, diag);
    if (err == BR_ERR_NONE)
        err = relay_open_list(&relay->log, config->log_path, diag);
    if (err == BR_ERR_NONE)
        err = relay_out_open(relay, diag);
    if (err == BR_ERR_NONE && config->store_path != NULL)
        err = relay_store_open(config->store_path, &relay->store, diag);
    if (err == BR_ERR_NONE && relay->store != NULL)
        err = relay_store_load(relay->store, relay_on_row, relay, diag);
    relay_move(&relay->arriving, &restored);
    if (err == BR_ERR_NONE)
        err = relay_in_open(relay, diag);
    if (err == BR_ERR_NONE)
        relay_welcome(relay, &restored);
    relay_events_free(&restored);
    return err;
}

static enum br_err relay_check(const struct standin_relay_config *config, struct diag *diag)
{
    double share = 0;
    for (int fault = RELAY_LOSE; fault <= RELAY_DELAY; fault++)
        share += config->shares[fault];
    if (share > 1.0 + 1e-9)
        return diag_set(diag, BR_ERR_CONFIG,
                        "--lose, --dup, --reorder, --damage and --delay-one take more than all "
                        "events together; their shares may add up to 100%%");
    MUST(config->workers > 0 && config->workers <= RELAY_WORKERS_MAX);
    MUST(config->batch > 0 && config->batch <= RELAY_BATCH_MAX);
    MUST(config->out_batch > 0 && config->queue_max > 0);
    return BR_ERR_NONE;
}

enum br_err standin_relay_create(struct loop *loop, const struct standin_relay_config *config,
                                 struct standin_relay **out_relay, struct diag *diag)
{
    enum br_err err = relay_check(config, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct standin_relay *relay = MEM_NEW(struct standin_relay);
    struct list *const lists[] = {&relay->waiting,  &relay->arriving, &relay->delayed, &relay->held,
                                  &relay->released, &relay->ready,    &relay->settled};
    relay->config = config;
    relay->loop = loop;
    relay->file.fd = relay->log.fd = relay->faults.fd = -1;
    (void)loop_now(loop);
    for (size_t i = 0; i < BR_COUNT(lists); i++)
        list_init(lists[i]);
    stamp_run_init(&relay->run, 0);
    wheel_timer_init(&relay->turn, relay_on_turn, relay);
    buf_init(&relay->log_lines, RELAY_LOG_ROOM);
    http_client_init(&relay->client, loop);
    relay->workers = mem_zalloc(config->workers, sizeof(*relay->workers));
    for (uint32_t i = 0; i < config->workers; i++)
        relay_worker_init(relay, &relay->workers[i]);
    err = relay_open(relay, diag);
    if (err != BR_ERR_NONE) {
        enum br_err later = standin_relay_destroy(&relay, NULL); /* the first one is told */
        (void)later;
        return err;
    }
    *out_relay = relay;
    return BR_ERR_NONE;
}

static enum br_err relay_close_list(struct file_out *out, const char *path, struct diag *diag)
{
    if (out->fd == -1)
        return BR_ERR_NONE;
    int saved_errno = out->saved_errno;
    enum br_err err = file_out_close(out);
    if (err == BR_ERR_NONE && saved_errno == 0)
        return BR_ERR_NONE;
    return diag_set_errno(diag, BR_ERR_IO, saved_errno != 0 ? saved_errno : out->saved_errno,
                          "cannot write all of %s", path);
}

static enum br_err relay_close_lists(struct standin_relay *relay, struct diag *diag)
{
    struct diag later = DIAG_INIT;
    enum br_err err = relay_close_list(&relay->faults, relay->config->faults_path, diag);
    enum br_err log_err =
        relay_close_list(&relay->log, relay->config->log_path, err == BR_ERR_NONE ? diag : &later);
    return err == BR_ERR_NONE ? log_err : err;
}

enum br_err standin_relay_destroy(struct standin_relay **relay_place, struct diag *diag)
{
    struct standin_relay *relay = *relay_place;
    struct diag later = DIAG_INIT;
    if (relay->server != NULL)
        http_server_destroy(&relay->server);
    for (uint32_t i = 0; i < relay->config->workers; i++)
        relay_worker_fini(&relay->workers[i]);
    bool committed = relay->store == NULL || relay_store_commit(relay->store) == BR_ERR_NONE;
    relay->store_failed |= !committed;
    relay_forget(relay, &relay->settled, committed);
    struct list *const lists[] = {&relay->arriving, &relay->delayed, &relay->held, &relay->ready};
    for (size_t i = 0; i < BR_COUNT(lists); i++)
        relay_events_free(lists[i]);
    wheel_disarm(&relay->loop->wheel, &relay->turn);
    enum br_err err = relay->store_failed
                          ? diag_set(diag, BR_ERR_IO, "cannot write all of %s: %s",
                                     relay->config->store_path, relay_store_error(relay->store))
                          : BR_ERR_NONE;
    if (relay->store != NULL)
        relay_store_close(&relay->store);
    relay_log_flush(relay);
    enum br_err out_err = relay_out_close(relay, err == BR_ERR_NONE ? diag : &later);
    err = err == BR_ERR_NONE ? out_err : err;
    enum br_err list_err = relay_close_lists(relay, err == BR_ERR_NONE ? diag : &later);
    http_client_fini(&relay->client);
    buf_fini(&relay->log_lines);
    mem_free(relay->workers);
    mem_free(relay);
    *relay_place = NULL;
    return err == BR_ERR_NONE ? list_err : err;
}

void standin_relay_drain(struct standin_relay *relay)
{
    struct list held;
    struct list *node;
    relay->draining = true;
    relay_move(&relay->held, &held);
    while ((node = list_pop_head(&held)) != NULL) {
        struct relay_event *event = relay_event_of(node);
        wheel_disarm(&relay->loop->wheel, &event->timer);
        relay_release(relay, event);
        relay_make_ready(relay, event);
    }
    relay_soon(relay);
}

const struct sock_addr *standin_relay_addr(const struct standin_relay *relay)
{
    return &relay->addr;
}

const struct standin_relay_stats *standin_relay_stats(const struct standin_relay *relay)
{
    return &relay->stats;
}
