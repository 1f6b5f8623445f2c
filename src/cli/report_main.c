/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt report FILE`: a result shown again, in any form. Reads in passing: a journal of a day may
 * be large.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "cli/main.h"
#include "cli/term.h"
#include "report/form.h"
#include "report/journal.h"
#include "sys/file_in.h"

enum { REPORT_PIECE = 64 * 1024 };

/* The form whose name is an option that was given; text when none was. */
static enum br_err cli_report_form(const struct cli_options *options, const struct form **out_form,
                                   struct diag *diag)
{
    const struct form *chosen = NULL;
    size_t count;
    const struct form *forms = form_list(&count);
    for (size_t i = 0; i < count; i++) {
        enum cli_option id = cli_option_find(CLI_COMMAND_REPORT, bytes_from_str(forms[i].name));
        if (id == CLI_OPTION_COUNT || !cli_given(options, id))
            continue;
        if (chosen != NULL)
            return diag_set(diag, BR_ERR_CONFIG,
                            "--%s and --%s do not go together: one form at a "
                            "time",
                            chosen->name, forms[i].name);
        chosen = &forms[i];
    }
    *out_form = chosen == NULL ? form_find(BYTES("text")) : chosen;
    return BR_ERR_NONE;
}

static enum br_err cli_report_feed(struct journal_reader *reader, struct file_in *in,
                                   struct diag *diag)
{
    char *piece = mem_alloc(REPORT_PIECE);
    size_t len = 0;
    enum br_err err;
    do {
        err = file_in_read(in, piece, REPORT_PIECE, &len, diag);
        if (err == BR_ERR_NONE && len > 0)
            err = journal_reader_feed(reader, bytes_make(piece, len), diag);
    } while (err == BR_ERR_NONE && len > 0);
    mem_free(piece);
    return err == BR_ERR_NONE ? journal_reader_finish(reader, diag) : err;
}

static enum br_err cli_report_read(const char *path, struct result *result, struct diag *diag)
{
    struct journal_reader reader;
    struct file_in in;
    struct diag why = DIAG_INIT;
    journal_reader_init(&reader, result);
    enum br_err err = file_in_open(&in, path, diag);
    if (err == BR_ERR_NONE) {
        err = cli_report_feed(&reader, &in, &why);
        if (err == BR_ERR_IO)
            (void)diag_set(diag, err, "%s", why.text);
        else if (err != BR_ERR_NONE)
            (void)diag_set(diag, err, "'%s': %s", in.path, why.text);
    }
    file_in_close(&in);
    journal_reader_fini(&reader);
    return err;
}

static enum exit_code cli_report_show(const struct form *form, const struct result *result)
{
    struct cli_term out = cli_term_of(1);
    struct form_options options = cli_term_form(&out);
    struct buf text;
    buf_init(&text, FORM_SIZE_MAX);
    form->render(result, &options, &text);
    bool shown = cli_term_print(&out, buf_bytes(&text));
    buf_fini(&text);
    return shown ? EXIT_CODE_OK : EXIT_CODE_OTHER;
}

enum exit_code cli_report_main(const struct cli_options *options)
{
    struct diag diag = DIAG_INIT;
    const struct form *form = NULL;
    struct result *result = MEM_NEW(struct result);
    enum exit_code code = EXIT_CODE_OK;
    enum br_err err = cli_report_form(options, &form, &diag);
    if (err == BR_ERR_NONE && options->arg_count > 1)
        err = diag_set(&diag, BR_ERR_CONFIG, "one file at a time");
    if (err == BR_ERR_NONE) {
        err = cli_report_read(options->args[0].ptr, result, &diag);
        if (err == BR_ERR_NONE)
            code = cli_report_show(form, result);
        result_fini(result);
    }
    mem_free(result);
    if (err != BR_ERR_NONE) {
        cli_complain("report", diag.text);
        code = cli_exit_of(err);
    }
    return code;
}
