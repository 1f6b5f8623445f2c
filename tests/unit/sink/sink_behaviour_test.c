/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks that misbehave as told: what the peer sees, what is told of its events, and when.
 */
#include <errno.h>

#include "sink/sink_host_inner.h"
#include "sink_world.h"

static struct world world;

/* One sink that does this, from now on. */
static void begin(const char *stretch)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "a=%s", stretch);
    world_plan(&world, "a=webhook");
    UNIT_EQ_INT(plan_sinks_add_stretch(&world.plan, bytes_from_str(text), NULL), BR_ERR_NONE);
    world_open(&world, 1, 0);
}

static void start_load(int64_t start_ns)
{
    sink_host_order(world.host, SINK_ORDER_START, start_ns);
    world_turn(&world);
    world_turn(&world);
}

/* The load is that old now. */
static void jump_to(int64_t load_ns)
{
    world.host->start_ns = clock_now_ns() - load_ns;
    wheel_arm(&world.host->loop.wheel, &world.host->sinks[0]->change, clock_now_ns());
    world_turn(&world);
    world_turn(&world);
}

static int ask(int fd, uint64_t seq)
{
    return world_ask(&world, fd, "/", "", bytes_from_str(world_stamp(&world, 1, seq)));
}

static void turn_for(int64_t ns)
{
    int64_t end_ns = clock_now_ns() + ns;
    while (clock_now_ns() < end_ns)
        world_turn(&world);
}

UNIT_TEST(before_the_load_nothing_is_done)
{
    begin("fail=100%");
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(ask(fd, 1), 200);
    /* The load is to begin in a while. */
    sink_host_order(world.host, SINK_ORDER_START, clock_now_ns() + 50 * CLOCK_NS_PER_MS);
    world_turn(&world);
    turn_for(60 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(ask(fd, 2), 500);
    WORLD_WAIT(&world, world.row_count == 2);
    UNIT_EQ_INT(world.rows[0].kind, SINK_DELIVERY);
    UNIT_EQ_INT(world.rows[1].kind, SINK_ATTEMPT_ERROR);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(errors_are_attempts)
{
    struct buf in;
    buf_init(&in, 1 << 16);
    begin("fail=100%:429 retry-after=7s");
    start_load(clock_now_ns());
    int fd = world_connect(&world, 0);
    world_post(fd, "/", "", bytes_from_str(world_stamp(&world, 1, 9)));
    UNIT_EQ_INT(world_reply(&world, fd, &in), 429);
    UNIT_OK(strstr(buf_cstr(&in), "\r\nRetry-After: 7\r\n") != NULL);
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_ATTEMPT_ERROR);
    WORLD_EQ(&world, 0, failed, 1);
    WORLD_EQ(&world, 0, attempts, 1);
    WORLD_EQ(&world, 0, deliveries, 0);
    sock_close(fd);
    buf_fini(&in);
    world_fini(&world);
}

UNIT_TEST(resets_and_stalls_are_attempts)
{
    begin("reset=100%");
    start_load(clock_now_ns());
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(ask(fd, 1), -1);
    sock_close(fd);
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_ATTEMPT_RESET);
    WORLD_EQ(&world, 0, reset, 1);
    WORLD_EQ(&world, 0, open, 0);
    world_fini(&world);

    begin("stall=100%");
    start_load(clock_now_ns());
    fd = world_connect(&world, 0);
    world_post(fd, "/", "", bytes_from_str(world_stamp(&world, 1, 2)));
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_ATTEMPT_STALL);
    turn_for(5 * CLOCK_NS_PER_MS);
    char room[16];
    UNIT_OK(sock_recv(fd, room, sizeof(room)) == -1 && errno == EAGAIN);
    sock_close(fd);
    turn_for(5 * CLOCK_NS_PER_MS);
    WORLD_EQ(&world, 0, stalled, 1);
    WORLD_EQ(&world, 0, hung_up, 0);
    WORLD_EQ(&world, 0, open, 0);
    world_fini(&world);
}

UNIT_TEST(delays_are_kept_and_told_apart_from_our_own)
{
    struct sink_totals totals;
    begin("delay=30ms");
    start_load(clock_now_ns());
    int fd = world_connect(&world, 0);
    int64_t begin_ns = clock_now_ns();
    UNIT_EQ_INT(ask(fd, 1), 200);
    UNIT_OK(clock_now_ns() - begin_ns >= 30 * CLOCK_NS_PER_MS);
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_DELIVERY);
    UNIT_OK(world.rows[0].replied_ns - world.rows[0].at_ns >= 30 * CLOCK_NS_PER_MS);
    world_totals(&world, 0, &totals);
    UNIT_EQ_INT(totals.late.count, 1);
    UNIT_OK(totals.late.min <
            (double)(world.rows[0].replied_ns - world.rows[0].at_ns - 29 * CLOCK_NS_PER_MS));
    sink_totals_fini(&totals);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(who_hangs_up_before_the_reply_has_not_been_delivered_to)
{
    begin("delay=20s");
    start_load(clock_now_ns());
    int fd = world_connect(&world, 0);
    world_post(fd, "/", "", bytes_from_str(world_stamp(&world, 1, 1)));
    WORLD_WAIT(&world, sink_host_last_block(world.host)->counts[0].messages == 1);
    UNIT_EQ_INT(world.row_count, 0);
    sock_close(fd);
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_ATTEMPT_HUNG_UP);
    WORLD_EQ(&world, 0, hung_up, 1);
    /* And what is under way when we stop was cut by us. */
    fd = world_connect(&world, 0);
    world_post(fd, "/", "", bytes_from_str(world_stamp(&world, 1, 2)));
    WORLD_WAIT(&world, sink_host_last_block(world.host)->counts[0].messages == 2);
    sink_host_order(world.host, SINK_ORDER_STOP, 0);
    WORLD_WAIT(&world, world.row_count == 2);
    UNIT_EQ_INT(world.rows[1].kind, SINK_ATTEMPT_RESET);
    UNIT_OK(sink_host_loop(world.host)->stopping);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(a_reply_nobody_read_is_told_of)
{
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    world_post(fd, "/", "", bytes_from_str(world_stamp(&world, 3, 1)));
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].kind, SINK_DELIVERY);
    sock_close(fd); /* with the reply unread: the kernel resets */
    WORLD_WAIT(&world, world.row_count == 2);
    UNIT_EQ_INT(world.rows[1].kind, SINK_UNREAD);
    UNIT_EQ_INT(world.rows[1].stream, 3);
    UNIT_EQ_INT(world.rows[1].seq, 1);
    WORLD_EQ(&world, 0, unread, 1);
    WORLD_EQ(&world, 0, deliveries, 1);
    /* Who asks again has read it. */
    fd = world_connect(&world, 0);
    UNIT_EQ_INT(ask(fd, 2), 200);
    UNIT_EQ_INT(ask(fd, 3), 200);
    sock_close(fd);
    WORLD_WAIT(&world, sink_host_last_block(world.host)->counts[0].messages == 3);
    turn_for(5 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(world.row_count, 4);
    world_fini(&world);
}

