/* SPDX-License-Identifier: Apache-2.0
 *
 * The metrics that a script has without asking, by k6's names; one row each. The order is that of
 * their ids; nothing depends on it.
 *
 *     METRIC(NAME, "name", type, contains)
 */
/* clang-format off */
METRIC(VUS,                      "vus",                      GAUGE,   DEFAULT)
METRIC(VUS_MAX,                  "vus_max",                  GAUGE,   DEFAULT)
METRIC(ITERATIONS,               "iterations",               COUNTER, DEFAULT)
METRIC(ITERATION_DURATION,       "iteration_duration",       TREND,   TIME)
METRIC(DROPPED_ITERATIONS,       "dropped_iterations",       COUNTER, DEFAULT)
METRIC(CHECKS,                   "checks",                   RATE,    DEFAULT)
METRIC(GROUP_DURATION,           "group_duration",           TREND,   TIME)
METRIC(DATA_SENT,                "data_sent",                COUNTER, DATA)
METRIC(DATA_RECEIVED,            "data_received",            COUNTER, DATA)
METRIC(HTTP_REQS,                "http_reqs",                COUNTER, DEFAULT)
METRIC(HTTP_REQ_DURATION,        "http_req_duration",        TREND,   TIME)
METRIC(HTTP_REQ_BLOCKED,         "http_req_blocked",         TREND,   TIME)
METRIC(HTTP_REQ_CONNECTING,      "http_req_connecting",      TREND,   TIME)
METRIC(HTTP_REQ_TLS_HANDSHAKING, "http_req_tls_handshaking", TREND,   TIME)
METRIC(HTTP_REQ_SENDING,         "http_req_sending",         TREND,   TIME)
METRIC(HTTP_REQ_WAITING,         "http_req_waiting",         TREND,   TIME)
METRIC(HTTP_REQ_RECEIVING,       "http_req_receiving",       TREND,   TIME)
METRIC(HTTP_REQ_FAILED,          "http_req_failed",          RATE,    DEFAULT)
METRIC(WS_SESSIONS,              "ws_sessions",              COUNTER, DEFAULT)
METRIC(WS_CONNECTING,            "ws_connecting",            TREND,   TIME)
METRIC(WS_SESSION_DURATION,      "ws_session_duration",      TREND,   TIME)
METRIC(WS_MSGS_SENT,             "ws_msgs_sent",             COUNTER, DEFAULT)
METRIC(WS_MSGS_RECEIVED,         "ws_msgs_received",         COUNTER, DEFAULT)
METRIC(WS_PING,                  "ws_ping",                  TREND,   TIME)
METRIC(GRPC_REQ_DURATION,        "grpc_req_duration",        TREND,   TIME)
/* clang-format on */
