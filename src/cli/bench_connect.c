/* SPDX-License-Identifier: Apache-2.0
 *
 * Who we are and where we connect to. Tokens and passwords become headers like any other, so
 * placeholders in them are replaced; command_text.c keeps them out of results.
 */
#include "base/mem.h"
#include "cli/bench_plan.h"
#include "sys/file.h"
#include "sys/sock.h"
#include "wire/base64.h"

enum { CONNECT_SECRET_MAX = 64 * 1024, CONNECT_LINE_MAX = 256 * 1024 };

/* The value, or what the file holds that it names by @FILE. */
static enum br_err cli_read_secret(const struct cli_options *options, enum cli_option id,
                                   struct plan *plan, struct bytes *out_text, struct diag *diag)
{
    struct bytes text = cli_text(options, id);
    struct buf content;
    enum br_err err = BR_ERR_NONE;
    buf_init(&content, CONNECT_SECRET_MAX);
    if (text.len > 0 && text.ptr[0] == '@') {
        err = file_read_all(text.ptr + 1, &content, diag);
        text = bytes_trim(buf_bytes(&content));
    }
    if (err == BR_ERR_NONE && text.len == 0)
        err = diag_set(diag, BR_ERR_CONFIG, "--%s is empty", cli_option_rows[id].name);
    if (err == BR_ERR_NONE)
        *out_text = plan_copy(plan, text);
    buf_fini(&content);
    return err;
}

static enum br_err cli_add_authorization(struct plan *plan, const char *scheme, struct bytes value,
                                         struct diag *diag)
{
    struct buf line;
    if (plan_find_header(&plan->request, BYTES("authorization")) != NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "a request has one authorization: --header has one already");
    buf_init(&line, CONNECT_LINE_MAX);
    buf_putf(&line, "authorization: %s ", scheme);
    buf_put(&line, value);
    enum br_err err = plan_add_header(plan, buf_bytes(&line), diag);
    buf_fini(&line);
    return err;
}

static enum br_err cli_read_basic(const struct cli_options *options, struct plan *plan,
                                  struct diag *diag)
{
    struct bytes pair = BYTES_NONE;
    enum br_err err = cli_read_secret(options, CLI_BASIC, plan, &pair, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (bytes_find(pair, ':') == pair.len)
        return diag_set(diag, BR_ERR_CONFIG, "--basic: accepted is USER:PASSWORD");
    size_t size = base64_size(pair.len);
    char *text = mem_alloc(size);
    base64_encode(pair, text);
    err = cli_add_authorization(plan, "Basic", bytes_make(text, size), diag);
    mem_free(text);
    return err;
}

/* All in one header, as browsers send them (RFC 6265 5.4). */
static enum br_err cli_read_cookies(const struct cli_options *options, struct plan *plan,
                                    struct diag *diag)
{
    const struct cli_values *cookies = cli_all(options, CLI_COOKIE);
    struct buf line;
    enum br_err err = BR_ERR_NONE;
    buf_init(&line, CONNECT_LINE_MAX);
    buf_put_str(&line, "cookie: ");
    for (size_t i = 0; i < cookies->count && err == BR_ERR_NONE; i++) {
        struct bytes text = cookies->values[i].text;
        size_t name = bytes_find(text, '=');
        if (name == 0 || name == text.len)
            err = diag_set(diag, BR_ERR_CONFIG, "--cookie: \"%.*s\" is not NAME=VALUE",
                           BYTES_ARG(text));
        buf_putf(&line, "%s%.*s", i == 0 ? "" : "; ", BYTES_ARG(text));
    }
    if (err == BR_ERR_NONE && cookies->count > 0)
        err = plan_add_header(plan, buf_bytes(&line), diag);
    buf_fini(&line);
    return err;
}

static enum br_err cli_read_resolve(struct bytes text, struct plan *plan, struct diag *diag)
{
    struct bytes address = text;
    struct bytes host = bytes_cut(&address, ':');
    struct sock_addr addr;
    size_t found = 0;
    if (address.len > 1 && address.ptr[0] == '[' && address.ptr[address.len - 1] == ']')
        address = bytes_make(address.ptr + 1, address.len - 2);
    if (host.len == 0 || address.ptr == NULL || !sock_addr_from_ip(address, 1, &addr))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--resolve: \"%.*s\" is not HOST:ADDR; accepted: shop.example:127.0.0.1, "
                        "shop.example:[::1]",
                        BYTES_ARG(text));
    for (size_t i = 0; i < plan->target_count; i++) {
        if (!bytes_eq_nocase(plan->targets[i].host, host))
            continue;
        plan->targets[i].address = plan_copy(plan, address);
        found++;
    }
    if (found == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--resolve: no URL has the host %.*s",
                        BYTES_ARG(host));
    return BR_ERR_NONE;
}

