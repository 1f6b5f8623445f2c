/* SPDX-License-Identifier: Apache-2.0
 *
 * One sentence to a person.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum br_err diag_set(struct diag *diag, enum br_err err, const char *format, ...)
{
    if (diag == NULL)
        return err;
    va_list args;
    va_start(args, format);
    diag->err = err;
    diag->saved_errno = 0;
    (void)vsnprintf(diag->text, sizeof(diag->text), format, args);
    va_end(args);
    return err;
}

enum br_err diag_set_errno(struct diag *diag, enum br_err err, int saved_errno, const char *format,
                           ...)
{
    if (diag == NULL)
        return err;
    va_list args;
    va_start(args, format);
    diag->err = err;
    diag->saved_errno = saved_errno;
    (void)vsnprintf(diag->text, sizeof(diag->text), format, args);
    va_end(args);

    size_t len = strlen(diag->text);
    char words[128];
    /* The GNU form: it may return text of its own instead of filling `words`. */
    const char *why = strerror_r(saved_errno, words, sizeof(words));
    (void)snprintf(diag->text + len, sizeof(diag->text) - len, ": %s", why);
    return err;
}
