/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the simulated network. A connection has two ends and two pipes; pipe i carries what end i
 * sends, as segments that are under way until their time and unread until they are read. An end is
 * held by a descriptor, by a scripted peer, or (closed, or not yet accepted) by nobody. A listener
 * belongs to a descriptor or to scripted peers.
 */
#ifndef BR_TESTS_SIM_NET_H
#define BR_TESTS_SIM_NET_H

#include "base/list.h"
#include "loop/poller.h"
#include "sim_peer.h"
#include "sim_world.h"

struct sim_conn;
struct sim_listener;
struct sim_fd;

enum sim_segment_kind { SIM_DATA, SIM_FIN, SIM_RST };

struct sim_segment {
    struct sim_segment *next;
    int64_t at_ns; /* when it arrives, or did */
    enum sim_segment_kind kind;
    size_t len;
    size_t used; /* read already */
    char bytes[];
};

struct sim_queue {
    struct sim_segment *head;
    struct sim_segment *tail;
    size_t len; /* bytes */
};

struct sim_pipe {
    struct sim_conn *conn;
    struct sim_queue flight;
    struct sim_queue unread;
    int64_t last_ns; /* nothing may arrive before */
    int64_t busy_ns; /* the line is taken until then */
    bool fin_sent;
    bool is_held; /* by a black hole */
    struct sim_event arrival;
};

struct sim_end {
    struct sim_conn *conn;
    struct sock_addr addr;
    struct sim_fd *fd;
    struct sim_peer *peer;
    bool is_open;   /* established, as this end knows */
    bool is_closed; /* for good: what arrives is answered by RST */
    bool got_fin;
    bool is_reset;
    int error; /* pending */
};

/* Where connections to an address go through: its link and fault. */
struct sim_route {
    struct sock_addr to;
    struct sim_link link;
    enum sim_fault fault;
    struct sim_route *next;
};

struct sim_conn {
    struct list node;
    uint64_t number;
    struct sim_end ends[2]; /* 0: who connected */
    struct sim_pipe pipes[2];
    struct sim_route *route;
    struct sim_listener *listener; /* while it waits to be accepted */
    struct sim_conn *next_waiting;
    struct sim_event handshake;
    int64_t handshake_start_ns;
    int64_t retry_ns;
    int users;     /* it must not go away yet */
    bool has_port; /* of the book of ports, to be given back */
};

struct sim_listener {
    struct sock_addr addr;
    bool reuse_port;
    int backlog;
    int waiting_count;
    struct sim_conn *waiting_head;
    struct sim_conn *waiting_tail;
    struct sim_fd *fd; /* or */
    const struct sim_peer_ops *peer_ops;
    void *peer_context;
    struct sim_listener *next;
};

enum sim_fd_kind { SIM_FD_STREAM, SIM_FD_LISTENER, SIM_FD_SIGNAL };

struct sim_fd {
    enum sim_fd_kind kind;
    int number;
    int family;
    struct sock_addr bound; /* len 0: not bound */
    struct sim_end *end;
    struct sim_listener *listener;
    bool rx_stamps;
    bool is_readable; /* SIM_FD_SIGNAL */
    /* Its registration: */
    struct poller *poller;
    unsigned events;
    void *tag;
    struct list ready; /* on the poller's list when something may be ready */
};

/* Descriptors (sim_fd.c) */

/* NULL with EMFILE. */
struct sim_fd *sim_fd_open(enum sim_fd_kind kind);
struct sim_fd *sim_fd_get(int number);
void sim_fd_close(struct sim_fd *fd);
/* What poller.h would say of it now. */
unsigned sim_fd_events(const struct sim_fd *fd);
/* Something about it may have changed (sim_poller.c). */
void sim_fd_touch(struct sim_fd *fd);
void sim_fds_end(void);

/* Addresses, ports, listeners and routes (sim_addr.c) */

bool sim_addr_eq(const struct sock_addr *a, const struct sock_addr *b);
struct sim_route *sim_route_to(const struct sock_addr *to);
/* NULL with EADDRINUSE. Fills in a port of 0. */
struct sim_listener *sim_listener_add(struct sock_addr *addr, int backlog, bool reuse_port);
struct sim_listener *sim_listener_find(const struct sock_addr *to);
void sim_listener_remove(struct sim_listener *listener);
/* A local address for a connection to there; 0 or EADDRNOTAVAIL or EADDRINUSE. */
int sim_port_take(struct sock_addr *local, const struct sock_addr *to);
void sim_port_give(const struct sock_addr *local, const struct sock_addr *to, int64_t after_ns);
void sim_addrs_end(void);

/* Connections (sim_net.c) */

/* 0 or an errno; the handshake goes on by events. */
int sim_conn_open(struct sim_fd *fd, struct sim_peer *peer, const struct sock_addr *source,
                  const struct sock_addr *to, struct sim_end **out_end);
struct sim_conn *sim_listener_accept(struct sim_listener *listener);
size_t sim_end_room(const struct sim_end *end);
struct sim_pipe *sim_end_out(const struct sim_end *end);
struct sim_pipe *sim_end_in(const struct sim_end *end);
void sim_end_send(struct sim_end *end, struct bytes bytes);
/* Up to size bytes of what arrived; *out_stamp_ns is when the last of them did. NULL room: thrown
 * away. */
size_t sim_end_recv(struct sim_end *end, void *room, size_t size, int64_t *out_stamp_ns);
void sim_end_shutdown(struct sim_end *end);
/* The end is nobody's afterwards; the connection goes when both are. */
void sim_end_close(struct sim_end *end, bool reset);

/* Scripted peers (sim_peer.c) */

void sim_peer_accept(struct sim_end *end, const struct sim_listener *listener);
void sim_peer_on_open(struct sim_end *end);
void sim_peer_on_bytes(struct sim_end *end);
/* For SIM_END_RESET and SIM_END_REFUSED the peer is gone when this returns. */
void sim_peer_on_end(struct sim_end *end, enum sim_end_kind kind);
void sim_peer_free(struct sim_peer *peer);

#endif
