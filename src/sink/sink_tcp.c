/* SPDX-License-Identifier: Apache-2.0
 *
 * A TCP (or unix) listener that takes lines, a message each, and answers nothing: what log shippers
 * and plain relays speak. Read is delivered. What comes without a line's end before the peer closes
 * is a line, too.
 */
#include <errno.h>

#include "base/mem.h"
#include "base/must.h"
#include "conn/conn.h"
#include "sink/sink_host_inner.h"
#include "sink/sink_kinds.h"
#include "sink/sink_lines.h"
#include "sink/sink_place.h"
#include "sys/clock.h"

enum {
    SINK_TCP_ACCEPT_MAX = 64, /* a wake */
    SINK_TCP_BACKLOG = 4096,
    SINK_TCP_SHARES_PER_SEC = 20, /* of a slow reader */
};
#define SINK_TCP_REST_NS (20 * CLOCK_NS_PER_MS)

struct sink_tcp {
    struct sink sink;
    struct sock_addr asked;
    struct sock_addr bound;
    struct loop_watch watch; /* fd -1: not open */
    int fd;
    bool is_watched;
    struct wheel_timer retry; /* after descriptors ran out */
    struct list peers;
    int64_t offset_ns; /* wall clock - monotonic */
    int64_t offset_at_ns;
};

struct sink_tcp_peer {
    struct conn conn;
    struct sink_tcp *tcp;
    struct list node;
    struct sink_lines lines;
    struct wheel_timer rest; /* a slow reader's */
    int64_t at_ns;           /* of the piece that is being fed */
    bool is_kernel;
    bool is_resting;
    bool is_gone; /* closed while being fed */
    uint32_t number;
};

static struct sink_tcp *sink_tcp_of(struct sink *sink)
{
    return (struct sink_tcp *)(void *)sink;
}

/* ---- peers ---- */

static void sink_tcp_let_read(struct sink_tcp_peer *peer)
{
    conn_pause_reading(&peer->conn, peer->is_resting || peer->tcp->sink.is_paused);
}

static void sink_tcp_on_rested(struct wheel_timer *timer, void *context)
{
    struct sink_tcp_peer *peer = context;
    (void)timer;
    peer->is_resting = false;
    sink_tcp_let_read(peer);
}

static void sink_tcp_drop(struct sink_tcp_peer *peer, bool orderly)
{
    wheel_disarm(&peer->tcp->sink.loop->wheel, &peer->rest);
    conn_close(&peer->conn, orderly);
    peer->tcp->sink.open--;
    list_remove(&peer->node);
    sink_lines_fini(&peer->lines);
    mem_free(peer);
}

static bool sink_tcp_on_line(struct bytes line, bool is_cut, void *context)
{
    struct sink_tcp_peer *peer = context;
    struct sink *sink = &peer->tcp->sink;
    struct sink_message message = {.parts = {BYTES_NONE, line},
                                   .at_ns = peer->at_ns,
                                   .is_kernel = peer->is_kernel,
                                   .conn = peer->number};
    struct sink_record record = {.body = line, .at_ns = peer->at_ns, .conn = peer->number};
    struct sink_found found;
    struct sink_deed deed;
    if (is_cut)
        sink->counts->cut++;
    sink_look(sink, &message, &found);
    sink_record(sink, &record);
    sink_decide(sink, &deed);
    peer->is_gone = deed.kind == SINK_DO_RESET;
    sink_tell(sink, &found, peer->is_gone ? SINK_ATTEMPT_RESET : SINK_DELIVERY, peer->at_ns, 0);
    return !peer->is_gone;
}

/* The kernel's time, as ours; read_ns where it has none. */
static void sink_tcp_set_time(struct sink_tcp_peer *peer, int64_t wall_ns, int64_t read_ns)
{
    struct sink_tcp *tcp = peer->tcp;
    peer->is_kernel = wall_ns != 0;
    peer->at_ns = read_ns;
    if (wall_ns == 0)
        return;
    if (tcp->offset_at_ns == 0 || read_ns - tcp->offset_at_ns > CLOCK_NS_PER_SEC) {
        tcp->offset_ns = clock_wall_ns() - clock_now_ns();
        tcp->offset_at_ns = read_ns;
    }
    if (wall_ns - tcp->offset_ns < read_ns)
        peer->at_ns = wall_ns - tcp->offset_ns;
}

