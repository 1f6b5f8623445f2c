/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings, templates and comments are passed over, so that a word inside them decides nothing.
 */
#include "script/script_source.h"

#include <string.h>

#include "base/buf.h"

/* In front of CommonJS: on one line, so that lines stay those of the file. */
static const char source_head[] = "(function (module, exports, require, __filename, __dirname) { ";
static const char source_tail[] = "\n})";

enum { SOURCE_SIZE_MAX = 1 << 28 };

static bool source_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$';
}

/* Behind the string, template or comment that begins at `at`; `at` when none does. */
static size_t source_skip(struct bytes text, size_t at)
{
    char c = text.ptr[at];
    char next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    if (c == '/' && next == '/') {
        while (at < text.len && text.ptr[at] != '\n')
            at++;
        return at;
    }
    if (c == '/' && next == '*') {
        const char *end = memmem(text.ptr + at + 2, text.len - at - 2, "*/", 2);
        return end == NULL ? text.len : (size_t)(end - text.ptr) + 2;
    }
    if (c != '"' && c != '\'' && c != '`')
        return at;
    for (at++; at < text.len && text.ptr[at] != c; at++) {
        if (text.ptr[at] == '\\')
            at++;
        else if (text.ptr[at] == '\n' && c != '`')
            break; /* no string after all: an apostrophe in a regular expression */
    }
    return at < text.len ? at + 1 : text.len;
}

bool script_source_is_module(struct bytes text)
{
    bool may_begin = true; /* a statement */
    for (size_t at = 0; at < text.len;) {
        size_t behind = source_skip(text, at);
        char c = text.ptr[at];
        if (behind > at) {
            may_begin = may_begin && c == '/';
            at = behind;
            continue;
        }
        struct bytes rest = bytes_skip(text, at);
        if (may_begin &&
            (bytes_starts(rest, BYTES("import")) || bytes_starts(rest, BYTES("export"))) &&
            rest.len > 6 && !source_is_word(rest.ptr[6]) && rest.ptr[6] != '.' &&
            rest.ptr[6] != '(' && rest.ptr[6] != ':')
            return true;
        if (c == '\n' || c == ';' || c == '}')
            may_begin = true;
        else if (c != ' ' && c != '\t' && c != '\r')
            may_begin = false;
        at++;
    }
    return false;
}

static bool source_is_common(struct bytes text)
{
    return !script_source_is_module(text) && (memmem(text.ptr, text.len, "exports", 7) != NULL ||
                                              memmem(text.ptr, text.len, "require(", 8) != NULL);
}

static JSValue source_compile_common(JSContext *ctx, const char *name, struct bytes text)
{
    struct buf whole;
    buf_init(&whole, SOURCE_SIZE_MAX);
    buf_put_str(&whole, source_head);
    buf_put(&whole, text);
    buf_put_str(&whole, source_tail);
    const char *source = buf_cstr(&whole);
    JSValue value =
        JS_Eval(ctx, source, whole.len, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    buf_fini(&whole);
    return value;
}

JSValue script_source_compile(JSContext *ctx, const char *name, struct bytes text,
                              bool *out_is_common)
{
    *out_is_common = source_is_common(text);
    if (*out_is_common)
        return source_compile_common(ctx, name, text);
    return JS_Eval(ctx, text.ptr, text.len, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
}
