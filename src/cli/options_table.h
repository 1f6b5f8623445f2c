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
#define IN_STANDIN (1u << CLI_COMMAND_STANDIN)
#define IN_GEN (1u << CLI_COMMAND_GEN)
#define IN_SINK (1u << CLI_COMMAND_SINK)
#define IN_NEW (1u << CLI_COMMAND_NEW)
#define IN_SCRIPT ((1u << CLI_COMMAND_RUN) | (1u << CLI_COMMAND_INSPECT))
#define IN_INSPECT (1u << CLI_COMMAND_INSPECT)
#define IN_ALL   (~0u)

/* load */
OPTION(RATE,            "rate",            'r', RATE,     CLI_ONE,      "RATE",   "",    LOAD,       IN_BENCH, "Send at this rate, whatever the answers take (open model): 5000/s, 7/3s, 600/m. Without it (and --ramp) every connection sends again when it has its answer (closed model).")
OPTION(EVENT_RATE,      "event-rate",      0,   RATE,     CLI_ONE,      "RATE",   "",    LOAD,       IN_BENCH, "The same, counting the records of --batch instead of requests.")
OPTION(RAMP,            "ramp",            0,   TEXT,     CLI_ONE,      "POINTS", "",    LOAD,       IN_BENCH, "A rate that changes linearly from point to point: 0:100/s,30s:5000/s,60s:5000/s. Two points at one time are a step. Each leg is a phase with numbers of its own: ramp-up, steady, ramp-down, steady-2.")
OPTION(STEP,            "step",            0,   TEXT,     CLI_ONE,      "STEPS",  "",    LOAD,       IN_BENCH, "A rate that goes up (or down) in steps: '100/s to 1000/s by 100/s every 10s'. Each is a phase: step-1, step-2.")
OPTION(SPIKE,           "spike",           0,   TEXT,     CLI_ONE,      "SPIKES", "",    LOAD,       IN_BENCH, "A base rate with spikes: 'base 100/s, 1000/s for 30s'; 'base 100/s for 1m, 1000/s for 30s, 2000/s for 10s'. Before and after each spike the base rate holds for as long, or for as long as it says. Phases: base, spike, recovery, spike-2, recovery-2.")
OPTION(PRESET,          "preset",          0,   TEXT,     CLI_ONE,      "NAME",   "",    LOAD,       IN_BENCH, "Sizes by name: quick (1,000 requests, 50 connections), stress (10,000, 200) or extreme (50,000, 500). --requests and --connections go before.")
OPTION(POISSON,         "poisson",         0,   FLAG,     CLI_ONE,      "",       "",    LOAD,       IN_BENCH, "Random gaps (a Poisson process of that rate) instead of equal ones.")
OPTION(DURATION,        "duration",        'd', DURATION, CLI_ONE,      "TIME",   "10s", LOAD,       IN_BENCH, "How long to send; the default counts when neither --requests nor --ramp says when to stop.")
OPTION(REQUESTS,        "requests",        'n', COUNT,    CLI_ONE,      "COUNT",  "",    LOAD,       IN_BENCH, "Stop after this number of requests.")
OPTION(CONNECTIONS,     "connections",     'c', COUNT,    CLI_ONE,      "COUNT",  "50",  LOAD,       IN_BENCH, "Closed model: the number of connections. Open model: a ceiling; without it as many as are needed.")
OPTION(WARMUP,          "warmup",          0,   DURATION, CLI_ONE,      "TIME",   "0s",  LOAD,       IN_BENCH, "Send for this long before --duration begins; counted apart, not judged.")
OPTION(GRACE,           "grace",           0,   DURATION, CLI_ONE,      "TIME",   "30s", LOAD,       IN_BENCH, "How long requests under way may go on when the time is over.")
OPTION(SEED,            "seed",            0,   INTEGER,  CLI_ONE,      "NUMBER", "",    LOAD,       IN_BENCH | IN_GEN | IN_STANDIN | IN_SINK, "Makes what is random the same again; random and printed by default.")

