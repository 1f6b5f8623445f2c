/* SPDX-License-Identifier: Apache-2.0
 *
 * What the bench reports beside what the pipeline says it did, event by event and sink by sink.
 *
 * The classes follow from the accounts alone. What depends on two moments (late, overtaken) is
 * decided where they are further apart than the network can blur; nearer ones may be told either
 * way, and are counted.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "pipe.h"

#define PIPE_WORK_NS INT64_C(500000)     /* what the bench or a relay takes for a thing, at most */
#define PIPE_LATE_WORK_NS (10 * PIPE_MS) /* … beside a connection that must be opened anew */

#define PIPE_BLUR_NS (100 * PIPE_MS) /* about the end of what came out */

enum pipe_expect { PIPE_NO, PIPE_YES, PIPE_OPEN };

/* One event at one sink. */
struct pipe_case {
    const struct pipe_event *event;
    const struct pipe_request *request;
    const struct pipe_out *out;
    struct stamp_id id;
    enum track_entry entry;
    uint32_t came; /* deliveries with a stamp that can be read */
    enum pipe_expect expect[TRACK_ANOMALY_COUNT];
    uint16_t told; /* kinds, by bit */
};

struct pipe_judge {
    const struct pipe_plan *plan;
    struct pipe_truth *truth;
    const struct result *result;
    const struct result_events *events;
    struct pipe_tally *tally;
    char *why;
    int sink;
    struct pipe_case *cases;            /* of a stream */
    uint64_t lost_slack;                /* under way when a relay was killed */
    int64_t classes[TRACK_CLASS_COUNT]; /* the classes as they must be */
    int64_t deliveries;
    uint64_t told[TRACK_ANOMALY_COUNT];
    bool late_is_open; /* which events were late is not known of all */
    unsigned cut;      /* kinds of which not all are in runs */
    uint64_t must[TRACK_ANOMALY_COUNT], may[TRACK_ANOMALY_COUNT];
    int64_t came_last_ns; /* the latest acceptance of what came */
    int64_t trailing_ns;  /* from the first to the last acceptance behind it */
};

static bool pipe_say(struct pipe_judge *judge, const char *what, int64_t got, int64_t want)
{
    if (got == want)
        return true;
    (void)snprintf(judge->why, PIPE_WHY_SIZE, "sink s%d: %s is %lld, not %lld", judge->sink, what,
                   (long long)got, (long long)want);
    return false;
}

static enum track_entry pipe_entry(const struct pipe_event *event,
                                   const struct pipe_request *request)
{
    if (request->replied_ns == 0)
        return TRACK_UNSURE;
    int status = request->status;
    if (status == 200)
        return event->is_rejected ? TRACK_REFUSED : TRACK_ACCEPTED;
    return status == 503 || (status >= 400 && status < 500 && status != 408) ? TRACK_REFUSED
                                                                             : TRACK_UNSURE;
}

/* Deliveries with a stamp that can be read. */
static uint32_t pipe_came(const struct pipe_out *out)
{
    return out->fault == RELAY_DAMAGE && out->in_stamp ? 0 : out->count;
}

/* A connection to the sink was cut when the reply was under way: it came before, too. */
static bool pipe_is_redelivered(const struct pipe_case *c)
{
    return (c->told >> TRACK_ANOMALY_REDELIVERED & 1) != 0;
}

/* It may have come although the relay did not learn of it, and gave up. */
static bool pipe_may_have_come(const struct pipe_judge *judge, const struct pipe_case *c)
{
    return judge->plan->resets > 0 && c->came == 0 && c->out->gave_up;
}

/* ---- late ---- */

static enum pipe_expect pipe_is_late(const struct pipe_judge *judge, const struct pipe_case *c)
{
    const struct pipe_plan *plan = judge->plan;
    const struct pipe_relay_plan *relay = &plan->relay[judge->sink];
    int64_t blur_ns = PIPE_LATE_WORK_NS + 4 * (plan->latency_ns + plan->jitter_ns);
    int64_t lag_ns = c->out->first_ns - c->request->got_ns;
    if (lag_ns + blur_ns < plan->within_ns)
        return PIPE_NO;
    if (!pipe_is_redelivered(c) && lag_ns - blur_ns - relay->sink_delay_ns > plan->within_ns)
        return PIPE_YES;
    return PIPE_OPEN;
}

/* ---- order ---- */

