/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of echo's options, and when a stall lets a reply go.
 */
#include "base/units.h"
#include "standin/echo.h"

enum { STANDIN_BURST_NS = 100 * 1000 * 1000 };

enum br_err standin_parse_fail(struct bytes text, struct standin_fail *out_fail, struct diag *diag)
{
    struct standin_fail fail;
    struct bytes rest = text;
    struct bytes share = bytes_cut(&rest, ':');
    uint64_t status = 0;
    if (rest.ptr == NULL)
        return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" names no status; accepted: 1%%:503",
                        BYTES_ARG(text));
    enum br_err err = units_parse_share(share, &fail.share, diag);
    if (err == BR_ERR_NONE)
        err = units_parse_count(rest, &status, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (status < 200 || status > 999)
        return diag_set(diag, BR_ERR_PARSE,
                        "\"%.*s\" has a status outside 200 to 999; accepted: 1%%:503",
                        BYTES_ARG(text));
    fail.status = (uint16_t)status;
    *out_fail = fail;
    return BR_ERR_NONE;
}

/* The next word, blanks around it dropped; len 0 at the end. */
static struct bytes standin_next_word(struct bytes *rest)
{
    *rest = bytes_trim(*rest);
    return bytes_cut(rest, ' ');
}

enum br_err standin_parse_stall(struct bytes text, struct standin_stall *out_stall,
                                struct diag *diag)
{
    struct standin_stall stall;
    struct bytes rest = text;
    bool is_every = bytes_eq(standin_next_word(&rest), BYTES("every"));
    struct bytes every = standin_next_word(&rest);
    bool is_for = bytes_eq(standin_next_word(&rest), BYTES("for"));
    struct bytes length = standin_next_word(&rest);
    if (!is_every || !is_for || bytes_trim(rest).len > 0)
        return diag_set(diag, BR_ERR_PARSE, "\"%.*s\" is no stall; accepted: every 10s for 1s",
                        BYTES_ARG(text));
    enum br_err err = units_parse_duration(every, &stall.every_ns, diag);
    if (err == BR_ERR_NONE)
        err = units_parse_duration(length, &stall.for_ns, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (stall.every_ns == 0 || stall.for_ns >= stall.every_ns)
        return diag_set(diag, BR_ERR_PARSE,
                        "\"%.*s\" leaves no time between; accepted: every 10s for 1s",
                        BYTES_ARG(text));
    *out_stall = stall;
    return BR_ERR_NONE;
}

bool standin_limit_admits(const struct standin_echo_config *config, int64_t now_ns, int64_t *tat_ns)
{
    int64_t gap_ns = config->rate_per_ns / (int64_t)config->rate_count;
    int64_t from_ns = *tat_ns > now_ns ? *tat_ns : now_ns;
    if (from_ns - now_ns > STANDIN_BURST_NS)
        return false;
    *tat_ns = from_ns + gap_ns;
    return true;
}

int64_t standin_stall_shift(const struct standin_stall *stall, int64_t start_ns, int64_t due_ns)
{
    int64_t since_ns = due_ns - start_ns;
    if (stall->every_ns == 0 || since_ns < stall->every_ns)
        return due_ns;
    int64_t phase_ns = since_ns % stall->every_ns;
    return phase_ns < stall->for_ns ? due_ns + stall->for_ns - phase_ns : due_ns;
}
