/* SPDX-License-Identifier: Apache-2.0
 *
 * k6's system tags, in alphabetical order (that of the columns of CSV files); the second column says
 * which ones are on unless `systemTags` says otherwise.
 *
 *     TAG(NAME, "name", on)
 */
/* clang-format off */
TAG(CHECK,             "check",             true)
TAG(ERROR,             "error",             true)
TAG(ERROR_CODE,        "error_code",        true)
TAG(EXPECTED_RESPONSE, "expected_response", true)
TAG(GROUP,             "group",             true)
TAG(IP,                "ip",                false)
TAG(ITER,              "iter",              false)
TAG(METHOD,            "method",            true)
TAG(NAME,              "name",              true)
TAG(OCSP_STATUS,       "ocsp_status",       false)
TAG(PROTO,             "proto",             true)
TAG(SCENARIO,          "scenario",          true)
TAG(SERVICE,           "service",           true)
TAG(STATUS,            "status",            true)
TAG(SUBPROTO,          "subproto",          true)
TAG(TLS_VERSION,       "tls_version",       true)
TAG(URL,               "url",               true)
TAG(VU,                "vu",                false)
/* clang-format on */
