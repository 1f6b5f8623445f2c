#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten jobs, each done by every load generator that is there: docs/compare-tools.md is made of this.

    bench/compare.py [--only 1,3] [--peers DIR]

Peers are looked for in DIR, then in PATH: wrk, hey, vegeta, oha, k6. What is not there is left out.
Targets are echo stand-ins on loopback, so the truth of each job is known. One run each: this compares
what tools say, not how fast they are (that is bench/peers.py). Costs some three minutes.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

TOOLS = ("wrk", "hey", "vegeta", "oha", "k6", "brunt")


class Job:
    def __init__(self, number, title, truth, servers, commands, pick):
        self.number, self.title, self.truth = number, title, truth
        self.servers, self.commands, self.pick = servers, commands, pick


def k6(body, options):
    return ("import http from 'k6/http';\n" + "export const options = " + json.dumps(options) + ";\n"
            + "export default function () {\n  " + body + "\n}\n")


def arrivals(rate, seconds):
    return {"scenarios": {"s": {"executor": "constant-arrival-rate", "rate": rate, "timeUnit": "1s",
                                "duration": "%ds" % seconds, "preAllocatedVUs": 50, "maxVUs": 2000}}}


# What of a tool's output answers a job: lines that match.
SAY = {
    "wrk": r"Requests/sec|Latency |99%|requests in|Non-2xx|Socket errors",
    "hey": r"Requests/sec|99%|Average|\[\d+\]|responses|Error",
    "vegeta": r"Requests|Latencies|Success|Status Codes|Error",
    "oha": r"Requests/sec|99\.00%|Success rate|\[\d+\]|Average:",
    "k6": r"http_reqs|http_req_duration\.|http_req_failed|dropped|iterations\.|✗|✓|thresholds",
    "brunt": r"^(PASS|FAIL|INVALID|note)|offered|  done|  failed|unsent|  p99 |  [1-5]\d\d  |target \d|"
             r"ramp-up|steady|127\.0\.0\.1:\d+/ ",
}


