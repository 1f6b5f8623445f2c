/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a sink listens. Without a host it is the loopback: a receiver for tests that everybody on
 * the network can reach has to be asked for.
 */
#include "sink/sink_place.h"

#include <stdio.h>

enum { SINK_PORT_DIGITS_MAX = 5 };

enum br_err sink_place_parse(struct bytes text, struct sock_addr *out_addr, struct diag *diag)
{
    char local[sizeof("127.0.0.1:") + SINK_PORT_DIGITS_MAX];
    bool is_port = text.len <= SINK_PORT_DIGITS_MAX;
    for (size_t i = 0; i < text.len; i++)
        is_port = is_port && text.ptr[i] >= '0' && text.ptr[i] <= '9';
    if (!is_port)
        return sock_addr_parse(text, out_addr, diag);
    (void)snprintf(local, sizeof(local), "127.0.0.1:%.*s", text.len == 0 ? 1 : (int)text.len,
                   text.len == 0 ? "0" : text.ptr);
    return sock_addr_parse(bytes_from_str(local), out_addr, diag);
}

void sink_place_format(const struct sock_addr *addr, char out_text[SOCK_TEXT_SIZE])
{
    static const struct bytes any = BYTES_INIT("0.0.0.0:");
    char text[SOCK_TEXT_SIZE];
    sock_addr_format(addr, text);
    if (bytes_starts(bytes_from_str(text), any))
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "127.0.0.1:%.*s", SINK_PORT_DIGITS_MAX,
                       text + any.len);
    else
        (void)snprintf(out_text, SOCK_TEXT_SIZE, "%s", text);
}
