/* SPDX-License-Identifier: Apache-2.0
 *
 * Sinks: receivers of ours at the pipeline's exit.
 *
 * The way of a message. A kind (sink_list.c has a row for each, sink_webhook.c and so on are their
 * files) takes it off the wire in its own manner and shows it to sink_look, which finds the stamps
 * in it, each event once, and counts. Then sink_decide says what the plan wants done to it (answer
 * after a delay, answer badly, reset, never answer), the kind does that, and when its fate is known
 * sink_tell makes of it rows for the shards that sent the events: deliveries or attempts. A kind
 * that answers later keeps what was found (sink_found_keep) until then.
 *
 * What must be true. A delivery is told only when our reply was written in full, since a slow or
 * failing sink of ours makes real pipelines lose and repeat events: what we did to whom has to be
 * known. at_ns is the kernel's time of receipt where it has one, so that our own queue is not taken
 * for the pipeline's lag. How much later than told we answered is measured (`late`), because then
 * we were the limit. Nothing is dropped: when nobody takes the rows, sockets are not read.
 *
 * All of it runs on one thread, the host's (sink_host.h), on one loop; nothing is shared.
 */
#ifndef BR_SINK_SINK_H
#define BR_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "data/intact.h"
#include "loop/loop.h"
#include "plan/plan_sink.h"
#include "sink/sink_arrival.h"
#include "sink/sink_count.h"

struct sink;
struct sink_host;

/* What a kind can do. One static object a kind; sink_list.c has them all. */
struct sink_ops {
    const char *kind;
    const char *forms;  /* what is accepted as its place, for messages */
    unsigned acts;      /* enum plan_sink_act that make sense here */
    bool knows_auth;    /* can tell who sends */
    bool replies;       /* answers messages, so there is a `late` */
    int64_t error_ns;   /* of at_ns at most, where the kernel has no stamp */
    const char *stamps; /* where at_ns comes from, for people */

    /* The place reads well; no I/O. */
    enum br_err (*check)(const struct plan_sink *config, struct diag *diag);
    /* Storage for one (its struct has struct sink as its first member), not open. */
    struct sink *(*create)(void);
    /* Everything of struct sink is filled in. Told by a sentence when it cannot. */
    enum br_err (*open)(struct sink *sink, struct diag *diag);
    /* Ends all connections; what is under way is told. Idempotent; also of one never opened. */
    void (*close)(struct sink *sink);
    /* Frees. */
    void (*destroy)(struct sink *sink);
    /* Where it is, as one would point another program there: "http://127.0.0.1:8080/hook". */
    void (*describe)(const struct sink *sink, struct buf *out);
    /* Stops and resumes reading; the host has no room. */
    void (*pause)(struct sink *sink, bool is_paused);
    /* sink->force has changed: for PLAN_SINK_DOWN and PLAN_SINK_READ. False when it cannot be done
     * now (somebody took the port): it is asked again. NULL where neither is among the acts. */
    bool (*change)(struct sink *sink);
};

/* The head of every kind's own struct. */
struct sink {
    const struct sink_ops *ops;
    const struct plan_sink *config;
    struct sink_host *host;
    struct loop *loop;
    struct sink_counts *counts;     /* of the current interval */
    struct plan_sink_stretch force; /* what is in force now */
    struct wheel_timer change;      /* when that may be different */
    uint64_t seed;                  /* of its decisions */
    uint64_t decided;               /* how many there were */
    uint64_t open;                  /* connections now */
    uint32_t conn_last;             /* the number of the newest connection */
    uint16_t index;                 /* in the plan */
    bool is_paused;
    bool is_behind; /* ops->change has to be asked again */
};

extern const struct sink_ops *const sink_list[];
extern const size_t sink_list_count;
/* NULL when there is none of that kind. */
const struct sink_ops *sink_ops_find(struct bytes kind);
/* What a plan asks of its sinks can be done: kinds, places, acts. */
BR_NODISCARD enum br_err sink_check(const struct plan_sinks *sinks, struct diag *diag);

/* ---- a message, from the kinds' side ---- */

enum { SINK_PARTS_MAX = 2 };

struct sink_message {
    struct bytes parts[SINK_PARTS_MAX]; /* head (may be empty) and body */
    int64_t at_ns;
    bool is_kernel; /* at_ns is the kernel's */
    uint32_t conn;
};

/* The events of a message. Lent by the host until its next sink_look, or kept (then it owns
 * `hits`, except for a single one). */
struct sink_found {
    int64_t at_ns;
    uint32_t conn;
    uint32_t count;
    uint32_t records; /* of the message, where they are only counted */
    uint8_t flags;    /* enum sink_arrival_flag */
    bool is_kept;
    struct intact_hit one;
    struct intact_hit *hits; /* count of them; NULL: it is `one` */
};

/* Counts the message and finds its events. */
void sink_look(struct sink *sink, const struct sink_message *message, struct sink_found *out_found);
/* Makes it last. */
void sink_found_keep(struct sink_found *found);
/* Lets go; of what was never kept, too. */
void sink_found_drop(struct sink_found *found);

/* What is to be done to a message. */
enum sink_deed_kind { SINK_DO_ANSWER, SINK_DO_FAIL, SINK_DO_RESET, SINK_DO_STALL };

struct sink_deed {
    enum sink_deed_kind kind;
    uint16_t status; /* of FAIL */
    uint32_t retry_after_sec;
    int64_t delay_ns; /* before an answer or a reset */
};

void sink_decide(struct sink *sink, struct sink_deed *out_deed);

/* The fate of a message: one row an event. due_ns: when the reply was to be written; 0: nothing was
 * to be. */
void sink_tell(struct sink *sink, const struct sink_found *found, enum sink_arrival_kind kind,
               int64_t replied_ns, int64_t due_ns);
/* The reply to this message, which was told as delivered, may not have been read. */
void sink_tell_unread(struct sink *sink, const struct sink_found *found);

/* The message as it came, for --save and /last; NULL-free texts, borrowed. */
struct sink_record {
    struct bytes method; /* empty: it has no head */
    struct bytes target;
    struct bytes head; /* lines; empty */
    struct bytes body; /* decoded */
    int64_t at_ns;
    uint32_t conn;
};

/* Keeps the record where somebody wants it; cheap when nobody does. */
void sink_record(struct sink *sink, const struct sink_record *record);

#endif
