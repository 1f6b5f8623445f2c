/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated connections: handshakes, bytes under way, and the three ways to end. What TCP does is
 * followed where a program can see it (RFC 9293): data sent to a closed end is answered by RST, an
 * end closed with unread bytes resets, an unanswered SYN is sent again after 1, 2, 4 ... seconds.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "sim_net.h"
#include "sys/clock.h"

#define SIM_SYN_RETRY_NS CLOCK_NS_PER_SEC
#define SIM_SYN_LIMIT_NS (127 * CLOCK_NS_PER_SEC) /* tcp_syn_retries 6 */
#define SIM_HOLE_RETRY_NS (200 * CLOCK_NS_PER_MS) /* the least of Linux's retransmission timers */

static struct list sim_conns;
static size_t sim_conns_count;
static uint64_t sim_conns_made;

static void sim_pipe_arrive(void *context);

size_t sim_open_connections(void)
{
    return sim_conns_count;
}

struct sim_pipe *sim_end_out(const struct sim_end *end)
{
    return &end->conn->pipes[end - end->conn->ends];
}

struct sim_pipe *sim_end_in(const struct sim_end *end)
{
    return &end->conn->pipes[1 - (end - end->conn->ends)];
}

static struct sim_end *sim_end_other(const struct sim_end *end)
{
    return &end->conn->ends[1 - (end - end->conn->ends)];
}

static uint64_t sim_end_number(const struct sim_end *end)
{
    return end->conn->number * 2 + (uint64_t)(end - end->conn->ends);
}

/* Queues */

static void sim_queue_push(struct sim_queue *queue, struct sim_segment *segment)
{
    segment->next = NULL;
    if (queue->tail == NULL)
        queue->head = segment;
    else
        queue->tail->next = segment;
    queue->tail = segment;
    queue->len += segment->len - segment->used;
}

static struct sim_segment *sim_queue_pop(struct sim_queue *queue)
{
    struct sim_segment *segment = queue->head;
    if (segment == NULL)
        return NULL;
    queue->head = segment->next;
    if (queue->head == NULL)
        queue->tail = NULL;
    queue->len -= segment->len - segment->used;
    return segment;
}

static void sim_queue_drop(struct sim_queue *queue)
{
    for (struct sim_segment *segment; (segment = sim_queue_pop(queue)) != NULL;)
        mem_free(segment);
}

/* Birth and death */

static struct sim_conn *sim_conn_create(struct sim_route *route)
{
    struct sim_conn *conn = MEM_NEW(struct sim_conn);
    conn->number = sim_conns_made++;
    conn->route = route;
    for (int i = 0; i < 2; i++) {
        conn->ends[i].conn = conn;
        conn->pipes[i].conn = conn;
    }
    list_push_tail(&sim_conns, &conn->node);
    sim_conns_count++;
    return conn;
}

static void sim_conn_free(struct sim_conn *conn)
{
    sim_event_clear(&conn->handshake);
    for (int i = 0; i < 2; i++) {
        sim_event_clear(&conn->pipes[i].arrival);
        sim_queue_drop(&conn->pipes[i].flight);
        sim_queue_drop(&conn->pipes[i].unread);
        if (conn->ends[i].peer != NULL)
            sim_peer_free(conn->ends[i].peer);
        if (conn->ends[i].fd != NULL)
            conn->ends[i].fd->end = NULL;
    }
    list_remove(&conn->node);
    sim_conns_count--;
    mem_free(conn);
}

static void sim_conn_free_if_done(struct sim_conn *conn)
{
    if (conn->ends[0].is_closed && conn->ends[1].is_closed && conn->pipes[0].flight.head == NULL &&
        conn->pipes[1].flight.head == NULL && conn->handshake.place == 0 && conn->users == 0)
        sim_conn_free(conn);
}

void sim_net_begin(void)
{
    list_init(&sim_conns);
    sim_conns_count = 0;
    sim_conns_made = 0;
}

void sim_net_end(void)
{
    sim_addrs_end();
    while (!list_is_empty(&sim_conns))
        sim_conn_free(BR_CONTAINER(sim_conns.next, struct sim_conn, node));
    sim_fds_end();
}

/* Sending */

/* When something of that length, sent now, arrives. */
static int64_t sim_pipe_arrival_ns(struct sim_pipe *pipe, size_t len)
{
    const struct sim_link *link = &pipe->conn->route->link;
    int64_t start_ns = pipe->busy_ns > sim.now_ns ? pipe->busy_ns : sim.now_ns;
    if (link->bytes_per_sec > 0)
        start_ns += (int64_t)len * CLOCK_NS_PER_SEC / link->bytes_per_sec;
    pipe->busy_ns = start_ns;
    int64_t at_ns = start_ns + link->latency_ns + sim_upto(link->jitter_ns);
    if (at_ns < pipe->last_ns)
        at_ns = pipe->last_ns;
    pipe->last_ns = at_ns;
    return at_ns;
}

