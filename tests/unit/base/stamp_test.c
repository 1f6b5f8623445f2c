/* SPDX-License-Identifier: Apache-2.0
 *
 * Stamps: what is written is read, in any case, in any surroundings, cut anywhere; what is damaged
 * is never taken for another event; random text holds none.
 */
#include "base/stamp.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/stamp_set.h"
#include "unit.h"

static struct stamp_run stamp_test_run(const char *text)
{
    struct stamp_run run;
    UNIT_EQ_INT(stamp_run_parse(bytes_from_str(text), &run, NULL), BR_ERR_NONE);
    return run;
}

static struct stamp_id stamp_test_id(struct rng *rng)
{
    static const uint64_t seqs[] = {0, 1, STAMP_SEQ_MAX};
    uint64_t kind = rng_below(rng, 8);
    uint64_t seq = kind < 3 ? seqs[kind] : rng_next(rng) & STAMP_SEQ_MAX;
    return (struct stamp_id){(uint32_t)rng_next(rng) & STAMP_STREAM_MAX, seq};
}

UNIT_TEST(stamp_looks_as_it_must)
{
    struct stamp_run run = stamp_test_run("r4t0ve");
    char text[STAMP_SIZE];
    stamp_emit(&run, (struct stamp_id){0, 1}, text);
    UNIT_EQ_BYTES(bytes_make(text, 20), BYTES("zxr4t0ve000000000001"));
    stamp_emit(&run, (struct stamp_id){STAMP_STREAM_MAX, STAMP_SEQ_MAX}, text);
    UNIT_EQ_BYTES(bytes_make(text, 20), BYTES("zxr4t0vevvvvvvvvvvvv"));
    stamp_emit(&run, (struct stamp_id){1, 0}, text);
    UNIT_EQ_BYTES(bytes_make(text, 20), BYTES("zxr4t0ve000080000000"));
    struct rng rng = rng_at(1, 0);
    for (int i = 0; i < 10000; i++) {
        stamp_emit(&run, stamp_test_id(&rng), text);
        for (int k = 0; k < STAMP_SIZE; k++)
            UNIT_OK((text[k] >= 'a' && text[k] <= 'z') ||
                    (k > 0 && text[k] >= '0' && text[k] <= '9'));
    }
    UNIT_EQ_BYTES(stamp_run_text(&run), BYTES("r4t0ve"));
}

UNIT_TEST(stamp_writer_writes_the_same)
{
    struct stamp_run run = stamp_test_run("r4t0ve");
    struct stamp_writer writer;
    struct rng rng = rng_at(2, 0);
    struct stamp_id id = {0, 0};
    stamp_writer_init(&writer, &run);
    for (int i = 0; i < 100000; i++) {
        char text[STAMP_SIZE];
        /* Mostly the next one, sometimes over the edge of the first digits, sometimes anything. */
        uint64_t kind = rng_below(&rng, 100);
        id.seq = (id.seq + 1) & STAMP_SEQ_MAX;
        if (kind == 0)
            id = stamp_test_id(&rng);
        else if (kind == 1)
            id.seq = (id.seq & ~UINT64_C(0xfffff)) | 0xfffff;
        stamp_emit(&run, id, text);
        stamp_writer_put(&writer, id);
        UNIT_EQ_BYTES(bytes_make(writer.text, STAMP_SIZE), bytes_make(text, STAMP_SIZE));
    }
}

UNIT_TEST(stamp_runs_are_read_or_refused)
{
    static const char *const bads[] = {"", "r4t0v", "r4t0vee", "r4t0vw", "r4t0v-", "r4 0ve"};
    for (size_t i = 0; i < BR_COUNT(bads); i++) {
        UNIT_ROW(bads[i]);
        struct stamp_run run;
        struct diag diag = DIAG_INIT;
        UNIT_EQ_INT(stamp_run_parse(bytes_from_str(bads[i]), &run, &diag), BR_ERR_CONFIG);
        UNIT_OK(strstr(diag.text, "0-9 and a-v") != NULL);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        struct stamp_run run;
        struct stamp_run again;
        stamp_run_init(&run, i);
        UNIT_EQ_INT(stamp_run_parse(stamp_run_text(&run), &again, NULL), BR_ERR_NONE);
        UNIT_EQ_INT(run.number, again.number);
    }
}

static void stamp_test_expect(const struct stamp_run *run, struct bytes text, enum stamp_kind kind,
                              struct stamp_id id)
{
    struct stamp_hit hit;
    UNIT_OK(stamp_parse(run, text, &hit));
    UNIT_EQ_INT(hit.kind, kind);
    UNIT_EQ_INT(hit.id.stream, id.stream);
    UNIT_EQ_INT(hit.id.seq, id.seq);
}

