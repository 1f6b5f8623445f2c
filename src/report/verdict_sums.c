/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums that must add up. Each side was counted by somebody else at another moment; where they
 * differ, a number of this run is wrong and nobody can say which.
 */
#include <inttypes.h>

#include "base/fmt.h"
#include "report/verdict_inner.h"

static void verdict_check_sum(struct result *result, const char *left, uint64_t a,
                              const char *right, uint64_t b)
{
    if (a == b)
        return;
    result_add_reason(result, VERDICT_INVALID, "sums",
                      "a sum does not add up: %s is %s, but %s is %s; this is a fault of brunt, "
                      "please report it",
                      left, fmt_count(a).str, right, fmt_count(b).str);
}

void verdict_check_sums(struct result *result)
{
    struct result_view *view;
    uint64_t statuses = 0;
    uint64_t bad_statuses = 0;
    uint64_t errors = 0;

    view = result_view_create(result, RESULT_EVERY_PHASE, RESULT_EVERY_TARGET);
    const struct block_ops_sum *ops = &view->ops;
    for (int i = 0; i < BLOCK_STATUS_MAX; i++) {
        statuses += ops->status[i];
        if (i < 200 || i > 399)
            bad_statuses += ops->status[i];
    }
    for (int i = 0; i < BR_ERR_COUNT; i++)
        errors += ops->errors[i].count;
    uint64_t transport_errors = errors - ops->errors[BR_ERR_STATUS].count;

    verdict_check_sum(result, "offered", view->offered, "done + in flight + unsent",
                      ops->done + result->end.in_flight + view->unsent);
    verdict_check_sum(result, "done", ops->done, "succeeded + failed latencies",
                      view->latency.count);
    verdict_check_sum(result, "failed", ops->failed, "failed latencies", ops->latency_failed.count);
    verdict_check_sum(result, "failed", ops->failed, "errors of all kinds", errors);
    verdict_check_sum(result, "statuses outside 200-399", bad_statuses, "errors by status",
                      ops->errors[BR_ERR_STATUS].count);
    verdict_check_sum(result, "done", ops->done, "statuses + other errors",
                      statuses + transport_errors);
    verdict_check_sum(result, "sent and done", ops->sent, "service times", view->service.count);
    result_view_destroy(&view);
}
