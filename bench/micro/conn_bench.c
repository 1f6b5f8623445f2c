/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection costs above its system calls: the same ping by send(2) and recv(2) and by
 * conn_send and conn_recv, in turn, and the pair over a layer that does nothing (the difference of
 * two system calls is noisier than what is looked for). Minimum of several rounds, as noise only
 * adds. CPU time of the thread: client and server side and the kernel's loopback between them.
 */
#include "conn/conn.h"

#include <stdio.h>

#include "base/must.h"
#include "bench.h"

enum { BENCH_LAPS = 20000, BENCH_NULL_LAPS = 20000000, BENCH_ROUNDS = 15, BENCH_SIZE = 120 };

static struct loop loop;
static struct conn ends[2];
static const char bench_bytes[BENCH_SIZE] = "GET / HTTP/1.1";
static char bench_in[4096];

static void bench_on_open(struct conn *conn, enum br_err err)
{
    (void)conn;
    MUST(err == BR_ERR_NONE);
}

static void bench_on_event(struct conn *conn)
{
    (void)conn;
}

static const struct conn_ops bench_ops = {bench_on_open, bench_on_event, bench_on_event};

/* Both ends of a connection over loopback, open. */
static void bench_open(const char *host)
{
    struct sock_addr addr;
    if (host[0] == '@')
        MUST(sock_addr_from_path(bytes_from_str(host), &addr));
    else
        MUST(sock_addr_from_ip(bytes_from_str(host), 0, &addr));
    int fd = sock_listen(&addr, 4, false);
    MUST(fd != -1);
    MUST(sock_local_addr(fd, &addr) == 0);
    conn_init(&ends[0], &loop, &bench_ops);
    conn_init(&ends[1], &loop, &bench_ops);
    const struct conn_target target = {.addr = &addr};
    conn_connect(&ends[0], &target);
    int accepted = -1;
    while (ends[0].state != CONN_OPEN || accepted == -1) {
        loop_turn(&loop, 0);
        if (accepted == -1)
            accepted = sock_accept(fd, NULL);
    }
    MUST(conn_accept(&ends[1], accepted) == BR_ERR_NONE);
    sock_close(fd);
}

static void bench_close(void)
{
    conn_close(&ends[0], false);
    conn_close(&ends[1], false);
}

static double bench_raw(void)
{
    int from = ends[0].watch.fd, to = ends[1].watch.fd;
    int64_t start_ns = bench_now_ns();
    for (int i = 0; i < BENCH_LAPS; i++) {
        MUST(sock_send(from, bench_bytes, BENCH_SIZE) == BENCH_SIZE);
        MUST(sock_recv(to, bench_in, sizeof(bench_in)) == BENCH_SIZE);
    }
    return (double)(bench_now_ns() - start_ns) / BENCH_LAPS;
}

static double bench_conn(int laps)
{
    int64_t start_ns = bench_now_ns(), wall_ns;
    for (int i = 0; i < laps; i++) {
        MUST(conn_send(&ends[0], bytes_make(bench_bytes, BENCH_SIZE)) == BENCH_SIZE);
        MUST(conn_recv(&ends[1], bench_in, sizeof(bench_in), &wall_ns) == BENCH_SIZE);
    }
    return (double)(bench_now_ns() - start_ns) / laps;
}

static ssize_t null_send(struct layer *layer, const struct iovec *parts, int count)
{
    (void)layer;
    bench_keep((uint64_t)count);
    return (ssize_t)parts[0].iov_len;
}

static ssize_t null_recv(struct layer *layer, void *bytes, size_t size, int64_t *out_wall_ns)
{
    (void)layer;
    (void)bytes;
    bench_keep(size);
    *out_wall_ns = 0;
    return BENCH_SIZE;
}

static void bench_null(void)
{
    static const struct layer_ops ops = {.name = "null", .send = null_send, .recv = null_recv};
    struct layer nulls[2] = {{&ops, &ends[0].tcp, &ends[0]}, {&ops, &ends[1].tcp, &ends[1]}};
    double best_ns = 1e9;
    bench_open("127.0.0.1");
    for (int i = 0; i < 2; i++)
        ends[i].top = &nulls[i];
    for (int round = 0; round < 3; round++) {
        double each_ns = bench_conn(BENCH_NULL_LAPS);
        best_ns = each_ns < best_ns ? each_ns : best_ns;
    }
    for (int i = 0; i < 2; i++)
        ends[i].top = &ends[i].tcp;
    bench_close();
    printf("%-10s conn_send + conn_recv over a layer that does nothing: %.1f ns\n", "null",
           best_ns);
}

static void bench_ping(const char *name, const char *host)
{
    double raw_ns = 1e9, conn_ns = 1e9;
    bench_open(host);
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        double each_ns = bench_raw();
        raw_ns = each_ns < raw_ns ? each_ns : raw_ns;
        each_ns = bench_conn(BENCH_LAPS);
        conn_ns = each_ns < conn_ns ? each_ns : conn_ns;
    }
    bench_close();
    printf("%-10s send + recv: raw %.0f ns, conn %.0f ns, difference %+.1f ns\n", name, raw_ns,
           conn_ns, conn_ns - raw_ns);
}

int main(void)
{
    MUST(loop_init(&loop, NULL) == BR_ERR_NONE);
    bench_null();
    bench_ping("unix", "@brunt-conn-bench");
    bench_ping("tcp", "127.0.0.1");
    loop_fini(&loop);
    return 0;
}
