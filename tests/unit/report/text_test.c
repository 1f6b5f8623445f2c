/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form says what it must, first things first, within the width, and nothing of the
 * target's making reaches the terminal raw.
 */
#include "report/form.h"

#include "report/verdict.h"
#include "sample.h"
#include "unit.h"

#include "base/fmt.h"

static struct sample sample;

static const char *text_render(const struct form_options *options, struct buf *buf)
{
    buf_init(buf, FORM_SIZE_MAX);
    form_find(BYTES("text"))->render(&sample.result, options, buf);
    return buf_cstr(buf);
}

static void text_check_width(const char *text, int width)
{
    struct bytes rest = bytes_from_str(text);
    while (rest.len > 0) {
        struct bytes line = bytes_cut(&rest, '\n');
        if (fmt_width(line) > width)
            unit_fail(__FILE__, __LINE__, "wider than %d: %.*s", width, BYTES_ARG(line));
        if (line.len > 0 && line.ptr[line.len - 1] == ' ')
            unit_fail(__FILE__, __LINE__, "a blank at the end: %.*s", BYTES_ARG(line));
    }
}

/* Each must be there, in this order. */
static void text_check_order(const char *text, const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        const char *at = strstr(text, *parts);
        if (at == NULL)
            unit_fail(__FILE__, __LINE__, "missing or out of order: %s", *parts);
        text = at + strlen(*parts);
    }
}

