/* SPDX-License-Identifier: Apache-2.0
 *
 * Who listens where, which way bytes go to an address, and which local ports are taken: a port may
 * be used once for each destination, as on Linux.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"

enum { SIM_PORTS = 65536 };

/* A port on its way through TIME_WAIT; all take equally long, so the first is free first. */
struct sim_port_wait {
    unsigned port;
    int64_t free_ns;
    struct sim_port_wait *next;
};

/* Ports taken between one local address and one destination. */
struct sim_port_book {
    struct sock_addr local; /* port 0 */
    struct sock_addr to;
    unsigned next;
    uint64_t taken[SIM_PORTS / 64];
    struct sim_port_wait *wait_head;
    struct sim_port_wait *wait_tail;
    struct sim_port_book *next_book;
};

static struct sim_listener *sim_listeners;
static struct sim_route *sim_routes;
static struct sim_port_book *sim_books;
static uint16_t sim_listen_port;

bool sim_addr_eq(const struct sock_addr *a, const struct sock_addr *b)
{
    return a->len == b->len && memcmp(a->u.room, b->u.room, a->len) == 0;
}

/* 0.0.0.0 and [::] listen for everybody of their family. */
static bool sim_addr_is_any(const struct sock_addr *addr)
{
    struct sock_addr any;
    memset(&any, 0, sizeof(any));
    if (addr->u.any.sa_family == AF_INET)
        any.len = sizeof(struct sockaddr_in);
    else if (addr->u.any.sa_family == AF_INET6)
        any.len = sizeof(struct sockaddr_in6);
    else
        return false;
    any.u.any.sa_family = addr->u.any.sa_family;
    sock_addr_set_port(&any, sock_addr_port(addr));
    return sim_addr_eq(addr, &any);
}

static bool sim_listener_takes(const struct sim_listener *listener, const struct sock_addr *to)
{
    if (sim_addr_eq(&listener->addr, to))
        return true;
    return sim_addr_is_any(&listener->addr) &&
           listener->addr.u.any.sa_family == to->u.any.sa_family &&
           sock_addr_port(&listener->addr) == sock_addr_port(to);
}

/* Routes */

struct sim_route *sim_route_to(const struct sock_addr *to)
{
    for (struct sim_route *route = sim_routes; route != NULL; route = route->next) {
        if (sim_addr_eq(&route->to, to))
            return route;
    }
    struct sim_route *route = MEM_NEW(struct sim_route);
    route->to = *to;
    route->link = sim.options.link;
    route->next = sim_routes;
    sim_routes = route;
    return route;
}

void sim_set_link(const struct sock_addr *to, const struct sim_link *link)
{
    struct sim_route *route = sim_route_to(to);
    struct sim_link old = route->link;
    route->link = *link;
    if (link->window_size == 0)
        route->link.window_size = old.window_size;
    if (link->segment_size == 0)
        route->link.segment_size = old.segment_size;
}

/* Listeners */

static bool sim_listener_clashes(const struct sock_addr *addr, bool reuse_port)
{
    for (const struct sim_listener *at = sim_listeners; at != NULL; at = at->next) {
        if ((!reuse_port || !at->reuse_port) &&
            (sim_listener_takes(at, addr) || sim_addr_eq(&at->addr, addr)))
            return true;
    }
    return false;
}

static bool sim_addr_fill_port(struct sock_addr *addr)
{
    if (addr->u.any.sa_family == AF_UNIX || sock_addr_port(addr) != 0)
        return true;
    for (unsigned tries = 0; tries < 20000; tries++) {
        sim_listen_port = sim_listen_port < 20000 ? 20000 : (uint16_t)(sim_listen_port + 1);
        sock_addr_set_port(addr, sim_listen_port);
        if (!sim_listener_clashes(addr, false))
            return true;
    }
    return false;
}

struct sim_listener *sim_listener_add(struct sock_addr *addr, int backlog, bool reuse_port)
{
    if (!sim_addr_fill_port(addr) || sim_listener_clashes(addr, reuse_port)) {
        errno = EADDRINUSE;
        return NULL;
    }
    struct sim_listener *listener = MEM_NEW(struct sim_listener);
    listener->addr = *addr;
    listener->backlog = backlog;
    listener->reuse_port = reuse_port;
    listener->next = sim_listeners;
    sim_listeners = listener;
    return listener;
}

struct sim_listener *sim_listener_find(const struct sock_addr *to)
{
    struct sim_listener *found = NULL;
    unsigned count = 0;
    for (struct sim_listener *at = sim_listeners; at != NULL; at = at->next) {
        if (!sim_listener_takes(at, to))
            continue;
        /* Several share a port: one of them by chance. */
        if (sim_upto(count++) == 0)
            found = at;
    }
    return found;
}

