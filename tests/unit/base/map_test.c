/* SPDX-License-Identifier: Apache-2.0
 *
 * Maps: what was put is found, what was not is not, through many growths.
 */
#include "base/map.h"
#include "unit.h"

enum { MAP_TEST_COUNT = 5000 };

UNIT_TEST(map_finds_what_was_put_and_nothing_else)
{
    static char texts[MAP_TEST_COUNT][8];
    struct map map;
    map_init(&map);
    UNIT_OK(map_get(&map, BYTES("0")) == NULL);
    for (int i = 0; i < MAP_TEST_COUNT; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%d", i);
        map_put(&map, bytes_from_str(texts[i]), texts[i]);
    }
    UNIT_EQ_INT(map.count, MAP_TEST_COUNT);
    for (int i = 0; i < MAP_TEST_COUNT; i++)
        UNIT_OK(map_get(&map, bytes_from_str(texts[i])) == texts[i]);
    UNIT_OK(map_get(&map, BYTES("5000")) == NULL);
    UNIT_OK(map_get(&map, BYTES("")) == NULL);
    map_put(&map, BYTES(""), texts);
    UNIT_OK(map_get(&map, BYTES("")) == texts);
    map_fini(&map);
    UNIT_EQ_INT(map.count, 0);
}

UNIT_TEST(map_tells_keys_with_nul_bytes_apart)
{
    struct map map;
    int a, b;
    map_init(&map);
    map_put(&map, BYTES("a\0b"), &a);
    map_put(&map, BYTES("a\0c"), &b);
    UNIT_OK(map_get(&map, BYTES("a\0b")) == &a);
    UNIT_OK(map_get(&map, BYTES("a\0c")) == &b);
    UNIT_OK(map_get(&map, BYTES("a")) == NULL);
    map_fini(&map);
}

UNIT_MAIN(UNIT_RUN(map_finds_what_was_put_and_nothing_else),
          UNIT_RUN(map_tells_keys_with_nul_bytes_apart))
