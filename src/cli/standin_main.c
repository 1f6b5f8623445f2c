/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt standin NAME`: a stand-in system under test, in the foreground.
 */
#include "cli/main.h"
#include "cli/standin.h"
#include "standin/echo.h"
#include "sys/self.h"

enum br_err cli_standin_told(enum cli_option id, enum br_err err, const struct diag *why,
                             struct diag *diag)
{
    if (err == BR_ERR_NONE)
        return err;
    return diag_set(diag, BR_ERR_CONFIG, "--%s: %s", cli_option_rows[id].name, why->text);
}

static enum br_err cli_standin_listen(const struct cli_options *options,
                                      struct standin_echo_config *config, struct diag *diag)
{
    const struct cli_values *all = cli_all(options, CLI_LISTEN);
    struct diag why = DIAG_INIT;
    if (all->count > STANDIN_LISTEN_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--listen: at most %d addresses", STANDIN_LISTEN_MAX);
    for (size_t i = 0; i < all->count; i++) {
        enum br_err err =
            sock_addr_parse(all->values[i].text, &config->listen[config->listen_count++], &why);
        if (err != BR_ERR_NONE)
            return cli_standin_told(CLI_LISTEN, err, &why, diag);
    }
    return BR_ERR_NONE;
}

static enum br_err cli_standin_faults(const struct cli_options *options,
                                      struct standin_echo_config *config, struct diag *diag)
{
    const struct cli_values *fails = cli_all(options, CLI_FAIL);
    struct diag why = DIAG_INIT;
    if (fails->count > STANDIN_FAILS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "--fail: at most %d times", STANDIN_FAILS_MAX);
    for (size_t i = 0; i < fails->count; i++) {
        enum br_err err =
            standin_parse_fail(fails->values[i].text, &config->fails[config->fail_count++], &why);
        if (err != BR_ERR_NONE)
            return cli_standin_told(CLI_FAIL, err, &why, diag);
    }
    config->reset_share = cli_share(options, CLI_RESET);
    enum br_err err = dist_parse(cli_text(options, CLI_DELAY), &config->delay, &why);
    if (err != BR_ERR_NONE)
        return cli_standin_told(CLI_DELAY, err, &why, diag);
    if (cli_given(options, CLI_STALL))
        err = standin_parse_stall(cli_text(options, CLI_STALL), &config->stall, &why);
    return cli_standin_told(CLI_STALL, err, &why, diag);
}

static const char *cli_path_or_null(const struct cli_options *options, enum cli_option id)
{
    /* Operands and values are argv's strings: a NUL stands behind them. */
    return cli_given(options, id) ? cli_text(options, id).ptr : NULL;
}

/* Who is let in, and how. */
static enum br_err cli_standin_doors(const struct cli_options *options,
                                     struct standin_echo_config *config, struct diag *diag)
{
    config->bearer = cli_text(options, CLI_SERVE_BEARER);
    if (cli_given(options, CLI_RATE_LIMIT))
        config->rate_count = cli_rate(options, CLI_RATE_LIMIT, &config->rate_per_ns);
    if (cli_given(options, CLI_RATE_LIMIT) && config->rate_count == 0)
        return diag_set(diag, BR_ERR_CONFIG, "--rate-limit must be above 0");
    if (cli_given(options, CLI_CONN_REQUESTS))
        config->requests_max = cli_count(options, CLI_CONN_REQUESTS);
    if (cli_given(options, CLI_CONN_IDLE))
        config->idle_ns = cli_duration(options, CLI_CONN_IDLE);
    if (cli_given(options, CLI_READ_RATE))
        config->read_rate = cli_count(options, CLI_READ_RATE);
    config->tls = cli_flag(options, CLI_SERVE_TLS) || cli_given(options, CLI_SERVE_CERT);
    config->cert_file = cli_path_or_null(options, CLI_SERVE_CERT);
    config->key_file = cli_path_or_null(
        options, cli_given(options, CLI_SERVE_KEY) ? CLI_SERVE_KEY : CLI_SERVE_CERT);
    config->client_ca_file = cli_path_or_null(options, CLI_CLIENT_CACERT);
    config->cert_out_path = cli_path_or_null(options, CLI_CERT_OUT);
    if (config->key_file != NULL && config->cert_file == NULL)
        return diag_set(diag, BR_ERR_CONFIG, "--key is the key of --cert, which is not given");
    if (!config->tls && (config->client_ca_file != NULL || config->cert_out_path != NULL))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--client-cacert and --write-cert are for --tls or --cert");
    return BR_ERR_NONE;
}

static enum br_err cli_standin_config(const struct cli_options *options,
                                      struct standin_echo_config *config, struct diag *diag)
{
    uint64_t status = cli_count(options, CLI_STATUS);
    if (status < 200 || status > 999)
        return diag_set(diag, BR_ERR_CONFIG, "--status: 200 to 999 are accepted");
    config->status = (uint16_t)status;
    config->size = cli_count(options, CLI_SIZE);
    config->seed = cli_given(options, CLI_SEED) ? cli_count(options, CLI_SEED) : self_random();
    config->spin = cli_flag(options, CLI_SERVE_SPIN);
    if (cli_given(options, CLI_SERVE_FOR))
        config->for_ns = cli_duration(options, CLI_SERVE_FOR);
    config->log_path = cli_path_or_null(options, CLI_LOG);
    config->arrivals_path = cli_path_or_null(options, CLI_ARRIVALS);
    enum br_err err = cli_standin_listen(options, config, diag);
    if (err == BR_ERR_NONE)
        err = cli_standin_doors(options, config, diag);
    return err == BR_ERR_NONE ? cli_standin_faults(options, config, diag) : err;
}

/* Options of the one that make no sense for the other. */
static enum br_err cli_standin_belongs(const struct cli_options *options, bool is_relay,
                                       struct diag *diag)
{
    static const enum cli_option of_echo[] = {
        CLI_LISTEN,     CLI_SIZE,          CLI_STATUS,    CLI_FAIL,       CLI_RESET,
        CLI_STALL,      CLI_ARRIVALS,      CLI_READ_RATE, CLI_RATE_LIMIT, CLI_SERVE_BEARER,
        CLI_SERVE_SPIN, CLI_CONN_REQUESTS, CLI_CONN_IDLE, CLI_SERVE_TLS,  CLI_SERVE_CERT,
        CLI_SERVE_KEY,  CLI_CLIENT_CACERT, CLI_CERT_OUT};
    for (size_t i = 0; i < BR_COUNT(of_echo); i++) {
        if (is_relay && cli_given(options, of_echo[i]))
            return diag_set(diag, BR_ERR_CONFIG, "--%s is not for relay",
                            cli_option_rows[of_echo[i]].name);
    }
    for (int id = 0; id < CLI_OPTION_COUNT; id++) {
        if (!is_relay && cli_option_rows[id].group == CLI_GROUP_RELAY &&
            cli_given(options, (enum cli_option)id))
            return diag_set(diag, BR_ERR_CONFIG, "--%s is not for echo", cli_option_rows[id].name);
    }
    return BR_ERR_NONE;
}

static enum br_err cli_standin_echo(const struct cli_options *options, struct diag *diag)
{
    struct standin_echo_config config = {0};
    enum br_err err = cli_standin_config(options, &config, diag);
    return err == BR_ERR_NONE ? standin_echo_run(&config, diag) : err;
}

enum exit_code cli_standin_main(const struct cli_options *options)
{
    struct diag diag = DIAG_INIT;
    enum br_err err;
    bool is_relay = bytes_eq(options->args[0], BYTES("relay"));
    if (options->arg_count > 1)
        err = diag_set(&diag, BR_ERR_CONFIG, "one stand-in at a time");
    else if (!is_relay && !bytes_eq(options->args[0], BYTES("echo")))
        err = diag_set(&diag, BR_ERR_CONFIG, "unknown stand-in %.*s; accepted: echo, relay",
                       BYTES_ARG(options->args[0]));
    else
        err = cli_standin_belongs(options, is_relay, &diag);
    if (err == BR_ERR_NONE)
        err = is_relay ? cli_standin_relay(options, &diag) : cli_standin_echo(options, &diag);
    if (err == BR_ERR_NONE)
        return EXIT_CODE_OK;
    cli_complain("standin", diag.text);
    return cli_exit_of(err);
}
