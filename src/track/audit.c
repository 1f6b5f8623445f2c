/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit: rows of two numbers that must be equal.
 */
#include "track/audit.h"

#include <stdio.h>

void track_claims_init(struct track_claims *claims)
{
    claims->is_counted = false;
    claims->events = -1;
    for (int i = 0; i < TRACK_PHASES_MAX; i++)
        claims->phases[i] = (struct track_claim){-1, -1};
    for (int i = 0; i < TRACK_SINKS_MAX; i++)
        claims->arrivals[i] = -1;
}

/* Whether the two are equal; `sink` -1: none in particular. */
static bool track_audit_row(struct diag *diag, int sink, const char *what, int64_t have,
                            const char *other, int64_t want)
{
    if (have == want)
        return true;
    char place[32] = "";
    if (sink >= 0)
        (void)snprintf(place, sizeof(place), " at sink %d", sink);
    diag_set(diag, BR_ERR_CONFIG, "sums do not add up%s: %s are %lld, %s are %lld", place, what,
             (long long)have, other, (long long)want);
    return false;
}

static struct track_entries track_audit_entries(const struct track_sum *sum)
{
    struct track_entries all = {0};
    for (int phase = 0; phase < sum->phase_count; phase++) {
#define X(name, text) all.name += sum->entries[phase].name;
        TRACK_ENTRY_COUNTERS(X)
#undef X
    }
    return all;
}

/* Classes and counters of a sink over all phases; its histograms stay empty. */
static struct track_at_sum track_audit_at(const struct track_sum *sum, int sink)
{
    struct track_at_sum all = {0};
    for (int phase = 0; phase < sum->phase_count; phase++) {
        const struct track_at_sum *at = track_sum_at(sum, phase, sink);
#define X(name, NAME, text) all.name += at->name;
        TRACK_CLASSES(X)
#undef X
#define X(name, text) all.name += at->name;
        TRACK_SINK_COUNTERS(X)
#undef X
    }
    return all;
}

static bool track_audit_codes(const struct track_at_sum *at, const int64_t *codes, int sink,
                              struct diag *diag)
{
    const struct {
        enum ledger_code code;
        const char *what;
        int64_t count;
    } rows[] = {
        {LEDGER_OPEN, "events that did not come",
         at->missing + at->held_back + at->in_flight + at->stuck + at->lost + at->unsure_absent},
        {LEDGER_DELIVERED, "delivered events", at->delivered},
        {LEDGER_LATE, "late events", at->late},
        {LEDGER_DUPLICATED, "duplicated events", at->duplicated},
        {LEDGER_UNSURE_DELIVERED, "unsure events that came", at->unsure_delivered},
        {LEDGER_LEAKED, "leaked events", at->leaked + at->unsent_came},
        {LEDGER_REFUSED, "refused events", at->refused},
        {LEDGER_UNSENT, "unsent events", at->unsent},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        if (!track_audit_row(diag, sink, rows[i].what, rows[i].count, "their codes",
                             codes[rows[i].code]))
            return false;
    }
    return true;
}

static bool track_audit_sink(const struct track_sum *sum, const struct ledger_walk *walk,
                             const struct track_claims *claims, int sink, struct diag *diag)
{
    struct track_at_sum at = track_audit_at(sum, sink);
    int64_t classes = 0;
    for (int class = 0; class < TRACK_CLASS_COUNT; class ++)
        classes += track_at_sum_class(&at, (enum track_class) class);
    int64_t firsts =
        at.delivered + at.late + at.duplicated + at.unsure_delivered + at.leaked + at.unsent_came;
    int64_t arrivals = at.deliveries + at.attempts + sum->unknown[sink];
    if (!track_audit_row(diag, sink, "events in all classes", classes, "the registered ones",
                         walk->events) ||
        !track_audit_codes(&at, walk->codes[sink], sink, diag) ||
        !track_audit_row(diag, sink, "deliveries", at.deliveries,
                         "first ones, copies and redelivered ones",
                         firsts + at.copies + at.redelivered))
        return false;
    return claims->arrivals[sink] < 0 ||
           track_audit_row(diag, sink, "arrivals in the ledger", arrivals, "those of the sink",
                           claims->arrivals[sink]);
}

static bool track_audit_phase(const struct track_entries *entries, const struct track_claim *claim,
                              struct diag *diag)
{
    if (claim->events >= 0 && !track_audit_row(diag, -1, "registered events", entries->registered,
                                               "operations times batch", claim->events))
        return false;
    return claim->sent < 0 || track_audit_row(diag, -1, "sent events", entries->sent,
                                              "sent operations times batch", claim->sent);
}

bool track_audit(const struct track_sum *sum, const struct ledger_walk *walk,
                 const struct track_claims *claims, struct diag *diag)
{
    struct track_entries all = track_audit_entries(sum);
    int64_t resolved = all.accepted + all.refused + all.unsure + all.unsent;
    if (!track_audit_row(diag, -1, "registered events", all.registered, "those walked over",
                         walk->events) ||
        !track_audit_row(diag, -1, "registered events", all.registered, "those with an answer",
                         resolved + all.pending))
        return false;
    if (claims->events >= 0 && !track_audit_row(diag, -1, "registered events", all.registered,
                                                "operations times batch", claims->events))
        return false;
    for (int phase = 0; phase < sum->phase_count; phase++) {
        if (!track_audit_phase(&sum->entries[phase], &claims->phases[phase], diag))
            return false;
    }
    for (int sink = 0; sink < sum->sink_count && !claims->is_counted; sink++) {
        if (!track_audit_sink(sum, walk, claims, sink, diag))
            return false;
    }
    return true;
}
