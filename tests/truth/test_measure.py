#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is measured is what happened. The target is `brunt standin echo`, which writes down what it
really did: what brunt reports must follow from that log and from a calculation by hand.

Tolerances, where times of a target are compared with its own log: the histogram's error (0.1 %)
plus TURN, what a request and its reply need to get there and back and to be noticed. On a machine
with nothing else to do that is some 40 us; a measurement that a busy machine has spoilt (its p90
is off by more) is taken again, at most ATTEMPTS times. Counts have no tolerance.
Tests in which the machine could stand still at the wrong moment have several attempts: what is wrong
with brunt is wrong in all of them.

TRUTH_FULL=1 makes the runs longer.
"""
import array
import concurrent.futures
import json
import math
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, FULL, between, brunt_test, check, contains, equal, free_port, main, near
from truth_clock import FIRST, HISTOGRAM, compare_quantiles, quantile

TURN_NS = 300_000
SOONER_NS = 50_000  # what a timer may be early
ATTEMPTS = 5
CALM = ['--max-lateness', '30s']
METRICS_REQUEST = b'GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n'


def url(port, path='/'):
    return f'http://127.0.0.1:{port}{path}'


def read_log(path):
    """[(arrival_ns, delay_ns, outcome)] of a --log file."""
    with open(path, encoding='ascii') as file:
        return [(int(a), int(d), o) for a, d, o in (line.split() for line in file)]


def read_arrivals(path):
    """The stamps of an --arrivals file, in ns."""
    stamps = array.array('q')
    with open(path, 'rb') as file:
        stamps.frombytes(file.read())
    return list(stamps)


class Metrics:
    """One look at a stand-in's /metrics: the numbers, and how long the reply was."""

    def __init__(self, t, port):
        reply = t.client(port).get('/metrics')
        self.reply_bytes = len(reply.raw) + len(reply.body)
        self.values = {}
        for line in reply.body.decode().splitlines():
            if not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                self.values[name.removeprefix('standin_')] = float(value)

    def status(self, status):
        return self.values.get(f'requests_total{{status="{status}"}}', 0)


def errors(run):
    """{name: count} of what went wrong."""
    return {name: row['count'] for name, row in run.footer['errors'].items()}


def adds_up(run):
    """The sums that every run keeps, whatever happened."""
    s, footer = run.summary, run.footer
    equal(s['offered'], s['done'] + s['unsent'], 'offered = done + unsent')
    equal(s['done'], s['ok'] + s['failed'], 'done = ok + failed')
    equal(s['latency']['count'], s['done'], 'latencies')
    equal(s['service']['count'], s['sent'], 'service times')
    equal(sum(errors(run).values()), s['failed'], 'errors of all kinds = failed')
    equal(sum(target['done'] for target in footer['targets']), s['done'], 'done at all targets')
    check('sums' not in [reason['code'] for reason in footer['reasons']], f'a sum is wrong\n{run.out}')


# ---- a known distribution ----

def measure_delay(t, delay, rate, seconds, attempt):
    """Runs against that delay; (run, the delays that the target's log says)."""
    log = t.path(f'{attempt}.log')
    child, port = t.standin('--delay', delay, '--log', log, '--seed', '7', prefix=FIRST)
    run = t.brunt('bench', url(port), '-r', f'{rate}/s', '-d', f'{seconds}s', *CALM, prefix=FIRST)
    child.stop()
    rows = read_log(log)
    adds_up(run)
    equal(run.summary['done'], rate * seconds, 'done')
    equal(errors(run), {}, 'errors')
    equal([row[2] for row in rows], ['200'] * (rate * seconds), 'outcomes in the log')
    return run, [row[1] for row in rows]


def known_delay(t, delay, known):
    """known: {q: ns} of the distribution itself, for a look at whether the target does as told."""
    rate, seconds = 500, 20 if FULL else 3
    for attempt in range(ATTEMPTS):
        run, delays = measure_delay(t, delay, rate, seconds, attempt)
        wrong = compare_quantiles(run.summary['service'], delays, SOONER_NS, TURN_NS)
        if wrong is None:
            break
    check(wrong is None, f'service time: {wrong}, {ATTEMPTS} times\n{run.out}')
    for q, value in known.items():
        near(quantile(delays, q), value, 0.12, f'quantile {q} of what the target did')
    for name in ('p50', 'p90', 'p99', 'max'):
        check(run.summary['latency'][name] >= run.summary['service'][name] * (1 - 2 * HISTOGRAM),
              f'{name} of latency holds that of service time')


