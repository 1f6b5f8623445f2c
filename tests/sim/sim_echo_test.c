/* SPDX-License-Identifier: Apache-2.0
 *
 * A server and clients on loops of their own in the simulated world: an hour of it, by seed, with
 * everything the network can do to them.
 */
#include "sim.h"

#include <errno.h>

#include "base/buf.h"
#include "loop/loop.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "unit.h"

enum { ECHO_ROOM = 4096, ECHO_CLIENTS_MAX = 8, ECHO_SESSIONS_MAX = 64 };

struct echo_end {
    struct loop_watch watch; /* first: the watch is the end */
    struct echo_world *world;
    struct buf out;  /* to be sent */
    size_t awaited;  /* client: bytes still to come back */
    size_t received; /* client */
    struct loop_alarm alarm;
    int64_t due_ns;
    bool is_used;
};

struct echo_world {
    struct sock_addr addr;
    int listener;
    struct loop_watch watch;
    struct loop server_loop, client_loop;
    struct echo_end sessions[ECHO_SESSIONS_MAX];
    struct echo_end clients[ECHO_CLIENTS_MAX];
    int client_count;
    int64_t gap_ns, end_ns;
    size_t message_size;
    int open_clients, open_sessions;
    size_t echoes;
    int64_t slowest_ns;
    int wrong;
    bool stops;
};

static struct echo_world echo;

/* Both sides */

static void echo_flush(struct loop *loop, struct echo_end *end)
{
    while (end->out.len > 0) {
        ssize_t sent = sock_send(end->watch.fd, end->out.data, end->out.len);
        if (sent == -1) {
            echo.wrong += errno != EAGAIN;
            break;
        }
        buf_consume(&end->out, (size_t)sent);
    }
    loop_watch_change(loop, &end->watch,
                      end->out.len > 0 ? POLLER_IN | POLLER_OUT : (unsigned)POLLER_IN);
}

static void echo_close(struct loop *loop, struct echo_end *end)
{
    int fd = end->watch.fd;
    loop_watch_remove(loop, &end->watch);
    sock_close(fd);
    buf_fini(&end->out);
    end->is_used = false;
}

/* The server */

static void echo_session_ready(struct loop_watch *watch, unsigned events)
{
    struct echo_end *end = (struct echo_end *)watch;
    char room[ECHO_ROOM];
    if ((events & POLLER_IN) != 0) {
        ssize_t got = sock_recv(watch->fd, room, sizeof(room));
        if (got == 0) {
            echo_close(&echo.server_loop, end);
            echo.open_sessions--;
            return;
        }
        if (got > 0)
            buf_put(&end->out, bytes_make(room, (size_t)got));
        echo.wrong += got == -1 && errno != EAGAIN;
    }
    echo_flush(&echo.server_loop, end);
}

static void echo_listener_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    for (int fd; (fd = sock_accept(watch->fd, NULL)) != -1;) {
        struct echo_end *end = echo.sessions;
        while (end->is_used)
            end++;
        end->is_used = true;
        echo.open_sessions++;
        buf_init(&end->out, 1 << 20);
        echo.wrong += loop_watch_add(&echo.server_loop, &end->watch, fd, POLLER_IN,
                                     echo_session_ready) != BR_ERR_NONE;
    }
    echo.wrong += errno != EAGAIN;
}

static void echo_server_turn(void *context)
{
    (void)context;
    if (echo.stops && echo.open_sessions == 0)
        loop_stop(&echo.server_loop);
}

static void echo_serve(void *context)
{
    (void)context;
    loop_run(&echo.server_loop);
}

/* The clients: each sends a message when it is due, unless the last one is not back yet. */

static void echo_client_due(struct loop_alarm *alarm, int64_t now_ns)
{
    struct echo_end *end = alarm->context;
    char room[ECHO_ROOM];
    memset(room, 'm', sizeof(room));
    if (now_ns >= echo.end_ns) {
        echo_close(&echo.client_loop, end);
        loop_alarm_fini(&echo.client_loop, alarm);
        if (--echo.open_clients == 0)
            loop_stop(&echo.client_loop);
        return;
    }
    if (end->awaited == 0) {
        end->awaited = echo.message_size;
        buf_put(&end->out, bytes_make(room, echo.message_size));
        echo_flush(&echo.client_loop, end);
        end->received = 0;
    }
    end->due_ns += echo.gap_ns;
    loop_alarm_set(&echo.client_loop, alarm, end->due_ns);
}

static void echo_client_ready(struct loop_watch *watch, unsigned events)
{
    struct echo_end *end = (struct echo_end *)watch;
    char room[ECHO_ROOM];
    if ((events & POLLER_IN) != 0) {
        ssize_t got = sock_recv(watch->fd, room, sizeof(room));
        echo.wrong += got == 0 || (got == -1 && errno != EAGAIN);
        end->awaited -= got > 0 ? (size_t)got : 0;
        if (got > 0 && end->awaited == 0) {
            int64_t took_ns = loop_now(&echo.client_loop) - (end->due_ns - echo.gap_ns);
            echo.slowest_ns = took_ns > echo.slowest_ns ? took_ns : echo.slowest_ns;
            echo.echoes++;
        }
    }
    echo_flush(&echo.client_loop, end);
}

