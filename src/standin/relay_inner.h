/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the relay share. The life of an event:
 *
 *     arriving   came in with a request, waits for the commit at the end of the loop's turn
 *     (timer)    committed, its delay is not over
 *     held       waits to be overtaken
 *     ready      waits for a worker
 *     a worker's batch, going (in the message under way), out (delivered, not removed yet)
 *     settled    removed at the end of the turn
 */
#ifndef BR_STANDIN_RELAY_INNER_H
#define BR_STANDIN_RELAY_INNER_H

#include "base/buf.h"
#include "base/list.h"
#include "conn/conn.h"
#include "conn/deadline.h"
#include "conn/pool.h"
#include "proto/http_client.h"
#include "proto/http_server.h"
#include "standin/relay.h"
#include "sys/file.h"

enum {
    RELAY_BODY_MAX = 64 << 20,
    RELAY_MESSAGE_MAX = 1 << 30,
    RELAY_TEXT_MAX = 64 * 1024,
    RELAY_REPLY_SIZE = 64,
    RELAY_PATH_MAX = 4096,
};
#define RELAY_BACKOFF_MAX_NS (INT64_C(30) * 1000000000)

/* One allocation, owned by the list it is in (or by its timer). */
struct relay_event {
    struct list node;
    struct list released; /* in relay->released: reorder, waits no longer, may be overtaken yet */
    struct wheel_timer timer; /* of its delay, or the end of being held */
    struct standin_relay *relay;
    uint64_t number;
    int64_t taken_ns;
    int64_t delay_ns; /* the delay fault's */
    struct stamp_id id;
    size_t name_at; /* where the stamp stands in the text */
    uint64_t damage_at;
    enum relay_fault fault;
    bool is_json;
    bool was_out; /* dup: the first copy is out */
    bool is_held; /* reorder: it was put into relay->held */
    bool is_free; /* reorder: it waits no longer */
    bool is_void; /* the fault did not happen (yet) */
    bool in_stamp;
    uint8_t name_len; /* 0: no stamp */
    char name[RELAY_NAME_SIZE];
    size_t len;
    char text[];
};

enum relay_work { RELAY_IDLE, RELAY_SENDING, RELAY_PAUSED };

struct relay_worker {
    struct standin_relay *relay;
    enum relay_work work;
    bool is_running; /* inside relay_worker_run */
    bool again;
    bool has_waited;   /* for the batch to fill */
    struct list batch; /* taken, not sent yet */
    struct list going; /* in the message */
    struct list out;
    struct list copies; /* delivered, with a copy to follow */
    struct buf message;
    uint32_t failures;       /* of the message */
    struct wheel_timer wait; /* of a retry, or for the batch to fill */
    struct http_session http;
    int64_t retry_after_ns; /* as the receiver asked, 0: it did not */
    struct pool pool;
    struct conn conn; /* tcp */
    struct bytes unsent;
    struct deadline deadline;
};

/* A request's part of its session. */
struct relay_request {
    struct list node;    /* in relay->waiting */
    struct list refused; /* events */
    struct http_server_session *session;
    uint64_t count;
    char reply[RELAY_REPLY_SIZE];
    struct buf page; /* of /metrics */
};

struct relay_store;

struct standin_relay {
    const struct standin_relay_config *config;
    struct loop *loop;
    struct http_server *server;
    struct sock_addr addr;
    struct relay_store *store; /* NULL: memory */
    bool store_failed;
    struct stamp_run run; /* no one's: any stamp is a foreign one */
    uint64_t next_number;
    struct wheel_timer turn; /* the end of a loop's turn in which something happened */
    struct list waiting;     /* requests, for the commit */
    struct list arriving;
    struct list delayed;
    struct list held;
    struct list released;
    struct list ready;
    uint64_t ready_count;
    struct list settled;
    bool draining;
    /* out */
    struct http_client client;
    struct sock_addr target;
    char *head; /* of the webhook: its target and host, owned */
    struct bytes url_target;
    struct bytes url_host;
    struct file_out file;
    struct relay_worker *workers;
    /* lists */
    struct file_out faults;
    struct file_out log;
    struct buf log_lines;
    bool list_failed;
    struct standin_relay_stats stats;
};

/* relay_event.c: what comes in, made into events. */
typedef void relay_record_fn(void *context, struct bytes record, bool is_json);
/* The records of a body: the items of a JSON array, one JSON value, else its lines that are not
 * blank. */
