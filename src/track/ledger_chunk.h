/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger's storage: 4096 events that follow each other in a stream, in one of three forms.
 *
 *     dense    codes in bit planes (3 bits an event and sink); where events come in
 *     sparse   the codes of nearly all, and a sorted list of the odd ones; when a chunk is full,
 *              nothing in it is pending and few are odd
 *     uniform  no chunk at all: the directory's cell holds the codes that all of them have
 *
 * and beside it the records of the operations that still have unsettled events (or are recent).
 * Codes of all sinks of an event travel as one word, 3 bits a sink. Part of the ledger's inside.
 */
#ifndef BR_TRACK_LEDGER_CHUNK_H
#define BR_TRACK_LEDGER_CHUNK_H

#include "base/list.h"
#include "track/ledger.h"

enum {
    LEDGER_CHUNK_BITS = 12,
    LEDGER_CHUNK_SIZE = 1 << LEDGER_CHUNK_BITS,
    LEDGER_CODE_BITS = 3,
    LEDGER_ODD_SHIFT = 48, /* an odd one: its place above, its codes below */
};

_Static_assert(TRACK_SINKS_MAX *LEDGER_CODE_BITS <= LEDGER_ODD_SHIFT, "codes fit below the place");

/* The lowest bit of each sink's code. */
#define LEDGER_LOW_BITS UINT64_C(0x0000249249249249)

/* One operation's events in one chunk: 32 bytes. */
struct ledger_op {
    uint64_t due;  /* ns << 8 | dead << 7 | entry << 4 | phase */
    uint32_t sent; /* 40 bits each, since due: see ledger_pack_since */
    uint32_t accepted;
    uint8_t sent_high;
    uint8_t accepted_high;
    uint16_t target;
    uint32_t conn;
    uint32_t number;
    uint32_t span; /* has_sent << 31 | (count - 1) << 12 | offset */
};

_Static_assert(sizeof(struct ledger_op) == 32, "what the design promises");

/* What every function here needs to know of its ledger. */
struct ledger_store {
    int sink_count;
    bool has_hashes;
    size_t used; /* bytes */
};

struct ledger_chunk {
    struct list warm; /* among the recent ones; else a circle of its own */
    uint64_t *planes; /* [word][sink][bit], NULL when sparse */
    uint64_t *odds;   /* sparse: sorted */
    uint64_t *hashes; /* dense: by place; sparse: beside `odds`; NULL: none needed */
    struct ledger_op *ops;
    uint64_t base; /* sparse: the codes of the others */
    uint32_t count;
    uint32_t unsettled;
    uint32_t pending; /* events */
    uint32_t word_size;
    uint32_t odd_count;
    uint32_t odd_size;
    uint32_t op_count;
    uint32_t op_size;
    uint32_t op_dead;
    uint32_t dead_kept; /* of them, those that had to stay the last time they were moved together */
    uint32_t sparse_at; /* number of unsettled ones at which to try the sparse form */
    uint32_t warm_ops;  /* records that it counts for while warm */
    uint32_t stream_at; /* where its cell is */
    uint32_t cell_at;
    bool is_warm;
};

/* A stream's directory entry. */
struct ledger_cell {
    struct ledger_chunk *chunk; /* NULL: uniform */
    uint64_t base;              /* uniform: the codes of all */
    int64_t due_first_ns;
    int64_t due_last_ns;
};

/* realloc (or free, with new_size 0), counted. */
void *ledger_resize(struct ledger_store *store, void *old, size_t old_size, size_t new_size);

struct ledger_chunk *ledger_chunk_create(struct ledger_store *store, uint32_t op_hint);
void ledger_chunk_destroy(struct ledger_store *store, struct ledger_chunk **chunk);
/* Adds op->count events, op->offset being chunk->count; pending. `hashes` may be NULL. */
void ledger_chunk_append(struct ledger_store *store, struct ledger_chunk *chunk,
                         const struct ledger_op *op, const uint64_t *hashes);

uint64_t ledger_chunk_codes(const struct ledger_store *store, const struct ledger_chunk *chunk,
                            uint32_t offset);
void ledger_chunk_set_codes(struct ledger_store *store, struct ledger_chunk *chunk, uint32_t offset,
                            uint64_t codes);
/* A uniform chunk gets its chunk back, sparse. */
struct ledger_chunk *ledger_chunk_revive(struct ledger_store *store, uint64_t base);
/* 0: there is none any more. */
uint64_t ledger_chunk_hash(const struct ledger_chunk *chunk, uint32_t offset);

/* The record that covers the place, dead ones included; NULL when it is gone. */
struct ledger_op *ledger_chunk_find_op(const struct ledger_chunk *chunk, uint32_t offset);
/* Cuts it in two, the second beginning at `offset` inside of it. */
void ledger_chunk_split_op(struct ledger_store *store, struct ledger_chunk *chunk,
                           struct ledger_op *op, uint32_t offset);
/* Whether an event of [from, to) came at the sink. */
bool ledger_chunk_any_came(const struct ledger_store *store, const struct ledger_chunk *chunk,
                           int sink, uint32_t from, uint32_t to);
