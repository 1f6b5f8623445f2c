/* SPDX-License-Identifier: Apache-2.0
 *
 * Values with units as people write them, read exactly: no value goes through a double that the
 * run is built on. All of the text must be the value; what is wrong is told with the place and
 * with what would be accepted, for the caller to put the option's name before it. Outputs stay
 * untouched on failure. Written back by fmt.h.
 */
#ifndef BR_BASE_UNITS_H
#define BR_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

#define UNITS_NS_PER_US INT64_C(1000)
#define UNITS_NS_PER_MS INT64_C(1000000)
#define UNITS_NS_PER_SEC INT64_C(1000000000)

/* What is accepted, for help and messages. */
#define UNITS_DURATION_FORMS "30s, 1m30s, 500ms, 1.5h (units d h m s ms us ns)"
#define UNITS_RATE_FORMS "5000/s, 10k/s, 2.5/s, 7/3s, 600/m (a number alone is per second)"
#define UNITS_SIZE_FORMS "512, 64KiB, 10MB (units B kB MB GB TB KiB MiB GiB TiB)"
#define UNITS_COUNT_FORMS "10000, 10k, 1.5M, 2G"
#define UNITS_INTEGER_FORMS "digits, at most 18446744073709551615"
#define UNITS_SHARE_FORMS "1%, 0.1%, 1/1000"
#define UNITS_NUMBER_FORMS "2, 0.5, -1, 1.5e9, 10k"

/* `30s`, `1m30s`, `1.5h`, `100us`; a bare 0 needs no unit; never negative, never finer than 1 ns.
 */
BR_NODISCARD enum br_err units_parse_duration(struct bytes text, int64_t *out_ns,
                                              struct diag *diag);
/* `5000/s` is *out_count in every *out_per_ns, in lowest terms: {1, 200000}; `7/3s` is
 * {7, 3000000000}. Rate zero is {0, UNITS_NS_PER_SEC}. */
BR_NODISCARD enum br_err units_parse_rate(struct bytes text, uint64_t *out_count,
                                          int64_t *out_per_ns, struct diag *diag);
/* Bytes: `512`, `64KiB`, `10MB`; kB, MB … are powers of 1000, KiB, MiB … of 1024. */
BR_NODISCARD enum br_err units_parse_size(struct bytes text, uint64_t *out_bytes,
                                          struct diag *diag);
/* `10000`, `10k`, `1.5M`: a whole number. */
BR_NODISCARD enum br_err units_parse_count(struct bytes text, uint64_t *out_count,
                                           struct diag *diag);
/* Digits alone, all 64 bits: seeds. */
BR_NODISCARD enum br_err units_parse_integer(struct bytes text, uint64_t *out_integer,
                                             struct diag *diag);
/* `1%`, `1/1000`: a share from 0 to 1; a bare 0 needs no unit. */
BR_NODISCARD enum br_err units_parse_share(struct bytes text, double *out_share, struct diag *diag);
/* Any finite number, with sign, exponent or k, M, G. */
BR_NODISCARD enum br_err units_parse_number(struct bytes text, double *out_number,
                                            struct diag *diag);

#endif
