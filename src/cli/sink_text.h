/* SPDX-License-Identifier: Apache-2.0
 *
 * What `brunt sink` says: where sinks are, how they stand, what came.
 */
#ifndef BR_CLI_SINK_TEXT_H
#define BR_CLI_SINK_TEXT_H

#include "base/buf.h"
#include "base/fmt.h"
#include "run/sinks.h"

/* What was there at the last line, for rates. */
struct cli_sink_seen {
    int64_t elapsed_ns;
    uint64_t messages[PLAN_SINKS_MAX];
};

/* One line without its end: "12s  alerts 1,234 (100/s), 4 failed  logs 55". Updates *seen. */
void cli_sink_put_line(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                       struct cli_sink_seen *seen, struct buf *out);
/* The summary; places[i] is where sink i was. */
void cli_sink_put_summary(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                          const struct bytes *places, enum fmt_charset charset, struct buf *out);
void cli_sink_put_json(const struct plan_sinks *sinks, const struct run_sinks_view *view,
                       const struct bytes *places, struct buf *out);

#endif
