/* SPDX-License-Identifier: Apache-2.0
 *
 * One row per option: read by the parser, --help, the manual page, the completions and the nearest
 * option on a typo. An option that two subcommands understand differently has two rows.
 *
 *     OPTION(ID, "name", letter, KIND, traits, "form", "default", GROUP, subcommands, "help")
 */
/* clang-format off */
#define IN_BENCH (1u << CLI_COMMAND_BENCH)
#define IN_REPORT (1u << CLI_COMMAND_REPORT)
#define IN_ALL   (~0u)

/* load */
OPTION(RATE,            "rate",            'r', RATE,     CLI_ONE,      "RATE",   "",    LOAD,       IN_BENCH, "Send at this rate, whatever the answers take (open model): 5000/s, 7/3s, 600/m. Without it (and --ramp) every connection sends again when it has its answer (closed model).")
OPTION(RAMP,            "ramp",            0,   TEXT,     CLI_ONE,      "POINTS", "",    LOAD,       IN_BENCH, "A rate that changes linearly from point to point: 0:100/s,30s:5000/s,60s:5000/s. Two points at one time are a step.")
OPTION(POISSON,         "poisson",         0,   FLAG,     CLI_ONE,      "",       "",    LOAD,       IN_BENCH, "Random gaps (a Poisson process of that rate) instead of equal ones.")
OPTION(DURATION,        "duration",        'd', DURATION, CLI_ONE,      "TIME",   "10s", LOAD,       IN_BENCH, "How long to send; the default counts when neither --requests nor --ramp says when to stop.")
OPTION(REQUESTS,        "requests",        'n', COUNT,    CLI_ONE,      "COUNT",  "",    LOAD,       IN_BENCH, "Stop after this number of requests.")
OPTION(CONNECTIONS,     "connections",     'c', COUNT,    CLI_ONE,      "COUNT",  "50",  LOAD,       IN_BENCH, "Closed model: the number of connections. Open model: a ceiling; without it as many as are needed.")
OPTION(WARMUP,          "warmup",          0,   DURATION, CLI_ONE,      "TIME",   "0s",  LOAD,       IN_BENCH, "Send for this long before --duration begins; counted apart, not judged.")
OPTION(GRACE,           "grace",           0,   DURATION, CLI_ONE,      "TIME",   "30s", LOAD,       IN_BENCH, "How long requests under way may go on when the time is over.")
OPTION(SEED,            "seed",            0,   INTEGER,  CLI_ONE,      "NUMBER", "",    LOAD,       IN_BENCH, "Makes what is random the same again; random and printed by default.")

/* request */
OPTION(METHOD,          "method",          'm', TEXT,     CLI_ONE,      "METHOD", "",    REQUEST,    IN_BENCH, "The method; by default GET, or POST with a body.")
OPTION(HEADER,          "header",          'H', TEXT,     CLI_MANY,     "LINE",   "",    REQUEST,    IN_BENCH, "A header, 'name: value'; replaces one that would be sent by default. May be repeated.")
OPTION(BODY,            "body",            'b', TEXT,     CLI_ONE,      "TEXT",   "",    REQUEST,    IN_BENCH, "The body: text, @FILE, or @- for standard input. Without a content-type header it is sent as application/json, application/x-ndjson or text/plain by what it contains.")

/* time-outs */
OPTION(TIMEOUT,         "timeout",         0,   DURATION, CLI_ONE,      "TIME",   "60s", TIME,       IN_BENCH, "A request without its whole answer by then has failed, and its connection is closed.")
OPTION(TIMEOUT_CONNECT, "timeout-connect", 0,   DURATION, CLI_ONE,      "TIME",   "",    TIME,       IN_BENCH, "The same for the set-up of a connection.")
OPTION(TIMEOUT_FIRST,   "timeout-first",   0,   DURATION, CLI_ONE,      "TIME",   "",    TIME,       IN_BENCH, "The same for the first byte of the answer.")
OPTION(WAIT_READY,      "wait-ready",      0,   DURATION, CLI_OPTIONAL, "TIME",   "30s", TIME,       IN_BENCH, "Before the start, repeat the request itself until each target has answered it well, at most for this long.")

/* connections */
OPTION(NO_KEEPALIVE,    "no-keepalive",    0,   FLAG,     CLI_ONE,      "",       "",    CONNECTION, IN_BENCH, "A new connection for every request.")
OPTION(INSECURE,        "insecure",        'k', FLAG,     CLI_ONE,      "",       "",    CONNECTION, IN_BENCH, "Do not verify certificates.")
OPTION(CACERT,          "cacert",          0,   TEXT,     CLI_FILE,     "FILE",   "",    CONNECTION, IN_BENCH, "Verify certificates against the ones in this PEM file instead of the system's.")

/* verdict */
OPTION(EXPECT,          "expect",          0,   TEXT,     CLI_MANY,     "EXPR",   "",    JUDGE,      IN_BENCH, "What must hold: 'p99<200ms', 'failed<1%', 'rate>=4900/s'. May be repeated; exit code 99 when one does not.")
OPTION(MAX_LATENESS,    "max-lateness",    0,   DURATION, CLI_ONE,      "TIME",   "",    JUDGE,      IN_BENCH, "The run is INVALID when the 99th percentile of our own lateness is above this; by default above 5 ms and a tenth of the latency's.")

/* output */
OPTION(RESULT,          "result",          0,   TEXT,     CLI_FILE,     "FILE",   "",    OUTPUT,     IN_BENCH, "Write everything measured to this file, for brunt report.")
OPTION(PLAN,            "plan",            0,   FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH, "Print the plan and stop: nothing is sent.")
OPTION(VERBOSE,         "verbose",         'v', FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH, "Show requests and answers; for a few of them.")
OPTION(QUIET,           "quiet",           'q', FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH, "No plan and no progress, only the summary.")

/* this machine */
OPTION(SHARDS,          "shards",          0,   COUNT,    CLI_ONE,      "COUNT",  "",    MACHINE,    IN_BENCH, "Threads that send; by default one a CPU, at most one per 32 connections, and one when a target shares two CPUs with us.")
OPTION(SPIN,            "spin",            0,   FLAG,     CLI_ONE,      "",       "",    MACHINE,    IN_BENCH, "Wait for the last moments before a send without sleeping: on time to some 20 us, at the price of CPU. The default when there are CPUs enough.")
OPTION(ECO,             "eco",             0,   FLAG,     CLI_ONE,      "",       "",    MACHINE,    IN_BENCH, "Always sleep: sends are some 50 us late.")

/* report: one row a form, of the form's name */
OPTION(FORM_TEXT,       "text",            0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "The summary for people: the default.")
OPTION(FORM_JSON,       "json",            0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "The summary for programs.")

/* everywhere */
OPTION(HELP,            "help",            'h', FLAG,     CLI_ONE,      "",       "",    GENERAL,    IN_ALL,   "Show this help.")

#undef IN_BENCH
#undef IN_REPORT
#undef IN_ALL
/* clang-format on */
