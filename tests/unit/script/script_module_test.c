/* SPDX-License-Identifier: Apache-2.0
 *
 * Where imports lead.
 */
#include "script/script_module.h"

#include "unit.h"

static const char *const natives[] = {"k6", "k6/http", "k6/metrics", "brunt:crypto", NULL};

UNIT_TEST(imports_lead_to_one_name)
{
    static const char *const main_script = "file:///home/me/tests/main.js";
    static const char *const remote = "https://example.com/lib/v1/index.js";
    static const struct {
        const char *referrer, *specifier, *name;
        enum script_module_kind kind;
    } rows[] = {
        {main_script, "k6", "k6", SCRIPT_MODULE_NATIVE},
        {main_script, "k6/http", "k6/http", SCRIPT_MODULE_NATIVE},
        {remote, "k6/http", "k6/http", SCRIPT_MODULE_NATIVE},
        {"jslib/httpx", "brunt:crypto", "brunt:crypto", SCRIPT_MODULE_NATIVE},
        {main_script, "./lib.js", "file:///home/me/tests/lib.js", SCRIPT_MODULE_FILE},
        {main_script, "./a/../b//c.js", "file:///home/me/tests/b/c.js", SCRIPT_MODULE_FILE},
        {main_script, "../lib.js", "file:///home/me/lib.js", SCRIPT_MODULE_FILE},
        {main_script, "../../../../../lib.js", "file:///lib.js", SCRIPT_MODULE_FILE},
        {main_script, "/opt/lib.js", "file:///opt/lib.js", SCRIPT_MODULE_FILE},
        {main_script, "file:///opt/./lib.js", "file:///opt/lib.js", SCRIPT_MODULE_FILE},
        {main_script, "./brunt.js", "file:///home/me/tests/brunt.js", SCRIPT_MODULE_SHIM},
        {main_script, "../brunt.js", "file:///home/me/brunt.js", SCRIPT_MODULE_SHIM},
        {main_script, "./notbrunt.js", "file:///home/me/tests/notbrunt.js", SCRIPT_MODULE_FILE},
        {main_script, remote, remote, SCRIPT_MODULE_REMOTE},
        {main_script, "https://example.com/a.js?x=/../y", "https://example.com/a.js?x=/../y",
         SCRIPT_MODULE_REMOTE},
        {main_script, "https://example.com", "https://example.com", SCRIPT_MODULE_REMOTE},
        {remote, "./util.js", "https://example.com/lib/v1/util.js", SCRIPT_MODULE_REMOTE},
        {remote, "../../../util.js", "https://example.com/util.js", SCRIPT_MODULE_REMOTE},
        {remote, "/root.js", "https://example.com/root.js", SCRIPT_MODULE_REMOTE},
        {"https://example.com/a/b.js?v=1", "./c.js", "https://example.com/a/c.js",
         SCRIPT_MODULE_REMOTE},
        {main_script, "https://jslib.k6.io/k6-utils/1.4.0/index.js", "jslib/k6-utils",
         SCRIPT_MODULE_BUILTIN},
        {main_script, "https://jslib.k6.io/k6-utils/99.0.0-beta/index.js?x=1", "jslib/k6-utils",
         SCRIPT_MODULE_BUILTIN},
        {"https://jslib.k6.io/other/1.0/index.js", "../../k6-summary/0.0.1/index.js",
         "jslib/k6-summary", SCRIPT_MODULE_BUILTIN},
        {main_script, "https://jslib.k6.io/k6-utils/index.js",
         "https://jslib.k6.io/k6-utils/index.js", SCRIPT_MODULE_REMOTE},
        {main_script, "https://jslib.k6.io/nothing/1.0.0/index.js",
         "https://jslib.k6.io/nothing/1.0.0/index.js", SCRIPT_MODULE_REMOTE},
        {"jslib/k6-utils", "k6", "k6", SCRIPT_MODULE_NATIVE},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].specifier);
        struct diag diag = DIAG_INIT;
        enum script_module_kind kind;
        struct buf name;
        buf_init(&name, 1000);
        UNIT_EQ_INT(script_module_resolve(bytes_from_str(rows[i].specifier),
                                          bytes_from_str(rows[i].referrer), natives, &name, &kind,
                                          &diag),
                    BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&name), bytes_from_str(rows[i].name));
        UNIT_EQ_INT(kind, rows[i].kind);
        buf_fini(&name);
    }
}

