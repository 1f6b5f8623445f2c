/* SPDX-License-Identifier: Apache-2.0
 *
 * What sinks received, written down.
 */
#include "run/save.h"

static enum br_err run_save_open_one(struct file_out *out, const struct plan_sink *sink,
                                     struct diag *diag)
{
    struct buf path;
    enum br_err err = file_make_folder(sink->save_dir.ptr, diag);
    if (err != BR_ERR_NONE)
        return err;
    buf_init(&path, sink->save_dir.len + PLAN_SINK_NAME_MAX + 16);
    buf_putf(&path, "%.*s/%.*s.jsonl", BYTES_ARG(sink->save_dir), BYTES_ARG(sink->name));
    err = file_out_open(out, buf_cstr(&path), FILE_APPEND, diag);
    buf_fini(&path);
    return err;
}

enum br_err run_save_open(struct run_save *save, const struct plan_sinks *sinks, struct diag *diag)
{
    *save = (struct run_save){.count = (int)sinks->count};
    for (int i = 0; i < save->count; i++)
        save->files[i].fd = -1;
    for (int i = 0; i < save->count; i++) {
        if (sinks->sinks[i].save_dir.len == 0)
            continue;
        enum br_err err = run_save_open_one(&save->files[i], &sinks->sinks[i], diag);
        if (err != BR_ERR_NONE) {
            (void)run_save_close(save);
            return err;
        }
    }
    return BR_ERR_NONE;
}

void run_save_take(struct run_save *save, struct sink_host *host)
{
    struct sink_text *text;
    while ((text = sink_host_take_text(host)) != NULL) {
        if (file_out_write(&save->files[text->sink], buf_bytes(&text->text)) != BR_ERR_NONE)
            save->has_failed = true;
        sink_host_return_text(host, text);
    }
}

bool run_save_close(struct run_save *save)
{
    for (int i = 0; i < save->count; i++) {
        if (file_out_close(&save->files[i]) != BR_ERR_NONE)
            save->has_failed = true;
    }
    return !save->has_failed;
}
