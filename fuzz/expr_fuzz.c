/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations: what is read has a metric, texts within the given one, a quantile and a bound that
 * mean something, and is read again to the same; what is refused has a sentence.
 */
#include "metric/expr.h"

#include <math.h>

#include "base/must.h"
#include "fuzz.h"

static void check_part(struct bytes whole, struct bytes part)
{
    if (part.len == 0)
        return;
    MUST(part.ptr >= whole.ptr);
    MUST(part.ptr + part.len <= whole.ptr + whole.len);
}

static void check(const struct expr *expr, struct bytes text)
{
    struct expr again;
    check_part(text, expr->text);
    check_part(text, expr->phase);
    check_part(text, expr->selector);
    MUST(expr->metric.len > 0);
    MUST(isfinite(expr->bound));
    if (expr->stat == EXPR_QUANTILE)
        MUST(expr->quantile >= 0.0 && expr->quantile <= 1.0);
    enum br_err err = expr_parse(expr->text, &again, NULL);
    MUST(err == BR_ERR_NONE);
    MUST(bytes_eq(again.metric, expr->metric));
    MUST(again.stat == expr->stat);
    MUST(again.bound == expr->bound);
    MUST(expr_holds(expr, expr->bound) ==
         (expr->op == EXPR_LE || expr->op == EXPR_GE || expr->op == EXPR_EQ));
    MUST(!expr_holds(expr, (double)NAN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make((const char *)data, size);
    struct expr expr;
    struct diag diag = DIAG_INIT;
    if (expr_parse(text, &expr, &diag) == BR_ERR_NONE)
        check(&expr, text);
    else
        MUST(diag.text[0] != '\0');
    return 0;
}
