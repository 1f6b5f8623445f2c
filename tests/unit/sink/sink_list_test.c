/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the kinds, and plans that ask what a kind cannot do.
 */
#include "sink/sink.h"
#include "sink/sink_place.h"
#include "unit.h"

UNIT_TEST(each_kind_is_complete)
{
    for (size_t i = 0; i < sink_list_count; i++) {
        const struct sink_ops *ops = sink_list[i];
        UNIT_ROW(ops->kind);
        UNIT_OK(sink_ops_find(bytes_from_str(ops->kind)) == ops);
        UNIT_OK(ops->check != NULL && ops->create != NULL && ops->open != NULL);
        UNIT_OK(ops->close != NULL && ops->destroy != NULL && ops->describe != NULL);
        UNIT_OK(ops->pause != NULL && ops->forms != NULL && ops->stamps != NULL);
        UNIT_EQ_INT(ops->change != NULL, (ops->acts & (PLAN_SINK_DOWN | PLAN_SINK_READ)) != 0);
        UNIT_OK(ops->replies || (ops->acts & (PLAN_SINK_DELAY | PLAN_SINK_FAIL)) == 0);
        /* What was never opened can be closed. */
        struct sink *sink = ops->create();
        sink->ops = ops;
        ops->close(sink);
        ops->destroy(sink);
    }
    UNIT_OK(sink_ops_find(BYTES("nothing")) == NULL);
}

UNIT_TEST(what_a_kind_cannot_do_is_refused)
{
    static const struct {
        const char *sink, *stretch, *auth, *part;
    } rows[] = {
        {"a=webhook:8080/x", "a=delay=1ms fail=1% reset=1% stall=1% read=1kB/s", "a=bearer:x",
         NULL},
        {"a=tcp:[::1]:9000", "a=reset=1%", NULL, NULL},
        {"a=file:/x", NULL, NULL, NULL},
        {"a=webhok:8080", NULL, NULL, "did you mean webhook; accepted are webhook, tcp, file"},
        {"a=nothing", NULL, NULL, "sink a: there is no sink of the kind nothing; accepted are"},
        {"a=tcp:9000", "a=delay=1ms", NULL, "a tcp cannot do delay"},
        {"a=tcp:9000", "a=fail=1%", NULL, "a tcp cannot do fail"},
        {"a=file:/x", "a=down", NULL, "a file cannot do down"},
        {"a=tcp:9000", NULL, "a=bearer:x", "cannot tell who sends"},
        {"a=file", NULL, NULL, "no file is named"},
        {"a=webhook:127.0.0.1", NULL, NULL, "has no port"},
        {"a=webhook:localhost:80x", NULL, NULL, "port"},
        {"a=webhook:8080/a?b=c", NULL, NULL, "is no path"},
        {"a=tcp:99999", NULL, NULL, "port"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_sinks sinks;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].sink);
        plan_sinks_init(&sinks);
        UNIT_EQ_INT(plan_sinks_add(&sinks, bytes_from_str(rows[i].sink), NULL), BR_ERR_NONE);
        if (rows[i].stretch != NULL)
            UNIT_EQ_INT(plan_sinks_add_stretch(&sinks, bytes_from_str(rows[i].stretch), NULL),
                        BR_ERR_NONE);
        if (rows[i].auth != NULL)
            UNIT_EQ_INT(plan_sinks_set_auth(&sinks, bytes_from_str(rows[i].auth), NULL),
                        BR_ERR_NONE);
        UNIT_EQ_INT(sink_check(&sinks, &diag) == BR_ERR_NONE, rows[i].part == NULL);
        if (rows[i].part != NULL && strstr(diag.text, rows[i].part) == NULL)
            printf("# %s\n", diag.text);
        UNIT_OK(rows[i].part == NULL || strstr(diag.text, rows[i].part) != NULL);
        plan_sinks_fini(&sinks);
    }
}

UNIT_TEST(places_are_read_and_told)
{
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"", "127.0.0.1:0"},
        {"8080", "127.0.0.1:8080"},
        {":8080", "127.0.0.1:8080"},
        {"0.0.0.0:80", "127.0.0.1:80"},
        {"192.0.2.1:80", "192.0.2.1:80"},
        {"localhost:65535", "127.0.0.1:65535"},
        {"[::1]:9", "[::1]:9"},
        {"unix:/tmp/x", "unix:/tmp/x"},
        {"65536", NULL},
        {"123456", NULL},
        {"x", NULL},
        {"example.org:80", NULL},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct sock_addr addr;
        char text[SOCK_TEXT_SIZE];
        UNIT_ROW(rows[i].text);
        bool is_good = sink_place_parse(bytes_from_str(rows[i].text), &addr, NULL) == BR_ERR_NONE;
        UNIT_EQ_INT(is_good, rows[i].told != NULL);
        if (!is_good)
            continue;
        sink_place_format(&addr, text);
        UNIT_EQ_STR(text, rows[i].told);
    }
}

UNIT_MAIN(UNIT_RUN(each_kind_is_complete), UNIT_RUN(what_a_kind_cannot_do_is_refused),
          UNIT_RUN(places_are_read_and_told))
