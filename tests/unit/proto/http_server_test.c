/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP server over real sockets: conversations, in one piece and byte by byte, answered at once
 * and later; peers that hang up, ask ahead, read slowly; what becomes of a reply.
 */
#include <errno.h>

#include "base/mem.h"
#include "http_world.h"

#define H "Host: h\r\n"
#define GET "GET /a?b HTTP/1.1\r\n" H "X: y\r\n\r\n"
#define OK(length, text)                                                                           \
    "HTTP/1.1 200 OK\r\nX-From: world\r\nContent-Length: " length "\r\n\r\n" text
#define OK_CLOSE(length, text)                                                                     \
    "HTTP/1.1 200 OK\r\nX-From: world\r\nContent-Length: " length                                  \
    "\r\nConnection: close\r\n\r\n" text
#define REFUSED(line, length, text)                                                                \
    "HTTP/1.1 " line "\r\nContent-Type: text/plain\r\nContent-Length: " length                     \
    "\r\nConnection: close\r\n\r\n" text

struct talk {
    const char *name;
    struct bytes sent;
    struct bytes reply;
    bool ends; /* by the server */
};

#define TALK(name, sent, reply, ends)                                                              \
    {                                                                                              \
        name, BYTES_INIT(sent), BYTES_INIT(reply), ends                                            \
    }

static const struct talk talks[] = {
    TALK("get", GET, OK("15", "GET /a [] 0 2 y"), false),
    TALK("empty lines first", "\r\n\r\n" GET, OK("15", "GET /a [] 0 2 y"), false),
    TALK("absolute form", "GET http://h:1/p?q HTTP/1.1\r\n" H "\r\n", OK("14", "GET /p [] 0 1 "),
         false),
    TALK("absolute form without path", "GET http://h HTTP/1.1\r\n" H "\r\n",
         OK("13", "GET / [] 0 1 "), false),
    TALK("asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", OK("17", "OPTIONS * [] 0 1 "), false),
    TALK("head", "HEAD /a HTTP/1.1\r\n" H "\r\n", OK("15", ""), false),
    TALK("post", "POST /p HTTP/1.1\r\n" H "Content-Length: 5\r\nX: z\r\n\r\nhello",
         OK("21", "POST /p [hello] 5 3 z"), false),
    TALK("post of nothing", "POST /p HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
         OK("15", "POST /p [] 0 2 "), false),
    TALK("chunked",
         "PUT /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n2\r\n, \r\n"
         "5\r\nworld\r\n0\r\nA: b\r\n\r\n",
         OK("27", "PUT /p [hello, world] 12 2 "), false),
    TALK("two at once", GET GET, OK("15", "GET /a [] 0 2 y") OK("15", "GET /a [] 0 2 y"), false),
    TALK("post and get at once", "POST /p HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello" GET,
         OK("20", "POST /p [hello] 5 2 ") OK("15", "GET /a [] 0 2 y"), false),
    TALK("chunked and get at once",
         "POST /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET,
         OK("16", "POST /p [x] 1 2 ") OK("15", "GET /a [] 0 2 y"), false),
    TALK("close", "GET /a HTTP/1.1\r\n" H "Connection: close\r\n\r\n",
         OK_CLOSE("14", "GET /a [] 0 2 "), true),
    TALK("close, and more behind", "GET /a HTTP/1.1\r\n" H "Connection: close\r\n\r\n" GET,
         OK_CLOSE("14", "GET /a [] 0 2 "), true),
    TALK("1.0", "GET /a HTTP/1.0\r\n\r\n", OK_CLOSE("14", "GET /a [] 0 0 "), true),
    TALK("1.0 kept alive", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-From: world\r\nContent-Length: 14\r\nConnection: keep-alive\r\n\r\n"
         "GET /a [] 0 1 ",
         false),
    TALK("no host", "GET /a HTTP/1.1\r\n\r\n", REFUSED("400 Bad Request", "11", "Bad Request"),
         true),
    TALK("two hosts", "GET /a HTTP/1.1\r\n" H H "\r\n",
         REFUSED("400 Bad Request", "11", "Bad Request"), true),
    TALK("no HTTP", "hello\r\n\r\n", REFUSED("400 Bad Request", "11", "Bad Request"), true),
    TALK("good, then bad", GET "hello\r\n",
         OK("15", "GET /a [] 0 2 y") REFUSED("400 Bad Request", "11", "Bad Request"), true),
    TALK("bad chunk", "PUT /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nx\r\n",
         REFUSED("400 Bad Request", "11", "Bad Request"), true),
    TALK("head, then bad", "HEAD /a HTTP/1.1\r\n" H "\r\nhello\r\n",
         OK("15", "") REFUSED("400 Bad Request", "11", "Bad Request"), true),
    TALK("unknown coding", "PUT /p HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n",
         REFUSED("501 Not Implemented", "15", "Not Implemented"), true),
    TALK("too large", "PUT /p HTTP/1.1\r\n" H "Content-Length: 100001\r\n\r\n",
         REFUSED("413 Content Too Large", "17", "Content Too Large"), true),
    TALK("too large a chunk",
         "PUT /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\n",
         REFUSED("400 Bad Request", "11", "Bad Request"), true),
};

