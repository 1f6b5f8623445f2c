/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading in passing: all of it in order, the end, and what cannot be read.
 */
#include "sys/file_in.h"

#include <unistd.h>

#include "sys/file.h"
#include "unit.h"

UNIT_TEST(pieces_are_the_file)
{
    char path[64];
    int fd;
    UNIT_EQ_INT(file_open_temp("/tmp", "brunt-in", path, sizeof(path), &fd, NULL), BR_ERR_NONE);
    UNIT_OK(file_print(fd, BYTES("0123456789")));
    (void)close(fd);

    struct file_in in;
    char got[32];
    size_t total = 0;
    size_t len = 0;
    UNIT_EQ_INT(file_in_open(&in, path, NULL), BR_ERR_NONE);
    (void)unlink(path);
    do {
        UNIT_EQ_INT(file_in_read(&in, got + total, 3, &len, NULL), BR_ERR_NONE);
        UNIT_OK(len <= 3);
        total += len;
    } while (len > 0);
    UNIT_EQ_BYTES(bytes_make(got, total), BYTES("0123456789"));
    file_in_close(&in);
    file_in_close(&in);
    UNIT_EQ_INT(in.fd, -1);
}

UNIT_TEST(what_cannot_be_read_is_told)
{
    struct file_in in;
    struct diag diag = DIAG_INIT;
    char room[8];
    size_t len = 77;
    UNIT_EQ_INT(file_in_open(&in, "/nonexistent/file", &diag), BR_ERR_IO);
    UNIT_EQ_STR(diag.text, "cannot read '/nonexistent/file': No such file or directory");
    file_in_close(&in);

    UNIT_EQ_INT(file_in_open(&in, "/tmp", NULL), BR_ERR_NONE);
    UNIT_EQ_INT(file_in_read(&in, room, sizeof(room), &len, &diag), BR_ERR_IO);
    UNIT_EQ_STR(diag.text, "cannot read '/tmp': Is a directory");
    UNIT_EQ_INT(len, 77);
    file_in_close(&in);
}

UNIT_MAIN(UNIT_RUN(pieces_are_the_file), UNIT_RUN(what_cannot_be_read_is_told))
