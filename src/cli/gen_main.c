/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt gen TEMPLATE`: the records that bench would send, as lines on standard output.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/buf.h"
#include "base/stamp.h"
#include "cli/main.h"
#include "data/batch.h"
#include "drive/row_file.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/self.h"

enum { GEN_LINE_MAX = 256 };

/* What records are made of, beside the template. */
struct gen_context {
    struct tmpl_set *set;
    const struct tmpl *tmpl;
    struct stamp_run run;
    char event[STAMP_SIZE];
    char event_uuid[STAMP_UUID_SIZE];
    bool has_rows;
    struct drive_rows rows;
    struct diag diag; /* of the row that could not be had */
};

/* There is no run whose events these could be: the stamps are those of a run that the seed names,
 * one stream, numbered as the records. */
static void cli_gen_put_event(struct gen_context *gen, struct tmpl_record *record)
{
    struct stamp_id id = {.stream = 0, .seq = record->index & STAMP_SEQ_MAX};
    stamp_emit(&gen->run, id, gen->event);
    stamp_emit_uuid(&gen->run, id, gen->event_uuid);
    record->event = bytes_make(gen->event, STAMP_SIZE);
    record->event_uuid = bytes_make(gen->event_uuid, STAMP_UUID_SIZE);
}

static enum br_err cli_gen_fill(struct tmpl_record *record, void *context)
{
    struct gen_context *gen = context;
    unsigned uses = tmpl_uses(gen->tmpl);
    if ((uses & TMPL_USES_NOW) != 0)
        record->wall_ns = (uint64_t)clock_wall_ns();
    if ((uses & (TMPL_USES_EVENT | TMPL_USES_EVENT_UUID)) != 0)
        cli_gen_put_event(gen, record);
    return gen->has_rows ? drive_rows_get(&gen->rows, record->index, &record->row, &gen->diag)
                         : BR_ERR_NONE;
}

static enum br_err cli_gen_write(struct bytes bytes, void *context BR_UNUSED, struct diag *diag)
{
    if (file_print(1, bytes))
        return BR_ERR_NONE;
    return diag_set_errno(diag, BR_ERR_IO, errno, "cannot write to standard output");
}

static enum br_err cli_gen_compile(struct gen_context *gen, struct bytes arg, struct diag *diag)
{
    struct buf text;
    enum br_err err;
    buf_init(&text, TMPL_SIZE_MAX);
    if (bytes_eq(arg, BYTES("@-")))
        err = file_read_fd(0, "standard input", &text, diag);
    else if (bytes_starts(arg, BYTES("@")))
        err = file_read_all(arg.ptr + 1, &text, diag);
    else
        err = buf_append(&text, arg);
    if (err == BR_ERR_NONE) {
        struct tmpl_spec spec = {.text = buf_bytes(&text),
                                 .form = tmpl_guess_form(buf_bytes(&text)),
                                 .part = 0,
                                 .what = "the template"};
        err = tmpl_set_add(gen->set, &spec, &gen->tmpl, diag);
    }
    buf_fini(&text);
    return err == BR_ERR_NONE ? tmpl_set_seal(gen->set, diag) : err;
}

static enum br_err cli_gen_open_rows(struct gen_context *gen, const struct cli_options *options,
                                     struct diag *diag)
{
    size_t wanted = tmpl_set_row_field_count(gen->set);
    bool given = cli_given(options, CLI_DATA);
    if (wanted > 0 && !given)
        return diag_set(diag, BR_ERR_CONFIG, "{{row.%.*s}} needs rows: --data FILE",
                        BYTES_ARG(tmpl_set_row_field(gen->set, 0)));
    if (wanted == 0 && given)
        return diag_set(diag, BR_ERR_CONFIG, "--data is given, but no {{row.FIELD}} uses it");
    if (!given)
        return BR_ERR_NONE;
    gen->has_rows = true;
    return drive_rows_open(&gen->rows, cli_text(options, CLI_DATA).ptr, gen->set, diag);
}

/* A random one is told, so that the same records can be had again. */
static uint64_t cli_gen_seed(const struct gen_context *gen, const struct cli_options *options)
{
    if (cli_given(options, CLI_SEED))
        return cli_count(options, CLI_SEED);
    uint64_t seed = self_random();
    unsigned random = TMPL_USES_RECORD | TMPL_USES_EVENT | TMPL_USES_EVENT_UUID;
    if ((tmpl_uses(gen->tmpl) & random) != 0) {
        struct buf line;
        buf_init(&line, GEN_LINE_MAX);
        buf_putf(&line, "seed %" PRIu64 "\n", seed);
        (void)file_print(2, buf_bytes(&line));
        buf_fini(&line);
    }
    return seed;
}

static enum br_err cli_gen_run(struct gen_context *gen, const struct cli_options *options,
                               struct diag *diag)
{
    if (options->arg_count > 1)
        return diag_set(diag, BR_ERR_CONFIG, "one template at a time");
    enum br_err err = cli_gen_compile(gen, options->args[0], diag);
    if (err == BR_ERR_NONE)
        err = cli_gen_open_rows(gen, options, diag);
    if (err != BR_ERR_NONE)
        return err;
    struct tmpl_record record = {.seed = cli_gen_seed(gen, options)};
    stamp_run_init(&gen->run, record.seed);
    err =
        batch_write_lines(gen->tmpl, cli_count(options, CLI_FIRST), cli_count(options, CLI_RECORDS),
                          &record, cli_gen_fill, gen, cli_gen_write, NULL, diag);
    if (gen->diag.err != BR_ERR_NONE)
        *diag = gen->diag;
    return err;
}

enum exit_code cli_gen_main(const struct cli_options *options)
{
    struct diag diag = DIAG_INIT;
    struct gen_context gen = {.set = tmpl_set_create()};
    enum br_err err = cli_gen_run(&gen, options, &diag);
    if (gen.has_rows)
        drive_rows_close(&gen.rows);
    tmpl_set_destroy(&gen.set);
    if (err == BR_ERR_NONE)
        return EXIT_CODE_OK;
    cli_complain("gen", diag.text);
    return cli_exit_of(err);
}
