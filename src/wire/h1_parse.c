/* SPDX-License-Identifier: Apache-2.0
 *
 * The head parser. One pass over the bytes, line by line: the first line, then fields until the
 * empty line. A line that is not complete yet is begun again when more has come, and only once its
 * end is there (`seen` remembers where to look on), so that a head that trickles in costs no more
 * than linear time. What was learnt from complete lines is kept in struct h1_scan.
 *
 * Whatever is wrong inside a line is told when its end is in sight: otherwise the outcome would
 * depend on how the bytes were cut.
 */
#include "wire/h1.h"

#include "base/must.h"
#include "wire/h1_field.h"
#include "wire/h1_scan.h"

const struct h1_want h1_want_default = {
    .head_size_max = H1_HEAD_SIZE_MAX,
    .field_count_max = H1_FIELD_COUNT_MAX,
};

enum { H1_VERSION_LEN = 8 }; /* "HTTP/1.1" */

/* What a step over a line found; negative values are results of the parser. */
enum {
    H1_STEP_DONE = 1,
    H1_STEP_MORE = 0,
    H1_STEP_MALFORMED = -(int)BR_ERR_WIRE_MALFORMED,
    H1_STEP_UNSUPPORTED = -(int)BR_ERR_WIRE_UNSUPPORTED,
    H1_STEP_LIMIT = -(int)BR_ERR_WIRE_HEAD_LIMIT,
};

/* One call's view of the input. */
struct h1_cursor {
    const char *base;
    const char *end; /* what may be looked at: the input, cut at the limit */
    struct h1_scan *scan;
    struct h1_field *store; /* NULL: fields are not stored */
    uint32_t field_count_max;
    uint32_t lengths; /* of names that may matter, a bit each */
};

/* `verdict` if the line is complete, else it is too early to say. */
BR_COLD static int h1_judge(const char *line, const char *end, int verdict)
{
    return memchr(line, '\n', (size_t)(end - line)) != NULL ? verdict : H1_STEP_MORE;
}

static inline struct h1_span h1_span_of(const char *base, const char *from, const char *to)
{
    return (struct h1_span){(uint32_t)(from - base), (uint32_t)(to - from)};
}

/* Behind the line end at `p` (CR LF or LF); NULL: there is none. */
static inline const char *h1_skip_line_end(const char *p, const char *end)
{
    static const char cr_lf[] = {'\r', '\n'};
    if (BR_LIKELY(end - p >= 2 && memcmp(p, cr_lf, 2) == 0))
        return p + 2;
    return p < end && *p == '\n' ? p + 1 : NULL;
}

/* Where the text at `p` stops: at the next byte that is neither visible nor blank nor a tab.
 * Returns what follows the line end that is there, NULL when it is something else. */
static inline const char *h1_scan_line(struct h1_window *window, const char *p, const char *end,
                                       const char **out_stop)
{
    for (;;) {
        p = h1_scan_value(window, p, end);
        const char *next = h1_skip_line_end(p, end);
        if (BR_LIKELY(next != NULL) || p == end || *p != '\t') {
            *out_stop = p;
            return next;
        }
        p++;
    }
}

static inline struct bytes h1_trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return bytes_make(from, (size_t)(to - from));
}

/* A field that somebody asks for, or whose name has the length of one that matters. */
static inline bool h1_take_field(const struct h1_cursor *c, struct bytes name, const char *stop,
                                 uint32_t index, bool may_matter)
{
    const char *colon = name.ptr + name.len;
    struct bytes value = h1_trim(colon + 1, stop);
    if (c->store != NULL) {
        c->store[index].name = h1_span_of(c->base, name.ptr, colon);
        c->store[index].value = h1_span_of(c->base, value.ptr, value.ptr + value.len);
    }
    return !may_matter || h1_field_learn(c->scan, name, value);
}

/* Field lines and the empty line behind them, from *inout_p on. What changes with each line is kept
 * in locals: this loop is where the time goes. A line is scanned from its start, not from its
 * colon, so that the next line does not wait for this one's name. */
