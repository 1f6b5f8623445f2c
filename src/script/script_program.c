/* SPDX-License-Identifier: Apache-2.0
 *
 * Which language a file is in is found by its text: import or export where a statement may begin
 * makes it an ES module; without them, one that speaks of exports or require is CommonJS.
 */
#include "script/script_program.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "metric/metric.h"
#include "script/script_module.h"
#include "script/script_remote.h"
#include "script/script_source.h"
#include "script/script_typescript.h"
#include "sys/file.h"
#include "sys/self.h"

enum { PROGRAM_FOLDER_MAX = 4096 };

/* The path made absolute by the working folder, as a URL. */
static enum br_err program_name_entry(const char *path, struct buf *out_name, struct diag *diag)
{
    char folder[PROGRAM_FOLDER_MAX];
    struct buf whole;
    buf_init(&whole, SCRIPT_NAME_MAX / 2);
    enum br_err err = BR_ERR_NONE;
    if (path[0] != '/') {
        if (!self_working_folder(folder, sizeof(folder)))
            folder[0] = '\0';
        err = buf_printf(&whole, "%s/", folder);
    }
    if (err == BR_ERR_NONE)
        err = buf_append(&whole, bytes_from_str(path));
    if (err == BR_ERR_NONE)
        err = script_module_name_file(buf_bytes(&whole), out_name);
    buf_fini(&whole);
    return err == BR_ERR_NONE ? err : diag_set(diag, err, "the script's path is too long");
}

enum br_err script_program_create(const char *path, struct script_program **out_program,
                                  struct diag *diag)
{
    struct buf name;
    buf_init(&name, SCRIPT_NAME_MAX);
    enum br_err err = program_name_entry(path, &name, diag);
    if (err == BR_ERR_NONE) {
        struct script_program *program = MEM_NEW(struct script_program);
        program->entry = mem_copy_str(buf_bytes(&name));
        list_init(&program->modules);
        list_init(&program->files);
        list_init(&program->shared);
        program->registry = metric_registry_create();
        script_log_init(&program->log);
        *out_program = program;
    }
    buf_fini(&name);
    return err;
}

void script_program_destroy(struct script_program **program_at)
{
    struct script_program *program = *program_at;
    struct list *node;
    if (program == NULL)
        return;
    while ((node = list_pop_head(&program->modules)) != NULL) {
        struct script_module *module = BR_CONTAINER(node, struct script_module, node);
        mem_free(module->name);
        mem_free(module->code);
        mem_free(module);
    }
    while ((node = list_pop_head(&program->files)) != NULL) {
        struct script_file *file = BR_CONTAINER(node, struct script_file, node);
        mem_free(file->name);
        mem_free(file->data);
        mem_free(file);
    }
    while ((node = list_pop_head(&program->shared)) != NULL) {
        struct script_shared *shared = BR_CONTAINER(node, struct script_shared, node);
        mem_free(shared->name);
        mem_free(shared->data);
        mem_free(shared->at);
        mem_free(shared);
    }
    for (size_t i = 0; i < program->env_count; i++) {
        mem_free(program->env[i].name);
        mem_free(program->env[i].value);
    }
    mem_free(program->env);
    mem_free(program->entry);
    mem_free(program->cache_folder);
    metric_registry_destroy(&program->registry);
    script_log_fini(&program->log);
    mem_free(program);
    *program_at = NULL;
}

void script_program_set_env(struct script_program *program, struct bytes name, struct bytes value)
{
    for (size_t i = 0; i < program->env_count; i++) {
        if (bytes_eq(bytes_from_str(program->env[i].name), name)) {
            mem_free(program->env[i].value);
            program->env[i].value = mem_copy_str(value);
            return;
        }
    }
    program->env = mem_realloc(program->env, (program->env_count + 1) * sizeof(program->env[0]));
    program->env[program->env_count++] =
        (struct script_env_pair){mem_copy_str(name), mem_copy_str(value)};
}

void script_program_set_cache(struct script_program *program, struct bytes folder)
{
    mem_free(program->cache_folder);
    program->cache_folder = mem_copy_str(folder);
}

/* ---- files ---- */

/* Takes over the text. */
static struct bytes program_add_file(struct script_program *program, const char *name,
                                     struct buf *text)
{
    struct script_file *file = MEM_NEW(struct script_file);
    file->name = mem_copy_str(bytes_from_str(name));
    (void)buf_cstr(text); /* a NUL behind it: JSON is parsed where it lies */
    file->data = text->data;
    file->size = text->len;
    buf_init(text, 0);
    list_push_tail(&program->files, &file->node);
    return bytes_make(file->data, file->size);
}

