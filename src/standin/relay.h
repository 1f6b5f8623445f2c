/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt standin relay`: a small event pipeline to practise on and to test brunt with. HTTP in, a
 * queue (SQLite, or memory, which a crash empties), workers with retries, out by webhook, tcp or
 * file. A healthy one loses nothing, changes nothing and, with one worker and no random delay,
 * keeps the order. What it is told to do wrong it does by seed and writes down: what brunt reports
 * can be compared with that list event by event.
 *
 * What befalls an event is a function of the seed and of the identity in it (stream and sequence
 * number of its stamp, whatever the run), of its number of arrival where it carries none. At most
 * one fault befalls an event.
 *
 *     refuse   its request is answered with an error and nothing of it is kept (decided by the
 *              request's first event, holds for all of them)
 *     lose     accepted, never put out
 *     dup      put out twice, one right behind the other
 *     reorder  held until a later event of its stream was put out (of any, when it has no stamp);
 *              void when none comes within RELAY_HOLD_NS
 *     damage   one letter is another, outside of the stamp where there is one outside; in the
 *              string that holds the stamp where that is JSON, or in the field asked for
 *     delay    put out so much later than it would be
 *
 * Each fault is told twice: the intent before it, done behind it. An intent without done (the relay
 * was killed, or never got so far) may have happened or not; void says that it did not. What no
 * retry could put out is told the same way (gave-up).
 */
#ifndef BR_STANDIN_RELAY_H
#define BR_STANDIN_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/dist.h"
#include "base/stamp.h"
#include "loop/loop.h"
#include "standin/echo.h"
#include "sys/sock.h"

enum {
    RELAY_WORKERS_MAX = 1024,
    RELAY_BATCH_MAX = 100000,
    RELAY_NAME_SIZE = STAMP_UUID_SIZE,
};
#define RELAY_HOLD_NS (INT64_C(5) * 1000000000)

enum relay_fault {
    RELAY_NO_FAULT,
    RELAY_LOSE,
    RELAY_DUP,
    RELAY_REORDER,
    RELAY_DAMAGE,
    RELAY_DELAY,
    RELAY_REFUSE,
    RELAY_GAVE_UP,
    RELAY_FAULT_COUNT
};

enum relay_state { RELAY_INTENT, RELAY_DONE, RELAY_VOID };

/* What is told of a fault; borrowed during the call. */
struct relay_note {
    enum relay_fault fault;
    enum relay_state state;
    struct bytes event; /* its stamp or UUID as found; len 0: it has none */
    struct stamp_id id; /* … its identity */
    uint64_t number;    /* of arrival, from 0 */
    int64_t now_ns;
    int64_t delay_ns; /* delay */
    uint64_t offset;  /* damage: of the byte in the event's text */
    bool in_stamp;    /* damage: … which is one of the stamp's */
    uint16_t status;  /* refuse; gave-up: the last reply, 0: there was none */
};

typedef void relay_note_fn(void *context, const struct relay_note *note);
/* An event with a stamp was put out, and the receiver said so; each copy is one more. */
typedef void relay_put_out_fn(void *context, struct stamp_id id, int64_t now_ns);

enum relay_out_kind { RELAY_OUT_WEBHOOK, RELAY_OUT_TCP, RELAY_OUT_FILE };

/* Borrows the text. */
struct relay_out {
    enum relay_out_kind kind;
    struct bytes where; /* URL, address or path */
};

/* Borrowed by the relay, with what it points to. */
struct standin_relay_config {
    struct sock_addr listen;
    struct relay_out out;
    const char *store_path; /* NULL: memory alone */
    uint64_t queue_max;     /* events; more are answered by 503 */
    uint32_t workers;       /* each with one connection and one message under way */
    uint32_t batch;         /* events a worker takes at a time and, once they are out, removes */
    int64_t flush_ns;       /* how long it waits for as many; 0: takes what there is */
    uint32_t out_batch;     /* events a message */
    uint32_t retries;       /* of a message */
    int64_t backoff_ns;     /* before the first retry; doubled for each more, up to 30 s */
    int64_t timeout_ns;     /* of a message */
    struct dist delay;      /* of each event, from its arrival */
    double shares[RELAY_FAULT_COUNT]; /* LOSE to DELAY: of the events */
    int64_t delay_one_ns;
    struct bytes damage_field; /* len 0: see above */
    struct standin_fail refuse;
    uint64_t seed;
    const char *faults_path; /* NULL: none; JSON lines, appended */
    const char *log_path;    /* NULL: none; lines "in|out|lost NS STAMP", appended */
    relay_note_fn *on_note;  /* NULL: nobody asks */
    relay_put_out_fn *on_out;
    void *context;
    bool drain; /* standin_relay_run: a signal lets it finish what it has; the second does not */
    int64_t for_ns; /* standin_relay_run: as if a signal came then; 0: never */
};

struct standin_relay_stats {
    uint64_t requests;    /* with events in them */
    uint64_t taken;       /* events that were accepted */
    uint64_t restored;    /* events found in the store at the start */
    uint64_t turned_away; /* events answered by 503: full, stopping, or the store failed */
    uint64_t put_out;     /* events, copies not counted */
    uint64_t messages;    /* delivered */
    uint64_t attempts;    /* begun */
    uint64_t retries;     /* … of messages that had failed before */
    uint64_t depth;       /* events accepted and not put out (or lost) yet */
    uint64_t depth_max;
    uint64_t done[RELAY_FAULT_COUNT];
};

struct standin_relay;

/* "webhook:URL", "tcp:HOST:PORT", "file:PATH". BR_ERR_PARSE with a sentence. */
BR_NODISCARD enum br_err relay_parse_out(struct bytes text, struct relay_out *out_out,
                                         struct diag *diag);
/* "1/1000:10s". */
BR_NODISCARD enum br_err relay_parse_delay(struct bytes text, double *out_share, int64_t *out_ns,
                                           struct diag *diag);
/* "1/1000" or "1/1000:FIELD" (borrowed). */
BR_NODISCARD enum br_err relay_parse_damage(struct bytes text, double *out_share,
                                            struct bytes *out_field, struct diag *diag);
/* "lose", "dup", "reorder", "damage", "delay", "refuse", "gave-up". */
const char *relay_fault_name(enum relay_fault fault);

/* Opens everything, listens, and works from now on as its loop turns. The loop must outlive it; a
 * person is told what failed. */
BR_NODISCARD enum br_err standin_relay_create(struct loop *loop,
                                              const struct standin_relay_config *config,
                                              struct standin_relay **out_relay, struct diag *diag);
/* At once: what is queued stays in the store, or is lost. Not from inside a callback. The store
 * and the lists tell what could not be written. */
BR_NODISCARD enum br_err standin_relay_destroy(struct standin_relay **relay, struct diag *diag);
/* Where it listens. */
const struct sock_addr *standin_relay_addr(const struct standin_relay *relay);
const struct standin_relay_stats *standin_relay_stats(const struct standin_relay *relay);
/* Takes nothing in any more (503) and waits for nobody: done when depth is 0. */
void standin_relay_drain(struct standin_relay *relay);

/* The whole program: a loop of its own, says where it listens, works until SIGINT, SIGTERM or
 * for_ns, says what it did. */
BR_NODISCARD enum br_err standin_relay_run(const struct standin_relay_config *config,
                                           struct diag *diag);

#endif
