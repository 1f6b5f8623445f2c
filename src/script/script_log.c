/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats are logrus's, which k6 uses: key=value with Go's quoting, coloured on a terminal.
 */
#include "script/script_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/units.h"
#include "data/json.h"
#include "script/script_text.h"
#include "sys/clock.h"
#include "sys/file.h"

enum { LOG_LINE_MAX = 1 << 20, LOG_TEXT_MAX = 4096, LOG_PAD = 44 };

static const struct {
    const char *name;
    const char *tag;
    const char *color;
} log_levels[] = {
    [SCRIPT_DEBUG] = {"debug", "DEBU", "37"},
    [SCRIPT_INFO] = {"info", "INFO", "36"},
    [SCRIPT_WARN] = {"warning", "WARN", "33"},
    [SCRIPT_ERROR] = {"error", "ERRO", "31"},
};

void script_log_init(struct script_log *log)
{
    *log = (struct script_log){.fd = 2, .console_fd = -1, .least = SCRIPT_INFO};
    log->terminal = file_is_terminal(2);
    log->start_ns = clock_now_ns();
}

void script_log_fini(struct script_log *log)
{
    /* Files of ours are closed by the end of the process: others may still log. */
    log->fd = -1;
}

static enum br_err log_open(struct bytes path, int *out_fd, struct diag *diag)
{
    struct file_out out;
    struct buf name;
    buf_init(&name, LOG_TEXT_MAX);
    enum br_err err = buf_append(&name, path);
    if (err == BR_ERR_NONE)
        err = file_out_open(&out, buf_cstr(&name), FILE_APPEND, diag);
    if (err == BR_ERR_NONE)
        *out_fd = out.fd;
    buf_fini(&name);
    return err;
}

enum br_err script_log_set(struct script_log *log, struct bytes output, struct bytes format,
                           struct bytes console, struct diag *diag)
{
    enum br_err err = BR_ERR_NONE;
    if (bytes_eq(format, BYTES("raw")))
        log->format = SCRIPT_LOG_RAW;
    else if (bytes_eq(format, BYTES("json")))
        log->format = SCRIPT_LOG_JSON;
    if (bytes_eq(output, BYTES("stdout")))
        log->fd = 1;
    else if (bytes_eq(output, BYTES("none")))
        log->fd = -1;
    else if (bytes_starts(output, BYTES("file="))) {
        struct bytes path = bytes_skip(output, 5);
        err = log_open(bytes_cut(&path, ','), &log->fd, diag);
    } else if (output.len > 0 && !bytes_eq(output, BYTES("stderr")))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--log-output takes stderr, stdout, none or file=PATH, not %.*s",
                        BYTES_ARG(output));
    if (output.len > 0)
        log->terminal = log->fd >= 0 && file_is_terminal(log->fd);
    if (err == BR_ERR_NONE && console.len > 0)
        err = log_open(console, &log->console_fd, diag);
    return err;
}

/* ---- a line ---- */

static bool log_is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("-._/@^+", c) != NULL);
        if (!plain)
            return false;
    }
    return text.len > 0;
}

static void log_put_value(struct buf *line, struct bytes text)
{
    if (log_is_plain(text))
        buf_put(line, text);
    else
        script_put_go_quoted(line, text);
}

static void log_put_text(const struct script_log *log, struct buf *line, enum script_level level,
                         struct bytes message, const struct script_log_field *fields, size_t count)
{
    if (log->terminal) {
        int64_t seconds = (clock_now_ns() - log->start_ns) / UNITS_NS_PER_SEC;
        buf_putf(line, "\033[%sm%s\033[0m[%04" PRId64 "] ", log_levels[level].color,
                 log_levels[level].tag, seconds);
        buf_put(line, message);
        for (size_t i = message.len; i < LOG_PAD; i++)
            buf_put(line, BYTES(" "));
    } else {
        buf_put_str(line, "time=\"");
        script_put_rfc3339(line, clock_wall_ns(), false);
        buf_putf(line, "\" level=%s msg=", log_levels[level].name);
        log_put_value(line, message);
    }
    for (size_t i = 0; i < count; i++) {
        if (log->terminal)
            buf_putf(line, " \033[%sm%s\033[0m=", log_levels[level].color, fields[i].key);
        else
            buf_putf(line, " %s=", fields[i].key);
        log_put_value(line, fields[i].value);
    }
}

static void log_put_json(struct buf *line, enum script_level level, struct bytes message,
                         const struct script_log_field *fields, size_t count)
{
    struct json_writer writer;
    struct buf time;
    buf_init(&time, LOG_TEXT_MAX);
    script_put_rfc3339(&time, clock_wall_ns(), false);
    json_writer_init(&writer, line, false);
    json_open_object(&writer);
    json_add_str(&writer, "level", log_levels[level].name);
    json_add_text(&writer, "msg", message);
    for (size_t i = 0; i < count; i++)
        json_add_text(&writer, fields[i].key, fields[i].value);
    json_add_text(&writer, "time", buf_bytes(&time));
    json_close_object(&writer);
    buf_fini(&time);
}

static bool log_is_console(const struct script_log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].key, "source") == 0)
            return bytes_eq(fields[i].value, BYTES("console"));
    return false;
}

void script_log_line(const struct script_log *log, enum script_level level, struct bytes message,
                     const struct script_log_field *fields, size_t field_count)
{
    struct buf line;
    int fd = log->fd;
    if (log->console_fd >= 0 && log_is_console(fields, field_count))
        fd = log->console_fd;
    if (level < log->least || fd < 0)
        return;
    if (message.len > LOG_LINE_MAX / 8)
        message.len = LOG_LINE_MAX / 8;
    buf_init(&line, LOG_LINE_MAX);
    if (log->format == SCRIPT_LOG_JSON)
        log_put_json(&line, level, message, fields, field_count);
    else if (log->format == SCRIPT_LOG_RAW)
        buf_put(&line, message);
    else
        log_put_text(log, &line, level, message, fields, field_count);
    buf_put(&line, BYTES("\n"));
    (void)file_print(fd, buf_bytes(&line));
    buf_fini(&line);
}

void script_logf(const struct script_log *log, enum script_level level, const char *format, ...)
{
    char text[LOG_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0)
        return;
    if ((size_t)len >= sizeof(text))
        len = sizeof(text) - 1;
    script_log_line(log, level, bytes_make(text, (size_t)len), NULL, 0);
}
