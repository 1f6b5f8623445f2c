/* SPDX-License-Identifier: Apache-2.0
 *
 * What a follower of files sees: identity, size, bytes from a place on, notices.
 */
#include "sys/tail.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "unit.h"

static char folder[64];
static char path[128];
static char other[128];

static void begin(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/brunt-tail-XXXXXX");
    UNIT_OK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    (void)snprintf(other, sizeof(other), "%s/log.1", folder);
}

static void finish(void)
{
    (void)unlink(path);
    (void)unlink(other);
    (void)rmdir(folder);
}

static void append(const char *text)
{
    struct file_out out;
    UNIT_EQ_INT(file_out_open(&out, path, FILE_APPEND, NULL), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_write(&out, bytes_from_str(text)), BR_ERR_NONE);
    UNIT_EQ_INT(file_out_close(&out), BR_ERR_NONE);
}

static bool has_notice(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) == 1;
}

UNIT_TEST(a_file_is_known_by_more_than_its_name)
{
    struct tail_id id, again;
    uint64_t size = 0;
    char room[16];
    begin();
    errno = 0;
    UNIT_OK(!tail_find(path, &id));
    UNIT_EQ_INT(errno, ENOENT);
    UNIT_EQ_INT(tail_open(path, &id, &size), -1);
    append("0123456789");
    int fd = tail_open(path, &id, &size);
    UNIT_OK(fd != -1);
    UNIT_EQ_INT(size, 10);
    UNIT_EQ_INT(tail_read(fd, room, 4, 3), 4);
    UNIT_EQ_BYTES(bytes_make(room, 4), BYTES("3456"));
    UNIT_EQ_INT(tail_read(fd, room, sizeof(room), 10), 0);
    append("ab");
    UNIT_EQ_INT(tail_size(fd), 12);
    UNIT_EQ_INT(tail_read(fd, room, sizeof(room), 10), 2);
    UNIT_OK(tail_find(path, &again));
    UNIT_OK(again.inode == id.inode && again.device == id.device);
    UNIT_EQ_INT(rename(path, other), 0);
    append("new");
    UNIT_OK(tail_find(path, &again));
    UNIT_OK(again.inode != id.inode);
    UNIT_EQ_INT(tail_size(fd), 12);
    UNIT_EQ_INT(truncate(other, 0), 0);
    UNIT_EQ_INT(tail_size(fd), 0);
    tail_close(fd);
    finish();
}

UNIT_TEST(what_is_no_file_is_refused)
{
    struct tail_id id;
    uint64_t size = 77;
    begin();
    errno = 0;
    UNIT_OK(!tail_find(folder, &id));
    UNIT_EQ_INT(errno, EINVAL);
    UNIT_EQ_INT(tail_open(folder, &id, &size), -1);
    UNIT_EQ_INT(errno, EINVAL);
    UNIT_EQ_INT(mkfifo(path, 0600), 0);
    UNIT_EQ_INT(tail_open(path, &id, &size), -1);
    UNIT_EQ_INT(errno, EINVAL);
    UNIT_EQ_INT(size, 77);
    finish();
}

UNIT_TEST(changes_are_told)
{
    begin();
    int fd = tail_notice_open();
    UNIT_OK(fd != -1);
    tail_notice_folder(fd, path);
    tail_notice_file(fd, path); /* is not there: nothing comes of it */
    UNIT_OK(!has_notice(fd));
    append("a");
    UNIT_OK(has_notice(fd));
    tail_notice_drain(fd);
    UNIT_OK(!has_notice(fd));
    append("b"); /* the folder does not tell of that */
    UNIT_OK(!has_notice(fd));
    tail_notice_file(fd, path);
    append("c");
    UNIT_OK(has_notice(fd));
    tail_notice_drain(fd);
    UNIT_EQ_INT(rename(path, other), 0);
    UNIT_OK(has_notice(fd));
    tail_close(fd);
    finish();
}

UNIT_MAIN(UNIT_RUN(a_file_is_known_by_more_than_its_name), UNIT_RUN(what_is_no_file_is_refused),
          UNIT_RUN(changes_are_told))
