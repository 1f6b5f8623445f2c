/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the echo stand-in share.
 */
#ifndef BR_STANDIN_ECHO_INNER_H
#define BR_STANDIN_ECHO_INNER_H

#include "base/buf.h"
#include "loop/loop.h"
#include "metric/hist.h"
#include "proto/http_server.h"
#include "standin/echo.h"
#include "sys/file.h"

enum { STANDIN_LOG_ROOM = 1 << 20, STANDIN_LOG_LINE_MAX = 64 };

/* Rows are gathered and written a megabyte at a time, or when asked to. */
struct standin_log {
    struct file_out out;
    char *room; /* NULL: nobody wants it */
    size_t len;
    bool failed;
};

/* A reply that is always the same: rendered once. */
struct standin_reply {
    uint16_t status;
    uint64_t count; /* replies of it that were written in full */
    struct bytes body;
    struct h1_header headers[2];
    uint32_t header_count;
    char *raw; /* owns head and body */
    size_t raw_len;
};

enum { STANDIN_REPLY_GOOD, STANDIN_REPLY_LIMITED, STANDIN_REPLY_UNKNOWN, STANDIN_REPLY_FAILS };

struct standin_echo {
    const struct standin_echo_config *config;
    struct loop loop;
    struct http_server *server;
    char *body;                                          /* of the good replies */
    struct standin_reply replies[3 + STANDIN_FAILS_MAX]; /* the good one, 429, 401, failures */
    uint32_t reply_count;
    char retry_after[24];
    int64_t limit_tat_ns; /* standin_limit_admits */
    struct tls_server *tls;
    bool is_simple;    /* nothing to be decided about a request */
    uint64_t requests; /* that were not ours (/health, /metrics) */
    int64_t first_ns;
    int64_t last_ns;
    uint64_t resets;
    uint64_t stalled;   /* replies that a stall held back */
    struct hist delays; /* really applied, ns */
    struct standin_log log;
    struct standin_log arrivals;
};

BR_NODISCARD enum br_err standin_log_open(struct standin_log *log, const char *path,
                                          struct diag *diag);
void standin_log_flush(struct standin_log *log);
/* What could not be written is told. */
BR_NODISCARD enum br_err standin_log_close(struct standin_log *log, const char *path,
                                           struct diag *diag);
void standin_log_row(struct standin_log *log, int64_t arrival_ns, int64_t delay_ns,
                     struct bytes outcome);
void standin_log_arrival(struct standin_log *log, int64_t arrival_ns);

/* Prometheus text. */
void standin_echo_metrics(struct standin_echo *echo, struct buf *out);
/* What was served, for people. */
void standin_echo_summary(struct standin_echo *echo, struct buf *out);

#endif