/* request */
OPTION(METHOD,          "method",          'm', TEXT,     CLI_ONE,      "METHOD", "",    REQUEST,    IN_BENCH, "The method; by default GET, or POST with a body.")
OPTION(HEADER,          "header",          'H', TEXT,     CLI_MANY,     "LINE",   "",    REQUEST,    IN_BENCH, "A header, 'name: value'; replaces one that would be sent by default. May be repeated.")
OPTION(BEARER,          "bearer",          0,   TEXT,     CLI_ONE,      "TOKEN",  "",    REQUEST,    IN_BENCH, "Send 'authorization: Bearer TOKEN'; @FILE reads it. Placeholders are replaced.")
OPTION(BASIC,           "basic",           0,   TEXT,     CLI_ONE,      "USER:PASSWORD", "", REQUEST, IN_BENCH, "Send 'authorization: Basic ...'; @FILE reads it.")
OPTION(COOKIE,          "cookie",          0,   TEXT,     CLI_MANY,     "NAME=VALUE", "", REQUEST,   IN_BENCH, "Send a cookie. Placeholders are replaced. May be repeated.")
OPTION(BODY,            "body",            'b', TEXT,     CLI_ONE,      "TEXT",   "",    REQUEST,    IN_BENCH, "The body: text, @FILE, or @- for standard input. Placeholders such as {{int 1 100}} are replaced anew in each request (docs/templates.md), also in headers and URLs. Without a content-type header it is sent as application/json, application/x-ndjson or text/plain by what it contains.")
OPTION(BATCH,           "batch",           0,   COUNT,    CLI_ONE,      "COUNT",  "1",   REQUEST,    IN_BENCH, "Put so many records into the body of a request: the body is rendered for each.")
OPTION(JOIN,            "join",            0,   TEXT,     CLI_ONE,      "HOW",    "lines", REQUEST,  IN_BENCH, "How records stand in a body: lines (each ends with a newline), array ([a,b]) or comma (a,b).")

/* gen */
OPTION(RECORDS,         "records",         'n', COUNT,    CLI_ONE,      "COUNT",  "1",   LOAD,       IN_GEN,   "Write this number of records.")
OPTION(FIRST,           "first",           0,   COUNT,    CLI_ONE,      "NUMBER", "0",   LOAD,       IN_GEN,   "The number of the first record, where the records are made in several parts.")
OPTION(DATA,            "data",            0,   TEXT,     CLI_FILE,     "FILE",   "",    REQUEST,    IN_BENCH | IN_GEN, "Rows for {{row.FIELD}}, one a record, again from the start when they are used up: a .csv file with a header, or a .jsonl file of objects. Never loaded whole.")

/* time-outs */
OPTION(TIMEOUT,         "timeout",         0,   DURATION, CLI_ONE,      "TIME",   "60s", TIME,       IN_BENCH, "A request without its whole answer by then has failed, and its connection is closed.")
OPTION(TIMEOUT_CONNECT, "timeout-connect", 0,   DURATION, CLI_ONE,      "TIME",   "",    TIME,       IN_BENCH, "The same for the set-up of a connection.")
OPTION(TIMEOUT_FIRST,   "timeout-first",   0,   DURATION, CLI_ONE,      "TIME",   "",    TIME,       IN_BENCH, "The same for the first byte of the answer.")
OPTION(WAIT_READY,      "wait-ready",      0,   DURATION, CLI_OPTIONAL, "TIME",   "30s", TIME,       IN_BENCH, "Before the start, repeat the request itself until each target has answered it well, at most for this long.")

/* connections */
OPTION(NO_KEEPALIVE,    "no-keepalive",    0,   FLAG,     CLI_ONE,      "",       "",    CONNECTION, IN_BENCH, "A new connection for every request.")
OPTION(INSECURE,        "insecure",        'k', FLAG,     CLI_ONE,      "",       "",    CONNECTION, IN_BENCH, "Do not verify certificates.")
OPTION(CACERT,          "cacert",          0,   TEXT,     CLI_FILE,     "FILE",   "",    CONNECTION, IN_BENCH, "Verify certificates against the ones in this PEM file instead of the system's.")
OPTION(CERT,            "cert",            0,   TEXT,     CLI_FILE,     "FILE",   "",    CONNECTION, IN_BENCH, "Our own certificate (a PEM chain), for servers that ask for one.")
OPTION(KEY,             "key",             0,   TEXT,     CLI_FILE,     "FILE",   "",    CONNECTION, IN_BENCH, "The key of --cert (PEM); without it the key is in the same file.")
OPTION(TLS_RESUME,      "tls-resume",      0,   FLAG,     CLI_ONE,      "",       "",    CONNECTION, IN_BENCH, "New connections resume the TLS session of an earlier one, as browsers do; without it each makes a whole handshake.")
OPTION(UNIX,            "unix",            0,   TEXT,     CLI_FILE,     "PATH",   "",    CONNECTION, IN_BENCH, "Connect to this socket; the URL says path and Host.")
OPTION(RESOLVE,         "resolve",         0,   TEXT,     CLI_MANY,     "HOST:ADDR", "", CONNECTION, IN_BENCH, "Connect to ADDR where a URL has HOST, without looking it up: shop.example:127.0.0.1, shop.example:[::1]. May be repeated.")

