/* SPDX-License-Identifier: Apache-2.0
 *
 * What TLS costs: handshakes, a ping of 120 bytes and one of 1 KiB, both ends in one thread, so
 * that each figure holds client and server; and the heap of an idle connection. Certificate and
 * key are files:
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x \
 *         -keyout KEY -out CERT
 *     tls_bench CERT KEY
 */
#include "conn/tls.h"

#include <malloc.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/must.h"
#include "bench.h"

enum { BENCH_LAPS = 20000, BENCH_ROUNDS = 7, BENCH_HANDSHAKES = 200, BENCH_BIG = 1024 };

static struct loop loop;
static struct tls_client *client;
static struct tls_server *server;
static struct sock_addr addr;
static int listen_fd;
static char bench_bytes[BENCH_BIG];
static char bench_in[16384];

static void bench_on_open(struct conn *conn, enum br_err err)
{
    (void)conn;
    MUST(err == BR_ERR_NONE);
}

/* Session tickets. */
static void bench_on_readable(struct conn *conn)
{
    MUST(conn_recv(conn, bench_in, sizeof(bench_in), NULL) == LAYER_AGAIN);
}

static void bench_on_writable(struct conn *conn)
{
    (void)conn;
}

static const struct conn_ops bench_ops = {bench_on_open, bench_on_readable, bench_on_writable};

static void bench_open(struct conn ends[2], bool tls)
{
    conn_init(&ends[0], &loop, &bench_ops);
    conn_init(&ends[1], &loop, &bench_ops);
    const struct conn_target target = {.addr = &addr, .tls = tls ? client : NULL};
    conn_connect(&ends[0], &target);
    int fd = -1;
    while ((fd = sock_accept(listen_fd, NULL)) == -1)
        loop_turn(&loop, 0);
    if (tls)
        MUST(conn_accept_tls(&ends[1], fd, server) == BR_ERR_NONE);
    else
        MUST(conn_accept(&ends[1], fd) == BR_ERR_NONE);
    while (ends[0].state != CONN_OPEN || ends[1].state != CONN_OPEN)
        loop_turn(&loop, 0);
    for (int i = 0; i < 4; i++)
        loop_turn(&loop, 0);
}

static void bench_close(struct conn ends[2])
{
    conn_close(&ends[0], false);
    conn_close(&ends[1], false);
}

static void bench_handshakes(bool tls)
{
    struct conn ends[2];
    int64_t start_ns = bench_now_ns();
    for (int i = 0; i < BENCH_HANDSHAKES; i++) {
        bench_open(ends, tls);
        bench_close(ends);
    }
    printf("%-6s connections: %.1f us each\n", tls ? "tls" : "plain",
           (double)(bench_now_ns() - start_ns) / BENCH_HANDSHAKES / 1e3);
}

static void bench_pings(bool tls, size_t size)
{
    struct conn ends[2];
    double best_ns = 1e9;
    bench_open(ends, tls);
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        int64_t start_ns = bench_now_ns();
        for (int i = 0; i < BENCH_LAPS; i++) {
            MUST(conn_send(&ends[0], bytes_make(bench_bytes, size)) == (ssize_t)size);
            MUST(conn_recv(&ends[1], bench_in, sizeof(bench_in), NULL) == (ssize_t)size);
        }
        double each_ns = (double)(bench_now_ns() - start_ns) / BENCH_LAPS;
        best_ns = each_ns < best_ns ? each_ns : best_ns;
    }
    bench_close(ends);
    printf("%-6s %4zu bytes, send + recv: %.2f us\n", tls ? "tls" : "plain", size, best_ns / 1e3);
}

static void bench_memory(void)
{
    enum { PAIRS = 100 };
    struct conn(*ends)[2] = mem_zalloc(PAIRS, sizeof(*ends));
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < PAIRS; i++) {
        bench_open(ends[i], true);
        MUST(conn_send(&ends[i][0], bytes_make(bench_bytes, BENCH_BIG)) == BENCH_BIG);
        MUST(conn_recv(&ends[i][1], bench_in, sizeof(bench_in), NULL) == BENCH_BIG);
    }
    printf("tls    heap of an idle pair of ends: %zu bytes\n",
           (mallinfo2().uordblks - before) / PAIRS);
    for (int i = 0; i < PAIRS; i++)
        bench_close(ends[i]);
    mem_free(ends);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        printf("skipped: needs CERT and KEY (see the top of the source)\n");
        return 77;
    }
    MUST(loop_init(&loop, NULL) == BR_ERR_NONE);
    struct diag diag = DIAG_INIT;
    struct tls_client_options ours = {.insecure = true};
    struct tls_server_options theirs = {.cert_file = argv[1], .key_file = argv[2]};
    if (tls_client_create(&ours, &client, &diag) != BR_ERR_NONE ||
        tls_server_create(&theirs, &server, &diag) != BR_ERR_NONE) {
        printf("%s\n", diag.text);
        return 1;
    }
    MUST(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    listen_fd = sock_listen(&addr, 16, false);
    MUST(listen_fd != -1);
    MUST(sock_local_addr(listen_fd, &addr) == 0);
    bench_handshakes(false);
    bench_handshakes(true);
    for (int tls = 0; tls < 2; tls++) {
        bench_pings(tls == 1, 120);
        bench_pings(tls == 1, BENCH_BIG);
    }
    bench_memory();
    sock_close(listen_fd);
    tls_client_destroy(&client);
    tls_server_destroy(&server);
    loop_fini(&loop);
    return 0;
}