static void talk_check(struct world *world, const struct talk *talk, size_t step)
{
    struct buf in;
    buf_init(&in, 1 << 20);
    int fd = world_connect(world);
    for (size_t at = 0; at < talk->sent.len; at += step) {
        size_t len = step < talk->sent.len - at ? step : talk->sent.len - at;
        /* The server may have had enough of it. */
        (void)sock_send(fd, talk->sent.ptr + at, len);
        world_turn(world);
    }
    int open = world_read_until(world, fd, &in, talk->reply.len);
    UNIT_EQ_BYTES(buf_bytes(&in), talk->reply);
    if (talk->ends)
        open = world_read_until(world, fd, &in, talk->reply.len + 1);
    else
        world_turn(world);
    UNIT_EQ_INT(open, talk->ends ? 0 : 1);
    sock_close(fd);
    buf_fini(&in);
    WORLD_WAIT(world, http_server_stats(world->server)->open == 0);
}

static void talks_check(enum world_mode mode)
{
    struct world world;
    world_init(&world, mode, HTTP_BODY_COLLECT);
    for (size_t i = 0; i < BR_COUNT(talks); i++) {
        UNIT_ROW(talks[i].name);
        talk_check(&world, &talks[i], talks[i].sent.len);
        talk_check(&world, &talks[i], 1);
        talk_check(&world, &talks[i], 7);
    }
    const struct http_server_stats *stats = http_server_stats(world.server);
    UNIT_EQ_INT(stats->replies, stats->requests);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], stats->replies);
    UNIT_EQ_INT(world.closed, stats->connections);
    UNIT_EQ_INT(stats->connections, 3 * BR_COUNT(talks));
    UNIT_EQ_INT(stats->hung_up, 0);
    world_fini(&world);
}

UNIT_TEST(talks_are_answered_at_once)
{
    talks_check(WORLD_AT_ONCE);
}

UNIT_TEST(talks_are_answered_later)
{
    talks_check(WORLD_LATER);
}

