/* SPDX-License-Identifier: Apache-2.0
 *
 * The URLs that load is sent to: http and https (RFC 3986, RFC 9110 4.2), and the two ways people
 * write "HTTP over that unix socket":
 *
 *     http+unix://%2Frun%2Fapp.sock/path?query      (percent-encoded path as the authority)
 *     http://unix:/run/app.sock:/path?query         (as nginx has it)
 *
 * The fragment is dropped. Bytes that may not be in a URL but are typed all the same (blanks,
 * quotes, letters outside ASCII) are percent-encoded when the target is emitted, as browsers do.
 */
#ifndef BR_WIRE_URL_H
#define BR_WIRE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum {
    URL_SIZE_MAX = 64 * 1024,
    URL_HOST_SIZE_MAX = 253,
    URL_PORT_HTTP = 80,
    URL_PORT_HTTPS = 443
};

/* Borrows the text it was parsed from. */
struct url {
    bool tls;
    bool ip6;            /* the host is an IPv6 literal (told without its brackets) */
    uint16_t port;       /* the scheme's default when there is none; 0 for a unix socket */
    struct bytes host;   /* "localhost" for a unix socket */
    struct bytes socket; /* path of the unix socket as written; len 0: none */
    bool socket_encoded; /* … and it is percent-encoded */
    struct bytes path;   /* as written, may be empty */
    struct bytes query;  /* behind the '?'; ptr NULL: there is no '?' */
};

/* BR_ERR_CONFIG with a sentence when it is not a URL of ours. Userinfo is refused: a password does
 * not belong into logs and results. */
BR_NODISCARD enum br_err url_parse(struct bytes text, struct url *out_url, struct diag *diag);

/* All return the bytes needed; what is in `out` is complete only if they are at most `size`. `out`
 * may be NULL with size 0. No NUL behind them. */

/* Path and query as a request target: "/" for an empty path, illegal bytes percent-encoded. */
size_t url_emit_target(const struct url *url, char *out, size_t size);
/* The value of Host: brackets around IPv6, the port unless it is the scheme's. */
size_t url_emit_host(const struct url *url, char *out, size_t size);
/* The decoded path of the unix socket. */
size_t url_emit_socket(const struct url *url, char *out, size_t size);

#endif
