/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows into memory, now and then into a file. A row costs some 20 ns: so a log of every request
 * does not change what it is about.
 */
#include "base/mem.h"
#include "standin/echo_inner.h"

enum br_err standin_log_open(struct standin_log *log, const char *path, struct diag *diag)
{
    *log = (struct standin_log){.out.fd = -1};
    if (path == NULL)
        return BR_ERR_NONE;
    enum br_err err = file_out_open(&log->out, path, FILE_REPLACE, diag);
    if (err == BR_ERR_NONE)
        log->room = mem_alloc(STANDIN_LOG_ROOM);
    return err;
}

void standin_log_flush(struct standin_log *log)
{
    if (log->len > 0 && file_out_write(&log->out, bytes_make(log->room, log->len)) != BR_ERR_NONE)
        log->failed = true;
    log->len = 0;
}

enum br_err standin_log_close(struct standin_log *log, const char *path, struct diag *diag)
{
    if (log->room == NULL)
        return BR_ERR_NONE;
    standin_log_flush(log);
    mem_free(log->room);
    log->room = NULL;
    enum br_err err = file_out_close(&log->out);
    if (err == BR_ERR_NONE && !log->failed)
        return BR_ERR_NONE;
    return diag_set_errno(diag, BR_ERR_IO, log->out.saved_errno, "cannot write all of %s", path);
}

static char *standin_log_room(struct standin_log *log, size_t size)
{
    if (log->len + size > STANDIN_LOG_ROOM)
        standin_log_flush(log);
    return log->room + log->len;
}

/* Decimal digits of a number that is not negative; where they end. */
static char *standin_put_number(char *at, int64_t number)
{
    char digits[20];
    size_t count = 0;
    uint64_t rest = number < 0 ? 0 : (uint64_t)number;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

void standin_log_row(struct standin_log *log, int64_t arrival_ns, int64_t delay_ns,
                     struct bytes outcome)
{
    if (log->room == NULL)
        return;
    char *start = standin_log_room(log, STANDIN_LOG_LINE_MAX);
    char *at = standin_put_number(start, arrival_ns);
    *at++ = ' ';
    at = standin_put_number(at, delay_ns);
    *at++ = ' ';
    memcpy(at, outcome.ptr, outcome.len);
    at += outcome.len;
    *at++ = '\n';
    log->len += (size_t)(at - start);
}

void standin_log_arrival(struct standin_log *log, int64_t arrival_ns)
{
    if (log->room == NULL)
        return;
    memcpy(standin_log_room(log, sizeof(arrival_ns)), &arrival_ns, sizeof(arrival_ns));
    log->len += sizeof(arrival_ns);
}