UNIT_TEST(rendered_replies_go_where_they_fit)
{
    struct world world;
    struct buf in;
    buf_init(&in, 65536);
    world_init(&world, WORLD_RAW, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    struct bytes want = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw" OK("15", "")
                                  OK_CLOSE("14", "GET /a [] 0 2 "));
    world_send(fd, BYTES(GET "HEAD /a HTTP/1.1\r\n" H "\r\nGET /a HTTP/1.1\r\n" H
                             "Connection: close\r\n\r\n"));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, want.len + 1), 0);
    UNIT_EQ_BYTES(buf_bytes(&in), want);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(a_status_without_body_has_none)
{
    struct world world;
    struct buf in;
    buf_init(&in, 65536);
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    world.status = 204;
    int fd = world_connect(&world);
    struct bytes want = BYTES("HTTP/1.1 204 No Content\r\nX-From: world\r\n\r\n");
    world_send(fd, BYTES(GET));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, want.len), 1);
    UNIT_EQ_BYTES(buf_bytes(&in), want);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(who_expects_100_is_told_to_go_on)
{
    struct world world;
    struct buf in;
    buf_init(&in, 65536);
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_COLLECT);
    int fd = world_connect(&world);
    struct bytes go_on = BYTES("HTTP/1.1 100 Continue\r\n\r\n");
    struct bytes reply = BYTES(OK("20", "POST /p [hello] 5 3 "));
    struct bytes head =
        BYTES("POST /p HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    world_send(fd, head);
    UNIT_EQ_INT(world_read_until(&world, fd, &in, go_on.len), 1);
    UNIT_EQ_BYTES(buf_bytes(&in), go_on);
    world_send(fd, BYTES("hello"));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, go_on.len + reply.len), 1);
    UNIT_EQ_BYTES(bytes_skip(buf_bytes(&in), go_on.len), reply);
    /* Who did not wait is not told. */
    buf_clear(&in);
    world_send(fd, BYTES("POST /p HTTP/1.1\r\n" H
                         "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, reply.len), 1);
    UNIT_EQ_BYTES(buf_bytes(&in), reply);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(a_large_head_is_refused)
{
    struct world world;
    struct buf in;
    buf_init(&in, 65536);
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_COLLECT);
    int fd = world_connect(&world);
    size_t size = 3 * H1_HEAD_SIZE_MAX;
    char *text = mem_alloc(size);
    memset(text, 'a', size);
    memcpy(text, "GET /", 5);
    for (size_t at = 0; at < size;) {
        ssize_t sent = sock_send(fd, text + at, size - at);
        at += sent > 0 ? (size_t)sent : 0;
        world_turn(&world);
    }
    UNIT_EQ_INT(world_read_until(&world, fd, &in, 65536), 0);
    UNIT_OK(bytes_starts(buf_bytes(&in), BYTES("HTTP/1.1 431 ")));
    UNIT_EQ_INT(http_server_stats(world.server)->refused, 1);
    mem_free(text);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

/* `size` bytes of body, as a length or as chunks of 1000. */
static void upload(struct world *world, enum http_body_mode mode, size_t size, bool chunked)
{
    struct buf in, out;
    char number[32];
    buf_init(&in, 65536);
    buf_init(&out, 4 << 20);
    world_init(world, WORLD_AT_ONCE, mode);
    buf_putf(&out, "POST /p HTTP/1.1\r\n" H);
    (void)snprintf(number, sizeof(number), "%zu", size);
    buf_putf(&out, "%s: %s\r\n\r\n", chunked ? "Transfer-Encoding" : "Content-Length",
             chunked ? "chunked" : number);
    for (size_t at = 0; at < size; at += 1000)
        buf_putf(&out, chunked ? "3e8\r\n%01000d\r\n" : "%01000d", 7);
    buf_putf(&out, "%s" GET, chunked ? "0\r\n\r\n" : "");
    int fd = world_connect(world);
    for (size_t at = 0; at < out.len;) {
        ssize_t sent = sock_send(fd, out.data + at, out.len - at);
        at += sent > 0 ? (size_t)sent : 0;
        world_turn(world);
    }
    WORLD_WAIT(world, world->ended[BR_ERR_NONE] == 2);
    sock_close(fd);
    buf_fini(&in);
    buf_fini(&out);
}

UNIT_TEST(large_bodies_are_counted_however_they_are_taken)
{
    static const enum http_body_mode modes[] = {HTTP_BODY_DISCARD, HTTP_BODY_STREAM,
                                                HTTP_BODY_COLLECT};
    for (size_t i = 0; i < BR_COUNT(modes); i++) {
        for (int chunked = 0; chunked < 2; chunked++) {
            struct world world;
            size_t size = modes[i] == HTTP_BODY_COLLECT ? 100000 : 1000000;
            upload(&world, modes[i], size, chunked == 1);
            /* The last request was a GET; what came before it is in the counts. */
            UNIT_OK(http_server_stats(world.server)->bytes_received > size);
            UNIT_EQ_INT(world.parts, modes[i] == HTTP_BODY_STREAM ? size : 0);
            UNIT_EQ_INT(http_server_stats(world.server)->refused, 0);
            world_fini(&world);
        }
    }
}

UNIT_TEST(a_peer_that_hangs_up_is_noticed)
{
    struct world world;
    world_init(&world, WORLD_NEVER, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, http_server_stats(world.server)->requests == 1);
    sock_close(fd);
    WORLD_WAIT(&world, world.closed == 1);
    UNIT_EQ_INT(world.ended[BR_ERR_CLOSED_EARLY], 1);
    fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, http_server_stats(world.server)->requests == 2);
    sock_close_reset(fd);
    WORLD_WAIT(&world, world.closed == 2);
    UNIT_EQ_INT(world.ended[BR_ERR_RESET], 1);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], 0);
    UNIT_EQ_INT(http_server_stats(world.server)->hung_up, 2);
    UNIT_EQ_INT(http_server_stats(world.server)->open, 0);
    world_fini(&world);
}

