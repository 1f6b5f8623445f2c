/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of one life: zeroed, aligned, apart from each other, whatever their size.
 */
#include "base/arena.h"

#include <stdint.h>

#include "unit.h"

UNIT_TEST(arena_gives_zeroed_aligned_pieces_that_do_not_meet)
{
    struct arena arena;
    arena_init(&arena);
    unsigned char *pieces[300];
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(&arena, i * 7, 1);
        UNIT_EQ_INT((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < i * 7; j++)
            UNIT_EQ_INT(pieces[i][j], 0);
        memset(pieces[i], (int)(i & 255), i * 7);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < i * 7; j++)
            UNIT_EQ_INT(pieces[i][j], i & 255);
    }
    arena_fini(&arena);
    UNIT_OK(arena.chunks == NULL);
}

UNIT_TEST(arena_copies_texts_with_a_nul_behind)
{
    struct arena arena;
    arena_init(&arena);
    struct bytes copy = arena_copy(&arena, BYTES("one"));
    struct bytes none = arena_copy(&arena, BYTES_NONE);
    UNIT_EQ_BYTES(copy, BYTES("one"));
    UNIT_EQ_INT(copy.ptr[3], 0);
    UNIT_EQ_INT(none.len, 0);
    UNIT_EQ_INT(none.ptr[0], 0);
    arena_fini(&arena);
}

UNIT_MAIN(UNIT_RUN(arena_gives_zeroed_aligned_pieces_that_do_not_meet),
          UNIT_RUN(arena_copies_texts_with_a_nul_behind))