static enum br_err cli_read_places(const struct cli_options *options, struct plan *plan,
                                   struct diag *diag)
{
    const struct cli_values *resolves = cli_all(options, CLI_RESOLVE);
    struct bytes path = cli_text(options, CLI_UNIX);
    struct sock_addr addr;
    if (cli_given(options, CLI_UNIX) && !sock_addr_from_path(path, &addr))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--unix: \"%.*s\" cannot be the path of a socket: at most 107 bytes",
                        BYTES_ARG(path));
    for (size_t i = 0; i < plan->target_count && path.len > 0; i++)
        plan->targets[i].unix_path = plan_copy(plan, path);
    for (size_t i = 0; i < resolves->count; i++) {
        enum br_err err = cli_read_resolve(resolves->values[i].text, plan, diag);
        if (err != BR_ERR_NONE)
            return err;
    }
    return BR_ERR_NONE;
}

static enum br_err cli_read_certificates(const struct cli_options *options, struct plan *plan,
                                         struct diag *diag)
{
    static const enum cli_option of_tls[] = {CLI_CACERT, CLI_CERT, CLI_KEY, CLI_TLS_RESUME};
    bool tls = false;
    for (size_t i = 0; i < plan->target_count; i++)
        tls = tls || plan->targets[i].tls;
    for (size_t i = 0; i < BR_COUNT(of_tls); i++) {
        if (cli_given(options, of_tls[i]) && !tls)
            return diag_set(diag, BR_ERR_CONFIG, "--%s is for https, and no URL is",
                            cli_option_rows[of_tls[i]].name);
    }
    if (cli_given(options, CLI_KEY) && !cli_given(options, CLI_CERT))
        return diag_set(diag, BR_ERR_CONFIG, "--key is the key of --cert, which is not given");
    plan->tls_resume = cli_flag(options, CLI_TLS_RESUME);
    plan->cert_file = plan_copy(plan, cli_text(options, CLI_CERT));
    plan->key_file =
        plan_copy(plan, cli_text(options, cli_given(options, CLI_KEY) ? CLI_KEY : CLI_CERT));
    return BR_ERR_NONE;
}

enum br_err cli_read_connect(const struct cli_options *options, struct plan *plan,
                             struct diag *diag)
{
    struct bytes token = BYTES_NONE;
    enum br_err err = BR_ERR_NONE;
    if (cli_given(options, CLI_BEARER)) {
        err = cli_read_secret(options, CLI_BEARER, plan, &token, diag);
        if (err == BR_ERR_NONE)
            err = cli_add_authorization(plan, "Bearer", token, diag);
    }
    if (err == BR_ERR_NONE && cli_given(options, CLI_BASIC))
        err = cli_read_basic(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_cookies(options, plan, diag);
    if (err == BR_ERR_NONE)
        err = cli_read_places(options, plan, diag);
    return err == BR_ERR_NONE ? cli_read_certificates(options, plan, diag) : err;
}