enum br_err script_program_open(struct script_program *program, const char *path,
                                struct bytes *out_bytes, struct diag *diag)
{
    for (struct list *node = program->files.next; node != &program->files; node = node->next) {
        struct script_file *file = BR_CONTAINER(node, struct script_file, node);
        if (strcmp(file->name, path) == 0) {
            *out_bytes = bytes_make(file->data, file->size);
            return BR_ERR_NONE;
        }
    }
    if (program->sealed)
        return diag_set(diag, BR_ERR_CONFIG,
                        "open() of \"%s\": a file has to be opened in the init code of each VU, "
                        "the first time the script is looked at too",
                        path);
    struct buf text;
    buf_init(&text, SCRIPT_FILE_MAX);
    enum br_err err = file_read_all(path, &text, diag);
    if (err != BR_ERR_NONE) {
        buf_fini(&text);
        return err;
    }
    *out_bytes = program_add_file(program, path, &text);
    return BR_ERR_NONE;
}

/* ---- shared arrays ---- */

const struct script_shared *script_program_shared(const struct script_program *program,
                                                  struct bytes name)
{
    for (struct list *node = program->shared.next; node != &program->shared; node = node->next) {
        struct script_shared *shared = BR_CONTAINER(node, struct script_shared, node);
        if (bytes_eq(bytes_from_str(shared->name), name))
            return shared;
    }
    return NULL;
}

const struct script_shared *script_program_add_shared(struct script_program *program,
                                                      struct bytes name, char *data, size_t *at,
                                                      size_t count)
{
    struct script_shared *shared = MEM_NEW(struct script_shared);
    shared->name = mem_copy_str(name);
    shared->data = data;
    shared->at = at;
    shared->count = count;
    list_push_tail(&program->shared, &shared->node);
    return shared;
}

/* ---- modules ---- */

static struct script_module *program_find(const struct script_program *program, const char *name)
{
    for (struct list *node = program->modules.next; node != &program->modules; node = node->next) {
        struct script_module *module = BR_CONTAINER(node, struct script_module, node);
        if (strcmp(module->name, name) == 0)
            return module;
    }
    return NULL;
}

static void program_keep(struct script_program *program, JSContext *ctx, const char *name,
                         JSValueConst value, bool is_common)
{
    size_t size;
    uint8_t *code = JS_WriteObject(ctx, &size, value, JS_WRITE_OBJ_BYTECODE);
    MUST(code != NULL);
    struct script_module *module = MEM_NEW(struct script_module);
    module->name = mem_copy_str(bytes_from_str(name));
    module->is_common = is_common;
    module->code = mem_alloc(size);
    module->code_size = size;
    memcpy(module->code, code, size);
    js_free(ctx, code);
    list_push_tail(&program->modules, &module->node);
}

/* A URL's text, kept like that of a file. */
static enum br_err program_fetch(struct script_program *program, const char *url,
                                 struct bytes *out_text, struct diag *diag)
{
    struct script_remote_options options = {.cache_folder = program->cache_folder};
    struct buf text;
    buf_init(&text, SCRIPT_REMOTE_SIZE_MAX);
    enum br_err err = script_remote_read(bytes_from_str(url), &options, &text, diag);
    if (err == BR_ERR_NONE)
        *out_text = program_add_file(program, url, &text);
    buf_fini(&text);
    return err;
}

static enum br_err program_read(struct script_program *program, const char *name,
                                struct bytes *out_text, struct diag *diag)
{
    struct bytes url = bytes_from_str(name);
    if (bytes_starts(url, BYTES("https://")))
        return program_fetch(program, name, out_text, diag);
    return script_program_open(program, script_module_path(url).ptr, out_text, diag);
}

/* A file of TypeScript: compiled from what is left without its types. */
static JSValue program_compile_typed(JSContext *ctx, const char *name, struct bytes text,
                                     bool *out_is_common)
{
    struct buf code;
    struct diag diag = DIAG_INIT;
    JSValue value;
    buf_init(&code, SCRIPT_REMOTE_SIZE_MAX);
    if (script_typescript_strip(text, &code, &diag) == BR_ERR_NONE) {
        (void)buf_cstr(&code);
        value = script_source_compile(ctx, name, buf_bytes(&code), out_is_common);
    } else {
        value = JS_ThrowSyntaxError(ctx, "%s: %s", name, diag.text);
    }
    buf_fini(&code);
    return value;
}

static JSValue program_compile(struct script_program *program, JSContext *ctx, const char *name,
                               bool *out_is_common)
{
    struct bytes text;
    struct diag diag = DIAG_INIT;
    if (program_read(program, name, &text, &diag) != BR_ERR_NONE)
        return JS_ThrowReferenceError(ctx, "the module \"%s\" could not be loaded: %s", name,
                                      diag.text);
    JSValue value = script_module_is_typescript(bytes_from_str(name))
                        ? program_compile_typed(ctx, name, text, out_is_common)
                        : script_source_compile(ctx, name, text, out_is_common);
    if (!JS_IsException(value))
        program_keep(program, ctx, name, value, *out_is_common);
    return value;
}

JSValue script_program_load(struct script_program *program, JSContext *ctx, const char *name,
                            bool *out_is_common)
{
    const struct script_module *module = program_find(program, name);
    if (module != NULL) {
        *out_is_common = module->is_common;
        return JS_ReadObject(ctx, module->code, module->code_size, JS_READ_OBJ_BYTECODE);
    }
    return program_compile(program, ctx, name, out_is_common);
}
