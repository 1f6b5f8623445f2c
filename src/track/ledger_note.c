/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing, at most half full; a removed slot is closed by moving back what came behind it.
 */
#include "track/ledger_note.h"

#include <string.h>

#include "base/rng.h"

enum { LEDGER_NOTES_FIRST = 64 };

static uint64_t ledger_note_key(int sink, struct stamp_id id)
{
    return (uint64_t)sink << 60 | (uint64_t)id.stream << STAMP_SEQ_BITS | id.seq;
}

void ledger_notes_fini(struct ledger_store *store, struct ledger_notes *notes)
{
    ledger_resize(store, notes->slots, notes->size * sizeof(notes->slots[0]), 0);
    *notes = (struct ledger_notes){0};
}

static size_t ledger_note_home(const struct ledger_notes *notes, uint64_t key)
{
    return (size_t)rng_mix(key) & (notes->size - 1);
}

/* The slot of the key, or the free one where it belongs. */
static struct ledger_note *ledger_note_slot(const struct ledger_notes *notes, uint64_t key)
{
    size_t at = ledger_note_home(notes, key);
    while (notes->slots[at].is_used && notes->slots[at].key != key)
        at = (at + 1) & (notes->size - 1);
    return &notes->slots[at];
}

struct ledger_note *ledger_note_find(const struct ledger_notes *notes, int sink, struct stamp_id id)
{
    if (notes->count == 0)
        return NULL;
    struct ledger_note *slot = ledger_note_slot(notes, ledger_note_key(sink, id));
    return slot->is_used ? slot : NULL;
}

static void ledger_notes_resize(struct ledger_store *store, struct ledger_notes *notes, size_t size)
{
    struct ledger_notes old = *notes;
    notes->size = size;
    notes->slots = ledger_resize(store, NULL, 0, size * sizeof(notes->slots[0]));
    memset(notes->slots, 0, size * sizeof(notes->slots[0]));
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].is_used)
            *ledger_note_slot(notes, old.slots[i].key) = old.slots[i];
    }
    ledger_resize(store, old.slots, old.size * sizeof(old.slots[0]), 0);
}

struct ledger_note *ledger_note_take(struct ledger_store *store, struct ledger_notes *notes,
                                     int sink, struct stamp_id id)
{
    if (2 * notes->count >= notes->size)
        ledger_notes_resize(store, notes, notes->size == 0 ? LEDGER_NOTES_FIRST : 2 * notes->size);
    uint64_t key = ledger_note_key(sink, id);
    struct ledger_note *slot = ledger_note_slot(notes, key);
    if (!slot->is_used) {
        *slot = (struct ledger_note){.key = key, .early_ns = TRACK_NO_TIME, .is_used = true};
        notes->count++;
    }
    return slot;
}

/* Whether `at` may move to the hole: its home is not behind it, going round. */
static bool ledger_note_may_move(const struct ledger_notes *notes, size_t hole, size_t at)
{
    size_t mask = notes->size - 1;
    size_t home = ledger_note_home(notes, notes->slots[at].key);
    return ((at - home) & mask) >= ((at - hole) & mask);
}

void ledger_note_drop_empty(struct ledger_store *store, struct ledger_notes *notes,
                            struct ledger_note *note)
{
    if (note->early_ns != TRACK_NO_TIME || note->attempts > 0 || note->is_unread)
        return;
    size_t hole = (size_t)(note - notes->slots);
    for (size_t at = (hole + 1) & (notes->size - 1); notes->slots[at].is_used;
         at = (at + 1) & (notes->size - 1)) {
        if (ledger_note_may_move(notes, hole, at)) {
            notes->slots[hole] = notes->slots[at];
            hole = at;
        }
    }
    notes->slots[hole].is_used = false;
    notes->count--;
    /* A burst of early arrivals must not be paid for ever. */
    if (notes->size > LEDGER_NOTES_FIRST && 16 * notes->count < notes->size)
        ledger_notes_resize(store, notes, notes->size / 4);
}
