#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conversations with `brunt sink`: what is sent to it is counted, kept and told; what it is told to
do to its senders it does."""
import base64
import gzip
import hashlib
import hmac
import json
import os
import signal
import socket
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import between, brunt_test, check, contains, equal, lacks, main, matches
from harness_peer import Connection, Gone, free_port


def serve(t, *sinks, options=()):
    """A running `brunt sink` and its sinks' ports, by name; ports are free ones."""
    child = t.start_brunt('sink', *sinks, '--json', *options)
    names = [sink.split('=')[0].split(':')[0] for sink in sinks]
    child.wait_until(lambda: all(f'\n{name}: ' in '\n' + child.err for name in names), 'its sinks are open')
    ports = {}
    for name in names:
        said = matches(child.err, rf'^{name}: (\w+) (\S+)$', 'what it said').group(2)
        if ':' in said and not said.startswith('unix:'):
            ports[name] = int(said.rsplit(':', 1)[1].split('/')[0])
    return child, ports


def stop(child, number=signal.SIGINT):
    """Its summary, sinks by name."""
    child.stop(number)
    equal(child.code, 0, f'exit code\n{child.err}')
    return json.loads(child.out)['sinks']


def outcomes(t, port, count, **request):
    """What `count` requests come to, one after the other; connections are made anew after a reset."""
    seen = []
    client = t.client(port)
    for _ in range(count):
        try:
            seen.append(str(client.get(method='POST', **request).status))
        except Gone:
            seen.append('reset')
            client = t.client(port)
    return seen


def send_lines(port, text):
    with socket.create_connection(('127.0.0.1', port)) as sock:
        sock.sendall(text.encode())


@brunt_test
def each_kind_counts_what_comes(t):
    log = t.path('out.log')
    child, ports = serve(t, 'hooks=webhook', 'lines=tcp', f'log=file:{log}')
    client = t.client(ports['hooks'])
    for method in ('POST', 'GET', 'PUT', 'DELETE', 'PURGE'):
        reply = client.get('/any/path?x=1', method=method, body=b'12345')
        equal((reply.status, reply.body), (200, b'{"ok":true}\n'), f'the reply to {method}')
    equal(client.get(method='HEAD').status, 200, 'the reply to HEAD')
    send_lines(ports['lines'], 'one\r\ntwo\n\nthree')
    with open(log, 'a', encoding='ascii') as file:
        file.write('a\nb\n')
    time.sleep(0.3)
    sinks = stop(child)
    equal((sinks['hooks']['messages'], sinks['hooks']['answered'], sinks['hooks']['bytes']), (6, 6, 25), 'hooks')
    equal((sinks['lines']['messages'], sinks['lines']['bytes']), (3, 11), 'lines')
    equal(sinks['log']['messages'], 2, 'lines of the log')
    equal(sinks['hooks']['connections'], 1, 'connections')
    equal(sinks['hooks']['late_ns']['count'], 6, 'answers whose lateness is known')
    equal(sinks['hooks']['kernel_stamped'], 6, "messages with the kernel's stamp")
    equal(sinks['log']['read_stamped'], 2, 'messages stamped as they were read')


@brunt_test
def stamps_are_told_apart_by_run(t):
    ours = t.brunt('gen', '{{event}}', '-n', '20').out.split()
    others = t.brunt('gen', '{{event}}', '-n', '5').out.split()
    run = ours[0][2:8]
    child, ports = serve(t, 'a=webhook', options=('--run-id', run))
    client = t.client(ports['a'])
    client.get('/?id=' + ours[0], headers=[('X-Event', ours[1])], method='POST', body=' '.join(ours[2:]).encode())
    client.get(method='POST', body=(' '.join(others) + ' ' + ours[0] + ours[0]).encode())
    damaged = ours[3][:-1] + ('0' if ours[3][-1] != '0' else '1')
    client.get(method='POST', body=damaged.encode())
    client.get(method='POST', body=b'nothing')
    sink = stop(child)['a']
    equal((sink['arrivals'], sink['deliveries'], sink['attempts']), (21, 21, 0), 'arrivals, deliveries, attempts')
    equal((sink['repeated'], sink['foreign'], sink['unreadable'], sink['stampless']), (1, 5, 1, 1), 'the others')


