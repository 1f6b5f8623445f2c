/* SPDX-License-Identifier: Apache-2.0
 *
 * What a body looks like. Never form-encoded, the default of many a tool: real stores answer 200 to
 * that and keep nothing.
 *
 * Brackets are matched outside of strings, nothing more: a template such as {"n":{{int 1 9}}} is no
 * JSON before it is filled in, and is one to us.
 */
#include "plan/plan.h"

enum { CONTENT_DEPTH_MAX = 512 };

static bool plan_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Index behind the string that begins at `at` (a quote); the length when it does not end. */
static size_t plan_skip_string(struct bytes body, size_t at)
{
    for (at++; at < body.len; at++) {
        if (body.ptr[at] == '\\')
            at++;
        else if (body.ptr[at] == '"')
            return at + 1;
    }
    return body.len + 1;
}

/* Index behind the object or array that begins at `at`; 0 when it does not end or is none. */
static size_t plan_skip_value(struct bytes body, size_t at)
{
    char closers[CONTENT_DEPTH_MAX];
    size_t depth = 0;
    while (at < body.len) {
        char c = body.ptr[at];
        if (c == '"') {
            at = plan_skip_string(body, at);
            continue;
        }
        at++;
        if (c == '{' || c == '[') {
            if (depth == CONTENT_DEPTH_MAX)
                return 0;
            closers[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (depth == 0 || closers[--depth] != c)
                return 0;
            if (depth == 0)
                return at;
        } else if (depth == 0) {
            return 0;
        }
    }
    return 0;
}

/* {hello} is prose and {{event}} the template of anything: an object begins with a name, an array
 * with a value (or the brace of a template), or they are empty. */
static bool plan_begins_value(struct bytes body, size_t at)
{
    char open = body.ptr[at];
    if (open != '{' && open != '[')
        return false;
    do
        at++;
    while (at < body.len && plan_is_blank(body.ptr[at]));
    if (at >= body.len)
        return false;
    const char *firsts = open == '{' ? "\"}" : "\"]{[-0123456789tfn";
    return body.ptr[at] != '\0' && strchr(firsts, body.ptr[at]) != NULL;
}

struct bytes plan_content_type(struct bytes body)
{
    size_t values = 0;
    bool own_lines = true;
    size_t at = 0;
    while (at < body.len) {
        bool new_line = values == 0;
        for (; at < body.len && plan_is_blank(body.ptr[at]); at++)
            new_line = new_line || body.ptr[at] == '\n';
        if (at == body.len)
            break;
        size_t end = plan_begins_value(body, at) ? plan_skip_value(body, at) : 0;
        if (end == 0)
            return BYTES("text/plain");
        own_lines = own_lines && new_line;
        values++;
        at = end;
    }
    if (values == 1)
        return BYTES("application/json");
    return values > 1 && own_lines ? BYTES("application/x-ndjson") : BYTES("text/plain");
}