static enum pipe_expect pipe_and(enum pipe_expect a, enum pipe_expect b)
{
    if (a == PIPE_NO || b == PIPE_NO)
        return PIPE_NO;
    return a == PIPE_YES && b == PIPE_YES ? PIPE_YES : PIPE_OPEN;
}

/* b reached the sink before a. */
static enum pipe_expect pipe_came_before(const struct pipe_judge *judge, const struct pipe_case *b,
                                         const struct pipe_case *a)
{
    const struct standin_relay_config *relay = &judge->plan->relay[judge->sink].config;
    if (pipe_is_redelivered(a) || pipe_is_redelivered(b) || b->came == 0)
        return PIPE_OPEN;
    if (relay->workers == 1)
        return b->out->first_order < a->out->first_order ? PIPE_YES : PIPE_NO;
    int64_t blur_ns = PIPE_WORK_NS + judge->plan->jitter_ns;
    if (b->out->first_ns < a->out->first_ns - blur_ns)
        return PIPE_YES;
    return b->out->first_ns <= a->out->first_ns + blur_ns ? PIPE_OPEN : PIPE_NO;
}

/* b has to come after a: behind it in one body, or sent when a's acceptance had been read. */
static enum pipe_expect pipe_must_follow(const struct pipe_judge *judge, const struct pipe_case *b,
                                         const struct pipe_case *a)
{
    const struct pipe_plan *plan = judge->plan;
    if (a->request == b->request)
        return b->event->place > a->event->place ? PIPE_YES : PIPE_NO;
    if (a->entry != TRACK_ACCEPTED)
        return PIPE_NO;
    int64_t apart_ns = b->request->got_ns - a->request->replied_ns - 2 * plan->latency_ns;
    if (apart_ns > 2 * (plan->jitter_ns + PIPE_WORK_NS))
        return b->entry == TRACK_REFUSED ? PIPE_OPEN : PIPE_YES;
    return apart_ns < -PIPE_WORK_NS ? PIPE_NO : PIPE_OPEN;
}

static enum pipe_expect pipe_is_overtaken(const struct pipe_judge *judge, const struct pipe_case *a,
                                          size_t count)
{
    enum pipe_expect is = PIPE_NO;
    for (size_t i = 0; i < count; i++) {
        const struct pipe_case *b = &judge->cases[i];
        if (b == a || (b->came == 0 && !pipe_may_have_come(judge, b)))
            continue;
        enum pipe_expect pair = pipe_came_before(judge, b, a);
        if (pair != PIPE_NO)
            pair = pipe_and(pair, pipe_must_follow(judge, b, a));
        if (pair == PIPE_YES)
            return a->entry == TRACK_REFUSED ? PIPE_OPEN : PIPE_YES;
        if (pair == PIPE_OPEN)
            is = PIPE_OPEN;
    }
    return is;
}

/* ---- what must be told ---- */

static void pipe_expect_absent(const struct pipe_judge *judge, struct pipe_case *c)
{
    enum pipe_expect is = pipe_may_have_come(judge, c) ? PIPE_OPEN : PIPE_YES;
    if (c->entry == TRACK_ACCEPTED)
        c->expect[TRACK_ANOMALY_LOST] = is;
    if (c->entry == TRACK_UNSURE)
        c->expect[TRACK_ANOMALY_UNSURE_ABSENT] = is;
    if (is == PIPE_OPEN && c->entry == TRACK_REFUSED)
        c->expect[TRACK_ANOMALY_LEAKED] = PIPE_OPEN;
    if (is == PIPE_OPEN) {
        c->expect[TRACK_ANOMALY_LATE] = PIPE_OPEN;
        c->expect[TRACK_ANOMALY_REORDERED] = PIPE_OPEN;
        c->expect[TRACK_ANOMALY_DAMAGED] = PIPE_OPEN;
    }
}

static void pipe_expect_all(const struct pipe_judge *judge, struct pipe_case *c, size_t count)
{
    if (c->came == 0) {
        pipe_expect_absent(judge, c);
    } else {
        if (c->entry == TRACK_REFUSED)
            c->expect[TRACK_ANOMALY_LEAKED] = PIPE_YES;
        else if (c->came > 1)
            c->expect[TRACK_ANOMALY_DUPLICATED] = pipe_is_redelivered(c) ? PIPE_OPEN : PIPE_YES;
        if (c->entry == TRACK_ACCEPTED && c->came == 1)
            c->expect[TRACK_ANOMALY_LATE] = pipe_is_late(judge, c);
        if (c->entry == TRACK_ACCEPTED && c->came > 1 && pipe_is_redelivered(c) &&
            pipe_is_late(judge, c) != PIPE_NO)
            c->expect[TRACK_ANOMALY_LATE] = PIPE_OPEN;
        c->expect[TRACK_ANOMALY_REORDERED] = pipe_is_overtaken(judge, c, count);
        if (c->out->fault == RELAY_DAMAGE && judge->plan->relay[judge->sink].is_intact)
            c->expect[TRACK_ANOMALY_DAMAGED] = c->entry == TRACK_REFUSED ? PIPE_OPEN : PIPE_YES;
    }
    if (judge->plan->resets > 0)
        c->expect[TRACK_ANOMALY_REDELIVERED] = PIPE_OPEN;
}

