/* SPDX-License-Identifier: Apache-2.0
 *
 * The two loops that touch every byte of a head: up to the end of a field's name, and up to the
 * next byte that cannot be in a value. By vectors where the machine has SSE2, 8 bytes at a time
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

/* The first blank, control character or DEL, or `end`. */
static inline const char *h1_scan_target_plain(const char *p, const char *end)
{
    return h1_scan_class(p, end, H1_CLASS_TARGET);
}

/* The first byte that cannot be in a name, or `end`. */
static inline const char *h1_scan_name_plain(const char *p, const char *end)
{
    return h1_scan_class(p, end, H1_CLASS_TOKEN);
}

/* A view of 64 bytes: which of them are control characters. Lines are found by shifting the mask,
 * so that the next line's place is known before this one's bytes were looked at. */
struct h1_window {
    const char *low; /* the input's first byte; below it nothing is read */
    const char *end; /* behind the 64 bytes; `low`: none were looked at yet */
    uint64_t mask;
};

enum { H1_WINDOW_SIZE = 64 };

static inline struct h1_window h1_window_at(const char *low)
{
    return (struct h1_window){low, low, 0};
}

#if defined(__SSE2__)

/* A bit for each of 16 bytes that is at most `low_max`, or DEL. */
static inline uint64_t h1_low_mask_16(const char *p, char low_max)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(low_max)), x);
    __m128i del = _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}

static inline uint64_t h1_window_mask(const char *start)
{
    return h1_low_mask_16(start, 0x1f) | h1_low_mask_16(start + 16, 0x1f) << 16 |
           h1_low_mask_16(start + 32, 0x1f) << 32 | h1_low_mask_16(start + 48, 0x1f) << 48;
}

/* The first control character at or behind `p`, or `end`. The last window ends at `end`, so that it
 * overlaps the one before instead of reading too far. */
static inline const char *h1_scan_value(struct h1_window *window, const char *p, const char *end)
{
    for (;;) {
        if (BR_LIKELY(p < window->end)) {
            uint64_t mask = window->mask >> ((H1_WINDOW_SIZE - (window->end - p)) & 63);
            if (BR_LIKELY(mask != 0))
                return p + (unsigned)__builtin_ctzll(mask);
            p = window->end;
        }
        if (BR_UNLIKELY(end - window->low < H1_WINDOW_SIZE))
            return h1_scan_value_plain(p, end);
        if (p == end)
            return end;
        const char *start = end - p < H1_WINDOW_SIZE ? end - H1_WINDOW_SIZE : p;
        window->mask = h1_window_mask(start);
        window->end = start + H1_WINDOW_SIZE;
    }
}

static inline const char *h1_scan_target(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        uint64_t mask = h1_low_mask_16(p, ' ');
        if (mask != 0)
            return p + (unsigned)__builtin_ctzll(mask);
    }
    return h1_scan_target_plain(p, end);
}

/* Letters, digits and '-' are known at a glance; what else is a token character goes by table. */
static inline const char *h1_scan_name(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i letter = _mm_sub_epi8(_mm_or_si128(x, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        __m128i digit = _mm_sub_epi8(x, _mm_set1_epi8('0'));
        __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
        __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
        __m128i is_dash = _mm_cmpeq_epi8(x, _mm_set1_epi8('-'));
        __m128i good = _mm_or_si128(_mm_or_si128(is_letter, is_digit), is_dash);
        unsigned bad = (unsigned)_mm_movemask_epi8(good) ^ 0xffffU;
        if (bad == 0)
            continue;
        p += (unsigned)__builtin_ctz(bad);
        if (BR_LIKELY(*p == ':'))
            return p;
        break;
    }
    return h1_scan_name_plain(p, end);
}

#else

static inline const char *h1_scan_value(struct h1_window *window, const char *p, const char *end)
{
    (void)window;
    return h1_scan_value_plain(p, end);
}

static inline const char *h1_scan_target(const char *p, const char *end)
{
    return h1_scan_target_plain(p, end);
}

static inline const char *h1_scan_name(const char *p, const char *end)
{
    return h1_scan_name_plain(p, end);
}

#endif

#endif
