/* SPDX-License-Identifier: Apache-2.0
 *
 * Stamps are found in the same places however a message is cut, and what is found there reads as
 * what was found. The first byte is the length of the pieces, the second says where identities are
 * written over the text first.
 */
#include "base/mem.h"
#include "base/must.h"
#include "base/stamp.h"
#include "base/stamp_set.h"
#include "fuzz.h"

enum { HITS_MAX = 256 };

struct hits {
    struct stamp_hit hits[HITS_MAX];
    size_t count;
};

static void drain(struct stamp_scan *scan, struct hits *hits)
{
    struct stamp_hit hit;
    while (stamp_scan_next(scan, &hit)) {
        if (hits->count < HITS_MAX)
            hits->hits[hits->count] = hit;
        hits->count++;
    }
}

/* Each piece in a block of its own, so that reading beyond it is seen. */
static void scan_pieces(const struct stamp_run *run, struct bytes text, size_t piece_len,
                        struct hits *hits)
{
    struct stamp_scan scan;
    hits->count = 0;
    stamp_scan_start(&scan, run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    for (size_t at = 0; at < text.len; at += piece_len) {
        size_t len = text.len - at < piece_len ? text.len - at : piece_len;
        char *piece = mem_alloc(len);
        memcpy(piece, text.ptr + at, len);
        stamp_scan_feed(&scan, bytes_make(piece, len));
        drain(&scan, hits);
        mem_free(piece);
    }
    stamp_scan_end(&scan);
    drain(&scan, hits);
}

static void check_hit(const struct stamp_run *run, struct bytes text, const struct stamp_hit *hit)
{
    struct stamp_hit again;
    MUST(hit->offset < text.len);
    if (hit->kind == STAMP_UNREADABLE)
        return;
    size_t left = text.len - (size_t)hit->offset;
    static const size_t sizes[] = {STAMP_SIZE, STAMP_UUID_SIZE, STAMP_UUID_SIZE - 4};
    bool is_read = false;
    for (size_t i = 0; i < BR_COUNT(sizes) && !is_read; i++)
        is_read = sizes[i] <= left &&
                  stamp_parse(run, bytes_make(text.ptr + hit->offset, sizes[i]), &again) &&
                  again.kind == hit->kind;
    MUST(is_read);
    MUST(again.id.seq == hit->id.seq);
    MUST(again.id.stream == hit->id.stream);
}

/* A stamp of ours, of another run, or a UUID every so many bytes. */
static void write_stamps(const struct stamp_run runs[static 2], char *text, size_t len, size_t step)
{
    uint64_t seq = 0;
    for (size_t at = step; at + STAMP_UUID_SIZE <= len; at += STAMP_UUID_SIZE + step, seq++) {
        if (seq % 3 == 2)
            stamp_emit_uuid(&runs[0], (struct stamp_id){1, seq}, text + at);
        else
            stamp_emit(&runs[seq % 3], (struct stamp_id){1, seq}, text + at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hits whole;
    static struct hits pieces;
    struct stamp_run runs[2];
    if (size < 3)
        return 0;
    stamp_run_init(&runs[0], 1);
    stamp_run_init(&runs[1], 2);
    struct bytes text = bytes_make((const char *)data + 2, size - 2);
    char *copy = mem_alloc(text.len);
    memcpy(copy, text.ptr, text.len);
    if (data[1] > 0)
        write_stamps(runs, copy, text.len, data[1]);
    text.ptr = copy;

    scan_pieces(&runs[0], text, text.len, &whole);
    scan_pieces(&runs[0], text, 1 + data[0], &pieces);
    MUST(whole.count == pieces.count);
    for (size_t i = 0; i < whole.count && i < HITS_MAX; i++) {
        MUST(whole.hits[i].offset == pieces.hits[i].offset);
        MUST(whole.hits[i].kind == pieces.hits[i].kind);
        MUST(whole.hits[i].id.seq == pieces.hits[i].id.seq);
        check_hit(&runs[0], text, &whole.hits[i]);
    }
    mem_free(copy);
    return 0;
}
