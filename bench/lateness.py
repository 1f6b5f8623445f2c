#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How late requests arrive against the schedule, seen by the target, and the memory of 5,000
connections.

The target is `brunt standin echo --spin --arrivals FILE` on CPU 0: it never sleeps and stamps each
request as it reads it. brunt sends from CPU 1. Arrival k is due at k / rate; the n-th stamp belongs
to the n-th due time, and the schedule's origin is where the promptest arrival says it is (nothing
can come early). What is left is how late each came: our lateness, the way through the kernel, and
the pauses of the machine. Nothing of it is what brunt says of itself; that is printed beside it.

Runs are interleaved; printed are medians of the runs with the smallest and the largest in brackets.
A run beside which others used more than --others of a CPU says nothing of us and is taken again, for
--patience seconds in all; after that what comes counts, and the last line says how many did.
Both programs run before others (nice -20) where that is allowed.

    bench/lateness.py [--reps 5] [--seconds 4] [--only 1k,10k,50k,rss] [--others 0.03] [--patience 120]
"""
import argparse
import array
import os
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

SERVER_CPU, CLIENT_CPU = 0, 1
RSS_CONNECTIONS = 5000
RSS_MB_MAX = 30
CASES = [
    # name, rate, connections, options, what is bounded, the bound
    ("1k-eco", 1000, 64, ["--eco"], "p99", 150.0),
    ("1k-spin", 1000, 64, ["--spin"], "p99", 20.0),
    ("10k-eco", 10000, 64, ["--eco"], "p99", 150.0),
    ("10k-spin", 10000, 64, ["--spin"], "p99", 20.0),
    ("50k-eco", 50000, 512, ["--eco"], "over1ms", 0.2),
    ("50k-spin", 50000, 512, ["--spin"], "over1ms", 0.2),
]


def lateness_us(path, rate):
    """How late each arrival is, in us, sorted."""
    stamps = array.array("q")
    with open(path, "rb") as f:
        stamps.frombytes(f.read())
    late = [stamp - k * 10**9 // rate for k, stamp in enumerate(sorted(stamps))]
    first = min(late)
    return sorted((value - first) / 1e3 for value in late)


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def run_case(rate, conns, options, seconds, tmp):
    """One run: what the target saw, what brunt says, what it cost."""
    arrivals, result = os.path.join(tmp, "arrivals"), os.path.join(tmp, "r.jsonl")
    machine, own = rig.machine_cpu(), os.times()
    with rig.NullServer(cpu=SERVER_CPU, args=["--spin", "--arrivals", arrivals], urgent=True) as server:
        cmd = [rig.BRUNT, "bench", server.url, "-r", "%d/s" % rate, "-d", "%ds" % seconds,
               "-c", str(conns), "--shards", "1", "--quiet", "--result", result] + options
        _, usage = rig.run_pinned(cmd, CLIENT_CPU, ok=(0, 90), urgent=True)
        ours = usage.cpu + rig.process_cpu(server.child.pid) + sum(os.times()[:2]) - sum(own[:2])
        others = (rig.machine_cpu() - machine - ours) / usage.wall
    late = lateness_us(arrivals, rate)
    summary = rig.footer(result)["summary"]
    # What is unsent at the end (a pause of the machine, and no free connection) is the end of the row.
    if len(late) != summary["sent"] or summary["unsent"] > 0.01 * summary["offered"]:
        raise RuntimeError("%d arrivals, %d sent, %d unsent" % (len(late), summary["sent"], summary["unsent"]))
    return {"p50": quantile(late, 0.5), "p99": quantile(late, 0.99), "p99.9": quantile(late, 0.999),
            "max": late[-1], "over1ms": 100.0 * sum(1 for x in late if x > 1000) / len(late),
            "own99": summary["lateness"]["p99"] / 1e3, "cpu": 100 * usage.cpu / usage.wall, "others": others}


def wait_calm(others, until):
    """Until nobody uses more of a CPU than that, or patience is over."""
    while time.monotonic() < until:
        before = rig.machine_cpu()
        time.sleep(1)
        if rig.machine_cpu() - before <= others:
            return


def run_calm(case, opts, tmp, until):
    """The same, beside which nobody else did much, or what came of it when patience is over."""
    while True:
        wait_calm(opts.others, until)
        row = run_case(*case[1:4], opts.seconds, tmp)
        if row["others"] <= opts.others or time.monotonic() > until:
            return row


def run_rss(tmp):
    """MB resident at most, with so many connections in a closed model."""
    result = os.path.join(tmp, "r.jsonl")
    with rig.NullServer(cpu=SERVER_CPU) as server:
        _, usage = rig.run_pinned([rig.BRUNT, "bench", server.url, "-c", str(RSS_CONNECTIONS), "-d", "3s",
                                   "--shards", "1", "--quiet", "--result", result], CLIENT_CPU)
    opened = rig.footer(result)["summary"]["conns_opened"]
    if opened != RSS_CONNECTIONS:
        raise RuntimeError("%d connections, not %d" % (opened, RSS_CONNECTIONS))
    return usage.rss_kib / 1024


def cell(rows, name, form):
    values = [row[name] for row in rows]
    return form % (statistics.median(values), min(values), max(values))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--reps", type=int, default=5)
    args.add_argument("--seconds", type=int, default=4)
    args.add_argument("--only", default="")
    args.add_argument("--others", type=float, default=0.03)
    args.add_argument("--patience", type=float, default=120)
    opts = args.parse_args()
    only = [x for x in opts.only.split(",") if x]
    cases = [c for c in CASES if not only or any(c[0].startswith(x) for x in only)]
    rows = {case[0]: [] for case in cases}
    missed = 0
    until = time.monotonic() + opts.patience
    with tempfile.TemporaryDirectory() as tmp:
        for rep in range(opts.reps):
            for case in cases if rep % 2 == 0 else cases[::-1]:
                rows[case[0]].append(run_calm(case, opts, tmp, until))
        print("lateness of arrivals at the target, us; median [smallest - largest] of %d runs of %d s"
              % (opts.reps, opts.seconds))
        print("%-9s %-22s %-24s %-24s %-20s %-12s %-6s %s" % ("case", "p50", "p99", "p99.9", "over 1 ms, %",
                                                              "own p99", "CPU %", "bound"))
        for name, _, _, _, bounded, bound in cases:
            got = statistics.median(row[bounded] for row in rows[name])
            missed += got > bound
            print("%-9s %-22s %-24s %-24s %-20s %-12s %-6s %s" % (
                name, cell(rows[name], "p50", "%.1f [%.1f - %.1f]"), cell(rows[name], "p99", "%.1f [%.1f - %.1f]"),
                cell(rows[name], "p99.9", "%.0f [%.0f - %.0f]"), cell(rows[name], "over1ms", "%.3f [%.3f - %.3f]"),
                "%.1f" % statistics.median(row["own99"] for row in rows[name]),
                "%.0f" % statistics.median(row["cpu"] for row in rows[name]),
                "%s <= %g%s" % (bounded, bound, "" if got <= bound else "  MISSED")))
        if not only or "rss" in only:
            sizes = [run_rss(tmp) for _ in range(min(3, opts.reps))]
            got = statistics.median(sizes)
            missed += got > RSS_MB_MAX
            print("%d connections: %.1f MB resident [%.1f - %.1f] <= %d%s" % (
                RSS_CONNECTIONS, got, min(sizes), max(sizes), RSS_MB_MAX, "" if got <= RSS_MB_MAX else "  MISSED"))
        loud = sum(row["others"] > opts.others for row in sum(rows.values(), []))
        print("%d of %d runs had others beside them (more than %g of a CPU)" % (
            loud, sum(map(len, rows.values())), opts.others))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
