/* SPDX-License-Identifier: Apache-2.0
 *
 * What a sink does on purpose, and when: reading a stretch, writing it back, and asking what is in
 * force at a moment.
 */
#include "plan/plan_sink.h"

#include "base/fmt.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/units.h"

enum {
    PLAN_SINK_STATUS_PRESET = 500,
    PLAN_SINK_STATUS_LEAST = 300, /* what is below is no error */
    PLAN_SINK_STATUS_MOST = 599,
    PLAN_SINK_SHARE_DIGITS = 12, /* behind the point of a percentage */
};

/* ---- acts ---- */

static enum br_err plan_act_delay(struct bytes value, struct plan_sink_stretch *stretch,
                                  struct diag *diag)
{
    return dist_parse(value, &stretch->delay, diag);
}

/* 1%:503 */
static enum br_err plan_act_fail(struct bytes value, struct plan_sink_stretch *stretch,
                                 struct diag *diag)
{
    uint64_t status = PLAN_SINK_STATUS_PRESET;
    struct bytes text = value;
    struct bytes share = bytes_cut(&text, ':');
    enum br_err err = units_parse_share(share, &stretch->fail_share, diag);
    if (err == BR_ERR_NONE && text.ptr != NULL)
        err = units_parse_integer(text, &status, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (status < PLAN_SINK_STATUS_LEAST || status > PLAN_SINK_STATUS_MOST)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is no status of an error: %d to %d",
                        BYTES_ARG(text), PLAN_SINK_STATUS_LEAST, PLAN_SINK_STATUS_MOST);
    stretch->fail_status = (uint16_t)status;
    return BR_ERR_NONE;
}

static enum br_err plan_act_retry_after(struct bytes value, struct plan_sink_stretch *stretch,
                                        struct diag *diag)
{
    enum br_err err = units_parse_duration(value, &stretch->retry_after_ns, diag);
    if (err == BR_ERR_NONE &&
        (stretch->retry_after_ns == 0 || stretch->retry_after_ns % UNITS_NS_PER_SEC != 0))
        err = diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is not a number of whole seconds, at least 1",
                       BYTES_ARG(value));
    return err;
}

static enum br_err plan_act_reset(struct bytes value, struct plan_sink_stretch *stretch,
                                  struct diag *diag)
{
    return units_parse_share(value, &stretch->reset_share, diag);
}

static enum br_err plan_act_stall(struct bytes value, struct plan_sink_stretch *stretch,
                                  struct diag *diag)
{
    return units_parse_share(value, &stretch->stall_share, diag);
}

/* 64KiB/s */
static enum br_err plan_act_read(struct bytes value, struct plan_sink_stretch *stretch,
                                 struct diag *diag)
{
    struct bytes unit = value;
    struct bytes size = bytes_cut(&unit, '/');
    if (unit.ptr != NULL && !bytes_eq(unit, BYTES("s")))
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is not a number of bytes in a second: 64KiB/s", BYTES_ARG(value));
    enum br_err err = units_parse_size(size, &stretch->read_bytes_per_sec, diag);
    if (err == BR_ERR_NONE && stretch->read_bytes_per_sec == 0)
        err = diag_set(diag, BR_ERR_CONFIG, "reading nothing at all is stall=100%%");
    return err;
}

typedef enum br_err plan_act_fn(struct bytes value, struct plan_sink_stretch *stretch,
                                struct diag *diag);

struct plan_act {
    const char *word;
    plan_act_fn *read; /* NULL: takes no value */
    unsigned act;      /* 0: goes with another one */
};

static const struct plan_act plan_acts[] = {
    {"delay", plan_act_delay, PLAN_SINK_DELAY},
    {"fail", plan_act_fail, PLAN_SINK_FAIL},
    {"retry-after", plan_act_retry_after, 0},
    {"reset", plan_act_reset, PLAN_SINK_RESET},
    {"stall", plan_act_stall, PLAN_SINK_STALL},
    {"read", plan_act_read, PLAN_SINK_READ},
    {"down", NULL, PLAN_SINK_DOWN},
};

/* ---- reading ---- */

