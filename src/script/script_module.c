/* SPDX-License-Identifier: Apache-2.0
 *
 * Names are URLs, so that one rule of joining serves files and remote modules: the parts of the
 * path behind a root that stays.
 */
#include "script/script_module.h"

#include <openssl/evp.h>

#include "base/must.h"
#include "base/nearest.h"

static const struct bytes file_scheme = BYTES_INIT("file://");
static const struct bytes https_scheme = BYTES_INIT("https://");
static const struct bytes http_scheme = BYTES_INIT("http://");
static const struct bytes shim_name = BYTES_INIT("brunt.js");

static const struct {
    const char *pattern, *module;
} remotes[] = {
#define REMOTE(pattern, module) {pattern, module},
#include "script/script_module_table.h"
#undef REMOTE
};

/* A `*` takes all up to the next slash. */
static bool remote_matches(const char *pattern, struct bytes url)
{
    size_t at = 0;
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            size_t part = bytes_find(bytes_skip(url, at), '/');
            if (part == 0)
                return false;
            at += part;
        } else if (at < url.len && url.ptr[at] == *pattern) {
            at++;
        } else {
            return false;
        }
    }
    return at == url.len;
}

static const char *remote_find(struct bytes url)
{
    struct bytes rest = bytes_skip(url, https_scheme.len);
    size_t query = bytes_find(rest, '?');
    rest.len = query;
    for (size_t i = 0; i < BR_COUNT(remotes); i++)
        if (remote_matches(remotes[i].pattern, rest))
            return remotes[i].module;
    return NULL;
}

/* Where the path begins: behind "file://" or behind the host. */
static size_t root_size(struct bytes name)
{
    if (bytes_starts(name, file_scheme))
        return file_scheme.len;
    size_t scheme = bytes_starts(name, https_scheme) ? https_scheme.len : http_scheme.len;
    MUST(scheme == https_scheme.len || bytes_starts(name, http_scheme));
    return scheme + bytes_find(bytes_skip(name, scheme), '/');
}

/* Takes the last part of the path off, not beyond the root. */
static void path_up(struct buf *name, size_t root)
{
    while (name->len > root && name->data[name->len - 1] != '/')
        name->len--;
    if (name->len > root)
        name->len--;
}

/* Adds the parts of a path to `name`, whose path ends without a slash. */
static enum br_err path_add(struct buf *name, size_t root, struct bytes path)
{
    enum br_err err = BR_ERR_NONE;
    while (path.len > 0 && !err) {
        struct bytes part = bytes_cut(&path, '/');
        if (part.len == 0 || bytes_eq(part, BYTES(".")))
            continue;
        if (bytes_eq(part, BYTES(".."))) {
            path_up(name, root);
            continue;
        }
        err = buf_append(name, BYTES("/"));
        err = err ? err : buf_append(name, part);
    }
    return err;
}

enum br_err script_module_name_file(struct bytes path, struct buf *out_name)
{
    buf_clear(out_name);
    enum br_err err = buf_append(out_name, file_scheme);
    return err ? err : path_add(out_name, file_scheme.len, path);
}

struct bytes script_module_path(struct bytes name)
{
    MUST(bytes_starts(name, file_scheme));
    return bytes_skip(name, file_scheme.len);
}

static bool is_native(struct bytes name, const char *const *natives)
{
    for (; *natives; natives++)
        if (bytes_eq(bytes_from_str(*natives), name))
            return true;
    return false;
}

/* Modules whose names have a colon are of ours for ours. */
static bool is_internal(struct bytes name)
{
    return bytes_starts(name, BYTES("brunt:"));
}

/* What scripts cannot name. */
static bool is_hidden(struct bytes name)
{
    return is_internal(name) || bytes_starts(name, BYTES("jslib/"));
}

static bool is_url(struct bytes name)
{
    return bytes_starts(name, file_scheme) || bytes_starts(name, https_scheme);
}

static bool is_path(struct bytes specifier)
{
    return bytes_starts(specifier, BYTES("./")) || bytes_starts(specifier, BYTES("../")) ||
           bytes_starts(specifier, BYTES("/"));
}

