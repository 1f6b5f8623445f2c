/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers for people: rounded first, then fitted to a unit, so that 999.9996 us is "1.00 ms" and
 * not "1000 us".
 */
#include "base/fmt.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/units.h"

enum { FMT_DIGITS_MAX = 24 };

static const struct fmt_text fmt_none = {"-"};

/* Decimals that leave three significant digits of a magnitude below 1,000, as printf will round
 * it: 9.996 is "10.0". More of them below 1. */
static int fmt_decimals(double magnitude)
{
    if (magnitude >= 99.95)
        return 0;
    if (magnitude >= 9.995)
        return 1;
    if (magnitude >= 0.9995)
        return 2;
    if (magnitude >= 0.09995)
        return 3;
    return magnitude >= 0.009995 ? 4 : 5;
}

static struct fmt_text fmt_clock(double sec)
{
    struct fmt_text text;
    uint64_t whole = (uint64_t)llround(fabs(sec));
    const char *sign = sec < 0 ? "-" : "";
    if (whole < 6000)
        (void)snprintf(text.str, sizeof(text.str), "%s%" PRIu64 "m%02" PRIu64 "s", sign, whole / 60,
                       whole % 60);
    else
        (void)snprintf(text.str, sizeof(text.str), "%s%" PRIu64 "h%02" PRIu64 "m", sign,
                       whole / 3600, whole % 3600 / 60);
    return text;
}

struct fmt_text fmt_duration(double ns, enum fmt_charset charset)
{
    const char *const names[] = {"ns", charset == FMT_UTF8 ? "\xc2\xb5s" : "us", "ms", "s"};
    struct fmt_text text;
    if (!isfinite(ns))
        return fmt_none;
    double value = ns;
    size_t unit = 0;
    while (fabs(value) >= 999.5 && unit + 1 < BR_COUNT(names)) {
        value /= 1000.0;
        unit++;
    }
    if (unit + 1 == BR_COUNT(names) && fabs(value) >= 99.95)
        return fabs(value) < 9e15 ? fmt_clock(value) : fmt_none;
    int decimals = unit == 0 ? 0 : fmt_decimals(fabs(value));
    if (unit == 0 && fabs(value) < 0.5)
        value = 0.0; /* no "-0 ns" */
    (void)snprintf(text.str, sizeof(text.str), "%.*f %s", decimals, value, names[unit]);
    return text;
}

struct fmt_text fmt_interval(int64_t ns)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } parts[] = {
        {UINT64_C(86400000000000), "d"},
        {UINT64_C(3600000000000), "h"},
        {UINT64_C(60000000000), "m"},
    };
    static const struct {
        uint64_t ns;
        int decimals;
        const char *name;
    } ends[] = {{UINT64_C(1000000000), 9, "s"}, {1000000, 6, "ms"}, {1000, 3, "us"}, {1, 0, "ns"}};
    struct fmt_text text;
    size_t len = 0;
    uint64_t rest = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;

    if (ns < 0)
        text.str[len++] = '-';
    for (size_t i = 0; i < BR_COUNT(parts); i++) {
        if (rest >= parts[i].ns) {
            len += (size_t)snprintf(text.str + len, sizeof(text.str) - len, "%" PRIu64 "%s",
                                    rest / parts[i].ns, parts[i].name);
            rest %= parts[i].ns;
        }
    }
    if (rest == 0 && len > (ns < 0 ? 1 : 0))
        return text;
    size_t end = 0;
    while (rest > 0 && rest < ends[end].ns)
        end++;
    len +=
        (size_t)snprintf(text.str + len, sizeof(text.str) - len, "%" PRIu64, rest / ends[end].ns);
    if (rest % ends[end].ns != 0) {
        len += (size_t)snprintf(text.str + len, sizeof(text.str) - len, ".%0*" PRIu64,
                                ends[end].decimals, rest % ends[end].ns);
        while (text.str[len - 1] == '0')
            len--;
    }
    (void)snprintf(text.str + len, sizeof(text.str) - len, "%s", ends[end].name);
    return text;
}

struct fmt_text fmt_count(uint64_t count)
{
    struct fmt_text text;
    char digits[FMT_DIGITS_MAX];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    size_t out = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text.str[out++] = ',';
        text.str[out++] = digits[i];
    }
    text.str[out] = '\0';
    return text;
}

struct fmt_text fmt_count_short(uint64_t count)
{
    static const char *const names[] = {"", "k", "M", "G", "T", "P", "E"};
    struct fmt_text text;
    if (count < 10000)
        return fmt_count(count);
    double value = (double)count;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < BR_COUNT(names)) {
        value /= 1000.0;
        unit++;
    }
    (void)snprintf(text.str, sizeof(text.str), "%.*f%s", fmt_decimals(value), value, names[unit]);
    return text;
}

struct fmt_text fmt_number(double number)
{
    struct fmt_text text;
    double magnitude = fabs(number);
    if (!isfinite(number))
        return fmt_none;
    if (number == 0.0)
        number = 0.0; /* no "-0" */
    if (magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 0.0009995)) {
        (void)snprintf(text.str, sizeof(text.str), "%.3g", number);
    } else if (magnitude >= 999.5) {
        struct fmt_text count = fmt_count((uint64_t)llround(magnitude));
        (void)snprintf(text.str, sizeof(text.str), "%s%.30s", number < 0 ? "-" : "", count.str);
    } else {
        bool whole = number == floor(number);
        (void)snprintf(text.str, sizeof(text.str), "%.*f", whole ? 0 : fmt_decimals(magnitude),
                       number);
    }
    return text;
}

