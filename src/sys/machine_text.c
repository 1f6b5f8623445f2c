/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts in which Linux describes itself, read. Pure.
 */
#include "base/units.h"
#include "sys/limit.h"
#include "sys/machine.h"

/* The value of the first line "key<blanks>: value"; empty when there is none. */
static struct bytes machine_find_value(struct bytes text, struct bytes key)
{
    while (text.len > 0) {
        struct bytes value = bytes_cut(&text, '\n');
        struct bytes name = bytes_cut(&value, ':');
        if (bytes_eq(bytes_trim(name), key))
            return bytes_trim(value);
    }
    return BYTES_NONE;
}

struct bytes machine_find_cpu_model(struct bytes cpuinfo)
{
    static const struct bytes keys[] = {BYTES_INIT("model name"), BYTES_INIT("Model"),
                                        BYTES_INIT("CPU part")};
    for (size_t i = 0; i < BR_COUNT(keys); i++) {
        struct bytes model = machine_find_value(cpuinfo, keys[i]);
        if (model.len > 0)
            return model;
    }
    return BYTES_NONE;
}

uint64_t limit_find_number(struct bytes text, struct bytes key)
{
    uint64_t number = UINT64_MAX;
    struct bytes value = machine_find_value(text, key);
    (void)!units_parse_integer(bytes_cut(&value, ' '), &number, NULL);
    return number;
}
