/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of samples: what is formatted is buffered, perhaps compressed, and written in large pieces.
 */
#include "live/out.h"

#include <zlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/nearest.h"
#include "live/out_inner.h"
#include "sys/file.h"

enum { OUT_FLUSH_SIZE = 64 * 1024, OUT_GZIP_BITS = 15 + 16, OUT_STDOUT = 1 };

enum out_kind { OUT_JSON, OUT_CSV, OUT_KIND_COUNT };

struct out {
    struct out_env env;
    enum out_kind kind;
    enum out_time time_format;
    char *path;
    bool to_stdout;
    bool has_gzip;
    bool failed;
    struct file_out file;
    z_stream gzip;
    struct buf text;
    struct buf packed;
    bool *defined; /* JSON: metrics whose definition is written */
    uint64_t lost;
    uint64_t pending; /* samples in the buffer */
};

static const char *const out_names[OUT_KIND_COUNT] = {[OUT_JSON] = "json", [OUT_CSV] = "csv"};

/* ---- writing ---- */

static void out_send(struct out *out, struct bytes bytes)
{
    if (out->failed || bytes.len == 0)
        return;
    out->failed = out->to_stdout ? !file_print(OUT_STDOUT, bytes)
                                 : file_out_write(&out->file, bytes) != BR_ERR_NONE;
}

/* Through the compressor; `flush` as deflate has it. */
static void out_pack(struct out *out, int flush)
{
    struct bytes text = buf_bytes(&out->text);
    /* zlib does not write to its input, but its type does not say so. */
    out->gzip.next_in = (Bytef *)(void *)out->text.data;
    out->gzip.avail_in = (uInt)text.len;
    do {
        buf_clear(&out->packed);
        enum br_err err = buf_reserve(&out->packed, OUT_FLUSH_SIZE);
        MUST(err == BR_ERR_NONE);
        out->gzip.next_out = (Bytef *)(void *)out->packed.data;
        out->gzip.avail_out = OUT_FLUSH_SIZE;
        (void)deflate(&out->gzip, flush);
        out_send(out, bytes_make(out->packed.data, OUT_FLUSH_SIZE - out->gzip.avail_out));
    } while (out->gzip.avail_out == 0 && !out->failed);
}

void out_flush(struct out *out)
{
    if (out->text.len == 0)
        return;
    if (out->has_gzip)
        out_pack(out, Z_NO_FLUSH);
    else
        out_send(out, buf_bytes(&out->text));
    if (out->failed)
        out->lost += out->pending;
    out->pending = 0;
    buf_clear(&out->text);
}

static void out_put_sample(struct out *out, const struct sample *sample)
{
    if (out->kind == OUT_CSV) {
        out_csv_sample(&out->env, sample, out->time_format, &out->text);
        return;
    }
    if (!out->defined[sample->metric])
        out_json_metric(&out->env, sample->metric, &out->text);
    out->defined[sample->metric] = true;
    out_json_sample(&out->env, sample, &out->text);
}

void out_write(struct out *out, const struct sample_batch *batch)
{
    if (out->failed) {
        out->lost += batch->count;
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        out_put_sample(out, &batch->samples[i]);
        out->pending++;
        if (out->text.len >= OUT_FLUSH_SIZE)
            out_flush(out);
    }
}

void out_pump(struct out *const *outs, size_t count, struct sample_pipe *pipe)
{
    struct sample_batch *batch;
    while ((batch = sample_take(pipe)) != NULL) {
        for (size_t i = 0; i < count; i++)
            out_write(outs[i], batch);
        sample_return(pipe, batch);
    }
}

uint64_t out_lost(const struct out *out)
{
    return out->lost;
}

/* ---- life ---- */

