/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as they came: /last, /counts, and what is saved.
 */
#include "sink_world.h"

#include <unistd.h>

#include "base/mem.h"
#include "data/json.h"
#include "sink/sink_host_inner.h"

static struct world world;

/* The JSON that a GET answers; the caller destroys it. */
static struct json *get(int fd, const char *target)
{
    struct buf in;
    struct json *json = NULL;
    char text[128];
    buf_init(&in, 8 << 20);
    int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target);
    world_send(fd, bytes_make(text, (size_t)len));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    const char *body = strstr(buf_cstr(&in), "\r\n\r\n") + 4;
    UNIT_EQ_INT(json_parse(bytes_from_str(body), &json, NULL), BR_ERR_NONE);
    buf_fini(&in);
    return json;
}

static struct bytes text_of(const struct json *object, const char *key)
{
    return json_get_text(object, key, BYTES("absent"), NULL);
}

UNIT_TEST(the_last_messages_can_be_asked_for)
{
    world_plan(&world, "a=webhook l=tcp");
    world_open(&world, 0, 3);
    int fd = world_connect(&world, 0);
    int lines = world_connect(&world, 1);
    UNIT_EQ_INT(world_ask(&world, fd, "/one", "", BYTES("1")), 200);
    UNIT_EQ_INT(
        world_ask(&world, fd, "/two?x=y", "X-A: b\r\nx-a:  c\r\nX-Empty:\r\n", BYTES("\"2\"")),
        200);
    world_send(lines, BYTES("a line\n"));
    WORLD_WAIT(&world, sink_host_last_block(world.host)->counts[1].messages == 1);
    UNIT_EQ_INT(world_ask(&world, fd, "/last", "", BYTES("\xff\xfe")),
                200); /* a POST is a message */
    struct json *last = get(fd, "/last");
    UNIT_EQ_INT(json_count(last), 3);
    const struct json *message = json_at(last, 0);
    UNIT_EQ_BYTES(text_of(message, "sink"), BYTES("a"));
    UNIT_EQ_BYTES(text_of(message, "target"), BYTES("/last"));
    UNIT_EQ_BYTES(text_of(message, "body_base64"), BYTES("//4="));
    UNIT_EQ_BYTES(text_of(message, "body"), BYTES("absent"));
    message = json_at(last, 1);
    UNIT_EQ_BYTES(text_of(message, "sink"), BYTES("l"));
    UNIT_EQ_BYTES(text_of(message, "body"), BYTES("a line"));
    UNIT_EQ_BYTES(text_of(message, "method"), BYTES("absent"));
    message = json_at(last, 2);
    UNIT_EQ_BYTES(text_of(message, "method"), BYTES("POST"));
    UNIT_EQ_BYTES(text_of(message, "target"), BYTES("/two?x=y"));
    UNIT_EQ_BYTES(text_of(message, "body"), BYTES("\"2\""));
    const struct json *headers = json_get(message, "headers");
    UNIT_EQ_BYTES(text_of(headers, "x-a"), BYTES("b, c"));
    UNIT_EQ_BYTES(text_of(headers, "x-empty"), BYTES(""));
    UNIT_EQ_BYTES(text_of(headers, "host"), BYTES("sink"));
    UNIT_EQ_INT(json_count(headers), 4);
    json_destroy(&last);
    struct json *counts = get(fd, "/counts?");
    UNIT_EQ_INT(json_get_u64(json_get(counts, "a"), "messages", 0, NULL), 3);
    UNIT_EQ_INT(json_get_u64(json_get(counts, "l"), "messages", 0, NULL), 1);
    UNIT_EQ_INT(json_get_u64(json_get(counts, "l"), "open", 0, NULL), 1);
    json_destroy(&counts);
    /* Asking is no message. */
    WORLD_EQ(&world, 0, messages, 3);
    sock_close(fd);
    sock_close(lines);
    world_fini(&world);
}

