#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU per request of brunt and of wrk, side by side.

One client core, the null server on the other one. Short runs in adjacent pairs, their order changing,
so that a machine that changes its speed (by a third, for seconds at a time, where others share it)
does so for both; printed are the medians, and the median of the pairs' ratios with its quartiles. CPU
is user and system time of the whole client process, start and end included, by completed requests.

    bench/peers.py [--reps 15] [--seconds 1] [--only get64,post64] [--spin]

With --spin the server never sleeps, so that no client pays for waking it.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
import rig

BODY = '{"order":"' + 'x' * 1000 + '","n":1}'
CASES = [
    # name, connections, post?, https?, the most that the ratio may be
    ("get64", 64, False, False, 0.80),
    ("get512", 512, False, False, 0.80),
    ("post64", 64, True, False, 0.80),
    ("post512", 512, True, False, 0.80),
    ("get5000", 5000, False, False, 0.60),
    ("tls64", 64, False, True, 0.90),
]


def run_wrk(url, conns, post, seconds, tmp):
    cmd = ["wrk", "-t1", "-c%d" % conns, "-d%ds" % seconds]
    if post:
        lua = os.path.join(tmp, "post.lua")
        with open(lua, "w") as f:
            f.write('wrk.method = "POST"\nwrk.body = %s\n'
                    'wrk.headers["Content-Type"] = "application/json"\n' % json.dumps(BODY))
        cmd += ["-s", lua]
    out, usage = rig.run_pinned(cmd + [url], 1)
    done = int(re.search(r"(\d+) requests in", out).group(1))
    return done, usage


def run_brunt(url, conns, post, seconds, tmp):
    result = os.path.join(tmp, "r.jsonl")
    cmd = [rig.BRUNT, "bench", url, "-c", str(conns), "-d", "%ds" % seconds, "--shards", "1",
           "--quiet", "--insecure", "--result", result]
    if post:
        cmd += ["-m", "POST", "-b", BODY, "-H", "content-type: application/json"]
    _, usage = rig.run_pinned(cmd, 1)
    footer = rig.footer(result)
    return footer["summary"]["done"], usage


def paired(rows):
    """Median and quartiles of what brunt costs of its neighbour's cost."""
    ratios = [ours[0] / theirs[0] for ours, theirs in zip(rows["brunt"], rows["wrk"])]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return middle, low, high


def cell(rows):
    return "%.2f (%.0f k/s)" % (statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows) / 1e3)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--reps", type=int, default=15)
    args.add_argument("--seconds", type=int, default=1)
    args.add_argument("--spin", action="store_true")
    args.add_argument("--only", default="")
    opts = args.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: tools/setup --bench installs it")
    only = [x for x in opts.only.split(",") if x]
    missed = 0
    server_args = ["--spin"] if opts.spin else []
    with tempfile.TemporaryDirectory() as tmp, rig.NullServer(cpu=0, args=server_args) as plain, \
            rig.NullServer(cpu=0, args=server_args + ["--tls"]) as tls:
        print("%-8s %22s %22s %24s" % ("case", "wrk us/req (req/s)", "brunt us/req (req/s)", "ratio [quartiles]"))
        for name, conns, post, https, bound in CASES:
            server = tls if https else plain
            if only and name not in only:
                continue
            rows = {"wrk": [], "brunt": []}
            for rep in range(opts.reps):
                order = [("wrk", run_wrk), ("brunt", run_brunt)]
                for who, run in order if rep % 2 == 0 else order[::-1]:
                    done, usage = run(server.url, conns, post, opts.seconds, tmp)
                    rows[who].append((usage.cpu * 1e6 / max(done, 1), done / usage.wall))
            ratio, low, high = paired(rows)
            print("%-8s %22s %22s %24s <= %.2f%s" % (
                name, cell(rows["wrk"]), cell(rows["brunt"]), "%.3f [%.3f - %.3f]" % (ratio, low, high),
                bound, "" if ratio <= bound else "  MISSED"), flush=True)
            missed += ratio > bound
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
