/* SPDX-License-Identifier: Apache-2.0
 *
 * What is rarely to be said of an event at a sink: it came before its operation ended, we answered
 * it badly, the peer may not have read our reply. A hash table by sink and identity, so that no
 * event pays for it that needs none. Part of the ledger's inside.
 */
#ifndef BR_TRACK_LEDGER_NOTE_H
#define BR_TRACK_LEDGER_NOTE_H

#include "track/ledger_chunk.h"

struct ledger_note {
    uint64_t key;      /* sink << 60 | stream << 38 | seq */
    int64_t early_ns;  /* first delivery before the operation ended, else TRACK_NO_TIME */
    uint32_t attempts; /* arrivals that we answered badly */
    bool is_used;      /* the slot */
    bool is_unread;    /* the last delivery's reply may not have been read */
};

struct ledger_notes {
    struct ledger_note *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
};

void ledger_notes_fini(struct ledger_store *store, struct ledger_notes *notes);
/* NULL: nothing is to be said. Lent until the next take or drop. */
struct ledger_note *ledger_note_find(const struct ledger_notes *notes, int sink,
                                     struct stamp_id id);
/* The same, made when there is none. */
struct ledger_note *ledger_note_take(struct ledger_store *store, struct ledger_notes *notes,
                                     int sink, struct stamp_id id);
/* Removes it when it says nothing any more. */
void ledger_note_drop_empty(struct ledger_store *store, struct ledger_notes *notes,
                            struct ledger_note *note);

#endif