struct fmt_text fmt_rate(double per_sec)
{
    struct fmt_text number = fmt_number(per_sec);
    struct fmt_text text;
    if (!isfinite(per_sec))
        return fmt_none;
    (void)snprintf(text.str, sizeof(text.str), "%.36s/s", number.str);
    return text;
}

/* Not above 2^63 for any two of ours: a is at most a second. */
static uint64_t fmt_gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct fmt_text fmt_rate_exact(uint64_t count, int64_t per_ns)
{
    struct fmt_text text;
    uint64_t per = (uint64_t)per_ns;
    br_u128 milli = (br_u128)count * (1000 * (uint64_t)UNITS_NS_PER_SEC);
    if (milli % per == 0 && milli / per <= UINT64_MAX) {
        uint64_t value = (uint64_t)(milli / per);
        size_t len =
            (size_t)snprintf(text.str, sizeof(text.str), "%.30s", fmt_count(value / 1000).str);
        if (value % 1000 != 0) {
            len += (size_t)snprintf(text.str + len, sizeof(text.str) - len, ".%03" PRIu64,
                                    value % 1000);
            while (text.str[len - 1] == '0')
                len--;
        }
        (void)snprintf(text.str + len, sizeof(text.str) - len, "/s");
        return text;
    }
    /* As few whole seconds as make the count whole, or the time as it is. */
    uint64_t common = fmt_gcd((uint64_t)UNITS_NS_PER_SEC, per);
    br_u128 stretch = (br_u128)((uint64_t)UNITS_NS_PER_SEC / common);
    if (stretch * count <= UINT64_MAX && stretch * per <= INT64_MAX && count > 0) {
        count *= (uint64_t)stretch;
        per *= (uint64_t)stretch;
    }
    struct fmt_text time = fmt_interval((int64_t)per);
    const char *name = time.str;
    if (name[0] == '1' && strcspn(name + 1, "0123456789") == strlen(name + 1))
        name++; /* "1/h", not "1/1h" */
    (void)snprintf(text.str, sizeof(text.str), "%" PRIu64 "/%.32s", count, name);
    return text;
}

struct fmt_text fmt_bytes(double bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct fmt_text text;
    if (!isfinite(bytes) || bytes < 0)
        return fmt_none;
    double value = bytes;
    size_t unit = 0;
    while (value >= 1023.5 && unit + 1 < BR_COUNT(names)) {
        value /= 1024.0;
        unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : 1;
    (void)snprintf(text.str, sizeof(text.str), "%.*f %s", decimals, value, names[unit]);
    return text;
}

struct fmt_text fmt_bytes_exact(uint64_t bytes)
{
    static const struct {
        uint64_t size;
        const char *name;
    } units[] = {
        {UINT64_C(1) << 40, "TiB"},   {UINT64_C(1000000000000), "TB"}, {UINT64_C(1) << 30, "GiB"},
        {UINT64_C(1000000000), "GB"}, {UINT64_C(1) << 20, "MiB"},      {UINT64_C(1000000), "MB"},
        {UINT64_C(1) << 10, "KiB"},   {UINT64_C(1000), "kB"},
    };
    struct fmt_text text;
    for (size_t i = 0; i < BR_COUNT(units); i++) {
        if (bytes >= units[i].size && bytes % units[i].size == 0) {
            (void)snprintf(text.str, sizeof(text.str), "%" PRIu64 "%s", bytes / units[i].size,
                           units[i].name);
            return text;
        }
    }
    (void)snprintf(text.str, sizeof(text.str), "%" PRIu64, bytes);
    return text;
}

struct fmt_text fmt_share(double share)
{
    struct fmt_text text;
    double percent = share * 100.0;
    if (!isfinite(share))
        return fmt_none;
    if (percent > 0.0 && percent < 0.001)
        (void)snprintf(text.str, sizeof(text.str), "<0.001 %%");
    else if (percent < 100.0 && percent > 99.99)
        (void)snprintf(text.str, sizeof(text.str), ">99.99 %%");
    else if (percent >= 99.0 && percent < 100.0)
        (void)snprintf(text.str, sizeof(text.str), "%.2f %%", percent);
    else
        (void)snprintf(text.str, sizeof(text.str), "%.34s %%", fmt_number(percent).str);
    return text;
}

int fmt_width(struct bytes text)
{
    int width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return width;
}

struct fmt_text fmt_duration_go(int64_t ns)
{
    struct fmt_text text;
    uint64_t rest = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    const char *unit = rest < 1000 ? "ns" : rest < 1000000 ? "\xc2\xb5s" : "ms";
    uint64_t scale = rest < 1000 ? 1 : rest < 1000000 ? 1000 : 1000000;
    int decimals = rest < 1000 ? 0 : rest < 1000000 ? 3 : 6;
    size_t len = 0;
    if (rest == 0 || rest >= 1000000000) {
        unit = "s";
        scale = 1000000000;
        decimals = 9;
    }
    if (ns < 0)
        text.str[len++] = '-';
    uint64_t minutes = rest / UINT64_C(60000000000);
    if (minutes >= 60)
        len +=
            (size_t)snprintf(text.str + len, sizeof(text.str) - len, "%" PRIu64 "h", minutes / 60);
    if (minutes >= 1)
        len +=
            (size_t)snprintf(text.str + len, sizeof(text.str) - len, "%" PRIu64 "m", minutes % 60);
    rest %= UINT64_C(60000000000);
    len += (size_t)snprintf(text.str + len, sizeof(text.str) - len, "%" PRIu64 ".%0*" PRIu64,
                            rest / scale, decimals, rest % scale);
    while (text.str[len - 1] == '0')
        len--;
    if (text.str[len - 1] == '.')
        len--;
    (void)snprintf(text.str + len, sizeof(text.str) - len, "%s", unit);
    return text;
}
