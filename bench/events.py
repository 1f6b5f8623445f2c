#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What following events costs the sender, and how late its sinks are told.

CPU: the same requests with {{event}} and with 26 fixed characters in its place, in short adjacent pairs
whose order changes; one client core, the null server on the other one, which never sleeps, so that
nobody pays for waking it. Printed is the median of what the pairs differ by, with its quartiles: as a
share of the request with one event, and per event in batches of 100 and of 1000.

Lag: 20,000 events a second, one a request, on one shard straight into brunt's own webhook sink: from
the send to the kernel's stamp of arrival, and from the stamp into the ledger. The best of short runs
counts, as whatever else the machine does only adds; the median stands beside it.

    bench/events.py [--reps 15] [--seconds 1] [--only one,batch100,lag]
"""
import argparse
import os
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
import rig
from sink import free_port

FIXED = 'zx' + '0' * 24
RECORD = '{"_msg":"payment failed %s","level":"error","n":{{int 1 9}}}'
SHARE_MAX = 0.15
BATCH_NS_MAX = 25
SENT_P99_NS_MAX = 300e3
ENTRY_P99_NS_MAX = 1e6
# name, records a request, connections
CASES = [('one', 1, 64), ('batch100', 100, 16), ('batch1000', 1000, 16)]


def cost(url, stamp, batch, conns, seconds, tmp):
    """CPU us a request."""
    result = os.path.join(tmp, 'r.jsonl')
    cmd = [rig.BRUNT, 'bench', url, '-c', str(conns), '-d', '%ds' % seconds, '--shards', '1', '--quiet',
           '--result', result, '-b', RECORD % stamp]
    if batch > 1:
        cmd += ['--batch', str(batch)]
    _, usage = rig.run_pinned(cmd, 1)
    return usage.cpu * 1e6 / max(rig.footer(result)['summary']['done'], 1)


def measure(name, batch, conns, url, opts, tmp):
    """True when the bound was missed."""
    rows = {'{{event}}': [], FIXED: []}
    for rep in range(opts.reps):
        for stamp in list(rows)[::1 if rep % 2 == 0 else -1]:
            rows[stamp].append(cost(url, stamp, batch, conns, opts.seconds, tmp))
    if batch == 1:
        found = [(w - wo) / w for w, wo in zip(rows['{{event}}'], rows[FIXED])]
        form, bound = '%.1f %%', SHARE_MAX
        shown = [100 * x for x in statistics.quantiles(found, n=4)]
    else:
        found = [(w - wo) * 1e3 / batch for w, wo in zip(rows['{{event}}'], rows[FIXED])]
        form, bound = '%.1f ns an event', BATCH_NS_MAX
        shown = statistics.quantiles(found, n=4)
    missed = statistics.median(found) > bound
    print('%-10s %9.2f us %9.2f us   %s [%.1f - %.1f]%s' % (
        name, statistics.median(rows[FIXED]), statistics.median(rows['{{event}}']), form % shown[1], shown[0],
        shown[2], '  MISSED' if missed else ''), flush=True)
    return missed


def lag(opts, tmp):
    """True when a bound was missed."""
    result = os.path.join(tmp, 'lag.jsonl')
    rows = []
    for _ in range(opts.reps):
        port = free_port()
        rig.run_pinned([rig.BRUNT, 'bench', 'http://127.0.0.1:%d/' % port, '-r', '20000/s', '-d', '1s', '--shards', '1',
                        '--quiet', '--result', result, '-b', RECORD % '{{event}}', '--sink', 'a=webhook:%d' % port],
                       {0, 1}, ok=(0, 90), urgent=True)
        footer = rig.footer(result)
        rows.append((footer['sinks']['a']['event_lag_sent']['p99'], footer['events']['entry_lag_p99_ns'],
                     footer['summary']['lateness']['p99'], footer['sinks']['a']['lost']))
    columns = list(zip(*rows))
    sent, entry, late = (min(column) for column in columns[:3])
    missed = sent > SENT_P99_NS_MAX or entry > ENTRY_P99_NS_MAX or sum(columns[3]) > 0
    print('20,000/s   stamp - send p99 %.0f us, median %.0f (<= 300)   entry - stamp p99 %.0f us, median %.0f (<= 1000)'
          '   lateness p99 %.0f us   lost %d%s' % (
              sent / 1e3, statistics.median(columns[0]) / 1e3, entry / 1e3, statistics.median(columns[1]) / 1e3,
              late / 1e3, sum(columns[3]), '  MISSED' if missed else ''))
    return missed


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--reps', type=int, default=15)
    args.add_argument('--seconds', type=int, default=1)
    args.add_argument('--only', default='')
    opts = args.parse_args()
    only = [x for x in opts.only.split(',') if x]
    missed = False
    with tempfile.TemporaryDirectory() as tmp:
        with rig.NullServer(cpu=0, args=['--spin']) as server:
            print('%-10s %12s %12s   %s' % ('case', 'without', 'with', 'the event costs [quartiles]'))
            for name, batch, conns in CASES:
                if not only or name in only:
                    missed |= measure(name, batch, conns, server.url, opts, tmp)
        if not only or 'lag' in only:
            missed |= lag(opts, tmp)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