static void echo_client_start(struct echo_end *end, int64_t due_ns)
{
    int fd = sock_open(AF_INET);
    echo.wrong += sock_connect(fd, &echo.addr) != -1 || errno != EINPROGRESS;
    buf_init(&end->out, 1 << 20);
    UNIT_EQ_INT(loop_watch_add(&echo.client_loop, &end->watch, fd, POLLER_IN | POLLER_OUT,
                               echo_client_ready),
                BR_ERR_NONE);
    loop_alarm_init(&echo.client_loop, &end->alarm, echo_client_due, end);
    end->due_ns = due_ns;
    loop_alarm_set(&echo.client_loop, &end->alarm, due_ns);
    echo.open_clients++;
}

static uint64_t echo_play(const struct sim_options *options, int clients, int64_t gap_ns,
                          int64_t for_ns, size_t message_size)
{
    sim_begin(options);
    memset(&echo, 0, sizeof(echo));
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &echo.addr));
    UNIT_EQ_INT(loop_init(&echo.server_loop, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(loop_init(&echo.client_loop, NULL), BR_ERR_NONE);
    echo.listener = sock_listen(&echo.addr, 0, false);
    UNIT_EQ_INT(sock_local_addr(echo.listener, &echo.addr), 0);
    UNIT_EQ_INT(loop_watch_add(&echo.server_loop, &echo.watch, echo.listener, POLLER_IN,
                               echo_listener_ready),
                BR_ERR_NONE);
    echo.server_loop.turn_hook = echo_server_turn;
    struct thread *server = thread_start("server", echo_serve, NULL);
    int64_t start_ns = sim_now_ns() + CLOCK_NS_PER_MS;
    echo.gap_ns = gap_ns;
    echo.end_ns = start_ns + for_ns;
    echo.message_size = message_size;
    for (int i = 0; i < clients; i++)
        echo_client_start(&echo.clients[i], start_ns + i * 1000);
    loop_run(&echo.client_loop);
    echo.stops = true;
    loop_wake(&echo.server_loop);
    thread_join(&server);
    loop_watch_remove(&echo.server_loop, &echo.watch);
    sock_close(echo.listener);
    loop_fini(&echo.server_loop);
    loop_fini(&echo.client_loop);
    UNIT_EQ_INT(echo.wrong, 0);
    UNIT_EQ_INT(sim_open_descriptors(), 0);
    sim_sleep(CLOCK_NS_PER_SEC);
    UNIT_EQ_INT(sim_open_connections(), 0);
    return sim_end();
}

UNIT_TEST(echo_an_hour_in_a_moment)
{
    (void)echo_play(NULL, 4, CLOCK_NS_PER_SEC, 3600 * CLOCK_NS_PER_SEC, 100);
    UNIT_EQ_INT(echo.echoes, 4 * 3600);
    /* There and back at 20 us each way, and some calls. */
    UNIT_OK(echo.slowest_ns >= 40 * CLOCK_NS_PER_US);
    UNIT_OK(echo.slowest_ns < 60 * CLOCK_NS_PER_US);
}

UNIT_TEST(echo_survives_a_bad_network)
{
    struct sim_options options = {.seed = 11,
                                  .link = {.latency_ns = CLOCK_NS_PER_MS,
                                           .jitter_ns = 5 * CLOCK_NS_PER_MS,
                                           .bytes_per_sec = 1000000,
                                           .window_size = 3000,
                                           .segment_size = 700,
                                           .short_send_odds = 0.3,
                                           .short_recv_odds = 0.3},
                                  .cost.overshoot_ns = 40000};
    for (options.seed = 1; options.seed <= 5; options.seed++) {
        (void)echo_play(&options, 8, CLOCK_NS_PER_SEC, 60 * CLOCK_NS_PER_SEC, 4000);
        UNIT_EQ_INT(echo.echoes, 8 * 60);
    }
}

UNIT_TEST(echo_same_seed_same_world)
{
    struct sim_options options = {.seed = 5, .link = {.jitter_ns = 3000, .short_recv_odds = 0.1}};
    uint64_t first = echo_play(&options, 8, CLOCK_NS_PER_MS, CLOCK_NS_PER_SEC, 300);
    uint64_t again = echo_play(&options, 8, CLOCK_NS_PER_MS, CLOCK_NS_PER_SEC, 300);
    options.seed = 6;
    uint64_t other = echo_play(&options, 8, CLOCK_NS_PER_MS, CLOCK_NS_PER_SEC, 300);
    UNIT_OK(first == again);
    UNIT_OK(first != other);
}

UNIT_MAIN(UNIT_RUN(echo_an_hour_in_a_moment), UNIT_RUN(echo_survives_a_bad_network),
          UNIT_RUN(echo_same_seed_same_world))
