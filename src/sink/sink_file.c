/* SPDX-License-Identifier: Apache-2.0
 *
 * A log that is followed: each line written to it from now on is a message. It may not exist yet
 * (then all of it is new), be renamed and made again (the old one is read to its end, and for a
 * while longer, as its writer may not have noticed), or be cut off to be written from its beginning
 * again (copytruncate; what was written between the copy and the cut is lost to everybody).
 *
 * The system tells of changes where it can; a look every SINK_FILE_POLL_NS finds the rest. So
 * nothing here is a kernel's stamp: a line was there when it was read, and may have been there for
 * that long. Not seen: a file that is cut and grows beyond its old size between two looks.
 */
#include <errno.h>

#include "base/mem.h"
#include "base/must.h"
#include "sink/sink_host_inner.h"
#include "sink/sink_kinds.h"
#include "sink/sink_lines.h"
#include "sys/clock.h"
#include "sys/tail.h"

enum {
    SINK_FILE_TURN_MAX = 1024 * 1024, /* read in one go before others have their turn */
    SINK_FILE_LAST_TURNS = 256,
};
#define SINK_FILE_POLL_NS (100 * CLOCK_NS_PER_MS)
#define SINK_FILE_OLD_NS (5 * CLOCK_NS_PER_SEC)

/* A file being read. */
struct sink_tail {
    int fd; /* -1: none */
    struct tail_id id;
    uint64_t at;
    struct sink_lines lines;
};

struct sink_file {
    struct sink sink;
    struct sink_tail now;
    struct sink_tail old; /* renamed away */
    int64_t old_until_ns;
    int notice_fd; /* -1: the system tells nothing */
    struct loop_watch watch;
    struct wheel_timer poll;
    int64_t at_ns; /* of the piece that is being fed */
    bool is_open;
};

static struct sink_file *sink_file_of(struct sink *sink)
{
    return (struct sink_file *)(void *)sink;
}

static bool sink_file_on_line(struct bytes line, bool is_cut, void *context)
{
    struct sink_file *file = context;
    struct sink *sink = &file->sink;
    struct sink_message message = {.parts = {BYTES_NONE, line}, .at_ns = file->at_ns};
    struct sink_record record = {.body = line, .at_ns = file->at_ns};
    struct sink_found found;
    if (is_cut)
        sink->counts->cut++;
    sink_look(sink, &message, &found);
    sink_record(sink, &record);
    sink_tell(sink, &found, SINK_DELIVERY, file->at_ns, 0);
    return true;
}

/* ---- one file ---- */

static void sink_tail_end(struct sink_file *file, struct sink_tail *tail)
{
    if (tail->fd == -1)
        return;
    file->at_ns = loop_now(file->sink.loop);
    sink_lines_end(&tail->lines, sink_file_on_line, file);
    sink_lines_fini(&tail->lines);
    tail_close(tail->fd);
    tail->fd = -1;
}

/* Reads what is new, with a bound; true when there is more. */
static bool sink_tail_read(struct sink_file *file, struct sink_tail *tail)
{
    char *room = file->sink.host->receive;
    size_t done = 0;
    if (tail->fd == -1)
        return false;
    if (tail_size(tail->fd) < tail->at) {
        sink_lines_fini(&tail->lines);
        sink_lines_init(&tail->lines);
        tail->at = 0;
    }
    while (done < SINK_FILE_TURN_MAX) {
        ssize_t got = tail_read(tail->fd, room, SINK_RECEIVE_SIZE, tail->at);
        file->at_ns = loop_now(file->sink.loop);
        if (got <= 0)
            return false;
        tail->at += (uint64_t)got;
        done += (size_t)got;
        (void)sink_lines_feed(&tail->lines, bytes_make(room, (size_t)got), sink_file_on_line, file);
    }
    return true;
}

static const char *sink_file_path(const struct sink_file *file)
{
    return file->sink.config->place.ptr;
}

/* 0 or an errno. */
static int sink_file_open_now(struct sink_file *file, bool from_end)
{
    struct sink_tail *tail = &file->now;
    uint64_t size = 0;
    int fd = tail_open(sink_file_path(file), &tail->id, &size);
    if (fd == -1)
        return errno;
    tail->fd = fd;
    tail->at = from_end ? size : 0;
    sink_lines_init(&tail->lines);
    if (file->notice_fd != -1)
        tail_notice_file(file->notice_fd, sink_file_path(file));
    return 0;
}

/* ---- looking ---- */

static bool sink_file_is_renamed(const struct sink_file *file)
{
    struct tail_id id;
    return file->now.fd != -1 && tail_find(sink_file_path(file), &id) &&
           (id.device != file->now.id.device || id.inode != file->now.id.inode);
}

