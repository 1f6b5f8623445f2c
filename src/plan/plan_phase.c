/* SPDX-License-Identifier: Apache-2.0
 *
 * Phases out of legs. Legs of one name are numbered from the second on (steady, steady-2), so that
 * a short schedule has plain names; steps are numbered from the first.
 */
#include "plan/plan_phase.h"

#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "plan/plan.h"

/* The first leg that is not the warm-up's. */
static size_t plan_first_leg(const struct plan_load *load)
{
    return load->warmup_ns > 0 ? 1 : 0;
}

/* How many legs are phases; 0: all that follows the warm-up is one. */
static size_t plan_leg_phases(const struct plan_load *load)
{
    size_t first = plan_first_leg(load);
    size_t count = load->leg_count > first ? load->leg_count - first : 0;
    bool named = count > 0 && load->legs[first].name != NULL;
    return named && count <= PLAN_PHASES_MAX ? count : 0;
}

size_t plan_phase_count(const struct plan_load *load)
{
    size_t legs = plan_leg_phases(load);
    return (load->warmup_ns > 0 ? 1 : 0) + (legs > 0 ? legs : 1);
}

static void plan_name_leg(const struct plan_load *load, size_t leg, char out_name[])
{
    const char *name = load->legs[leg].name;
    size_t same = 1;
    for (size_t i = plan_first_leg(load); i < leg; i++)
        same += strcmp(load->legs[i].name, name) == 0;
    if (same == 1 && strcmp(name, "step") != 0)
        (void)snprintf(out_name, PLAN_PHASE_NAME_SIZE, "%s", name);
    else
        (void)snprintf(out_name, PLAN_PHASE_NAME_SIZE, "%s-%zu", name, same);
}

struct plan_phase plan_phase_at(const struct plan_load *load, size_t i)
{
    struct plan_phase phase = {.name = "steady",
                               .counted = true,
                               .start_ns = load->warmup_ns,
                               .end_ns = load->duration_ns > 0 ? load->duration_ns : -1};
    MUST(i < plan_phase_count(load));
    if (load->warmup_ns > 0 && i == 0)
        return (struct plan_phase){.name = "warm-up", .end_ns = load->warmup_ns};
    if (plan_leg_phases(load) == 0)
        return phase;
    size_t leg = plan_first_leg(load);
    for (size_t left = i - leg; left > 0; left--, leg++)
        phase.start_ns += load->legs[leg].duration_ns;
    phase.end_ns = phase.start_ns + load->legs[leg].duration_ns;
    plan_name_leg(load, leg, phase.name);
    return phase;
}

void plan_phase_names(const struct plan_load *load, struct buf *out)
{
    size_t count = plan_phase_count(load);
    for (size_t i = 0; i < count; i++) {
        struct plan_phase phase = plan_phase_at(load, i);
        buf_putf(out, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", phase.name);
    }
}
