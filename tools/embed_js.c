/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiles JavaScript modules to QuickJS's bytecode and writes them as the rows of one C table, at
 * build time. So an error of syntax in them ends the build, and no VU parses them again.
 *
 *     embed_js OUTPUT.c TABLE NAME=FILE...
 *
 * An empty file could not be made: its row has no code.
 */
#include <quickjs/quickjs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a module imports is looked for when it is loaded, not now. */
static int on_init_nothing(JSContext *ctx, JSModuleDef *module)
{
    (void)ctx;
    (void)module;
    return 0;
}

static JSModuleDef *on_import(JSContext *ctx, const char *name, void *opaque)
{
    (void)opaque;
    return JS_NewCModule(ctx, name, on_init_nothing);
}

static char *on_normalize(JSContext *ctx, const char *base, const char *name, void *opaque)
{
    (void)base;
    (void)opaque;
    return js_strdup(ctx, name);
}

static char *read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
    if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
        free(text);
        text = NULL;
    }
    (void)fclose(file);
    *out_size = text ? (size_t)size : 0;
    return text;
}

static void print_exception(JSContext *ctx, const char *path)
{
    JSValue exception = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, exception, "stack");
    const char *text = JS_ToCString(ctx, exception);
    const char *where = JS_ToCString(ctx, stack);
    (void)fprintf(stderr, "%s: %s\n%s\n", path, text ? text : "?", where ? where : "");
    JS_FreeCString(ctx, text);
    JS_FreeCString(ctx, where);
    JS_FreeValue(ctx, stack);
    JS_FreeValue(ctx, exception);
}

static void write_code(FILE *out, size_t row, const uint8_t *code, size_t size)
{
    (void)fprintf(out, "static const uint8_t code_%zu[] = {", row);
    for (size_t i = 0; i < size; i++)
        (void)fprintf(out, i % 24 ? "%u," : "\n%u,", code[i]);
    (void)fprintf(out, "\n};\n");
}

/* The size of the code, 0 when there is none, -1 when it does not compile. */
static long compile(FILE *out, size_t row, const char *name, const char *path)
{
    size_t size;
    char *text = read_file(path, &size);
    if (!text) {
        (void)fprintf(stderr, "%s cannot be read\n", path);
        return -1;
    }
    if (size == 0) {
        free(text);
        return 0;
    }
    JSRuntime *runtime = JS_NewRuntime();
    JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
    JS_SetModuleLoaderFunc(runtime, on_normalize, on_import, NULL);
    JSContext *ctx = JS_NewContext(runtime);
    JSValue module =
        JS_Eval(ctx, text, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    long result = -1;
    if (JS_IsException(module)) {
        print_exception(ctx, path);
    } else {
        size_t code_size;
        uint8_t *code = JS_WriteObject(ctx, &code_size, module, JS_WRITE_OBJ_BYTECODE);
        if (code) {
            write_code(out, row, code, code_size);
            result = (long)code_size;
        }
        js_free(ctx, code);
        JS_FreeValue(ctx, module);
    }
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
    free(text);
    return result;
}

static int write_all(FILE *out, const char *table, char **modules, size_t count)
{
    long *sizes = calloc(count, sizeof(*sizes));
    int failed = sizes == NULL;
    (void)fprintf(out, "#include \"script/script_builtin.h\"\n");
    for (size_t i = 0; !failed && i < count; i++) {
        char *path = strchr(modules[i], '=');
        if (!path) {
            (void)fprintf(stderr, "not NAME=FILE: %s\n", modules[i]);
            failed = 1;
            break;
        }
        *path++ = '\0';
        sizes[i] = compile(out, i, modules[i], path);
        failed = sizes[i] < 0;
    }
    (void)fprintf(out, "const struct script_builtin %s_table[] = {\n", table);
    for (size_t i = 0; !failed && i < count; i++) {
        if (sizes[i])
            (void)fprintf(out, "{\"%s\", code_%zu, sizeof(code_%zu)},\n", modules[i], i, i);
        else
            (void)fprintf(out, "{\"%s\", 0, 0},\n", modules[i]);
    }
    (void)fprintf(out, "};\nconst size_t %s_count = %zu;\n", table, count);
    free(sizes);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr, "embed_js OUTPUT.c TABLE NAME=FILE...\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out) {
        (void)fprintf(stderr, "%s cannot be written\n", argv[1]);
        return 1;
    }
    int failed = write_all(out, argv[2], argv + 3, (size_t)argc - 3);
    failed |= fclose(out) != 0;
    if (failed)
        (void)remove(argv[1]);
    return failed;
}