@brunt_test(sanitized=False)
def a_constant_delay_is_measured(t):
    known_delay(t, '5ms', {0.1: 5e6, 0.9: 5e6})


@brunt_test(sanitized=False)
def a_uniform_delay_is_measured(t):
    known_delay(t, 'uniform:2ms,12ms', {0.1: 3e6, 0.5: 7e6, 0.9: 11e6})


@brunt_test(sanitized=False)
def a_lognormal_delay_is_measured(t):
    known_delay(t, 'lognormal:5ms,0.3', {0.5: 5e6, 0.9: 5e6 * math.exp(1.2816 * 0.3),
                                          0.99: 5e6 * math.exp(2.3263 * 0.3)})


@brunt_test(sanitized=False)
def an_exponential_delay_is_measured(t):
    known_delay(t, 'exponential:8ms', {0.5: 8e6 * math.log(2), 0.9: 8e6 * math.log(10)})


# ---- a stall ----

def stall_run(t, number, seconds, *args):
    """1,000/s against a target that answers in 1 ms but stands still for a 20th of the time, in the middle."""
    child, port = t.standin('--delay', '1ms', '--stall', f'every {seconds * 500}ms for {seconds * 50}ms')
    path = t.path(f'stall-{number}.jsonl')
    brunt = t.start_brunt('bench', url(port), '-r', '1000/s', '-d', f'{seconds}s', '--result', path, *args)
    return child, port, brunt, path


@brunt_test(attempts=3)
def a_stall_shows_in_latency_and_service_time_hides_it(t):
    """In the stall of S seconds 1000 S of the 20,000 S requests come due. Without a ceiling each is
    sent at once and waits for the stall's end: the i-th for S - i/1000. Of 20,000 S the 200 S-th
    slowest is p99: i = 200 S, and p99 = 0.8 S, for latency and service time alike.

    With a ceiling of 10 connections 10 are sent and the others wait here, until the stall is over
    and 10 connections work them off, in turn, at a rate of R (at most 10 in 1 ms, less on a slow
    machine): the i-th begins at S + i/R, so its latency is S - i/1000 + i/R, and p99, at i = 200 S,
    is between 0.8 S and, with R twice the 1,000/s of what comes anew, 0.9 S. The target is asked
    only 10 times in the stall: of 20,000 S that is nothing that p99 of service time could show.
    """
    seconds = 20 if FULL else 10
    stall_ns = seconds * 0.05e9
    both = [stall_run(t, 0, seconds, '-c', '10', *CALM), stall_run(t, 1, seconds, *CALM)]
    runs = []
    for child, port, brunt, path in both:
        brunt.wait(seconds + 40)
        run = t.finished(brunt, path)
        adds_up(run)
        equal(run.summary['done'], 1000 * seconds, 'done')
        equal(errors(run), {}, 'errors')
        runs.append(run)
        child.stop()
    capped, free = (run.summary for run in runs)
    between(free['latency']['p99'], 0.78 * stall_ns, 0.86 * stall_ns, 'latency p99')
    between(free['service']['p99'], 0.78 * stall_ns, 0.86 * stall_ns, 'service p99')
    between(free['latency']['max'], 0.98 * stall_ns, 1.3 * stall_ns, 'largest latency')
    between(free['latency']['p50'], 1e6, 10e6, 'latency p50')
    between(free['conns_opened'], 0.9 * stall_ns / 1e6, 1.5 * stall_ns / 1e6, 'connections: those that waited')

    between(capped['latency']['p99'], 0.78 * stall_ns, 0.95 * stall_ns, 'latency p99 with 10 connections')
    between(capped['latency']['p50'], 1e6, 10e6, 'latency p50 with 10 connections')
    check(capped['service']['p99'] < 0.1 * stall_ns, f'service p99 hides it: {capped["service"]["p99"]}')
    between(capped['service']['max'], 0.9 * stall_ns, 1.3 * stall_ns, 'only the largest service times show it')
    equal(capped['conns_opened'], 10, 'connections')
    equal((runs[0].footer['verdict'], runs[1].footer['verdict']), ('invalid', 'pass'), 'verdicts')


# ---- counts ----

