#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verdict decides as design.md 7.2 says: a run for every rule in which it is what decides. What
cannot be brought about from outside (ports or descriptors that run out in mid-run, a clock that
steps, a thread that is busy and still on time) is played in the simulated world
(tests/sim/sim_verdict_test.c); sums that do not add up are made by hand
(tests/unit/report/verdict_test.c).

Where our own lateness is not what a test is about, --max-lateness keeps a noisy machine out of it.
Where the machine could stand still at the wrong moment, a test has several attempts.
"""
import os
import resource
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, between, brunt_test, check, contains, equal, free_port, main, matches

CALM = ['--max-lateness', '30s']


def codes(run, kind):
    """The codes of the reasons of that kind."""
    return [reason['code'] for reason in run.footer['reasons'] if reason['kind'] == kind]


def verdict(run, want, code=None):
    """The verdict, its exit code, and the first reason's code; the text must say the same first."""
    exit_codes = {'pass': 0, 'fail': 99, 'invalid': 90}
    told = f'verdict\n{run.out}'
    equal((run.footer['verdict'], run.code), (want, exit_codes[want]), told)
    if code is not None:
        reasons = run.footer['reasons']
        equal(reasons[0]['code'] if reasons else None, code, f'the first reason of {told}')
    check(run.out.startswith(want.upper() + ' ') or run.out.startswith(want.upper() + '\n'), told)


# Runs a command at nice 19 on one CPU; once the first second is in the result that it writes, four busy
# loops on the same CPU for 2.5 s, in the same session: with autogroups a nice value means nothing
# beyond that. Not before, as what is starved at its start starts later and is on time then.
STARVE = """
import os, subprocess, sys, time
cpu, path = min(os.sched_getaffinity(0)), sys.argv[1]
os.sched_setaffinity(0, {cpu})
starved = subprocess.Popen(['nice', '-n', '19', *sys.argv[2:]])
def is_going():
    return os.path.exists(path) and b'"point"' in open(path, 'rb').read()
while not is_going() and starved.poll() is None:
    time.sleep(0.01)
loop = 'import time; end = time.monotonic() + 2.5\\nwhile time.monotonic() < end: pass'
loops = [subprocess.Popen([sys.executable, '-c', loop]) for _ in range(4)]
for child in loops:
    child.wait()
sys.exit(starved.wait())
"""


def stopped_in_the_middle(t, seconds, *args):
    """A run of 2.5 s that stands still (SIGSTOP) for so long at about 1 s."""
    path = t.path('stopped.jsonl')
    child = t.start_brunt('bench', *args, '-d', '2500ms', '--result', path)
    child.wait_until(lambda: os.path.exists(path), 'writing its result')
    time.sleep(1)
    child.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    child.send_signal(signal.SIGCONT)
    child.wait(30)
    return t.finished(child, path)


# ---- without expectations ----

@brunt_test
def nothing_asked_and_something_succeeded_passes(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '100', '-c', '2')
    verdict(run, 'pass', 'nothing_asked')
    contains(run.out, 'nothing was asked')
    equal(run.summary['failed'], 0, 'a run without faults reports no failure')


@brunt_test
def nothing_asked_and_nothing_succeeded_fails(t):
    _, port = t.standin('--fail', '100%:500')
    verdict(t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '100', '-c', '2'), 'fail',
            'nothing_succeeded')


@brunt_test
def nobody_there_fails(t):
    run = t.brunt('bench', f'http://127.0.0.1:{free_port()}/', '-r', '100/s', '-d', '1s')
    verdict(run, 'fail', 'nothing_succeeded')


@brunt_test
def a_target_that_is_down_fails_even_beside_one_that_is_up(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', f'http://127.0.0.1:{free_port()}/',
                  '-n', '100', '-c', '2')
    verdict(run, 'fail', 'target_down')


# ---- expectations ----