UNIT_TEST(text_says_the_verdict_first_and_all_the_rest)
{
    static const char *const parts[] = {
        "FAIL     failed<0.1% does not hold: it is ",
        "expected\n",
        "p99<2s",
        "holds\n",
        "failed<0.1%",
        "DOES NOT HOLD\n",
        "200/s for 10s, the first 2s as warm-up, to 2 targets in turn",
        "offered              1,600         200/s",
        "sent ",
        "done                 1,600",
        "failed ",
        "unsent                   0",
        "behind                  17",
        "succeeded                   failed\n",
        "latency     service         latency     service\n",
        "p99.9",
        "statuses",
        "503",
        "errors",
        "connection refused",
        "7.50 s",
        "targets",
        ":8000/orders",
        "target 2 is slow",
        "brunt itself",
        "lateness",
        "receive lag",
        "warm-up\n  400 done",
        "seed 42",
        NULL,
    };
    struct buf buf;
    sample_run_lively(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    const char *text = text_render(&(struct form_options){.width = 80}, &buf);
    UNIT_EQ_INT(strncmp(text, "FAIL", 4), 0);
    text_check_order(text, parts);
    text_check_width(text, 80);
    for (const char *c = text; *c != '\0'; c++)
        UNIT_OK((*c >= 0x20 && *c < 0x7f) || *c == '\n');
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(text_fits_narrow_and_wide)
{
    static const int widths[] = {40, 60, 80, 100, 120};
    sample_run_lively(&sample);
    sample_finish(&sample, 60);
    verdict_judge(&sample.result);
    for (size_t i = 0; i < BR_COUNT(widths); i++) {
        struct buf buf;
        const char *text =
            text_render(&(struct form_options){.width = widths[i], .utf8 = true}, &buf);
        /* Tables have a least width. */
        text_check_width(text, widths[i] < 80 ? 80 : widths[i]);
        buf_fini(&buf);
    }
    sample_fini(&sample);
}

UNIT_TEST(text_shows_failures_only_when_there_are_any)
{
    struct buf buf;
    sample_init(&sample);
    sample_begin(&sample);
    sample_add(&sample, &(struct sample_ops){
                            .count = 100, .latency_ns = 2e6, .service_ns = 1e6, .status = 204});
    sample_second(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    const char *text = text_render(&(struct form_options){.width = 80}, &buf);
    UNIT_EQ_INT(
        strncmp(text, "PASS     nothing was asked of it; 100 operations done, 0 failed\n", 64), 0);
    UNIT_OK(strstr(text, "latency     service\n") != NULL);
    UNIT_OK(strstr(text, "succeeded") == NULL);
    UNIT_OK(strstr(text, "errors") == NULL);
    UNIT_OK(strstr(text, "targets") == NULL);
    UNIT_OK(strstr(text, "  p50          2.00 ms     1.00 ms\n") != NULL);
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(text_closed_model_says_that_it_hides_stalls)
{
    struct buf buf;
    sample_init(&sample);
    sample.plan.load =
        (struct plan_load){.model = PLAN_CLOSED, .operations = 100, .connections = 10};
    sample_begin(&sample);
    sample_add(&sample, &(struct sample_ops){
                            .count = 100, .latency_ns = 2e6, .service_ns = 1e6, .status = 204});
    sample_second(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    const char *text = text_render(&(struct form_options){.width = 80}, &buf);
    UNIT_OK(strstr(text, "A closed model hides stalls") != NULL);
    UNIT_OK(strstr(text, "10 connections, each sending again when it has its reply, 100") != NULL);
    UNIT_OK(strstr(text, "offered") == NULL);
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(text_of_a_run_in_which_nothing_happened)
{
    struct buf buf;
    sample_init(&sample);
    sample_add_target(&sample, "http://a/");
    sample_add_target(&sample, "http://b/");
    sample_expect(&sample, "p99<1s");
    sample_begin(&sample);
    sample_second(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    const char *text = text_render(&(struct form_options){.width = 80}, &buf);
    UNIT_EQ_INT(strncmp(text, "FAIL     nothing succeeded: no operation was done\n", 49), 0);
    UNIT_OK(strstr(text, "no sample") != NULL);
    UNIT_OK(strstr(text, "nan") == NULL);
    UNIT_OK(strstr(text, "inf") == NULL);
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(text_keeps_control_characters_from_the_terminal)
{
    struct buf buf;
    sample_init(&sample);
    sample_add_target(&sample, "http://a/\x1b[2J\r\n");
    sample_add_target(&sample, "http://b/\xff");
    sample_begin(&sample);
    sample_add(&sample, &(struct sample_ops){.count = 9, .latency_ns = 2e6, .err = BR_ERR_RESET});
    sample_add(&sample,
               &(struct sample_ops){
                   .target = 1, .count = 9, .latency_ns = 2e6, .service_ns = 1e6, .status = 200});
    sample_second(&sample);
    sample_finish(&sample, 0);
    verdict_judge(&sample.result);
    UNIT_OK(strchr(sample.result.reasons[0].text, 0x1b) != NULL);
    const char *text = text_render(&(struct form_options){.width = 80}, &buf);
    for (const char *c = text; *c != '\0'; c++)
        UNIT_OK((*c >= 0x20 && *c < 0x7f) || *c == '\n');
    buf_fini(&buf);
    sample_fini(&sample);
}

static const char *text_mark(enum form_style style)
{
    return style == FORM_STYLE_END ? ">" : "<";
}

UNIT_TEST(text_styles_are_balanced)
{
    struct buf buf;
    sample_run_lively(&sample);
    sample_finish(&sample, 60);
    verdict_judge(&sample.result);
    const char *text = text_render(&(struct form_options){.width = 80, .style = text_mark}, &buf);
    UNIT_OK(strncmp(text, "<FAIL", 5) == 0);
    buf_fini(&buf);
    sample_fini(&sample);
}

UNIT_TEST(forms_are_found_by_name)
{
    size_t count;
    const struct form *forms = form_list(&count);
    UNIT_OK(count >= 2);
    for (size_t i = 0; i < count; i++)
        UNIT_OK(form_find(bytes_from_str(forms[i].name)) == &forms[i]);
    UNIT_OK(form_find(BYTES("nothing")) == NULL);
}

UNIT_MAIN(UNIT_RUN(text_says_the_verdict_first_and_all_the_rest),
          UNIT_RUN(text_fits_narrow_and_wide),
          UNIT_RUN(text_shows_failures_only_when_there_are_any),
          UNIT_RUN(text_closed_model_says_that_it_hides_stalls),
          UNIT_RUN(text_of_a_run_in_which_nothing_happened),
          UNIT_RUN(text_keeps_control_characters_from_the_terminal),
          UNIT_RUN(text_styles_are_balanced), UNIT_RUN(forms_are_found_by_name))
