/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest unit test frame that does: a test is a function, a file is a program that speaks
 * TAP.
 *
 *     UNIT_TEST(bytes_are_cut_at_the_first_hit) { UNIT_EQ_INT(1, 1); }
 *     UNIT_MAIN(UNIT_RUN(bytes_are_cut_at_the_first_hit))
 *
 * A failed check ends its test, says where and what, and the next test runs.
 */
#ifndef BR_TESTS_UNIT_H
#define BR_TESTS_UNIT_H

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

struct unit {
    jmp_buf out;
    int count;
    int failed;
    const char *row; /* the table row under test, for the message; NULL outside tables */
};

extern struct unit unit;

typedef void unit_test_fn(void);

struct unit_test {
    const char *name;
    unit_test_fn *run;
};

_Noreturn void unit_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int unit_main(const struct unit_test *tests, size_t count, int argc, char **argv);

#define UNIT_TEST(name) static void name(void)
#define UNIT_RUN(name)                                                                             \
    {                                                                                              \
#name, name                                                                                \
    }
#define UNIT_MAIN(...)                                                                             \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct unit_test tests[] = {__VA_ARGS__};                                     \
        return unit_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);                     \
    }

#define UNIT_ROW(name) (unit.row = (name))
#define UNIT_OK(cond)                                                                              \
    do {                                                                                           \
        if (!(cond))                                                                               \
            unit_fail(__FILE__, __LINE__, "%s does not hold", #cond);                              \
    } while (0)
#define UNIT_EQ_INT(got, want)                                                                     \
    do {                                                                                           \
        intmax_t unit_got = (intmax_t)(got), unit_want = (intmax_t)(want);                         \
        if (unit_got != unit_want)                                                                 \
            unit_fail(__FILE__, __LINE__, "%s is %" PRIdMAX ", not %" PRIdMAX, #got, unit_got,     \
                      unit_want);                                                                  \
    } while (0)
#define UNIT_EQ_BYTES(got, want)                                                                   \
    do {                                                                                           \
        struct bytes unit_got = (got), unit_want = (want);                                         \
        if (!bytes_eq(unit_got, unit_want))                                                        \
            unit_fail(__FILE__, __LINE__, "%s is \"%.*s\", not \"%.*s\"", #got,                    \
                      BYTES_ARG(unit_got), BYTES_ARG(unit_want));                                  \
    } while (0)
#define UNIT_EQ_STR(got, want) UNIT_EQ_BYTES(bytes_from_str(got), bytes_from_str(want))
/* Relative when want is not 0. */
#define UNIT_NEAR(got, want, tolerance)                                                            \
    do {                                                                                           \
        double unit_got = (double)(got), unit_want = (double)(want);                               \
        double unit_off = fabs(unit_got - unit_want);                                              \
        if (!(unit_off <= (double)(tolerance) * (unit_want == 0.0 ? 1.0 : fabs(unit_want))))       \
            unit_fail(__FILE__, __LINE__, "%s is %.17g, not %.17g", #got, unit_got, unit_want);    \
    } while (0)

#endif
