/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines by TCP and from a growing file.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sink_world.h"
#include "sys/file.h"

static struct world world;
static char folder[64];
static char path[128];
static char other[128];

static void send_line(int fd, uint64_t seq)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "level=error %s\n", world_stamp(&world, 1, seq));
    world_send(fd, bytes_make(text, (size_t)len));
}

static void check_seqs(uint64_t first, size_t count)
{
    WORLD_WAIT(&world, world.row_count >= count);
    UNIT_EQ_INT(world.row_count, count);
    for (size_t i = 0; i < count; i++) {
        UNIT_EQ_INT(world.rows[i].seq, first + i);
        UNIT_EQ_INT(world.rows[i].kind, SINK_DELIVERY);
        UNIT_EQ_INT(world.rows[i].place, 0);
    }
}

UNIT_TEST(each_line_is_a_message)
{
    world_init(&world, "l=tcp");
    int fd = world_connect(&world, 0);
    for (uint64_t i = 0; i < 300; i++)
        send_line(fd, i);
    world_send(fd, BYTES("no end "));
    check_seqs(0, 300);
    world_send(fd, bytes_from_str(world_stamp(&world, 1, 300)));
    sock_close(fd);
    check_seqs(0, 301);
    UNIT_EQ_INT(world.rows[0].flags, SINK_KERNEL_STAMP);
    UNIT_EQ_INT(world.rows[0].conn, 1);
    WORLD_EQ(&world, 0, messages, 301);
    WORLD_EQ(&world, 0, connections, 1);
    WORLD_EQ(&world, 0, open, 0);
    world_fini(&world);
}

UNIT_TEST(a_unix_socket_does_as_well)
{
    char place[96];
    (void)snprintf(place, sizeof(place), "l=tcp:unix:@brunt-sink-%lld", (long long)clock_now_ns());
    world_init(&world, place);
    int fd = world_connect(&world, 0);
    send_line(fd, 0);
    check_seqs(0, 1);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(resets_come_within_a_stream_of_lines)
{
    world_plan(&world, "l=tcp");
    UNIT_EQ_INT(plan_sinks_add_stretch(&world.plan, BYTES("l=reset=10%"), NULL), BR_ERR_NONE);
    world_open(&world, 1, 0);
    sink_host_order(world.host, SINK_ORDER_START, clock_now_ns());
    world_turn(&world);
    world_turn(&world);
    int fd = world_connect(&world, 0);
    for (uint64_t i = 0; i < 300; i++)
        send_line(fd, i);
    WORLD_WAIT(&world,
               world.row_count > 0 && world.rows[world.row_count - 1].kind == SINK_ATTEMPT_RESET);
    UNIT_OK(world.row_count < 300);
    for (size_t i = 0; i + 1 < world.row_count; i++)
        UNIT_EQ_INT(world.rows[i].kind, SINK_DELIVERY);
    char room[16];
    UNIT_EQ_INT(sock_recv(fd, room, sizeof(room)), -1);
    UNIT_EQ_INT(errno, ECONNRESET);
    WORLD_EQ(&world, 0, reset, 1);
    WORLD_EQ(&world, 0, open, 0);
    sock_close(fd);
    world_fini(&world);
}

/* ---- files ---- */

static void begin_file(void)
{
    char place[160];
    (void)snprintf(folder, sizeof(folder), "/tmp/brunt-sink-XXXXXX");
    UNIT_OK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    (void)snprintf(other, sizeof(other), "%s/log.1", folder);
    (void)snprintf(place, sizeof(place), "f=file:%s", path);
    world_plan(&world, place);
}

static void finish_file(void)
{
    world_fini(&world);
    (void)unlink(path);
    (void)unlink(other);
    (void)rmdir(folder);
}

static void append(const char *to, const char *before, uint64_t seq, const char *behind)
{
    struct file_out out;
    char text[128];
    int len = snprintf(text, sizeof(text), "%s%s%s", before, world_stamp(&world, 1, seq), behind);
    UNIT_EQ_INT(file_out_open(&out, to, FILE_APPEND, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_write(&out, bytes_make(text, (size_t)len)), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
}

UNIT_TEST(a_file_is_followed_from_its_end)
{
    begin_file();
    append(path, "old ", 77, "\n");
    world_open(&world, 1, 0);
    append(path, "a ", 0, "\n");
    append(path, "b ", 1, "\nc ");
    check_seqs(0, 2);
    append(path, "", 2, "\n");
    check_seqs(0, 3);
    UNIT_EQ_INT(world.rows[0].flags, 0);
    UNIT_OK(world.rows[2].at_ns <= clock_now_ns());
    finish_file();
}

UNIT_TEST(a_file_that_is_not_there_yet_is_awaited)
{
    begin_file();
    world_open(&world, 1, 0);
    world_turn(&world);
    append(path, "a ", 0, "\n");
    append(path, "a ", 1, "\n");
    check_seqs(0, 2);
    finish_file();
}

UNIT_TEST(rotation_loses_nothing)
{
    begin_file();
    append(path, "old ", 77, "\n");
    world_open(&world, 1, 0);
    append(path, "a ", 0, "\n");
    check_seqs(0, 1);
    append(path, "a ", 1, "\n");
    UNIT_EQ_INT(rename(path, other), 0);
    append(other, "a ", 2, "\n");
    append(path, "b ", 3, "\n");
    check_seqs(0, 4);
    /* Its writer has not noticed yet. */
    append(other, "a ", 4, "\n");
    check_seqs(0, 5);
    append(path, "b ", 5, "\n");
    check_seqs(0, 6);
    /* Deleted and made again. */
    UNIT_EQ_INT(unlink(path), 0);
    append(path, "c ", 6, "\n");
    check_seqs(0, 7);
    finish_file();
}

UNIT_TEST(a_file_that_was_cut_is_read_from_its_beginning)
{
    begin_file();
    append(path, "old ", 77, "\nand more\n");
    world_open(&world, 1, 0);
    append(path, "a ", 0, "\nunfinished");
    check_seqs(0, 1);
    UNIT_EQ_INT(truncate(path, 0), 0);
    for (int i = 0; i < 10; i++)
        world_turn(&world);
    append(path, "b ", 1, "\n");
    check_seqs(0, 2);
    finish_file();
}

UNIT_TEST(the_last_line_needs_no_end)
{
    begin_file();
    world_open(&world, 1, 0);
    append(path, "a ", 0, "\n");
    append(path, "a ", 1, "");
    check_seqs(0, 1);
    sink_host_order(world.host, SINK_ORDER_STOP, 0);
    check_seqs(0, 2);
    finish_file();
}

UNIT_MAIN(UNIT_RUN(each_line_is_a_message), UNIT_RUN(a_unix_socket_does_as_well),
          UNIT_RUN(resets_come_within_a_stream_of_lines), UNIT_RUN(a_file_is_followed_from_its_end),
          UNIT_RUN(a_file_that_is_not_there_yet_is_awaited), UNIT_RUN(rotation_loses_nothing),
          UNIT_RUN(a_file_that_was_cut_is_read_from_its_beginning),
          UNIT_RUN(the_last_line_needs_no_end))
