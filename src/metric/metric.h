/* SPDX-License-Identifier: Apache-2.0
 *
 * Named metrics: what a script has and what it defines, and the series that are kept of them. Each
 * metric has one series of all its samples; a threshold on `name{tag:value}` adds one of those that
 * carry the tags. The registry is made and added to by one thread (init code runs there first),
 * then sealed; from then on any thread may read it.
 */
#ifndef BR_METRIC_METRIC_H
#define BR_METRIC_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/map.h"

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_RATE, METRIC_TYPE_TREND };
/* TIME: ms. DATA: bytes. */
enum metric_contains { METRIC_CONTAINS_DEFAULT, METRIC_CONTAINS_TIME, METRIC_CONTAINS_DATA };

/* The ids of those that are always there. */
enum metric_id {
#define METRIC(id, name, type, contains) METRIC_##id,
#include "metric/metric_table.h"
#undef METRIC
    METRIC_BUILTIN_COUNT
};

/* "counter", "time": k6's words, static storage. */
const char *metric_type_name(enum metric_type type);
const char *metric_contains_name(enum metric_contains contains);

struct metric_pair {
    struct bytes key;
    struct bytes value;
};

/* What is kept: the samples of a metric that carry all of `pairs`. */
struct metric_series {
    int metric;
    int sub;             /* number among the series with pairs, from 0; -1: all samples */
    struct bytes name;   /* "http_reqs", "http_reqs{status:200}" as it was asked for */
    struct bytes braces; /* the part between the braces; empty: none */
    struct metric_pair *pairs;
    size_t pair_count;
    int next; /* the next series of the same metric with pairs; -1: none */
};

struct metric {
    int id;
    struct bytes name;
    enum metric_type type;
    enum metric_contains contains;
    bool builtin;
    int series;    /* of all its samples */
    int first_sub; /* its first series with pairs; -1: none */
};

struct metric_registry {
    struct metric *metrics;
    int metric_count;
    struct metric_series *series;
    int series_count;
    int sub_count;
    bool sealed;
    struct map by_name; /* metrics */
    struct arena arena;
};

/* With all built-in metrics, and http_req_duration{expected_response:true}, which k6 always has. */
struct metric_registry *metric_registry_create(void);
void metric_registry_destroy(struct metric_registry **registry);

/* NULL when there is none. */
const struct metric *metric_find(const struct metric_registry *registry, struct bytes name);
static inline const struct metric *metric_at(const struct metric_registry *registry, int id)
{
    return &registry->metrics[id];
}

/* A metric of the script. The same again gives the same one; another type, a bad name (2 to 129 of
 * letters, digits and _, no digit first), or a new one when sealed: BR_ERR_CONFIG. */
BR_NODISCARD enum br_err metric_define(struct metric_registry *registry, struct bytes name,
                                       enum metric_type type, enum metric_contains contains,
                                       int *out_id, struct diag *diag);
/* The series of "name" or "name{key:value,key:value}"; made when it is new and the registry is not
 * sealed. The first colon splits; blanks and quotes around keys and values go. */
BR_NODISCARD enum br_err metric_series_define(struct metric_registry *registry, struct bytes text,
                                              int *out_series, struct diag *diag);
void metric_registry_seal(struct metric_registry *registry);

#endif