@brunt_test(attempts=3)
def expectations_hold_or_do_not(t):
    _, port = t.standin('--delay', '20ms')
    url = f'http://127.0.0.1:{port}/'
    run = t.brunt('bench', url, '-r', '100/s', '-d', '1s', *CALM, '--expect', 'p99<5s',
                  '--expect', 'failed==0', '--expect', 'p50>=20ms')
    verdict(run, 'pass')
    equal([row['held'] for row in run.footer['expectations']], ['held'] * 3, 'what held')
    run = t.brunt('bench', url, '-r', '100/s', '-d', '1s', *CALM, '--expect', 'p50<10ms')
    verdict(run, 'fail', 'expect')
    run = t.brunt('bench', url, '-r', '100/s', '-d', '1s', *CALM, '--expect', 'p50<10ms',
                  '--expect', 'p99<5s')
    verdict(run, 'fail', 'expect')


@brunt_test(attempts=3)
def percentiles_cover_failures_unless_told_otherwise(t):
    hold = threading.Event()
    t.defer(hold.set)

    def handler(conn):
        while True:
            conn.recv_request()
            if len(peer.requests) % 2 == 0:  # every other request hangs until its time is out
                hold.wait(30)
                return
            conn.reply(200, b'')
    peer = t.peer(handler)
    args = ['bench', peer.url('/'), '-n', '20', '-c', '1', '--timeout', '150ms']
    verdict(t.brunt(*args, '--expect', 'p90<140ms'), 'fail', 'expect')
    verdict(t.brunt(*args, '--expect', 'p90(latency{ok})<140ms'), 'pass')


@brunt_test
def an_expectation_without_samples_fails(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '10', '-c', '1',
                  '--expect', 'p99(latency{failed})<1s')
    verdict(run, 'fail', 'expect')


# ---- the promised load was not applied ----

@brunt_test(attempts=3)
def too_few_connections_are_invalid_and_the_need_is_named(t):
    _, port = t.standin('--delay', '100ms')
    url = f'http://127.0.0.1:{port}/'
    # 5 connections can do 50/s of the 200/s: 150/s stay behind, more than 1 % of the whole.
    run = t.brunt('bench', url, '-r', '200/s', '-d', '2s', '-c', '5', *CALM, '--expect', 'p99<50ms')
    verdict(run, 'invalid', 'connections')
    # Little's law: 200/s times 0.1 s are 20 connections (more when a noisy machine is slow, too).
    reason = run.footer['reasons'][0]['text']
    between(int(matches(reason, r'About (\d+) are needed').group(1)), 20, 30, f'the need in {reason!r}')
    check('invalid' in [reason['kind'] for reason in run.footer['reasons'] if reason['code'] == 'expect'],
          'a bound on time is no FAIL then')
    verdict(t.brunt('bench', url, '-r', '200/s', '-d', '2s', '-c', '200', *CALM), 'pass', 'nothing_asked')


@brunt_test
def a_ceiling_that_descriptors_set_is_named(t):
    _, port = t.standin('--delay', '200ms')
    url = f'http://127.0.0.1:{port}/'
    few = ['prlimit', f'--nofile={120}:{120}']
    run = t.brunt('bench', url, '-c', '500', '-n', '1000', prefix=few)
    equal(run.code, 104, 'the code of asking for too many')
    contains(run.err, '500 connections need')
    # 1,000/s times 0.2 s are 200 connections, and there are descriptors for half as many.
    run = t.brunt('bench', url, '-r', '1000/s', '-d', '2s', '--grace', '1s', *CALM, prefix=few)
    verdict(run, 'invalid', 'connections')
    contains(run.footer['reasons'][0]['text'], 'ulimit -n')


@brunt_test
def failures_beat_our_own_limits(t):
    _, port = t.standin('--delay', '100ms', '--fail', '50%:503')
    url = f'http://127.0.0.1:{port}/'
    limited = ['-r', '200/s', '-d', '2s', '-c', '5', *CALM]
    verdict(t.brunt('bench', url, *limited, '--expect', 'failed<1%'), 'fail', 'expect')
    verdict(t.brunt('bench', url, *limited, '--expect', 'failed<90%'), 'invalid', 'connections')