def jobs(urls):
    get = "http.get('%s');"
    one = urls["plain"]
    body = '{"id":1}'
    table = []

    def add(number, title, truth, server, commands):
        table.append((number, title, truth, server, commands))

    add(1, "as many requests as come through, 64 connections, 4 s", "the target answers at once", "plain", {
        "wrk": ["wrk", "-t1", "-c64", "-d4s", "--latency", one],
        "hey": ["hey", "-c", "64", "-z", "4s", one],
        "vegeta": "vegeta attack -rate 0 -max-workers 64 -duration 4s <<< 'GET %s' | vegeta report" % one,
        "oha": ["oha", "--no-tui", "-c", "64", "-z", "4s", one],
        "k6": (k6(get % one, {"vus": 64, "duration": "4s"}), []),
        "brunt": ["brunt", "bench", one, "-q", "-c", "64", "-d", "4s"]})
    add(2, "1,000 requests a second for 4 s", "4,000 requests, answered at once", "plain", {
        "hey": ["hey", "-c", "50", "-q", "20", "-z", "4s", one],
        "vegeta": "vegeta attack -rate 1000/1s -duration 4s <<< 'GET %s' | vegeta report" % one,
        "oha": ["oha", "--no-tui", "-q", "1000", "-z", "4s", one],
        "k6": (k6(get % one, arrivals(1000, 4)), []),
        "brunt": ["brunt", "bench", one, "-q", "-r", "1000/s", "-d", "4s"]})
    stall = urls["stall"]
    add(3, "500 a second at a target that stands still for 1 s in every 3 s",
        "of those due in 6 s a sixth and more waited, up to 1 s: a p99 near 1 s", "stall", {
            "wrk": ["wrk", "-t1", "-c10", "-d6s", "--latency", stall],
            "hey": ["hey", "-c", "10", "-q", "50", "-z", "6s", stall],
            "vegeta": "vegeta attack -rate 500/1s -duration 6s -max-workers 10 <<< 'GET %s' | vegeta report" % stall,
            "oha": ["oha", "--no-tui", "-c", "10", "-q", "500", "-z", "6s", stall],
            "k6": (k6(get % stall, {**arrivals(500, 6), "scenarios": {"s": {
                **arrivals(500, 6)["scenarios"]["s"], "preAllocatedVUs": 10, "maxVUs": 10}}}), []),
            "brunt": ["brunt", "bench", stall, "-q", "-r", "500/s", "-d", "6s", "-c", "10"]})
    add(4, "10,000 requests over 200 connections", "10,000 requests", "plain", {
        "hey": ["hey", "-n", "10000", "-c", "200", one],
        "vegeta": "vegeta attack -rate 0 -max-workers 200 -duration 1s <<< 'GET %s' | vegeta report" % one,
        "oha": ["oha", "--no-tui", "-n", "10000", "-c", "200", one],
        "k6": (k6(get % one, {"vus": 200, "iterations": 10000}), []),
        "brunt": ["brunt", "bench", one, "-q", "-n", "10000", "-c", "200"]})
    add(5, "1,000 POSTs of JSON, each with an id of its own", "1,000 ids", "plain", {
        "wrk": None,
        "hey": ["hey", "-n", "1000", "-c", "50", "-m", "POST", "-T", "application/json", "-d", body, one],
        "vegeta": "for i in $(seq 1000); do printf '{\"method\":\"POST\",\"url\":\"%s\",\"body\":\"%%s\"}\\n' "
                  "$(printf '{\"id\":%%d}' $i | base64); done | vegeta attack -format json -lazy -rate 1000/1s | "
                  "vegeta report" % one,
        "oha": ["oha", "--no-tui", "-n", "1000", "-m", "POST", "-T", "application/json", "-d", body, one],
        "k6": (k6("http.post('%s', JSON.stringify({id: __ITER * 50 + __VU}), "
                  "{headers: {'Content-Type': 'application/json'}});" % one, {"vus": 50, "iterations": 1000}), []),
        "brunt": ["brunt", "bench", one, "-q", "-n", "1000", "-b", '{"id":{{seq}}}']})
    add(6, "a ramp from 100/s to 1,000/s in 3 s, then 2 s there", "1,650 and 2,000 requests", "plain", {
        "k6": (k6(get % one, {"scenarios": {"s": {
            "executor": "ramping-arrival-rate", "startRate": 100, "timeUnit": "1s", "preAllocatedVUs": 50,
            "stages": [{"target": 1000, "duration": "3s"}, {"target": 1000, "duration": "2s"}]}}}), []),
        "brunt": ["brunt", "bench", one, "-q", "--ramp", "0:100/s,3s:1000/s,5s:1000/s"]})
    fail = urls["fail"]
    add(7, "2,000 requests at a target of which 2 % answer 503", "some 40 fail", "fail", {
        "wrk": ["wrk", "-t1", "-c20", "-d1s", fail],
        "hey": ["hey", "-n", "2000", "-c", "20", fail],
        "vegeta": "vegeta attack -rate 1000/1s -duration 2s <<< 'GET %s' | vegeta report" % fail,
        "oha": ["oha", "--no-tui", "-n", "2000", "-c", "20", fail],
        "k6": (k6(get % fail, {"vus": 20, "iterations": 2000}), []),
        "brunt": ["brunt", "bench", fail, "-q", "-n", "2000", "-c", "20"]})
    tls = urls["tls"]
    add(8, "HTTPS, 2,000 requests over 20 connections", "20 handshakes", "tls", {
        "wrk": ["wrk", "-t1", "-c20", "-d1s", tls],
        "hey": ["hey", "-n", "2000", "-c", "20", tls],
        "vegeta": "vegeta attack -insecure -rate 1000/1s -duration 2s <<< 'GET %s' | vegeta report" % tls,
        "oha": ["oha", "--no-tui", "--insecure", "-n", "2000", "-c", "20", tls],
        "k6": (k6(get % tls, {"vus": 20, "iterations": 2000, "insecureSkipTLSVerify": True}), []),
        "brunt": ["brunt", "bench", tls, "-q", "-k", "-n", "2000", "-c", "20"]})
    slow = urls["slow"]
    add(9, "two instances, the second slow (20 ms): which?", "the second", "slow", {
        "vegeta": "printf 'GET %s\\nGET %s\\n' | vegeta attack -rate 200/1s -duration 3s | vegeta report" % (one, slow),
        "k6": (k6("http.get(['%s', '%s'][__ITER %% 2]);" % (one, slow), arrivals(200, 3)), []),
        "brunt": ["brunt", "bench", one, slow, "-q", "-r", "200/s", "-d", "3s"]})
    add(10, "a gate for CI: p99 below 10 ms, at that slow instance", "it must fail", "slow", {
        "wrk": ["wrk", "-t1", "-c10", "-d2s", "--latency", slow],
        "hey": ["hey", "-c", "10", "-z", "2s", slow],
        "vegeta": "vegeta attack -rate 100/1s -duration 2s <<< 'GET %s' | vegeta report" % slow,
        "oha": ["oha", "--no-tui", "-c", "10", "-z", "2s", slow],
        "k6": (k6(get % slow, {**arrivals(100, 2), "thresholds": {"http_req_duration": ["p(99)<10"]}}), []),
        "brunt": ["brunt", "bench", slow, "-q", "-r", "100/s", "-d", "2s", "--expect", "p99<10ms"]})
    return table


