/* SPDX-License-Identifier: Apache-2.0
 *
 * One row per way to fail: read by the enum, the names, the counters and the docs. Dense, so that
 * `failed[err]++` is the whole error handling of the hot path. Names (lower-cased) and rows stay:
 * they are keys of the result file. New rows go to the end of their class.
 *
 *     ERR(NAME, class, text)
 */
/* clang-format off */
ERR(NONE,              none,   "no error")
/* conn: before a byte of the operation was written */
ERR(CONN_REFUSED,      conn,   "connection refused")
ERR(CONN_TIMEOUT,      conn,   "connection not established in time")
ERR(CONN_UNREACHABLE,  conn,   "host or network unreachable")
ERR(CONN_FAILED,       conn,   "connection could not be established")
ERR(NAME_NOT_FOUND,    conn,   "host name not found")
ERR(NAME_TIMEOUT,      conn,   "host name not resolved in time")
ERR(NAME_FAILED,       conn,   "host name could not be resolved")
/* tls */
ERR(TLS_HANDSHAKE,     tls,    "TLS handshake failed")
ERR(TLS_VERIFY,        tls,    "the certificate does not verify")
ERR(TLS_PROTOCOL,      tls,    "TLS protocol violated")
/* cut: after a byte of the operation was written */
ERR(RESET,             cut,    "connection reset by the peer")
ERR(CLOSED_EARLY,      cut,    "connection closed before the reply was complete")
ERR(KEEPALIVE_CLOSED,  cut,    "an idle connection was closed by the peer as it was used again")
ERR(SEND_FAILED,       cut,    "could not send")
ERR(RECV_FAILED,       cut,    "could not receive")
/* time */
ERR(TIMEOUT_FIRST,     time,   "no first byte of the reply in time")
ERR(TIMEOUT_TOTAL,     time,   "no complete reply in time")
/* wire */
ERR(WIRE_MALFORMED,    wire,   "the peer sent bytes that break the protocol")
ERR(WIRE_HEAD_LIMIT,   wire,   "the head of the message is larger than allowed")
ERR(WIRE_BODY_LIMIT,   wire,   "the body of the message is larger than allowed")
ERR(WIRE_UNSUPPORTED,  wire,   "the peer used a part of the protocol that is not supported")
/* status */
ERR(STATUS,            status, "the status is outside 200-399")
/* self: ours, not the target's */
ERR(INTERRUPTED,       self,   "the run ended first")
ERR(NO_DESCRIPTORS,    self,   "out of file descriptors")
ERR(NO_PORTS,          self,   "out of local ports")
ERR(NO_MEMORY,         self,   "out of memory")
ERR(LIMIT,             self,   "a limit of ours was reached")
/* setup: told to a person in one sentence, never counted */
ERR(CONFIG,            setup,  "the configuration is not valid")
ERR(IO,                setup,  "input or output failed")
ERR(PARSE,             setup,  "the text could not be read")
ERR(MISSING,           setup,  "something needed is missing")
ERR(LISTEN,            setup,  "a server of ours could not listen")
/* clang-format on */
