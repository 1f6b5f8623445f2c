/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripted peers upon ends of simulated connections.
 */
#include "sim_peer.h"

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"

struct sim_peer_timer {
    struct sim_event event;
    struct sim_peer *peer;
    sim_peer_fn *fn;
    struct list node;
};

struct sim_peer {
    struct sim_end *end;
    const struct sim_peer_ops *ops;
    void *context;
    bool paused;
    struct list timers;
};

static struct sim_peer *sim_peer_create(const struct sim_peer_ops *ops, void *context)
{
    struct sim_peer *peer = MEM_NEW(struct sim_peer);
    peer->ops = ops;
    peer->context = context;
    list_init(&peer->timers);
    return peer;
}

void sim_peer_free(struct sim_peer *peer)
{
    for (struct list *node; (node = list_pop_head(&peer->timers)) != NULL;) {
        struct sim_peer_timer *timer = BR_CONTAINER(node, struct sim_peer_timer, node);
        sim_event_clear(&timer->event);
        mem_free(timer);
    }
    mem_free(peer);
}

void sim_peer_listen(const struct sock_addr *addr, const struct sim_peer_ops *ops, void *context)
{
    struct sock_addr bound = *addr;
    MUST(addr->u.any.sa_family == AF_UNIX || sock_addr_port(addr) != 0);
    struct sim_listener *listener = sim_listener_add(&bound, 0, false);
    MUST(listener != NULL);
    listener->peer_ops = ops;
    listener->peer_context = context;
}

void sim_peer_unlisten(const struct sock_addr *addr)
{
    struct sim_listener *listener = sim_listener_find(addr);
    MUST(listener != NULL);
    MUST(listener->fd == NULL);
    sim_listener_remove(listener);
}

struct sim_peer *sim_peer_connect(const struct sock_addr *addr, const struct sim_peer_ops *ops,
                                  void *context)
{
    struct sock_addr none = {.len = 0};
    struct sim_peer *peer = sim_peer_create(ops, context);
    int error = sim_conn_open(NULL, peer, &none, addr, &peer->end);
    MUST(error == 0);
    return peer;
}

void *sim_peer_context(const struct sim_peer *peer)
{
    return peer->context;
}

void sim_peer_set_context(struct sim_peer *peer, void *context)
{
    peer->context = context;
}

/* What the network tells */

void sim_peer_accept(struct sim_end *end, const struct sim_listener *listener)
{
    struct sim_peer *peer = sim_peer_create(listener->peer_ops, listener->peer_context);
    peer->end = end;
    end->peer = peer;
    sim_peer_on_open(end);
}

void sim_peer_on_open(struct sim_end *end)
{
    if (end->peer->ops->on_open != NULL)
        end->peer->ops->on_open(end->peer);
}

/* All that is there, in one piece, unless it is paused. A callback may close the peer. */
void sim_peer_on_bytes(struct sim_end *end)
{
    struct sim_peer *peer = end->peer;
    size_t len = sim_end_in(end)->unread.len;
    int64_t stamp_ns;
    if (peer->paused || len == 0)
        return;
    char *room = mem_alloc(len);
    size_t got = sim_end_recv(end, room, len, &stamp_ns);
    MUST(got == len);
    if (peer->ops->on_bytes != NULL)
        peer->ops->on_bytes(peer, bytes_make(room, len));
    mem_free(room);
}

void sim_peer_on_end(struct sim_end *end, enum sim_end_kind kind)
{
    if (end->peer->ops->on_end != NULL)
        end->peer->ops->on_end(end->peer, kind);
    if (kind != SIM_END_CLOSED && end->peer != NULL)
        sim_end_close(end, true);
}

/* What the script does */

void sim_peer_send(struct sim_peer *peer, struct bytes bytes)
{
    if (peer->end->is_open && !peer->end->is_reset)
        sim_end_send(peer->end, bytes);
}

void sim_peer_pause(struct sim_peer *peer, bool paused)
{
    peer->paused = paused;
    sim_peer_on_bytes(peer->end);
}

void sim_peer_shutdown(struct sim_peer *peer)
{
    sim_end_shutdown(peer->end);
}

void sim_peer_close(struct sim_peer *peer)
{
    sim_end_close(peer->end, false);
}

void sim_peer_reset(struct sim_peer *peer)
{
    sim_end_close(peer->end, true);
}

static void sim_peer_fire(void *context)
{
    struct sim_peer_timer *timer = context;
    struct sim_peer *peer = timer->peer;
    sim_peer_fn *fn = timer->fn;
    list_remove(&timer->node);
    mem_free(timer);
    fn(peer);
}

void sim_peer_after(struct sim_peer *peer, int64_t delay_ns, sim_peer_fn *fn)
{
    struct sim_peer_timer *timer = MEM_NEW(struct sim_peer_timer);
    timer->peer = peer;
    timer->fn = fn;
    list_push_tail(&peer->timers, &timer->node);
    sim_event_set(&timer->event, sim.now_ns + delay_ns, sim_peer_fire, timer);
}