static enum br_err out_read_kind(struct bytes name, struct out *out, struct diag *diag)
{
    struct nearest nearest = {.word = name};
    for (int i = 0; i < OUT_KIND_COUNT; i++) {
        nearest_offer(&nearest, out_names[i]);
        if (bytes_eq(name, bytes_from_str(out_names[i]))) {
            out->kind = (enum out_kind)i;
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG,
                    "there is no output '%.*s'; there are json=FILE and csv=FILE%s",
                    BYTES_ARG(name), nearest.best == NULL ? "" : " with these very names");
}

/* "timeFormat=rfc3339&saveInterval=2s": the interval is ours to choose. */
static enum br_err out_read_options(struct bytes text, struct out *out, struct diag *diag)
{
    static const char *const formats[] = {"unix",      "unix_milli", "unix_micro",
                                          "unix_nano", "rfc3339",    "rfc3339_nano"};
    while (text.len > 0) {
        struct bytes value = bytes_cut(&text, '&');
        struct bytes key = bytes_cut(&value, '=');
        size_t at = 0;
        if (bytes_eq(key, BYTES("saveInterval")))
            continue;
        if (!bytes_eq(key, BYTES("timeFormat")) || out->kind != OUT_CSV)
            return diag_set(diag, BR_ERR_CONFIG,
                            "output %s has no option '%.*s'; csv has timeFormat and saveInterval",
                            out_names[out->kind], BYTES_ARG(key));
        while (at < BR_COUNT(formats) && !bytes_eq(value, bytes_from_str(formats[at])))
            at++;
        if (at == BR_COUNT(formats))
            return diag_set(diag, BR_ERR_CONFIG,
                            "timeFormat '%.*s' is none of unix, unix_milli, unix_micro, unix_nano, "
                            "rfc3339, rfc3339_nano",
                            BYTES_ARG(value));
        out->time_format = (enum out_time)at;
    }
    return BR_ERR_NONE;
}

static enum br_err out_open(struct bytes text, struct out *out, struct diag *diag)
{
    struct bytes options = text;
    enum br_err err = out_read_kind(bytes_cut(&options, '='), out, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct bytes path = bytes_cut(&options, '?');
    if (path.len == 0 && out->kind == OUT_CSV)
        path = BYTES("file.csv");
    out->to_stdout = path.len == 0 || bytes_eq(path, BYTES("-"));
    out->path = mem_copy_str(path);
    err = out_read_options(options, out, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (!out->to_stdout)
        err = file_out_open(&out->file, out->path, FILE_REPLACE, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (path.len > 3 && bytes_eq(bytes_skip(path, path.len - 3), BYTES(".gz"))) {
        int code = deflateInit2(&out->gzip, Z_BEST_SPEED, Z_DEFLATED, OUT_GZIP_BITS, 8,
                                Z_DEFAULT_STRATEGY);
        MUST(code == Z_OK);
        out->has_gzip = true;
    }
    return BR_ERR_NONE;
}

static void out_destroy(struct out *out)
{
    if (out->has_gzip)
        (void)deflateEnd(&out->gzip);
    buf_fini(&out->text);
    buf_fini(&out->packed);
    mem_free(out->defined);
    mem_free(out->path);
    mem_free(out);
}

enum br_err out_create(struct bytes text, const struct out_env *env, struct out **out_out,
                       struct diag *diag)
{
    struct out *out = MEM_NEW(struct out);
    out->env = *env;
    out->file.fd = -1;
    buf_init(&out->text, SIZE_MAX / 2);
    buf_init(&out->packed, SIZE_MAX / 2);
    out->defined = mem_zalloc((size_t)env->registry->metric_count, sizeof(out->defined[0]));
    enum br_err err = out_open(text, out, diag);
    if (err != BR_ERR_NONE) {
        out_destroy(out);
        return err;
    }
    if (out->kind == OUT_CSV)
        out_csv_head(env, &out->text);
    *out_out = out;
    return BR_ERR_NONE;
}

enum br_err out_close(struct out **out_ptr, struct diag *diag)
{
    struct out *out = *out_ptr;
    enum br_err err = BR_ERR_NONE;
    if (out == NULL)
        return err;
    out_flush(out);
    if (out->has_gzip)
        out_pack(out, Z_FINISH);
    if (!out->to_stdout && file_out_close(&out->file) != BR_ERR_NONE)
        out->failed = true;
    if (out->failed)
        err = diag_set_errno(
            diag, BR_ERR_IO, out->file.saved_errno, "%llu samples could not be written to %s",
            (unsigned long long)out->lost, out->to_stdout ? "standard output" : out->path);
    out_destroy(out);
    *out_ptr = NULL;
    return err;
}