/* verdict */
OPTION(EXPECT,          "expect",          0,   TEXT,     CLI_MANY,     "EXPR",   "",    JUDGE,      IN_BENCH, "What must hold: 'p99<200ms', 'failed<1%', 'rate>=4900/s', of one phase 'steady:p99<1s', in every window 'p95<2s for 30s'. May be repeated; exit code 99 when one does not.")
OPTION(MAX_LATENESS,    "max-lateness",    0,   DURATION, CLI_ONE,      "TIME",   "",    JUDGE,      IN_BENCH, "The run is INVALID when the 99th percentile of our own lateness is above this; by default above 5 ms and a tenth of the latency's.")

/* events */
OPTION(SINK,            "sink",            0,   TEXT,     CLI_MANY,     "NAME=KIND:PLACE", "", EVENTS, IN_BENCH, "Receive what comes out of the pipeline: alerts=webhook:127.0.0.1:8080, log=file:app.log, lines=tcp:127.0.0.1:9000. Events carry {{event}} in the body, a header or the URL. May be repeated.")
OPTION(DELIVER,         "deliver",         0,   TEXT,     CLI_MANY,     "NAME=WHAT", "",   EVENTS, IN_BENCH, "What must come out of that sink: all, at-least=99.9%, exactly-once, in-order, none, within=5s, intact=FIELD, throttle=5/60s, joined by commas. May be repeated.")
OPTION(ACCEPT_ON,       "accept-on",       0,   TEXT,     CLI_ONE,      "STATUSES", "",   EVENTS,     IN_BENCH, "Replies with these statuses accept the events of their request, and are no failures: 200-299,409. Of its own 2xx does.")
OPTION(REFUSE_ON,       "refuse-on",       0,   TEXT,     CLI_ONE,      "STATUSES", "",   EVENTS,     IN_BENCH, "Replies with these statuses refuse the events of their request, and are failures: 400,413,429. Of their own 4xx but 408, and 503, do; after other replies nobody knows.")
OPTION(ACCEPTED,        "accepted",        0,   TEXT,     CLI_ONE,      "PATH",   "",     EVENTS,     IN_BENCH, "Where a reply that accepts tells which events it means: items:items[*].*.status=200-299, ids:accepted[*].id or count:accepted (docs/events.md).")
OPTION(REJECTED,        "rejected",        0,   TEXT,     CLI_ONE,      "PATH",   "",     EVENTS,     IN_BENCH, "Where a reply that accepts tells which events it does not mean, written the same way: ids:errors[*].id, count:failed.")
OPTION(FIRST_EVENT,     "first-event",     0,   TEXT,     CLI_ONE,      "TIME|off", "30s", EVENTS, IN_BENCH, "Before the load send one event through and wait for it at every sink, at most for so long.")
OPTION(SETTLE,          "settle",          0,   DURATION, CLI_ONE,      "TIME",   "",    EVENTS,     IN_BENCH, "How long to wait for duplicates when everything has come; by default 1 s and twice the lag's p99.")
OPTION(STALL_TIME,      "stall",           0,   DURATION, CLI_ONE,      "TIME",   "",    EVENTS,     IN_BENCH, "Stop waiting for events when nothing came for so long; by default 10 s, the largest within, and three times the longest gap.")
OPTION(DRAIN,           "drain",           0,   DURATION, CLI_ONE,      "TIME",   "10m", EVENTS,     IN_BENCH, "Wait no longer than this for events when the load is over.")
OPTION(IDENTITY,        "identity",        0,   TEXT,     CLI_ONE,      "stamp|count", "stamp", EVENTS, IN_BENCH, "How events are known: each by its stamp ({{event}}), or, where no identity survives the pipeline, only by their number: then what comes twice can hide what is lost.")
OPTION(STREAM_KEY,      "stream-key",      0,   TEXT,     CLI_ONE,      "NAME",   "",    EVENTS,     IN_BENCH, "Order is asked within each value of this placeholder ({{pick web1 web2 as host}}: host) instead of over all.")
OPTION(ANOMALIES,       "anomalies",       0,   TEXT,     CLI_FILE,     "FILE",   "",    EVENTS,     IN_BENCH, "Write every event that went wrong to this file, a line of JSON each, as it becomes certain; the summary has the first hundred of each class.")
OPTION(LEDGER_MEMORY,   "ledger-memory",   0,   SIZE,     CLI_ONE,      "SIZE",   "",    EVENTS,     IN_BENCH, "Stop sending, and the run is INVALID, when the account of events needs more memory than this.")