static size_t stamp_test_undash(const char *text, char *out)
{
    size_t len = 0;
    for (int i = 0; i < STAMP_UUID_SIZE; i++) {
        if (text[i] != '-')
            out[len++] = text[i];
    }
    return len;
}

UNIT_TEST(stamp_reads_what_it_writes)
{
    struct rng rng = rng_at(2, 0);
    for (uint64_t i = 0; i < 20000; i++) {
        struct stamp_run ours;
        struct stamp_run other;
        stamp_run_init(&ours, 2 * i);
        stamp_run_init(&other, 2 * i + 1);
        struct stamp_id id = stamp_test_id(&rng);
        char text[STAMP_UUID_SIZE];
        stamp_emit(&ours, id, text);
        stamp_test_expect(&ours, bytes_make(text, STAMP_SIZE), STAMP_OURS, id);
        stamp_test_expect(&other, bytes_make(text, STAMP_SIZE), STAMP_FOREIGN, id);
        for (int k = 0; k < STAMP_SIZE; k++) {
            if (text[k] >= 'a' && rng_below(&rng, 2) == 0)
                text[k] = (char)(text[k] - 32);
        }
        stamp_test_expect(&ours, bytes_make(text, STAMP_SIZE), STAMP_OURS, id);

        stamp_emit_uuid(&ours, id, text);
        UNIT_EQ_INT(text[14], '4');
        UNIT_OK(strchr("89ab", text[19]) != NULL);
        stamp_test_expect(&ours, bytes_make(text, STAMP_UUID_SIZE), STAMP_OURS, id);
        stamp_test_expect(&other, bytes_make(text, STAMP_UUID_SIZE), STAMP_FOREIGN, id);
        char plain[STAMP_UUID_SIZE];
        size_t len = stamp_test_undash(text, plain);
        UNIT_EQ_INT(len, 32);
        stamp_test_expect(&ours, bytes_make(plain, len), STAMP_OURS, id);
    }
}

UNIT_TEST(stamp_damage_never_makes_another_event)
{
    struct stamp_run run = stamp_test_run("000vvv");
    struct rng rng = rng_at(3, 0);
    for (int i = 0; i < 200; i++) {
        char text[STAMP_SIZE];
        char uuid[STAMP_UUID_SIZE];
        stamp_emit(&run, stamp_test_id(&rng), text);
        stamp_emit_uuid(&run, stamp_test_id(&rng), uuid);
        struct stamp_hit hit;
        for (int k = 0; k < STAMP_SIZE; k++) {
            char was = text[k];
            for (int c = 0; c < 256; c++) {
                text[k] = (char)c;
                /* The same letter, in either case. */
                if ((text[k] | 0x20) == (was | 0x20))
                    continue;
                bool is_stamp = stamp_parse(&run, bytes_make(text, STAMP_SIZE), &hit);
                UNIT_EQ_INT(is_stamp, k >= STAMP_HEAD_SIZE);
                if (is_stamp)
                    UNIT_EQ_INT(hit.kind, STAMP_UNREADABLE);
            }
            text[k] = was;
        }
        for (int k = 0; k < STAMP_UUID_SIZE; k++) {
            char was = uuid[k];
            uuid[k] = was == '0' ? '1' : '0';
            if (stamp_parse(&run, bytes_make(uuid, STAMP_UUID_SIZE), &hit))
                UNIT_EQ_INT(hit.kind, STAMP_UNREADABLE);
            uuid[k] = was;
        }
        /* Two neighbours changed places. */
        for (int k = STAMP_HEAD_SIZE; k + 1 < STAMP_SIZE; k++) {
            char was = text[k];
            if (was == text[k + 1])
                continue;
            text[k] = text[k + 1];
            text[k + 1] = was;
            UNIT_OK(stamp_parse(&run, bytes_make(text, STAMP_SIZE), &hit));
            UNIT_EQ_INT(hit.kind, STAMP_UNREADABLE);
            text[k + 1] = text[k];
            text[k] = was;
        }
    }
    struct stamp_hit hit;
    UNIT_OK(!stamp_parse(&run, BYTES("zx000vvv"), &hit));
    UNIT_OK(!stamp_parse(&run, BYTES(""), &hit));
    UNIT_OK(!stamp_parse(&run, BYTES("123e4567-e89b-12d3-a456-426614174000"), &hit));
}

enum { STAMP_TEST_HITS = 64 };

struct stamp_test_hits {
    size_t count;
    struct stamp_hit hits[STAMP_TEST_HITS];
};