static size_t sink_tcp_share(const struct sink *sink)
{
    uint64_t share = sink->force.read_bytes_per_sec / SINK_TCP_SHARES_PER_SEC;
    if ((sink->force.acts & PLAN_SINK_READ) == 0 || share > SINK_RECEIVE_SIZE)
        return SINK_RECEIVE_SIZE;
    return share == 0 ? 1 : (size_t)share;
}

static void sink_tcp_rest(struct sink_tcp_peer *peer, size_t got)
{
    const struct sink *sink = &peer->tcp->sink;
    uint64_t rest_ns = got * (uint64_t)CLOCK_NS_PER_SEC / sink->force.read_bytes_per_sec;
    peer->is_resting = true;
    wheel_arm(&sink->loop->wheel, &peer->rest, sink->loop->now_ns + (int64_t)rest_ns);
    sink_tcp_let_read(peer);
}

static void sink_tcp_on_readable(struct conn *conn)
{
    struct sink_tcp_peer *peer = BR_CONTAINER(conn, struct sink_tcp_peer, conn);
    struct sink *sink = &peer->tcp->sink;
    char *room = sink->host->receive;
    int64_t wall_ns = 0;
    ssize_t got = conn_recv(conn, room, sink_tcp_share(sink), &wall_ns);
    int64_t read_ns = loop_now(sink->loop);
    if (got == LAYER_AGAIN)
        return;
    if (got <= 0) {
        /* What it was about to say is a line when it ended in good order. */
        sink_tcp_set_time(peer, 0, read_ns);
        if (got == 0)
            sink_lines_end(&peer->lines, sink_tcp_on_line, peer);
        sink_tcp_drop(peer, true);
        return;
    }
    sink_tcp_set_time(peer, wall_ns, read_ns);
    (void)sink_lines_feed(&peer->lines, bytes_make(room, (size_t)got), sink_tcp_on_line, peer);
    if (peer->is_gone)
        sink_tcp_drop(peer, false);
    else if ((sink->force.acts & PLAN_SINK_READ) != 0)
        sink_tcp_rest(peer, (size_t)got);
}

static void sink_tcp_on_open(struct conn *conn, enum br_err err)
{
    (void)conn;
    MUST(err == BR_ERR_NONE); /* what is accepted is open: this is for clients */
}

static const struct conn_ops sink_tcp_conn_ops = {.on_open = sink_tcp_on_open,
                                                  .on_readable = sink_tcp_on_readable};

/* ---- listening ---- */

static void sink_tcp_accept(struct sink_tcp *tcp, int fd)
{
    struct sink *sink = &tcp->sink;
    struct sink_tcp_peer *peer = MEM_NEW(struct sink_tcp_peer);
    peer->tcp = tcp;
    peer->number = ++sink->conn_last;
    sink_lines_init(&peer->lines);
    wheel_timer_init(&peer->rest, sink_tcp_on_rested, peer);
    conn_init(&peer->conn, sink->loop, &sink_tcp_conn_ops);
    if (conn_accept(&peer->conn, fd) != BR_ERR_NONE) {
        mem_free(peer);
        return;
    }
    conn_set_rx_stamps(&peer->conn, true);
    list_push_tail(&tcp->peers, &peer->node);
    sink->counts->connections++;
    sink->open++;
}

static void sink_tcp_unwatch(struct sink_tcp *tcp)
{
    wheel_disarm(&tcp->sink.loop->wheel, &tcp->retry);
    if (tcp->is_watched)
        loop_watch_remove(tcp->sink.loop, &tcp->watch);
    tcp->is_watched = false;
}

static void sink_tcp_ready(struct loop_watch *watch, unsigned events)
{
    struct sink_tcp *tcp = BR_CONTAINER(watch, struct sink_tcp, watch);
    (void)events;
    for (int i = 0; i < SINK_TCP_ACCEPT_MAX; i++) {
        int fd = sock_accept(tcp->fd, NULL);
        if (fd != -1) {
            sink_tcp_accept(tcp, fd);
            continue;
        }
        if (errno != EAGAIN) {
            sink_tcp_unwatch(tcp);
            wheel_arm(&tcp->sink.loop->wheel, &tcp->retry,
                      loop_now(tcp->sink.loop) + SINK_TCP_REST_NS);
        }
        return;
    }
}

static void sink_tcp_watch(struct sink_tcp *tcp)
{
    struct loop *loop = tcp->sink.loop;
    if (tcp->is_watched || tcp->fd == -1 || tcp->sink.is_paused)
        return;
    tcp->is_watched =
        loop_watch_add(loop, &tcp->watch, tcp->fd, POLLER_IN, sink_tcp_ready) == BR_ERR_NONE;
    if (!tcp->is_watched)
        wheel_arm(&loop->wheel, &tcp->retry, loop_now(loop) + SINK_TCP_REST_NS);
}