UNIT_TEST(a_reply_that_is_not_read_is_not_delivered)
{
    struct world world;
    size_t size = 16 << 20;
    char *big = mem_zalloc(1, size);
    world_init(&world, WORLD_BIG, HTTP_BODY_DISCARD);
    world.big = bytes_make(big, size);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, http_server_stats(world.server)->requests == 1);
    for (int i = 0; i < 20; i++)
        world_turn(&world);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], 0);
    sock_close(fd);
    WORLD_WAIT(&world, world.closed == 1);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], 0);
    UNIT_EQ_INT(http_server_stats(world.server)->hung_up, 1);
    world_fini(&world);
    mem_free(big);
}

UNIT_TEST(a_large_reply_is_delivered_piece_by_piece)
{
    struct world world;
    struct buf in;
    size_t size = 16 << 20;
    char *big = mem_alloc(size);
    memset(big, 'z', size);
    buf_init(&in, 64 << 20);
    world_init(&world, WORLD_BIG, HTTP_BODY_DISCARD);
    world.big = bytes_make(big, size);
    int fd = world_connect(&world);
    struct bytes head = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n");
    /* The second one asks ahead and is answered behind the first. */
    world_send(fd, BYTES(GET GET));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, 2 * (head.len + size)), 1);
    UNIT_EQ_INT(in.len, 2 * (head.len + size));
    UNIT_OK(bytes_starts(buf_bytes(&in), head));
    UNIT_OK(bytes_starts(bytes_skip(buf_bytes(&in), head.len + size), head));
    UNIT_EQ_INT(memcmp(in.data + head.len, big, size), 0);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], 2);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
    mem_free(big);
}

UNIT_TEST(connections_are_dropped_as_told)
{
    struct world world;
    struct buf in;
    buf_init(&in, 65536);
    world_init(&world, WORLD_RESET, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET GET));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, 1), -1);
    sock_close(fd);
    world.mode = WORLD_DROP;
    fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, 1), 0);
    sock_close(fd);
    UNIT_EQ_INT(world.closed, 2);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE] + world.ended[BR_ERR_CLOSED_EARLY], 0);
    UNIT_EQ_INT(http_server_stats(world.server)->requests, 2);
    buf_fini(&in);
    world_fini(&world);
}

/* Far more than is kept for a connection that waits: the rest stays in the sockets' buffers. */
UNIT_TEST(who_asks_far_ahead_is_answered_in_full)
{
    enum { COUNT = 10000 };
    struct world world;
    struct buf in, out;
    struct bytes reply = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!");
    size_t at = 0;
    buf_init(&in, 4 << 20);
    buf_init(&out, 4 << 20);
    world_init(&world, WORLD_NEVER, HTTP_BODY_DISCARD);
    for (int i = 0; i < COUNT; i++)
        buf_put_str(&out, GET);
    int fd = world_connect(&world);
    for (int i = 0; i < 200; i++) {
        ssize_t sent = sock_send(fd, out.data + at, out.len - at);
        at += sent > 0 ? (size_t)sent : 0;
        world_turn(&world);
    }
    UNIT_EQ_INT(http_server_stats(world.server)->requests, 1);
    UNIT_OK(http_server_stats(world.server)->bytes_received < 4 * 65536);
    sock_close(fd);
    world_fini(&world);

    world_init(&world, WORLD_BIG, HTTP_BODY_DISCARD);
    world.big = BYTES("!");
    fd = world_connect(&world);
    for (at = 0; at < out.len || in.len < COUNT * reply.len;) {
        ssize_t sent = at < out.len ? sock_send(fd, out.data + at, out.len - at) : 0;
        at += sent > 0 ? (size_t)sent : 0;
        world_turn(&world);
        UNIT_EQ_INT(world_read(fd, &in), 1);
    }
    UNIT_EQ_INT(in.len, COUNT * reply.len);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], COUNT);
    sock_close(fd);
    buf_fini(&in);
    buf_fini(&out);
    world_fini(&world);
}

