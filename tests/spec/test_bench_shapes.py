#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads that change: the legs of --ramp, --step and --spike are phases with numbers of their own,
and expectations ask of each. Costs about 10 s."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


def serve(reply, delay=0.0):
    def handler(conn):
        while True:
            conn.recv_request()
            time.sleep(delay)
            conn.send(reply)
    return handler


def phases(run):
    """Name -> number of operations due."""
    return {row['name']: row['offered'] for row in run.footer['phases']}


@brunt_test
def spikes_are_phases_and_expectations_ask_of_them(t):
    peer = t.peer(serve(OK))
    path = t.path('spikes.jsonl')
    run = t.brunt('bench', peer.url(), '--result', path, '--warmup', '500ms', '--spike',
                  'base 20/s for 1s, 200/s for 500ms', '--expect', 'spike:due==100',
                  '--expect', 'recovery:failed==0', '--expect', 'warm-up:due==10', '--max-lateness',
                  '60s')
    equal(run.code, 0, 'exit code')
    equal(phases(run), {'warm-up': 10, 'base': 20, 'spike': 100, 'recovery': 20}, 'phases')
    contains(run.err, 'warm-up, base, spike and recovery', 'plan')
    text = t.brunt('report', path).out
    contains(text, 'phases          offered', 'table of phases')
    contains(t.brunt('report', path, '--markdown').out, '| spike | 200/s | 100 |',
             'Markdown')
    contains(t.brunt('report', path, '--csv').out, '"phase","spike",100', 'CSV')


@brunt_test
def an_expectation_of_one_step_fails_alone(t):
    peer = t.peer(serve(OK))
    run = t.brunt('bench', peer.url(), '--step', '10/s to 30/s by 10/s every 500ms', '--expect',
                  'step-2:due==10', '--expect', 'step-3:due<15', '--max-lateness', '60s')
    equal(run.code, 99, 'exit code')
    equal(phases(run), {'step-1': 5, 'step-2': 10, 'step-3': 15}, 'phases')
    equal([row['held'] for row in run.footer['expectations']], ['held', 'broken'], 'expectations')


@brunt_test
def a_window_finds_the_slow_second_that_the_whole_hides(t):
    _, port = t.standin('--stall', 'every 2s for 800ms', '--for', '20s')
    path = t.path('windows.jsonl')
    run = t.brunt('bench', f'127.0.0.1:{port}', '-r', '100/s', '-d', '4s', '--result', path,
                  '--expect', 'p50<100ms', '--expect', 'max<100ms for 1s', '--expect',
                  'rate>1/s for 3s', '--max-lateness', '60s')
    equal(run.code, 99, 'exit code')
    rows = run.footer['expectations']
    equal([row['held'] for row in rows], ['held', 'broken', 'held'], 'expectations')
    check(rows[1]['window_end_ns'] > 1e9, f'the end of the worst window: {rows[1]}')
    contains(run.out, 'in the 1s before', 'reason')
    contains(t.brunt('report', path).out, 'in the 1s before', 'reason, later')


@brunt_test
def a_phase_that_is_not_there_is_refused(t):
    run = t.brunt('bench', 'http://127.0.0.1:1/', '--ramp', '0:0/s,1s:9/s,2s:9/s', '--expect',
                  'stedy:p99<1s')
    equal(run.code, 104, 'exit code')
    contains(run.err, "no phase 'stedy'; it has ramp-up and steady", 'message')


@brunt_test
def a_small_closed_run_opens_no_more_connections_than_requests(t):
    peer = t.peer(serve(OK, 0.05))
    run = t.brunt('bench', peer.url(), '-n', '3')
    equal(run.code, 0, 'exit code')
    equal(run.summary['conns_opened'], 3, 'connections')
    contains(run.err, 'connections  3\n', 'plan')


@brunt_test
def a_preset_names_sizes(t):
    run = t.brunt('bench', 'http://127.0.0.1:1/', '--preset', 'stress', '--plan')
    equal(run.code, 0, 'exit code')
    contains(run.out, '10,000 requests', 'requests')
    contains(run.out, 'connections  200', 'connections')


main()
