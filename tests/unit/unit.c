/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the tests of one file and prints TAP. Arguments select tests by name.
 */
#include "unit.h"

#include <stdarg.h>
#include <stdlib.h>

struct unit unit;

void unit_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# %s:%d: ", file, line);
    if (unit.row != NULL)
        printf("row \"%s\": ", unit.row);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    longjmp(unit.out, 1);
}

static bool unit_is_selected(const char *name, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return false;
}

/* Apart from the loop below: what setjmp's frame holds must not change between the two returns. */
static bool unit_run_one(const struct unit_test *test)
{
    if (setjmp(unit.out) != 0)
        return false;
    test->run();
    return true;
}

int unit_main(const struct unit_test *tests, size_t count, int argc, char **argv)
{
    for (size_t i = 0; i < count; i++) {
        if (!unit_is_selected(tests[i].name, argc, argv))
            continue;
        unit.row = NULL;
        unit.count++;
        if (unit_run_one(&tests[i])) {
            printf("ok %d - %s\n", unit.count, tests[i].name);
        } else {
            unit.failed++;
            printf("not ok %d - %s\n", unit.count, tests[i].name);
        }
        (void)fflush(stdout);
    }
    printf("1..%d\n", unit.count);
    (void)fflush(stdout); /* a sanitizer that finds leaks ends us before exit would */
    if (unit.failed > 0)
        _Exit(1); /* what a failed test left behind is no leak to tell about */
    return 0;
}
