/* SPDX-License-Identifier: Apache-2.0
 *
 * A script and all that it loads, once for the process: modules as bytecode, files of open(), the
 * rows of SharedArray, the environment. The first look at the script (VU 0, one thread) fills it;
 * then it is sealed, and the VUs of all shards read it.
 */
#ifndef BR_SCRIPT_SCRIPT_PROGRAM_H
#define BR_SCRIPT_SCRIPT_PROGRAM_H

#include <quickjs/quickjs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/list.h"
#include "script/script_log.h"

struct metric_registry;

enum { SCRIPT_FILE_MAX = 1 << 30, SCRIPT_NAME_MAX = 16 * 1024 };

/* Compiled. A module of CommonJS is a function of (module, exports, require, …). */
struct script_module {
    struct list node;
    char *name; /* URL */
    bool is_common;
    uint8_t *code;
    size_t code_size;
};

/* What open() gave, or a SharedArray: an element's JSON after the other. */
struct script_file {
    struct list node;
    char *name;
    char *data;
    size_t size;
};

struct script_shared {
    struct list node;
    char *name;
    char *data; /* JSON texts, a NUL behind each */
    size_t *at; /* [count + 1] where they begin */
    size_t count;
};

struct script_env_pair {
    char *name;
    char *value;
};

struct script_program {
    char *entry;        /* URL of the script: file:///… */
    char *cache_folder; /* of modules that were fetched; NULL: they are not kept */
    struct list modules;
    struct list files;
    struct list shared;
    struct script_env_pair *env;
    size_t env_count;
    struct metric_registry *registry;
    struct script_log log;
    bool sealed;
};

/* `path`: of the script, as the user wrote it; BR_ERR_CONFIG when it is too long. */
BR_NODISCARD enum br_err
script_program_create(const char *path, struct script_program **out_program, struct diag *diag);
void script_program_destroy(struct script_program **program);
/* A variable of __ENV; a later one wins. */
void script_program_set_env(struct script_program *program, struct bytes name, struct bytes value);

/* Where modules that are fetched from URLs are kept for the next time. */
void script_program_set_cache(struct script_program *program, struct bytes folder);

/* The module as a value of this context, ready to be evaluated; compiled if nobody has before.
 * JS_EXCEPTION with the reason pending. */
JSValue script_program_load(struct script_program *program, JSContext *ctx, const char *name,
                            bool *out_is_common);

/* The bytes of a file by its absolute path, read once. Lent. */
BR_NODISCARD enum br_err script_program_open(struct script_program *program, const char *path,
                                             struct bytes *out_bytes, struct diag *diag);

/* NULL when there is none of that name. */
const struct script_shared *script_program_shared(const struct script_program *program,
                                                  struct bytes name);
/* Takes over data and at. */
const struct script_shared *script_program_add_shared(struct script_program *program,
                                                      struct bytes name, char *data, size_t *at,
                                                      size_t count);

#endif