static void sink_file_look(struct sink_file *file)
{
    struct loop *loop = file->sink.loop;
    int64_t wait_ns = SINK_FILE_POLL_NS;
    if (!file->sink.is_paused) {
        bool has_more = sink_tail_read(file, &file->old);
        if (!has_more && file->old.fd != -1 && loop->now_ns >= file->old_until_ns)
            sink_tail_end(file, &file->old);
        if (file->now.fd == -1)
            (void)sink_file_open_now(file, false);
        has_more |= sink_tail_read(file, &file->now);
        if (!has_more && sink_file_is_renamed(file)) {
            sink_tail_end(file, &file->old);
            file->old = file->now;
            file->now.fd = -1;
            file->old_until_ns = loop_now(loop) + SINK_FILE_OLD_NS;
            has_more = true;
        }
        wait_ns = has_more ? 0 : wait_ns;
    }
    wheel_arm(&loop->wheel, &file->poll, loop_now(loop) + wait_ns);
}

static void sink_file_on_poll(struct wheel_timer *timer, void *context)
{
    (void)timer;
    sink_file_look(context);
}

static void sink_file_on_notice(struct loop_watch *watch, unsigned events)
{
    struct sink_file *file = BR_CONTAINER(watch, struct sink_file, watch);
    (void)events;
    tail_notice_drain(file->notice_fd);
    sink_file_look(file);
}

/* ---- the kind ---- */

static enum br_err sink_file_check(const struct plan_sink *config, struct diag *diag)
{
    if (config->place.len == 0)
        return diag_set(diag, BR_ERR_CONFIG, "no file is named: accepted is file:/var/log/out.log");
    return BR_ERR_NONE;
}

static struct sink *sink_file_create(void)
{
    struct sink_file *file = MEM_NEW(struct sink_file);
    file->now.fd = -1;
    file->old.fd = -1;
    file->notice_fd = -1;
    wheel_timer_init(&file->poll, sink_file_on_poll, file);
    return &file->sink;
}

static enum br_err sink_file_open(struct sink *sink, struct diag *diag)
{
    struct sink_file *file = sink_file_of(sink);
    file->is_open = true;
    file->notice_fd = tail_notice_open();
    if (file->notice_fd != -1 && loop_watch_add(sink->loop, &file->watch, file->notice_fd,
                                                POLLER_IN, sink_file_on_notice) != BR_ERR_NONE) {
        tail_close(file->notice_fd);
        file->notice_fd = -1;
    }
    if (file->notice_fd != -1)
        tail_notice_folder(file->notice_fd, sink_file_path(file));
    int error = sink_file_open_now(file, true);
    if (error == EINVAL)
        return diag_set(diag, BR_ERR_CONFIG, "%s is no regular file", sink_file_path(file));
    if (error != 0 && error != ENOENT)
        return diag_set_errno(diag, BR_ERR_IO, error, "cannot read %s", sink_file_path(file));
    wheel_arm(&sink->loop->wheel, &file->poll, loop_now(sink->loop) + SINK_FILE_POLL_NS);
    return BR_ERR_NONE;
}

static void sink_file_close(struct sink *sink)
{
    struct sink_file *file = sink_file_of(sink);
    if (!file->is_open)
        return;
    file->is_open = false;
    /* What is there is read; a writer that never stops is not waited for. */
    for (int i = 0; i < SINK_FILE_LAST_TURNS; i++) {
        bool has_more = sink_tail_read(file, &file->old);
        if (!sink_tail_read(file, &file->now) && !has_more)
            break;
    }
    sink_tail_end(file, &file->old);
    sink_tail_end(file, &file->now);
    wheel_disarm(&sink->loop->wheel, &file->poll);
    if (file->notice_fd == -1)
        return;
    loop_watch_remove(sink->loop, &file->watch);
    tail_close(file->notice_fd);
    file->notice_fd = -1;
}

static void sink_file_destroy(struct sink *sink)
{
    mem_free(sink_file_of(sink));
}

static void sink_file_describe(const struct sink *sink, struct buf *out)
{
    buf_put(out, sink->config->place);
}

static void sink_file_pause(struct sink *sink, bool is_paused)
{
    /* The next look finds it. */
    (void)sink;
    (void)is_paused;
}

const struct sink_ops sink_file_ops = {
    .kind = "file",
    .forms = "/var/log/out.log",
    .acts = 0,
    .knows_auth = false,
    .replies = false,
    .error_ns = SINK_FILE_POLL_NS,
    .stamps = "read",
    .check = sink_file_check,
    .create = sink_file_create,
    .open = sink_file_open,
    .close = sink_file_close,
    .destroy = sink_file_destroy,
    .describe = sink_file_describe,
    .pause = sink_file_pause,
    .change = NULL,
};
