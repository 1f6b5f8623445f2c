/* SPDX-License-Identifier: Apache-2.0
 *
 * Owned bytes keep to their ceiling and change nothing when refused.
 */
#include "base/buf.h"
#include "unit.h"

UNIT_TEST(buf_grows_to_its_ceiling_and_no_further)
{
    struct buf buf;
    buf_init(&buf, 1000);
    for (int i = 0; i < 100; i++)
        UNIT_EQ_INT(buf_append(&buf, BYTES("0123456789")), BR_ERR_NONE);
    UNIT_EQ_INT(buf.len, 1000);
    UNIT_EQ_INT(buf.size, 1000);
    UNIT_EQ_INT(buf_append(&buf, BYTES("x")), BR_ERR_LIMIT);
    UNIT_EQ_INT(buf.len, 1000);
    buf_consume(&buf, 995);
    UNIT_EQ_BYTES(buf_bytes(&buf), BYTES("56789"));
    buf_fini(&buf);
}

UNIT_TEST(buf_prints)
{
    struct buf buf;
    buf_init(&buf, 64);
    buf_putf(&buf, "%d/%s", 7, "3s");
    UNIT_EQ_STR(buf_cstr(&buf), "7/3s");
    UNIT_EQ_INT(buf_printf(&buf, "%100d", 1), BR_ERR_LIMIT);
    UNIT_EQ_STR(buf_cstr(&buf), "7/3s");
    buf_fini(&buf);
}

UNIT_MAIN(UNIT_RUN(buf_grows_to_its_ceiling_and_no_further), UNIT_RUN(buf_prints))