/* output */
OPTION(RESULT,          "result",          0,   TEXT,     CLI_FILE,     "FILE",   "",    OUTPUT,     IN_BENCH, "Write everything measured to this file, for brunt report.")
OPTION(PROMETHEUS,      "prometheus-listen", 0, TEXT,     CLI_ONE,      "ADDRESS", "",   OUTPUT,     IN_BENCH, "Serve the numbers for Prometheus on /metrics while it runs: 127.0.0.1:9464, :9464 (any address), unix:/path; port 0 is any free one.")
OPTION(PLAN,            "plan",            0,   FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH, "Print the plan and stop: nothing is sent.")
OPTION(VERBOSE,         "verbose",         'v', FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH, "Show requests and answers; for a few of them.")
OPTION(QUIET,           "quiet",           'q', FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_BENCH | IN_SINK, "No plan and no progress, only the summary.")

/* this machine */
OPTION(SHARDS,          "shards",          0,   COUNT,    CLI_ONE,      "COUNT",  "",    MACHINE,    IN_BENCH, "Threads that send; by default one a CPU, at most one per 32 connections, and one when a target shares two CPUs with us.")
OPTION(SPIN,            "spin",            0,   FLAG,     CLI_ONE,      "",       "",    MACHINE,    IN_BENCH, "Wait for the last moments before a send without sleeping: on time to some 20 us, at the price of CPU. The default when there are CPUs enough.")
OPTION(ECO,             "eco",             0,   FLAG,     CLI_ONE,      "",       "",    MACHINE,    IN_BENCH, "Always sleep: sends are some 50 us late.")

/* report: one row a form, of the form's name */
OPTION(FORM_TEXT,       "text",            0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "The summary for people: the default.")
OPTION(FORM_JSON,       "json",            0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT | IN_SINK, "The summary for programs.")
OPTION(FORM_MARKDOWN,   "markdown",        0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "The summary for the comment on a change.")
OPTION(FORM_JUNIT,      "junit",           0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "Verdict and expectations for a CI server.")
OPTION(FORM_CSV,        "csv",             0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "Summary, phases and targets for a spreadsheet.")
OPTION(FORM_HGRM,       "hgrm",            0,   FLAG,     CLI_ONE,      "",       "",    FORM,       IN_REPORT, "Latency as HdrHistogram's percentile distribution.")

