/* SPDX-License-Identifier: Apache-2.0
 *
 * A file as a source of rows.
 */
#include "drive/row_file.h"

#include "base/mem.h"

static enum br_err drive_rows_read(char *into, size_t size, size_t *out_got, void *context,
                                   struct diag *diag)
{
    return file_in_read(context, into, size, out_got, diag);
}

static enum br_err drive_rows_rewind(void *context, struct diag *diag)
{
    return file_in_rewind(context, diag);
}

enum br_err drive_rows_open(struct drive_rows *rows, const char *path, const struct tmpl_set *set,
                            struct diag *diag)
{
    rows->reader = NULL;
    rows->in.fd = -1;
    enum rows_format format;
    enum br_err err = rows_format_of(bytes_from_str(path), &format, diag);
    if (err == BR_ERR_NONE)
        err = file_in_open(&rows->in, path, diag);
    if (err != BR_ERR_NONE)
        return err;
    size_t count = tmpl_set_row_field_count(set);
    struct bytes *fields = mem_zalloc(count, sizeof(*fields));
    for (size_t i = 0; i < count; i++)
        fields[i] = tmpl_set_row_field(set, i);
    struct rows *parser = rows_create(format, fields, count, path);
    mem_free(fields);
    struct rows_source source = {drive_rows_read, drive_rows_rewind, &rows->in};
    rows->reader = rows_reader_create(&parser, source);
    const struct tmpl_value *row;
    return drive_rows_get(rows, 0, &row, diag);
}

void drive_rows_close(struct drive_rows *rows)
{
    rows_reader_destroy(&rows->reader);
    file_in_close(&rows->in);
}

enum br_err drive_rows_get(struct drive_rows *rows, uint64_t k, const struct tmpl_value **out_row,
                           struct diag *diag)
{
    return rows_reader_get(rows->reader, k, out_row, diag);
}