static int h1_step_fields(const struct h1_cursor *c, const char **inout_p)
{
    const char *const end = c->end;
    const char *line = *inout_p;
    struct h1_window window = h1_window_at(c->base);
    uint32_t count = c->scan->field_count;
    int step;
    for (;;) {
        const char *stop;
        const char *next = h1_scan_line(&window, line, end, &stop);
        if (BR_UNLIKELY(next == NULL)) {
            step = h1_judge(line, end, H1_STEP_MALFORMED);
            break;
        }
        if (BR_UNLIKELY(stop == line)) {
            line = next;
            step = H1_STEP_DONE;
            break;
        }
        const char *colon = h1_scan_name(line, end);
        size_t name_len = (size_t)(colon - line);
        bool may_matter = name_len < 32 && ((c->lengths >> name_len) & 1) != 0;
        if (BR_UNLIKELY(name_len == 0 || *colon != ':')) {
            step = H1_STEP_MALFORMED;
            break;
        }
        if (BR_UNLIKELY(count == c->field_count_max)) {
            step = H1_STEP_LIMIT;
            break;
        }
        if ((may_matter || c->store != NULL) &&
            !h1_take_field(c, bytes_make(line, name_len), stop, count, may_matter)) {
            step = H1_STEP_MALFORMED;
            break;
        }
        count++;
        line = next;
    }
    c->scan->field_count = count;
    c->scan->line = (uint32_t)(line - c->base);
    *inout_p = line;
    return step;
}

/* "HTTP/1.x" at `p`, or as much of it as there is. Not judged by line: another protocol may never
 * send a line's end. */
static inline int h1_step_version(const char *p, const char *end, uint8_t *out_minor)
{
    size_t have = (size_t)(end - p);
    if (BR_LIKELY(have >= H1_VERSION_LEN && memcmp(p, "HTTP/1.1", H1_VERSION_LEN) == 0)) {
        *out_minor = 1;
        return H1_STEP_DONE;
    }
    if (memcmp(p, "HTTP/", have < 5 ? have : 5) != 0)
        return H1_STEP_MALFORMED;
    if (have > 5 && p[5] != '1')
        return p[5] >= '0' && p[5] <= '9' ? H1_STEP_UNSUPPORTED : H1_STEP_MALFORMED;
    if (have > 6 && p[6] != '.')
        return H1_STEP_MALFORMED;
    if (have < H1_VERSION_LEN)
        return H1_STEP_MORE;
    if (p[7] < '0' || p[7] > '9')
        return H1_STEP_MALFORMED;
    *out_minor = (uint8_t)(p[7] - '0');
    return H1_STEP_DONE;
}

static inline bool h1_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Short as a rule: not worth a window. */
static inline const char *h1_scan_reason(const char *p, const char *end)
{
    p = h1_scan_value_plain(p, end);
    while (BR_UNLIKELY(p < end && *p == '\t'))
        p = h1_scan_value_plain(p + 1, end);
    return p;
}

/* HTTP-version SP 3DIGIT [SP reason]. */
static inline int h1_step_status_line(const struct h1_cursor *c, const char **inout_p)
{
    const char *line = *inout_p;
    uint8_t minor;
    int step = h1_step_version(line, c->end, &minor);
    if (BR_UNLIKELY(step <= 0))
        return step;
    if (BR_UNLIKELY(c->end - line < 13))
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    if (line[8] != ' ' || line[9] < '1' || line[9] > '9' || !h1_is_digit(line[10]) ||
        !h1_is_digit(line[11]))
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    const char *reason = line + 12;
    const char *stop = reason;
    if (*reason == ' ')
        stop = h1_scan_reason(++reason, c->end);
    const char *next = h1_skip_line_end(stop, c->end);
    if (BR_UNLIKELY(next == NULL))
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    *inout_p = next;
    c->scan->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    c->scan->minor = minor;
    c->scan->second = h1_span_of(c->base, reason, stop);
    return H1_STEP_DONE;
}

