/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs tests that are written in JavaScript (tests/unit/script/js) against modules of ours, in a
 * bare QuickJS: each file a runtime of its own. What is not there yet in such a runtime (k6,
 * k6/http) is played by modules beside the tests. Speaks TAP.
 */
#include <quickjs/quickjs.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/must.h"
#include "script/script_builtin.h"
#include "script/script_lazy.h"
#include "script/script_library.h"

extern const struct script_builtin script_tests_table[];
extern const size_t script_tests_count;

static int count, failed;

static const struct script_builtin *find_fake(const char *name)
{
    for (size_t i = 0; i < script_tests_count; i++)
        if (strcmp(script_tests_table[i].name, name) == 0)
            return &script_tests_table[i];
    return NULL;
}

static JSModuleDef *on_import(JSContext *ctx, const char *name, void *opaque)
{
    (void)opaque;
    const struct script_builtin *builtin = find_fake(name);
    builtin = builtin ? builtin : script_builtin_find(bytes_from_str(name));
    if (builtin)
        return script_builtin_load(ctx, builtin);
    const struct script_library *library = script_library_find(bytes_from_str(name));
    if (library)
        return library->create(ctx, name);
    JS_ThrowReferenceError(ctx, "no module %s", name);
    return NULL;
}

static char *on_normalize(JSContext *ctx, const char *base, const char *name, void *opaque)
{
    (void)base;
    (void)opaque;
    return js_strdup(ctx, name);
}

static JSValue on_report(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    MUST(argc == 2);
    const char *name = JS_ToCString(ctx, argv[0]), *wrong = JS_ToCString(ctx, argv[1]);
    MUST(name && wrong);
    count++;
    failed += *wrong != '\0';
    printf("%s %d - %s\n", *wrong ? "not ok" : "ok", count, name);
    for (const char *line = wrong; *line;) {
        size_t size = strcspn(line, "\n");
        printf("# %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    JS_FreeCString(ctx, name);
    JS_FreeCString(ctx, wrong);
    return JS_UNDEFINED;
}

static void report_exception(JSContext *ctx, const char *name)
{
    JSValue exception = JS_GetException(ctx), stack = JS_GetPropertyStr(ctx, exception, "stack");
    const char *text = JS_ToCString(ctx, exception), *where = JS_ToCString(ctx, stack);
    count++;
    failed++;
    printf("not ok %d - %s\n# %s\n# %s\n", count, name, text ? text : "?", where ? where : "");
    JS_FreeCString(ctx, text);
    JS_FreeCString(ctx, where);
    JS_FreeValue(ctx, stack);
    JS_FreeValue(ctx, exception);
}

/* Loads and runs a module; its exception is a failed case. */
static bool run_module(JSContext *ctx, const char *source, size_t size, const char *name)
{
    JSValue promise = JS_Eval(ctx, source, size, name, JS_EVAL_TYPE_MODULE);
    bool is_good = !JS_IsException(promise);
    JSContext *job;
    while (is_good && JS_IsJobPending(JS_GetRuntime(ctx)))
        is_good = JS_ExecutePendingJob(JS_GetRuntime(ctx), &job) >= 0;
    if (is_good && JS_PromiseState(ctx, promise) != JS_PROMISE_FULFILLED) {
        (void)JS_Throw(ctx, JS_PromiseResult(ctx, promise));
        is_good = false;
    }
    if (!is_good)
        report_exception(ctx, name);
    JS_FreeValue(ctx, promise);
    return is_good;
}

static void run_file(const char *name)
{
    JSRuntime *runtime = JS_NewRuntime();
    MUST(runtime);
    JS_SetModuleLoaderFunc(runtime, on_normalize, on_import, NULL);
    JSContext *ctx = JS_NewContext(runtime);
    MUST(ctx);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "report", JS_NewCFunction(ctx, on_report, "report", 2));
    script_lazy_define(ctx, global);
    JS_FreeValue(ctx, global);
    char source[200];
    int size = snprintf(source, sizeof(source),
                        "import '%s'; import { run } from 'unit'; await run();", name);
    printf("# %s\n", name);
    int before = count;
    if (run_module(ctx, source, (size_t)size, "main") && count == before) {
        count++;
        failed++;
        printf("not ok %d - %s has no tests\n", count, name);
    }
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
}

/* Tests of what npm brings have nothing to test where brunt was built without. */
static bool needs_missing(const char *name)
{
    static const char *const needing[] = {"bundles_test", "html_test", "response_test"};
    const struct script_builtin *bundle = script_builtin_find(BYTES("brunt:dom"));
    for (size_t i = 0; i < BR_COUNT(needing); i++)
        if (strcmp(name, needing[i]) == 0)
            return !bundle || !bundle->code;
    return false;
}

int main(void)
{
    static const char ending[] = "_test";
    for (size_t i = 0; i < script_tests_count; i++) {
        const char *name = script_tests_table[i].name;
        size_t len = strlen(name);
        if (len < sizeof(ending) || strcmp(name + len - sizeof(ending) + 1, ending) != 0)
            continue;
        if (needs_missing(name))
            printf("ok %d - %s # SKIP built without npm\n", ++count, name);
        else
            run_file(name);
    }
    printf("1..%d\n", count);
    return failed != 0;
}
