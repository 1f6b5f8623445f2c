/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that generated text is made of: 256, so that a random byte picks one; lower-case ASCII
 * letters only, so that they may stand anywhere (JSON, URL, header, mail) as they are. Each has a
 * blank behind it and a slot of 16 bytes: copying one is a single move of fixed size.
 */
#ifndef BR_DATA_WORDS_H
#define BR_DATA_WORDS_H

#include <stdint.h>

enum { WORDS_COUNT = 256, WORDS_TEXT_SIZE = 15 };

struct words_slot {
    char text[WORDS_TEXT_SIZE]; /* the word and a blank; what follows is 0 */
    uint8_t len;                /* the blank included */
};

extern const struct words_slot words_slots[WORDS_COUNT];

#endif
