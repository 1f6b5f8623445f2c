#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--ledger-memory: at the cap sending stops, the run is INVALID, and the account of what was sent is
exact. Costs about 3 s."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main

CAP = 1 << 20


def fill(t, *args):
    """A target that swallows everything, so that no event ever comes out."""
    _child, port = t.standin()
    return t.brunt('bench', f'http://127.0.0.1:{port}/', '-b', '{"m":"{{event}}"}', '-c', '64', '-d', '30s', '-q',
                   '--sink', 'out=webhook', '--first-event', 'off', '--stall', '300ms', *args)


@brunt_test
def at_the_cap_sending_stops(t):
    # What was lost up to then is lost all the same: FAIL beats INVALID.
    for args, code in ((('--shards', '1'), 90), (('--shards', '2'), 90), (('--deliver', 'out=all'), 99)):
        run = fill(t, '--ledger-memory', '1MiB', *args)
        check(run.seconds < 25, f'it went on for {run.seconds:.1f} s')
        equal((run.code, run.footer['verdict']), (code, {90: 'invalid', 99: 'fail'}[code]), 'exit code and verdict')
        contains(' '.join(run.out.split()), 'the account of events came to its limit of memory, so sending stopped: '
                 '--ledger-memory allows more')
        equal(run.footer['events']['ledger_full'], True, 'ledger_full')
        check('complaint' not in run.footer['events'], 'sums do not add up')
        sink = run.footer['sinks']['out']
        # 32 bytes an event and room to grow: more than it takes to fill a quarter, less than to overflow.
        check(CAP / 160 < sink['registered'] < CAP / 16, f'{sink["registered"]} events were registered')
        equal(sink['registered'], sink['accepted'] + sink['unsure'] + sink['unsent'], 'what became of them')
        equal(sink['lost'] + sink['stuck'], sink['accepted'], 'lost or stuck')


@brunt_test
def a_run_that_needs_less_is_not_stopped(t):
    run = fill(t, '--ledger-memory', '64MiB', '-n', '2000', '--deliver', 'out=all')
    equal((run.code, run.footer['events']['ledger_full']), (99, False), 'exit code, ledger_full')
    equal(run.footer['sinks']['out']['accepted'], 2000, 'accepted')


@brunt_test(sanitized=False)
def memory_stays_below_the_cap(t):
    usual = fill(t, '-n', '100').footer['process']
    capped = fill(t, '--ledger-memory', '4MiB').footer['process']
    key = next(key for key in usual if 'rss' in key)
    grown = capped[key] - usual[key]
    check(grown < 8 << 20, f'it grew by {grown / 2**20:.1f} MiB')


@brunt_test
def the_plan_tells_what_it_may_cost(t):
    run = t.brunt('bench', 'http://127.0.0.1:1/', '-b', '{"m":"{{event}}"}', '-r', '1000/s', '-d', '100s', '--sink',
                  'out=webhook', '--deliver', 'out=exactly-once', '--ledger-memory', '64MiB', '--plan')
    contains(run.out, 'events       100,000, known by their stamps')
    contains(run.out, 'sink         out: webhook; expects exactly-once')
    contains(run.out, 'if none of them came out; at 64.0 MiB sending stops, and the run is INVALID')


main()
