/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails and multiparts: what is found does not depend on where the input is cut; events come in an
 * order that makes sense; pieces lie where they are said to lie. Field values go through the
 * decoder of encoded words.
 */
#include "wire/mime.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "cuts.h"

static void log_event(struct mime *mime, enum mime_event event, struct bytes piece,
                      struct mime_decoder *decoder, struct buf *log)
{
    MUST(buf_reserve(log, MIME_FIELD_MAX + piece.len + QP_HELD_MAX + 200) == BR_ERR_NONE);
    switch (event) {
    case MIME_FIELD:
        buf_putf(log, "[%d:", (int)mime->cut);
        buf_put(log, mime->name);
        log->len += mime_decode_words(mime->value, log->data + log->len);
        break;
    case MIME_BODY:
        buf_putf(log, "<%d %u ", (int)mime->coding, mime->depth);
        buf_put(log, mime->type);
        mime_decoder_init(decoder, mime->coding);
        break;
    case MIME_PIECE:
        MUST(piece.len > 0);
        log->len += mime_decode(decoder, piece, log->data + log->len);
        break;
    case MIME_BODY_END:
        log->len += mime_decode_finish(decoder, log->data + log->len);
        buf_put_str(log, ">");
        break;
    case MIME_MORE:
    case MIME_END:
        break;
    }
}

static void run(const uint8_t *seed, struct bytes text, size_t piece_max, struct buf *log)
{
    static const char *const types[] = {"multipart/mixed; boundary=b",
                                        "multipart/x; boundary=\"--\"", "message/rfc822"};
    struct cuts cuts = cuts_of(seed, piece_max);
    struct mime *mime = MEM_NEW(struct mime);
    struct mime_decoder decoder;
    mime_decoder_init(&decoder, MIME_PLAIN);
    if ((seed[1] & 3) == 3)
        mime_init_message(mime);
    else
        mime_init_body(mime, bytes_from_str(types[seed[1] & 3]));
    bool in_body = false;
    enum mime_event event = MIME_MORE;
    while (event != MIME_END) {
        size_t size = text.len == 0 ? 0 : cuts_next(&cuts, text.len);
        struct bytes input = bytes_make(text.ptr, size);
        text = bytes_skip(text, size);
        if (size == 0)
            mime_finish(mime);
        do {
            struct bytes piece = BYTES_NONE;
            event = mime_next(mime, &input, &piece);
            MUST(event != MIME_PIECE || in_body);
            MUST(event != MIME_FIELD || !in_body);
            MUST(event != MIME_BODY || !in_body);
            MUST(event != MIME_BODY_END || in_body);
            MUST(event != MIME_END || !in_body);
            in_body = event == MIME_BODY || (in_body && event != MIME_BODY_END);
            log_event(mime, event, piece, &decoder, log);
        } while (event != MIME_MORE && event != MIME_END);
        MUST(input.len == 0);
    }
    mem_free(mime);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SEED_SIZE)
        return 0;
    struct bytes text = cuts_text(data, size);
    struct buf logs[3];
    for (int i = 0; i < 3; i++)
        buf_init(&logs[i], SIZE_MAX / 2);
    run(data, text, SIZE_MAX / 2, &logs[0]);
    run(data, text, 1, &logs[1]);
    run(data, text, 40, &logs[2]);
    MUST(bytes_eq(buf_bytes(&logs[0]), buf_bytes(&logs[1])));
    MUST(bytes_eq(buf_bytes(&logs[0]), buf_bytes(&logs[2])));
    for (int i = 0; i < 3; i++)
        buf_fini(&logs[i]);
    return 0;
}