static void sim_pipe_push(struct sim_pipe *pipe, enum sim_segment_kind kind, struct bytes bytes)
{
    struct sim_segment *segment = mem_zalloc(1, sizeof(*segment) + bytes.len);
    segment->kind = kind;
    segment->len = bytes.len;
    if (bytes.len > 0)
        memcpy(segment->bytes, bytes.ptr, bytes.len);
    segment->at_ns = sim_pipe_arrival_ns(pipe, bytes.len);
    sim_queue_push(&pipe->flight, segment);
    if (pipe->arrival.place == 0 && !pipe->is_held)
        sim_event_set(&pipe->arrival, segment->at_ns, sim_pipe_arrive, pipe);
}

size_t sim_end_room(const struct sim_end *end)
{
    const struct sim_pipe *pipe = sim_end_out(end);
    size_t used = pipe->flight.len + pipe->unread.len;
    size_t size = end->conn->route->link.window_size;
    return used < size ? size - used : 0;
}

void sim_end_send(struct sim_end *end, struct bytes bytes)
{
    size_t step = end->conn->route->link.segment_size;
    MUST(!end->is_closed);
    while (bytes.len > 0) {
        size_t len = bytes.len < step ? bytes.len : step;
        sim_pipe_push(sim_end_out(end), SIM_DATA, bytes_make(bytes.ptr, len));
        bytes = bytes_skip(bytes, len);
    }
}

size_t sim_end_recv(struct sim_end *end, void *room, size_t size, int64_t *out_stamp_ns)
{
    struct sim_queue *unread = &sim_end_in(end)->unread;
    size_t done = 0;
    while (done < size && unread->head != NULL) {
        struct sim_segment *segment = unread->head;
        size_t len = segment->len - segment->used;
        if (len > size - done)
            len = size - done;
        if (room != NULL)
            memcpy((char *)room + done, segment->bytes + segment->used, len);
        *out_stamp_ns = segment->at_ns;
        segment->used += len;
        unread->len -= len;
        done += len;
        if (segment->used == segment->len)
            mem_free(sim_queue_pop(unread));
    }
    if (done > 0) /* there is room again */
        sim_fd_touch(sim_end_other(end)->fd);
    return done;
}

void sim_end_shutdown(struct sim_end *end)
{
    struct sim_pipe *pipe = sim_end_out(end);
    if (pipe->fin_sent || end->is_reset || !end->is_open)
        return;
    pipe->fin_sent = true;
    sim_pipe_push(pipe, SIM_FIN, BYTES_NONE);
}

/* Arrival */

static void sim_end_reset(struct sim_end *end)
{
    if (end->is_closed || end->is_reset)
        return;
    end->error = end->got_fin ? EPIPE : ECONNRESET;
    end->is_reset = true;
    if (end->peer != NULL)
        sim_peer_on_end(end, SIM_END_RESET);
    else
        sim_fd_touch(end->fd);
}

static void sim_segment_to_closed(struct sim_end *end, const struct sim_segment *segment)
{
    struct sim_pipe *back = sim_end_out(end);
    if (segment->kind == SIM_DATA && !sim_end_other(end)->is_closed)
        sim_pipe_push(back, SIM_RST, BYTES_NONE);
}

/* Takes the segment. */
static void sim_segment_arrive(struct sim_end *end, struct sim_segment *segment)
{
    struct sim_queue *unread = &sim_end_in(end)->unread;
    sim_note_bytes(segment->kind == SIM_DATA  ? "data"
                   : segment->kind == SIM_FIN ? "fin"
                                              : "rst",
                   sim_end_number(end), bytes_make(segment->bytes, segment->len));
    if (end->is_closed || end->is_reset) {
        sim_segment_to_closed(end, segment);
        mem_free(segment);
        return;
    }
    if (segment->kind == SIM_DATA) {
        sim_queue_push(unread, segment);
        if (end->peer != NULL)
            sim_peer_on_bytes(end);
        else
            sim_fd_touch(end->fd);
        return;
    }
    bool is_fin = segment->kind == SIM_FIN;
    mem_free(segment);
    if (!is_fin) {
        sim_end_reset(end);
        return;
    }
    end->got_fin = true;
    if (end->peer != NULL)
        sim_peer_on_end(end, SIM_END_CLOSED);
    else
        sim_fd_touch(end->fd);
}

