/* SPDX-License-Identifier: Apache-2.0
 *
 * Straight from the RFC's description: three rounds of sixteen steps over blocks of 64 bytes.
 */
#include "script/script_md4.h"

enum { BLOCK_SIZE = 64, LENGTH_AT = 56 };

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    if (round == 0)
        return (x & y) | (~x & z);
    return round == 1 ? (x & y) | (x & z) | (y & z) : x ^ y ^ z;
}

static void take_block(uint32_t state[static 4], const uint8_t *block)
{
    static const uint8_t order[3][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
        {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
    };
    static const uint8_t shifts[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const uint32_t constants[3] = {0, 0x5a827999, 0x6ed9eba1};
    uint32_t words[16], now[4];
    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
                   (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    memcpy(now, state, sizeof(now));
    for (unsigned round = 0; round < 3; round++)
        for (unsigned step = 0; step < 16; step++) {
            /* The four words take turns: a, d, c, b. */
            unsigned a = (16 - step) % 4, b = (a + 1) % 4, c = (a + 2) % 4, d = (a + 3) % 4;
            now[a] = rotate(now[a] + mix(round, now[b], now[c], now[d]) +
                                words[order[round][step]] + constants[round],
                            shifts[round][step % 4]);
        }
    for (size_t i = 0; i < 4; i++)
        state[i] += now[i];
}

void script_md4(struct bytes text, uint8_t out_hash[static SCRIPT_MD4_SIZE])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    uint8_t last[2 * BLOCK_SIZE] = {0};
    uint64_t bits = (uint64_t)text.len * 8;
    for (; text.len >= BLOCK_SIZE; text = bytes_skip(text, BLOCK_SIZE))
        take_block(state, (const uint8_t *)text.ptr);
    if (text.len)
        memcpy(last, text.ptr, text.len);
    last[text.len] = 0x80;
    size_t size = text.len < LENGTH_AT ? BLOCK_SIZE : 2 * BLOCK_SIZE;
    for (size_t i = 0; i < 8; i++)
        last[size - 8 + i] = (uint8_t)(bits >> (8 * i));
    for (size_t at = 0; at < size; at += BLOCK_SIZE)
        take_block(state, last + at);
    for (size_t i = 0; i < SCRIPT_MD4_SIZE; i++)
        out_hash[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
}