void sim_listener_remove(struct sim_listener *listener)
{
    struct sim_listener **at = &sim_listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    if (listener->fd != NULL)
        listener->fd->listener = NULL;
    for (struct sim_conn *conn; (conn = sim_listener_accept(listener)) != NULL;)
        sim_end_close(&conn->ends[1], true);
    mem_free(listener);
}

/* Ports */

static struct sim_port_book *sim_book_of(const struct sock_addr *local, const struct sock_addr *to)
{
    struct sock_addr host = *local;
    sock_addr_set_port(&host, 0);
    for (struct sim_port_book *book = sim_books; book != NULL; book = book->next_book) {
        if (sim_addr_eq(&book->local, &host) && sim_addr_eq(&book->to, to))
            return book;
    }
    struct sim_port_book *book = MEM_NEW(struct sim_port_book);
    book->local = host;
    book->to = *to;
    book->next = sim.options.port_low;
    book->next_book = sim_books;
    sim_books = book;
    return book;
}

static bool sim_book_take(struct sim_port_book *book, unsigned port)
{
    uint64_t bit = UINT64_C(1) << (port % 64);
    if ((book->taken[port / 64] & bit) != 0)
        return false;
    book->taken[port / 64] |= bit;
    return true;
}

static void sim_book_clear(struct sim_port_book *book, unsigned port)
{
    book->taken[port / 64] &= ~(UINT64_C(1) << (port % 64));
}

static void sim_book_free_until(struct sim_port_book *book, int64_t now_ns)
{
    struct sim_port_wait *wait;
    while ((wait = book->wait_head) != NULL && wait->free_ns <= now_ns) {
        book->wait_head = wait->next;
        if (wait->next == NULL)
            book->wait_tail = NULL;
        sim_book_clear(book, wait->port);
        mem_free(wait);
    }
}

static void sim_local_for(struct sock_addr *local, const struct sock_addr *to)
{
    struct bytes host = to->u.any.sa_family == AF_INET6
                            ? (sock_addr_is_loopback(to) ? BYTES("::1") : BYTES("fd00::1"))
                            : (sock_addr_is_loopback(to) ? BYTES("127.0.0.1") : BYTES("10.0.0.1"));
    bool known = sock_addr_from_ip(host, 0, local);
    MUST(known);
}

int sim_port_take(struct sock_addr *local, const struct sock_addr *to)
{
    if (to->u.any.sa_family == AF_UNIX)
        return 0;
    if (local->len == 0)
        sim_local_for(local, to);
    struct sim_port_book *book = sim_book_of(local, to);
    sim_book_free_until(book, sim.now_ns);
    if (sock_addr_port(local) != 0)
        return sim_book_take(book, sock_addr_port(local)) ? 0 : EADDRINUSE;
    unsigned count = sim.options.port_high - sim.options.port_low + 1;
    for (unsigned tries = 0; tries < count; tries++) {
        unsigned port = book->next;
        book->next = port == sim.options.port_high ? sim.options.port_low : port + 1;
        if (sim_book_take(book, port)) {
            sock_addr_set_port(local, (uint16_t)port);
            return 0;
        }
    }
    return EADDRNOTAVAIL;
}

void sim_port_give(const struct sock_addr *local, const struct sock_addr *to, int64_t after_ns)
{
    if (to->u.any.sa_family == AF_UNIX)
        return;
    struct sim_port_book *book = sim_book_of(local, to);
    if (after_ns <= 0) {
        sim_book_clear(book, sock_addr_port(local));
        return;
    }
    struct sim_port_wait *wait = MEM_NEW(struct sim_port_wait);
    wait->port = sock_addr_port(local);
    wait->free_ns = sim.now_ns + after_ns;
    if (book->wait_tail == NULL)
        book->wait_head = wait;
    else
        book->wait_tail->next = wait;
    book->wait_tail = wait;
}

void sim_addrs_end(void)
{
    while (sim_listeners != NULL)
        sim_listener_remove(sim_listeners);
    for (struct sim_route *next; sim_routes != NULL; sim_routes = next) {
        next = sim_routes->next;
        mem_free(sim_routes);
    }
    for (struct sim_port_book *next; sim_books != NULL; sim_books = next) {
        next = sim_books->next_book;
        sim_book_free_until(sim_books, INT64_MAX);
        mem_free(sim_books);
    }
    sim_listen_port = 0;
}