/* Modules of k6 that are not here: no typing error, whatever they resemble. */
static bool is_absent(struct bytes specifier)
{
    static const char *const names[] = {
        "k6/browser",
        "k6/crypto/x509",
        "k6/net/grpc",
        "k6/secrets",
        "k6/websockets",
        "k6/ws",
        "k6/experimental/browser",
        "k6/experimental/grpc",
        "k6/experimental/redis",
        "k6/experimental/streams",
        "k6/experimental/tracing",
        "k6/experimental/websockets",
    };
    for (size_t i = 0; i < BR_COUNT(names); i++)
        if (bytes_eq(bytes_from_str(names[i]), specifier))
            return true;
    return false;
}

static const char *find_nearest(struct bytes specifier, const char *const *natives)
{
    struct nearest nearest = {.word = specifier};
    for (; *natives; natives++)
        if (!is_internal(bytes_from_str(*natives)))
            nearest_offer(&nearest, *natives);
    for (size_t i = 0; i < script_builtin_count; i++)
        if (!is_hidden(bytes_from_str(script_builtin_table[i].name)))
            nearest_offer(&nearest, script_builtin_table[i].name);
    return nearest.best;
}

static enum br_err fail_unknown(struct bytes specifier, struct bytes referrer,
                                const char *const *natives, struct diag *diag)
{
    if (bytes_eq(specifier, BYTES("brunt:track"))) /* by brunt/track */
        return diag_set(diag, BR_ERR_CONFIG, "events of scripts cannot be followed here");
    const char *what = NULL;
    if (bytes_starts(specifier, BYTES("k6/x/")))
        what = "an extension of k6 that brunt does not have";
    else if (is_absent(specifier))
        what = "a module of k6 that brunt does not have";
    if (what)
        return diag_set(diag, BR_ERR_CONFIG, "%.*s imports \"%.*s\", %s", BYTES_ARG(referrer),
                        BYTES_ARG(specifier), what);
    const char *best = find_nearest(specifier, natives);
    if (best)
        return diag_set(diag, BR_ERR_CONFIG,
                        "%.*s imports \"%.*s\", which brunt does not have; did you mean \"%s\"?",
                        BYTES_ARG(referrer), BYTES_ARG(specifier), best);
    return diag_set(
        diag, BR_ERR_CONFIG,
        "%.*s imports \"%.*s\": a module is k6 or k6/…, brunt/…, a path that begins with "
        "./ or ../ or /, or a URL that begins with https://",
        BYTES_ARG(referrer), BYTES_ARG(specifier));
}

/* A full URL: the path is tidied, what is ours is found. */
static enum br_err resolve_url(struct bytes url, struct buf *out_name,
                               enum script_module_kind *out_kind)
{
    bool is_file = bytes_starts(url, file_scheme);
    const char *module = is_file ? NULL : remote_find(url);
    const struct script_builtin *builtin =
        module ? script_builtin_find(bytes_from_str(module)) : NULL;
    if (builtin && builtin->code) {
        *out_kind = SCRIPT_MODULE_BUILTIN;
        return buf_append(out_name, bytes_from_str(module));
    }
    size_t root = root_size(url);
    size_t query = is_file ? url.len : bytes_find(url, '?');
    root = root < query ? root : query;
    enum br_err err = buf_append(out_name, bytes_make(url.ptr, root));
    err = err ? err : path_add(out_name, root, bytes_make(url.ptr + root, query - root));
    err = err ? err : buf_append(out_name, bytes_skip(url, query));
    struct bytes name = buf_bytes(out_name);
    *out_kind = is_file ? SCRIPT_MODULE_FILE : SCRIPT_MODULE_REMOTE;
    if (is_file && name.len > shim_name.len &&
        bytes_eq(bytes_skip(name, name.len - shim_name.len), shim_name) &&
        name.ptr[name.len - shim_name.len - 1] == '/')
        *out_kind = SCRIPT_MODULE_SHIM;
    return err;
}

/* Beside the referrer, or from its root. */
static enum br_err resolve_path(struct bytes path, struct bytes referrer, struct buf *out_name,
                                enum script_module_kind *out_kind)
{
    struct buf url;
    buf_init(&url, out_name->max);
    size_t root = root_size(referrer);
    size_t query = bytes_find(referrer, '?');
    enum br_err err = buf_append(&url, bytes_make(referrer.ptr, query));
    if (path.ptr[0] == '/')
        url.len = root < url.len ? root : url.len;
    else
        path_up(&url, root);
    err = err ? err : path_add(&url, root, path);
    err = err ? err : resolve_url(buf_bytes(&url), out_name, out_kind);
    buf_fini(&url);
    return err;
}