# ---- we were late: 400/s for 2.5 s, stopped for 0.4 s, are 160 of 1,000 up to 0.4 s late ----

@brunt_test(attempts=3)
def a_run_that_was_stopped_is_invalid(t):
    _, port = t.standin()
    run = stopped_in_the_middle(t, 0.4, f'http://127.0.0.1:{port}/', '-r', '400/s')
    verdict(run, 'invalid', 'lateness')
    # p99 is the 10th latest, due 25 ms after the stop began.
    between(run.summary['lateness']['p99'], 0.36e9, 2e9, 'lateness p99')
    check(run.summary['service']['p99'] < run.summary['latency']['p99'] / 4, 'the target was not slow')


@brunt_test(attempts=3)
def an_upper_bound_that_holds_although_we_were_late_passes(t):
    _, port = t.standin()
    run = stopped_in_the_middle(t, 0.4, f'http://127.0.0.1:{port}/', '-r', '400/s',
                                '--expect', 'p99<10s')
    verdict(run, 'pass', 'lateness')
    equal(codes(run, 'invalid'), [], 'what makes it invalid')


@brunt_test(attempts=3)
def an_upper_bound_that_does_not_hold_when_we_were_late_is_invalid(t):
    _, port = t.standin()
    run = stopped_in_the_middle(t, 0.4, f'http://127.0.0.1:{port}/', '-r', '400/s',
                                '--expect', 'p99<100ms')
    verdict(run, 'invalid', 'lateness')
    equal(run.footer['expectations'][0]['held'], 'undecided', 'the expectation')


@brunt_test(attempts=3)
def what_fails_at_any_speed_fails_although_we_were_late(t):
    _, port = t.standin('--fail', '20%:503')
    url = f'http://127.0.0.1:{port}/'
    verdict(stopped_in_the_middle(t, 0.4, url, '-r', '400/s', '--expect', 'failed<1%'), 'fail', 'expect')


@brunt_test
def a_bound_of_the_users_own_on_lateness_decides(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '1s', '--eco',
                  '--max-lateness', '1ns', '--expect', 'p99<30s')
    verdict(run, 'invalid', 'lateness')


@brunt_test(sanitized=False, attempts=3)
def starved_of_cpu_it_says_so(t):
    """Beside four loops nice 19 has 15 parts of 15 + 4 x 1024 of the CPU, 9 ms of the 2.5 s in which
    50,000 of 80,000 requests come due: nearly all of those are late."""
    _, port = t.standin()
    path = t.path('starved.jsonl')
    child = t.start(sys.executable, '-c', STARVE, path, BRUNT, 'bench', f'http://127.0.0.1:{port}/', '-r', '20000/s',
                    '-d', '4s', '--shards', '1', '--grace', '1s', '--result', path)
    child.wait(50)
    run = t.finished(child, path)
    verdict(run, 'invalid')
    check('lateness' in codes(run, 'invalid'), f'it does not say that it was late\n{run.out}')
    check(run.summary['lateness']['p99'] > 0.1e9, f'starved? {run.summary["lateness"]}')


@brunt_test(sanitized=False)
def more_than_a_core_can_send_is_invalid(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '2000000/s', '-d', '2s', '--shards', '1',
                  '-c', '64', '--grace', '1s', '--expect', 'failed==0')
    verdict(run, 'invalid')
    equal(run.summary['offered'], 4_000_000, 'what was offered all the same')


# ---- a closed model promises nothing ----

@brunt_test(sanitized=False)
def a_saturated_closed_model_is_a_note(t):
    _, port = t.standin()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-c', '256', '-d', '2s', '--shards', '1')
    verdict(run, 'pass')
    equal(codes(run, 'invalid'), [], 'what makes it invalid')
    if 'busy' in codes(run, 'note'):  # it is, unless somebody else has the CPU
        contains(' '.join(run.out.split()), 'the rate is a lower bound')


main()
