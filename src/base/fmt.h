/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers for people. Each function returns its text by value, so that it can stand among the
 * arguments of a printf: buf_putf(buf, "%s", fmt_count(n).str). Where a value was asked for, it is
 * written exactly (fmt_interval, fmt_rate_exact, fmt_bytes_exact); but for the separators of
 * thousands units.h reads it back.
 */
#ifndef BR_BASE_FMT_H
#define BR_BASE_FMT_H

#include <stdint.h>

#include "base/bytes.h"

enum { FMT_TEXT_SIZE = 56 };

/* NUL-terminated. */
struct fmt_text {
    char str[FMT_TEXT_SIZE];
};

/* Whether the micro sign may be written: FMT_ASCII says "us". */
enum fmt_charset { FMT_ASCII, FMT_UTF8 };

/* A measured time, three significant digits: "45.6 us", "1.23 ms", "12.0 s", "2m05s" from 100 s on,
 * "3h07m" from 100 minutes on. Whole below 1 us. NaN is "-". */
struct fmt_text fmt_duration(double ns, enum fmt_charset charset);
/* A time that was asked for, exactly: "1m30s", "500ms", "1.5s", "0s". */
struct fmt_text fmt_interval(int64_t ns);
/* A time as Go writes it: "0s", "1.5s", "10m0s", "1h2m3s", "500ms", "1.5µs". What k6 prints. */
struct fmt_text fmt_duration_go(int64_t ns);
/* "12,345,678" */
struct fmt_text fmt_count(uint64_t count);
/* "999", "12.3k", "1.23M", "4.00G": three significant digits from 10,000 on. */
struct fmt_text fmt_count_short(uint64_t count);
/* "5,000/s", "2.33/s", "0.0120/s": three significant digits below 1,000. NaN is "-". */
struct fmt_text fmt_rate(double per_sec);
/* A rate that was asked for, exactly: "5,000/s", "2.5/s", "7/3s", "1/h". */
struct fmt_text fmt_rate_exact(uint64_t count, int64_t per_ns);
/* "512 B", "1.2 MiB", "340 GiB". */
struct fmt_text fmt_bytes(double bytes);
/* A size that was asked for, exactly: "64KiB", "10MB", "512". */
struct fmt_text fmt_bytes_exact(uint64_t bytes);
/* A share of 1: "0 %", "0.120 %", "12.3 %", "100 %". Never rounded to 0 or 100 % when it is not:
 * "<0.001 %", ">99.99 %". NaN is "-". */
struct fmt_text fmt_share(double share);
/* Three significant digits, thousands separated, no exponent up to 1e15: "0.00123", "1,234". */
struct fmt_text fmt_number(double number);

/* Columns a text takes on a terminal: UTF-8 code points (all of ours are one column wide). */
int fmt_width(struct bytes text);

#endif