/* One with a known name; false when it is none that this referrer may import. */
static bool resolve_known(struct bytes specifier, struct bytes referrer, const char *const *natives,
                          enum script_module_kind *out_kind)
{
    if (is_hidden(specifier) && is_url(referrer))
        return false;
    if (is_native(specifier, natives)) {
        *out_kind = SCRIPT_MODULE_NATIVE;
        return true;
    }
    if (script_builtin_find(specifier)) {
        *out_kind = SCRIPT_MODULE_BUILTIN;
        return true;
    }
    return false;
}

enum br_err script_module_resolve(struct bytes specifier, struct bytes referrer,
                                  const char *const *natives, struct buf *out_name,
                                  enum script_module_kind *out_kind, struct diag *diag)
{
    buf_clear(out_name);
    enum br_err err = BR_ERR_NONE;
    if (resolve_known(specifier, referrer, natives, out_kind))
        err = buf_append(out_name, specifier);
    else if (is_url(specifier))
        err = resolve_url(specifier, out_name, out_kind);
    else if (is_path(specifier) && is_url(referrer))
        err = resolve_path(specifier, referrer, out_name, out_kind);
    else if (bytes_starts(specifier, BYTES("http://")))
        return diag_set(diag, BR_ERR_CONFIG, "%.*s imports \"%.*s\": only https:// is fetched",
                        BYTES_ARG(referrer), BYTES_ARG(specifier));
    else
        return fail_unknown(specifier, referrer, natives, diag);
    if (err)
        return diag_set(diag, err, "%.*s imports a name that is too long", BYTES_ARG(referrer));
    return BR_ERR_NONE;
}

bool script_module_is_shim(struct bytes text)
{
    static const struct bytes mark = BYTES_INIT("brunt's shim");
    size_t last = text.len < 400 ? text.len : 400;
    for (size_t i = 0; i + mark.len <= last; i++)
        if (memcmp(text.ptr + i, mark.ptr, mark.len) == 0)
            return true;
    return false;
}

bool script_module_is_typescript(struct bytes name)
{
    static const struct bytes ending = BYTES_INIT(".ts");
    struct bytes path = bytes_make(name.ptr, bytes_find(name, '?'));
    return path.len > ending.len && bytes_eq(bytes_skip(path, path.len - ending.len), ending);
}

void script_module_cache_name(struct bytes url, char out_name[static SCRIPT_MODULE_CACHE_SIZE])
{
    uint8_t hash[32];
    int hashed = EVP_Digest(url.ptr, url.len, hash, NULL, EVP_sha256(), NULL);
    MUST(hashed == 1);
    for (size_t i = 0; i < sizeof(hash); i++) {
        out_name[2 * i] = "0123456789abcdef"[hash[i] >> 4];
        out_name[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
    }
    memcpy(out_name + 2 * sizeof(hash), ".js", 4);
}

enum br_err script_module_join_url(struct bytes base, struct bytes reference, struct buf *out_url)
{
    buf_clear(out_url);
    if (bytes_starts(reference, https_scheme) || bytes_starts(reference, http_scheme))
        return buf_append(out_url, reference);
    enum br_err err = buf_append(out_url, bytes_make(base.ptr, bytes_find(base, '?')));
    if (err)
        return err;
    size_t root = root_size(buf_bytes(out_url));
    if (bytes_starts(reference, BYTES("//"))) {
        out_url->len = bytes_find(base, ':') + 1;
        return buf_append(out_url, reference);
    }
    size_t query = bytes_find(reference, '?');
    if (reference.len > 0 && reference.ptr[0] == '/')
        out_url->len = root < out_url->len ? root : out_url->len;
    else if (query > 0)
        path_up(out_url, root);
    err = path_add(out_url, root, bytes_make(reference.ptr, query));
    return err ? err : buf_append(out_url, bytes_skip(reference, query));
}

enum br_err script_module_first_url(struct bytes url, struct buf *out_url)
{
    buf_clear(out_url);
    bool has_query = bytes_find(url, '?') < url.len;
    enum br_err err = buf_append(out_url, url);
    return err ? err : buf_append(out_url, has_query ? BYTES("&_k6=1") : BYTES("?_k6=1"));
}
