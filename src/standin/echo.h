/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt standin echo`: an HTTP server to practise on and to test brunt with. It answers any path
 * with a reply of a fixed size, as fast as it can or as late, wrong or rarely as it is told, and
 * keeps account of what it really did: measured by its log, brunt's numbers have a truth to be
 * compared with.
 *
 * What befalls request k is a function of the seed and k alone, k counting requests as they come.
 */
#ifndef BR_STANDIN_ECHO_H
#define BR_STANDIN_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/dist.h"
#include "sys/sock.h"

enum {
    STANDIN_LISTEN_MAX = 8,
    STANDIN_FAILS_MAX = 8,
    STANDIN_REPLY_SIZE_MAX = 1 << 30,
};

/* A share of the requests gets this status instead. */
struct standin_fail {
    double share;
    uint16_t status;
};

/* From the first request on: after each `every_ns` no reply leaves for `for_ns`; those that are due
 * meanwhile leave at its end. every_ns 0: never. */
struct standin_stall {
    int64_t every_ns;
    int64_t for_ns;
};

struct standin_echo_config {
    struct sock_addr listen[STANDIN_LISTEN_MAX];
    uint32_t listen_count;
    uint64_t size;   /* of a reply's body */
    uint16_t status; /* 200 to 999 */
    struct dist delay;
    struct standin_fail fails[STANDIN_FAILS_MAX];
    uint32_t fail_count;
    double reset_share; /* of the requests: the connection is reset instead of a reply */
    struct standin_stall stall;
    uint64_t seed;
    const char *log_path;      /* NULL: none; a line a request: arrival_ns delay_ns outcome */
    const char *arrivals_path; /* NULL: none; arrival_ns of each request, 8 bytes, native */
    int64_t for_ns;            /* stops by itself; 0: when a signal comes */
    bool spin;                 /* never sleeps */

    struct bytes bearer; /* who does not say it gets 401; empty: everybody may */
    uint64_t rate_count; /* more requests than that in rate_per_ns get 429; 0: any number */
    int64_t rate_per_ns;
    uint64_t requests_max; /* of a connection, which then ends; 0: any number */
    int64_t idle_ns;       /* a connection idle for so long ends; 0: never */
    uint64_t read_rate;    /* bytes a second of each connection; 0: as they come */
    bool tls;              /* https */
    const char *cert_file; /* NULL: a self-made certificate */
    const char *key_file;
    const char *client_ca_file; /* asks for certificates signed by these; NULL: does not */
    const char *cert_out_path;  /* where the certificate is written to; NULL: nowhere */
};

/* "1%:503". BR_ERR_PARSE with a sentence. */
BR_NODISCARD enum br_err standin_parse_fail(struct bytes text, struct standin_fail *out_fail,
                                            struct diag *diag);
/* How many requests of an idle server may come at once under a limit: a tenth of a second of it, at
 * least one. `*tat_ns`, 0 at first, is when the limit's allowance is used up to. */
bool standin_limit_admits(const struct standin_echo_config *config, int64_t now_ns,
                          int64_t *tat_ns);
/* "every 10s for 1s". */
BR_NODISCARD enum br_err standin_parse_stall(struct bytes text, struct standin_stall *out_stall,
                                             struct diag *diag);
/* When a reply that is due at `due_ns` may leave, the first request having come at `start_ns`. */
int64_t standin_stall_shift(const struct standin_stall *stall, int64_t start_ns, int64_t due_ns);

/* Listens (says where on standard output), serves until SIGINT, SIGTERM or for_ns, says what it
 * served. */
BR_NODISCARD enum br_err standin_echo_run(const struct standin_echo_config *config,
                                          struct diag *diag);

#endif
