/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing and reading single stamps. Writing is on the sender's hot path (a stamp for each event),
 * so eight digits are made at once in a 64-bit word.
 */
#include "base/stamp.h"

#include "base/must.h"
#include "base/rng.h"
#include "base/stamp_code.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are taken as little-endian bytes");
_Static_assert(STAMP_STREAM_BITS + STAMP_SEQ_BITS == 60, "twelve digits");

static const char stamp_prefix[2] = {'z', 'x'};

#define STAMP_ONES UINT64_C(0x0101010101010101)

/* 40 bits as eight digits, the highest first in memory. */
static inline uint64_t stamp_digits(uint64_t bits)
{
    uint64_t x = (bits & 0xfffff) | (bits >> 20 << 32);
    x = (x & UINT64_C(0x000003ff000003ff)) | ((x & UINT64_C(0x000ffc00000ffc00)) << 6);
    x = (x & UINT64_C(0x001f001f001f001f)) | ((x & UINT64_C(0x03e003e003e003e0)) << 3);
    x = __builtin_bswap64(x);
    /* 1 in each byte that is above 9, which is where letters begin. */
    uint64_t letters = ((x + (0x7f - 9) * STAMP_ONES) >> 7) & STAMP_ONES;
    return x + '0' * STAMP_ONES + letters * (uint64_t)('a' - '0' - 10);
}

static void stamp_put(char *out, uint64_t digits, size_t count)
{
    memcpy(out, &digits, count);
}

static const char stamp_digit_texts[] = "0123456789abcdefghijklmnopqrstuv";

static const signed char stamp_values[256] = {
    /* 0: no digit, else value + 1 */
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['i'] = 19, ['j'] = 20, ['k'] = 21, ['l'] = 22, ['m'] = 23, ['n'] = 24,
    ['o'] = 25, ['p'] = 26, ['q'] = 27, ['r'] = 28, ['s'] = 29, ['t'] = 30, ['u'] = 31, ['v'] = 32,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18,
    ['I'] = 19, ['J'] = 20, ['K'] = 21, ['L'] = 22, ['M'] = 23, ['N'] = 24, ['O'] = 25, ['P'] = 26,
    ['Q'] = 27, ['R'] = 28, ['S'] = 29, ['T'] = 30, ['U'] = 31, ['V'] = 32,
};

int stamp_digit_value(char c)
{
    return stamp_values[(unsigned char)c] - 1;
}

/* `count` digits (at most 12), false when one is none. */
static bool stamp_take_digits(const char *text, size_t count, uint64_t *out_bits)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        int value = stamp_digit_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 5 | (uint64_t)value;
    }
    *out_bits = bits;
    return true;
}

static uint64_t stamp_salt(uint32_t run)
{
    return rng_mix(run + RNG_STEP);
}

static void stamp_run_set(struct stamp_run *run, uint32_t number)
{
    run->number = number;
    run->salt = stamp_salt(number);
    memcpy(run->head, stamp_prefix, sizeof(stamp_prefix));
    stamp_put(run->head + sizeof(stamp_prefix), stamp_digits((uint64_t)number << 10),
              STAMP_RUN_SIZE);
}

void stamp_run_init(struct stamp_run *run, uint64_t random)
{
    stamp_run_set(run, (uint32_t)(rng_mix(random) >> (64 - STAMP_RUN_BITS)));
}

enum br_err stamp_run_parse(struct bytes text, struct stamp_run *out_run, struct diag *diag)
{
    uint64_t number;
    if (text.len != STAMP_RUN_SIZE || !stamp_take_digits(text.ptr, STAMP_RUN_SIZE, &number))
        return diag_set(diag, BR_ERR_CONFIG,
                        "a run id is %d letters and digits out of 0-9 and a-v, such as r4t0ve, "
                        "not '%.*s'",
                        STAMP_RUN_SIZE, BYTES_ARG(text));
    stamp_run_set(out_run, (uint32_t)number);
    return BR_ERR_NONE;
}

