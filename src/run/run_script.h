/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of a script from its file to its exit code: the first look at it, its options in layers,
 * setup, the scenarios, teardown, the summary.
 */
#ifndef BR_RUN_RUN_SCRIPT_H
#define BR_RUN_RUN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/exit.h"

/* An option of the script as the command line says it: key "vus", what was typed, "--vus". */
struct run_script_flag {
    const char *key;
    struct bytes text;
    const char *place;
};

/* Borrowed during the run. */
struct run_script_request {
    const char *path;
    const struct run_script_flag *flags;
    size_t flag_count;
    const struct bytes *env; /* "NAME=value" of -e */
    size_t env_count;
    const struct bytes *outs; /* of --out: "json=FILE" */
    size_t out_count;
    bool system_env; /* __ENV has the process's environment, too */
    bool no_thresholds;
    bool quiet;
    bool verbose;
    bool no_color;
    bool verdict;            /* the exit code is brunt's verdict where k6 has none */
    struct bytes config;     /* a JSON file of options; empty: none */
    struct bytes log_output; /* these as k6's flags; empty: not given */
    struct bytes log_format;
    struct bytes console_output;
    struct bytes summary_mode;
    struct bytes summary_export;
    uint64_t vu_memory; /* bytes of JavaScript's heap for each VU; 0: the default */
    bool inspect;       /* print the options as JSON and run nothing */
    bool inspect_requirements;
    struct bytes cache_folder; /* of modules from URLs; empty: they are fetched anew each time */
};

/* Prints the summary (or what `inspect` says) on standard output, all else on standard error. */
enum exit_code run_script(const struct run_script_request *request);

#endif