static void stamp_test_drain(struct stamp_scan *scan, struct stamp_test_hits *hits)
{
    struct stamp_hit hit;
    while (stamp_scan_next(scan, &hit)) {
        UNIT_OK(hits->count < STAMP_TEST_HITS);
        hits->hits[hits->count++] = hit;
    }
    UNIT_OK(!stamp_scan_next(scan, &hit));
}

/* In pieces of `step` bytes, the first one of `first`, each a copy of its own: reading beyond a
 * piece shows. */
static void stamp_test_scan(const struct stamp_run *run, struct bytes text, size_t first,
                            size_t step, struct stamp_test_hits *hits)
{
    struct stamp_scan scan;
    hits->count = 0;
    stamp_scan_start(&scan, run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
    for (size_t at = 0, size = first; at < text.len; at += size, size = step) {
        if (size > text.len - at)
            size = text.len - at;
        char *piece = mem_copy_str(bytes_make(text.ptr + at, size));
        char *exact = mem_alloc(size);
        memcpy(exact, piece, size);
        mem_free(piece);
        stamp_scan_feed(&scan, bytes_make(exact, size));
        stamp_test_drain(&scan, hits);
        mem_free(exact);
    }
    stamp_scan_end(&scan);
    stamp_test_drain(&scan, hits);
}

struct stamp_test_text {
    struct buf buf;
    struct stamp_test_hits want;
};

static void stamp_test_put(struct stamp_test_text *text, const struct stamp_run *run,
                           struct stamp_id id, enum stamp_kind kind, size_t len, bool is_uuid)
{
    char stamp[STAMP_UUID_SIZE];
    if (is_uuid)
        stamp_emit_uuid(run, id, stamp);
    else
        stamp_emit(run, id, stamp);
    if (kind == STAMP_UNREADABLE)
        id = (struct stamp_id){0, 0};
    text->want.hits[text->want.count++] = (struct stamp_hit){kind, id, text->buf.len};
    buf_put(&text->buf, bytes_make(stamp, len));
}

static void stamp_test_fill(struct stamp_test_text *text, const struct stamp_run *ours,
                            const struct stamp_run *other)
{
    buf_init(&text->buf, 100000);
    text->want.count = 0;
    stamp_test_put(text, ours, (struct stamp_id){3, 7}, STAMP_OURS, STAMP_SIZE, false);
    /* No blank between them. */
    stamp_test_put(text, ours, (struct stamp_id){3, 8}, STAMP_OURS, STAMP_SIZE, false);
    buf_put_str(&text->buf, "zxz zx zxzx{\"_msg\":\"payment failed z");
    stamp_test_put(text, other, (struct stamp_id){1, 1}, STAMP_FOREIGN, STAMP_SIZE, false);
    buf_put_str(&text->buf, "x\\u00e9zx");
    stamp_test_put(text, ours, (struct stamp_id){0, STAMP_SEQ_MAX}, STAMP_OURS, STAMP_UUID_SIZE,
                   true);
    /* Cut off, with another one right behind. */
    stamp_test_put(text, ours, (struct stamp_id){5, 5}, STAMP_UNREADABLE, 20, false);
    stamp_test_put(text, ours, (struct stamp_id){5, 6}, STAMP_OURS, STAMP_SIZE, false);
    buf_put_str(&text->buf, "123e4567-e89b-42d3-a456-426614174000");
    buf_put(&text->buf, bytes_make(ours->head, STAMP_HEAD_SIZE - 1));
    stamp_test_put(text, ours, (struct stamp_id){5, 9}, STAMP_UNREADABLE, 30, true);
    buf_put_str(&text->buf, "\xff\xfe z x\r\nZX");
    stamp_test_put(text, ours, (struct stamp_id){6, 1}, STAMP_OURS, STAMP_SIZE, false);
    for (size_t i = text->buf.len - STAMP_SIZE; i < text->buf.len; i++) {
        if (text->buf.data[i] >= 'a')
            text->buf.data[i] = (char)(text->buf.data[i] - 32);
    }
    buf_put_str(&text->buf, ".");
    stamp_test_put(text, ours, (struct stamp_id){6, 2}, STAMP_UNREADABLE, STAMP_SIZE - 1, false);
}

static void stamp_test_compare(const struct stamp_test_hits *got,
                               const struct stamp_test_hits *want)
{
    UNIT_EQ_INT(got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        UNIT_EQ_INT(got->hits[i].offset, want->hits[i].offset);
        UNIT_EQ_INT(got->hits[i].kind, want->hits[i].kind);
        UNIT_EQ_INT(got->hits[i].id.stream, want->hits[i].id.stream);
        UNIT_EQ_INT(got->hits[i].id.seq, want->hits[i].id.seq);
    }
}

UNIT_TEST(stamp_scanner_finds_all_at_every_split)
{
    struct stamp_run ours = stamp_test_run("r4t0ve");
    struct stamp_run other = stamp_test_run("0123ab");
    static struct stamp_test_text text;
    static struct stamp_test_hits hits;
    stamp_test_fill(&text, &ours, &other);
    for (size_t first = 1; first <= text.buf.len; first++) {
        stamp_test_scan(&ours, buf_bytes(&text.buf), first, text.buf.len, &hits);
        stamp_test_compare(&hits, &text.want);
        stamp_test_scan(&ours, buf_bytes(&text.buf), first, 1 + first % 40, &hits);
        stamp_test_compare(&hits, &text.want);
    }
    for (size_t step = 1; step < 90; step++) {
        stamp_test_scan(&ours, buf_bytes(&text.buf), step, step, &hits);
        stamp_test_compare(&hits, &text.want);
    }
    buf_fini(&text.buf);
}

UNIT_TEST(stamp_scanner_looks_for_the_forms_it_was_told)
{
    struct stamp_run run = stamp_test_run("r4t0ve");
    char both[STAMP_SIZE + STAMP_UUID_SIZE];
    stamp_emit(&run, (struct stamp_id){1, 2}, both);
    stamp_emit_uuid(&run, (struct stamp_id){3, 4}, both + STAMP_SIZE);
    for (unsigned forms = 0; forms < 4; forms++) {
        struct stamp_scan scan;
        struct stamp_test_hits hits = {.count = 0};
        stamp_scan_start(&scan, &run, forms);
        stamp_scan_feed(&scan, bytes_make(both, sizeof(both)));
        stamp_test_drain(&scan, &hits);
        stamp_scan_end(&scan);
        stamp_test_drain(&scan, &hits);
        UNIT_EQ_INT(hits.count, (forms & 1) + (forms >> 1));
    }
}

/* Text out of stamp digits and the prefix's letters, which is the worst there is. */
UNIT_TEST(stamp_scanner_finds_nothing_in_random_text)
{
    enum { SIZE = 1 << 20 };
    struct stamp_run run = stamp_test_run("r4t0ve");
    char *text = mem_alloc(SIZE);
    struct rng rng = rng_at(4, 0);
    for (int alphabet = 0; alphabet < 3; alphabet++) {
        static const char *const letters[] = {"0123456789abcdefghijklmnopqrstuvzx", "zxr4t0ve",
                                              "0123456789abcdef-"};
        size_t count = strlen(letters[alphabet]);
        for (size_t i = 0; i < SIZE; i++)
            text[i] = letters[alphabet][rng_below(&rng, count)];
        struct stamp_scan scan;
        struct stamp_hit hit;
        stamp_scan_start(&scan, &run, STAMP_FORM_TEXT | STAMP_FORM_UUID);
        stamp_scan_feed(&scan, bytes_make(text, SIZE));
        /* The run's own eight letters do come up in the second: 1 in 2^24 places. */
        while (stamp_scan_next(&scan, &hit))
            UNIT_OK(alphabet == 1 && hit.kind == STAMP_UNREADABLE);
        stamp_scan_end(&scan);
        UNIT_OK(!stamp_scan_next(&scan, &hit));
    }
    mem_free(text);
}

UNIT_TEST(stamp_set_knows_what_a_message_held_before)
{
    struct stamp_set set;
    stamp_set_init(&set);
    for (uint64_t message = 0; message < 50; message++) {
        stamp_set_clear(&set);
        uint64_t count = message * message;
        for (uint64_t i = 0; i < count; i++)
            UNIT_OK(stamp_set_add(&set, (struct stamp_id){(uint32_t)(i % 3), i * 4096}));
        for (uint64_t i = 0; i < count; i++)
            UNIT_OK(!stamp_set_add(&set, (struct stamp_id){(uint32_t)(i % 3), i * 4096}));
        UNIT_OK(stamp_set_add(&set, (struct stamp_id){3, 4096}));
    }
    stamp_set_fini(&set);
}

UNIT_MAIN(UNIT_RUN(stamp_looks_as_it_must), UNIT_RUN(stamp_writer_writes_the_same),
          UNIT_RUN(stamp_runs_are_read_or_refused), UNIT_RUN(stamp_reads_what_it_writes),
          UNIT_RUN(stamp_damage_never_makes_another_event),
          UNIT_RUN(stamp_scanner_finds_all_at_every_split),
          UNIT_RUN(stamp_scanner_looks_for_the_forms_it_was_told),
          UNIT_RUN(stamp_scanner_finds_nothing_in_random_text),
          UNIT_RUN(stamp_set_knows_what_a_message_held_before))
