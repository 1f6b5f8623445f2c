/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine alone: it computes, its memory and stack have ends, and it can be interrupted.
 */
#include "script/script_engine.h"

#include "unit.h"

enum { TEST_STACK = 256 * 1024, TEST_MEMORY = 4 << 20 };

/* What a text evaluates to, or throws (first line of it). */
static void eval_to(struct script_engine *engine, const char *text, struct buf *out)
{
    buf_clear(out);
    JSValue value = JS_Eval(engine->ctx, text, strlen(text), "test.js", JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(value))
        script_engine_describe(engine->ctx, out);
    else
        script_engine_describe_value(engine->ctx, value, out);
    JS_FreeValue(engine->ctx, value);
    out->len = bytes_find(buf_bytes(out), '\n');
}

UNIT_TEST(engine_evaluates)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"1 + 1", "2"},
        {"[3, 1, 2].sort().join()", "1,2,3"},
        {"JSON.stringify({a: [1, 'b']})", "{\"a\":[1,\"b\"]}"},
        {"throw new TypeError('no')", "TypeError: no"},
        {"nobody", "ReferenceError: 'nobody' is not defined"},
        {"let = ;", "SyntaxError: unexpected token in expression: ';'"},
        {"function f() { return f() + 1; } f()", "InternalError: stack overflow"},
        {"let a = []; for (;;) a.push(new Array(1000).fill(1));", "InternalError: out of memory"},
    };
    struct script_engine engine;
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].text);
        script_engine_init(&engine, TEST_MEMORY, TEST_STACK);
        eval_to(&engine, rows[i].text, &out);
        UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].want));
        script_engine_fini(&engine);
    }
    buf_fini(&out);
}

UNIT_TEST(engine_is_interrupted_and_no_catch_stops_it)
{
    struct script_engine engine;
    struct buf out;
    buf_init(&out, 1 << 20);
    script_engine_init(&engine, TEST_MEMORY, TEST_STACK);
    engine.interrupted = true;
    eval_to(&engine, "for (;;) { try { for (;;); } catch { } }", &out);
    UNIT_EQ_BYTES(buf_bytes(&out), BYTES("InternalError: interrupted"));
    engine.interrupted = false;
    eval_to(&engine, "7", &out);
    UNIT_EQ_BYTES(buf_bytes(&out), BYTES("7"));
    script_engine_fini(&engine);
    buf_fini(&out);
}

UNIT_MAIN(UNIT_RUN(engine_evaluates), UNIT_RUN(engine_is_interrupted_and_no_catch_stops_it))
