/* SPDX-License-Identifier: Apache-2.0
 *
 * `brunt standin relay`: its options, read.
 */
#include "standin/relay.h"

#include "cli/standin.h"
#include "sys/self.h"

static enum br_err cli_relay_count(const struct cli_options *options, enum cli_option id,
                                   uint64_t least, uint64_t most, uint64_t *out_count,
                                   struct diag *diag)
{
    uint64_t count = cli_count(options, id);
    if (count < least || count > most)
        return diag_set(diag, BR_ERR_CONFIG, "--%s: %llu to %llu are accepted",
                        cli_option_rows[id].name, (unsigned long long)least,
                        (unsigned long long)most);
    *out_count = count;
    return BR_ERR_NONE;
}

static enum br_err cli_relay_counts(const struct cli_options *options,
                                    struct standin_relay_config *config, struct diag *diag)
{
    uint64_t workers, batch, out_batch, retries;
    enum br_err err =
        cli_relay_count(options, CLI_RELAY_WORKERS, 1, RELAY_WORKERS_MAX, &workers, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_count(options, CLI_RELAY_BATCH, 1, RELAY_BATCH_MAX, &batch, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_count(options, CLI_RELAY_OUT_BATCH, 1, RELAY_BATCH_MAX, &out_batch, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_count(options, CLI_RELAY_RETRIES, 0, UINT32_MAX - 1, &retries, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_count(options, CLI_RELAY_QUEUE_MAX, 1, UINT64_MAX / 2, &config->queue_max,
                              diag);
    if (err != BR_ERR_NONE)
        return err;
    config->workers = (uint32_t)workers;
    config->batch = (uint32_t)batch;
    config->out_batch = (uint32_t)out_batch;
    config->retries = (uint32_t)retries;
    return BR_ERR_NONE;
}

static enum br_err cli_relay_places(const struct cli_options *options,
                                    struct standin_relay_config *config, struct diag *diag)
{
    struct diag why = DIAG_INIT;
    struct bytes queue = cli_text(options, CLI_RELAY_QUEUE);
    bool is_memory = bytes_eq(queue, BYTES("memory"));
    enum br_err err = sock_addr_parse(cli_text(options, CLI_RELAY_IN), &config->listen, &why);
    if (err != BR_ERR_NONE)
        return cli_standin_told(CLI_RELAY_IN, err, &why, diag);
    if (!cli_given(options, CLI_RELAY_OUT))
        return diag_set(diag, BR_ERR_CONFIG,
                        "--out is missing; such as --out webhook:http://127.0.0.1:8080/");
    err = relay_parse_out(cli_text(options, CLI_RELAY_OUT), &config->out, &why);
    if (err != BR_ERR_NONE)
        return cli_standin_told(CLI_RELAY_OUT, err, &why, diag);
    if (!is_memory && !bytes_eq(queue, BYTES("store")))
        return diag_set(diag, BR_ERR_CONFIG, "--queue: store and memory are accepted");
    if (is_memory == cli_given(options, CLI_RELAY_STORE))
        return diag_set(diag, BR_ERR_CONFIG, "--store FILE or --queue memory, one of them");
    /* Values are argv's strings: a NUL stands behind them. */
    if (!is_memory)
        config->store_path = cli_text(options, CLI_RELAY_STORE).ptr;
    if (cli_given(options, CLI_RELAY_FAULTS))
        config->faults_path = cli_text(options, CLI_RELAY_FAULTS).ptr;
    if (cli_given(options, CLI_LOG))
        config->log_path = cli_text(options, CLI_LOG).ptr;
    return BR_ERR_NONE;
}

static enum br_err cli_relay_faults(const struct cli_options *options,
                                    struct standin_relay_config *config, struct diag *diag)
{
    struct diag why = DIAG_INIT;
    enum cli_option at = CLI_RELAY_DELAY_ONE;
    enum br_err err = BR_ERR_NONE;
    config->shares[RELAY_LOSE] = cli_share(options, CLI_RELAY_LOSE);
    config->shares[RELAY_DUP] = cli_share(options, CLI_RELAY_DUP);
    config->shares[RELAY_REORDER] = cli_share(options, CLI_RELAY_REORDER);
    if (cli_given(options, CLI_RELAY_DELAY_ONE))
        err = relay_parse_delay(cli_text(options, at), &config->shares[RELAY_DELAY],
                                &config->delay_one_ns, &why);
    if (err == BR_ERR_NONE && cli_given(options, CLI_RELAY_DAMAGE))
        err = relay_parse_damage(cli_text(options, at = CLI_RELAY_DAMAGE),
                                 &config->shares[RELAY_DAMAGE], &config->damage_field, &why);
    if (err == BR_ERR_NONE && cli_given(options, CLI_RELAY_REFUSE))
        err = standin_parse_fail(cli_text(options, at = CLI_RELAY_REFUSE), &config->refuse, &why);
    if (err == BR_ERR_NONE)
        err = dist_parse(cli_text(options, at = CLI_DELAY), &config->delay, &why);
    return cli_standin_told(at, err, &why, diag);
}

enum br_err cli_standin_relay(const struct cli_options *options, struct diag *diag)
{
    struct standin_relay_config config = {
        .flush_ns = cli_duration(options, CLI_RELAY_FLUSH),
        .backoff_ns = cli_duration(options, CLI_RELAY_BACKOFF),
        .timeout_ns = cli_duration(options, CLI_RELAY_TIMEOUT),
        .seed = cli_given(options, CLI_SEED) ? cli_count(options, CLI_SEED) : self_random(),
        .drain = cli_flag(options, CLI_RELAY_DRAIN),
    };
    if (cli_given(options, CLI_SERVE_FOR))
        config.for_ns = cli_duration(options, CLI_SERVE_FOR);
    enum br_err err = cli_relay_counts(options, &config, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_places(options, &config, diag);
    if (err == BR_ERR_NONE)
        err = cli_relay_faults(options, &config, diag);
    return err == BR_ERR_NONE ? standin_relay_run(&config, diag) : err;
}
