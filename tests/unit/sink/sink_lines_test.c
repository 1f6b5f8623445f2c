/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of pieces, however they are cut.
 */
#include "sink/sink_lines.h"

#include "base/mem.h"
#include "unit.h"

struct seen {
    struct buf text; /* each line with a | behind it */
    int count;
    int cuts;
    int enough; /* after so many lines; 0: never */
};

static bool on_line(struct bytes line, bool is_cut, void *context)
{
    struct seen *seen = context;
    seen->count++;
    seen->cuts += is_cut;
    buf_put(&seen->text, line);
    buf_put_str(&seen->text, "|");
    return seen->count != seen->enough;
}

UNIT_TEST(lines_are_the_same_however_they_are_cut)
{
    static const struct {
        const char *text, *want, *end;
    } rows[] = {
        {"a\nb\n", "a|b|", ""},
        {"a\r\nb\r\n", "a|b|", ""},
        {"\n\r\n\na\n", "a|", ""},
        {"a\nb", "a|", "b|"},
        {"a\rb\n", "a\rb|", ""},
        {"", "", ""},
        {"one\ntwo three\r", "one|", "two three|"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        struct bytes text = bytes_from_str(rows[i].text);
        for (size_t step = 1; step <= text.len + 1; step++) {
            struct sink_lines lines;
            struct seen seen = {.enough = 0};
            buf_init(&seen.text, 1024);
            sink_lines_init(&lines);
            for (size_t at = 0; at < text.len; at += step) {
                size_t len = text.len - at < step ? text.len - at : step;
                UNIT_OK(sink_lines_feed(&lines, bytes_make(text.ptr + at, len), on_line, &seen));
            }
            UNIT_EQ_BYTES(buf_bytes(&seen.text), bytes_from_str(rows[i].want));
            buf_clear(&seen.text);
            sink_lines_end(&lines, on_line, &seen);
            UNIT_EQ_BYTES(buf_bytes(&seen.text), bytes_from_str(rows[i].end));
            sink_lines_fini(&lines);
            buf_fini(&seen.text);
        }
    }
}

UNIT_TEST(enough_is_enough)
{
    struct sink_lines lines;
    struct seen seen = {.enough = 2};
    buf_init(&seen.text, 1024);
    sink_lines_init(&lines);
    UNIT_OK(sink_lines_feed(&lines, BYTES("a"), on_line, &seen));
    UNIT_OK(!sink_lines_feed(&lines, BYTES("\nb\nc\nd"), on_line, &seen));
    UNIT_EQ_BYTES(buf_bytes(&seen.text), BYTES("a|b|"));
    sink_lines_fini(&lines);
    buf_fini(&seen.text);
}

UNIT_TEST(a_line_without_end_is_cut)
{
    struct sink_lines lines;
    struct seen seen = {.enough = 0};
    size_t size = SINK_LINE_MAX + 1000;
    char *text = mem_alloc(size);
    buf_init(&seen.text, 8 << 20);
    sink_lines_init(&lines);
    memset(text, 'x', size);
    text[size - 1] = '\n';
    /* In one piece, and in two. */
    UNIT_OK(sink_lines_feed(&lines, bytes_make(text, size), on_line, &seen));
    UNIT_EQ_INT(seen.cuts, 1);
    UNIT_EQ_INT(seen.text.len, SINK_LINE_MAX + 1);
    UNIT_OK(sink_lines_feed(&lines, bytes_make(text, size / 2), on_line, &seen));
    UNIT_OK(sink_lines_feed(&lines, bytes_make(text + size / 2, size - size / 2), on_line, &seen));
    UNIT_EQ_INT(seen.cuts, 2);
    UNIT_EQ_INT(seen.text.len, 2 * (SINK_LINE_MAX + 1));
    UNIT_OK(sink_lines_feed(&lines, BYTES("next\n"), on_line, &seen));
    UNIT_EQ_INT(seen.cuts, 2);
    UNIT_EQ_INT(seen.count, 3);
    sink_lines_fini(&lines);
    buf_fini(&seen.text);
    mem_free(text);
}

UNIT_MAIN(UNIT_RUN(lines_are_the_same_however_they_are_cut), UNIT_RUN(enough_is_enough),
          UNIT_RUN(a_line_without_end_is_cut))