@brunt_test
def both_sides_count_the_same(t):
    child, port = t.standin('--size', '1000')
    for args in (['-n', '20000', '-c', '32'], ['-r', '3000/s', '-d', '2s'],
                 ['-n', '500', '-c', '5', '--no-keepalive'],
                 ['-n', '300', '-c', '7', '-b', 'x' * 5000, '-H', 'content-type: text/plain']):
        before = Metrics(t, port)
        run = t.brunt('bench', url(port), *args, *(CALM if '-r' in args else []))
        after = Metrics(t, port)
        adds_up(run)
        s = run.summary
        equal((s['failed'], errors(run), s['unsent'], s['waited'], s['conns_failed']), (0, {}, 0, 0, 0),
              f'what went wrong without a fault in {args}')
        equal(run.footer['verdict'], 'pass', 'verdict')

        def grown(name):
            return after.values[name] - before.values[name]
        equal(run.footer['status'], {'200': after.status(200) - before.status(200)}, 'replies')
        # The second look came on a connection of its own, with a request; the first one's reply was
        # sent after it had been counted.
        equal(s['conns_opened'], grown('connections_total') - 1, 'connections')
        equal(s['bytes_sent'], grown('received_bytes_total') - len(METRICS_REQUEST), 'bytes to the target')
        equal(s['bytes_received'], grown('sent_bytes_total') - before.reply_bytes, 'bytes from the target')
    child.stop()
    done = 20000 + 6000 + 500 + 300
    contains(child.out, f'served {done:,} requests on ')
    contains(child.out, f'  status 200: {done}\n')


# ---- schedules ----

def due_of_rate(count, per_seconds):
    """When arrival k is due, by hand, in ns."""
    return lambda k: k * per_seconds * 10**9 // count


def due_of_ramp(points):
    """The same for a row of (seconds, rate): the time at which the integral of the rate is k."""
    def due(k):
        before = 0.0
        for (t0, r0), (t1, r1) in zip(points, points[1:]):
            area = (r0 + r1) / 2 * (t1 - t0)
            if t1 > t0 and k < before + area - 1e-9:
                wanted, slope = k - before, (r1 - r0) / (t1 - t0)
                if wanted <= 0:
                    return t0 * 1e9
                root = math.sqrt(r0 * r0 + 2 * slope * wanted)
                return (t0 + 2 * wanted / (r0 + root)) * 1e9
            before += area
        raise ValueError(k)
    return due


SCHEDULES = [
    # options, requests, seconds, when each is due
    (['-r', '7/3s', '-d', '6s'], 14, 6, due_of_rate(7, 3)),
    (['-r', '333/s', '-d', '3s'], 999, 3, due_of_rate(333, 1)),
    (['-r', '2.5/s', '-d', '3s'], 8, 3, due_of_rate(5, 2)),  # the 8th is due at 2.8 s
    (['-r', '100/3s', '-n', '101'], 101, 3.03, due_of_rate(100, 3)),
    (['-r', '600/m', '-d', '1500ms'], 15, 1.5, due_of_rate(10, 1)),
    # 0 to 100/s in 2 s: 100; 1 s of it: 100; then 2 s of 20/s: 40.
    (['--ramp', '0:0/s,2s:100/s,3s:100/s,3s:20/s,5s:20/s'], 240, 5,
     due_of_ramp([(0, 0), (2, 100), (3, 100), (3, 20), (5, 20)])),
    # 300/s down to 0 in 3 s: 450.
    (['--ramp', '0:300/s,3s:0/s'], 450, 3, due_of_ramp([(0, 300), (3, 0)])),
    # The same work cut for two threads.
    (['-r', '700/3s', '-d', '3s', '--shards', '2'], 700, 3, due_of_rate(700, 3)),
]


def check_schedule(t, number, options, count, seconds, due):
    child, port = t.standin('--arrivals', t.path(f'{number}.arrivals'))
    run = t.brunt('bench', url(port), *options, *CALM, '--result', t.path(f'{number}.jsonl'))
    child.stop()
    adds_up(run)
    what = ' '.join(options)
    equal((run.summary['offered'], run.summary['done']), (count, count), f'offered and done of {what}')
    near(run.summary['offered_per_sec'], count / seconds, 1e-6, f'offered rate of {what}')
    stamps = sorted(read_arrivals(t.path(f'{number}.arrivals')))
    equal(len(stamps), count, f'arrivals of {what}')
    # Against the schedule: none can come early, so the earliest is the origin; half are on time.
    late = [stamp - due(k) for k, stamp in enumerate(stamps)]
    late = [value - min(late) for value in late]
    check(quantile(late, 0.5) < 20e6, f'half of the arrivals of {what} are {quantile(late, 0.5) / 1e6} ms late')