/* [empty lines] method SP target SP HTTP-version. */
static inline int h1_step_request_line(const struct h1_cursor *c, const char **inout_p)
{
    const char *line = *inout_p;
    while (line < c->end && (*line == '\r' || *line == '\n')) {
        const char *next = h1_skip_line_end(line, c->end);
        if (next == NULL)
            return h1_judge(line, c->end, H1_STEP_MALFORMED);
        line = next;
        c->scan->line = (uint32_t)(line - c->base);
    }
    if (line == c->end)
        return H1_STEP_MORE;
    const char *method_end = h1_scan_name_plain(line, c->end);
    if (method_end == line)
        return H1_STEP_MALFORMED; /* as good as never text: TLS, for one */
    const char *target = method_end + 1;
    if (method_end == c->end || *method_end != ' ')
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    const char *target_end = h1_scan_target(target, c->end);
    if (target_end == target || target_end == c->end || *target_end != ' ')
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    uint8_t minor;
    int step = h1_step_version(target_end + 1, c->end, &minor);
    if (step <= 0)
        return h1_judge(line, c->end, step == H1_STEP_MORE ? H1_STEP_MALFORMED : step);
    const char *next = h1_skip_line_end(target_end + 1 + H1_VERSION_LEN, c->end);
    if (next == NULL)
        return h1_judge(line, c->end, H1_STEP_MALFORMED);
    *inout_p = next;
    c->scan->minor = minor;
    c->scan->first = h1_span_of(c->base, line, method_end);
    c->scan->second = h1_span_of(c->base, target, target_end);
    return H1_STEP_DONE;
}

typedef int h1_step_fn(const struct h1_cursor *c, const char **inout_p);

/* Fields were asked for, but the head came in pieces: now that it is whole, read them once more. */
BR_COLD static void h1_store_again(const struct h1_cursor *c, const struct h1_want *want)
{
    struct h1_scan again = {0};
    struct h1_cursor cursor = *c;
    cursor.scan = &again;
    cursor.store = want->fields;
    const char *p = c->base + c->scan->fields;
    MUST(h1_step_fields(&cursor, &p) == H1_STEP_DONE);
    MUST(again.field_count == c->scan->field_count);
}

/* The whole head, from where the last call left off. Bytes of the head, or 0, or an error. */
static inline ssize_t h1_parse_head(struct bytes input, const struct h1_want *want,
                                    h1_step_fn *first_line, uint32_t lengths, struct h1_scan *scan)
{
    size_t size = input.len < want->head_size_max ? input.len : want->head_size_max;
    struct h1_cursor c = {
        .base = input.ptr,
        .end = input.ptr + size,
        .scan = scan,
        .store = scan->seen == 0 ? want->fields : NULL,
        .field_count_max = want->field_count_max,
        .lengths = lengths,
    };
    if (want->fields != NULL && want->fields_size < c.field_count_max)
        c.field_count_max = want->fields_size;

    const char *p = input.ptr + scan->line;
    int step = H1_STEP_MORE;
    /* The first bytes of a message may be refused before their line is complete. */
    bool has_news = scan->seen < scan->line + H1_VERSION_LEN ||
                    memchr(input.ptr + scan->seen, '\n', size - scan->seen) != NULL;
    if (size > 0 && has_news) {
        step = scan->fields != 0 ? H1_STEP_DONE : first_line(&c, &p);
        if (step == H1_STEP_DONE && scan->fields == 0)
            scan->fields = (uint32_t)(p - input.ptr);
        if (step == H1_STEP_DONE)
            step = h1_step_fields(&c, &p);
    }
    if (BR_LIKELY(step == H1_STEP_DONE)) {
        if (want->fields != NULL && c.store == NULL)
            h1_store_again(&c, want);
        return p - input.ptr;
    }
    scan->seen = (uint32_t)size;
    if (step == H1_STEP_MORE && size == want->head_size_max)
        return H1_STEP_LIMIT;
    return step;
}

static bool h1_is_kept_alive(const struct h1_scan *scan)
{
    bool by_version = scan->minor > 0 || (scan->flags & H1_FLAG_KEEP_ALIVE) != 0;
    return by_version && (scan->flags & H1_FLAG_CLOSE) == 0;
}

