/* SPDX-License-Identifier: Apache-2.0
 *
 * The result as a JUnit report, which every CI server shows: a case for the run as such (its
 * target, and brunt itself), one for each expectation, and one for each thing that is expected of a
 * sink. FAIL is a failure; INVALID is an error, JUnit's word for a test that could not be judged.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/form_inner.h"
#include "report/result_events.h"
#include "report/verdict.h"

/* Text and attribute values of XML 1.0: the control characters that it forbids become '?'. */
static void junit_put(struct buf *buf, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            buf_put_str(buf, "&amp;");
            break;
        case '<':
            buf_put_str(buf, "&lt;");
            break;
        case '>':
            buf_put_str(buf, "&gt;");
            break;
        case '"':
            buf_put_str(buf, "&quot;");
            break;
        case '\n':
            buf_put_str(buf, "\n");
            break;
        default:
            buf_put(buf, *c >= 0x20 && *c < 0x7f ? bytes_make(c, 1) : BYTES("?"));
            break;
        }
    }
}

static void junit_attribute(struct buf *buf, const char *name, const char *value)
{
    buf_putf(buf, " %s=\"", name);
    junit_put(buf, value);
    buf_put(buf, BYTES("\""));
}

struct junit_count {
    size_t tests;
    size_t failures;
    size_t errors;
};

static bool junit_is_expect(const struct result_reason *reason)
{
    return bytes_eq(bytes_from_str(reason->code), BYTES("expect"));
}

/* ---- what is expected of sinks ---- */

/* Calls back with each ruling and the reason that it gave; NULL: none. */
struct junit_sinks {
    const struct result *result;
    void (*each)(struct junit_sinks *sinks, const struct result_sink *sink,
                 const struct track_ruling *ruling, const struct result_reason *reason);
    const struct result_reason *wanted; /* in: a reason */
    bool found;                         /* it is one of a sink's */
    struct junit_count count;
    struct buf *buf;
    double seconds;
};

static const struct result_reason *
junit_sink_reason(const struct result *result, const struct result_sink *sink, const char *code)
{
    struct bytes name = bytes_from_str(sink->name);
    for (size_t i = 0; i < result->reason_count; i++) {
        struct bytes text = bytes_from_str(result->reasons[i].text);
        if (bytes_eq(bytes_from_str(result->reasons[i].code), bytes_from_str(code)) &&
            bytes_starts(text, name) && bytes_starts(bytes_skip(text, name.len), BYTES(": ")))
            return &result->reasons[i];
    }
    return NULL;
}

static void junit_each_sink(struct junit_sinks *sinks)
{
    const struct result *result = sinks->result;
    for (size_t i = 0; result->events != NULL && i < result->events->sink_count; i++) {
        const struct result_sink *sink = &result->events->sinks[i];
        struct track_ruling rulings[TRACK_RULE_COUNT];
        struct result_flow flow;
        result_flow_init(&flow, result, RESULT_COUNTED, i);
        size_t count =
            track_judge(&sink->deliver, sink->is_intact_asked, &flow.entries, &flow.at, rulings);
        for (size_t k = 0; k < count; k++)
            sinks->each(
                sinks, sink, &rulings[k],
                junit_sink_reason(result, sink, verdict_ruling_code(&rulings[k], &flow.at)));
        result_flow_fini(&flow);
    }
}

static void junit_match(struct junit_sinks *sinks, const struct result_sink *sink,
                        const struct track_ruling *ruling, const struct result_reason *reason)
{
    (void)sink;
    (void)ruling;
    sinks->found = sinks->found || reason == sinks->wanted;
}

static bool junit_is_own_case(const struct result *result, const struct result_reason *reason)
{
    struct junit_sinks sinks = {.result = result, .each = junit_match, .wanted = reason};
    if (junit_is_expect(reason))
        return true;
    junit_each_sink(&sinks);
    return sinks.found;
}

/* Nothing is known for sure of a run that did not come to its end, but what broke. */
static enum verdict junit_ruling_verdict(const struct result *result,
                                         const struct track_ruling *ruling,
                                         const struct result_reason *reason)
{
    if (reason != NULL)
        return reason->kind == VERDICT_FAIL ? VERDICT_FAIL : VERDICT_INVALID;
    return result->events->ended && ruling->holds == TRACK_HELD ? VERDICT_PASS : VERDICT_INVALID;
}

static void junit_count_sink(struct junit_sinks *sinks, const struct result_sink *sink,
                             const struct track_ruling *ruling, const struct result_reason *reason)
{
    enum verdict verdict = junit_ruling_verdict(sinks->result, ruling, reason);
    (void)sink;
    sinks->count.tests++;
    sinks->count.failures += verdict == VERDICT_FAIL;
    sinks->count.errors += verdict == VERDICT_INVALID;
}

/* How many reasons of that kind are no expectation's. */
static size_t junit_reasons(const struct result *result, enum verdict kind)
{
    size_t count = 0;
    for (size_t i = 0; i < result->reason_count; i++)
        count += result->reasons[i].kind == kind && !junit_is_own_case(result, &result->reasons[i]);
    return count;
}

/* What the case of the run as such is: of a run without a verdict nothing can be said. */
static enum verdict junit_run_verdict(const struct result *result)
{
    if (junit_reasons(result, VERDICT_FAIL) > 0)
        return VERDICT_FAIL;
    if (junit_reasons(result, VERDICT_INVALID) > 0 || result->verdict == VERDICT_NONE ||
        result->partial == RESULT_CUT_OFF)
        return VERDICT_INVALID;
    return VERDICT_PASS;
}

