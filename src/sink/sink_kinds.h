/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds' objects, for the array of them (sink_list.c).
 */
#ifndef BR_SINK_SINK_KINDS_H
#define BR_SINK_SINK_KINDS_H

#include "sink/sink.h"

extern const struct sink_ops sink_webhook_ops; /* sink_webhook.c */
extern const struct sink_ops sink_tcp_ops;     /* sink_tcp.c */
extern const struct sink_ops sink_file_ops;    /* sink_file.c */

#endif
