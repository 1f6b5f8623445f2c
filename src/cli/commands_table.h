/* SPDX-License-Identifier: Apache-2.0
 *
 * One row per subcommand: read by the dispatcher, --help, the manual page and the completions.
 *
 *     COMMAND(ID, "name", main function, "operands", least number of operands, "summary", "prose", "examples")
 *
 * Examples are lines "command line | what it does".
 */
/* clang-format off */
COMMAND(BENCH, "bench", cli_bench_main, "URL...", 1,
    "HTTP load from flags alone",
    "Sends HTTP requests to one or more URLs, in turn, and measures what comes back. With --rate or --ramp requests are due "
    "by a schedule that does not wait for the target (open model): latency counts from the moment a request was due. Without, "
    "each connection sends again when it has its answer (closed model), which hides stalls of the target. "
    "The exit code is 0 (PASS), 99 (FAIL), 90 (INVALID: this machine, not the target, was the limit), 104 (wrong usage) or "
    "105 (interrupted).",
    "brunt bench http://127.0.0.1:8000/orders -r 5000/s -d 30s|5,000 requests a second for 30 s\n"
    "brunt bench URL1 URL2 URL3 -n 10000 -c 200|10,000 requests over three targets, 200 connections\n"
    "brunt bench URL -m POST -H 'content-type: application/json' -b @order.json|a body from a file\n"
    "brunt bench URL -r 1000/s --expect 'p99<200ms' --expect 'failed<1%'|exit code 99 when one does not hold\n"
    "brunt bench URL -n 1 -v|one request, shown with its answer")
COMMAND(GEN, "gen", cli_gen_main, "TEMPLATE", 1,
    "test data from a template, seeded",
    "Writes records, a line each, from a text with placeholders (or @FILE, @- for standard input): the same records that bench "
    "sends with that body and that --seed. A value depends on the seed, the number of the record and the placeholder alone. "
    "Placeholders: {{seq}} {{uuid}} {{now}} {{now unix}} {{int 1 100}} {{float 0 1}} {{pick a b c}} {{weighted a:70 b:30}} "
    "{{word}} {{text 200}} {{zipf 1000 1.1}} {{normal 500 200}} {{row.FIELD}} {{event}}; {{pick a b as x}} names a value, {{x}} "
    "repeats it; {{{{ is a literal {{. docs/templates.md tells them all.",
    "brunt gen '{{seq}} {{uuid}} {{word}}' -n 3|three records, to see what a template gives\n"
    "brunt gen @order.json -n 1000000 --seed 7 > orders.jsonl|a million orders, the same ones each time\n"
    "brunt gen '{\"user\":\"{{row.name}}\",\"n\":{{int 1 9}}}' -n 100 --data users.csv|with the rows of a file")
COMMAND(NEW, "new", cli_new_main, "[FILE]", 0,
    "a script to start from",
    "Writes a commented script (script.js unless named) for an event pipeline, and beside it brunt.js, which lets k6 run the same "
    "script. Neither replaces a file that is there.",
    "brunt new|script.js and brunt.js in this folder\n"
    "brunt new tests/orders.js|where the tests are")
COMMAND(REPORT, "report", cli_report_main, "FILE", 1,
    "a result shown again, in any form",
    "Reads what a run left with --result (- is standard input) and prints its summary. A file that was cut off, because the "
    "run was killed or the disk was full, is shown as far as it goes, and says so.",
    "brunt report run.jsonl|the summary that the run printed\n"
    "brunt report run.jsonl --json|the same for programs")
COMMAND(RUN, "run", cli_run_main, "SCRIPT", 1,
    "a k6 script, with or without a pipeline section",
    "Runs a script written for k6: its scenarios, checks, thresholds and metrics, with k6's options, variables and exit codes. "
    "What is done differently stands in docs/k6-compat.md. The exit code is 0, 99 (thresholds), 100 and 101 (setup and teardown took too "
    "long), 104 (options), 105 (interrupted), 107 (an exception in init, setup or teardown), 108 and 110 (the script said so).",
    "brunt run script.js|as its options say\n"
    "brunt run -u 10 -d 30s script.js|10 virtual users for 30 seconds\n"
    "brunt run -e HOST=127.0.0.1:8000 script.js|with a variable for __ENV")
COMMAND(INSPECT, "inspect", cli_run_main, "SCRIPT", 1,
    "the plan of a k6 script, without running it",
    "Runs the script's init code and prints what would run as JSON.",
    "brunt inspect --execution-requirements script.js|with the VUs and the time it needs")
COMMAND(SINK, "sink", cli_sink_main, "[NAME=]KIND[:PLACE]...", 1,
    "receivers alone, for a pipeline tested by hand",
    "Receives what a pipeline sends out, counts it, and says what came: live on standard error, in sum at the end (Ctrl-C, SIGTERM "
    "or --for) on standard output. Kinds are webhook (HTTP, any method; 127.0.0.1:8080, 127.0.0.1:8080/path, 8080), tcp (lines; "
    "127.0.0.1:9000) and file (lines written to a log from now on; /var/log/out.log). Without a place the port is any free one of "
    "127.0.0.1. GET /last on a webhook's port tells the last messages as JSON, GET /counts what was counted. What a sink can do on "
    "purpose stands in docs/sinks.md.",
    "brunt sink webhook:127.0.0.1:8080|takes everything that is sent to that port\n"
    "brunt sink alerts=webhook:8080/hook logs=tcp:9000|two of them, with names\n"
    "brunt sink webhook:8080 --sink-do 'webhook=fail=5%:503 delay=lognormal:5ms,0.3'|slow, and sometimes wrong\n"
    "brunt sink webhook:8080 --save out --for 60s|a minute's messages, one a line in out/webhook.jsonl")
COMMAND(STANDIN, "standin", cli_standin_main, "NAME", 1,
    "a stand-in system under test to practise on",
    "Starts a small server, says where it listens, and serves until it is told to stop (Ctrl-C, SIGTERM or --for); then it says "
    "what it served. NAME is one of: echo (HTTP on any path, replies of a fixed size, as late, wrong or rarely as it is told; "
    "/health and /metrics are its own); relay (an event pipeline: HTTP in, a queue, workers with retries, out by webhook, tcp or "
    "file, with faults planted by seed and written down; /health, /metrics and /queue are its own).",
    "brunt standin echo --listen 127.0.0.1:8000|answers as fast as it can\n"
    "brunt standin echo --delay lognormal:5ms,0.3 --fail 1%:503|slow, and sometimes wrong\n"
    "brunt standin echo --stall 'every 10s for 1s' --log delays.txt|stalls, and writes down what it did to whom\n"
    "brunt standin relay --out webhook:http://127.0.0.1:8080/ --store queue.db|a healthy pipeline\n"
    "brunt standin relay --out file:out.jsonl --queue memory --lose 1/1000 --faults planted.jsonl|one that loses")
COMMAND(COMPLETION, "completion", cli_completion_main, "bash|zsh|fish", 1,
    "the shell's completion of these commands",
    "Prints a script that completes commands and options of brunt in that shell.",
    "brunt completion bash > ~/.local/share/bash-completion/completions/brunt|for bash\n"
    "brunt completion zsh > ~/.zfunc/_brunt|for zsh, with ~/.zfunc in fpath\n"
    "brunt completion fish > ~/.config/fish/completions/brunt.fish|for fish")
/* clang-format on */
