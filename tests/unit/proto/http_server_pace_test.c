/* SPDX-License-Identifier: Apache-2.0
 *
 * A server that reads slowly or not at all, and what it says of how connections end.
 */
#include "base/mem.h"
#include "http_world.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void turn_for_a_while(struct world *world)
{
    int64_t end_ns = clock_now_ns() + 20 * CLOCK_NS_PER_MS;
    while (clock_now_ns() < end_ns)
        world_turn(world);
}

UNIT_TEST(a_paused_server_neither_accepts_nor_reads)
{
    struct world world;
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    int before = world_connect(&world);
    WORLD_WAIT(&world, world.opened == 1);
    http_server_pause(world.server, true);
    http_server_pause(world.server, true);
    int after = world_connect(&world);
    world_send(before, BYTES(GET));
    world_send(after, BYTES(GET));
    turn_for_a_while(&world);
    UNIT_EQ_INT(world.opened, 1);
    UNIT_EQ_INT(http_server_stats(world.server)->requests, 0);
    http_server_pause(world.server, false);
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 2);
    UNIT_EQ_INT(world.opened, 2);
    sock_close(before);
    sock_close(after);
    world_fini(&world);
}

UNIT_TEST(a_pause_outlasts_what_a_session_does)
{
    struct world world;
    world_init(&world, WORLD_LATER, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET GET));
    WORLD_WAIT(&world, http_server_stats(world.server)->requests == 1);
    http_server_pause(world.server, true);
    /* Replies go on, and what was read ahead is answered; nothing more is read. */
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 2);
    world_send(fd, BYTES(GET));
    turn_for_a_while(&world);
    UNIT_EQ_INT(http_server_stats(world.server)->requests, 2);
    http_server_pause(world.server, false);
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 3);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(a_slow_reader_takes_its_time)
{
    struct world world;
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_put_str(&text, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n");
    for (int i = 0; i < 1000; i++)
        buf_put_str(&text, "body");
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_COLLECT);
    http_server_set_read_rate(world.server, 40000);
    int fd = world_connect(&world);
    world_send(fd, buf_bytes(&text));
    int64_t begin_ns = clock_now_ns();
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 1);
    int64_t took_ns = clock_now_ns() - begin_ns;
    UNIT_EQ_INT(world.last.body_size, 4000);
    /* 4,054 bytes in steps of 2,000: two rests of 50 ms before the last step. Never less. */
    UNIT_OK(took_ns >= 90 * CLOCK_NS_PER_MS);
    /* Told otherwise while it rests, it goes on after that rest. */
    http_server_set_read_rate(world.server, 0);
    world_send(fd, buf_bytes(&text));
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 2);
    sock_close(fd);
    WORLD_WAIT(&world, world.closed == 1);
    buf_fini(&text);
    world_fini(&world);
}

UNIT_TEST(the_end_of_a_connection_says_whose_it_was)
{
    struct world world;
    struct buf in;
    buf_init(&in, 1 << 16);
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    sock_close(fd);
    WORLD_WAIT(&world, world.closed == 1);
    UNIT_EQ_INT(world.closed_by[BR_ERR_CLOSED_EARLY], 1);
    /* It had its reply, and never read it: the kernel says so by a reset. */
    fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 1);
    sock_close(fd);
    WORLD_WAIT(&world, world.closed == 2);
    UNIT_EQ_INT(world.closed_by[BR_ERR_RESET], 1);
    fd = world_connect(&world);
    world_send(fd, BYTES("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    UNIT_EQ_INT(world_read_until(&world, fd, &in, in.max), 0);
    WORLD_WAIT(&world, world.closed == 3);
    UNIT_EQ_INT(world.closed_by[BR_ERR_NONE], 1);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(the_kernel_stamps_the_first_segment)
{
    struct world world;
    world_init(&world, WORLD_AT_ONCE, HTTP_BODY_DISCARD);
    int fd = world_connect(&world);
    world_send(fd, BYTES(GET));
    WORLD_WAIT(&world, world.ended[BR_ERR_NONE] == 1);
    UNIT_OK(world.last.arrived_known);
    UNIT_OK(world.last.arrived_ns <= world.last.read_ns);
    sock_close(fd);
    world_fini(&world);
}

UNIT_MAIN(UNIT_RUN(a_paused_server_neither_accepts_nor_reads),
          UNIT_RUN(a_pause_outlasts_what_a_session_does), UNIT_RUN(a_slow_reader_takes_its_time),
          UNIT_RUN(the_end_of_a_connection_says_whose_it_was),
          UNIT_RUN(the_kernel_stamps_the_first_segment))
