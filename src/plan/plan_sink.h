/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run intends to receive: its sinks as plain data. Which kinds there are, what a place means
 * to them and which acts they can do is known to sink/ alone; here is what people write, read well.
 *
 *     alerts=webhook:127.0.0.1:8080/hook           name, kind, place
 *     alerts=10s-20s fail=5%:503 delay=5ms         what it does in a stretch of the load
 *     alerts=bearer:s3cret                         whom it lets in
 *
 * A stretch begins and ends in load time (0 is the start of the load; without times it is all of
 * it, and before the load a sink does nothing of it). Stretches may overlap: of two that say the
 * same kind of thing for the same moment the one given later counts.
 */
#ifndef BR_PLAN_PLAN_SINK_H
#define BR_PLAN_PLAN_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/dist.h"

enum {
    PLAN_SINKS_MAX = 16,
    PLAN_SINK_NAME_MAX = 32,
    PLAN_SINK_STRETCHES_MAX = 100,
};

/* What a sink may do; a set. */
enum plan_sink_act {
    PLAN_SINK_DELAY = 1, /* answers later */
    PLAN_SINK_FAIL = 2,  /* answers with an error */
    PLAN_SINK_RESET = 4, /* resets the connection instead of answering */
    PLAN_SINK_STALL = 8, /* never answers */
    PLAN_SINK_READ = 16, /* reads slowly */
    PLAN_SINK_DOWN = 32, /* the port is closed: connection refused */
};

/* What is accepted, for help and messages. */
#define PLAN_SINK_FORMS "NAME=KIND:PLACE, such as alerts=webhook:127.0.0.1:8080/hook"
#define PLAN_SINK_ACT_FORMS                                                                        \
    "delay=5ms, fail=1%:503, retry-after=2s, reset=1%, stall=1%, read=64KiB/s, down"
#define PLAN_SINK_AUTH_FORMS "bearer:TOKEN, basic:USER:PASSWORD, hmac:HEADER:KEY"

struct plan_sink_stretch {
    int64_t from_ns;
    int64_t to_ns; /* INT64_MAX: to the end */
    unsigned acts;
    struct dist delay;
    double fail_share; /* of the messages; the same of the next two */
    double reset_share;
    double stall_share;
    uint16_t fail_status;
    int64_t retry_after_ns; /* whole seconds, for the header; 0: none */
    uint64_t read_bytes_per_sec;
};

enum plan_sink_auth_kind {
    PLAN_SINK_AUTH_NONE,
    PLAN_SINK_AUTH_BEARER,
    PLAN_SINK_AUTH_BASIC,
    PLAN_SINK_AUTH_HMAC, /* HMAC-SHA256 of the body */
};

struct plan_sink_auth {
    enum plan_sink_auth_kind kind;
    struct bytes secret; /* the token, "user:password", or the key */
    struct bytes header; /* HMAC: where the signature is */
};

struct plan_sink {
    struct bytes name;
    struct bytes kind;
    struct bytes place; /* what stands behind KIND: */
    struct plan_sink_auth auth;
    struct plan_sink_stretch *stretches; /* in the order given */
    size_t stretch_count;
    struct bytes save_dir; /* every message is written there; empty: none is */
    struct bytes intact;   /* the JSON field whose text is hashed; empty: none */
};

/* Owns its array and all texts. */
struct plan_sinks {
    struct plan_sink sinks[PLAN_SINKS_MAX];
    size_t count;
    struct arena arena;
};

void plan_sinks_init(struct plan_sinks *sinks);
void plan_sinks_fini(struct plan_sinks *sinks);

/* "NAME=KIND:PLACE", or without the name, which is then the kind (webhook, webhook2, …). */
BR_NODISCARD enum br_err plan_sinks_add(struct plan_sinks *sinks, struct bytes text,
                                        struct diag *diag);
/* "NAME=[FROM-TO] ACT...", a stretch more for that sink. */
BR_NODISCARD enum br_err plan_sinks_add_stretch(struct plan_sinks *sinks, struct bytes text,
                                                struct diag *diag);
/* "NAME=bearer:TOKEN" and so on. */
BR_NODISCARD enum br_err plan_sinks_set_auth(struct plan_sinks *sinks, struct bytes text,
                                             struct diag *diag);
/* NULL when there is none of that name. */
struct plan_sink *plan_sinks_find(struct plan_sinks *sinks, struct bytes name);

/* The text behind the "=" of a stretch, on its own. */
BR_NODISCARD enum br_err plan_sink_parse_stretch(struct bytes text,
                                                 struct plan_sink_stretch *out_stretch,
                                                 struct diag *diag);
/* As plan_sink_parse_stretch reads it. */
void plan_sink_print_stretch(const struct plan_sink_stretch *stretch, struct buf *out);
/* All but the secrets, on one line without its end. */
void plan_sink_print(const struct plan_sink *sink, struct buf *out);

/* What is in force at a moment of the load: the acts of all stretches that hold it. */
void plan_sink_stretch_at(const struct plan_sink *sink, int64_t at_ns,
                          struct plan_sink_stretch *out_stretch);
/* The next moment after `at_ns` at which that may change; INT64_MAX when it does not. */
int64_t plan_sink_next_change(const struct plan_sink *sink, int64_t at_ns);
/* The set of everything that it does at any time. */
unsigned plan_sink_acts(const struct plan_sink *sink);

#endif
