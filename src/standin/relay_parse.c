/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the relay's options.
 */
#include "base/units.h"
#include "standin/relay.h"

enum br_err relay_parse_out(struct bytes text, struct relay_out *out_out, struct diag *diag)
{
    static const struct bytes words[] = {
        [RELAY_OUT_WEBHOOK] = BYTES_INIT("webhook"),
        [RELAY_OUT_TCP] = BYTES_INIT("tcp"),
        [RELAY_OUT_FILE] = BYTES_INIT("file"),
    };
    struct bytes where = text;
    struct bytes word = bytes_cut(&where, ':');
    for (size_t i = 0; i < BR_COUNT(words) && where.len > 0; i++) {
        if (!bytes_eq(word, words[i]))
            continue;
        *out_out = (struct relay_out){(enum relay_out_kind)i, where};
        return BR_ERR_NONE;
    }
    return diag_set(diag, BR_ERR_PARSE,
                    "\"%.*s\" is no way out; accepted: webhook:http://127.0.0.1:8080/, "
                    "tcp:127.0.0.1:9000, file:PATH",
                    BYTES_ARG(text));
}

enum br_err relay_parse_delay(struct bytes text, double *out_share, int64_t *out_ns,
                              struct diag *diag)
{
    struct bytes rest = text;
    struct bytes share_text = bytes_cut(&rest, ':');
    double share = 0;
    int64_t ns = 0;
    if (rest.ptr == NULL)
        return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" names no time; accepted: 1/1000:10s",
                        BYTES_ARG(text));
    enum br_err err = units_parse_share(share_text, &share, diag);
    if (err == BR_ERR_NONE)
        err = units_parse_duration(rest, &ns, diag);
    if (err != BR_ERR_NONE)
        return err;
    *out_share = share;
    *out_ns = ns;
    return BR_ERR_NONE;
}

enum br_err relay_parse_damage(struct bytes text, double *out_share, struct bytes *out_field,
                               struct diag *diag)
{
    struct bytes field = text;
    struct bytes share = bytes_cut(&field, ':');
    if (field.ptr != NULL && field.len == 0)
        return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" names no field; accepted: 1/1000:message",
                        BYTES_ARG(text));
    enum br_err err = units_parse_share(share, out_share, diag);
    if (err == BR_ERR_NONE)
        *out_field = field;
    return err;
}