/* The class as it must be counted; with something open, all that it may be. */
static void pipe_count_class(struct pipe_judge *judge, const struct pipe_case *c)
{
    static const enum track_came columns[] = {TRACK_NEVER, TRACK_IN_TIME, TRACK_AGAIN};
    enum track_came came = columns[c->came > 2 ? 2 : c->came];
    if ((c->told >> TRACK_ANOMALY_LATE & 1) != 0)
        came = TRACK_LATE;
    enum track_class class = track_class_of(c->entry, came);
    if (class == TRACK_CLASS_MISSING)
        class = (c->told >> TRACK_ANOMALY_STUCK & 1) != 0 ? TRACK_CLASS_STUCK : TRACK_CLASS_LOST;
    judge->classes[class]++;
    judge->deliveries += c->came;
}

/* ---- what was told ---- */

static struct pipe_case *pipe_case_of(struct pipe_judge *judge, size_t count, uint64_t seq)
{
    return seq < count && judge->cases[seq].event->is_seen ? &judge->cases[seq] : NULL;
}

/* What was taken back is not told which it was: then it is those that had to be told. */
static bool pipe_read_run(struct pipe_judge *judge, const struct track_run *run, size_t count,
                          enum track_anomaly_kind kind)
{
    bool is_whole = run->count == (int64_t)(run->last - run->first + 1);
    int64_t must = 0, may = 0;
    for (uint64_t seq = run->first; seq <= run->last; seq++) {
        struct pipe_case *c = pipe_case_of(judge, count, seq);
        if (c == NULL)
            return pipe_say(judge, "an anomaly of an event that nobody sent", 1, 0);
        if ((c->told >> kind & 1) != 0)
            return pipe_say(judge, "an anomaly that is told twice", 2, 1);
        must += c->expect[kind] == PIPE_YES;
        may += c->expect[kind] != PIPE_NO;
        if (is_whole || c->expect[kind] != PIPE_NO)
            c->told |= (uint16_t)(1U << kind);
    }
    judge->told[kind] += (uint64_t)run->count;
    judge->late_is_open |= !is_whole && must != may;
    if (!is_whole && (run->count < must || run->count > may))
        return pipe_say(judge, "the count of a run of which some were taken back", run->count,
                        must);
    return true;
}

static bool pipe_read_list(struct pipe_judge *judge, const struct track_anomaly_list *list,
                           uint32_t stream, size_t count, enum track_anomaly_kind kind)
{
    if (list == NULL)
        return true;
    if (list->runless > 0)
        judge->cut |= 1U << kind;
    for (size_t i = 0; i < list->run_count; i++) {
        const struct track_run *run = &list->runs[i];
        if (run->stream != stream)
            continue;
        if (!pipe_read_run(judge, run, count, kind))
            return false;
    }
    for (size_t i = 0; i < list->first_count; i++) {
        const struct track_anomaly *first = &list->first[i];
        if (first->id.stream != stream)
            continue;
        struct pipe_case *c = pipe_case_of(judge, count, first->id.seq);
        if (c == NULL || ((c->told >> kind & 1) == 0 && list->runless == 0))
            return pipe_say(judge, "an anomaly told that is not in the runs", 1, 0);
    }
    return true;
}

/* Those of some kinds, by bit. */
static bool pipe_read_told(struct pipe_judge *judge, uint32_t stream, size_t count, unsigned kinds)
{
    const struct track_anomalies *told = &judge->events->anomalies;
    for (int phase = 0; phase < told->phase_count; phase++) {
        for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
            if ((kinds >> kind & 1) == 0)
                continue;
            const struct track_anomaly_list *list =
                track_anomalies_of(told, phase, judge->sink, (enum track_anomaly_kind)kind);
            if (!pipe_read_list(judge, list, stream, count, (enum track_anomaly_kind)kind))
                return false;
        }
    }
    return true;
}

