/* SPDX-License-Identifier: Apache-2.0
 *
 * The two loops that touch every byte of a head: up to the end of a field's name, and up to the
 * next byte that cannot be in a value. 16 bytes at a time where the machine has SSE2, 8 at a time
 * elsewhere; both are compiled where they can be, so that the tests compare them. Never reads at
 * or behind `end`.
 */
#ifndef BR_WIRE_H1_SCAN_H
#define BR_WIRE_H1_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum h1_class {
    H1_CLASS_TOKEN = 1, /* RFC 9110 5.6.2 */
    H1_CLASS_VALUE = 2, /* visible, blank or above 0x7f; not the tab, which is rare and looked at */
    H1_CLASS_TARGET = 4, /* visible or above 0x7f */
};

/* enum h1_class of every byte. */
extern const uint8_t h1_classes[256];

static inline bool h1_is_class(char c, enum h1_class class)
{
    return (h1_classes[(unsigned char)c] & class) != 0;
}

static inline const char *h1_scan_class(const char *p, const char *end, enum h1_class class)
{
    while (p < end && h1_is_class(*p, class))
        p++;
    return p;
}

#define H1_ONES UINT64_C(0x0101010101010101)
#define H1_HIGHS UINT64_C(0x8080808080808080)

/* The first byte that is a control character (tab and DEL are), or `end`. */
static inline const char *h1_scan_value_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        uint64_t del = word ^ (H1_ONES * 0x7f);
        /* High bit set in the bytes that are below 0x20, or 0x7f; right in the lowest one set, and
         * that is the only one which matters. */
        uint64_t stop = ((word - H1_ONES * 0x20) & ~word) | ((del - H1_ONES) & ~del);
        if ((stop & H1_HIGHS) != 0)
            break;
        p += 8;
    }
    return h1_scan_class(p, end, H1_CLASS_VALUE);
}

/* The first byte that cannot be in a name, or `end`. */
static inline const char *h1_scan_name_plain(const char *p, const char *end)
{
    return h1_scan_class(p, end, H1_CLASS_TOKEN);
}

#if defined(__SSE2__)

static inline const char *h1_scan_value(const char *p, const char *end)
{
    const __m128i ctl_max = _mm_set1_epi8(0x1f);
    const __m128i del = _mm_set1_epi8(0x7f);
    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop =
            _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(x, ctl_max), x), _mm_cmpeq_epi8(x, del));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        if (mask != 0)
            return p + __builtin_ctz(mask);
        p += 16;
    }
    return h1_scan_value_plain(p, end);
}

/* Letters, digits and '-' are known at a glance; what else is a token character goes by table. */
static inline const char *h1_scan_name(const char *p, const char *end)
{
    if (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i letter = _mm_sub_epi8(_mm_or_si128(x, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        __m128i digit = _mm_sub_epi8(x, _mm_set1_epi8('0'));
        __m128i good = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter),
                         _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)),
            _mm_cmpeq_epi8(x, _mm_set1_epi8('-')));
        unsigned bad = (unsigned)_mm_movemask_epi8(good) ^ 0xffffU;
        p += bad != 0 ? __builtin_ctz(bad) : 16;
        if (bad != 0 && *p == ':')
            return p;
    }
    return h1_scan_name_plain(p, end);
}

#else

static inline const char *h1_scan_value(const char *p, const char *end)
{
    return h1_scan_value_plain(p, end);
}

static inline const char *h1_scan_name(const char *p, const char *end)
{
    return h1_scan_name_plain(p, end);
}

#endif

#endif
