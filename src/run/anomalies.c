/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing anomalies.
 */
#include "run/anomalies.h"

#include "base/mem.h"
#include "report/summary.h"
#include "run/follow.h"

enum { ANOMALIES_TEXT_MAX = 1 << 20, ANOMALIES_FLUSH_AT = 1 << 16, ANOMALIES_CARRIED_MAX = 8192 };

enum br_err run_anomalies_open(struct run_anomalies *anomalies, const struct follow *follow,
                               const struct result *result, struct diag *diag)
{
    struct bytes path = follow->plan->events.anomalies_path;
    *anomalies = (struct run_anomalies){.file = {.fd = -1}};
    if (path.len == 0)
        return BR_ERR_NONE;
    char *name = mem_copy_str(path);
    enum br_err err = file_out_open(&anomalies->file, name, FILE_REPLACE, diag);
    mem_free(name);
    if (err != BR_ERR_NONE)
        return err;
    anomalies->follow = follow;
    anomalies->result = result;
    buf_init(&anomalies->text, ANOMALIES_TEXT_MAX);
    buf_init(&anomalies->carried, ANOMALIES_CARRIED_MAX);
    return BR_ERR_NONE;
}

void run_anomalies_fini(struct run_anomalies *anomalies)
{
    if (anomalies->follow == NULL)
        return;
    /* After run_anomalies_close it is closed; before, nobody is left to be told. */
    enum br_err err = file_out_close(&anomalies->file);
    (void)err;
    buf_fini(&anomalies->text);
    buf_fini(&anomalies->carried);
    *anomalies = (struct run_anomalies){.file = {.fd = -1}};
}

static uint64_t anomalies_lines(struct bytes text)
{
    uint64_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

void run_anomalies_flush(struct run_anomalies *anomalies)
{
    if (anomalies->follow == NULL || anomalies->text.len == 0)
        return;
    if (file_out_write(&anomalies->file, buf_bytes(&anomalies->text)) != BR_ERR_NONE) {
        anomalies->missing += anomalies_lines(buf_bytes(&anomalies->text));
        anomalies->saved_errno = anomalies->file.saved_errno;
    }
    buf_clear(&anomalies->text);
}

void run_anomalies_put(struct run_anomalies *anomalies, const struct track_anomaly *anomaly,
                       struct bytes key)
{
    const struct result_events *events = anomalies->result->events;
    const struct result_phase *phase = &anomalies->result->phases[anomaly->phase];
    struct json_writer writer;
    if (anomalies->follow == NULL)
        return;
    buf_clear(&anomalies->carried);
    (void)follow_tell_carried(anomalies->follow, key, anomaly, &anomalies->carried);
    json_writer_init(&writer, &anomalies->text, false);
    json_open_object(&writer);
    json_add_str(&writer, "class", track_anomaly_name(anomaly->kind));
    json_add_str(&writer, "sink", events->sinks[anomaly->sink].name);
    json_add_str(&writer, "phase", phase->name);
    json_add_bool(&writer, "counted", phase->counted);
    if (anomaly->is_taken_back)
        json_add_bool(&writer, "taken_back", true);
    report_put_anomaly(&writer, events, anomaly, key, buf_bytes(&anomalies->carried));
    json_close_object(&writer);
    buf_put(&anomalies->text, BYTES("\n"));
    if (anomalies->text.len >= ANOMALIES_FLUSH_AT)
        run_anomalies_flush(anomalies);
}

void run_anomalies_take(struct run_anomalies *anomalies, struct run_tales *tales)
{
    struct run_tale_batch *batch;
    while ((batch = run_tales_take(tales)) != NULL) {
        for (size_t i = 0; i < batch->count; i++) {
            struct run_tale *tale = &batch->rows[i];
            run_anomalies_put(anomalies, &tale->anomaly,
                              bytes_from_str(tale->key == NULL ? "" : tale->key));
            mem_free(tale->key);
        }
        run_tales_return(tales, batch);
    }
}

void run_anomalies_close(struct run_anomalies *anomalies, struct result *result)
{
    if (anomalies->follow == NULL)
        return;
    struct bytes path = anomalies->follow->plan->events.anomalies_path;
    run_anomalies_flush(anomalies);
    if (file_out_close(&anomalies->file) != BR_ERR_NONE && anomalies->saved_errno == 0)
        anomalies->saved_errno = anomalies->file.saved_errno;
    if (anomalies->saved_errno != 0) {
        struct diag diag = DIAG_INIT;
        (void)diag_set_errno(&diag, BR_ERR_IO, anomalies->saved_errno,
                             "%.*s is not complete, it could not be written", BYTES_ARG(path));
        result_note(result, "anomalies_file", diag.text);
    } else if (anomalies->missing > 0) {
        result_add_reason(result, VERDICT_NONE, "anomalies_file",
                          "%s lines are missing in %.*s: more went wrong in a moment than could be "
                          "written",
                          fmt_count(anomalies->missing).str, BYTES_ARG(path));
    }
}