def find(tool, peers):
    if tool == "brunt":
        return rig.BRUNT
    path = os.path.join(peers, tool)
    return path if os.access(path, os.X_OK) else shutil.which(tool)


def run(tool, command, env, tmp):
    """(what was typed, exit code, what it said)"""
    if isinstance(command, tuple):
        script = os.path.join(tmp, "job.js")
        with open(script, "w") as file:
            file.write(command[0])
        typed, argv = "k6 run job.js", ["k6", "run", "--quiet", "--no-color", script]
    elif isinstance(command, str):
        typed, argv = command, ["bash", "-c", command]
    else:
        typed, argv = " ".join("'%s'" % word if re.search(r"[{ ]", word) else word for word in command), command
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=90)
    said = done.stdout + (done.stderr if not done.stdout else "")
    lines = [line.rstrip() for line in said.splitlines() if re.search(SAY[tool], line)]
    return typed, done.returncode, lines[:14]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--only", default="")
    args.add_argument("--peers", default="")
    opts = args.parse_args()
    only = {int(x) for x in opts.only.split(",") if x}
    with tempfile.TemporaryDirectory() as tmp:
        bin_dir = os.path.join(tmp, "bin")
        os.mkdir(bin_dir)
        there = [tool for tool in TOOLS if find(tool, opts.peers)]
        for tool in there:
            os.symlink(os.path.abspath(find(tool, opts.peers)), os.path.join(bin_dir, tool))
        env = {**os.environ, "PATH": bin_dir + ":" + os.environ["PATH"], "NO_COLOR": "1", "K6_NO_USAGE_REPORT": "true"}
        print("there: " + ", ".join(there))
        servers = {"plain": [], "stall": ["--stall", "every 3s for 1s"], "fail": ["--fail", "2%:503", "--seed", "1"],
                   "tls": ["--tls"], "slow": ["--delay", "20ms"]}
        up = {name: rig.NullServer(cpu=0, args=extra).__enter__() for name, extra in servers.items()}
        try:
            for number, title, truth, _, commands in jobs({name: server.url for name, server in up.items()}):
                if only and number not in only:
                    continue
                print("\n## %d. %s\n\nTruth: %s." % (number, title, truth), flush=True)
                for tool in there:
                    command = commands.get(tool)
                    if command is None:
                        print("\n%s: cannot" % tool, flush=True)
                        continue
                    typed, code, lines = run(tool, command, env, tmp)
                    print("\n%s: exit code %d\n    $ %s" % (tool, code, typed))
                    print("\n".join("    " + line for line in lines), flush=True)
                    time.sleep(0.3)
        finally:
            for server in up.values():
                server.__exit__()


if __name__ == "__main__":
    sys.exit(main())