void relay_split(struct bytes body, relay_record_fn *each, void *context);
struct relay_event *relay_event_make(struct standin_relay *relay, struct bytes text, bool is_json);
/* One that the store had kept. */
struct relay_event *relay_event_restore(struct standin_relay *relay, uint64_t number,
                                        int64_t taken_ns, struct bytes text);
void relay_event_free(struct relay_event *event);
void relay_events_free(struct list *events);
static inline struct relay_event *relay_event_of(struct list *node)
{
    return BR_CONTAINER(node, struct relay_event, node);
}

/* relay_fault.c */
/* Decides what befalls an accepted event, and for how long it is delayed anyhow. */
enum relay_fault relay_decide(const struct standin_relay *relay, const struct relay_event *event,
                              int64_t *out_delay_ns);
bool relay_decide_refusal(const struct standin_relay *relay, const struct relay_event *first);
/* Changes a letter of the event; false when there is none that may be. Tells before by
 * relay_note. */
bool relay_damage(struct standin_relay *relay, struct relay_event *event);
void relay_note(struct standin_relay *relay, const struct relay_event *event,
                enum relay_fault fault, enum relay_state state, uint16_t status);
void relay_log(struct standin_relay *relay, const char *what, const struct relay_event *event);
void relay_log_flush(struct standin_relay *relay);

/* relay_in.c */
BR_NODISCARD enum br_err relay_in_open(struct standin_relay *relay, struct diag *diag);
/* Answers all that wait for the commit. */
void relay_in_answer(struct standin_relay *relay, bool committed);

/* relay.c: the queue */
/* Something is to be done at the end of this turn. */
void relay_soon(struct standin_relay *relay);
/* Removes it for good at the end of the turn; it is in no list. */
void relay_settle(struct standin_relay *relay, struct relay_event *event);
/* An event is out: those that waited to be overtaken by it are free. */
void relay_overtake(struct standin_relay *relay, const struct relay_event *event);

/* relay_work.c */
void relay_worker_init(struct standin_relay *relay, struct relay_worker *worker);
void relay_worker_fini(struct relay_worker *worker);
/* Looks for something to do. */
void relay_worker_run(struct relay_worker *worker);
/* The message was delivered, or not; may come inside relay_out_send. */
void relay_worker_sent(struct relay_worker *worker);
void relay_worker_failed(struct relay_worker *worker, bool may_retry, uint16_t status,
                         int64_t retry_after_ns, bool at_once);

/* relay_out.c */
BR_NODISCARD enum br_err relay_out_open(struct standin_relay *relay, struct diag *diag);
BR_NODISCARD enum br_err relay_out_close(struct standin_relay *relay, struct diag *diag);
void relay_out_init(struct relay_worker *worker);
void relay_out_fini(struct relay_worker *worker);
/* worker->going as a message. */
void relay_out_compose(struct relay_worker *worker);
void relay_out_send(struct relay_worker *worker);

/* relay_store.c: every event that is accepted and not settled, in one table of a SQLite file. What
 * is put and removed is there for good after the commit, whatever becomes of the process (WAL, not
 * synced for each: a power cut may take the latest back, never a part of one). */
typedef void relay_store_row_fn(void *context, uint64_t number, int64_t taken_ns,
                                struct bytes text);
BR_NODISCARD enum br_err relay_store_open(const char *path, struct relay_store **out_store,
                                          struct diag *diag);
void relay_store_close(struct relay_store **store);
BR_NODISCARD enum br_err relay_store_load(struct relay_store *store, relay_store_row_fn *each,
                                          void *context, struct diag *diag);
void relay_store_put(struct relay_store *store, uint64_t number, int64_t taken_ns,
                     struct bytes text);
void relay_store_remove(struct relay_store *store, uint64_t number);
/* All since the last one or, with BR_ERR_IO, nothing of it. */
BR_NODISCARD enum br_err relay_store_commit(struct relay_store *store);
const char *relay_store_error(const struct relay_store *store);

/* relay_report.c */
void relay_put_metrics(const struct standin_relay *relay, struct buf *out);
void relay_put_queue(const struct standin_relay *relay, struct buf *out);
void relay_put_summary(const struct standin_relay *relay, struct buf *out);

#endif
