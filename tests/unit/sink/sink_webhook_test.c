/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks: whom they take from, what they find, what they do when told to misbehave.
 */
#include "sink_world.h"

#include <stdarg.h>

#include "data/hash.h"

static struct world world;

static struct bytes body_of(const char *format, ...) BR_PRINTF(1, 2);

/* Static storage. */
static struct bytes body_of(const char *format, ...)
{
    static char text[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    UNIT_OK(len >= 0 && (size_t)len < sizeof(text));
    return bytes_make(text, (size_t)len);
}

static void check_row(size_t at, enum sink_arrival_kind kind, uint32_t stream, uint64_t seq)
{
    UNIT_OK(at < world.row_count);
    UNIT_EQ_INT(world.rows[at].kind, kind);
    UNIT_EQ_INT(world.rows[at].stream, stream);
    UNIT_EQ_INT(world.rows[at].seq, seq);
}

UNIT_TEST(events_are_found_wherever_they_stand)
{
    char target[128], header[128];
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    (void)snprintf(target, sizeof(target), "/x?id=%s", world_stamp(&world, 1, 1));
    (void)snprintf(header, sizeof(header), "X-Id: %s\r\n", world_stamp(&world, 1, 2));
    int64_t before_ns = clock_now_ns();
    UNIT_EQ_INT(
        world_ask(&world, fd, target, header,
                  body_of("{\"a\":\"%s\",\"b\":\"%s\",\"again\":\"%s\"}", world_stamp(&world, 1, 3),
                          world_stamp(&world, 4, 0), world_stamp(&world, 1, 3))),
        200);
    WORLD_WAIT(&world, world.row_count == 4);
    check_row(0, SINK_DELIVERY, 1, 1);
    check_row(1, SINK_DELIVERY, 1, 2);
    check_row(2, SINK_DELIVERY, 1, 3);
    check_row(3, SINK_DELIVERY, 4, 0);
    for (uint32_t i = 0; i < 4; i++) {
        const struct sink_arrival *row = &world.rows[i];
        UNIT_EQ_INT(row->place, i);
        UNIT_EQ_INT(row->sink, 0);
        UNIT_EQ_INT(row->conn, 1);
        UNIT_EQ_INT(row->flags, SINK_KERNEL_STAMP);
        /* The wall clock is compared with ours only once a second. */
        UNIT_OK(row->at_ns >= before_ns - CLOCK_NS_PER_MS);
        UNIT_OK(row->replied_ns >= row->at_ns);
    }
    WORLD_EQ(&world, 0, messages, 1);
    WORLD_EQ(&world, 0, answered, 1);
    WORLD_EQ(&world, 0, arrivals, 4);
    WORLD_EQ(&world, 0, deliveries, 4);
    WORLD_EQ(&world, 0, repeated, 1);
    WORLD_EQ(&world, 0, kernel_stamped, 1);
    WORLD_EQ(&world, 0, open, 1);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(an_event_is_found_once_however_many_there_are)
{
    struct buf body;
    buf_init(&body, 1 << 16);
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    for (uint32_t count = 1; count < 20; count++) {
        buf_clear(&body);
        for (int round = 0; round < 2; round++) {
            for (uint32_t i = 0; i < count; i++)
                buf_putf(&body, "%s ", world_stamp(&world, 0, i));
        }
        world.row_count = 0;
        UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&body)), 200);
        WORLD_WAIT(&world, world.row_count >= count);
        UNIT_EQ_INT(world.row_count, count);
    }
    WORLD_EQ(&world, 0, repeated, 19 * 20 / 2);
    sock_close(fd);
    buf_fini(&body);
    world_fini(&world);
}