static uint32_t stamp_check(uint64_t salt, uint64_t id)
{
    return (uint32_t)(rng_mix(id ^ salt) >> (64 - STAMP_CHECK_BITS));
}

static uint64_t stamp_pack(struct stamp_id id)
{
    MUST(id.stream <= STAMP_STREAM_MAX);
    MUST(id.seq <= STAMP_SEQ_MAX);
    return (uint64_t)id.stream << STAMP_SEQ_BITS | id.seq;
}

static struct stamp_id stamp_unpack(uint64_t id)
{
    return (struct stamp_id){(uint32_t)(id >> STAMP_SEQ_BITS), id & STAMP_SEQ_MAX};
}

void stamp_emit(const struct stamp_run *run, struct stamp_id id, char out_text[static STAMP_SIZE])
{
    uint64_t packed = stamp_pack(id);
    uint64_t check = stamp_check(run->salt, packed);
    memcpy(out_text, run->head, STAMP_HEAD_SIZE);
    stamp_put(out_text + 8, stamp_digits(packed >> 20), 8);
    stamp_put(out_text + 16, stamp_digits((packed & 0xfffff) << 20 | check >> 10), 8);
    stamp_put(out_text + 24, stamp_digits((check & 0x3ff) << 30), 2);
}

void stamp_writer_init(struct stamp_writer *writer, const struct stamp_run *run)
{
    *writer = (struct stamp_writer){.run = *run, .high = UINT64_MAX};
    memcpy(writer->text, run->head, STAMP_HEAD_SIZE);
}

void stamp_writer_put(struct stamp_writer *writer, struct stamp_id id)
{
    uint64_t packed = stamp_pack(id);
    uint64_t check = stamp_check(writer->run.salt, packed);
    if (BR_UNLIKELY(packed >> 20 != writer->high)) {
        writer->high = packed >> 20;
        stamp_put(writer->text + 8, stamp_digits(packed >> 20), 8);
    }
    stamp_put(writer->text + 16, stamp_digits((packed & 0xfffff) << 20 | check >> 10), 8);
    writer->text[24] = stamp_digit_texts[check >> 5 & 31];
    writer->text[25] = stamp_digit_texts[check & 31];
}

/* The lowest `count` nibbles of `bits`, the highest first. */
static char *stamp_put_hex(char *out, uint64_t bits, int count)
{
    for (int i = count - 1; i >= 0; i--)
        *out++ = "0123456789abcdef"[bits >> (4 * i) & 15];
    return out;
}

void stamp_emit_uuid(const struct stamp_run *run, struct stamp_id id,
                     char out_text[static STAMP_UUID_SIZE])
{
    uint64_t packed = stamp_pack(id);
    uint64_t check = stamp_check(run->salt, packed);
    char *at = stamp_put_hex(out_text, stamp_uuid_head(run->number), 8);
    *at++ = '-';
    at = stamp_put_hex(at, check >> 14, 4);
    *at++ = '-';
    at = stamp_put_hex(at, UINT64_C(4) << 12 | (check >> 2 & 0xfff), 4);
    *at++ = '-';
    at = stamp_put_hex(at, (UINT64_C(8) | (check & 3)) << 12 | packed >> 48, 4);
    *at++ = '-';
    (void)stamp_put_hex(at, packed, 12);
}

bool stamp_read(const struct stamp_run *run, const char *text, size_t len,
                struct stamp_hit *out_hit)
{
    uint64_t number;
    uint64_t id;
    uint64_t check;
    if (len < STAMP_HEAD_SIZE || (text[0] | 0x20) != stamp_prefix[0] ||
        (text[1] | 0x20) != stamp_prefix[1] ||
        !stamp_take_digits(text + 2, STAMP_RUN_SIZE, &number))
        return false;
    bool is_run = number == run->number;
    bool is_whole = len >= STAMP_SIZE && stamp_take_digits(text + STAMP_HEAD_SIZE, 12, &id) &&
                    stamp_take_digits(text + 20, 6, &check) &&
                    stamp_check(stamp_salt((uint32_t)number), id) == check;
    if (is_whole) {
        out_hit->kind = is_run ? STAMP_OURS : STAMP_FOREIGN;
        out_hit->id = stamp_unpack(id);
    } else if (is_run) {
        out_hit->kind = STAMP_UNREADABLE;
        out_hit->id = (struct stamp_id){0, 0};
    }
    return is_whole || is_run;
}