static void sim_pipe_arrive(void *context)
{
    struct sim_pipe *pipe = context;
    struct sim_conn *conn = pipe->conn;
    struct sim_end *end = &conn->ends[1 - (pipe - conn->pipes)];
    if (conn->route->fault == SIM_FAULT_BLACK_HOLE) {
        pipe->is_held = true;
        return;
    }
    conn->users++;
    while (pipe->flight.head != NULL && pipe->flight.head->at_ns <= sim.now_ns)
        sim_segment_arrive(end, sim_queue_pop(&pipe->flight));
    conn->users--;
    if (pipe->flight.head != NULL)
        sim_event_set(&pipe->arrival, pipe->flight.head->at_ns, sim_pipe_arrive, pipe);
    else
        sim_conn_free_if_done(conn);
}

/* Ends */

static void sim_end_give_port(const struct sim_end *end, bool reset)
{
    struct sim_conn *conn = end->conn;
    if (end != &conn->ends[0] || !conn->has_port)
        return;
    bool waits = !reset && !end->is_reset && end->is_open && !end->got_fin;
    sim_port_give(&end->addr, &conn->route->to, waits ? sim.options.time_wait_ns : 0);
    conn->has_port = false;
}

void sim_end_close(struct sim_end *end, bool reset)
{
    struct sim_conn *conn = end->conn;
    bool is_loud = end->is_open && !end->is_reset;
    MUST(!end->is_closed);
    if (sim_end_in(end)->unread.len > 0)
        reset = true;
    sim_end_give_port(end, reset);
    end->is_closed = true;
    end->fd = NULL;
    if (end->peer != NULL)
        sim_peer_free(end->peer);
    end->peer = NULL;
    sim_queue_drop(&sim_end_in(end)->unread);
    if (is_loud && reset)
        sim_pipe_push(sim_end_out(end), SIM_RST, BYTES_NONE);
    else if (is_loud && !sim_end_out(end)->fin_sent)
        sim_pipe_push(sim_end_out(end), SIM_FIN, BYTES_NONE);
    if (end == &conn->ends[0] && !end->is_open) {
        sim_event_clear(&conn->handshake); /* given up before it was up */
        conn->ends[1].is_closed = true;
    }
    sim_conn_free_if_done(conn);
}

/* A callback may close any connection: the walk begins anew after each. */
void sim_reset_all(const struct sock_addr *to)
{
    struct list *node = sim_conns.next;
    while (node != &sim_conns) {
        struct sim_conn *conn = BR_CONTAINER(node, struct sim_conn, node);
        bool is_due[2];
        node = node->next;
        for (int i = 0; i < 2; i++)
            is_due[i] =
                conn->ends[i].is_open && !conn->ends[i].is_closed && !conn->ends[i].is_reset;
        if (!sim_addr_eq(&conn->route->to, to) || (!is_due[0] && !is_due[1]))
            continue;
        conn->users++;
        for (int i = 0; i < 2; i++) {
            if (is_due[i])
                sim_end_reset(&conn->ends[i]);
        }
        conn->users--;
        sim_conn_free_if_done(conn);
        node = sim_conns.next;
    }
}

static void sim_pipe_release(struct sim_pipe *pipe)
{
    int64_t at_ns = sim.now_ns + SIM_HOLE_RETRY_NS;
    if (!pipe->is_held)
        return;
    pipe->is_held = false;
    for (struct sim_segment *at = pipe->flight.head; at != NULL; at = at->next)
        at->at_ns = at->at_ns < at_ns ? at_ns : at->at_ns;
    if (pipe->last_ns < at_ns)
        pipe->last_ns = at_ns;
    sim_event_set(&pipe->arrival, at_ns, sim_pipe_arrive, pipe);
}

void sim_set_fault(const struct sock_addr *to, enum sim_fault fault)
{
    struct sim_route *route = sim_route_to(to);
    route->fault = fault;
    if (fault == SIM_FAULT_BLACK_HOLE)
        return;
    for (struct list *node = sim_conns.next; node != &sim_conns; node = node->next) {
        struct sim_conn *conn = BR_CONTAINER(node, struct sim_conn, node);
        if (conn->route != route)
            continue;
        sim_pipe_release(&conn->pipes[0]);
        sim_pipe_release(&conn->pipes[1]);
    }
}

/* Handshakes: SYN, the answer, and the acknowledgement that makes it acceptable. */

static int64_t sim_handshake_step_ns(const struct sim_conn *conn)
{
    const struct sim_link *link = &conn->route->link;
    return sim.now_ns + link->latency_ns + sim_upto(link->jitter_ns);
}