UNIT_TEST(a_sink_that_is_down_refuses_and_comes_back)
{
    char place[64], room[16];
    struct sock_addr addr;
    begin("100s-200s down");
    int kept = world_connect(&world, 0);
    UNIT_EQ_INT(ask(kept, 1), 200);
    (void)snprintf(place, sizeof(place), "%s", world_place(&world, 0));
    UNIT_EQ_INT(sock_addr_parse(bytes_from_str(place), &addr, NULL), BR_ERR_NONE);
    start_load(clock_now_ns());
    UNIT_EQ_INT(ask(kept, 2), 200);
    jump_to(150 * CLOCK_NS_PER_SEC);
    int fd = sock_open(AF_INET);
    UNIT_OK(sock_connect(fd, &addr) == -1);
    UNIT_OK(errno == ECONNREFUSED || sock_take_error(fd) == ECONNREFUSED);
    sock_close(fd);
    UNIT_EQ_INT(sock_recv(kept, room, sizeof(room)), 0);
    /* Somebody has the port when it is to come back: it waits for it. */
    int taken = sock_listen(&addr, 1, false);
    UNIT_OK(taken != -1);
    jump_to(250 * CLOCK_NS_PER_SEC);
    UNIT_OK(world.host->sinks[0]->is_behind);
    sock_close(taken);
    WORLD_WAIT(&world, !world.host->sinks[0]->is_behind);
    UNIT_EQ_STR(world_place(&world, 0), place);
    fd = world_connect(&world, 0);
    UNIT_EQ_INT(ask(fd, 3), 200);
    WORLD_EQ(&world, 0, messages, 3);
    sock_close(fd);
    sock_close(kept);
    world_fini(&world);
}

UNIT_TEST(lots_are_drawn_the_same_each_time)
{
    int first[200];
    uint64_t answered = 0;
    for (int round = 0; round < 2; round++) {
        begin("fail=30%:503");
        start_load(clock_now_ns());
        int fd = world_connect(&world, 0);
        int failed = 0;
        for (int i = 0; i < 200; i++) {
            int status = ask(fd, (uint64_t)i);
            if (round == 0)
                first[i] = status;
            UNIT_EQ_INT(status, first[i]);
            failed += status == 503;
        }
        UNIT_OK(failed > 30 && failed < 90); /* 60 +- 5 sigma */
        WORLD_EQ(&world, 0, failed, failed);
        answered += (uint64_t)(200 - failed);
        sock_close(fd);
        world_fini(&world);
    }
    UNIT_OK(answered > 0);
}

UNIT_TEST(a_slow_reader_is_not_late)
{
    struct sink_totals totals;
    struct buf body;
    buf_init(&body, 1 << 16);
    begin("read=40kB/s");
    start_load(clock_now_ns());
    buf_put_str(&body, world_stamp(&world, 1, 1));
    for (int i = 0; i < 500; i++)
        buf_put_str(&body, "12345678");
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&body)), 200);
    WORLD_WAIT(&world, world.row_count == 1);
    /* Some 4,100 bytes in steps of 2,000, with two rests of 50 ms in between: those are no fault of
     * ours, however slow the machine is. */
    int64_t took_ns = world.rows[0].replied_ns - world.rows[0].at_ns;
    UNIT_OK(took_ns >= 90 * CLOCK_NS_PER_MS);
    world_totals(&world, 0, &totals);
    UNIT_EQ_INT(totals.late.count, 1);
    UNIT_OK(totals.late.max <= (double)(took_ns - 90 * CLOCK_NS_PER_MS));
    sink_totals_fini(&totals);
    sock_close(fd);
    buf_fini(&body);
    world_fini(&world);
}

UNIT_MAIN(UNIT_RUN(before_the_load_nothing_is_done), UNIT_RUN(errors_are_attempts),
          UNIT_RUN(resets_and_stalls_are_attempts),
          UNIT_RUN(delays_are_kept_and_told_apart_from_our_own),
          UNIT_RUN(who_hangs_up_before_the_reply_has_not_been_delivered_to),
          UNIT_RUN(a_reply_nobody_read_is_told_of),
          UNIT_RUN(a_sink_that_is_down_refuses_and_comes_back),
          UNIT_RUN(lots_are_drawn_the_same_each_time), UNIT_RUN(a_slow_reader_is_not_late))
