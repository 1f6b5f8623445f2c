/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding stamps in bytes of any kind. Nothing is parsed: two bytes are looked for, eight places at
 * a time, whatever their case; what begins with them is read as a stamp. A stamp cut by the end of
 * a piece is put together in `join` with the beginning of the next piece.
 */
#include <string.h>

#include "base/must.h"
#include "base/stamp.h"
#include "base/stamp_code.h"

#define STAMP_ONES UINT64_C(0x0101010101010101)
#define STAMP_FOLD UINT64_C(0x2020202020202020)

#define STAMP_UNKNOWN SIZE_MAX

enum stamp_step { STAMP_STEP_NONE, STAMP_STEP_HIT, STAMP_STEP_MORE };

static uint64_t stamp_load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word | STAMP_FOLD;
}

/* Not 0 where a byte of `word` is: the lowest such byte is exact. */
static uint64_t stamp_zeros(uint64_t word)
{
    return (word - STAMP_ONES) & ~word & (STAMP_ONES << 7);
}

/* First place of the pair (a, b) from `at` on, case folded; a lone `a` as the last byte counts.
 * `len` when there is none. */
static size_t stamp_find(const char *text, size_t len, size_t at, const char pair[static 2])
{
    uint64_t first = STAMP_ONES * (unsigned char)(pair[0] | 0x20);
    uint64_t second = STAMP_ONES * (unsigned char)(pair[1] | 0x20);
    for (; at + 17 <= len; at += 16) {
        uint64_t low = (stamp_load(text + at) ^ first) | (stamp_load(text + at + 1) ^ second);
        uint64_t high = (stamp_load(text + at + 8) ^ first) | (stamp_load(text + at + 9) ^ second);
        uint64_t zeros = stamp_zeros(low);
        if (BR_UNLIKELY((zeros | stamp_zeros(high)) != 0)) {
            if (zeros != 0)
                return at + (size_t)__builtin_ctzll(zeros) / 8;
            return at + 8 + (size_t)__builtin_ctzll(stamp_zeros(high)) / 8;
        }
    }
    for (; at < len; at++) {
        bool is_first = (text[at] | 0x20) == (pair[0] | 0x20);
        if (is_first && (at + 1 == len || (text[at + 1] | 0x20) == (pair[1] | 0x20)))
            return at;
    }
    return len;
}

static void stamp_uuid_digits(const struct stamp_run *run, char out_digits[static 8])
{
    uint32_t head = stamp_uuid_head(run->number);
    for (int i = 0; i < 8; i++)
        out_digits[i] = "0123456789abcdef"[head >> (28 - 4 * i) & 15];
}

/* Whether the end of the piece may hide the rest of a stamp. */
static bool stamp_may_go_on(const char *text, size_t len)
{
    for (size_t i = 2; i < len; i++) {
        if (stamp_digit_value(text[i]) < 0)
            return false;
    }
    return len < STAMP_SIZE;
}

static bool stamp_uuid_may_go_on(const struct stamp_run *run, const char *text, size_t len)
{
    char head[8];
    stamp_uuid_digits(run, head);
    for (size_t i = 0; i < len && i < sizeof(head); i++) {
        if ((text[i] | 0x20) != (head[i] | 0x20))
            return false;
    }
    return len < STAMP_UUID_SIZE;
}

static enum stamp_step stamp_scan_text(struct stamp_scan *scan, struct bytes view, size_t at,
                                       struct stamp_hit *hit)
{
    const char *text = view.ptr + at;
    size_t left = view.len - at;
    if (!scan->is_ended && stamp_may_go_on(text, left))
        return STAMP_STEP_MORE;
    if (!stamp_read(scan->run, text, left, hit))
        return STAMP_STEP_NONE;
    scan->at = at + (hit->kind == STAMP_UNREADABLE ? STAMP_HEAD_SIZE : STAMP_SIZE);
    return STAMP_STEP_HIT;
}

static enum stamp_step stamp_scan_uuid(struct stamp_scan *scan, struct bytes view, size_t at,
                                       struct stamp_hit *hit)
{
    const char *text = view.ptr + at;
    size_t left = view.len - at;
    if (!scan->is_ended && stamp_uuid_may_go_on(scan->run, text, left))
        return STAMP_STEP_MORE;
    size_t size = stamp_read_uuid(scan->run, text, left, hit);
    if (size == 0 || hit->kind == STAMP_FOREIGN)
        return STAMP_STEP_NONE;
    scan->at = at + size;
    return STAMP_STEP_HIT;
}