UNIT_TEST(a_large_body_is_cut_in_memory)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    world_plan(&world, "a=webhook");
    world_open(&world, 0, 2);
    for (int i = 0; i < 100000; i++)
        buf_put_str(&body, "x");
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&body)), 200);
    struct json *last = get(fd, "/last");
    const struct json *message = json_at(last, 0);
    UNIT_EQ_INT(text_of(message, "body").len, 65536);
    UNIT_EQ_INT(json_get_u64(message, "body_size", 0, NULL), 100000);
    json_destroy(&last);
    sock_close(fd);
    buf_fini(&body);
    world_fini(&world);
}

UNIT_TEST(a_port_of_its_own_answers_questions)
{
    struct sock_addr addr, bound;
    world_plan(&world, "l=tcp");
    world_open(&world, 0, 5);
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    UNIT_EQ_INT(sink_host_open_control(world.host, &addr, &bound, NULL), BR_ERR_NONE);
    int fd = sock_open(AF_INET);
    (void)sock_connect(fd, &bound);
    struct json *last = get(fd, "/last");
    UNIT_EQ_INT(json_count(last), 0);
    json_destroy(&last);
    UNIT_EQ_INT(world_ask(&world, fd, "/other", "", BYTES("x")), 404);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(without_last_nothing_is_reserved)
{
    struct buf in;
    buf_init(&in, 1 << 16);
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    world_send(fd, BYTES("GET /last HTTP/1.1\r\nHost: x\r\n\r\n"));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 200);
    WORLD_EQ(&world, 0, messages, 1);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(what_is_to_be_saved_is_handed_over)
{
    struct sink_text *text;
    int lines = 0;
    world_plan(&world, "a=webhook");
    world.plan.sinks[0].save_dir = BYTES("/somewhere");
    world_open(&world, 1, 0);
    int fd = world_connect(&world, 0);
    for (int i = 0; i < 1000; i++)
        UNIT_EQ_INT(world_ask(&world, fd, "/", "", BYTES("{\"a\":\"b\"}")), 200);
    sink_host_order(world.host, SINK_ORDER_STOP, 0);
    world_turn(&world);
    while ((text = sink_host_take_text(world.host)) != NULL) {
        struct bytes rest = buf_bytes(&text->text);
        while (rest.len > 0) {
            struct json *json = NULL;
            UNIT_EQ_INT(json_parse(bytes_cut(&rest, '\n'), &json, NULL), BR_ERR_NONE);
            UNIT_EQ_BYTES(text_of(json, "body"), BYTES("{\"a\":\"b\"}"));
            json_destroy(&json);
            lines++;
        }
        sink_host_return_text(world.host, text);
    }
    UNIT_EQ_INT(lines, 1000);
    WORLD_EQ(&world, 0, unsaved, 0);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(what_nobody_saves_in_time_is_counted)
{
    struct buf body;
    uint64_t want = 0;
    buf_init(&body, 1 << 20);
    for (int i = 0; i < 70000; i++)
        buf_put_str(&body, "x");
    world_plan(&world, "a=webhook");
    world.plan.sinks[0].save_dir = BYTES("/somewhere");
    world_open(&world, 1, 0);
    int fd = world_connect(&world, 0);
    for (int i = 0; i < SINK_TEXTS_MAX + 10; i++)
        UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&body)), 200);
    want = 10;
    WORLD_EQ(&world, 0, unsaved, want);
    WORLD_EQ(&world, 0, answered, SINK_TEXTS_MAX + 10);
    sock_close(fd);
    buf_fini(&body);
    world_fini(&world);
}

UNIT_MAIN(UNIT_RUN(the_last_messages_can_be_asked_for), UNIT_RUN(a_large_body_is_cut_in_memory),
          UNIT_RUN(a_port_of_its_own_answers_questions), UNIT_RUN(without_last_nothing_is_reserved),
          UNIT_RUN(what_is_to_be_saved_is_handed_over),
          UNIT_RUN(what_nobody_saves_in_time_is_counted))
