/* SPDX-License-Identifier: Apache-2.0
 *
 * Peers and listeners: accepting, reading and sending as far as tests do not say otherwise.
 */
#include "peers.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

enum { PEER_IN_MAX = 64 << 20, PEER_READ_SIZE = 4096 };

static struct peer *peer_of(struct conn *conn)
{
    return BR_CONTAINER(conn, struct peer, conn);
}

static void peer_on_open(struct conn *conn, enum br_err err)
{
    struct peer *peer = peer_of(conn);
    peer->opens++;
    peer->open_err = err;
    if (peer->on_open != NULL)
        peer->on_open(peer);
}

void peer_read(struct peer *peer)
{
    MUST(buf_reserve(&peer->in, peer->read_size) == BR_ERR_NONE);
    ssize_t got =
        conn_recv(&peer->conn, peer->in.data + peer->in.len, peer->read_size, &peer->wall_ns);
    if (got > 0) {
        peer->in.len += (size_t)got;
    } else if (got != LAYER_AGAIN) {
        peer->end = got;
        conn_close(&peer->conn, true);
    }
}

static void peer_on_readable(struct conn *conn)
{
    struct peer *peer = peer_of(conn);
    peer->readables++;
    if (peer->on_readable != NULL)
        peer->on_readable(peer);
    else
        peer_read(peer);
}

static void peer_send_rest(struct peer *peer)
{
    while (peer->rest.len > 0) {
        ssize_t sent = conn_send(&peer->conn, peer->rest);
        if (layer_is_err(sent)) {
            peer->end = sent;
            peer->rest = BYTES_NONE;
            conn_close(&peer->conn, true);
        } else if (sent == LAYER_AGAIN) {
            return;
        } else {
            peer->rest = bytes_skip(peer->rest, (size_t)sent);
        }
    }
}

static void peer_on_writable(struct conn *conn)
{
    struct peer *peer = peer_of(conn);
    peer->writables++;
    peer_send_rest(peer);
}

static const struct conn_ops peer_ops = {peer_on_open, peer_on_readable, peer_on_writable};

void peer_init(struct peer *peer, struct loop *loop)
{
    memset(peer, 0, sizeof(*peer));
    conn_init(&peer->conn, loop, &peer_ops);
    buf_init(&peer->in, PEER_IN_MAX);
    peer->end = PEER_OPEN_ENDED;
    peer->read_size = PEER_READ_SIZE;
}

void peer_fini(struct peer *peer)
{
    conn_close(&peer->conn, false);
    buf_fini(&peer->in);
}

void peer_connect(struct peer *peer, const struct sock_addr *addr)
{
    const struct conn_target target = {.addr = addr};
    conn_connect(&peer->conn, &target);
}

void peer_send_all(struct peer *peer, struct bytes bytes)
{
    peer->rest = bytes;
    peer_send_rest(peer);
}

struct sock_addr peer_addr(const char *text)
{
    struct sock_addr addr;
    struct bytes bytes = bytes_from_str(text);
    if (text[0] == '@' || text[0] == '/')
        MUST(sock_addr_from_path(bytes, &addr));
    else
        MUST(sock_addr_from_ip(bytes, 0, &addr));
    return addr;
}

static void listener_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    struct listener *listener = BR_CONTAINER(watch, struct listener, watch);
    int fd = sock_accept(watch->fd, NULL);
    if (fd == -1)
        return;
    struct peer *peer = listener->accepted < PEERS_MAX ? listener->peers[listener->accepted] : NULL;
    listener->accepted++;
    if (peer == NULL)
        sock_close(fd);
    else if (listener->tls != NULL)
        MUST(conn_accept_tls(&peer->conn, fd, listener->tls) == BR_ERR_NONE);
    else
        MUST(conn_accept(&peer->conn, fd) == BR_ERR_NONE);
}

void listener_open(struct listener *listener, struct loop *loop, const char *text)
{
    memset(listener, 0, sizeof(*listener));
    listener->loop = loop;
    struct sock_addr addr = peer_addr(text);
    int fd = sock_listen(&addr, 16, false);
    UNIT_OK(fd != -1);
    UNIT_EQ_INT(sock_local_addr(fd, &listener->addr), 0);
    UNIT_EQ_INT(loop_watch_add(loop, &listener->watch, fd, POLLER_IN, listener_ready), BR_ERR_NONE);
}

void listener_close(struct listener *listener)
{
    int fd = listener->watch.fd;
    loop_watch_remove(listener->loop, &listener->watch);
    sock_close(fd);
}

void peers_turn(struct loop *loop)
{
    loop_turn(loop, clock_now_ns() + 5 * CLOCK_NS_PER_MS);
}