/* Brings the next candidates up to date with `at`. */
static void stamp_scan_look(struct stamp_scan *scan, struct bytes view)
{
    char digits[8];
    if (scan->next_text == STAMP_UNKNOWN || scan->next_text < scan->at)
        scan->next_text = (scan->forms & STAMP_FORM_TEXT) == 0
                              ? view.len
                              : stamp_find(view.ptr, view.len, scan->at, scan->run->head);
    if (scan->next_uuid != STAMP_UNKNOWN && scan->next_uuid >= scan->at)
        return;
    stamp_uuid_digits(scan->run, digits);
    scan->next_uuid = (scan->forms & STAMP_FORM_UUID) == 0
                          ? view.len
                          : stamp_find(view.ptr, view.len, scan->at, digits);
}

/* One hit among the candidates that begin before `limit`. MORE: scan->at is where a stamp may have
 * begun whose end is missing. */
static enum stamp_step stamp_scan_step(struct stamp_scan *scan, struct bytes view, size_t limit,
                                       struct stamp_hit *hit)
{
    while (scan->at < limit) {
        stamp_scan_look(scan, view);
        bool is_text = scan->next_text <= scan->next_uuid;
        size_t at = is_text ? scan->next_text : scan->next_uuid;
        if (at >= limit)
            break;
        scan->at = at;
        hit->offset = at;
        enum stamp_step step =
            is_text ? stamp_scan_text(scan, view, at, hit) : stamp_scan_uuid(scan, view, at, hit);
        if (step != STAMP_STEP_NONE)
            return step;
        scan->at = at + 1;
    }
    return STAMP_STEP_NONE;
}

/* Begins to look in another view. */
static void stamp_scan_turn(struct stamp_scan *scan, bool is_joining, size_t at)
{
    scan->is_joining = is_joining;
    scan->at = at;
    scan->next_text = STAMP_UNKNOWN;
    scan->next_uuid = STAMP_UNKNOWN;
}

void stamp_scan_start(struct stamp_scan *scan, const struct stamp_run *run, unsigned forms)
{
    *scan = (struct stamp_scan){.run = run, .forms = forms};
    stamp_scan_turn(scan, false, 0);
}

void stamp_scan_feed(struct stamp_scan *scan, struct bytes piece)
{
    MUST(!scan->is_ended);
    MUST(!scan->is_joining);
    scan->piece_start += scan->piece.len;
    scan->piece = piece;
    if (scan->kept_len > 0) {
        size_t room = sizeof(scan->join) - scan->kept_len;
        size_t more = piece.len < room ? piece.len : room;
        if (more > 0)
            memcpy(scan->join + scan->kept_len, piece.ptr, more);
        scan->join_len = scan->kept_len + more;
    }
    stamp_scan_turn(scan, scan->kept_len > 0, 0);
}

void stamp_scan_end(struct stamp_scan *scan)
{
    stamp_scan_feed(scan, BYTES_NONE);
    scan->is_ended = true;
}

/* Keeps what begins at scan->at of the view, and is done with the piece. */
static void stamp_scan_keep(struct stamp_scan *scan, struct bytes view)
{
    scan->kept_len = view.len - scan->at;
    MUST(scan->kept_len < STAMP_UUID_SIZE);
    memmove(scan->join, view.ptr + scan->at, scan->kept_len);
    stamp_scan_turn(scan, false, scan->piece.len);
}

static bool stamp_scan_next_joined(struct stamp_scan *scan, struct stamp_hit *hit)
{
    struct bytes view = bytes_make(scan->join, scan->join_len);
    enum stamp_step step = stamp_scan_step(scan, view, scan->kept_len, hit);
    if (step == STAMP_STEP_HIT) {
        hit->offset += scan->piece_start - scan->kept_len;
        return true;
    }
    if (step == STAMP_STEP_MORE) {
        stamp_scan_keep(scan, view);
        return false;
    }
    size_t at = scan->at > scan->kept_len ? scan->at - scan->kept_len : 0;
    scan->kept_len = 0;
    stamp_scan_turn(scan, false, at);
    return false;
}

bool stamp_scan_next(struct stamp_scan *scan, struct stamp_hit *out_hit)
{
    struct stamp_hit hit = {.offset = 0};
    if (scan->is_joining && stamp_scan_next_joined(scan, &hit)) {
        *out_hit = hit;
        return true;
    }
    enum stamp_step step = stamp_scan_step(scan, scan->piece, scan->piece.len, &hit);
    if (step == STAMP_STEP_MORE)
        stamp_scan_keep(scan, scan->piece);
    if (step != STAMP_STEP_HIT)
        return false;
    hit.offset += scan->piece_start;
    *out_hit = hit;
    return true;
}
