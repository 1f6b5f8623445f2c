/* SPDX-License-Identifier: Apache-2.0
 *
 * Files: whole or not at all, ceilings, a disk that is full.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char file_dir[64];
static char file_path[128];

static void file_dir_make(void)
{
    (void)snprintf(file_dir, sizeof(file_dir), "/tmp/brunt-file-test-XXXXXX");
    UNIT_OK(mkdtemp(file_dir) != NULL);
    (void)snprintf(file_path, sizeof(file_path), "%s/file", file_dir);
}

/* Also says that nothing else is left there. */
static void file_dir_remove(void)
{
    (void)unlink(file_path);
    UNIT_EQ_INT(rmdir(file_dir), 0);
}

static void file_check_content(struct bytes want)
{
    struct buf buf;
    struct diag diag = DIAG_INIT;
    buf_init(&buf, 1 << 20);
    UNIT_EQ_INT(file_read_all(file_path, &buf, &diag), BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&buf), want);
    buf_fini(&buf);
}

UNIT_TEST(file_out_opens_as_asked)
{
    struct file_out out;
    struct diag diag = DIAG_INIT;
    file_dir_make();
    UNIT_EQ_INT(file_out_open(&out, file_path, FILE_NEW, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_write(&out, BYTES("one\n")), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_sync(&out), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_open(&out, file_path, FILE_NEW, &diag), BR_ERR_IO);
    UNIT_OK(strstr(diag.text, file_path) != NULL);
    UNIT_EQ_INT(file_out_open(&out, file_path, FILE_APPEND, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(out.len, 4);
    UNIT_EQ_INT(file_out_write(&out, BYTES("two\n")), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
    file_check_content(BYTES("one\ntwo\n"));
    UNIT_EQ_INT(file_out_open(&out, file_path, FILE_REPLACE, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
    file_check_content(BYTES(""));
    file_dir_remove();
}

static void file_ignore_signal(int number)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    UNIT_EQ_INT(sigaction(number, &action, NULL), 0);
}

UNIT_TEST(file_out_ends_with_a_whole_record_on_a_full_disk)
{
    struct file_out out;
    struct diag diag = DIAG_INIT;
    char record[600];
    struct rlimit before, small;
    memset(record, 'r', sizeof(record));
    file_dir_make();
    UNIT_EQ_INT(file_out_open(&out, file_path, FILE_NEW, &diag), BR_ERR_NONE);
    /* A limit on the size of files cuts a write short as a full disk does. */
    file_ignore_signal(SIGXFSZ);
    UNIT_EQ_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1000;
    UNIT_EQ_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
    UNIT_EQ_INT(file_out_write(&out, bytes_make(record, sizeof(record))), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_write(&out, bytes_make(record, sizeof(record))), BR_ERR_IO);
    UNIT_EQ_INT(out.saved_errno, EFBIG);
    UNIT_EQ_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
    file_check_content(bytes_make(record, sizeof(record)));
    UNIT_EQ_INT(file_out_write(&out, BYTES("more")), BR_ERR_NONE);
    UNIT_EQ_INT(out.len, sizeof(record) + 4);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
    struct stat about;
    UNIT_EQ_INT(stat(file_path, &about), 0);
    UNIT_EQ_INT(about.st_size, sizeof(record) + 4);
    file_dir_remove();
}

UNIT_TEST(file_out_tells_of_a_full_device)
{
    struct file_out out;
    struct diag diag = DIAG_INIT;
    if (file_out_open(&out, "/dev/full", FILE_APPEND, &diag) != BR_ERR_NONE)
        return; /* not everywhere */
    UNIT_EQ_INT(file_out_write(&out, BYTES("x")), BR_ERR_IO);
    UNIT_EQ_INT(out.saved_errno, ENOSPC);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
}

UNIT_TEST(file_put_replaces_whole)
{
    struct diag diag = DIAG_INIT;
    struct stat about;
    file_dir_make();
    mode_t mask = umask(022);
    UNIT_EQ_INT(file_put(file_path, BYTES("first"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(file_put(file_path, BYTES("second"), &diag), BR_ERR_NONE);
    (void)umask(mask);
    file_check_content(BYTES("second"));
    UNIT_EQ_INT(stat(file_path, &about), 0);
    UNIT_EQ_INT(about.st_mode & 0777, 0644);
    UNIT_EQ_INT(file_put("/nowhere/at/all", BYTES("x"), &diag), BR_ERR_IO);
    UNIT_EQ_INT(file_put("/dev/null", BYTES("x"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(stat("/dev/null", &about), 0);
    UNIT_OK(S_ISCHR(about.st_mode));
    file_dir_remove();
}

UNIT_TEST(file_read_obeys_the_ceiling)
{
    static const struct {
        const char *row;
        size_t size, max;
        enum br_err want;
    } rows[] = {{"empty", 0, 10, BR_ERR_NONE},
                {"empty, nothing allowed", 0, 0, BR_ERR_NONE},
                {"as large as allowed", 10, 10, BR_ERR_NONE},
                {"one more", 11, 10, BR_ERR_LIMIT},
                {"many steps", 200000, 300000, BR_ERR_NONE},
                {"many steps, one more", 200001, 200000, BR_ERR_LIMIT}};
    static char content[200001];
    struct diag diag = DIAG_INIT;
    memset(content, 'c', sizeof(content));
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct buf buf;
        UNIT_ROW(rows[i].row);
        file_dir_make();
        UNIT_EQ_INT(file_put(file_path, bytes_make(content, rows[i].size), &diag), BR_ERR_NONE);
        buf_init(&buf, rows[i].max);
        UNIT_EQ_INT(file_read_all(file_path, &buf, &diag), rows[i].want);
        UNIT_EQ_INT(buf.len, rows[i].want == BR_ERR_NONE ? rows[i].size : 0);
        buf_fini(&buf);
        file_dir_remove();
    }
}

UNIT_TEST(file_read_says_what_is_wrong)
{
    struct buf buf;
    struct diag diag = DIAG_INIT;
    buf_init(&buf, 100);
    UNIT_EQ_INT(file_read_all("/nowhere/at/all", &buf, &diag), BR_ERR_IO);
    UNIT_OK(strstr(diag.text, "/nowhere/at/all") != NULL);
    UNIT_EQ_INT(file_read_all("/tmp", &buf, &diag), BR_ERR_IO);
    buf_fini(&buf);
}

UNIT_TEST(file_read_small_cuts)
{
    char room[4];
    struct diag diag = DIAG_INIT;
    file_dir_make();
    UNIT_EQ_INT(file_put(file_path, BYTES("abcdef"), &diag), BR_ERR_NONE);
    UNIT_EQ_INT(file_read_small(file_path, room, sizeof(room)), 3);
    UNIT_EQ_STR(room, "abc");
    UNIT_EQ_INT(file_read_small("/nowhere", room, sizeof(room)), -1);
    UNIT_EQ_INT(errno, ENOENT);
    file_dir_remove();
}

UNIT_TEST(file_print_survives_a_reader_that_went)
{
    int fds[2];
    file_ignore_signal(SIGPIPE);
    UNIT_EQ_INT(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    UNIT_OK(file_print(fds[1], BYTES("text")));
    UNIT_OK(!file_is_terminal(fds[1]));
    int columns = -1, rows = -1;
    file_terminal_size(fds[1], &columns, &rows);
    UNIT_EQ_INT(columns, 0);
    UNIT_EQ_INT(rows, 0);
    (void)close(fds[0]);
    UNIT_OK(!file_print(fds[1], BYTES("text")));
    UNIT_EQ_INT(errno, EPIPE);
    (void)close(fds[1]);
}

UNIT_MAIN(UNIT_RUN(file_out_opens_as_asked),
          UNIT_RUN(file_out_ends_with_a_whole_record_on_a_full_disk),
          UNIT_RUN(file_out_tells_of_a_full_device), UNIT_RUN(file_put_replaces_whole),
          UNIT_RUN(file_read_obeys_the_ceiling), UNIT_RUN(file_read_says_what_is_wrong),
          UNIT_RUN(file_read_small_cuts), UNIT_RUN(file_print_survives_a_reader_that_went))
