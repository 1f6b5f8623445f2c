/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in header fields and bodies: transfer encodings, encoded words, parameters.
 */
#include <string.h>

#include "wire/mime.h"

void mime_decoder_init(struct mime_decoder *decoder, enum mime_coding coding)
{
    decoder->coding = coding;
    qp_init(&decoder->qp);
    base64_init(&decoder->base64);
}

size_t mime_decode(struct mime_decoder *decoder, struct bytes piece, char *out)
{
    switch (decoder->coding) {
    case MIME_QP:
        return qp_decode(&decoder->qp, piece, out);
    case MIME_BASE64:
        return base64_decode(&decoder->base64, piece, out);
    case MIME_PLAIN:
        break;
    }
    if (piece.len > 0)
        memcpy(out, piece.ptr, piece.len);
    return piece.len;
}

size_t mime_decode_finish(struct mime_decoder *decoder, char *out)
{
    switch (decoder->coding) {
    case MIME_QP:
        return qp_finish(&decoder->qp, out);
    case MIME_BASE64:
        return base64_finish(&decoder->base64, out);
    case MIME_PLAIN:
        break;
    }
    return 0;
}

/* ---- encoded words ---- */

/* =?charset?coding?text?= at the start of `value`. */
struct mime_word {
    char coding; /* 'q' or 'b' */
    struct bytes text;
    size_t size; /* of the whole */
};

static bool mime_read_word(struct bytes value, struct mime_word *out_word)
{
    if (!bytes_starts(value, BYTES("=?")))
        return false;
    struct bytes rest = bytes_skip(value, 2);
    size_t charset = bytes_find(rest, '?');
    if (charset == 0 || rest.len - charset < 3 || rest.ptr[charset + 2] != '?')
        return false;
    char coding = (char)(rest.ptr[charset + 1] | 0x20);
    if (coding != 'q' && coding != 'b')
        return false;
    struct bytes text = bytes_skip(rest, charset + 3);
    size_t len = bytes_find(text, '?');
    if (len + 1 >= text.len || text.ptr[len + 1] != '=')
        return false;
    out_word->coding = coding;
    out_word->text = bytes_make(text.ptr, len);
    out_word->size = 2 + charset + 3 + len + 2;
    return true;
}

static size_t mime_put_word(const struct mime_word *word, char *out)
{
    struct bytes text = word->text;
    if (word->coding == 'b') {
        struct base64 base64;
        base64_init(&base64);
        size_t len = base64_decode(&base64, text, out);
        return len + base64_finish(&base64, out + len);
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i] == '_' ? ' ' : text.ptr[i];
        if (c == '=' && i + 2 < text.len && qp_digit(text.ptr[i + 1]) >= 0 &&
            qp_digit(text.ptr[i + 2]) >= 0) {
            c = (char)(qp_digit(text.ptr[i + 1]) << 4 | qp_digit(text.ptr[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    return len;
}

size_t mime_decode_words(struct bytes value, char *out)
{
    size_t len = 0;
    size_t blanks_from = 0; /* where in `out` the blanks behind a word begin */
    bool after_word = false;
    for (size_t i = 0; i < value.len;) {
        struct mime_word word;
        if (mime_read_word(bytes_skip(value, i), &word)) {
            if (after_word)
                len = blanks_from;
            len += mime_put_word(&word, out + len);
            i += word.size;
            after_word = true;
            blanks_from = len;
            continue;
        }
        char c = value.ptr[i++];
        after_word = after_word && (c == ' ' || c == '\t');
        out[len++] = c;
    }
    return len;
}

/* ---- parameters ---- */

/* The value at `at`, quoted or not; its length, or SIZE_MAX when it does not fit. */
static size_t mime_put_value(struct bytes value, size_t *at, char *out, size_t size)
{
    size_t i = *at;
    size_t len = 0;
    bool quoted = i < value.len && value.ptr[i] == '"';
    for (i += quoted ? 1 : 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (quoted ? c == '"' : c == ';' || c == ' ' || c == '\t' || c == '(')
            break;
        if (quoted && c == '\\' && i + 1 < value.len)
            c = value.ptr[++i];
        if (len < size)
            out[len] = c;
        len++;
    }
    *at = i + (quoted && i < value.len ? 1 : 0);
    return len <= size ? len : SIZE_MAX;
}

size_t mime_parameter(struct bytes value, struct bytes name, char *out, size_t size)
{
    size_t at = bytes_find(value, ';');
    while (at < value.len) {
        at++; /* the semicolon */
        struct bytes rest = bytes_skip(value, at);
        size_t stop = 0;
        while (stop < rest.len && rest.ptr[stop] != '=' && rest.ptr[stop] != ';')
            stop++;
        bool found = bytes_eq_nocase(bytes_trim(bytes_make(rest.ptr, stop)), name);
        at += stop;
        if (at < value.len && value.ptr[at] == '=') {
            at++;
            while (at < value.len && (value.ptr[at] == ' ' || value.ptr[at] == '\t'))
                at++;
            size_t len = mime_put_value(value, &at, out, size);
            if (found)
                return len == SIZE_MAX ? 0 : len;
        }
        while (at < value.len && value.ptr[at] != ';')
            at++;
    }
    return 0;
}