/* `count` nibbles at *text, which moves on. */
static bool stamp_take_hex(const char **text, int count, uint64_t *out_bits)
{
    uint64_t bits = 0;
    for (int i = 0; i < count; i++) {
        int value = stamp_digit_value((*text)[i]);
        if (value < 0 || value > 15)
            return false;
        bits = bits << 4 | (uint64_t)value;
    }
    *text += count;
    *out_bits = bits;
    return true;
}

/* A dash, where there are any. */
static bool stamp_take_dash(const char **text, bool has_dashes)
{
    if (!has_dashes)
        return true;
    return *(*text)++ == '-';
}

/* What stands behind the first eight digits. */
static bool stamp_read_uuid_rest(const char *text, bool has_dashes, uint32_t run, uint64_t *out_id)
{
    uint64_t check_high;
    uint64_t check_middle;
    uint64_t middle;
    uint64_t low;
    bool is_shaped = stamp_take_dash(&text, has_dashes) && stamp_take_hex(&text, 4, &check_high) &&
                     stamp_take_dash(&text, has_dashes) &&
                     stamp_take_hex(&text, 4, &check_middle) &&
                     stamp_take_dash(&text, has_dashes) && stamp_take_hex(&text, 4, &middle) &&
                     stamp_take_dash(&text, has_dashes) && stamp_take_hex(&text, 12, &low);
    if (!is_shaped || check_middle >> 12 != 4 || middle >> 14 != 2)
        return false;
    uint64_t check = check_high << 14 | (check_middle & 0xfff) << 2 | (middle >> 12 & 3);
    *out_id = (middle & 0xfff) << 48 | low;
    return stamp_check(stamp_salt(run), *out_id) == check;
}

size_t stamp_read_uuid(const struct stamp_run *run, const char *text, size_t len,
                       struct stamp_hit *out_hit)
{
    const char *rest = text;
    uint64_t head;
    uint64_t id;
    if (len <= 8 || !stamp_take_hex(&rest, 8, &head) || (head & 3) != STAMP_UUID_MARK)
        return 0;
    uint32_t number = (uint32_t)(head >> 2);
    bool has_dashes = *rest == '-';
    size_t size = has_dashes ? STAMP_UUID_SIZE : STAMP_UUID_SIZE - 4;
    if (len >= size && stamp_read_uuid_rest(rest, has_dashes, number, &id)) {
        out_hit->kind = number == run->number ? STAMP_OURS : STAMP_FOREIGN;
        out_hit->id = stamp_unpack(id);
        return size;
    }
    /* Without the dash it may be any hexadecimal number. */
    if (number != run->number || !has_dashes)
        return 0;
    out_hit->kind = STAMP_UNREADABLE;
    out_hit->id = (struct stamp_id){0, 0};
    return 8;
}

bool stamp_parse(const struct stamp_run *run, struct bytes text, struct stamp_hit *out_hit)
{
    struct stamp_hit hit = {.offset = 0};
    bool is_stamp = false;
    if (text.len == STAMP_SIZE)
        is_stamp = stamp_read(run, text.ptr, text.len, &hit);
    else if (text.len == STAMP_UUID_SIZE || text.len == STAMP_UUID_SIZE - 4)
        is_stamp = stamp_read_uuid(run, text.ptr, text.len, &hit) > 0;
    if (is_stamp)
        *out_hit = hit;
    return is_stamp;
}
