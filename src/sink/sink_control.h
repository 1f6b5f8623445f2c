/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person who tests by hand may ask: GET /last (the last messages) and /counts, on a port of
 * its own or on the webhooks' ports. Inside of sink/.
 */
#ifndef BR_SINK_SINK_CONTROL_H
#define BR_SINK_SINK_CONTROL_H

#include "proto/http_server.h"
#include "sink/sink_host.h"

/* True when the request was one for us, and is answered. */
bool sink_control_answer(struct sink_host *host, struct http_server_session *session,
                         const struct http_request *request);
/* The reply is written, or will never be. */
void sink_control_end(struct sink_host *host, const struct http_server_session *session);
void sink_control_close(struct sink_host *host);

#endif
