#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verdict decides as design.md 7.2 says: a run for every rule in which it is what decides. What
cannot be brought about from outside (a clock that steps, sums that do not add up) is a row of the
unit test of the same name."""
import os
import resource
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, free_port, main


def codes(run, kind):
    """The codes of the reasons of that kind."""
    return [reason['code'] for reason in run.footer['reasons'] if reason['kind'] == kind]


def busy_loops(t, count, cpu):
    """Children that do nothing but burn one CPU; ended with the test."""
    for _ in range(count):
        t.start(sys.executable, '-c',
                f'import os, time\nos.sched_setaffinity(0, {{{cpu}}})\nend = time.monotonic() + 60\n'
                'while time.monotonic() < end: pass')


@brunt_test
def nothing_asked_and_something_succeeded_passes(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '100', '-c', '2')
    equal((run.code, run.footer['verdict']), (0, 'pass'), 'verdict')
    equal(run.summary['failed'], 0, 'a run without faults reports no failure')


@brunt_test
def nothing_asked_and_nothing_succeeded_fails(t):
    _, port = t.standin('--fail', '100%:500')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '100', '-c', '2')
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'verdict')


@brunt_test
def a_target_that_is_down_fails_even_beside_one_that_is_up(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', f'http://127.0.0.1:{free_port()}/',
                  '-n', '100', '-c', '2')
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'verdict')


@brunt_test
def expectations_hold_or_do_not(t):
    _, port = t.standin('--delay', '20ms')
    url = f'http://127.0.0.1:{port}/'
    run = t.brunt('bench', url, '-r', '100/s', '-d', '2s', '--expect', 'p99<2s', '--expect', 'failed==0',
                  '--expect', 'p50>=20ms')
    equal((run.code, run.footer['verdict']), (0, 'pass'), 'what holds')
    run = t.brunt('bench', url, '-r', '100/s', '-d', '2s', '--expect', 'p50<10ms')
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'what does not')


@brunt_test
def percentiles_cover_failures_unless_told_otherwise(t):
    hold = threading.Event()
    t.defer(hold.set)
    answered = []

    def handler(conn):
        while True:
            request = conn.recv_request()
            if request.target == '/silent' and answered:
                hold.wait(30)
                return
            if request.target == '/silent':
                answered.append(True)  # once, or it would be a target that is down
            conn.reply(200, b'')
    peer = t.peer(handler)
    args = ['bench', peer.url('/'), peer.url('/silent'), '-n', '40', '-c', '2', '--timeout', '300ms']
    run = t.brunt(*args, '--expect', 'p90<250ms')
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'with failures')
    answered.clear()
    run = t.brunt(*args, '--expect', 'p90(latency{ok})<250ms')
    equal(run.code, 0, 'without them')


@brunt_test
def an_expectation_without_samples_fails(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '10', '-c', '1',
                  '--expect', 'p99(latency{failed})<1s')
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'verdict')


@brunt_test
def too_few_connections_are_invalid_and_the_need_is_named(t):
    _, port = t.standin('--delay', '100ms')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '3s', '-c', '5',
                  '--expect', 'p99<50ms', timeout=90)
    equal((run.code, run.footer['verdict']), (90, 'invalid'), 'verdict')
    reason = next(r for r in run.footer['reasons'] if r['code'] == 'connections')
    # 200/s times 0.1 s: 20 connections are needed, by Little's law.
    check(any(18 <= int(word.strip('.,:;()')) <= 30 for word in reason['text'].split()
              if word.strip('.,:;()').isdigit()), f'the need is named: {reason["text"]}')
    enough = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '3s', '-c', '60')
    equal(enough.code, 0, 'with enough of them')


@brunt_test
def failures_beat_our_own_limits(t):
    _, port = t.standin('--delay', '100ms', '--fail', '50%:503')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '2s', '-c', '5',
                  '--expect', 'failed<1%', timeout=90)
    equal((run.code, run.footer['verdict']), (99, 'fail'), 'verdict')


@brunt_test
def an_upper_bound_that_holds_although_we_were_slow_passes_only_if_the_load_was_applied(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '2s', '--eco',
                  '--max-lateness', '1ns', '--expect', 'p99<5s')
    equal((run.code, run.footer['verdict']), (90, 'invalid'), 'the promised load was not applied in time')
    check('lateness' in codes(run, 'invalid'), f'reasons: {run.footer["reasons"]}')


@brunt_test(sanitized=False)
def starved_of_cpu_it_says_so(t):
    _, port = t.standin()
    busy_loops(t, 4, 0)
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '20000/s', '-d', '4s', '--shards', '1',
                  prefix=['taskset', '-c', '0', 'nice', '-n', '19'], timeout=110)
    equal((run.code, run.footer['verdict']), (90, 'invalid'), 'verdict')


@brunt_test(sanitized=False)
def more_than_a_core_can_send_is_invalid(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '2000000/s', '-d', '3s', '--shards', '1',
                  '-c', '64', '--grace', '1s', timeout=90)
    equal((run.code, run.footer['verdict']), (90, 'invalid'), 'verdict')


@brunt_test
def a_saturated_closed_model_is_a_note(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-c', '64', '-d', '3s', '--shards', '1')
    equal((run.code, run.footer['verdict']), (0, 'pass'), 'verdict')


@brunt_test
def out_of_descriptors_is_invalid_or_refused(t):
    _, port = t.standin('--delay', '200ms')
    url = f'http://127.0.0.1:{port}/'
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))
    asked = subprocess.run([os.environ.get('BRUNT', ''), 'bench', url, '-c', '500', '-n', '10'],
                           capture_output=True, text=True, preexec_fn=limit)
    equal(asked.returncode, 104, 'asked for too many')
    contains(asked.stderr, '500 connections')
    path = t.path('r.jsonl')
    grown = subprocess.run([os.environ.get('BRUNT', ''), 'bench', url, '-r', '1000/s', '-d', '2s',
                            '--result', path, '--grace', '1s'],
                           capture_output=True, text=True, preexec_fn=limit)
    equal(grown.returncode, 90, 'grew into the limit\n' + grown.stdout + grown.stderr)


main()
