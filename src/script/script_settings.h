/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of a script that its VUs look at while they run; k6's names, meanings and defaults.
 * Completed before the first iteration, never changed by it.
 */
#ifndef BR_SCRIPT_SCRIPT_SETTINGS_H
#define BR_SCRIPT_SCRIPT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "conn/name.h"
#include "conn/tls.h"
#include "plan/plan_scenario.h"

struct json;

/* "host" or "host:port" to "ip" or "ip:port"; a leading "*." or "*" stands for anything. */
struct script_host {
    struct bytes pattern;
    struct bytes target;
};

/* A certificate of ours for servers of these names (none: all). */
struct script_tls_auth {
    struct bytes *domains;
    size_t domain_count;
    struct bytes cert; /* PEM */
    struct bytes key;
};

enum script_dns_select { SCRIPT_DNS_RANDOM, SCRIPT_DNS_FIRST, SCRIPT_DNS_ROUND_ROBIN };

struct script_settings {
    struct arena arena; /* of the texts */

    int max_redirects;
    int batch;
    int batch_per_host;
    struct bytes user_agent; /* empty: no header */
    bool insecure;
    bool discard_bodies;
    bool throws;
    bool no_connection_reuse;
    bool no_vu_connection_reuse;
    bool no_cookies_reset;
    bool no_setup;
    bool no_teardown;
    bool debug_http; /* httpDebug: heads */
    bool debug_http_full;
    double rps; /* 0: no limit */
    int64_t setup_timeout_ns;
    int64_t teardown_timeout_ns;
    int64_t min_iteration_ns;
    struct script_host *hosts;
    size_t host_count;
    struct bytes *blocked_hosts;
    size_t blocked_host_count;
    struct bytes *blocked_ips; /* CIDR */
    size_t blocked_ip_count;
    struct plan_pair *tags; /* of the run */
    size_t tag_count;
    uint32_t system_tags; /* bits of enum tag_system */
    enum tls_version tls_min;
    enum tls_version tls_max;
    struct script_tls_auth *tls_auths;
    size_t tls_auth_count;
    int64_t dns_ttl_ns;
    enum name_family dns_family;
    enum script_dns_select dns_select;
    uint64_t vu_memory;        /* bytes of JavaScript's heap */
    struct bytes options_json; /* consolidated, for exec.test.options and `inspect` */
};

/* k6's defaults. */
void script_settings_init(struct script_settings *settings);
void script_settings_fini(struct script_settings *settings);

/* Options as they are given in words, by flags or the environment, become JSON like that of the
 * script's options, so that all layers are read alike. */
enum script_option_kind {
    SCRIPT_OPTION_TEXT,
    SCRIPT_OPTION_BOOL,
    SCRIPT_OPTION_NUMBER,
    SCRIPT_OPTION_LIST,   /* comma-separated */
    SCRIPT_OPTION_PAIRS,  /* "a=b,c=d" to an object */
    SCRIPT_OPTION_STAGES, /* "5s:10,1m:20" */
    SCRIPT_OPTION_JSON,
    SCRIPT_OPTION_DNS, /* "ttl=1m,select=first,policy=any" */
};

struct script_option_row {
    const char *key;
    enum script_option_kind kind;
    const char *env; /* "K6_VUS"; "" when there is none */
};

extern const struct script_option_row script_option_rows[];
extern const size_t script_option_count;

/* Appends the value of the option as JSON; BR_ERR_CONFIG with a sentence. `place` is what the user
 * wrote ("--vus", "K6_VUS"). */
BR_NODISCARD enum br_err script_option_put(const struct script_option_row *row, struct bytes text,
                                           const char *place, struct buf *out, struct diag *diag);

enum { SCRIPT_LAYERS_MAX = 5 };

/* Options in layers, the strongest first; NULL: there is none. Borrowed. */
struct script_layers {
    const struct json *layers[SCRIPT_LAYERS_MAX];
};

/* The member of the strongest layer that has it; NULL: none. */
const struct json *script_layers_get(const struct script_layers *layers, const char *key);

BR_NODISCARD enum br_err script_settings_read(struct script_settings *settings,
                                              const struct script_layers *layers,
                                              struct diag *diag);
/* Is it an option that k6 or brunt knows? *out_near: one that looks like it, or NULL. */
bool script_option_is_known(struct bytes key, const char **out_near);

#endif
