/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates are computed by the civil calendar's arithmetic: no time zone and no locale of the machine
 * has a say.
 */
#include "script/script_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "data/json.h"

void script_put_go_quoted(struct buf *out, struct bytes text)
{
    static const char digits[] = "0123456789abcdef";
    buf_put(out, BYTES("\""));
    for (size_t i = 0; i < text.len;) {
        size_t size = json_utf8_size(text.ptr + i, text.len - i);
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            buf_putf(out, "\\%c", c);
        else if (c == '\n')
            buf_put(out, BYTES("\\n"));
        else if (c == '\t')
            buf_put(out, BYTES("\\t"));
        else if (c == '\r')
            buf_put(out, BYTES("\\r"));
        else if (c < ' ' || c == 0x7f || size == 0)
            buf_putf(out, "\\x%c%c", digits[c >> 4], digits[c & 15]);
        else
            buf_put(out, bytes_make(text.ptr + i, size));
        i += size == 0 ? 1 : size;
    }
    buf_put(out, BYTES("\""));
}

struct text_date {
    int64_t year;
    int month; /* 1 to 12 */
    int day;
};

/* Days since 1970-01-01 to a date, by eras of 400 years that begin in March. */
static struct text_date text_date_of(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct text_date date = {.day = (int)(of_year - (153 * month + 2) / 5 + 1)};
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = year + era * 400 + (date.month <= 2);
    return date;
}

static int64_t text_days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void script_put_rfc3339(struct buf *out, int64_t wall_ns, bool fraction)
{
    int64_t seconds = wall_ns / UNITS_NS_PER_SEC;
    int64_t day = seconds / 86400;
    int64_t left = seconds % 86400;
    struct text_date date = text_date_of(day);
    buf_putf(out, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d", date.year, date.month, date.day,
             (int)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
    if (fraction)
        buf_putf(out, ".%09" PRId64, wall_ns % UNITS_NS_PER_SEC);
    buf_put(out, BYTES("Z"));
}

void script_put_query_escaped(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            buf_put(out, bytes_make(text.ptr + i, 1));
        else if (c == ' ')
            buf_put(out, BYTES("+"));
        else
            buf_putf(out, "%%%02X", c);
    }
}

void script_canonical_header(char *name, size_t len)
{
    bool upper = true;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (upper && c >= 'a' && c <= 'z')
            name[i] = (char)(c - 'a' + 'A');
        else if (!upper && c >= 'A' && c <= 'Z')
            name[i] = (char)(c - 'A' + 'a');
        upper = c == '-';
    }
}

/* ---- dates of HTTP ---- */

static int text_month(struct bytes word)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; word.len >= 3 && i < 12; i++)
        if (bytes_eq_nocase(bytes_make(word.ptr, 3), bytes_make(months + i * 3, 3)))
            return i + 1;
    return 0;
}

static bool text_number(struct bytes word, int64_t *out_number)
{
    int64_t number = 0;
    if (word.len == 0 || word.len > 9)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
        number = number * 10 + (word.ptr[i] - '0');
    }
    *out_number = number;
    return true;
}

/* Words between blanks, commas and hyphens tell themselves apart: a month is letters, a time has
 * colons, the first number is the day, the second the year. */
bool script_parse_http_date(struct bytes text, int64_t *out_unix_s)
{
    int month = 0;
    int64_t day = -1;
    int64_t year = -1;
    int64_t clock[3] = {-1, -1, -1};
    size_t at = 0;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && strchr(" ,-", text.ptr[end]) == NULL)
            end++;
        struct bytes word = bytes_make(text.ptr + at, end - at);
        int64_t number;
        at = end + 1;
        if (word.len == 8 && word.ptr[2] == ':' && word.ptr[5] == ':') {
            for (int i = 0; i < 3; i++)
                if (!text_number(bytes_make(word.ptr + (size_t)i * 3, 2), &clock[i]))
                    return false;
        } else if (text_number(word, &number)) {
            *(day < 0 ? &day : &year) = number;
        } else if (month == 0 && word.len == 3) {
            month = text_month(word);
        }
    }
    if (year >= 0 && year < 100)
        year += year < 70 ? 2000 : 1900;
    if (month == 0 || day < 1 || day > 31 || year < 1600 || clock[0] < 0)
        return false;
    *out_unix_s =
        text_days_of(year, month, (int)day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
    return true;
}
