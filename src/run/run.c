/* SPDX-License-Identifier: Apache-2.0
 *
 * A run from its plan to its exit code.
 */
#include "run/run.h"

#include "base/mem.h"
#include "run/coord.h"

static enum exit_code run_exit_code(const struct coord *coord)
{
    if (coord->signals > 0)
        return EXIT_CODE_SIGNAL;
    switch (coord->result.verdict) {
    case VERDICT_PASS:
        return EXIT_CODE_OK;
    case VERDICT_FAIL:
        return EXIT_CODE_FAIL;
    case VERDICT_INVALID:
        return EXIT_CODE_INVALID;
    case VERDICT_NONE:
        break;
    }
    return EXIT_CODE_BUG;
}

enum br_err run_plan(struct plan *plan, const struct run_observer *observer,
                     enum exit_code *out_code, struct diag *diag)
{
    struct run_means means;
    enum br_err err = run_complete_plan(plan, &means, diag);
    if (err != BR_ERR_NONE)
        return err;
    if (observer->on_plan != NULL)
        observer->on_plan(observer->context, plan, means.connections_max);
    struct coord *coord = MEM_NEW(struct coord);
    err = coord_init(coord, plan, &means, observer, diag);
    if (err == BR_ERR_NONE) {
        err = coord_run(coord, diag);
        if (err == BR_ERR_NONE && observer->on_result != NULL)
            observer->on_result(observer->context, &coord->result);
        if (err == BR_ERR_NONE)
            *out_code = run_exit_code(coord);
        coord_fini(coord);
    }
    mem_free(coord);
    return err;
}