@brunt_test
def the_last_messages_can_be_asked_for(t):
    child, ports = serve(t, 'a=webhook', 'l=tcp', options=('--last', '2', '--control', '127.0.0.1:0'))
    client = t.client(ports['a'])
    for body in (b'first', b'{"x":"\xc3\xa4"}', b'\xff\x00'):
        client.get('/p', method='POST', headers=[('X-Tag', 'v')], body=body)
    last = json.loads(client.get('/last').body)
    equal(len(last), 2, 'messages kept')
    equal(last[0]['body_base64'], '/wA=', 'the newest')
    equal((last[1]['body'], last[1]['method'], last[1]['target']), ('{"x":"ä"}', 'POST', '/p'), 'the one before')
    equal(last[1]['headers']['x-tag'], 'v', 'a header of it')
    send_lines(ports['l'], 'a line\n')
    control = int(matches(child.err, r'^control: http://127\.0\.0\.1:(\d+)/last', 'what it said').group(1))
    asker = t.client(control)
    child.wait_until(lambda: json.loads(asker.get('/last').body)[0].get('body') == 'a line', 'the line is there')
    counts = json.loads(asker.get('/counts').body)
    equal((counts['a']['messages'], counts['l']['messages'], counts['a']['open']), (3, 1, 1), 'counts')
    equal(asker.get('/').status, 404, 'another path of the control port')
    equal(stop(child)['a']['messages'], 3, 'asking is no message')


@brunt_test
def what_came_is_saved(t):
    folder = t.path('saved')
    child, ports = serve(t, 'a=webhook', 'l=tcp', options=('--save', folder))
    client = t.client(ports['a'])
    for number in range(500):
        client.get(f'/{number}', method='POST', body=f'{{"n":{number}}}'.encode())
    send_lines(ports['l'], 'x\ny\n')
    time.sleep(0.2)
    equal(stop(child)['a']['unsaved'], 0, 'messages that could not be saved')
    with open(os.path.join(folder, 'a.jsonl'), encoding='utf-8') as file:
        saved = [json.loads(line) for line in file]
    equal([row['target'] for row in saved], [f'/{n}' for n in range(500)], 'targets saved')
    equal(saved[7]['body'], '{"n":7}', 'a body saved')
    check(all(a['at'] <= b['at'] for a, b in zip(saved, saved[1:])), 'times go back')
    with open(os.path.join(folder, 'l.jsonl'), encoding='utf-8') as file:
        equal([json.loads(line)['body'] for line in file], ['x', 'y'], 'lines saved')


