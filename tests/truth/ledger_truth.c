/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger beside its naive model for as many random steps as asked: ledger_truth STEPS [SEED].
 * Speaks TAP; built with the release program, as it is to run for long.
 */
#include <stdio.h>

#include "base/units.h"
#include "ledger_model.h"

enum { TRUTH_SMALL = 2000, TRUTH_LARGE = 200000, TRUTH_SMALL_IN = 10 };

/* One step in ten in small worlds, where order is searched for among all events. */
static bool truth_play(uint64_t seed, uint64_t steps)
{
    char why[MODEL_WHY_SIZE] = "";
    for (uint64_t done = 0; done < steps; seed++) {
        bool is_small = done % TRUTH_LARGE < TRUTH_LARGE / TRUTH_SMALL_IN;
        uint64_t count = is_small ? TRUTH_SMALL : TRUTH_LARGE;
        if (!model_play(seed, count, is_small, why)) {
            printf("# seed %llu: %s\n", (unsigned long long)seed, why);
            return false;
        }
        done += count;
    }
    return true;
}

int main(int argc, char **argv)
{
    uint64_t steps = 0;
    uint64_t seed = 1;
    bool is_read = argc >= 2 && argc <= 3 &&
                   units_parse_count(bytes_from_str(argv[1]), &steps, NULL) == BR_ERR_NONE;
    if (is_read && argc == 3)
        is_read = units_parse_count(bytes_from_str(argv[2]), &seed, NULL) == BR_ERR_NONE;
    if (!is_read) {
        (void)fprintf(stderr, "ledger_truth STEPS [SEED]\n");
        return 2;
    }
    bool is_same = truth_play(seed, steps);
    printf("%s 1 - the ledger says what a naive model says, %llu steps\n1..1\n",
           is_same ? "ok" : "not ok", (unsigned long long)steps);
    return is_same ? 0 : 1;
}
