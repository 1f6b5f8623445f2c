/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt new [FILE]`: a script to start from, and beside it the shim that lets k6 run it too.
 */
#include "base/buf.h"
#include "cli/main.h"
#include "cli/new_texts.h"
#include "sys/file.h"

enum { NEW_PATH_MAX = 4096, NEW_LINE_MAX = 3 * NEW_PATH_MAX };

static bool cli_new_is_there(const char *path)
{
    char first[2];
    return file_read_small(path, first, sizeof(first)) >= 0;
}

static enum br_err cli_new_put(const char *path, bool replaces, struct bytes text,
                               struct diag *diag)
{
    if (!replaces && cli_new_is_there(path))
        return diag_set(diag, BR_ERR_CONFIG, "%s is there already; --force replaces it", path);
    return file_put(path, text, diag);
}

/* brunt.js, in the folder of the script. */
static enum br_err cli_new_shim_path(struct bytes script, struct buf *out, struct diag *diag)
{
    size_t folder = script.len;
    while (folder > 0 && script.ptr[folder - 1] != '/')
        folder--;
    enum br_err err = buf_append(out, bytes_make(script.ptr, folder));
    err = err ? err : buf_append(out, BYTES("brunt.js"));
    return err ? diag_set(diag, err, "the name of the file is too long") : BR_ERR_NONE;
}

static enum br_err cli_new_write(const struct cli_options *options, struct buf *said,
                                 struct diag *diag)
{
    const char *script = options->arg_count > 0 ? options->args[0].ptr : "script.js";
    bool replaces = cli_flag(options, CLI_FORCE);
    struct bytes text = bytes_make((const char *)cli_new_script, cli_new_script_size);
    struct buf shim;
    buf_init(&shim, NEW_PATH_MAX);
    enum br_err err = cli_new_shim_path(bytes_from_str(script), &shim, diag);
    if (!err)
        err = cli_new_put(script, replaces, text, diag);
    /* A shim that is there is one of another script's, and as good. */
    if (!err && (replaces || !cli_new_is_there(buf_cstr(&shim))))
        err = file_put(buf_cstr(&shim), bytes_make((const char *)cli_new_shim, cli_new_shim_size),
                       diag);
    if (!err)
        buf_putf(said, "%s and %s: change what is marked in the script, then\n    brunt run %s\n",
                 script, buf_cstr(&shim), script);
    buf_fini(&shim);
    return err;
}

enum exit_code cli_new_main(const struct cli_options *options)
{
    struct diag diag = DIAG_INIT;
    struct buf said;
    buf_init(&said, NEW_LINE_MAX + NEW_LINE_MAX);
    enum br_err err = BR_ERR_NONE;
    if (options->arg_count > 1)
        err = diag_set(&diag, BR_ERR_CONFIG, "one script at a time");
    err = err ? err : cli_new_write(options, &said, &diag);
    enum exit_code code = EXIT_CODE_OK;
    if (err) {
        cli_complain("new", diag.text);
        code = cli_exit_of(err);
    } else if (!file_print(1, buf_bytes(&said))) {
        code = EXIT_CODE_OTHER;
    }
    buf_fini(&said);
    return code;
}