UNIT_TEST(what_is_not_ours_is_counted_apart)
{
    struct stamp_run other;
    char foreign[STAMP_SIZE + 1] = "", damaged[STAMP_SIZE + 1];
    world_init(&world, "a=webhook");
    stamp_run_init(&other, 43);
    stamp_emit(&other, (struct stamp_id){1, 1}, foreign);
    memcpy(damaged, world_stamp(&world, 1, 1), sizeof(damaged));
    damaged[20] = damaged[20] == '0' ? '1' : '0';
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", body_of("%s %s", foreign, damaged)), 200);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", BYTES("nothing")), 200);
    world_turn(&world);
    UNIT_EQ_INT(world.row_count, 0);
    WORLD_EQ(&world, 0, messages, 2);
    WORLD_EQ(&world, 0, foreign, 1);
    WORLD_EQ(&world, 0, unreadable, 1);
    WORLD_EQ(&world, 0, stampless, 1);
    WORLD_EQ(&world, 0, arrivals, 0);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(a_batch_goes_to_the_shards_that_own_it)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    world_plan(&world, "a=webhook");
    world_open(&world, 3, 0);
    int fd = world_connect(&world, 0);
    for (uint32_t i = 0; i < 1000; i++)
        buf_putf(&body, "{\"id\":\"%s\"}\n", world_stamp(&world, i % 7, i));
    /* Once more: a repetition within the message is no arrival. */
    for (uint32_t i = 0; i < 1000; i += 10)
        buf_putf(&body, "{\"id\":\"%s\"}\n", world_stamp(&world, i % 7, i));
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&body)), 200);
    WORLD_WAIT(&world, world.row_count == 1000);
    bool seen[1000] = {false};
    for (size_t i = 0; i < 1000; i++) {
        const struct sink_arrival *row = &world.rows[i];
        UNIT_EQ_INT(row->stream, row->seq % 7);
        UNIT_EQ_INT(world.row_shards[i], row->stream % 3);
        UNIT_EQ_INT(row->place, row->seq);
        UNIT_OK(!seen[row->seq]);
        seen[row->seq] = true;
    }
    WORLD_EQ(&world, 0, repeated, 100);
    sock_close(fd);
    buf_fini(&body);
    world_fini(&world);
}

UNIT_TEST(paths_tell_webhooks_of_a_port_apart)
{
    static const struct {
        const char *target;
        int sink; /* -1: nobody's */
    } rows[] = {
        {"/a", 0},   {"/a/", 0},   {"/a/x", 0},     {"/a?b=/a/b", 0},
        {"/a/b", 1}, {"/a/b/", 1}, {"/a/b/c/d", 1}, {"http://x/a/b?c", 1},
        {"/ab", -1}, {"/", -1},    {"/A", -1},      {"/b/a", -1},
    };
    uint64_t want[2] = {0, 0};
    world_plan(&world, "a=webhook:127.0.0.1:0/a");
    /* The port is known once the first has it: a second plan for the same one. */
    world_open(&world, 1, 0);
    char place[128];
    (void)snprintf(place, sizeof(place), "a=webhook:%s/a b=webhook:%s/a/b/", world_place(&world, 0),
                   world_place(&world, 0));
    world_fini(&world);
    world_init(&world, place);
    int fd = world_connect(&world, 1);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].target);
        UNIT_EQ_INT(world_ask(&world, fd, rows[i].target, "", BYTES("x")),
                    rows[i].sink == -1 ? 404 : 200);
        if (rows[i].sink != -1)
            want[rows[i].sink]++;
        WORLD_EQ(&world, 0, messages, want[0]);
        WORLD_EQ(&world, 1, messages, want[1]);
    }
    WORLD_EQ(&world, 0, refused, 4);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(what_cannot_share_a_port_is_refused)
{
    static const struct {
        const char *sinks, *stretch, *part;
    } rows[] = {
        {"a=webhook:%s b=webhook:%s/", NULL, "a is there already"},
        {"a=webhook:%s/x b=webhook:%s/x/", NULL, "another path"},
        {"a=webhook:%s/x b=webhook:%s/y", "b=down", "port of its own"},
        {"a=webhook:%s/x b=webhook:%s/y", "a=read=1kB/s", "port of its own"},
        {"a=webhook:%s/x b=tcp:%s", NULL, "sink b: cannot listen on"},
    };
    char place[64], text[256];
    world_init(&world, "a=webhook");
    (void)snprintf(place, sizeof(place), "%s", world_place(&world, 0));
    world_fini(&world);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct sink_host_config config = {.sinks = &world.plan, .run = &world.run};
        struct sink_host *host = NULL;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].part);
        struct bytes form = bytes_from_str(rows[i].sinks);
        size_t at = (size_t)(strstr(form.ptr, "%s") - form.ptr);
        size_t second = (size_t)(strstr(form.ptr + at + 2, "%s") - form.ptr);
        (void)snprintf(text, sizeof(text), "%.*s%s%.*s%s%s", (int)at, form.ptr, place,
                       (int)(second - at - 2), form.ptr + at + 2, place, form.ptr + second + 2);
        world_plan(&world, text);
        if (rows[i].stretch != NULL)
            UNIT_EQ_INT(plan_sinks_add_stretch(&world.plan, bytes_from_str(rows[i].stretch), NULL),
                        BR_ERR_NONE);
        UNIT_OK(sink_host_create(&config, &host, &diag) != BR_ERR_NONE);
        UNIT_OK(host == NULL);
        if (strstr(diag.text, rows[i].part) == NULL)
            printf("# %s\n", diag.text);
        UNIT_OK(strstr(diag.text, rows[i].part) != NULL);
        plan_sinks_fini(&world.plan);
    }
}