/* standin */
OPTION(LISTEN,          "listen",          'l', TEXT,     CLI_MANY,     "ADDRESS", "127.0.0.1:8000", SERVER, IN_STANDIN, "Where to listen: 127.0.0.1:8000, [::1]:8000, :8000 (any address), unix:/path; port 0 is any free one. May be repeated.")
OPTION(SIZE,            "size",            0,   SIZE,     CLI_ONE,      "SIZE",   "64",  SERVER,     IN_STANDIN, "Bytes of a reply's body.")
OPTION(STATUS,          "status",          0,   COUNT,    CLI_ONE,      "STATUS", "200", SERVER,     IN_STANDIN, "The status of a good reply.")
OPTION(DELAY,           "delay",           0,   TEXT,     CLI_ONE,      "DELAY",  "0s",  SERVER,     IN_STANDIN, "Reply (relay: put each event out) so much later: 5ms, uniform:1ms,5ms, lognormal:5ms,0.3 (median and sigma), exponential:5ms (mean).")
OPTION(FAIL,            "fail",            0,   TEXT,     CLI_MANY,     "SHARE:STATUS", "", SERVER, IN_STANDIN, "This share of the requests gets that status: 1%:503. May be repeated.")
OPTION(RESET,           "reset",           0,   SHARE,    CLI_ONE,      "SHARE",  "0",   SERVER,     IN_STANDIN, "This share of the requests gets its connection reset: 0.1%.")
OPTION(STALL,           "stall",           0,   TEXT,     CLI_ONE,      "TIMES",  "",    SERVER,     IN_STANDIN, "No reply leaves for a while, again and again: 'every 10s for 1s', counted from the first request.")
OPTION(RATE_LIMIT,      "rate-limit",      0,   RATE,     CLI_ONE,      "RATE",   "",    SERVER,     IN_STANDIN, "echo: more requests than this get 429 and Retry-After; a tenth of a second's worth may come at once.")
OPTION(SERVE_BEARER,    "bearer",          0,   TEXT,     CLI_ONE,      "TOKEN",  "",    SERVER,     IN_STANDIN, "echo: 401 for who does not send 'authorization: Bearer TOKEN'.")
OPTION(CONN_REQUESTS,   "connection-requests", 0, COUNT,  CLI_ONE,      "COUNT",  "",    SERVER,     IN_STANDIN, "echo: a connection ends after so many requests (connection: close).")
OPTION(CONN_IDLE,       "connection-idle", 0,   DURATION, CLI_ONE,      "TIME",   "",    SERVER,     IN_STANDIN, "echo: a connection without a request for so long ends.")
OPTION(READ_RATE,       "read-rate",       0,   SIZE,     CLI_ONE,      "SIZE",   "",    SERVER,     IN_STANDIN, "echo: read so many bytes a second of each connection: 64KiB.")
OPTION(SERVE_TLS,       "tls",             0,   FLAG,     CLI_ONE,      "",       "",    SERVER,     IN_STANDIN, "echo: https, with --cert or a self-made certificate for localhost.")
OPTION(SERVE_CERT,      "cert",            0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "echo: https with this certificate (a PEM chain).")
OPTION(SERVE_KEY,       "key",             0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "echo: the key of --cert (PEM); without it the key is in the same file.")
OPTION(CLIENT_CACERT,   "client-cacert",   0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "echo: only clients with a certificate signed by one in this PEM file.")
OPTION(CERT_OUT,        "write-cert",      0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "echo: write the certificate to this file, for --cacert of who connects.")
OPTION(LOG,             "log",             0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "echo: a line for each request: when it was read (ns, the machine's monotonic clock), how long its reply was really held (ns), and the status, reset or gone. relay: a line for each event that came in, went out or was lost on purpose, with the same clock and its stamp.")
OPTION(ARRIVALS,        "arrivals",        0,   TEXT,     CLI_FILE,     "FILE",   "",    SERVER,     IN_STANDIN, "Only when each request was read, as 8 bytes (ns, the machine's byte order).")
OPTION(SERVE_SPIN,      "spin",            0,   FLAG,     CLI_ONE,      "",       "",    SERVER,     IN_STANDIN, "Never sleep: arrivals are stamped at once, at the price of a CPU.")
OPTION(SERVE_FOR,       "for",             0,   DURATION, CLI_ONE,      "TIME",   "",    SERVER,     IN_STANDIN | IN_SINK, "Stop after this time.")

/* sinks */
OPTION(SINK_DO,         "sink-do",         0,   TEXT,     CLI_MANY,     "NAME=ACTS", "", SERVER,    IN_SINK | IN_BENCH, "What a sink does on purpose: 'alerts=10s-20s fail=5%:503 delay=lognormal:5ms,0.3'. Acts are delay=5ms, fail=1%:503, retry-after=2s, reset=1%, stall=1%, read=64KiB/s and down; times count from the start, without them it is always. May be repeated.")
OPTION(SINK_AUTH,       "sink-auth",       0,   TEXT,     CLI_MANY,     "NAME=WHO", "", SERVER,     IN_SINK | IN_BENCH, "Answer 401 to whom does not say who he is: alerts=bearer:TOKEN, alerts=basic:USER:PASSWORD, alerts=hmac:HEADER:KEY (HMAC-SHA256 of the body).")
OPTION(LAST,            "last",            0,   COUNT,    CLI_ONE,      "COUNT",  "20",  SERVER,     IN_SINK, "Keep so many messages for GET /last; 0: none, and the path is a path like any other.")
OPTION(CONTROL,         "control",         0,   TEXT,     CLI_ONE,      "ADDRESS", "",   SERVER,     IN_SINK, "A port of its own for /last and /counts, for sinks that are no webhooks.")
OPTION(SAVE,            "save",            0,   TEXT,     CLI_FILE,     "DIR",    "",    OUTPUT,     IN_SINK, "Write every message to DIR/NAME.jsonl, a line of JSON each.")
OPTION(RUN_ID,          "run-id",          0,   TEXT,     CLI_ONE,      "ID",     "",    SERVER,     IN_SINK | IN_BENCH, "The run whose stamps are ours, six of 0-9a-v. bench: random by default; sink: without it the stamps of all runs count as those of others.")