UNIT_TEST(what_leads_nowhere_is_said)
{
    static const struct {
        const char *specifier, *part;
    } rows[] = {
        {"k6/htpp", "did you mean \"k6/http\""},
        {"k6/metric", "did you mean \"k6/metrics\""},
        {"k6/x/chaos", "an extension of k6"},
        {"k6/x/htpp", "an extension of k6"},
        {"k6/browser", "\"k6/browser\", a module of k6 that brunt does not have"},
        {"k6/experimental/websockets", "a module of k6 that brunt does not have"},
        {"k6/quantum-entanglement", "a module is k6 or k6/"},
        {"lodash", "a path that begins with ./"},
        {"http://example.com/a.js", "only https:// is fetched"},
        {"brunt:crypto", "a path that begins with ./"},
        {"brunt:dom", "a path that begins with ./"},
        {"jslib/k6-utils", "a path that begins with ./"},
        {"", "a path that begins with ./"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].specifier);
        struct diag diag = DIAG_INIT;
        enum script_module_kind kind;
        struct buf name;
        buf_init(&name, 1000);
        UNIT_EQ_INT(script_module_resolve(bytes_from_str(rows[i].specifier),
                                          BYTES("file:///s/main.js"), natives, &name, &kind, &diag),
                    BR_ERR_CONFIG);
        UNIT_OK(strstr(diag.text, "file:///s/main.js imports"));
        UNIT_OK(strstr(diag.text, rows[i].part));
        buf_fini(&name);
    }
}

UNIT_TEST(names_have_a_ceiling)
{
    struct diag diag = DIAG_INIT;
    enum script_module_kind kind;
    struct buf name;
    buf_init(&name, 20);
    UNIT_EQ_INT(script_module_resolve(BYTES("./much-too-long-a-name.js"), BYTES("file:///a.js"),
                                      natives, &name, &kind, &diag),
                BR_ERR_LIMIT);
    buf_fini(&name);
}

UNIT_TEST(files_of_typescript_and_the_shim_are_told)
{
    UNIT_OK(script_module_is_typescript(BYTES("file:///a/b.ts")));
    UNIT_OK(script_module_is_typescript(BYTES("https://example.com/b.ts?x=1")));
    UNIT_OK(!script_module_is_typescript(BYTES("file:///a/b.js")));
    UNIT_OK(!script_module_is_typescript(BYTES(".ts")));
    UNIT_OK(!script_module_is_typescript(BYTES("file:///a.ts/b.js")));
    UNIT_OK(script_module_is_shim(BYTES("/* brunt's shim for k6 */")));
    UNIT_OK(!script_module_is_shim(BYTES("export const brunt = 1;")));
    UNIT_OK(!script_module_is_shim(BYTES_NONE));
}

UNIT_TEST(redirects_lead_on)
{
    static const struct {
        const char *base, *reference, *url;
    } rows[] = {
        {"https://a.b/c/d.js?e=1", "https://x.y/z", "https://x.y/z"},
        {"https://a.b/c/d.js?e=1", "//x.y/z", "https://x.y/z"},
        {"https://a.b/c/d.js?e=1", "/z.js?q=/../1", "https://a.b/z.js?q=/../1"},
        {"https://a.b/c/d.js?e=1", "z.js", "https://a.b/c/z.js"},
        {"https://a.b/c/d.js?e=1", "../z.js", "https://a.b/z.js"},
        {"https://a.b/c/d.js?e=1", "?f=2", "https://a.b/c/d.js?f=2"},
        {"https://a.b", "z.js", "https://a.b/z.js"},
        {"http://a.b/c", "/z", "http://a.b/z"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].reference);
        struct buf url;
        buf_init(&url, 100);
        UNIT_EQ_INT(script_module_join_url(bytes_from_str(rows[i].base),
                                           bytes_from_str(rows[i].reference), &url),
                    BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&url), bytes_from_str(rows[i].url));
        buf_fini(&url);
    }
}

UNIT_TEST(what_was_fetched_has_a_name)
{
    char name[SCRIPT_MODULE_CACHE_SIZE];
    script_module_cache_name(BYTES("abc"), name);
    UNIT_EQ_STR(name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.js");
    struct buf url;
    buf_init(&url, 100);
    UNIT_EQ_INT(script_module_first_url(BYTES("https://a/b.js"), &url), BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&url), BYTES("https://a/b.js?_k6=1"));
    UNIT_EQ_INT(script_module_first_url(BYTES("https://a/b.js?c"), &url), BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&url), BYTES("https://a/b.js?c&_k6=1"));
    buf_fini(&url);
}

UNIT_MAIN(UNIT_RUN(imports_lead_to_one_name), UNIT_RUN(what_leads_nowhere_is_said),
          UNIT_RUN(names_have_a_ceiling), UNIT_RUN(files_of_typescript_and_the_shim_are_told),
          UNIT_RUN(redirects_lead_on), UNIT_RUN(what_was_fetched_has_a_name))
