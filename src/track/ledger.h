/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger: a shard's account of the events that it sends. For each event it knows how it went
 * in, how often and when it came out at each sink, and says which class of design.md 7.5 that is.
 * Pure: no clock, no threads, no I/O; times come as arguments, in ns of run time (0 is the start of
 * the load, the first event lies before it).
 *
 * The life of an event
 *     ledger_register   before a byte of its operation is sent: it gets stream and number
 *     ledger_send       the first byte went to the kernel
 *     ledger_resolve    the operation ended: accepted, refused, unsure or unsent
 *     ledger_arrive     it reached a sink, any number of times, maybe before the resolve
 *     ledger_finish     the run is over: what is still missing is told apart
 *
 * What is kept, and why it is small
 *     A stream's events lie in chunks of 4096. A chunk holds 3 bits an event and sink (the code,
 *     which is the class as far as it is known) and a record of 32 bytes an operation (times,
 *     target, connection), shared by the events of its body. When all events of an operation are
 *     settled (resolved, and come out wherever they are awaited) its record goes; the codes stay,
 *     since a duplicate may come an hour later. A chunk with few odd codes keeps only those; a
 *     chunk where all are the same (a healthy run) keeps nothing but an entry of 32 bytes in its
 *     stream's directory. So an unsettled event costs 32 bytes and its bits at most, in batches far
 *     less, a settled one 3 bits a sink at most and usually next to nothing.
 *     Records of the last 65536 operations are kept beyond that, so that a duplicate that comes
 *     soon is told with everything that is known of it; later ones with the due times around it.
 *     What is rare (an arrival before its resolve, an attempt, a reply that the peer may not have
 *     read) is kept in a hash table of notes. With `intact`, each event of a chunk that is not
 *     settled as a whole costs 8 bytes more.
 *
 * At a sink that does not await an event an arrival is counted (the event is delivered, duplicated
 * or leaked, else held back) and nothing else is asked of it: no lag, no lateness, no order.
 *
 * Late means later than `within` after due. Order is asked within a stream: an event is reordered
 * when, as it comes, one that must come after it (later in the same body, or sent after its
 * acceptance was read) is there already; so the one overtaken is counted, not the overtaker. The
 * order of deliveries is the order of the calls: whoever merges the threads of a sink gives them by
 * their time.
 */
#ifndef BR_TRACK_LEDGER_H
#define BR_TRACK_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/stamp.h"
#include "track/anomaly.h"
#include "track/track.h"

struct ledger;

struct ledger_sink {
    int64_t within_ns;   /* 0: never too late */
    bool is_awaited;     /* false: the plan says that nothing comes here */
    uint32_t throttle;   /* of each stream at most so many come … */
    int64_t throttle_ns; /* in so long; 0: all do */
};

struct ledger_config {
    uint32_t stream_first; /* streams are numbered first, first + step, …: the shard and */
    uint32_t stream_step;  /* the number of shards, so that stream % step is the owner */
    int phase_count;
    int sink_count;
    struct ledger_sink sinks[TRACK_SINKS_MAX];
    bool has_hashes;   /* events carry a hash of a field (intact=) */
    size_t memory_max; /* 0: none; ledger_register refuses at it */
    size_t warm_ops;   /* operations remembered beyond need; 0: 65536 */
    struct track_block *block;
    track_anomaly_fn *on_anomaly; /* each one, as it becomes certain; NULL: nobody asks */
    void *context;
};

/* Borrows config->block until ledger_swap_block. */
struct ledger *ledger_create(const struct ledger_config *config);
void ledger_destroy(struct ledger **ledger);

/* A stream of its own for `key` (copied; empty: not keyed), awaited at the sinks whose bits are set
 * (those of the config that await nothing excepted). Its number. BR_ERR_LIMIT: no numbers left. */
BR_NODISCARD enum br_err ledger_open_stream(struct ledger *ledger, struct bytes key, uint32_t sinks,
                                            uint32_t *out_stream);
/* Lends the key; empty for a stream that is not ours. */
struct bytes ledger_stream_key(const struct ledger *ledger, uint32_t stream);

/* Events of one body in one stream. */
struct ledger_order {
    uint32_t stream;
    uint32_t count;
    int phase; /* never goes back within a stream */
    int64_t due_ns;
    uint32_t number; /* of the operation on this shard: unlike all others */
    uint16_t target;
    const uint64_t *hashes; /* `count` of them with has_hashes, else NULL; 0 is taken as 1 */
};

/* Some of a stream's events that follow each other. */
struct ledger_span {
    uint32_t stream;
    uint32_t count;
    uint64_t first;
};

/* Numbers the events; they are pending. BR_ERR_LIMIT at the cap of memory: nothing is registered,
 * sending has to stop. */
