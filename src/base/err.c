/* SPDX-License-Identifier: Apache-2.0
 *
 * The names and sentences of the error table.
 */
#include "base/err.h"

#include <ctype.h>
#include <string.h>

#include "base/attr.h"
#include "base/must.h"

static const char *const err_texts[] = {
#define ERR(name, class, text) text,
#include "base/err_table.h"
#undef ERR
};

static const unsigned char err_classes[] = {
#define ERR(name, class, text) ERR_CLASS_##class,
#include "base/err_table.h"
#undef ERR
};

static const char *const err_upper_names[] = {
#define ERR(name, class, text) #name,
#include "base/err_table.h"
#undef ERR
};

_Static_assert(BR_COUNT(err_texts) == BR_ERR_COUNT, "a text for each error");

enum { ERR_NAME_SIZE = 24 };

const char *err_name(enum br_err err)
{
    /* Filled row by row on first use: every thread writes the same bytes. */
    static _Thread_local char names[BR_ERR_COUNT][ERR_NAME_SIZE];

    MUST((unsigned)err < BR_ERR_COUNT);
    if (names[err][0] == '\0') {
        const char *from = err_upper_names[err];
        size_t len = strlen(from);
        MUST(len < ERR_NAME_SIZE);
        for (size_t i = 0; i <= len; i++)
            names[err][i] = (char)tolower((unsigned char)from[i]);
    }
    return names[err];
}

const char *err_text(enum br_err err)
{
    MUST((unsigned)err < BR_ERR_COUNT);
    return err_texts[err];
}

enum err_class err_class(enum br_err err)
{
    MUST((unsigned)err < BR_ERR_COUNT);
    return (enum err_class)err_classes[err];
}

enum br_err err_from_name(struct bytes name)
{
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        if (bytes_eq_nocase(name, bytes_from_str(err_upper_names[i])))
            return (enum br_err)i;
    }
    return BR_ERR_COUNT;
}
