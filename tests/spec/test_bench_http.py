#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conversations of `brunt bench` with scripted servers: exact bytes out, every way a reply can go
right or wrong in, and the name under which it is counted."""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import between, brunt_test, check, contains, equal, free_port, lacks, main


def errors(run):
    """Error kinds and counts of a run."""
    return {kind: row['count'] for kind, row in run.footer['errors'].items()}


def serve(reply):
    """A handler that answers each request on a connection with the same bytes."""
    def handler(conn):
        while True:
            conn.recv_request()
            conn.send(reply)
    return handler


def once(reply, after=lambda conn: None):
    """A handler that answers one request with these bytes, does something, and closes."""
    def handler(conn):
        conn.recv_request()
        if reply:
            conn.send(reply)
        after(conn)
    return handler


OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


@brunt_test
def the_request_is_these_bytes(t):
    peer = t.peer(serve(OK))
    run = t.brunt('bench', peer.url('/a%20b?c=d#e'), '-n', '1', '-c', '1', '-m', 'PUT',
                  '-H', 'X-One: 1', '-H', 'x-two:  2 ', '-b', '{"a":1}')
    equal(run.code, 0, 'exit code')
    request = peer.requests[0]
    equal(request.start, 'PUT /a%20b?c=d HTTP/1.1', 'request line')
    equal(request.header('host'), f'127.0.0.1:{peer.port}', 'Host')
    equal(request.header('x-one'), '1', 'X-One')
    equal(request.header('x-two'), '2', 'x-two')
    equal(request.header('content-length'), '7', 'Content-Length')
    equal(request.header('content-type'), 'application/json', 'Content-Type')
    equal(request.body, b'{"a":1}', 'body')


@brunt_test
def content_types_follow_the_body(t):
    rows = [('{"a":1}', 'application/json'), ('[1,2]', 'application/json'),
            ('{"a":1}\n{"a":2}\n', 'application/x-ndjson'), ('a=b&c=d', 'text/plain')]
    peer = t.peer(serve(OK))
    for body, _ in rows:
        equal(t.brunt('bench', peer.url(), '-n', '1', '-b', body).code, 0, 'exit code')
    got = [request.header('content-type') for request in peer.requests]
    equal([kind.split(';')[0] for kind in got], [kind for _, kind in rows], 'types')
    equal({request.method for request in peer.requests}, {'POST'}, 'method of a body')


@brunt_test
def one_connection_serves_many_requests(t):
    peer = t.peer(serve(OK))
    run = t.brunt('bench', peer.url(), '-n', '50', '-c', '1')
    equal(run.code, 0, 'exit code')
    equal(len(peer.requests), 50, 'requests')
    equal(peer.connections, 1, 'connections')
    equal(run.summary['conns_opened'], 1, 'counted connections')


@brunt_test
def without_keep_alive_each_request_has_its_own(t):
    def handler(conn):
        request = conn.recv_request()
        conn.reply(200, b'ok', [('Connection', request.header('connection') or 'none')])
    peer = t.peer(handler)
    run = t.brunt('bench', peer.url(), '-n', '10', '-c', '2', '--no-keepalive')
    equal(run.code, 0, 'exit code')
    equal(peer.connections, 10, 'connections')
    equal({r.header('connection') for r in peer.requests}, {'close'}, 'Connection')


GOOD_REPLIES = [
    ('a length', b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', 200),
    ('chunks and trailers', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
     b'3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\n', 200),
    ('interim replies', b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'
     b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', 201),
    ('no content', b'HTTP/1.1 204 No Content\r\n\r\n', 204),
    ('not modified, with a length', b'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 304),
    ('a redirect is not followed', b'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n', 302),
    ('bare line feeds', b'HTTP/1.1 200 OK\nContent-Length: 1\n\nx', 200),
]


@brunt_test
def good_replies_are_read_and_the_connection_goes_on(t):
    for name, reply, status in GOOD_REPLIES:
        peer = t.peer(serve(reply))
        run = t.brunt('bench', peer.url(), '-n', '5', '-c', '1')
        equal(run.code, 0, f'{name}: exit code')
        equal(run.footer['status'], {str(status): 5}, f'{name}: statuses')
        equal(peer.connections, 1, f'{name}: connections')


@brunt_test
def a_reply_in_single_bytes_is_the_same_reply(t):
    def handler(conn):
        while True:
            conn.recv_request()
            for i in range(len(GOOD_REPLIES[1][1])):
                conn.send(GOOD_REPLIES[1][1][i:i + 1])
                time.sleep(0.0005)
    peer = t.peer(handler)
    run = t.brunt('bench', peer.url(), '-n', '3', '-c', '1')
    equal(run.code, 0, 'exit code')
    equal(run.footer['status'], {'200': 3}, 'statuses')
    equal(peer.connections, 1, 'connections')


@brunt_test
def head_has_no_body(t):
    peer = t.peer(serve(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'))
    run = t.brunt('bench', peer.url(), '-n', '3', '-c', '1', '-m', 'HEAD')
    equal(run.code, 0, 'exit code')
    equal(peer.connections, 1, 'connections')


@brunt_test
def a_body_may_end_with_the_connection(t):
    peer = t.peer(once(b'HTTP/1.1 200 OK\r\n\r\nsome body'))
    run = t.brunt('bench', peer.url(), '-n', '3', '-c', '1')
    equal(run.code, 0, 'exit code')
    equal(run.footer['status'], {'200': 3}, 'statuses')
    equal(peer.connections, 3, 'connections')


@brunt_test
def large_bodies_are_read_whole(t):
    size = 3_000_000
    peer = t.peer(serve(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % size + b'x' * size))
    run = t.brunt('bench', peer.url(), '-n', '4', '-c', '2')
    equal(run.code, 0, 'exit code')
    check(run.summary['bytes_received'] > 4 * size, 'all bytes were counted')


@brunt_test
def large_requests_are_sent_whole(t):
    body = 'x' * 3_000_000
    path = t.write('body.txt', body)
    peer = t.peer(serve(OK))
    run = t.brunt('bench', peer.url(), '-n', '4', '-c', '2', '-b', '@' + path)
    equal(run.code, 0, 'exit code')
    equal([len(r.body) for r in peer.requests], [len(body)] * 4, 'bodies')


BAD_REPLIES = [
    ('no HTTP', b'SSH-2.0-OpenSSH_9.2\r\n', 'wire_malformed'),
    ('obs-fold', b'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n', 'wire_malformed'),
    ('two lengths', b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'wire_malformed'),
    ('a bad chunk', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'wire_malformed'),
    ('too large a head', b'HTTP/1.1 200 OK\r\n' + b'A: ' + b'x' * 70000 + b'\r\n\r\n', 'wire_head_limit'),
    ('a strange coding', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'wire_unsupported'),
    ('nothing at all', b'', 'closed_early'),
    ('half a head', b'HTTP/1.1 200 O', 'closed_early'),
    ('half a body', b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345', 'closed_early'),
    ('half a chunk', b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', 'closed_early'),
]


@brunt_test
def bad_replies_are_errors_under_their_names(t):
    for name, reply, kind in BAD_REPLIES:
        peer = t.peer(once(reply))
        run = t.brunt('bench', peer.url(), '-n', '4', '-c', '1')
        equal(errors(run), {kind: 4}, f'{name}: errors')
        equal(run.code, 99, f'{name}: exit code')
        equal(run.summary['failed'], 4, f'{name}: failed')


@brunt_test
def a_status_outside_200_to_399_failed(t):
    peer = t.peer(serve(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))
    run = t.brunt('bench', peer.url(), '-n', '4', '-c', '1')
    equal(run.code, 99, 'exit code')
    equal(run.footer['status'], {'404': 4}, 'statuses')
    equal(run.summary['failed'], 4, 'failed')
    contains(run.out, '404')


@brunt_test
def a_reset_has_its_name(t):
    peer = t.peer(once(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123', lambda conn: (time.sleep(0.05), conn.reset())))
    run = t.brunt('bench', peer.url(), '-n', '3', '-c', '1')
    equal(errors(run), {'reset': 3}, 'errors')


@brunt_test
def the_keep_alive_race_has_a_name_of_its_own(t):
    def handler(conn):
        conn.recv_request()
        conn.send(OK)
        conn.recv_head()  # the second request is read and never answered
    peer = t.peer(handler)
    run = t.brunt('bench', peer.url(), '-n', '6', '-c', '1')
    equal(errors(run), {'keepalive_closed': 3}, 'errors')
    equal(run.footer['status'], {'200': 3}, 'statuses')


@brunt_test
def an_idle_connection_may_be_closed_by_the_peer(t):
    peer = t.peer(once(OK))
    run = t.brunt('bench', peer.url(), '-r', '20/s', '-d', '1s')
    check(run.code in (0, 90), f'exit code {run.code}')  # 90: a machine too busy for 20 sends in time
    equal(run.summary['failed'], 0, 'failed')
    equal(run.summary['done'], 20, 'done')


@brunt_test
def nobody_listens(t):
    port = free_port()
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '10', '-c', '2')
    equal(run.code, 99, 'exit code')
    equal(errors(run), {'conn_refused': 10}, 'errors')
    equal(run.summary['sent'], 0, 'sent')
    contains(run.out, 'FAIL')


@brunt_test
def a_name_that_nobody_has(t):
    run = t.brunt('bench', 'http://no-such-host.invalid/', '-n', '2', '-c', '1')
    equal(run.code, 99, 'exit code')
    check(set(errors(run)) <= {'name_not_found', 'name_failed', 'name_timeout'}, f'errors: {errors(run)}')


@brunt_test(attempts=3)
def time_outs_have_their_names_and_close(t):
    hold = threading.Event()
    t.defer(hold.set)
    silent = t.peer(lambda conn: (conn.recv_request(), hold.wait(20)))
    run = t.brunt('bench', silent.url(), '-n', '2', '-c', '1', '--timeout-first', '100ms')
    equal(errors(run), {'timeout_first': 2}, 'errors')
    slow = t.peer(lambda conn: (conn.recv_request(), conn.send(OK[:-1]), hold.wait(20)))
    run = t.brunt('bench', slow.url(), '-n', '2', '-c', '1', '--timeout', '150ms', '--timeout-first', '100ms')
    equal(errors(run), {'timeout_total': 2}, 'errors')
    equal(slow.connections, 2, 'a timed-out connection is closed')
    between(run.summary['latency']['p50'] / 1e6, 150, 400, 'what elapsed counts as latency, ms')


@brunt_test
def a_failed_operation_keeps_its_latency_apart(t):
    def handler(conn):
        for number in range(100):
            conn.recv_request()
            if number % 2:
                time.sleep(0.05)
            conn.reply(500 if number % 2 else 200, b'')
    peer = t.peer(handler)
    run = t.brunt('bench', peer.url(), '-n', '20', '-c', '1')
    equal(run.summary['failed'], 10, 'failed')
    check(run.summary['latency_ok']['p99'] < 50e6 <= run.summary['latency_failed']['p50'],
          f'apart: {run.summary}')


@brunt_test
def several_targets_get_exactly_their_share(t):
    peers = [t.peer(serve(OK)) for _ in range(3)]
    run = t.brunt('bench', *[peer.url(f'/{i}') for i, peer in enumerate(peers)], '-n', '301', '-c', '7')
    equal(run.code, 0, 'exit code')
    equal([len(peer.requests) for peer in peers], [101, 100, 100], 'requests')
    equal([row['done'] for row in run.footer['targets']], [101, 100, 100], 'rows')


@brunt_test
def a_dead_target_among_live_ones_is_named(t):
    peer = t.peer(serve(OK))
    dead = f'http://127.0.0.1:{free_port()}/'
    run = t.brunt('bench', peer.url(), dead, '-n', '20', '-c', '2')
    equal([row['failed'] for row in run.footer['targets']], [0, 10], 'failed by target')
    contains(run.out, dead)


@brunt_test
def unix_sockets_and_ipv6(t):
    peer = t.peer(serve(OK), path=t.path('s'))
    run = t.brunt('bench', 'unix:' + t.path('s') + ':/x', '-n', '5', '-c', '2')
    equal(run.code, 0, 'exit code')
    equal(len(peer.requests), 5, 'requests')
    six = t.peer(serve(OK), host='::1')
    run = t.brunt('bench', six.url(), f'http://localhost:{six.port}/', '-n', '6', '-c', '2')
    equal(run.code, 0, 'exit code')
    equal(len(six.requests), 6, 'requests')


@brunt_test
def one_request_can_be_looked_at(t):
    peer = t.peer(serve(OK))
    run = t.brunt('bench', peer.url('/look'), '-n', '1', '-v')
    equal(run.code, 0, 'exit code')
    contains(run.err, '> GET /look HTTP/1.1')
    contains(run.err, '< HTTP/1.1 200 OK')
    contains(run.err, 'ok')


@brunt_test
def ready_means_that_the_request_itself_works(t):
    answers = iter([503, 404, 200])
    peer = t.peer(once(b'', lambda conn: conn.reply(next(answers, 200), b'')))
    run = t.brunt('bench', peer.url(), '-n', '3', '-c', '1', '--wait-ready')
    equal(run.code, 0, 'exit code')
    equal(run.summary['done'], 3, 'the tries are not counted')
    run = t.brunt('bench', f'http://127.0.0.1:{free_port()}/', '-n', '3', '--wait-ready=300ms')
    equal(run.code, 99, 'exit code')
    contains(run.err, 'not ready after 300ms')


@brunt_test
def interrupted_once_it_drains_and_sums_up(t):
    gate = threading.Event()
    t.defer(gate.set)

    def handler(conn):
        while True:
            conn.recv_request()
            time.sleep(0.3)
            conn.send(OK)
    peer = t.peer(handler)
    child = t.start_brunt('bench', peer.url(), '-r', '50/s', '-d', '30s', '--result', t.path('r.jsonl'))
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    child.wait(10)
    equal(child.code, 105, 'exit code')
    contains(child.out, 'PARTIAL')
    lacks(child.out, 'interrupted: the run ended first')


@brunt_test
def interrupted_twice_it_stops_at_once_and_sums_up(t):
    hold = threading.Event()
    t.defer(hold.set)
    peer = t.peer(lambda conn: (conn.recv_request(), hold.wait(30)))
    child = t.start_brunt('bench', peer.url(), '-r', '50/s', '-d', '30s', '--result', t.path('r.jsonl'))
    time.sleep(0.7)
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    child.wait(5)
    equal(child.code, 105, 'exit code')
    contains(child.out, 'PARTIAL')


@brunt_test
def a_full_disk_loses_nothing_on_the_terminal(t):
    peer = t.peer(serve(OK))
    child = t.start_brunt('bench', peer.url(), '-n', '20', '-c', '2', '--result', '/dev/full')
    child.wait(20)
    equal(child.code, 0, 'exit code')
    contains(child.out, '20 operations done')
    contains(child.out, 'could not write to /dev/full')


main()
