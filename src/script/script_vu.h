/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtual user that runs a script: a JavaScript engine on a fiber of its shard. Code that waits
 * is written straight: it parks the fiber, and the loop wakes it.
 *
 * While the script waits in a call (http.get, sleep) nothing else of this VU runs; timers and
 * promises go on in its event loop, when no code of the script is on the stack (k6's order).
 */
#ifndef BR_SCRIPT_SCRIPT_VU_H
#define BR_SCRIPT_SCRIPT_VU_H

#include <quickjs/quickjs.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/rng.h"
#include "load/vu.h"
#include "loop/fiber.h"
#include "metric/group.h"
#include "metric/series.h"
#include "script/script_engine.h"
#include "script/script_program.h"
#include "script/script_settings.h"

struct script_http;
struct script_shard;

enum { SCRIPT_STACK_SIZE = 1 << 20, SCRIPT_STACK_RESERVE = 192 * 1024 };

enum script_stage {
    SCRIPT_STAGE_INIT,
    SCRIPT_STAGE_VU,
    SCRIPT_STAGE_SETUP,
    SCRIPT_STAGE_TEARDOWN,
    SCRIPT_STAGE_SUMMARY,
};

/* What a VU's fiber is asked to do next. */
enum script_job {
    SCRIPT_JOB_NONE,
    SCRIPT_JOB_INIT,
    SCRIPT_JOB_RUN,
    SCRIPT_JOB_CALL,
    SCRIPT_JOB_END
};

/* Why the test has to end, said by a script. */
enum script_verdict { SCRIPT_GOES_ON, SCRIPT_ABORTED, SCRIPT_MARKED_FAILED };

/* Rejected promises that nobody has looked at yet. */
struct script_rejection {
    struct list node;
    void *promise;
    JSValue reason;
};

struct script_vu {
    struct vu vu; /* first: the host's */
    struct script_shard *shard;
    struct script_engine engine;
    struct fiber *fiber;
    enum script_job job;
    enum script_stage stage;
    int64_t entered_ns; /* when it last began to run: it has to make room for others */
    bool parked;
    bool in_event_loop; /* parked with no code of the script on the stack */
    bool wake_listed;
    struct list wake_node; /* in shard->wakes */
    bool told;             /* the job's end is to be told by whoever resumed the fiber */

    JSValue exports;  /* namespace of the entry module, or module.exports */
    JSValue function; /* of the present scenario */
    JSValue data;     /* what setup returned */
    bool has_data;
    JSValue objects; /* modules that are objects: native and CommonJS, by name */
    JSValue env;     /* __ENV */
    JSAtom iter_atom;
    const struct plan_scenario *scenario; /* what function, env and tags are set for */

    struct list timers;
    struct list due;       /* timers that fired, to be called */
    struct list completed; /* asynchronous calls that ended, to be settled */
    uint32_t timer_next_id;
    unsigned pending; /* asynchronous calls under way */
    struct list rejections;

    const struct tag_set *base_tags; /* run, scenario and the VU's own */
    const struct tag_set *tags;      /* with the group: what samples carry */
    const struct tag_set *own_tags;  /* set by exec.vu.metrics.tags */
    struct metric_group *group;
    struct rng rng;
    bool rng_seeded;
    struct script_http *http;

    /* JOB_CALL: an exported function is called with `argument` (owned), its result comes as JSON.
     */
    const char *call_name;
    JSValue call_argument;
    struct buf call_result; /* JSON, empty: undefined */
    bool call_failed;
    struct diag diag;
};

/* One thread's part of a run. */
struct script_shard {
    struct vu_driver driver; /* first: the host's */
    struct loop *loop;
    struct script_program *program;
    const struct script_settings *settings;
    struct fiber_pool *fibers;
    struct series_recorder *recorder; /* NULL while scripts are only looked at */
    struct metric_tree *tree;
    const struct tag_set *run_tags;
    struct script_http_shard *http;
    const struct plan_scenarios *scenarios;
    /* The host: vu_ready and vu_done. */
    void (*ready)(struct vu *vu, enum br_err err, const struct diag *diag);
    void (*done)(struct vu *vu, enum vu_outcome outcome, int64_t end_ns);
    struct bytes setup_data; /* JSON; empty: undefined */
    int64_t start_ns;        /* of the test */
    uint64_t iterations_done;
    uint64_t iterations_cut;
    struct list wakes;
    struct loop_alarm wake_alarm;
    enum script_verdict verdict;
    struct buf verdict_text;
    /* Told when a script asked for the end (exec.test.abort). */
    void (*on_abort)(void *context);
    void *context;
};

extern const struct vu_driver_ops script_vu_ops;

/* Borrows all; the loop is the thread's. */
void script_shard_init(struct script_shard *shard, struct loop *loop,
                       struct script_program *program, const struct script_settings *settings);
void script_shard_fini(struct script_shard *shard);

/* A VU of no host (id 0): for the first look, setup, teardown, handleSummary. */
struct script_vu *script_vu_create(struct script_shard *shard, enum script_stage stage);
/* Begins its init code; the loop has to turn until script_vu_is_free. */
void script_vu_begin_init(struct script_vu *vu);
/* Calls the exported function of that name with an argument (JSON; empty: none). False when there
 * is no such export. */
bool script_vu_begin_call(struct script_vu *vu, enum script_stage stage, const char *name,
                          struct bytes argument);
/* Of a VU whose init code has run. */
bool script_vu_has_function(const struct script_vu *vu, struct bytes name);
/* An export as JSON, appended (nothing when there is none); false with a sentence. */
bool script_vu_export_json(struct script_vu *vu, const char *name, struct buf *out,
                           struct diag *diag);
bool script_vu_is_free(const struct script_vu *vu);
void script_vu_interrupt(struct script_vu *vu);
void script_vu_destroy(struct script_vu **vu);

/* ---- for the modules ---- */

static inline struct script_vu *script_vu_of(JSContext *ctx)
{
    return JS_GetContextOpaque(ctx);
}

/* Sleeps until somebody wakes the VU; spurious wakes happen. */
void script_vu_park(struct script_vu *vu);
/* From a callback of the loop: goes on at once. */
void script_vu_resume(struct script_vu *vu);
/* From anywhere: goes on in the next turn of the loop. */
void script_vu_wake(struct script_vu *vu);
/* Sleeps until then; false when the VU was interrupted. */
bool script_vu_sleep_until(struct script_vu *vu, int64_t due_ns);

/* Runs jobs, timers and completed calls until the promise is settled and nothing is pending
 * (JS_UNDEFINED: no promise). False when the VU was interrupted. */
bool script_vu_run_loop(struct script_vu *vu, JSValueConst promise);

/* Logs a value that was thrown, as k6 does. */
void script_vu_log_exception(struct script_vu *vu, JSValueConst error);
/* Takes the pending exception and logs it. */
void script_vu_log_pending(struct script_vu *vu);

/* From the engine: a promise was rejected and nobody looks at it, or somebody does after all. */
void script_vu_note_rejection(struct script_vu *vu, JSContext *ctx, JSValueConst promise,
                              JSValueConst reason, bool is_handled);

/* Whether samples count now (the recorder is there, and this is no init code). */
bool script_vu_records(const struct script_vu *vu);
void script_vu_record(struct script_vu *vu, int metric, const struct tag_set *tags, double value,
                      int64_t at_ns);
/* vu->tags anew from base, own tags and group. */
void script_vu_retag(struct script_vu *vu);
/* `tags` and those that the members of an object are; false with an exception pending. */
bool script_tags_from_object(struct script_vu *vu, const struct tag_set *tags, JSValueConst object,
                             const struct tag_set **out_tags);
/* The test has to end. */
void script_vu_abort_test(struct script_vu *vu, enum script_verdict verdict, struct bytes text);

#endif
