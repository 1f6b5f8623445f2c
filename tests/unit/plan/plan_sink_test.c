/* SPDX-License-Identifier: Apache-2.0
 *
 * Sinks as people write them, and what is in force when.
 */
#include "plan/plan_sink.h"

#include "unit.h"

#define SEC INT64_C(1000000000)
#define MS INT64_C(1000000)

UNIT_TEST(sinks_are_read)
{
    static const struct {
        const char *text, *name, *kind, *place;
    } rows[] = {
        {"alerts=webhook:127.0.0.1:8080/hook", "alerts", "webhook", "127.0.0.1:8080/hook"},
        {"a-1_B=file:/var/log/x=y.log", "a-1_B", "file", "/var/log/x=y.log"},
        {"webhook:127.0.0.1:8080/?a=b", "webhook", "webhook", "127.0.0.1:8080/?a=b"},
        {"webhook", "webhook2", "webhook", ""},
        {"tcp:[::1]:9000", "tcp", "tcp", "[::1]:9000"},
        {"x=tcp", "x", "tcp", ""},
    };
    struct plan_sinks sinks;
    plan_sinks_init(&sinks);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(plan_sinks_add(&sinks, bytes_from_str(rows[i].text), NULL), BR_ERR_NONE);
        UNIT_EQ_INT(sinks.count, i + 1);
        UNIT_EQ_BYTES(sinks.sinks[i].name, bytes_from_str(rows[i].name));
        UNIT_EQ_BYTES(sinks.sinks[i].kind, bytes_from_str(rows[i].kind));
        UNIT_EQ_BYTES(sinks.sinks[i].place, bytes_from_str(rows[i].place));
        UNIT_OK(plan_sinks_find(&sinks, bytes_from_str(rows[i].name)) == &sinks.sinks[i]);
    }
    plan_sinks_fini(&sinks);
}

UNIT_TEST(what_is_no_sink_is_refused)
{
    static const char *const rows[] = {
        "",
        "=webhook:1",
        "1a=webhook:1",
        "a b=webhook:1",
        "a=",
        "a=:8080",
        ":8080",

        "taken=webhook:1",
        "a23456789012345678901234567890123=webhook:1",
    };
    struct plan_sinks sinks;
    struct diag diag;
    plan_sinks_init(&sinks);
    UNIT_EQ_INT(plan_sinks_add(&sinks, BYTES("taken=tcp:1"), NULL), BR_ERR_NONE);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i]);
        diag = (struct diag)DIAG_INIT;
        UNIT_EQ_INT(plan_sinks_add(&sinks, bytes_from_str(rows[i]), &diag), BR_ERR_CONFIG);
        UNIT_EQ_INT(sinks.count, 1);
        UNIT_OK(diag.text[0] != '\0');
    }
    for (size_t i = 1; i < PLAN_SINKS_MAX; i++)
        UNIT_EQ_INT(plan_sinks_add(&sinks, BYTES("webhook:1"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_sinks_add(&sinks, BYTES("webhook:1"), NULL), BR_ERR_CONFIG);
    plan_sinks_fini(&sinks);
}

UNIT_TEST(stretches_are_read_and_written_back)
{
    static const struct {
        const char *text, *back;
    } rows[] = {
        {"down", "down"},
        {"10s-20s fail=5%:503 delay=lognormal:5ms,0.3",
         "10s-20s delay=lognormal:5ms,0.3 fail=5%:503"},
        {" 1m- fail=1/1000 ", "1m- fail=0.1%:500"},
        {"0-1s reset=100%", "0s-1s reset=100%"},
        {"fail=50%:429 retry-after=2s stall=25% reset=25%",
         "fail=50%:429 retry-after=2s reset=25% stall=25%"},
        {"read=64KiB/s delay=uniform:1ms,2ms", "delay=uniform:1ms,2ms read=64KiB/s"},
        {"read=1kB", "read=1kB/s"},
        {"0s-500ms  delay=exponential:5ms", "0s-500ms delay=exponential:5ms"},
    };
    struct buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_sink_stretch stretch;
        UNIT_ROW(rows[i].text);
        for (int round = 0; round < 2; round++) {
            struct bytes text = bytes_from_str(round == 0 ? rows[i].text : rows[i].back);
            UNIT_EQ_INT(plan_sink_parse_stretch(text, &stretch, NULL), BR_ERR_NONE);
            buf_clear(&out);
            plan_sink_print_stretch(&stretch, &out);
            UNIT_EQ_BYTES(buf_bytes(&out), bytes_from_str(rows[i].back));
        }
    }
    buf_fini(&out);
}

UNIT_TEST(what_cannot_be_meant_is_refused)
{
    static const struct {
        const char *text, *part; /* of the sentence */
    } rows[] = {
        {"", "nothing to do"},
        {"10s-20s", "nothing to do"},
        {"20s-10s down", "ends before"},
        {"10s-10s down", "ends before"},
        {"10s down", "10s-20s"},
        {"1x-2s down", "1x"},
        {"fial=1%", "did you mean fail"},
        {"dance", "accepted are delay="},
        {"fail", "takes a value"},
        {"down=1", "takes no value"},
        {"fail=1%:200", "status"},
        {"fail=1%:600", "status"},
        {"fail=5", "fail:"},
        {"fail=1% fail=2%", "twice"},
        {"fail=60% reset=41%", "more than all"},
        {"delay=5", "delay:"},
        {"retry-after=2s", "goes with fail"},
        {"fail=1% retry-after=1500ms", "whole seconds"},
        {"read=0", "stall"},
        {"read=5KiB/m", "in a second"},
        {"down 10s-20s", "nothing that a sink"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_sink_stretch stretch;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].text);
        UNIT_OK(plan_sink_parse_stretch(bytes_from_str(rows[i].text), &stretch, &diag) !=
                BR_ERR_NONE);
        if (strstr(diag.text, rows[i].part) == NULL)
            printf("# %s\n", diag.text);
        UNIT_OK(strstr(diag.text, rows[i].part) != NULL);
    }
}

