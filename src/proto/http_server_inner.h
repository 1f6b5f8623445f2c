/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the HTTP server share: its structs, and how a session goes from state to state.
 *
 *     HEAD ─ head read ─> BODY ─ body read ─> OWED ─ reply ─> WRITING ─ written ─> HEAD or DONE
 *
 * A session is freed where its connection was closed, except while its input is being fed
 * (`feeding`): then the feeder frees it, as it is the one that would touch it next.
 */
#ifndef BR_PROTO_HTTP_SERVER_INNER_H
#define BR_PROTO_HTTP_SERVER_INNER_H

#include "base/buf.h"
#include "conn/conn.h"
#include "proto/http_server.h"
#include "wire/h1_body.h"

enum {
    HTTP_SERVER_RECEIVE_SIZE = 64 * 1024,
    HTTP_SERVER_SEND_SIZE = 64 * 1024,
    HTTP_SERVER_FIELDS_SIZE = 128,
    HTTP_SERVER_AHEAD_MAX = 64 * 1024, /* of requests that wait for a reply to an earlier one */
    HTTP_SERVER_LINGER_MAX = 4 * 1024 * 1024, /* what is read of a peer that was refused */
};

enum http_server_state {
    HTTP_SERVER_HEAD,    /* idle, or a part of a head was read */
    HTTP_SERVER_BODY,    /* the head is known */
    HTTP_SERVER_OWED,    /* the handler has the request */
    HTTP_SERVER_WRITING, /* a reply did not fit into the socket's buffer */
    HTTP_SERVER_DONE,    /* the last reply is written; whoever feeds knows what comes next */
    HTTP_SERVER_LINGER,  /* the last reply is written: read on for a while, or the peer's kernel
                            throws it away for the RST that unread bytes cause */
    HTTP_SERVER_CLOSED,
};

struct http_server_session {
    struct conn conn;
    struct http_server *server;
    struct list node; /* of the server's sessions */
    uint8_t state;
    uint8_t body_mode;
    bool feeding;
    bool close_after; /* the reply is the last */
    bool owes;        /* a request was handed over and on_end is still to come */
    bool is_head;     /* the request is HEAD */
    bool must_linger; /* there may be more input than we have seen */
    bool is_resting;  /* it has read its share for now (read_rate); `rest` ends it */
    uint8_t ended_by; /* enum br_err: for on_close */
    struct h1_scan scan;
    struct h1_request head;
    struct h1_body body;
    uint32_t head_len;  /* of the head at the beginning of `kept` */
    uint64_t body_size; /* decoded so far */
    /* In HEAD: the beginning of one. In BODY: the head, and what is collected behind it. In OWED
     * and later: what came behind the request. */
    struct buf kept;
    struct bytes unsent[2]; /* the rest of a reply */
    struct buf unsent_head; /* owns it where it was rendered */
    uint64_t lingered;
    int64_t ahead_ns;         /* when the last of what came ahead was read */
    struct wheel_timer later; /* the end of lingering, or what came ahead is looked at */
    struct wheel_timer rest;
};

struct http_listener {
    struct loop_watch watch;
    struct http_server *server;
    struct list node;
    struct wheel_timer retry; /* after descriptors ran out */
    bool is_watched;
    struct sock_addr addr;
    int fd;
};

struct http_server {
    struct loop *loop;
    struct http_server_config config;
    struct http_server_stats stats;
    struct list sessions;
    struct list spare; /* freed sessions, by node */
    struct list listeners;
    char *receive;
    char *send;
    struct h1_field *fields; /* of the request that is handed over */
    bool feeding;            /* and so they must stay */
    bool is_paused;
    uint64_t read_rate; /* bytes a second; 0: no limit */
    int64_t wall_offset_ns;
    int64_t wall_offset_at_ns;
};

/* http_server_input.c: something can be read, or the peer hung up. */
void http_server_on_readable(struct conn *conn);
/* In HEAD: what came ahead is looked at, now or (inside another session's feeding) soon. */
void http_server_resume(struct http_server_session *session);

/* Reads on where nothing is against it. */
void http_server_let_read(struct http_server_session *session);

/* http_server_reply.c: the socket has room again. */
void http_server_on_writable(struct conn *conn);
/* Answers what broke the protocol or a limit; the connection ends behind it. */
void http_server_refuse(struct http_server_session *session, uint16_t status);
/* In DONE: closes, or lingers when something was or may be left unread. Frees. */
void http_server_depart(struct http_server_session *session, bool has_unread);

/* http_server.c: the connection is over; on_end comes with `err` where one is due. */
void http_server_fail(struct http_server_session *session, enum br_err err);
/* Closes, without on_end. */
void http_server_shut(struct http_server_session *session, bool orderly);
/* Frees a session that was shut, unless it is being fed. */
void http_server_reap(struct http_server_session *session);

#endif