/* standin relay */
OPTION(RELAY_IN,        "in",              0,   TEXT,     CLI_ONE,      "ADDRESS", "127.0.0.1:9428", RELAY, IN_STANDIN, "Where events come in, on any path: one JSON value, a JSON array, or lines (NDJSON).")
OPTION(RELAY_OUT,       "out",             0,   TEXT,     CLI_ONE,      "WHERE",  "",    RELAY,      IN_STANDIN, "Where they go: webhook:http://127.0.0.1:8080/, tcp:127.0.0.1:9000 (a line each), file:PATH.")
OPTION(RELAY_STORE,     "store",           0,   TEXT,     CLI_FILE,     "FILE",   "",    RELAY,      IN_STANDIN, "The queue's SQLite file: what was accepted survives a crash.")
OPTION(RELAY_QUEUE,     "queue",           0,   TEXT,     CLI_ONE,      "KIND",   "store", RELAY,    IN_STANDIN, "store, or memory: a crash loses what is queued.")
OPTION(RELAY_QUEUE_MAX, "queue-max",       0,   COUNT,    CLI_ONE,      "COUNT",  "1M",  RELAY,      IN_STANDIN, "More events than that in the queue are answered by 503.")
OPTION(RELAY_WORKERS,   "workers",         0,   COUNT,    CLI_ONE,      "COUNT",  "1",   RELAY,      IN_STANDIN, "Each has one connection and one message under way; more than one do not keep the order.")
OPTION(RELAY_BATCH,     "batch",           0,   COUNT,    CLI_ONE,      "COUNT",  "100", RELAY,      IN_STANDIN, "Events a worker takes from the queue at a time; it removes them when all are out.")
OPTION(RELAY_FLUSH,     "flush",           0,   DURATION, CLI_ONE,      "TIME",   "0s",  RELAY,      IN_STANDIN, "How long a worker waits for a batch to fill.")
OPTION(RELAY_OUT_BATCH, "out-batch",       0,   COUNT,    CLI_ONE,      "COUNT",  "1",   RELAY,      IN_STANDIN, "Events a message, at most: a JSON array, or lines where one is not JSON.")
OPTION(RELAY_RETRIES,   "retries",         0,   COUNT,    CLI_ONE,      "COUNT",  "10",  RELAY,      IN_STANDIN, "How often a message is sent again that was answered by 408, 425, 429 or 5xx, or not at all.")
OPTION(RELAY_BACKOFF,   "backoff",         0,   DURATION, CLI_ONE,      "TIME",   "100ms", RELAY,    IN_STANDIN, "Before the first retry; doubled for each more, up to 30 s. Retry-After is obeyed.")
OPTION(RELAY_TIMEOUT,   "timeout",         0,   DURATION, CLI_ONE,      "TIME",   "10s", RELAY,      IN_STANDIN, "A message without its whole reply by then has failed.")
OPTION(RELAY_LOSE,      "lose",            0,   SHARE,    CLI_ONE,      "SHARE",  "0",   RELAY,      IN_STANDIN, "Accept this share of the events and never put them out: 1/1000.")
OPTION(RELAY_DUP,       "dup",             0,   SHARE,    CLI_ONE,      "SHARE",  "0",   RELAY,      IN_STANDIN, "Put this share out twice.")
OPTION(RELAY_REORDER,   "reorder",         0,   SHARE,    CLI_ONE,      "SHARE",  "0",   RELAY,      IN_STANDIN, "Hold this share back until a later event of the same stream is out.")
OPTION(RELAY_DAMAGE,    "damage",          0,   TEXT,     CLI_ONE,      "SHARE[:FIELD]", "", RELAY,  IN_STANDIN, "Change a letter of this share, outside of the stamp; in that field where the events are JSON.")
OPTION(RELAY_DELAY_ONE, "delay-one",       0,   TEXT,     CLI_ONE,      "SHARE:TIME", "", RELAY,     IN_STANDIN, "Put this share out so much later: 1/1000:10s.")
OPTION(RELAY_REFUSE,    "refuse",          0,   TEXT,     CLI_ONE,      "SHARE:STATUS", "", RELAY,   IN_STANDIN, "Answer this share of the requests with that status and keep nothing of them: 1%:422.")
OPTION(RELAY_FAULTS,    "faults",          0,   TEXT,     CLI_FILE,     "FILE",   "",    RELAY,      IN_STANDIN, "Append each planted fault to this file, as JSON lines: one before, one after the act.")
OPTION(RELAY_DRAIN,     "drain",           0,   FLAG,     CLI_ONE,      "",       "",    RELAY,      IN_STANDIN, "When told to stop, put out first what is queued; told again, stop at once.")