static enum br_err plan_stretch_no_act(struct bytes word, struct diag *diag)
{
    struct nearest nearest = {.word = word};
    for (size_t i = 0; i < BR_COUNT(plan_acts); i++)
        nearest_offer(&nearest, plan_acts[i].word);
    if (nearest.best != NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is nothing that a sink can do; did you mean %s? Accepted are %s",
                        BYTES_ARG(word), nearest.best, PLAN_SINK_ACT_FORMS);
    return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is nothing that a sink can do: accepted are %s",
                    BYTES_ARG(word), PLAN_SINK_ACT_FORMS);
}

static enum br_err plan_stretch_read_act(struct bytes text, struct plan_sink_stretch *stretch,
                                         struct diag *diag)
{
    struct diag why = DIAG_INIT;
    struct bytes value = text;
    struct bytes word = bytes_cut(&value, '=');
    const struct plan_act *act = NULL;
    for (size_t i = 0; i < BR_COUNT(plan_acts); i++) {
        if (bytes_eq(word, bytes_from_str(plan_acts[i].word)))
            act = &plan_acts[i];
    }
    if (act == NULL)
        return plan_stretch_no_act(word, diag);
    if ((act->read == NULL) != (value.ptr == NULL))
        return diag_set(diag, BR_ERR_CONFIG, "%s takes %s value: accepted are %s", act->word,
                        act->read == NULL ? "no" : "a", PLAN_SINK_ACT_FORMS);
    if ((stretch->acts & act->act) != 0)
        return diag_set(diag, BR_ERR_CONFIG, "%s is given twice", act->word);
    enum br_err err = act->read == NULL ? BR_ERR_NONE : act->read(value, stretch, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "%s: %s", act->word, why.text);
    stretch->acts |= act->act;
    return BR_ERR_NONE;
}

/* 10s-20s, 10s-; whoever calls has seen that it begins with a digit. */
static enum br_err plan_stretch_read_times(struct bytes text, struct plan_sink_stretch *stretch,
                                           struct diag *diag)
{
    struct diag why = DIAG_INIT;
    struct bytes to = text;
    struct bytes from = bytes_cut(&to, '-');
    if (to.ptr == NULL)
        return diag_set(diag, BR_ERR_CONFIG,
                        "\"%.*s\" is not a stretch of time: accepted are 10s-20s and 10s-",
                        BYTES_ARG(text));
    enum br_err err = units_parse_duration(from, &stretch->from_ns, &why);
    if (err == BR_ERR_NONE && to.len > 0)
        err = units_parse_duration(to, &stretch->to_ns, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "%s", why.text);
    if (stretch->to_ns <= stretch->from_ns)
        return diag_set(diag, BR_ERR_CONFIG, "%.*s ends before it has begun", BYTES_ARG(text));
    return BR_ERR_NONE;
}

static enum br_err plan_stretch_check(const struct plan_sink_stretch *stretch, struct diag *diag)
{
    if (stretch->retry_after_ns > 0 && (stretch->acts & PLAN_SINK_FAIL) == 0)
        return diag_set(diag, BR_ERR_CONFIG, "retry-after goes with fail, such as fail=5%%:429");
    if (stretch->acts == 0)
        return diag_set(diag, BR_ERR_CONFIG, "nothing to do is given: accepted are %s",
                        PLAN_SINK_ACT_FORMS);
    if (stretch->fail_share + stretch->reset_share + stretch->stall_share > 1.0 + 1e-9)
        return diag_set(diag, BR_ERR_CONFIG,
                        "fail, reset and stall are more than all messages together");
    return BR_ERR_NONE;
}

enum br_err plan_sink_parse_stretch(struct bytes text, struct plan_sink_stretch *out_stretch,
                                    struct diag *diag)
{
    struct plan_sink_stretch stretch = {.to_ns = INT64_MAX};
    struct bytes rest = bytes_trim(text);
    bool is_first = true;
    while (rest.ptr != NULL) {
        struct bytes word = bytes_cut(&rest, ' ');
        enum br_err err = BR_ERR_NONE;
        if (word.len == 0)
            continue;
        if (is_first && word.ptr[0] >= '0' && word.ptr[0] <= '9')
            err = plan_stretch_read_times(word, &stretch, diag);
        else
            err = plan_stretch_read_act(word, &stretch, diag);
        if (err != BR_ERR_NONE)
            return err;
        is_first = false;
    }
    enum br_err err = plan_stretch_check(&stretch, diag);
    if (err == BR_ERR_NONE)
        *out_stretch = stretch;
    return err;
}

/* ---- writing ---- */