@brunt_test
def bodies_are_read_however_they_are_sent(t):
    stamp = t.brunt('gen', '{{event}}').out.strip()
    child, ports = serve(t, 'a=webhook', options=('--run-id', stamp[2:8]))
    client = t.client(ports['a'])
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    codings = (('gzip', gzip.compress(stamp.encode())), ('deflate', zlib.compress(stamp.encode())),
               ('deflate', raw.compress(stamp.encode()) + raw.flush()), ('identity', stamp.encode()))
    for coding, body in codings:
        equal(client.get(method='POST', headers=[('Content-Encoding', coding)], body=body).status, 200, coding)
    equal(client.get(method='POST', headers=[('Content-Encoding', 'compress')], body=b'x').status, 415, 'compress')
    equal(client.get(method='POST', headers=[('Content-Encoding', 'gzip')], body=b'x').status, 400, 'no gzip')
    client.send(b'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 26\r\n\r\n')
    equal(client.recv_until(b'\r\n\r\n'), b'HTTP/1.1 100 Continue\r\n\r\n', 'what comes before the body')
    client.send(stamp.encode())
    equal(client.recv_response().status, 200, 'the status')
    client.send(b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    for letter in stamp.encode():
        client.send(b'1\r\n%c\r\n' % letter)
    client.send(b'0\r\n\r\n')
    equal(client.recv_response().status, 200, 'the status')
    sink = stop(child)['a']
    equal((sink['deliveries'], sink['undecodable'], sink['failed']), (6, 2, 2), 'deliveries, undecodable, failed')


@brunt_test
def who_sends_is_asked(t):
    auth = ('--sink-auth', 'b=bearer:tok', '--sink-auth', 'p=basic:me:pass', '--sink-auth', 'h=hmac:X-Signature:key')
    child, ports = serve(t, 'b=webhook', 'p=webhook', 'h=webhook', options=auth)
    signature = hmac.new(b'key', b'{"a":1}', hashlib.sha256).hexdigest()
    login = base64.b64encode(b'me:pass').decode()
    rows = (('b', 'Authorization', 'Bearer tok', 200), ('b', 'Authorization', 'Bearer to', 401), ('b', 'X', 'y', 401),
            ('p', 'Authorization', f'Basic {login}', 200), ('p', 'Authorization', 'Basic bWU=', 401),
            ('h', 'X-Signature', signature, 200), ('h', 'x-signature', f'sha256={signature}', 200),
            ('h', 'X-Signature', '0' * 64, 401))
    for name, header, value, status in rows:
        reply = t.client(ports[name]).get(method='POST', headers=[(header, value)], body=b'{"a":1}')
        equal(reply.status, status, f'{name}: {value}')
    sinks = stop(child)
    equal([sinks[name]['bad_auth'] for name in 'bph'], [2, 1, 1], 'who were not let in')
    lacks(child.err + child.out, 'tok', 'what it said')


@brunt_test
def failures_come_as_told(t):
    acts = 'a=fail=30%:503 reset=20% retry-after=3s'
    seen = []
    for _ in range(2):
        child, ports = serve(t, 'a=webhook', options=('--seed', '7', '--sink-do', acts))
        seen.append(outcomes(t, ports['a'], 200, body=b'x'))
        sink = stop(child)['a']
        counts = {word: seen[-1].count(word) for word in ('200', '503', 'reset')}
        equal((sink['answered'], sink['failed'], sink['reset']), tuple(counts.values()), 'what was counted')
    between(seen[0].count('503'), 35, 90, 'errors of 200')
    between(seen[0].count('reset'), 20, 65, 'resets of 200')
    equal(seen[0], seen[1], 'the same seed')
    child, ports = serve(t, 'a=webhook', options=('--sink-do', 'a=fail=100%:429 retry-after=3s'))
    reply = t.client(ports['a']).get(method='POST', body=b'x')
    equal((reply.status, reply.header('Retry-After')), (429, '3'), 'status and Retry-After')
    stop(child)


@brunt_test
def what_is_never_answered_is_told(t):
    child, ports = serve(t, 's=webhook', 'd=webhook',
                         options=('--sink-do', 's=stall=100%', '--sink-do', 'd=delay=30s'))
    for name in 'sd':
        client = t.client(ports[name], timeout=0.5)
        client.send(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx')
        try:
            client.recv_more()
            check(False, f'{name} answered')
        except (TimeoutError, Gone):
            pass
        client.close()
    time.sleep(0.2)
    sinks = stop(child)
    equal((sinks['s']['stalled'], sinks['s']['hung_up']), (1, 0), 'stalled, hung up')
    equal((sinks['d']['stalled'], sinks['d']['hung_up']), (0, 1), 'stalled, hung up')


@brunt_test
def delays_are_not_our_own(t):
    child, ports = serve(t, 'a=webhook', options=('--sink-do', 'a=delay=uniform:50ms,60ms'))
    client = t.client(ports['a'])
    for _ in range(5):
        begun = time.monotonic()
        client.get(method='POST', body=b'x')
        check(time.monotonic() - begun >= 0.05, 'an answer came too early')
    late = stop(child)['a']['late_ns']
    equal(late['count'], 5, 'answers')
    check(late['p50'] < 45e6, f'the delay is taken for our own: {late}')


@brunt_test
def a_port_goes_down_and_comes_back(t):
    port = free_port()
    child = t.start_brunt('sink', f'a=webhook:{port}', '--json', '--sink-do', 'a=2s-3s down')
    child.wait_listening(port)
    client = t.client(port)
    equal(client.get(method='POST', body=b'1').status, 200, 'before')

    def refuses():
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return False
        except ConnectionRefusedError:
            return True
    child.wait_until(refuses, 'the port is closed')
    try:
        client.get(method='POST', body=b'2')
        check(False, 'an old connection lives on')
    except Gone:
        pass
    child.wait_listening(port)
    equal(t.client(port).get(method='POST', body=b'3').status, 200, 'after')
    equal(stop(child)['a']['messages'], 2, 'messages')


@brunt_test
def several_share_a_port(t):
    port = free_port()
    child, _ = serve(t, f'a=webhook:{port}/a', f'b=webhook:{port}/b/c')
    client = t.client(port)
    statuses = [client.get(target, method='POST', body=b'x').status
                for target in ('/a', '/a/x?y', '/b/c', '/b', '/ab', '/')]
    equal(statuses, [200, 200, 200, 404, 404, 404], 'statuses')
    sinks = stop(child)
    equal((sinks['a']['messages'], sinks['b']['messages']), (2, 1), 'messages')


@brunt_test
def it_ends_when_told(t):
    run = t.brunt('sink', 'webhook', 'tcp', '--for', '300ms')
    equal(run.code, 0, 'exit code')
    contains(run.out, 'webhook: webhook http://127.0.0.1:')
    contains(run.out, 'messages   0')
    contains(run.err, 'tcp: tcp 127.0.0.1:')
    run = t.brunt('sink', 'webhook', '--for', '300ms', '--quiet')
    equal(run.err, '', 'what a quiet one says')
    child, _ = serve(t, 'a=webhook')
    stop(child, signal.SIGTERM)


@brunt_test
def a_file_is_followed_through_rotation(t):
    log = t.path('app.log')
    child, _ = serve(t, f'log=file:{log}')
    folder = []
    for part in range(3):
        with open(log, 'a', encoding='ascii') as file:
            for line in range(1000):
                file.write(f'part {part} line {line}\n')
                if line % 100 == 0:
                    file.flush()
        time.sleep(0.2)
        if part == 0:
            os.rename(log, log + '.1')
        elif part == 1:
            os.truncate(log, 0)
            time.sleep(0.3)
        folder.append(part)
    time.sleep(0.3)
    equal(stop(child)['log']['messages'], 3000, 'lines')


@brunt_test
def a_unix_socket_is_a_place_too(t):
    path = t.path('hook')
    child = t.start_brunt('sink', f'a=webhook:unix:{path}', '--json')
    child.wait_until(lambda: os.path.exists(path), 'it listens')
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    sock.sendall(b'POST /x HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi')
    contains(Connection(sock).recv_all(), b'HTTP/1.1 200 OK\r\n', 'the reply')
    equal(stop(child)['a']['messages'], 1, 'messages')
    check(not os.path.exists(path), 'the socket file is left behind')


@brunt_test
def wrong_words_are_told(t):
    rows = (
        (('webhok:8080',), 'did you mean webhook', 104),
        (('a=webhook:x',), 'sink a: "x" has no port', 104),
        (('1a=webhook',), 'is not the name of a sink', 104),
        (('a=webhook', 'a=tcp'), 'two sinks have the name a', 104),
        (('webhook', '--sink-do', 'b=down'), '--sink-do: there is no sink b', 104),
        (('webhook', '--sink-do', 'webhook=fial=1%'), 'did you mean fail', 104),
        (('tcp', '--sink-do', 'tcp=fail=1%'), 'a tcp cannot do fail', 104),
        (('webhook', '--sink-auth', 'webhook=SECRET'), 'accepted are bearer:TOKEN', 104),
        (('file',), 'no file is named', 104),
        (('webhook', '--run-id', 'x'), '--run-id', 104),
        (('webhook', '--control', 'x'), '--control', 104),
        (('webhook', '--save', '/dev/null'), "'/dev/null' is no folder", 255),
    )
    for args, part, code in rows:
        run = t.brunt('sink', *args, '--for', '1s')
        equal(run.code, code, f'exit code of {args}: {run.err}')
        contains(run.err, part, f'what {args} says')
        lacks(run.err, 'SECRET', 'what it says')
        equal(run.err.count('\n'), 1, f'lines: {run.err}')
    port = free_port()
    first, _ = serve(t, f'webhook:{port}')
    run = t.brunt('sink', f'webhook:{port}', '--for', '1s')
    equal(run.code, 106, 'exit code')
    contains(run.err, f'cannot listen on 127.0.0.1:{port}: Address already in use')
    stop(first)


main()