/* new */
OPTION(FORCE,           "force",           'f', FLAG,     CLI_ONE,      "",       "",    OUTPUT,     IN_NEW,   "Replace the files if they are there.")
/* scripts */
OPTION(S_VUS, "vus", 'u', TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "Virtual users.")
OPTION(S_DURATION, "duration", 'd', TEXT, CLI_ONE, "TIME", "", SCRIPT, IN_SCRIPT, "How long: 30s, 1m30s.")
OPTION(S_ITERATIONS, "iterations", 'i', TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "Iterations in all, shared among the VUs.")
OPTION(S_STAGE, "stage", 's', TEXT, CLI_MANY, "TIME:VUS", "", SCRIPT, IN_SCRIPT, "A stage of ramping VUs, 30s:10. May be repeated.")
OPTION(S_ENV, "env", 'e', TEXT, CLI_MANY, "NAME=VALUE", "", SCRIPT, IN_SCRIPT, "A variable of __ENV. May be repeated.")
OPTION(S_TAG, "tag", 0, TEXT, CLI_MANY, "NAME=VALUE", "", SCRIPT, IN_SCRIPT, "A tag of all samples. May be repeated.")
OPTION(S_HOSTS, "hosts", 0, TEXT, CLI_MANY, "HOST=ADDRESS", "", SCRIPT, IN_SCRIPT, "Connect to ADDRESS (ip or ip:port) where a URL has HOST; *.example.org and * stand for many. May be repeated.")
OPTION(S_RPS, "rps", 0, TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "At most so many HTTP requests a second.")
OPTION(S_MAX_REDIRECTS, "max-redirects", 0, TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "Follow at most so many redirects.")
OPTION(S_BATCH, "batch", 0, TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "Requests of http.batch at the same time.")
OPTION(S_BATCH_PER_HOST, "batch-per-host", 0, TEXT, CLI_ONE, "COUNT", "", SCRIPT, IN_SCRIPT, "The same for one host.")
OPTION(S_USER_AGENT, "user-agent", 0, TEXT, CLI_ONE, "TEXT", "", SCRIPT, IN_SCRIPT, "The User-Agent header.")
OPTION(S_INSECURE, "insecure-skip-tls-verify", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Do not verify certificates.")
OPTION(S_THROW, "throw", 'w', FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "A request that fails throws.")
OPTION(S_NO_REUSE, "no-connection-reuse", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "A new connection for every request.")
OPTION(S_NO_VU_REUSE, "no-vu-connection-reuse", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "New connections for every iteration.")
OPTION(S_DISCARD, "discard-response-bodies", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Read bodies and throw them away, unless a request asks for its own.")
OPTION(S_MIN_ITERATION, "min-iteration-duration", 0, TEXT, CLI_ONE, "TIME", "", SCRIPT, IN_SCRIPT, "An iteration takes at least this long.")
OPTION(S_BLACKLIST, "blacklist-ip", 0, TEXT, CLI_MANY, "CIDR", "", SCRIPT, IN_SCRIPT, "Never connect to these addresses. May be repeated.")
OPTION(S_BLOCK, "block-hostnames", 0, TEXT, CLI_MANY, "PATTERN", "", SCRIPT, IN_SCRIPT, "Never connect to these hosts. May be repeated.")
OPTION(S_DNS, "dns", 0, TEXT, CLI_ONE, "RULES", "", SCRIPT, IN_SCRIPT, "ttl=5m,select=random,policy=preferIPv4.")
OPTION(S_HTTP_DEBUG, "http-debug", 0, TEXT, CLI_OPTIONAL, "WHAT", "headers", SCRIPT, IN_SCRIPT, "Log requests and replies: headers, or full.")
OPTION(S_NO_SETUP, "no-setup", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Do not run setup().")
OPTION(S_NO_TEARDOWN, "no-teardown", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Do not run teardown().")
OPTION(S_SYSTEM_TAGS, "system-tags", 0, TEXT, CLI_ONE, "NAMES", "", SCRIPT, IN_SCRIPT, "The system tags that samples carry.")
OPTION(S_TREND_STATS, "summary-trend-stats", 0, TEXT, CLI_ONE, "STATS", "", SCRIPT, IN_SCRIPT, "What the summary tells of a Trend: avg,min,med,max,p(90),p(95).")
OPTION(S_TIME_UNIT, "summary-time-unit", 0, TEXT, CLI_ONE, "UNIT", "", SCRIPT, IN_SCRIPT, "s, ms or us instead of what suits each value.")
OPTION(S_OUT, "out", 'o', TEXT, CLI_MANY, "NAME=FILE", "", SCRIPT, IN_SCRIPT, "Write all samples: json=FILE (json=FILE.gz) or csv=FILE; - is standard output. May be repeated.")
OPTION(S_CONFIG, "config", 'c', TEXT, CLI_FILE, "FILE", "", SCRIPT, IN_SCRIPT, "Options from a JSON file, weaker than the script's.")
OPTION(S_NO_THRESHOLDS, "no-thresholds", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Do not ask the thresholds.")
OPTION(S_SUMMARY_MODE, "summary-mode", 0, TEXT, CLI_ONE, "MODE", "", SCRIPT, IN_SCRIPT, "compact, full, legacy or disabled.")
OPTION(S_NO_SUMMARY, "no-summary", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "No summary at the end.")
OPTION(S_SUMMARY_EXPORT, "summary-export", 0, TEXT, CLI_FILE, "FILE", "", SCRIPT, IN_SCRIPT, "The summary as JSON into a file.")
OPTION(S_SYSTEM_ENV, "include-system-env-vars", 0, TEXT, CLI_ONE, "BOOL", "", SCRIPT, IN_SCRIPT, "Whether __ENV has the environment of this process.")
OPTION(S_LOG_OUTPUT, "log-output", 0, TEXT, CLI_ONE, "WHERE", "", SCRIPT, IN_SCRIPT, "stderr, stdout, none or file=PATH.")
OPTION(S_LOG_FORMAT, "log-format", 0, TEXT, CLI_ONE, "FORM", "", SCRIPT, IN_SCRIPT, "raw, json or text.")
OPTION(S_CONSOLE_OUTPUT, "console-output", 0, TEXT, CLI_FILE, "FILE", "", SCRIPT, IN_SCRIPT, "Where console.* goes.")
OPTION(S_NO_COLOR, "no-color", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "No colours.")
OPTION(S_QUIET, "quiet", 'q', FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "No progress.")
OPTION(S_VERBOSE, "verbose", 'v', FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Log console.debug, too.")
OPTION(S_MEMORY, "vu-memory", 0, SIZE, CLI_ONE, "SIZE", "1GiB", SCRIPT, IN_SCRIPT, "JavaScript's memory of a VU at most.")
OPTION(S_VERDICT, "verdict", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Exit with 90 when the result is INVALID.")
OPTION(S_COMPAT, "compatibility-mode", 0, TEXT, CLI_ONE, "MODE", "", SCRIPT, IN_SCRIPT, "Accepted: extended or base.")
OPTION(S_NO_USAGE, "no-usage-report", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_SCRIPT, "Accepted: nothing is reported anyway.")
OPTION(S_REQUIREMENTS, "execution-requirements", 0, FLAG, CLI_ONE, "", "", SCRIPT, IN_INSPECT, "Add the VUs and the time that it needs.")

/* everywhere */
OPTION(HELP,            "help",            'h', FLAG,     CLI_ONE,      "",       "",    GENERAL,    IN_ALL,   "Show this help.")

#undef IN_BENCH
#undef IN_REPORT
#undef IN_STANDIN
#undef IN_GEN
#undef IN_SINK
#undef IN_NEW
#undef IN_SCRIPT
#undef IN_INSPECT
#undef IN_ALL
/* clang-format on */
