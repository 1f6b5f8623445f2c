/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a deadline that runs seldom.
 */
#include "conn/deadline.h"

static void deadline_look(struct wheel_timer *timer, void *context)
{
    (void)timer;
    struct deadline *deadline = context;
    int64_t looked_ns = deadline->armed_ns;
    deadline->armed_ns = INT64_MAX;
    if (deadline->due_ns == INT64_MAX)
        return;
    if (deadline->due_ns > looked_ns) {
        deadline_arm(deadline);
        return;
    }
    deadline->due_ns = INT64_MAX;
    deadline->pass(deadline, deadline->context);
}

void deadline_init(struct deadline *deadline, struct loop *loop, deadline_pass_fn *pass,
                   void *context)
{
    *deadline = (struct deadline){
        .due_ns = INT64_MAX,
        .armed_ns = INT64_MAX,
        .loop = loop,
        .pass = pass,
        .context = context,
    };
    wheel_timer_init(&deadline->timer, deadline_look, deadline);
}

void deadline_fini(struct deadline *deadline)
{
    wheel_disarm(&deadline->loop->wheel, &deadline->timer);
    deadline->due_ns = INT64_MAX;
    deadline->armed_ns = INT64_MAX;
}

void deadline_arm(struct deadline *deadline)
{
    deadline->armed_ns = deadline->due_ns;
    wheel_arm(&deadline->loop->wheel, &deadline->timer, deadline->due_ns);
}