/* ---- one beside the other ---- */

static bool pipe_differs(struct pipe_judge *judge, const struct pipe_case *c, int kind,
                         bool is_told)
{
    if (kind == TRACK_ANOMALY_LOST && !is_told && judge->lost_slack > 0) {
        judge->lost_slack--;
        return true;
    }
    (void)snprintf(judge->why, PIPE_WHY_SIZE,
                   "sink s%d, event %u/%llu: \"%s\" is %stold and must %s; gate: deed %d, status "
                   "%d, relay: put out %u times, fault %s%s%s",
                   judge->sink, (unsigned)c->id.stream, (unsigned long long)c->id.seq,
                   track_anomaly_name((enum track_anomaly_kind)kind), is_told ? "" : "not ",
                   is_told ? "not be" : "be", c->request->deed, c->request->status, c->out->count,
                   relay_fault_name(c->out->fault), c->out->in_stamp ? " in the stamp" : "",
                   c->out->gave_up ? ", gave up" : "");
    return false;
}

/* Nothing accepted after it came out either, and such are there for a second at least. */
static enum pipe_expect pipe_is_stuck(const struct pipe_judge *judge, const struct pipe_case *c)
{
    int64_t behind_ns = c->request->replied_ns - judge->came_last_ns;
    if (behind_ns < -PIPE_BLUR_NS || judge->trailing_ns < PIPE_SEC - PIPE_BLUR_NS)
        return PIPE_NO;
    return behind_ns > PIPE_BLUR_NS && judge->trailing_ns > PIPE_SEC + PIPE_BLUR_NS ? PIPE_YES
                                                                                    : PIPE_OPEN;
}

static bool pipe_compare(struct pipe_judge *judge, struct pipe_case *c)
{
    /* Stuck is lost at the end of all. */
    unsigned told = c->told;
    if ((told >> TRACK_ANOMALY_STUCK & 1) != 0)
        told |= 1U << TRACK_ANOMALY_LOST;
    for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
        bool is_told = (told >> kind & 1) != 0;
        if (kind == TRACK_ANOMALY_STUCK && is_told && pipe_is_stuck(judge, c) == PIPE_NO)
            return pipe_differs(judge, c, kind, true);
        if (kind == TRACK_ANOMALY_STUCK && !is_told && (told >> TRACK_ANOMALY_LOST & 1) != 0 &&
            pipe_is_stuck(judge, c) == PIPE_YES)
            return pipe_differs(judge, c, kind, false);
        judge->tally->open[kind] += c->expect[kind] == PIPE_OPEN;
        judge->tally->told[kind] += is_told;
        judge->must[kind] += c->expect[kind] == PIPE_YES;
        judge->may[kind] += c->expect[kind] != PIPE_NO;
        if (!is_told && (judge->cut >> kind & 1) != 0)
            continue;
        if (kind == TRACK_ANOMALY_STUCK || c->expect[kind] == PIPE_OPEN ||
            is_told == (c->expect[kind] == PIPE_YES))
            continue;
        if (!pipe_differs(judge, c, kind, is_told))
            return false;
        c->came += kind == TRACK_ANOMALY_LOST; /* it was under way when the relay was killed */
    }
    return true;
}

static bool pipe_judge_stream(struct pipe_judge *judge, uint32_t number)
{
    const struct pipe_stream *stream = &judge->truth->streams[number];
    size_t count = stream->count;
    const unsigned before = 1U << TRACK_ANOMALY_REDELIVERED;
    judge->cases = mem_zalloc(count + 1, sizeof(judge->cases[0]));
    for (size_t seq = 0; seq < count; seq++) {
        struct pipe_case *c = &judge->cases[seq];
        c->event = &stream->events[seq];
        c->id = (struct stamp_id){number, seq};
        c->request = &judge->truth->requests[c->event->request];
        c->out = &c->event->outs[judge->sink];
        c->entry = pipe_entry(c->event, c->request);
        c->came = c->event->is_seen ? pipe_came(c->out) : 0;
        judge->truth->damaged_stamps[judge->sink] += c->out->count - c->came;
        judge->tally->faults[c->out->fault]++;
        judge->tally->faults[RELAY_GAVE_UP] += c->out->gave_up;
    }
    bool is_right = pipe_read_told(judge, number, count, before);
    for (size_t seq = 0; seq < count; seq++) {
        if (judge->cases[seq].event->is_seen)
            pipe_expect_all(judge, &judge->cases[seq], count);
    }
    is_right = is_right && pipe_read_told(judge, number, count, ~before);
    for (size_t seq = 0; seq < count && is_right; seq++) {
        if (!judge->cases[seq].event->is_seen)
            continue;
        is_right = pipe_compare(judge, &judge->cases[seq]);
        pipe_count_class(judge, &judge->cases[seq]);
    }
    mem_free(judge->cases);
    return is_right;
}

