/* SPDX-License-Identifier: Apache-2.0
 *
 * Values with units: the first byte says which kind. What is accepted is written back and read
 * again to the same value; what is refused has a sentence.
 */
#include "base/fmt.h"
#include "base/must.h"
#include "base/units.h"
#include "fuzz.h"

static void check_duration(int64_t ns)
{
    int64_t again = -1;
    MUST(ns >= 0);
    MUST(units_parse_duration(bytes_from_str(fmt_interval(ns).str), &again, NULL) == BR_ERR_NONE);
    MUST(again == ns);
}

/* Without the separators of thousands, which are for people. */
static void check_rate(uint64_t count, int64_t per_ns)
{
    struct fmt_text text = fmt_rate_exact(count, per_ns);
    uint64_t again = 0;
    int64_t again_ns = 0;
    size_t len = 0;
    MUST(per_ns > 0);
    for (const char *c = text.str; *c != '\0'; c++) {
        if (*c != ',')
            text.str[len++] = *c;
    }
    /* Longer numbers than are read again. */
    if (count > UINT64_C(1000000000000000000) / 1000)
        return;
    if (units_parse_rate(bytes_make(text.str, len), &again, &again_ns, NULL) != BR_ERR_NONE)
        return;
    MUST(again == count);
    MUST(again_ns == per_ns);
}

static void check_size(uint64_t bytes)
{
    uint64_t again = 0;
    if (bytes > UINT64_C(999999999999999999))
        return;
    MUST(units_parse_size(bytes_from_str(fmt_bytes_exact(bytes).str), &again, NULL) == BR_ERR_NONE);
    MUST(again == bytes);
}

static enum br_err parse(uint8_t kind, struct bytes text, struct diag *diag)
{
    uint64_t count = 0;
    int64_t ns = 0;
    double number = 0;
    enum br_err err;
    switch (kind % 7) {
    case 0:
        err = units_parse_duration(text, &ns, diag);
        if (err == BR_ERR_NONE)
            check_duration(ns);
        return err;
    case 1:
        err = units_parse_rate(text, &count, &ns, diag);
        if (err == BR_ERR_NONE)
            check_rate(count, ns);
        return err;
    case 2:
        err = units_parse_size(text, &count, diag);
        if (err == BR_ERR_NONE)
            check_size(count);
        return err;
    case 3:
        return units_parse_count(text, &count, diag);
    case 4:
        err = units_parse_share(text, &number, diag);
        MUST(number >= 0.0);
        MUST(number <= 1.0);
        return err;
    case 5:
        err = units_parse_number(text, &number, diag);
        MUST(number - number == 0.0); /* finite */
        return err;
    default:
        return units_parse_integer(text, &count, diag);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag diag = DIAG_INIT;
    if (size == 0)
        return 0;
    enum br_err err = parse(data[0], bytes_make((const char *)data + 1, size - 1), &diag);
    MUST((err == BR_ERR_NONE) == (diag.text[0] == '\0'));
    MUST(err == BR_ERR_NONE || err == BR_ERR_PARSE);
    return 0;
}