UNIT_TEST(one_request_may_answer_another)
{
    struct world world;
    struct buf in;
    struct bytes first = BYTES(OK("19", "GET /1 [] 0 2 first"));
    struct bytes second = BYTES(OK("20", "GET /2 [] 0 3 second"));
    buf_init(&in, 65536);
    world_init(&world, WORLD_SWAP, HTTP_BODY_DISCARD);
    int one = world_connect(&world);
    int two = world_connect(&world);
    /* Behind the first one another is waiting, with fields of its own. */
    world_send(one, BYTES("GET /1 HTTP/1.1\r\n" H "X: first\r\n\r\n"
                          "GET /3 HTTP/1.1\r\n" H "A: 1\r\nB: 2\r\nC: 3\r\nX: third\r\n\r\n"));
    WORLD_WAIT(&world, world.held != NULL);
    world_send(two, BYTES("GET /2 HTTP/1.1\r\n" H "A: 1\r\nX: second\r\n\r\n"));
    UNIT_EQ_INT(world_read_until(&world, two, &in, second.len), 1);
    UNIT_EQ_BYTES(buf_bytes(&in), second);
    buf_clear(&in);
    UNIT_EQ_INT(world_read_until(&world, one, &in, first.len), 1);
    UNIT_EQ_BYTES(buf_bytes(&in), first);
    WORLD_WAIT(&world, world.held != NULL);
    UNIT_EQ_INT(http_server_stats(world.server)->requests, 3);
    sock_close(one);
    sock_close(two);
    buf_fini(&in);
    world_fini(&world);
    UNIT_EQ_INT(world.ended[BR_ERR_NONE], 2);
}

UNIT_TEST(many_connections_come_at_once)
{
    enum { COUNT = 400 };
    struct world world;
    int fds[COUNT];
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    for (int i = 0; i < COUNT; i++)
        fds[i] = world_connect(&world);
    WORLD_WAIT(&world, http_server_stats(world.server)->open == COUNT);
    for (int i = 0; i < COUNT; i++)
        world_send(fds[i], BYTES(GET));
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == COUNT);
    for (int i = 0; i < COUNT; i++)
        sock_close(fds[i]);
    WORLD_WAIT(&world, http_server_stats(world.server)->open == 0);
    world_fini(&world);
}

UNIT_TEST(what_is_owed_when_the_server_stops_is_told)
{
    struct world world;
    world_init(&world, WORLD_LATER, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, http_server_stats(world.server)->requests == 1);
    http_server_destroy(&world.server);
    UNIT_EQ_INT(world.ended[BR_ERR_INTERRUPTED], 1);
    UNIT_EQ_INT(world.closed, 1);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(a_unix_socket_left_behind_is_taken_over)
{
    struct world world;
    struct sock_addr addr, bound;
    struct diag diag = DIAG_INIT;
    char path[64];
    (void)snprintf(path, sizeof(path), "http_server_test.%lld.sock", (long long)clock_now_ns());
    UNIT_OK(sock_addr_from_path(bytes_from_str(path), &addr));
    int left = sock_listen(&addr, 1, false);
    UNIT_OK(left != -1);
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    /* Somebody listens there. */
    UNIT_EQ_INT(http_server_listen(world.server, &addr, &bound, &diag), BR_ERR_LISTEN);
    UNIT_OK(strstr(diag.text, path) != NULL);
    sock_close(left);
    UNIT_EQ_INT(http_server_listen(world.server, &addr, &bound, &diag), BR_ERR_NONE);
    world.addr = bound;
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 1);
    sock_close(fd);
    world_fini(&world);
    /* And nothing is left behind now. */
    fd = sock_open(addr.u.any.sa_family);
    UNIT_OK(sock_connect(fd, &addr) == -1 && errno == ENOENT);
    sock_close(fd);
}

UNIT_MAIN(UNIT_RUN(talks_are_answered_at_once), UNIT_RUN(talks_are_answered_later),
          UNIT_RUN(rendered_replies_go_where_they_fit), UNIT_RUN(a_status_without_body_has_none),
          UNIT_RUN(who_expects_100_is_told_to_go_on), UNIT_RUN(a_large_head_is_refused),
          UNIT_RUN(large_bodies_are_counted_however_they_are_taken),
          UNIT_RUN(a_peer_that_hangs_up_is_noticed),
          UNIT_RUN(a_reply_that_is_not_read_is_not_delivered),
          UNIT_RUN(a_large_reply_is_delivered_piece_by_piece),
          UNIT_RUN(connections_are_dropped_as_told),
          UNIT_RUN(who_asks_far_ahead_is_answered_in_full),
          UNIT_RUN(one_request_may_answer_another), UNIT_RUN(many_connections_come_at_once),
          UNIT_RUN(what_is_owed_when_the_server_stops_is_told),
          UNIT_RUN(a_unix_socket_left_behind_is_taken_over))
