/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths: what they find, and where, and what is no path.
 */
#include "data/jsonpath.h"

#include "base/buf.h"
#include "unit.h"

static bool note_hit(const struct jsonpath_hit *hit, void *context)
{
    struct buf *log = context;
    buf_putf(log, "%d:%.*s;", (int)hit->position, BYTES_ARG(hit->value.raw));
    return log->len < 100;
}

static const char bulk[] =
    "{\"took\":3,\"errors\":true,\"items\":[{\"index\":{\"_id\":\"a\",\"status\":201}},"
    "{\"create\":{\"_id\":\"b\",\"status\":409}},{\"index\":{\"_id\":\"c\\u0021\",\"status\":429}}]"
    ","
    "\"odd.name\":{\"x y\":[[1,2],[3]]},\"items\\u0032\":null}";

UNIT_TEST(paths_find_what_they_name)
{
    static const struct {
        const char *path;
        const char *want;
    } rows[] = {
        {"took", "0:3;"},
        {"$.took", "0:3;"},
        {".took", "0:3;"},
        {"items[*].index.status", "0:201;2:429;"},
        {"items[*].*.status", "0:201;1:409;2:429;"},
        {"items[1].create._id", "0:b;"},
        {"items[*].*._id", "0:a;1:b;2:c\\u0021;"},
        {"items[3]", ""},
        {"items.index", ""},
        {"took[*]", ""},
        {"nothing", ""},
        {"[\"odd.name\"][\"x y\"][*][*]", "0:1;0:2;1:3;"},
        {"[\"odd.name\"].x y[0][1]", "0:2;"},
        {"items2", "0:null;"},
        {"*.*[*][0]", "0:1;1:3;"},
        {"$", NULL},
    };
    struct buf log;
    buf_init(&log, 4096);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].path);
        struct jsonpath path;
        struct diag diag = DIAG_INIT;
        UNIT_EQ_INT(jsonpath_parse(bytes_from_str(rows[i].path), &path, &diag), BR_ERR_NONE);
        buf_clear(&log);
        UNIT_EQ_INT(jsonpath_find(&path, bytes_from_str(bulk), note_hit, &log), BR_ERR_NONE);
        UNIT_EQ_BYTES(buf_bytes(&log),
                      rows[i].want == NULL ? buf_bytes(&log) : bytes_from_str(rows[i].want));
        UNIT_OK(rows[i].want != NULL || log.len > 100);
    }
    buf_fini(&log);
}

UNIT_TEST(arrays_at_the_top_have_positions)
{
    struct jsonpath path;
    struct diag diag = DIAG_INIT;
    struct buf log;
    buf_init(&log, 4096);
    UNIT_EQ_INT(jsonpath_parse(BYTES("$[*].s[*]"), &path, &diag), BR_ERR_NONE);
    UNIT_OK(path.has_any_item);
    UNIT_EQ_INT(jsonpath_find(&path, BYTES("[{\"s\":[1,2]},{},{\"s\":[3]}]"), note_hit, &log),
                BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&log), BYTES("0:1;0:2;2:3;"));
    buf_clear(&log);
    UNIT_EQ_INT(jsonpath_find(&path, BYTES("[{\"s\":[1]},"), note_hit, &log), BR_ERR_PARSE);
    UNIT_EQ_INT(jsonpath_find(&path, BYTES(""), note_hit, &log), BR_ERR_PARSE);
    UNIT_EQ_INT(jsonpath_find(&path, BYTES("<html>"), note_hit, &log), BR_ERR_PARSE);
    UNIT_EQ_INT(log.len, 0);
    buf_fini(&log);
}

static bool stop_at_once(const struct jsonpath_hit *hit BR_UNUSED, void *context)
{
    (*(int *)context)++;
    return false;
}

UNIT_TEST(a_search_can_be_ended)
{
    struct jsonpath path;
    struct diag diag = DIAG_INIT;
    int hits = 0;
    UNIT_EQ_INT(jsonpath_parse(BYTES("items[*].*.*"), &path, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(jsonpath_find(&path, bytes_from_str(bulk), stop_at_once, &hits), BR_ERR_NONE);
    UNIT_EQ_INT(hits, 1);
}

UNIT_TEST(what_is_no_path_is_told)
{
    static const char *const rows[] = {
        "",
        ".",
        "a.",
        "a..b",
        "a[",
        "a[]",
        "a[x]",
        "a[-1]",
        "a[1",
        "a]",
        "a[\"x",
        "a[1]b",
        "a.[1].",
        "$a",
        "a[1]x.b",
        "[\"a]",
        "a[9999999999999999999]",
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q",
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i]);
        struct jsonpath path = {.count = 77};
        struct diag diag = DIAG_INIT;
        UNIT_EQ_INT(jsonpath_parse(bytes_from_str(rows[i]), &path, &diag), BR_ERR_CONFIG);
        UNIT_EQ_INT(path.count, 77);
        UNIT_OK(strstr(diag.text, "column") != NULL);
    }
}

UNIT_MAIN(UNIT_RUN(paths_find_what_they_name), UNIT_RUN(arrays_at_the_top_have_positions),
          UNIT_RUN(a_search_can_be_ended), UNIT_RUN(what_is_no_path_is_told))
