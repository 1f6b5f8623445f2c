/* SPDX-License-Identifier: Apache-2.0
 *
 * Histograms as text.
 */
#include "report/journal_inner.h"

enum { VLQ_BITS = 5, VLQ_MORE = 1 << VLQ_BITS, VLQ_SHIFT_MAX = 60, VLQ_CHARS_MAX = 16 };

static const char journal_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void journal_put_number(struct buf *buf, uint64_t number)
{
    char text[VLQ_CHARS_MAX];
    size_t len = 0;
    do {
        unsigned group = (unsigned)(number & (VLQ_MORE - 1));
        number >>= VLQ_BITS;
        text[len++] = journal_alphabet[number > 0 ? group | VLQ_MORE : group];
    } while (number > 0);
    buf_put(buf, bytes_make(text, len));
}

static int journal_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Takes one number off the front; false when there is none. */
static bool journal_take_number(struct bytes *text, uint64_t *out_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; text->len > 0 && shift <= VLQ_SHIFT_MAX; shift += VLQ_BITS) {
        int digit = journal_digit(text->ptr[0]);
        if (digit < 0)
            return false;
        *text = bytes_skip(*text, 1);
        number |= (uint64_t)(digit & (VLQ_MORE - 1)) << shift;
        if ((digit & VLQ_MORE) == 0) {
            *out_number = number;
            return true;
        }
    }
    return false;
}

static uint64_t journal_zigzag(int32_t value)
{
    return value < 0 ? 2 * (uint64_t)(-(int64_t)value) - 1 : 2 * (uint64_t)value;
}

static int64_t journal_unzigzag(uint64_t value)
{
    return (value & 1) != 0 ? -(int64_t)(value / 2) - 1 : (int64_t)(value / 2);
}

/* ---- the coarse grid ---- */

enum { COARSE_SUB = 13 };

/* Where each of an octave's 13 coarse buckets begins, in fine ones: 512 (2^(j/13) - 1), rounded. So
 * they are equally wide by ratio, and a value is known to 2.8 %. */
static const int16_t journal_coarse_edges[COARSE_SUB + 1] = {
    0, 28, 58, 89, 122, 156, 193, 232, 272, 315, 361, 408, 459, HIST_SUB};

static int32_t journal_coarse_of(int32_t index)
{
    int32_t at = (index < 0 ? -index : index) - 1;
    int32_t sub = at % HIST_SUB;
    int32_t j = 0;
    if (index == 0)
        return 0;
    while (sub >= journal_coarse_edges[j + 1])
        j++;
    int32_t coarse = 1 + at / HIST_SUB * COARSE_SUB + j;
    return index < 0 ? -coarse : coarse;
}

/* The fine bucket in its middle. */
static int64_t journal_fine_of(int64_t coarse)
{
    int64_t at = (coarse < 0 ? -coarse : coarse) - 1;
    if (coarse == 0)
        return 0;
    int64_t j = at % COARSE_SUB;
    int64_t middle = (journal_coarse_edges[j] + journal_coarse_edges[j + 1] - 1) / 2;
    int64_t fine = 1 + at / COARSE_SUB * HIST_SUB + middle;
    return coarse < 0 ? -fine : fine;
}

/* ---- buckets ---- */

struct journal_buckets {
    const struct hist_sum *hist;
    enum journal_grid grid;
    struct hist_cursor cursor;
    struct hist_bucket ahead; /* read and not given */
    bool has_ahead;
};

static int32_t journal_number_of(enum journal_grid grid, int32_t index)
{
    return grid == JOURNAL_EXACT ? index : journal_coarse_of(index);
}

/* The next bucket in use, its fine ones added up; false at the end. */
static bool journal_next_bucket(struct journal_buckets *buckets, int32_t *out_number,
                                uint64_t *out_count)
{
    struct hist_bucket *ahead = &buckets->ahead;
    uint64_t count = 0;
    if (!buckets->has_ahead)
        buckets->has_ahead = hist_sum_next(buckets->hist, &buckets->cursor, ahead);
    if (!buckets->has_ahead)
        return false;
    int32_t number = journal_number_of(buckets->grid, ahead->index);
    while (buckets->has_ahead && journal_number_of(buckets->grid, ahead->index) == number) {
        count += ahead->count;
        buckets->has_ahead = hist_sum_next(buckets->hist, &buckets->cursor, ahead);
    }
    *out_number = number;
    *out_count = count;
    return true;
}

void journal_put_buckets(struct buf *buf, const struct hist_sum *hist, enum journal_grid grid)
{
    struct journal_buckets buckets = {.hist = hist, .grid = grid};
    int32_t number;
    uint64_t count;
    int32_t next = 0;
    bool first = true;
    while (journal_next_bucket(&buckets, &number, &count)) {
        if (first)
            journal_put_number(buf, journal_zigzag(number));
        else if (number > next)
            journal_put_number(buf, 2 * (uint64_t)(number - next - 1) + 1);
        journal_put_number(buf, 2 * count);
        next = number + 1;
        first = false;
    }
}

static bool journal_add_bucket(struct hist_sum *hist, enum journal_grid grid, int64_t number,
                               uint64_t count)
{
    int64_t index = grid == JOURNAL_EXACT ? number : journal_fine_of(number);
    if (index < -HIST_INDEX_MAX || index > HIST_INDEX_MAX)
        return false;
    return hist_sum_add_bucket(hist, (int32_t)index, count);
}

enum br_err journal_take_buckets(struct bytes text, enum journal_grid grid, struct hist_sum *hist)
{
    uint64_t number;
    if (text.len == 0)
        return BR_ERR_NONE;
    if (!journal_take_number(&text, &number) || number > UINT32_MAX)
        return BR_ERR_PARSE;
    int64_t at = journal_unzigzag(number);
    while (text.len > 0) {
        if (!journal_take_number(&text, &number))
            return BR_ERR_PARSE;
        if ((number & 1) != 0) {
            if (number > UINT32_MAX)
                return BR_ERR_PARSE;
            at += (int64_t)(number / 2) + 1;
            continue;
        }
        if (!journal_add_bucket(hist, grid, at, number / 2))
            return BR_ERR_PARSE;
        at++;
    }
    return BR_ERR_NONE;
}
