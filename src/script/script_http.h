/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP of scripts. Each VU has connections and cookies of its own, never shared; what is alike for
 * all VUs of a shard (the receive buffer, TLS contexts, names) is the shard's.
 */
#ifndef BR_SCRIPT_SCRIPT_HTTP_H
#define BR_SCRIPT_SCRIPT_HTTP_H

#include "base/list.h"
#include "conn/name.h"
#include "conn/pool.h"
#include "conn/tls.h"
#include "proto/http_client.h"
#include "proto/http_inflate.h"
#include "script/script_cookie.h"
#include "script/script_vu.h"

enum { SCRIPT_STATUS_RANGES_MAX = 16 };

/* Which replies are expected. */
struct script_expected {
    bool none; /* responseCallback: null: nobody asks */
    unsigned count;
    struct {
        int min;
        int max;
    } ranges[SCRIPT_STATUS_RANGES_MAX];
};

/* One origin that a VU speaks to. */
struct script_peer {
    struct list node; /* in script_http.peers */
    char *key;        /* "https://host:port" */
    char *host;       /* for SNI and names */
    uint16_t port;
    bool tls;
    struct tls_client *tls_client;
    struct pool pool;
    size_t addr_turn;
};

struct script_session {
    struct http_session http;
    struct list node; /* in script_http.sessions */
    struct script_http *owner;
    struct script_peer *peer;
    struct script_hop *hop; /* NULL: idle */
    char remote[SOCK_TEXT_SIZE];
};

/* Of a VU. */
struct script_http {
    struct script_vu *vu;
    struct list peers;
    struct list sessions;
    struct script_jar jar;
    struct script_expected expected; /* http.setResponseCallback */
    uint64_t bytes_sent;             /* since they were recorded */
    uint64_t bytes_received;
    unsigned calls; /* under way */
    JSValue jar_object;
};

struct script_tls_row {
    struct list node;
    char *domain; /* "" for all */
    struct tls_client *client;
};

/* Of a shard. */
struct script_http_shard {
    struct script_shard *shard;
    struct http_client client;
    struct name_resolver *resolver;
    struct tls_client *tls; /* NULL: not made yet */
    struct list tls_rows;   /* certificates of ours by domain */
    struct http_inflate *inflate;
    struct fiber_pool *fibers; /* small ones, for requests side by side */
    int64_t rps_next_ns;
    uint64_t round_robin;
};

struct script_http_shard *script_http_shard_create(struct script_shard *shard);
void script_http_shard_destroy(struct script_http_shard **http);
struct script_http *script_http_create(struct script_vu *vu);
void script_http_destroy(struct script_http **http);

void script_http_begin_iteration(struct script_vu *vu);
void script_http_end_iteration(struct script_vu *vu);
/* data_sent and data_received since the last call. */
void script_http_record_data(struct script_vu *vu);
/* The VU was interrupted: ends what is under way. */
void script_http_cancel_all(struct script_http *http);

/* The TLS context for a host; NULL with a sentence. */
struct tls_client *script_http_tls(struct script_http_shard *http, struct bytes host,
                                   struct diag *diag);

#endif
