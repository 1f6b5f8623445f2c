/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver of `brunt bench`: HTTP requests to one or several targets.
 */
#ifndef BR_DRIVE_BENCH_HTTP_H
#define BR_DRIVE_BENCH_HTTP_H

#include "load/driver.h"

extern const struct driver_ops drive_bench_http;

#endif