static void sim_handshake_fail(struct sim_conn *conn, int error)
{
    struct sim_end *end = &conn->ends[0];
    sim_note("failed", conn->number, (uint64_t)error);
    conn->ends[1].is_closed = true;
    end->error = error;
    end->is_reset = true;
    if (end->peer != NULL)
        sim_peer_on_end(end, SIM_END_REFUSED);
    else
        sim_fd_touch(end->fd);
}

static void sim_handshake_refused(void *context)
{
    sim_handshake_fail(context, ECONNREFUSED);
}

/* The listener may have closed since. */
static void sim_handshake_acked(void *context)
{
    struct sim_conn *conn = context;
    struct sim_end *end = &conn->ends[1];
    struct sim_listener *listener = sim_listener_find(&conn->route->to);
    sim_note("accept", conn->number, 0);
    end->is_open = true;
    if (listener == NULL) {
        sim_end_close(end, true);
        return;
    }
    if (listener->fd == NULL) {
        sim_peer_accept(end, listener);
        return;
    }
    conn->listener = listener;
    if (listener->waiting_tail == NULL)
        listener->waiting_head = conn;
    else
        listener->waiting_tail->next_waiting = conn;
    listener->waiting_tail = conn;
    listener->waiting_count++;
    sim_fd_touch(listener->fd);
}

static void sim_handshake_answered(void *context)
{
    struct sim_conn *conn = context;
    struct sim_end *end = &conn->ends[0];
    int64_t at_ns = sim_handshake_step_ns(conn);
    sim_note("open", conn->number, 0);
    conn->pipes[0].last_ns = at_ns;
    end->is_open = true;
    sim_event_set(&conn->handshake, at_ns, sim_handshake_acked, conn);
    if (end->peer != NULL)
        sim_peer_on_open(end);
    else
        sim_fd_touch(end->fd);
}

static bool sim_listener_is_full(const struct sim_listener *listener)
{
    return listener->fd != NULL && listener->waiting_count >= listener->backlog;
}

static void sim_handshake_syn(void *context)
{
    struct sim_conn *conn = context;
    const struct sim_route *route = conn->route;
    const struct sim_listener *listener = sim_listener_find(&route->to);
    bool is_lost = route->fault == SIM_FAULT_BLACK_HOLE;
    if (!is_lost && (listener == NULL || route->fault == SIM_FAULT_REFUSE)) {
        sim_event_set(&conn->handshake, sim_handshake_step_ns(conn), sim_handshake_refused, conn);
        return;
    }
    if (is_lost || sim_listener_is_full(listener)) {
        if (sim.now_ns + conn->retry_ns - conn->handshake_start_ns > SIM_SYN_LIMIT_NS) {
            sim_handshake_fail(conn, ETIMEDOUT);
            return;
        }
        sim_event_set(&conn->handshake, sim.now_ns + conn->retry_ns, sim_handshake_syn, conn);
        conn->retry_ns *= 2;
        return;
    }
    int64_t at_ns = sim_handshake_step_ns(conn);
    conn->ends[1].addr = route->to;
    conn->pipes[1].last_ns = at_ns;
    sim_event_set(&conn->handshake, at_ns, sim_handshake_answered, conn);
}

int sim_conn_open(struct sim_fd *fd, struct sim_peer *peer, const struct sock_addr *source,
                  const struct sock_addr *to, struct sim_end **out_end)
{
    struct sim_route *route = sim_route_to(to);
    struct sock_addr local = *source;
    if (route->fault == SIM_FAULT_UNREACHABLE)
        return ENETUNREACH;
    int error = sim_port_take(&local, to);
    if (error != 0)
        return error;
    struct sim_conn *conn = sim_conn_create(route);
    struct sim_end *end = &conn->ends[0];
    conn->has_port = true;
    end->addr = local;
    end->fd = fd;
    end->peer = peer;
    conn->handshake_start_ns = sim.now_ns;
    conn->retry_ns = SIM_SYN_RETRY_NS;
    sim_event_set(&conn->handshake, sim_handshake_step_ns(conn), sim_handshake_syn, conn);
    *out_end = end;
    return 0;
}

struct sim_conn *sim_listener_accept(struct sim_listener *listener)
{
    struct sim_conn *conn = listener->waiting_head;
    if (conn == NULL)
        return NULL;
    listener->waiting_head = conn->next_waiting;
    if (listener->waiting_head == NULL)
        listener->waiting_tail = NULL;
    listener->waiting_count--;
    conn->next_waiting = NULL;
    conn->listener = NULL;
    return conn;
}