/* RFC 9112 6.3 for responses: enum h1_framing, or a negative step. */
static inline int h1_frame_response(const struct h1_scan *scan, bool to_head)
{
    uint32_t flags = scan->flags;
    uint16_t status = scan->status;
    if (to_head || status < 200 || status == 204 || status == 304)
        return H1_FRAMING_NONE;
    if (BR_LIKELY((flags & H1_FLAG_CODING) == 0))
        return (flags & H1_FLAG_LENGTH) != 0 ? H1_FRAMING_LENGTH : H1_FRAMING_UNTIL_CLOSE;
    if ((flags & H1_FLAG_OTHER_CODING) != 0)
        return H1_STEP_UNSUPPORTED;
    return (flags & H1_FLAG_CHUNKED) != 0 ? H1_FRAMING_CHUNKED : H1_STEP_MALFORMED;
}

ssize_t h1_parse_response(struct bytes input, bool to_head, const struct h1_want *want,
                          struct h1_scan *scan, struct h1_response *out_response)
{
    ssize_t len = h1_parse_head(input, want, h1_step_status_line, H1_FIELD_LENGTHS_RESPONSE, scan);
    if (len <= 0)
        return len;
    int framing = h1_frame_response(scan, to_head);
    if (framing < 0)
        return framing;
    bool keep_alive = h1_is_kept_alive(scan) && framing != H1_FRAMING_UNTIL_CLOSE;
    /* Framed in two ways, or in one that 1.0 does not know: good for this body, not for more. */
    if (framing == H1_FRAMING_CHUNKED && ((scan->flags & H1_FLAG_LENGTH) != 0 || scan->minor == 0))
        keep_alive = false;
    out_response->content_length = scan->content_length;
    out_response->reason = scan->second;
    out_response->field_count = scan->field_count;
    out_response->status = scan->status;
    out_response->minor = scan->minor;
    out_response->framing = (uint8_t)framing;
    out_response->keep_alive = keep_alive;
    *scan = (struct h1_scan){0};
    return len;
}

/* RFC 9112 6.3 for requests: what could be read in two ways is refused. */
static int h1_frame_request(const struct h1_scan *scan)
{
    uint32_t flags = scan->flags;
    if ((flags & H1_FLAG_CODING) == 0)
        return (flags & H1_FLAG_LENGTH) != 0 ? H1_FRAMING_LENGTH : H1_FRAMING_NONE;
    if ((flags & H1_FLAG_LENGTH) != 0 || scan->minor == 0)
        return H1_STEP_MALFORMED;
    if ((flags & H1_FLAG_OTHER_CODING) != 0)
        return H1_STEP_UNSUPPORTED;
    return (flags & H1_FLAG_CHUNKED) != 0 ? H1_FRAMING_CHUNKED : H1_STEP_MALFORMED;
}

ssize_t h1_parse_request(struct bytes input, const struct h1_want *want, struct h1_scan *scan,
                         struct h1_request *out_request)
{
    ssize_t len = h1_parse_head(input, want, h1_step_request_line, H1_FIELD_LENGTHS_REQUEST, scan);
    if (len <= 0)
        return len;
    int framing = h1_frame_request(scan);
    if (framing < 0)
        return framing;
    uint32_t flags = scan->flags;
    out_request->content_length = scan->content_length;
    out_request->method = scan->first;
    out_request->target = scan->second;
    out_request->field_count = scan->field_count;
    out_request->minor = scan->minor;
    out_request->framing = (uint8_t)framing;
    out_request->keep_alive = h1_is_kept_alive(scan);
    /* HTTP/1.0 does not know 100 (RFC 9110 10.1.1). */
    out_request->expects_continue = scan->minor > 0 && (flags & H1_FLAG_CONTINUE) != 0;
    out_request->has_host = (flags & (H1_FLAG_HOST | H1_FLAG_HOSTS)) == H1_FLAG_HOST;
    *scan = (struct h1_scan){0};
    return len;
}