@brunt_test(attempts=3)
def schedules_are_offered_exactly(t):
    with concurrent.futures.ThreadPoolExecutor(len(SCHEDULES)) as pool:
        for future in [pool.submit(check_schedule, t, i, *row) for i, row in enumerate(SCHEDULES)]:
            future.result()


@brunt_test
def random_gaps_are_of_the_rate_and_repeat(t):
    counts = []
    child, port = t.standin()
    for seed in ('1', '1', '2'):
        run = t.brunt('bench', url(port), '-r', '1000/s', '--poisson', '-d', '1s', '--seed', seed, *CALM)
        adds_up(run)
        counts.append(run.summary['offered'])
    equal(Metrics(t, port).status(200), sum(counts), 'arrivals')
    equal(counts[0], counts[1], 'arrivals of the same seed')
    check(counts[0] != counts[2], 'another seed is another schedule')
    for count in counts:  # a Poisson number of mean 1,000: five sigma are 158
        between(count, 842, 1158, 'arrivals of 1,000/s in 1 s')


@brunt_test
def a_warm_up_is_counted_apart(t):
    _, port = t.standin()
    run = t.brunt('bench', url(port), '-r', '300/s', '--warmup', '1s', '-d', '2s', *CALM)
    equal(run.summary['done'], 600, 'done')
    equal([phase['done'] for phase in run.footer['phases']], [300, 600], 'done by phase')
    equal(Metrics(t, port).status(200), 900, 'arrivals')


# ---- shares ----

@brunt_test
def targets_get_exactly_their_share(t):
    ports = [t.standin()[1] for _ in range(3)]
    urls = [url(port) for port in ports]
    expected = [0, 0, 0]
    for args, total in ((['-n', '1000', '-c', '8'], 1000), (['-r', '700/s', '-d', '1s', *CALM], 700),
                        (['-n', '1001', '-c', '9', '--shards', '2'], 1001)):
        run = t.brunt('bench', *urls, *args)
        adds_up(run)
        shares = [len(range(i, total, 3)) for i in range(3)]  # operation k goes to target k mod 3
        equal([target['done'] for target in run.footer['targets']], shares, f'shares of {args}')
        expected = [a + b for a, b in zip(expected, shares)]
    equal([Metrics(t, port).status(200) for port in ports], expected, 'what the targets say')


# ---- faults ----

@brunt_test
def statuses_and_resets_are_counted_under_their_names(t):
    child, port = t.standin('--fail', '10%:503', '--fail', '5%:404', '--fail', '3%:302', '--reset', '4%')
    before = Metrics(t, port).values['connections_total']
    run = t.brunt('bench', url(port), '-n', '4000', '-c', '16')
    seen = Metrics(t, port)
    adds_up(run)
    resets = seen.values['resets_total']
    equal(run.footer['status'], {s: seen.status(s) for s in ('200', '302', '404', '503')}, 'statuses')
    # 302 is inside 200-399.
    equal(errors(run), {'status': seen.status(404) + seen.status(503), 'reset': resets}, 'errors')
    equal(run.summary['done'], 4000, 'done')
    between(resets, 100, 220, 'resets of 4,000 at 4 %')
    equal(run.summary['conns_opened'], seen.values['connections_total'] - before - 1, 'connections')
    between(run.summary['conns_opened'], resets, 16 + resets, 'connections: one anew for each reset')
    equal(run.footer['verdict'], 'pass', 'verdict')
    child.stop()


@brunt_test(attempts=3)
def time_outs_are_those_that_the_target_saw_hang_up(t):
    log = t.path('log')
    child, port = t.standin('--delay', '1ms', '--stall', 'every 1s for 500ms', '--log', log)
    run = t.brunt('bench', url(port), '-r', '200/s', '-d', '3s', '--timeout', '200ms', *CALM)
    child.stop()
    adds_up(run)
    outcomes = [row[2] for row in read_log(log)]
    equal(errors(run), {'timeout_total': outcomes.count('gone')}, 'errors')
    equal(run.footer['status'], {'200': outcomes.count('200')}, 'statuses')
    # Two stalls of 0.5 s: whoever comes in their first 0.3 s is not answered within 0.2 s.
    between(outcomes.count('gone'), 100, 150, 'time-outs of 2 x 60 by hand')
    for q in ('p50', 'p99'):
        between(run.summary['latency_failed'][q], 0.2e9, 0.3e9, f'{q} of what timed out: the time it had')
    first = run.footer['errors']['timeout_total']
    between(first['first_ns'], 1.1e9, 1.5e9, 'the first one, after 1 s and the time-out')
    between(first['last_ns'], 2.4e9, 2.8e9, 'the last one')


