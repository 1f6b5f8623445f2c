/* SPDX-License-Identifier: Apache-2.0
 *
 * Server side of HTTP/1.1: listeners and their sessions on one loop, the base of stand-ins and
 * sinks. One receive and one send a request, nothing else; an idle connection holds no buffer (the
 * receive buffer belongs to the server, what is kept of a message that came in pieces is given back
 * with its end). Requests of a connection are handled one after the other, pipelined ones wait.
 *
 * A handler answers inside on_request or any time later (of the same loop). It may also never
 * answer, or reset the connection. Whether a reply was written in full is told once for each
 * request, by on_end: deliveries are told from attempts by that (design.md 7.4).
 */
#ifndef BR_PROTO_HTTP_SERVER_H
#define BR_PROTO_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/list.h"
#include "loop/loop.h"
#include "sys/sock.h"
#include "wire/h1.h"
#include "wire/h1_emit.h"

enum {
    HTTP_ANSWER_HEAD_MAX = 16 * 1024, /* of a rendered reply's head */
};

struct tls_server; /* conn/tls.h */
struct http_server;
struct http_server_session;

/* What becomes of a request's body. */
enum http_body_mode {
    HTTP_BODY_DISCARD, /* counted, thrown away (large ones inside the kernel) */
    HTTP_BODY_COLLECT, /* in one piece in on_request; more than body_size_max is answered by 413 */
    HTTP_BODY_STREAM,  /* piece by piece to on_part */
};

/* A request that has come in whole. Borrowed, like everything in it, during on_request (in on_head:
 * without its body and the times). */
struct http_request {
    struct bytes method;
    struct bytes target; /* as sent */
    struct bytes head;   /* all of it, as sent */
    const struct h1_field *fields;
    uint32_t field_count;
    struct bytes body;  /* COLLECT only */
    uint64_t body_size; /* decoded */
    int64_t read_ns;    /* the clock right after its last byte was read */
    int64_t arrived_ns; /* when the kernel received that byte; read_ns where it does not tell */
    bool arrived_known; /* … it did tell */
    bool keep_alive;    /* the peer would use the connection again */
    uint8_t minor;      /* of HTTP/1.x */
};

struct http_answer {
    uint16_t status; /* 200 to 999 */
    const struct h1_header *headers;
    uint32_t header_count;
    struct bytes body; /* borrowed until on_end */
    bool close;        /* end the connection behind it */
};

/* Only on_request must be there. */
struct http_server_ops {
    /* A connection was accepted. */
    void (*on_open)(struct http_server_session *session);
    /* The head is there and a body follows: what shall become of it? */
    enum http_body_mode (*on_head)(struct http_server_session *session,
                                   const struct http_request *request);
    void (*on_part)(struct http_server_session *session, struct bytes part);
    /* http_server_reply…, or not yet. */
    void (*on_request)(struct http_server_session *session, const struct http_request *request);
    /* Exactly once for each on_request that the handler did not end by http_server_drop:
     * BR_ERR_NONE: the reply was written in full; else the connection is gone (the peer hung up or
     * reset it, or the server stops). Perhaps inside http_server_reply. Nothing may be called for
     * this request any more, and for the session not from inside. */
    void (*on_end)(struct http_server_session *session, enum br_err err);
    /* The session is about to be freed. err: how the connection ended from the peer's side;
     * BR_ERR_NONE when we ended it. A BR_ERR_RESET between two requests says that the peer may not
     * have read the last reply. */
    void (*on_close)(struct http_server_session *session, enum br_err err);
};

struct http_server_config {
    const struct http_server_ops *ops;
    void *context;     /* whose; see http_server_context */
    size_t extra_size; /* bytes of the handler's own in each session, zeroed at its beginning */
    size_t body_size_max;
    enum http_body_mode body_mode; /* when there is no on_head */
    bool rx_stamps;                /* ask the kernel for arrival stamps */
    struct tls_server *tls;        /* borrowed; NULL: plain */
};

struct http_server_stats {
    uint64_t connections;   /* accepted */
    uint64_t open;          /* now */
    uint64_t requests;      /* handed over */
    uint64_t replies;       /* written in full */
    uint64_t hung_up;       /* requests whose peer was gone before the reply was */
    uint64_t refused;       /* messages that broke the protocol or a limit */
    uint64_t accept_failed; /* or TLS could not be agreed on */
    uint64_t bytes_received;
    uint64_t bytes_sent;
};

/* Owns its listeners and sessions; the loop must outlive it. */
BR_NODISCARD struct http_server *http_server_create(struct loop *loop,
                                                    const struct http_server_config *config);
/* Closes everything; on_end and on_close come. Not from inside a callback. */
void http_server_destroy(struct http_server **server);

/* Listens on one more address (port 0: any; *out_bound has the real one). A unix socket that nobody
 * listens on any more is replaced. */
BR_NODISCARD enum br_err http_server_listen(struct http_server *server,
                                            const struct sock_addr *addr,
                                            struct sock_addr *out_bound, struct diag *diag);
const struct http_server_stats *http_server_stats(const struct http_server *server);

/* Stops accepting and reading, or goes on: back-pressure, when the handler has no room for more. */
void http_server_pause(struct http_server *server, bool is_paused);
/* Every connection is read at this rate at most, in small steps; 0: as fast as it comes. For slow
 * readers that are so on purpose. */
void http_server_set_read_rate(struct http_server *server, uint64_t bytes_per_sec);

/* The config's context. */
void *http_server_context(const struct http_server_session *session);
/* The handler's extra_size bytes, aligned for anything. */
void *http_server_extra(struct http_server_session *session);

/* The reply to the request that was handed over; of a HEAD request the body is not sent. */
void http_server_reply(struct http_server_session *session, const struct http_answer *answer);
/* The same with bytes that were rendered before (a whole reply that says nothing of the
 * connection): what a fast handler sends where http_server_may_reply_raw says that they fit.
 * Borrowed until on_end. */
void http_server_reply_raw(struct http_server_session *session, struct bytes reply);
/* HTTP/1.1, kept alive, and not HEAD. */
bool http_server_may_reply_raw(const struct http_server_session *session);
/* Ends the connection without (the rest of) a reply: in good order or by RST. No on_end. */
void http_server_drop(struct http_server_session *session, bool orderly);

/* Ends a connection on which no request is under way, not even a part of one; else does nothing. */
void http_server_close_idle(struct http_server_session *session);

/* The path of the target, without query, whatever its form; "*" and authorities as they are. */
struct bytes http_request_path(const struct http_request *request);
/* The value of the first field of that name; ptr NULL when there is none. */
struct bytes http_request_field(const struct http_request *request, struct bytes name);

#endif
