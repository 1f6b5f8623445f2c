/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger's own struct and what its files share. Part of the ledger's inside.
 */
#ifndef BR_TRACK_LEDGER_CORE_H
#define BR_TRACK_LEDGER_CORE_H

#include "track/ledger_note.h"
#include "track/throttle.h"

enum { LEDGER_WARM_OPS = 65536 };

struct ledger_stream {
    char *key; /* owned */
    size_t key_len;
    struct ledger_cell *cells;
    uint64_t *marks;  /* where phases begin: seq << 4 | phase */
    uint64_t next;    /* number of the next event */
    uint64_t awaited; /* low bits of the sinks that await its events */
    size_t cell_count;
    size_t cell_size;
    size_t mark_count;
    uint32_t number;
    uint32_t op_hint;                 /* operations in the chunk before */
    struct track_throttle *throttles; /* [sink]; NULL: nothing is throttled */
    int64_t sent_max_ns[];            /* [sink]: the latest send of an event that came */
};

struct ledger_sink_state {
    int64_t within_ns;
    bool is_awaited;
    int64_t backlog;     /* accepted, awaited, and not come */
    int64_t backlog_max; /* in this interval */
    int64_t waiting;     /* sent, awaited, not come, and neither refused */
    int64_t waiting_since_ns;
    int64_t open_unsure;
    int64_t delivered_last_ns;
    int64_t came_last_ns;
    int64_t gap_max_ns;
    int64_t came_accepted_ns;
    struct stamp_id came_id;
};

struct ledger {
    struct ledger_config config;
    struct ledger_store store;
    struct track_block *block;
    struct ledger_stream **streams;
    size_t stream_count;
    size_t stream_size;
    struct ledger_notes notes;
    struct list warm; /* chunks, the oldest first */
    size_t warm_ops;
    int64_t pending; /* events */
    int64_t accepted_first_ns;
    int64_t accepted_last_ns;
    int64_t accepted_count;
    int64_t events_accepted;
    int64_t events_unsure;
    int64_t resolved_last_ns;
    bool is_finished;
    struct ledger_sink_state sinks[TRACK_SINKS_MAX];
};

/* Where an event is. */
struct ledger_place {
    struct ledger_stream *stream;
    struct ledger_cell *cell;
    uint32_t offset;
};

/* NULL when the stream is not this ledger's. */
struct ledger_stream *ledger_find_stream(const struct ledger *ledger, uint32_t number);
struct ledger_place ledger_place_of(struct ledger_stream *stream, uint64_t seq);
int ledger_phase_of(const struct ledger_stream *stream, uint64_t seq);
static inline uint64_t ledger_place_seq(const struct ledger_place *place)
{
    return (uint64_t)(place->cell - place->stream->cells) * LEDGER_CHUNK_SIZE + place->offset;
}

static inline bool ledger_awaits(const struct ledger_stream *stream, int sink)
{
    return (stream->awaited >> (LEDGER_CODE_BITS * sink) & 1) != 0;
}

/* What a chunk's change may allow: less room, or none. */
void ledger_settle_cell(struct ledger *ledger, struct ledger_stream *stream,
                        struct ledger_cell *cell);
/* The operation may have no unsettled event left. */
void ledger_bury_op(struct ledger *ledger, const struct ledger_stream *stream,
                    struct ledger_chunk *chunk, struct ledger_op *op);

/* Counts `n` more of the class. */
void ledger_count_class(struct track_at *at, enum track_class class, int64_t n);
enum ledger_code ledger_code_of(enum track_class class);

/* Order of what came: by acceptance, and at one time by stream and number. */
bool ledger_came_after(int64_t a_ns, struct stamp_id a, int64_t b_ns, struct stamp_id b);
/* It came for the first time, and its operation has ended. */
void ledger_note_came(struct ledger *ledger, const struct ledger_place *place,
                      const struct ledger_op *op, int sink, int64_t at_ns);
/* Counts the lags of a first delivery. */
void ledger_record_lags(struct ledger *ledger, const struct ledger_op *op, int sink, int64_t at_ns);

struct ledger_tale {
    enum track_anomaly_kind kind;
    bool is_taken_back;
    int sink;
    int64_t at_ns;
    uint64_t hash_came;
};

/* Tells an anomaly with all that is known; op may be NULL. */
void ledger_tell(const struct ledger *ledger, const struct ledger_place *place,
                 const struct ledger_op *op, const struct ledger_tale *tale);

static inline bool ledger_is_throttled(const struct ledger_stream *stream, int sink)
{
    return stream->throttles != NULL && stream->throttles[sink].per_ns > 0;
}

#endif