static struct junit_count junit_count(const struct result *result)
{
    enum verdict run = junit_run_verdict(result);
    struct junit_count count = {.tests = 1 + result->expect_count,
                                .failures = run == VERDICT_FAIL,
                                .errors = run == VERDICT_INVALID};
    for (size_t i = 0; i < result->expect_count; i++) {
        enum result_held held = result->expects[i].held;
        count.failures += held == RESULT_BROKEN;
        count.errors += held == RESULT_UNDECIDED || held == RESULT_UNJUDGED;
    }
    struct junit_sinks sinks = {.result = result, .each = junit_count_sink};
    junit_each_sink(&sinks);
    count.tests += sinks.count.tests;
    count.failures += sinks.count.failures;
    count.errors += sinks.count.errors;
    return count;
}

static void junit_trouble(struct buf *buf, const char *element, const char *message)
{
    buf_putf(buf, "      <%s", element);
    junit_attribute(buf, "message", message);
    buf_put(buf, BYTES("/>\n"));
}

static void junit_open_case(struct buf *buf, const char *class_name, const char *name,
                            double seconds)
{
    buf_put(buf, BYTES("    <testcase"));
    junit_attribute(buf, "classname", class_name);
    junit_attribute(buf, "name", name);
    buf_putf(buf, " time=\"%.3f\">\n", seconds);
}

static void junit_run_case(struct buf *buf, const struct result *result, double seconds)
{
    junit_open_case(buf, "brunt", "run", seconds);
    /* A case has one failure or error at most: the first reason, which made the verdict. */
    enum verdict run = junit_run_verdict(result);
    const char *message = result->partial_why != NULL ? result->partial_why : "";
    for (size_t i = result->reason_count; i > 0; i--) {
        const struct result_reason *reason = &result->reasons[i - 1];
        if (reason->kind == run && !junit_is_own_case(result, reason))
            message = reason->text;
    }
    if (run != VERDICT_PASS)
        junit_trouble(buf, run == VERDICT_FAIL ? "failure" : "error", message);
    buf_put(buf, BYTES("    </testcase>\n"));
}

static void junit_expect_case(struct buf *buf, const struct result_expect *expect, double seconds)
{
    static const char *const whys[] = {"the run did not come to an end", "", "",
                                       "that may be brunt's own doing"};
    char message[200];
    struct fmt_text value = {"no sample"};
    if (expect->has_value)
        value = result_fmt_value(expect->expr.unit, expect->value);
    junit_open_case(buf, "brunt.expect", expect->text, seconds);
    (void)snprintf(message, sizeof(message), "%s%s%s", value.str,
                   whys[expect->held][0] == '\0' ? "" : "; ", whys[expect->held]);
    if (expect->held == RESULT_BROKEN)
        junit_trouble(buf, "failure", message);
    else if (expect->held != RESULT_HELD)
        junit_trouble(buf, "error", message);
    buf_put(buf, BYTES("    </testcase>\n"));
}

static void junit_sink_case(struct junit_sinks *sinks, const struct result_sink *sink,
                            const struct track_ruling *ruling, const struct result_reason *reason)
{
    enum verdict verdict = junit_ruling_verdict(sinks->result, ruling, reason);
    char name[200];
    (void)snprintf(name, sizeof(name), "%s: %s", sink->name, track_rule_text(ruling->rule));
    junit_open_case(sinks->buf, "brunt.sink", name, sinks->seconds);
    const char *message = reason != NULL ? reason->text : "the run did not come to an end";
    if (verdict != VERDICT_PASS)
        junit_trouble(sinks->buf, verdict == VERDICT_FAIL ? "failure" : "error", message);
    buf_put(sinks->buf, BYTES("    </testcase>\n"));
}

void form_junit_render(const struct result *result, const struct form_options *options,
                       struct buf *buf)
{
    struct form_options plain = {.width = 100};
    struct junit_count count = junit_count(result);
    double seconds = (double)result->last.t_ns / 1e9;
    struct buf text;

    (void)options;
    buf_putf(buf,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite "
             "name=\"brunt\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" "
             "time=\"%.3f\"",
             count.tests, count.failures, count.errors, seconds);
    junit_attribute(buf, "hostname", result->machine.host);
    buf_put(buf, BYTES(">\n    <properties>\n      <property name=\"command\""));
    junit_attribute(buf, "value", result->plan.command);
    buf_putf(buf, "/>\n      <property name=\"seed\" value=\"%" PRIu64 "\"/>\n    </properties>\n",
             result->plan.seed);
    junit_run_case(buf, result, seconds);
    for (size_t i = 0; i < result->expect_count; i++)
        junit_expect_case(buf, &result->expects[i], seconds);
    junit_each_sink(&(struct junit_sinks){
        .result = result, .each = junit_sink_case, .buf = buf, .seconds = seconds});
    buf_init(&text, FORM_SIZE_MAX);
    form_text_render(result, &plain, &text);
    buf_put(buf, BYTES("    <system-out>"));
    junit_put(buf, buf_cstr(&text));
    buf_put(buf, BYTES("</system-out>\n  </testsuite>\n</testsuites>\n"));
    buf_fini(&text);
}