/* ---- the sums ---- */

/* With cut connections only what is not open is known exactly, and that was compared one by one. */
static bool pipe_judge_classes(struct pipe_judge *judge, const struct result_flow *flow)
{
    int64_t unsent = flow->entries.unsent;
    judge->classes[TRACK_CLASS_UNSENT] += unsent;
    for (int class = 0; class < TRACK_CLASS_COUNT; class ++) {
        int64_t got = track_at_sum_class(&flow->at, (enum track_class) class);
        judge->tally->classes[class] += (uint64_t)got;
        bool is_timed = class == TRACK_CLASS_DELIVERED || class == TRACK_CLASS_LATE;
        if (is_timed && (judge->late_is_open || (judge->cut >> TRACK_ANOMALY_LATE & 1) != 0))
            continue;
        if (judge->plan->resets == 0 && !pipe_say(judge, track_class_name((enum track_class) class),
                                                  got, judge->classes[class]))
            return false;
    }
    int64_t in_time_or_late = flow->at.delivered + flow->at.late;
    return judge->plan->resets > 0 ||
           (pipe_say(judge, "delivered and late", in_time_or_late,
                     judge->classes[TRACK_CLASS_DELIVERED] + judge->classes[TRACK_CLASS_LATE]) &&
            pipe_say(judge, "deliveries", flow->at.deliveries, judge->deliveries));
}

static bool pipe_judge_flow(struct pipe_judge *judge)
{
    const struct result *result = judge->result;
    const struct result_sink_counts *sink = &judge->events->rows.sinks[judge->sink];
    struct result_flow *flow = MEM_NEW(struct result_flow);
    int64_t registered = 0, unsent = 0;
    bool is_right = true;
    struct result_flow *all = MEM_NEW(struct result_flow);
    track_at_sum_init(&all->at);
    for (int phase = 0; phase < (int)result->phase_count; phase++) {
        result_flow_init(flow, result, phase, (size_t)judge->sink);
        registered += flow->entries.registered;
        unsent += flow->entries.unsent;
        track_at_sum_merge(&all->at, &flow->at);
        result_flow_fini(flow);
    }
    all->entries.unsent = unsent;
    uint64_t batch = judge->plan->batch;
    is_right = pipe_say(judge, "events registered", registered,
                        (int64_t)(judge->plan->requests * batch)) &&
               pipe_say(judge, "events seen by the gate, and unsent",
                        (int64_t)judge->truth->event_count + unsent, registered) &&
               pipe_judge_classes(judge, all);
    judge->tally->unsent += (uint64_t)unsent;
    judge->tally->attempts += (uint64_t)all->at.attempts;
    judge->tally->redelivered += (uint64_t)all->at.redelivered;
    judge->tally->unreadable += sink->unreadable;
    judge->tally->repeated += sink->repeated;
    is_right = is_right && pipe_say(judge, "foreign stamps", (int64_t)sink->foreign, 0) &&
               pipe_say(judge, "stamps of events that were never sent",
                        judge->events->rows.sum.unknown[judge->sink], 0);
    if (is_right && judge->plan->resets == 0)
        is_right = pipe_say(judge, "unreadable stamps in deliveries", sink->unreadable > 0,
                            judge->truth->damaged_stamps[judge->sink] > 0);
    track_at_sum_fini(&all->at);
    mem_free(all);
    mem_free(flow);
    return is_right;
}

/* What the pipeline did last. */
static void pipe_find_end(struct pipe_judge *judge)
{
    int64_t first_ns = INT64_MAX, last_ns = 0;
    judge->came_last_ns = 0;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < PIPE_STREAMS_MAX; i++) {
            const struct pipe_stream *stream = &judge->truth->streams[i];
            for (size_t seq = 0; seq < stream->count; seq++) {
                const struct pipe_event *event = &stream->events[seq];
                const struct pipe_request *request = &judge->truth->requests[event->request];
                int64_t at_ns = request->replied_ns;
                if (!event->is_seen || pipe_entry(event, request) != TRACK_ACCEPTED)
                    continue;
                bool came = pipe_came(&event->outs[judge->sink]) > 0;
                if (round == 0 && came && at_ns > judge->came_last_ns)
                    judge->came_last_ns = at_ns;
                if (round == 0 || came || at_ns <= judge->came_last_ns)
                    continue;
                first_ns = at_ns < first_ns ? at_ns : first_ns;
                last_ns = at_ns > last_ns ? at_ns : last_ns;
            }
        }
    }
    judge->trailing_ns = last_ns > first_ns ? last_ns - first_ns : 0;
}

