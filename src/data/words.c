/* SPDX-License-Identifier: Apache-2.0
 *
 * The word list as slots.
 */
#include "data/words.h"

#define W(word)                                                                                    \
    {                                                                                              \
        word " ", sizeof(word)                                                                     \
    }

const struct words_slot words_slots[WORDS_COUNT] = {
#include "data/words_table.h"
};