/* In per cent, without an exponent and trailing zeros. */
static void plan_stretch_print_share(const char *word, double share, struct buf *out)
{
    buf_putf(out, " %s=%.*f", word, PLAN_SINK_SHARE_DIGITS, share * 100);
    while (out->data[out->len - 1] == '0')
        out->len--;
    if (out->data[out->len - 1] == '.')
        out->len--;
    buf_put_str(out, "%");
}

void plan_sink_print_stretch(const struct plan_sink_stretch *stretch, struct buf *out)
{
    size_t begin = out->len;
    char delay[DIST_TEXT_SIZE];
    if (stretch->to_ns != INT64_MAX)
        buf_putf(out, " %s-%s", fmt_interval(stretch->from_ns).str,
                 fmt_interval(stretch->to_ns).str);
    else if (stretch->from_ns > 0)
        buf_putf(out, " %s-", fmt_interval(stretch->from_ns).str);
    if ((stretch->acts & PLAN_SINK_DELAY) != 0) {
        dist_format(&stretch->delay, delay);
        buf_putf(out, " delay=%s", delay);
    }
    if ((stretch->acts & PLAN_SINK_FAIL) != 0) {
        plan_stretch_print_share("fail", stretch->fail_share, out);
        buf_putf(out, ":%d", (int)stretch->fail_status);
    }
    if (stretch->retry_after_ns > 0)
        buf_putf(out, " retry-after=%s", fmt_interval(stretch->retry_after_ns).str);
    if ((stretch->acts & PLAN_SINK_RESET) != 0)
        plan_stretch_print_share("reset", stretch->reset_share, out);
    if ((stretch->acts & PLAN_SINK_STALL) != 0)
        plan_stretch_print_share("stall", stretch->stall_share, out);
    if ((stretch->acts & PLAN_SINK_READ) != 0)
        buf_putf(out, " read=%s/s", fmt_bytes_exact(stretch->read_bytes_per_sec).str);
    if ((stretch->acts & PLAN_SINK_DOWN) != 0)
        buf_put_str(out, " down");
    MUST(out->len > begin);
    /* Each part has a blank before it; the first one needs none. */
    memmove(out->data + begin, out->data + begin + 1, out->len - begin - 1);
    out->len--;
}

/* ---- asking ---- */

static void plan_stretch_overlay(struct plan_sink_stretch *at, const struct plan_sink_stretch *by)
{
    at->acts |= by->acts;
    if ((by->acts & PLAN_SINK_DELAY) != 0)
        at->delay = by->delay;
    if ((by->acts & PLAN_SINK_FAIL) != 0) {
        at->fail_share = by->fail_share;
        at->fail_status = by->fail_status;
        at->retry_after_ns = by->retry_after_ns;
    }
    if ((by->acts & PLAN_SINK_RESET) != 0)
        at->reset_share = by->reset_share;
    if ((by->acts & PLAN_SINK_STALL) != 0)
        at->stall_share = by->stall_share;
    if ((by->acts & PLAN_SINK_READ) != 0)
        at->read_bytes_per_sec = by->read_bytes_per_sec;
}

void plan_sink_stretch_at(const struct plan_sink *sink, int64_t at_ns,
                          struct plan_sink_stretch *out_stretch)
{
    *out_stretch = (struct plan_sink_stretch){.to_ns = INT64_MAX};
    for (size_t i = 0; i < sink->stretch_count; i++) {
        const struct plan_sink_stretch *stretch = &sink->stretches[i];
        if (at_ns >= stretch->from_ns && at_ns < stretch->to_ns)
            plan_stretch_overlay(out_stretch, stretch);
    }
}

int64_t plan_sink_next_change(const struct plan_sink *sink, int64_t at_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < sink->stretch_count; i++) {
        const struct plan_sink_stretch *stretch = &sink->stretches[i];
        if (stretch->from_ns > at_ns && stretch->from_ns < next_ns)
            next_ns = stretch->from_ns;
        if (stretch->to_ns > at_ns && stretch->to_ns < next_ns)
            next_ns = stretch->to_ns;
    }
    return next_ns;
}

unsigned plan_sink_acts(const struct plan_sink *sink)
{
    unsigned acts = 0;
    for (size_t i = 0; i < sink->stretch_count; i++)
        acts |= sink->stretches[i].acts;
    return acts;
}