@brunt_test(attempts=3)
def a_slow_first_byte_has_its_name(t):
    _, port = t.standin('--delay', 'uniform:0ms,200ms', '--seed', '3')
    run = t.brunt('bench', url(port), '-r', '200/s', '-d', '2s', '--timeout-first', '100ms', *CALM)
    adds_up(run)
    equal(list(errors(run)), ['timeout_first'], 'errors')
    between(errors(run)['timeout_first'], 150, 250, 'of 400, half are later than 100 ms')
    check(run.summary['latency_ok']['max'] < 0.2e9, 'what came in time came in time')


@brunt_test
def nobody_there_is_refused_and_nothing_is_sent(t):
    run = t.brunt('bench', url(free_port()), '-r', '500/s', '-d', '1s', *CALM)
    adds_up(run)
    equal(errors(run), {'conn_refused': 500}, 'errors')
    equal((run.summary['sent'], run.summary['conns_failed'], run.code), (0, 500, 99), 'sent, connections, code')


@brunt_test(attempts=3)
def a_target_that_dies_is_counted_from_then_on(t):
    child, port = t.standin('--delay', '1ms')
    path = t.path('dies.jsonl')
    brunt = t.start_brunt('bench', url(port), '-r', '500/s', '-d', '3s', '--result', path, *CALM)
    brunt.wait_until(lambda: os.path.exists(path), 'writing its result')
    time.sleep(1.5)
    child.send_signal(signal.SIGKILL)
    brunt.wait(20)
    run = t.finished(brunt, path)
    adds_up(run)
    equal(run.summary['offered'], 1500, 'offered')
    found = errors(run)
    cut = sum(count for name, count in found.items() if name != 'conn_refused')
    check(cut <= 50, f'more than was in flight was cut: {found}')
    between(found['conn_refused'], 500, 1000, 'refused, of what came due in the second half')
    check(run.footer['errors']['conn_refused']['first_ns'] > 1e9, 'when it began')


# ---- the file ----

@brunt_test
def the_report_is_what_the_run_said(t):
    _, port = t.standin('--delay', 'lognormal:2ms,0.5', '--fail', '5%:503')
    run = t.brunt('bench', url(port), '-r', '400/s', '-d', '2s', '--expect', 'failed<50%', *CALM,
                  '--result', t.path('r.jsonl'))
    report = t.run(BRUNT, 'report', t.path('r.jsonl'))
    equal(report.out, run.out, 'the report')
    as_json = json.loads(t.run(BRUNT, 'report', t.path('r.jsonl'), '--json').out)
    equal(as_json['summary'], run.summary, 'the summary for programs')


@brunt_test(attempts=3)
def killed_in_the_middle_it_has_all_up_to_the_last_second(t):
    child, port = t.standin('--arrivals', t.path('arrivals'))
    path = t.path('killed.jsonl')
    brunt = t.start_brunt('bench', url(port), '-r', '1000/s', '-d', '30s', '--result', path)
    brunt.wait_until(lambda: os.path.exists(path), 'writing its result')
    time.sleep(3.6)
    brunt.send_signal(signal.SIGKILL)
    brunt.wait()
    child.stop()
    stamps = read_arrivals(t.path('arrivals'))
    report = t.run(BRUNT, 'report', path)
    contains(report.out, 'PARTIAL')
    summary = json.loads(t.run(BRUNT, 'report', path, '--json').out)['summary']
    last = [json.loads(line) for line in open(path, encoding='utf-8') if '"type":"point"' in line][-1]
    # Everything that the target had seen a moment before the last second that was written.
    before = sum(1 for stamp in stamps if stamp - stamps[0] < last['t_ns'] - 50e6)
    after = sum(1 for stamp in stamps if stamp - stamps[0] <= last['t_ns'])
    between(last['t_ns'], 2e9, 4.5e9, 'when the last second was written')
    between(summary['done'], before, after, 'done')
    equal(summary['failed'], 0, 'failed')


main()