UNIT_TEST(the_later_of_two_stretches_counts)
{
    struct plan_sinks sinks;
    plan_sinks_init(&sinks);
    UNIT_EQ_INT(plan_sinks_add(&sinks, BYTES("a=webhook:1"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_sinks_add_stretch(&sinks, BYTES("a=delay=5ms fail=1%"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_sinks_add_stretch(&sinks, BYTES("a=10s-20s delay=9ms"), NULL), BR_ERR_NONE);
    UNIT_EQ_INT(plan_sinks_add_stretch(&sinks, BYTES("a=15s-25s down"), NULL), BR_ERR_NONE);
    const struct plan_sink *sink = &sinks.sinks[0];
    static const struct {
        int64_t at_ns, next_ns, delay_ns;
        bool is_down;
    } rows[] = {
        {-SEC, 0, 0, false},
        {0, 10 * SEC, 5 * MS, false},
        {10 * SEC, 15 * SEC, 9 * MS, false},
        {15 * SEC, 20 * SEC, 9 * MS, true},
        {20 * SEC, 25 * SEC, 5 * MS, true},
        {25 * SEC, INT64_MAX, 5 * MS, false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct plan_sink_stretch at;
        plan_sink_stretch_at(sink, rows[i].at_ns, &at);
        UNIT_EQ_INT(at.delay.ns, rows[i].delay_ns);
        UNIT_EQ_INT((at.acts & PLAN_SINK_FAIL) != 0, rows[i].at_ns >= 0);
        UNIT_EQ_INT((at.acts & PLAN_SINK_DOWN) != 0, rows[i].is_down);
        UNIT_EQ_INT(plan_sink_next_change(sink, rows[i].at_ns), rows[i].next_ns);
    }
    UNIT_EQ_INT(plan_sink_acts(sink), PLAN_SINK_DELAY | PLAN_SINK_FAIL | PLAN_SINK_DOWN);
    plan_sinks_fini(&sinks);
}

UNIT_TEST(secrets_are_kept_and_never_shown)
{
    static const struct {
        const char *text;
        enum plan_sink_auth_kind kind;
        const char *secret, *header;
    } rows[] = {
        {"a=bearer:tok:en", PLAN_SINK_AUTH_BEARER, "tok:en", ""},
        {"a=basic:me:pass:word", PLAN_SINK_AUTH_BASIC, "me:pass:word", ""},
        {"a=hmac:X-Signature:k=e:y", PLAN_SINK_AUTH_HMAC, "k=e:y", "X-Signature"},
    };
    static const char *const bad[] = {"a=bearer:",      "a=bearer",       "a=basic:SECRET",
                                      "a=hmac::SECRET", "a=hmac:SECRET",  "a=tokn:SECRET",
                                      "SECRET",         "b=bearer:SECRET"};
    struct plan_sinks sinks;
    struct buf out;
    buf_init(&out, 1 << 16);
    plan_sinks_init(&sinks);
    UNIT_EQ_INT(plan_sinks_add(&sinks, BYTES("a=webhook:1"), NULL), BR_ERR_NONE);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        UNIT_EQ_INT(plan_sinks_set_auth(&sinks, bytes_from_str(rows[i].text), NULL), BR_ERR_NONE);
        const struct plan_sink_auth *auth = &sinks.sinks[0].auth;
        UNIT_EQ_INT(auth->kind, rows[i].kind);
        UNIT_EQ_BYTES(auth->secret, bytes_from_str(rows[i].secret));
        UNIT_EQ_BYTES(auth->header, bytes_from_str(rows[i].header));
        buf_clear(&out);
        plan_sink_print(&sinks.sinks[0], &out);
        UNIT_OK(strstr(buf_cstr(&out), rows[i].secret) == NULL);
        UNIT_OK(strstr(buf_cstr(&out), "asked for") != NULL);
    }
    for (size_t i = 0; i < BR_COUNT(bad); i++) {
        struct diag diag = DIAG_INIT;
        UNIT_ROW(bad[i]);
        UNIT_EQ_INT(plan_sinks_set_auth(&sinks, bytes_from_str(bad[i]), &diag), BR_ERR_CONFIG);
        if (i < 6)
            UNIT_OK(strstr(diag.text, "SECRET") == NULL);
    }
    plan_sinks_fini(&sinks);
    buf_fini(&out);
}

UNIT_MAIN(UNIT_RUN(sinks_are_read), UNIT_RUN(what_is_no_sink_is_refused),
          UNIT_RUN(stretches_are_read_and_written_back), UNIT_RUN(what_cannot_be_meant_is_refused),
          UNIT_RUN(the_later_of_two_stretches_counts), UNIT_RUN(secrets_are_kept_and_never_shown))
