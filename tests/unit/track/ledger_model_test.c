/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger beside the naive model of tests/truth, for a short while; the truth suite does it for
 * long.
 */
#include "../../truth/ledger_model.h"
#include "unit.h"

static void ledger_test_worlds(uint64_t first, uint64_t count, uint64_t steps, bool is_thorough)
{
    for (uint64_t seed = first; seed < first + count; seed++) {
        char why[MODEL_WHY_SIZE] = "";
        if (!model_play(seed, steps, is_thorough, why))
            unit_fail(__FILE__, __LINE__, "seed %llu: %s", (unsigned long long)seed, why);
    }
}

UNIT_TEST(ledger_says_what_a_naive_model_says_of_small_worlds)
{
    ledger_test_worlds(1, 150, 600, true);
}

UNIT_TEST(ledger_says_what_a_naive_model_says_of_larger_worlds)
{
    ledger_test_worlds(1000, 20, 20000, false);
}

UNIT_MAIN(UNIT_RUN(ledger_says_what_a_naive_model_says_of_small_worlds),
          UNIT_RUN(ledger_says_what_a_naive_model_says_of_larger_worlds))