/* How many of [from, to) have come at all the sinks of `awaited` (their low bits). */
uint32_t ledger_chunk_count_settled(const struct ledger_store *store,
                                    const struct ledger_chunk *chunk, uint64_t awaited,
                                    uint32_t from, uint32_t to);
/* Takes the least room for what is left of a chunk that is no longer warm; the first operation's
 * records stay when asked to. */
void ledger_chunk_tidy(struct ledger_store *store, struct ledger_chunk *chunk, uint64_t awaited,
                       bool keeps_first);
/* Whether it could be a uniform cell. */
static inline bool ledger_chunk_is_uniform(const struct ledger_chunk *chunk)
{
    return chunk->planes == NULL && chunk->odd_count == 0 && chunk->unsettled == 0 &&
           chunk->op_count == 0;
}

static inline size_t ledger_plane_at(const struct ledger_store *store, uint32_t word, int sink)
{
    return ((size_t)word * (size_t)store->sink_count + (size_t)sink) * LEDGER_CODE_BITS;
}

/* Low bits of the sinks where a code other than LEDGER_OPEN stands. */
static inline uint64_t ledger_codes_closed(uint64_t codes)
{
    return (codes | codes >> 1 | codes >> 2) & LEDGER_LOW_BITS;
}

static inline unsigned ledger_codes_get(uint64_t codes, int sink)
{
    return (unsigned)(codes >> (LEDGER_CODE_BITS * sink)) & 7;
}

static inline uint64_t ledger_codes_with(uint64_t codes, int sink, enum ledger_code code)
{
    int shift = LEDGER_CODE_BITS * sink;
    return (codes & ~(UINT64_C(7) << shift)) | (uint64_t)code << shift;
}

/* LEDGER_REFUSED and LEDGER_UNSENT are codes of events that did not come. */
static inline bool ledger_code_is_came(unsigned code)
{
    return code != LEDGER_OPEN && code < LEDGER_REFUSED;
}

/* 40 bits for a time since another: exact up to 274 s, to 1 us up to 78 h, then clamped. */
uint64_t ledger_pack_since(int64_t since_ns);
int64_t ledger_unpack_since(uint64_t packed);

static inline uint32_t ledger_op_offset(const struct ledger_op *op)
{
    return op->span & (LEDGER_CHUNK_SIZE - 1);
}

static inline uint32_t ledger_op_count(const struct ledger_op *op)
{
    return (op->span >> LEDGER_CHUNK_BITS & (LEDGER_CHUNK_SIZE - 1)) + 1;
}

static inline uint32_t ledger_op_end(const struct ledger_op *op)
{
    return ledger_op_offset(op) + ledger_op_count(op);
}

static inline void ledger_op_set_span(struct ledger_op *op, uint32_t offset, uint32_t count)
{
    op->span = (op->span & UINT32_C(1) << 31) | (count - 1) << LEDGER_CHUNK_BITS | offset;
}

static inline int64_t ledger_op_due_ns(const struct ledger_op *op)
{
    return (int64_t)op->due >> 8;
}

static inline int ledger_op_phase(const struct ledger_op *op)
{
    return (int)(op->due & 15);
}

static inline enum track_entry ledger_op_entry(const struct ledger_op *op)
{
    return (enum track_entry)(op->due >> 4 & 7);
}

static inline void ledger_op_set_entry(struct ledger_op *op, enum track_entry entry)
{
    op->due = (op->due & ~UINT64_C(0x70)) | (uint64_t)entry << 4;
}

static inline bool ledger_op_is_dead(const struct ledger_op *op)
{
    return (op->due >> 7 & 1) != 0;
}

static inline void ledger_op_set_dead(struct ledger_op *op)
{
    op->due |= UINT64_C(1) << 7;
}

static inline bool ledger_op_has_sent(const struct ledger_op *op)
{
    return op->span >> 31 != 0;
}

/* TRACK_NO_TIME when it was not sent, or not accepted. */
static inline int64_t ledger_op_sent_ns(const struct ledger_op *op)
{
    if (!ledger_op_has_sent(op))
        return TRACK_NO_TIME;
    return ledger_op_due_ns(op) + ledger_unpack_since((uint64_t)op->sent_high << 32 | op->sent);
}

static inline int64_t ledger_op_accepted_ns(const struct ledger_op *op)
{
    if (ledger_op_entry(op) != TRACK_ACCEPTED)
        return TRACK_NO_TIME;
    return ledger_op_due_ns(op) +
           ledger_unpack_since((uint64_t)op->accepted_high << 32 | op->accepted);
}

static inline void ledger_op_set_sent(struct ledger_op *op, int64_t sent_ns)
{
    uint64_t packed = ledger_pack_since(sent_ns - ledger_op_due_ns(op));
    op->sent = (uint32_t)packed;
    op->sent_high = (uint8_t)(packed >> 32);
    op->span |= UINT32_C(1) << 31;
}

static inline void ledger_op_set_accepted(struct ledger_op *op, int64_t accepted_ns)
{
    uint64_t packed = ledger_pack_since(accepted_ns - ledger_op_due_ns(op));
    op->accepted = (uint32_t)packed;
    op->accepted_high = (uint8_t)(packed >> 32);
}

#endif
