/* SPDX-License-Identifier: Apache-2.0
 *
 * Types go, lines stay.
 */
#include "script/script_typescript.h"

#include "script/script_builtin.h"
#include "unit.h"

static bool is_built(void)
{
    const struct script_builtin *sucrase = script_builtin_find(BYTES("brunt:sucrase"));
    return sucrase && sucrase->code;
}

UNIT_TEST(types_go)
{
    static const struct {
        const char *typescript, *javascript;
    } rows[] = {
        {"const a: number = 1;\nlet b = <T,>(x: T): T => x;\n",
         "const a = 1;\nlet b = (x) => x;\n"},
        {"import { Options } from 'k6/options';\nexport const o: Options = {};\n",
         "\nexport const o = {};\n"},
        {"const plain = '\xc3\xbc';", "const plain = '\xc3\xbc';"},
        {"", ""},
    };
    for (size_t i = 0; is_built() && i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].typescript);
        struct diag diag = DIAG_INIT;
        struct buf out;
        buf_init(&out, 1000);
        UNIT_EQ_INT(script_typescript_strip(bytes_from_str(rows[i].typescript), &out, &diag),
                    BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].javascript));
        buf_fini(&out);
    }
}

UNIT_TEST(what_is_wrong_is_told)
{
    struct diag diag = DIAG_INIT;
    struct buf out;
    buf_init(&out, 1000);
    UNIT_EQ_INT(script_typescript_strip(BYTES("let a;\nconst b: = 1;"), &out, &diag),
                BR_ERR_CONFIG);
    UNIT_OK(strstr(diag.text, is_built() ? "(2:10)" : "TypeScript is not part of this brunt"));
    UNIT_EQ_INT(out.len, 0);
    buf_fini(&out);
    buf_init(&out, 5);
    UNIT_OK(!is_built() ||
            script_typescript_strip(BYTES("const a = 1;"), &out, &diag) == BR_ERR_LIMIT);
    buf_fini(&out);
}

/* Deeper than a VU's stack would allow; and deeper than any: an exception, no crash. */
UNIT_TEST(depth_is_no_danger)
{
    static const struct {
        size_t depth;
        bool is_good;
    } rows[] = {{300, true}, {200000, false}};
    for (size_t i = 0; is_built() && i < BR_COUNT(rows); i++) {
        struct diag diag = DIAG_INIT;
        struct buf text, out;
        buf_init(&text, 1 << 20);
        buf_init(&out, 1 << 20);
        buf_put_str(&text, "const a: number = ");
        for (size_t k = 0; k < rows[i].depth; k++)
            buf_put_str(&text, "(");
        buf_put_str(&text, "1");
        for (size_t k = 0; k < rows[i].depth; k++)
            buf_put_str(&text, ")");
        UNIT_EQ_INT(script_typescript_strip(buf_bytes(&text), &out, &diag) == BR_ERR_NONE,
                    rows[i].is_good);
        buf_fini(&out);
        buf_fini(&text);
    }
}

UNIT_MAIN(UNIT_RUN(types_go), UNIT_RUN(what_is_wrong_is_told), UNIT_RUN(depth_is_no_danger))