UNIT_TEST(bodies_are_taken_however_they_are_sent)
{
    char stamp[STAMP_SIZE + 1];
    struct buf in, text;
    buf_init(&in, 1 << 16);
    buf_init(&text, 1 << 16);
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    memcpy(stamp, world_stamp(&world, 2, 5), sizeof(stamp));
    /* Chunks cut through the stamp. */
    buf_putf(&text,
             "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
             "a\r\n%.10s\r\n10\r\n%s\r\n0\r\n\r\n",
             stamp, stamp + 10);
    world_send(fd, buf_bytes(&text));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    UNIT_OK(strstr(buf_cstr(&in), "{\"ok\":true}") != NULL);
    WORLD_WAIT(&world, world.row_count == 1);
    check_row(0, SINK_DELIVERY, 2, 5);
    /* One byte at a time. */
    buf_clear(&text);
    buf_putf(&text, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\n%s",
             world_stamp(&world, 2, 6));
    for (size_t i = 0; i < text.len; i++) {
        world_send(fd, bytes_make(text.data + i, 1));
        world_turn(&world);
    }
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    WORLD_WAIT(&world, world.row_count == 2);
    check_row(1, SINK_DELIVERY, 2, 6);
    /* HTTP/1.0, and a sender that wants to be told to go on. */
    buf_clear(&text);
    buf_putf(&text,
             "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 26\r\n\r\n");
    world_send(fd, buf_bytes(&text));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 100);
    world_send(fd, bytes_from_str(world_stamp(&world, 2, 7)));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    buf_clear(&text);
    buf_putf(&text, "POST /%s HTTP/1.0\r\n\r\n", world_stamp(&world, 2, 8));
    world_send(fd, buf_bytes(&text));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    WORLD_WAIT(&world, world.row_count == 4);
    check_row(2, SINK_DELIVERY, 2, 7);
    check_row(3, SINK_DELIVERY, 2, 8);
    WORLD_EQ(&world, 0, messages, 4);
    sock_close(fd);
    buf_fini(&text);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(coded_bodies_are_decoded)
{
    /* gzip of "zx and so on\n", without a stamp: what counts is that it can be read. */
    static const unsigned char coded[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                          0x03, 0xab, 0xaa, 0x50, 0x48, 0xcc, 0x4b, 0x51, 0x28,
                                          0xce, 0x57, 0xc8, 0xcf, 0xe3, 0x02, 0x00, 0xbf, 0x95,
                                          0x5b, 0x74, 0x0d, 0x00, 0x00, 0x00};
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    struct bytes body = bytes_make((const char *)coded, sizeof(coded));
    UNIT_EQ_INT(world_ask(&world, fd, "/", "Content-Encoding: gzip\r\n", body), 200);
    WORLD_EQ(&world, 0, bytes, 13);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "Content-Encoding: compress\r\n", body), 415);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "Content-Encoding: gzip\r\n",
                          bytes_from_str(world_stamp(&world, 1, 1))),
                400);
    WORLD_WAIT(&world, world.row_count == 1);
    check_row(0, SINK_ATTEMPT_ERROR, 1, 1);
    WORLD_EQ(&world, 0, undecodable, 2);
    WORLD_EQ(&world, 0, failed, 2);
    WORLD_EQ(&world, 0, answered, 1);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(who_sends_is_asked)
{
    uint8_t mac[HASH_HMAC_SIZE];
    char hex[2 * HASH_HMAC_SIZE + 1] = "", signature[128];
    struct hash_hmac *hmac = NULL;
    struct bytes body = BYTES("{\"a\":1}");
    UNIT_EQ_INT(hash_hmac_create(BYTES("key"), &hmac, NULL), BR_ERR_NONE);
    hash_hmac_begin(hmac);
    hash_hmac_update(hmac, body);
    hash_hmac_end(hmac, mac);
    hash_hmac_destroy(&hmac);
    hash_put_hex(bytes_make((const char *)mac, sizeof(mac)), hex);
    (void)snprintf(signature, sizeof(signature), "X-Sig: sha256=%s\r\n", hex);
    const struct {
        const char *auth, *headers;
        int status;
    } rows[] = {
        {"a=bearer:tok", "Authorization: Bearer tok\r\n", 200},
        {"a=bearer:tok", "authorization: bEARER tok\r\n", 200},
        {"a=bearer:tok", "Authorization: Bearer toK\r\n", 401},
        {"a=bearer:tok", "Authorization: Bearer tok2\r\n", 401},
        {"a=bearer:tok", "Authorization: Basic tok\r\n", 401},
        {"a=bearer:tok", "", 401},
        {"a=basic:me:pass", "Authorization: Basic bWU6cGFzcw==\r\n", 200},
        {"a=basic:me:pass", "Authorization: Basic bWU6cGFzcX==\r\n", 401},
        {"a=hmac:x-sig:key", signature, 200},
        {"a=hmac:x-sig:key2", signature, 401},
        {"a=hmac:x-sig:key", "", 401},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].auth);
        world_plan(&world, "a=webhook");
        UNIT_EQ_INT(plan_sinks_set_auth(&world.plan, bytes_from_str(rows[i].auth), NULL),
                    BR_ERR_NONE);
        world_open(&world, 1, 0);
        int fd = world_connect(&world, 0);
        UNIT_EQ_INT(world_ask(&world, fd, "/", rows[i].headers, body), rows[i].status);
        WORLD_EQ(&world, 0, bad_auth, rows[i].status == 401);
        WORLD_EQ(&world, 0, failed, rows[i].status == 401);
        WORLD_EQ(&world, 0, answered, rows[i].status == 200);
        sock_close(fd);
        world_fini(&world);
    }
}

UNIT_MAIN(UNIT_RUN(events_are_found_wherever_they_stand),
          UNIT_RUN(an_event_is_found_once_however_many_there_are),
          UNIT_RUN(what_is_not_ours_is_counted_apart),
          UNIT_RUN(a_batch_goes_to_the_shards_that_own_it),
          UNIT_RUN(paths_tell_webhooks_of_a_port_apart),
          UNIT_RUN(what_cannot_share_a_port_is_refused),
          UNIT_RUN(bodies_are_taken_however_they_are_sent), UNIT_RUN(coded_bodies_are_decoded),
          UNIT_RUN(who_sends_is_asked))
