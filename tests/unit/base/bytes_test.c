/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed bytes: comparing, cutting, trimming; the error table's names.
 */
#include "base/err.h"
#include "unit.h"

UNIT_TEST(bytes_compare_without_case)
{
    UNIT_OK(bytes_eq_nocase(BYTES("Content-Type"), BYTES("content-TYPE")));
    UNIT_OK(!bytes_eq_nocase(BYTES("a"), BYTES("ab")));
    /* '@' and '`' differ by the same bit as letters do, and are not letters. */
    UNIT_OK(!bytes_eq_nocase(BYTES("@"), BYTES("`")));
    UNIT_OK(bytes_eq(BYTES_NONE, BYTES("")));
}

UNIT_TEST(bytes_cut_takes_the_part_before)
{
    struct bytes rest = BYTES("a,b,,c");
    UNIT_EQ_BYTES(bytes_cut(&rest, ','), BYTES("a"));
    UNIT_EQ_BYTES(bytes_cut(&rest, ','), BYTES("b"));
    UNIT_EQ_BYTES(bytes_cut(&rest, ','), BYTES(""));
    UNIT_EQ_BYTES(bytes_cut(&rest, ','), BYTES("c"));
    UNIT_OK(rest.ptr == NULL);
}

UNIT_TEST(bytes_trim_takes_blanks_off_both_ends)
{
    UNIT_EQ_BYTES(bytes_trim(BYTES(" \t a b \r\n")), BYTES("a b"));
    UNIT_EQ_BYTES(bytes_trim(BYTES(" \t ")), BYTES(""));
}

UNIT_TEST(error_names_go_both_ways)
{
    for (int i = 0; i < BR_ERR_COUNT; i++) {
        enum br_err err = (enum br_err)i;
        UNIT_EQ_INT(err_from_name(bytes_from_str(err_name(err))), err);
        UNIT_OK(err_text(err)[0] != '\0');
    }
    UNIT_EQ_STR(err_name(BR_ERR_CONN_REFUSED), "conn_refused");
    UNIT_EQ_INT(err_class(BR_ERR_TIMEOUT_TOTAL), ERR_CLASS_time);
    UNIT_EQ_INT(err_from_name(BYTES("nonsense")), BR_ERR_COUNT);
}

UNIT_MAIN(UNIT_RUN(bytes_compare_without_case), UNIT_RUN(bytes_cut_takes_the_part_before),
          UNIT_RUN(bytes_trim_takes_blanks_off_both_ends), UNIT_RUN(error_names_go_both_ways))