static bool pipe_judge_sink(struct pipe_judge *judge)
{
    const struct standin_relay_config *relay = &judge->plan->relay[judge->sink].config;
    memset(judge->classes, 0, sizeof(judge->classes));
    memset(judge->told, 0, sizeof(judge->told));
    memset(judge->must, 0, sizeof(judge->must));
    memset(judge->may, 0, sizeof(judge->may));
    judge->cut = 0;
    judge->late_is_open = false;
    pipe_find_end(judge);
    judge->deliveries = 0;
    if (judge->plan->kill_ns > 0)
        judge->lost_slack = (uint64_t)relay->workers * relay->out_batch;
    for (uint32_t stream = 0; stream < PIPE_STREAMS_MAX; stream++) {
        if (!pipe_judge_stream(judge, stream))
            return false;
    }
    /* Every list is as long as it says, with all streams together. */
    const struct track_anomalies *told = &judge->events->anomalies;
    for (int kind = 0; kind < TRACK_ANOMALY_COUNT; kind++) {
        int64_t count = 0;
        for (int phase = 0; phase < told->phase_count; phase++) {
            const struct track_anomaly_list *list =
                track_anomalies_of(told, phase, judge->sink, (enum track_anomaly_kind)kind);
            count += list == NULL ? 0 : list->count;
        }
        if ((judge->cut >> kind & 1) != 0) {
            judge->tally->long_lists++;
            if (count < (int64_t)judge->must[kind] || count > (int64_t)judge->may[kind])
                return pipe_say(judge, track_anomaly_name((enum track_anomaly_kind)kind), count,
                                (int64_t)judge->must[kind]);
        } else if (!pipe_say(judge, track_anomaly_name((enum track_anomaly_kind)kind), count,
                             (int64_t)judge->told[kind])) {
            return false;
        }
    }
    /* Each cut meets what the workers have under way. */
    uint64_t cut_at_most = (uint64_t)judge->plan->resets * relay->workers * relay->out_batch;
    if (judge->told[TRACK_ANOMALY_REDELIVERED] > cut_at_most)
        return pipe_say(judge, "redelivered events, at most",
                        (int64_t)judge->told[TRACK_ANOMALY_REDELIVERED], (int64_t)cut_at_most);
    return pipe_judge_flow(judge);
}

static bool pipe_judge_verdict(const struct pipe_judge *judge)
{
    const struct result *result = judge->result;
    bool is_bad = judge->tally->told[TRACK_ANOMALY_LOST] > 0;
    if (judge->plan->asked.is_healthy &&
        (result->verdict != VERDICT_PASS || judge->events->drain_end != TRACK_DRAIN_EMPTY)) {
        (void)snprintf(judge->why, PIPE_WHY_SIZE, "a healthy pipeline: %s: %s",
                       result->reason_count > 0 ? result->reasons[0].code : "no reason",
                       result->reason_count > 0 ? result->reasons[0].text : "");
        return false;
    }
    (void)is_bad;
    return true;
}

bool pipe_judge(const struct pipe_plan *plan, struct pipe_truth *truth, const struct result *result,
                struct pipe_tally *tally, char why[PIPE_WHY_SIZE])
{
    struct pipe_judge judge = {.plan = plan,
                               .truth = truth,
                               .result = result,
                               .events = result->events,
                               .tally = tally,
                               .why = why};
    if (truth->is_broken) {
        (void)snprintf(why, PIPE_WHY_SIZE, "%s", truth->why);
        return false;
    }
    if (result->events == NULL || result->events->complaint != NULL) {
        (void)snprintf(why, PIPE_WHY_SIZE, "the sums: %s",
                       result->events == NULL ? "none" : result->events->complaint);
        return false;
    }
    for (uint32_t i = 0; i < truth->request_count; i++)
        tally->deeds[truth->requests[i].deed]++;
    tally->events += truth->event_count;
    for (judge.sink = 0; judge.sink < plan->relays; judge.sink++) {
        if (!pipe_judge_sink(&judge))
            return false;
    }
    return pipe_judge_verdict(&judge);
}
