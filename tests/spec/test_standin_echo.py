#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conversations with `brunt standin echo`: what it is told to do it does, and its log, its summary
and /metrics say what it did."""
import array
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import between, brunt_test, check, contains, equal, main, matches
from harness_peer import Connection, Gone


def read_log(t, name):
    """Rows (arrival_ns, delay_ns, outcome) of a --log file."""
    with open(t.path(name), encoding='ascii') as file:
        return [(int(a), int(d), o) for a, d, o in (line.split() for line in file)]


def stop(child, number=signal.SIGINT):
    child.stop(number)
    equal(child.code, 0, 'exit code')
    return child.out


def outcomes(t, port, count):
    """What `count` requests come to, one after the other; connections are made anew after a reset."""
    seen = []
    client = t.client(port)
    for _ in range(count):
        try:
            seen.append(str(client.get().status))
        except Gone:
            seen.append('reset')
            client = t.client(port)
    return seen


@brunt_test
def it_says_where_it_listens(t):
    child = t.start_brunt('standin', 'echo', '--listen', '127.0.0.1:0', '--listen', f'unix:{t.path("s")}')
    child.wait_said(r'unix:')
    port = int(matches(child.out, r'^listening on http://127\.0\.0\.1:(\d+)$', 'what it said').group(1))
    equal(t.client(port).get().status, 200, 'status')
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(t.path('s'))
    sock.sendall(b'GET / HTTP/1.0\r\n\r\n')
    contains(Connection(sock).recv_all(), b'HTTP/1.1 200 OK\r\n', 'the reply by unix socket')
    contains(stop(child), 'served 2 requests on 2 connections')
    check(not os.path.exists(t.path('s')), 'the socket file is left behind')


@brunt_test
def replies_have_the_size_and_status_asked_for(t):
    for size, status in (('0', 200), ('1', 201), ('64', 200), ('1MiB', 404), ('5', 204)):
        child, port = t.standin('--size', size, '--status', status)
        client = t.client(port)
        length = {'0': 0, '1': 1, '64': 64, '1MiB': 1 << 20, '5': 0}[size]
        for method in ('GET', 'POST', 'HEAD', 'GET'):
            reply = client.get('/any/path?x', method=method, body=b'b' * 1000 if method == 'POST' else b'')
            equal(reply.status, status, 'status')
            equal(len(reply.body), 0 if method == 'HEAD' else length, f'body of {method} with --size {size}')
        stop(child)


@brunt_test
def what_befalls_requests_is_told_three_times(t):
    args = ['--fail', '10%:503', '--fail', '5%:429', '--reset', '5%', '--seed', '42']
    runs = []
    for number in range(2):
        child, port = t.standin(*args, '--log', t.path(f'log{number}'))
        seen = outcomes(t, port, 1000)
        metrics = t.client(port).get('/metrics').body.decode()
        out = stop(child)
        for status in ('200', '503', '429'):
            count = seen.count(status)
            contains(metrics, f'standin_requests_total{{status="{status}"}} {count}\n', 'metrics')
            contains(out, f'status {status}: {count}\n', 'summary')
        contains(metrics, f'standin_resets_total {seen.count("reset")}\n', 'metrics')
        contains(out, f'reset: {seen.count("reset")}\n', 'summary')
        contains(out, 'served 1,000 requests', 'summary')
        equal([row[2] for row in read_log(t, f'log{number}')], seen, 'the log')
        runs.append(seen)
    equal(runs[0], runs[1], 'what the same seed does')
    between(runs[0].count('503'), 70, 130, '503 of 1000 at 10 %')
    between(runs[0].count('429'), 30, 75, '429 of 1000 at 5 %')
    between(runs[0].count('reset'), 30, 75, 'resets of 1000 at 5 %')


@brunt_test
def delays_are_what_the_log_says(t):
    child, port = t.standin('--delay', '20ms', '--log', t.path('log'))
    client = t.client(port)
    measured = []
    for _ in range(20):
        start = time.monotonic_ns()
        client.get()
        measured.append((start, time.monotonic_ns()))
    out = stop(child)
    rows = read_log(t, 'log')
    equal(len(rows), 20, 'rows')
    for (arrival, delay, outcome), (start, end) in zip(rows, measured):
        equal(outcome, '200', 'outcome')
        check(delay >= 20_000_000, f'a delay of {delay} ns is shorter than asked for')
        # The server looks at the clock behind its send: the client may have looked already.
        check(start <= arrival and arrival + delay <= end + 5_000_000, 'the log lies outside of what the client saw')
    matches(out, r'^  applied delay: mean \S+ \S+, p50 \S+ ms, p99 \S+ \S+, max ', 'summary')


@brunt_test
def a_stall_holds_replies_back(t):
    child, port = t.standin('--stall', 'every 300ms for 200ms', '--log', t.path('log'), '--seed', '1')
    client = t.client(port)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        client.get()
        time.sleep(0.002)
    out = stop(child)
    rows = read_log(t, 'log')
    first = rows[0][0]
    held = 0
    for arrival, delay, _ in rows:
        since = arrival - first
        phase = since % 300_000_000
        if since < 300_000_000 or phase >= 200_000_000:
            continue
        held += 1
        check(delay >= 200_000_000 - phase, f'{delay} ns at {since} ns of a run is no stall')
    between(held, 1, 3, 'replies of one connection that stalls held')
    contains(out, f'held back by a stall: {held}\n', 'summary')


@brunt_test
def its_own_pages_do_not_count(t):
    child, port = t.standin('--reset', '100%')
    client = t.client(port)
    reply = client.get('/health')
    equal((reply.status, reply.body), (200, b'ok\n'), '/health')
    metrics = client.get('/metrics?x=y')
    equal(metrics.status, 200, '/metrics')
    contains(metrics.body.decode(), 'standin_requests_total{status="200"} 0\n', 'metrics')
    contains(metrics.body.decode(), 'standin_reply_delay_seconds_bucket{le="+Inf"} 0\n', 'metrics')
    contains(stop(child), 'served 0 requests on ')


@brunt_test
def who_hangs_up_is_written_down(t):
    child, port = t.standin('--delay', '10s', '--log', t.path('log'))
    client = t.client(port)
    client.send(b'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    probe = t.client(port)
    child.wait_until(lambda: b'standin_connections 2\n' in probe.get('/metrics').body, 'it is there')
    time.sleep(0.05)
    client.close()
    child.wait_until(lambda: b'standin_hung_up_total 1\n' in probe.get('/metrics').body, 'it is noticed')
    contains(stop(child, signal.SIGTERM), 'peer gone before the reply: 1\n')
    equal([row[2] for row in read_log(t, 'log')], ['gone'], 'the log')


@brunt_test
def arrivals_are_eight_bytes_each(t):
    child, port = t.standin('--arrivals', t.path('arrivals'), '--spin')
    client = t.client(port)
    before = time.monotonic_ns()
    for _ in range(50):
        client.get()
    after = time.monotonic_ns()
    stop(child)
    stamps = array.array('q')
    with open(t.path('arrivals'), 'rb') as file:
        stamps.frombytes(file.read())
    equal(len(stamps), 50, 'stamps')
    equal(sorted(stamps), list(stamps), 'their order')
    check(before <= stamps[0] and stamps[-1] <= after, 'stamps outside of what the client saw')


@brunt_test
def it_stops_by_itself(t):
    run = t.brunt('standin', 'echo', '--listen', '127.0.0.1:0', '--for', '200ms')
    equal(run.code, 0, 'exit code')
    between(run.seconds, 0.2, 10, 'seconds')
    contains(run.out, 'served 0 requests')


@brunt_test
def what_it_cannot_do_it_says(t):
    child, port = t.standin()
    rows = [(['--listen', f'127.0.0.1:{port}'], 106, f'cannot listen on 127.0.0.1:{port}: '),
            (['--listen', 'example.org:80'], 104, '--listen: "example.org:80" is no address'),
            (['--fail', '60%:500', '--reset', '60%'], 104, 'more than all requests'),
            (['--fail', '1%'], 104, '--fail: "1%" names no status; accepted: 1%:503'),
            (['--delay', 'normal:1ms'], 104, '--delay: "normal:1ms" names no distribution'),
            (['--stall', 'now'], 104, '--stall: "now" is no stall; accepted: every 10s for 1s'),
            (['--status', '99'], 104, '--status: 200 to 999'),
            (['--log', t.path('no/such/folder')], 255, 'no/such/folder')]
    for args, code, text in rows:
        run = t.brunt('standin', 'echo', *args)
        equal(run.code, code, f'exit code of {args}')
        contains(run.err, text, f'what {args} says')
        equal(len(run.err.splitlines()), 1, 'lines')
    run = t.brunt('standin', 'ecco')
    equal(run.code, 104, 'exit code of an unknown stand-in')
    contains(run.err, 'accepted: echo')
    stop(child)


main()
