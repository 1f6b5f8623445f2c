/* SPDX-License-Identifier: Apache-2.0
 *
 * The bottom layer: a stream socket, TCP or unix. It lives inside struct conn and its descriptor is
 * the one that the loop watches, so that sending and receiving is one indirect call and one system
 * call.
 */
#ifndef BR_CONN_TCP_H
#define BR_CONN_TCP_H

#include "conn/conn.h"

/* MSG_TRUNC discards on TCP only; an accepted socket is asked for its family when it matters. */
enum tcp_discard { TCP_DISCARD_UNKNOWN, TCP_DISCARD_KERNEL, TCP_DISCARD_SCRATCH };

/* Makes the socket, which becomes the stack's bottom, and starts to connect: 0, LAYER_AGAIN with
 * conn->want (0: to be driven again after a while), or an error. conn->top is set once there is
 * something to close. */
ssize_t tcp_connect(struct conn *conn, const struct conn_target *target);
/* The same with an accepted descriptor. Nothing is registered with the loop here. */
void tcp_accept(struct conn *conn, int fd);
/* As layer recv, with the bytes thrown away. */
ssize_t tcp_recv_discard(struct conn *conn, void *scratch, size_t size);

#endif