static void sink_tcp_on_retry(struct wheel_timer *timer, void *context)
{
    (void)timer;
    sink_tcp_watch(context);
}

static enum br_err sink_tcp_listen(struct sink_tcp *tcp, const struct sock_addr *addr,
                                   struct diag *diag)
{
    char text[SOCK_TEXT_SIZE];
    sock_addr_format(addr, text);
    sock_unlink_stale(addr);
    tcp->fd = sock_listen(addr, SINK_TCP_BACKLOG, false);
    if (tcp->fd == -1)
        return diag_set_errno(diag, BR_ERR_LISTEN, errno, "cannot listen on %s", text);
    (void)sock_set_rx_stamps(tcp->fd, true);
    if (sock_local_addr(tcp->fd, &tcp->bound) == -1)
        tcp->bound = *addr;
    sink_tcp_watch(tcp);
    return BR_ERR_NONE;
}

/* ---- the kind ---- */

static enum br_err sink_tcp_check(const struct plan_sink *config, struct diag *diag)
{
    struct sock_addr addr;
    return sink_place_parse(config->place, &addr, diag);
}

static struct sink *sink_tcp_create(void)
{
    struct sink_tcp *tcp = MEM_NEW(struct sink_tcp);
    tcp->fd = -1;
    list_init(&tcp->peers);
    wheel_timer_init(&tcp->retry, sink_tcp_on_retry, tcp);
    return &tcp->sink;
}

static enum br_err sink_tcp_open(struct sink *sink, struct diag *diag)
{
    struct sink_tcp *tcp = sink_tcp_of(sink);
    enum br_err err = sink_place_parse(sink->config->place, &tcp->asked, diag);
    return err == BR_ERR_NONE ? sink_tcp_listen(tcp, &tcp->asked, diag) : err;
}

static void sink_tcp_close(struct sink *sink)
{
    struct sink_tcp *tcp = sink_tcp_of(sink);
    while (!list_is_empty(&tcp->peers)) {
        struct sink_tcp_peer *peer = BR_CONTAINER(tcp->peers.next, struct sink_tcp_peer, node);
        sink_tcp_drop(peer, true);
    }
    if (tcp->fd == -1)
        return;
    sink_tcp_unwatch(tcp);
    sock_close(tcp->fd);
    sock_unlink(&tcp->bound);
    tcp->fd = -1;
}

static void sink_tcp_destroy(struct sink *sink)
{
    mem_free(sink_tcp_of(sink));
}

static void sink_tcp_describe(const struct sink *sink, struct buf *out)
{
    const struct sink_tcp *tcp = (const struct sink_tcp *)(const void *)sink;
    char text[SOCK_TEXT_SIZE];
    sink_place_format(&tcp->bound, text);
    buf_put_str(out, text);
}

static void sink_tcp_pause(struct sink *sink, bool is_paused)
{
    struct sink_tcp *tcp = sink_tcp_of(sink);
    if (is_paused)
        sink_tcp_unwatch(tcp);
    else
        sink_tcp_watch(tcp);
    for (struct list *at = tcp->peers.next; at != &tcp->peers; at = at->next)
        sink_tcp_let_read(BR_CONTAINER(at, struct sink_tcp_peer, node));
}

static bool sink_tcp_change(struct sink *sink)
{
    struct sink_tcp *tcp = sink_tcp_of(sink);
    bool is_down = (sink->force.acts & PLAN_SINK_DOWN) != 0;
    struct sock_addr addr = tcp->bound; /* the port that it had */
    if (is_down)
        sink_tcp_close(sink);
    else if (tcp->fd == -1)
        return sink_tcp_listen(tcp, &addr, NULL) == BR_ERR_NONE;
    return true;
}

const struct sink_ops sink_tcp_ops = {
    .kind = "tcp",
    .forms = SINK_PLACE_FORMS,
    .acts = PLAN_SINK_RESET | PLAN_SINK_READ | PLAN_SINK_DOWN,
    .knows_auth = false,
    .replies = false,
    .error_ns = 0,
    .stamps = "kernel",
    .check = sink_tcp_check,
    .create = sink_tcp_create,
    .open = sink_tcp_open,
    .close = sink_tcp_close,
    .destroy = sink_tcp_destroy,
    .describe = sink_tcp_describe,
    .pause = sink_tcp_pause,
    .change = sink_tcp_change,
};