BR_NODISCARD enum br_err ledger_register(struct ledger *ledger, const struct ledger_order *order,
                                         struct ledger_span *out_span);
/* The hash of the field that the event carries, with has_hashes: for who knows it only when the
 * event has its number. Before its operation is resolved; the first one counts. 0: there is nothing
 * to compare. */
void ledger_set_hash(struct ledger *ledger, struct stamp_id id, uint64_t hash);
/* The first byte of their operation went to the kernel. */
void ledger_send(struct ledger *ledger, struct ledger_span span, int64_t sent_ns, uint32_t conn);
/* How all of the span went in; a part of an operation's events may be resolved by itself (bulk
 * APIs). Each event is resolved once. */
void ledger_resolve(struct ledger *ledger, struct ledger_span span, enum track_entry entry,
                    int64_t at_ns);

/* What is still pending when the run ends is unsure, or unsent where nothing was sent. Before the
 * facts. */
void ledger_resolve_rest(struct ledger *ledger, int64_t at_ns);

struct ledger_arrival {
    int sink;
    struct stamp_id id;
    int64_t at_ns;
    bool is_attempt;    /* we answered with an error, a reset, a stall, or the peer hung up first */
    bool may_be_unread; /* a delivery whose reply the peer may not have read */
    bool has_hash;
    uint64_t hash; /* of the field as it came; 0: it was not there */
};

void ledger_arrive(struct ledger *ledger, const struct ledger_arrival *arrival);
/* The reply to that event's last delivery may not have been read, as is known only now. */
void ledger_doubt(struct ledger *ledger, int sink, struct stamp_id id);

/* The block that was filled, with its gauges and its end set; the ledger goes on in `next`, which
 * is empty. */
struct track_block *ledger_swap_block(struct ledger *ledger, struct track_block *next,
                                      int64_t now_ns);
/* Bytes held. */
size_t ledger_size(const struct ledger *ledger);
/* Bytes that so many events may need: settled in time, settled otherwise, unsettled. For plans. */
size_t ledger_estimate(uint64_t events, uint64_t unsettled, int sink_count, bool has_hashes);

/* What the drain and the end of a run want to know; merged over shards. TRACK_NO_TIME:
 * never. */
struct ledger_sink_facts {
    int64_t open;        /* accepted or pending, awaited, and not come */
    int64_t open_unsure; /* unsure, awaited, and not come */
    int64_t delivered_last_ns;
    int64_t came_last_ns;      /* last first delivery */
    int64_t gap_max_ns;        /* longest time without a delivery while events were awaited */
    int64_t came_accepted_ns;  /* the latest acceptance of an event that came */
    struct stamp_id came_id;   /* that event: the last of its stream at that time */
    int64_t trailing_first_ns; /* acceptances of missing events after that one: first and last */
    int64_t trailing_last_ns;
};

struct ledger_facts {
    int sink_count;
    struct ledger_sink_facts sinks[TRACK_SINKS_MAX];
    int64_t accepted_first_ns;
    int64_t accepted_last_ns;
    int64_t accepted_count; /* operations, or parts of them */
    int64_t events_accepted;
    int64_t events_unsure;
    int64_t resolved_last_ns;
};

void ledger_facts_init(struct ledger_facts *facts, int sink_count);
/* Adds a shard's; everything but the trailing times. */
void ledger_facts_add(struct ledger_facts *facts, const struct ledger *ledger);
/* Adds what was gathered elsewhere by the two calls above. */
void ledger_facts_merge(struct ledger_facts *into, const struct ledger_facts *from);
/* Second round, when all shards are in: adds a shard's trailing times. Walks what is unsettled. */
void ledger_facts_add_trailing(struct ledger_facts *facts, struct ledger *ledger);

struct ledger_end {
    const struct ledger_facts *facts; /* of all shards */
    int64_t end_ns;
    int64_t stall_ns; /* deliveries still came when the last one is younger than this */
};

/* Tells the missing apart. Nothing is pending any more; nothing is registered or arrives after. */
void ledger_finish(struct ledger *ledger, const struct ledger_end *end);

/* The codes themselves, counted: an account that is independent of the counters. */
enum ledger_code {
    LEDGER_OPEN, /* has not come; everything else that is known is in the counters */
    LEDGER_DELIVERED,
    LEDGER_LATE,
    LEDGER_DUPLICATED,
    LEDGER_UNSURE_DELIVERED,
    LEDGER_LEAKED, /* or came though unsent */
    LEDGER_REFUSED,
    LEDGER_UNSENT,
    LEDGER_CODE_COUNT,
};

struct ledger_walk {
    int64_t events;
    int64_t codes[TRACK_SINKS_MAX][LEDGER_CODE_COUNT];
};

/* Adds a shard's to *walk. */
void ledger_walk_add(struct ledger_walk *walk, const struct ledger *ledger);

#endif
