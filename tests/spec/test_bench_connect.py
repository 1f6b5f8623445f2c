#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who brunt says it is and where it connects to: authorization, cookies, sockets, addresses, TLS;
and the doors of the echo stand-in, which ask for them. Costs about 12 s."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, free_port, lacks, main, matches, skip

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


def serve(conn):
    while True:
        conn.recv_request()
        conn.send(OK)


@brunt_test
def authorization_and_cookies_are_headers(t):
    peer = t.peer(serve)
    secret = t.write('token', b'from-file\n')
    rows = [(['--bearer', 'abc'], 'Bearer abc'), (['--bearer', '@' + secret], 'Bearer from-file'),
            (['--basic', 'anna:s3cret'], 'Basic YW5uYTpzM2NyZXQ=')]
    for args, want in rows:
        run = t.brunt('bench', peer.url(), '-n', '1', *args)
        equal(run.code, 0, 'exit code')
        equal(peer.requests[-1].header('authorization'), want, str(args))
    run = t.brunt('bench', peer.url(), '-n', '1', '--cookie', 'a=1', '--cookie', 'b={{int 7 7}}')
    equal(peer.requests[-1].header('cookie'), 'a=1; b=7', 'Cookie')


@brunt_test
def secrets_stay_out_of_results(t):
    peer = t.peer(serve)
    path = t.path('r.jsonl')
    t.brunt('bench', peer.url(), '-n', '1', '--bearer', 'hush-1', '--cookie=id=hush-2', '--result',
            path)
    t.brunt('bench', peer.url(), '-n', '1', '--basic', 'me:hush-3', '--result', path + '2')
    for name in (path, path + '2'):
        with open(name, encoding='utf-8') as file:
            lacks(file.read(), 'hush', name)
    contains(t.brunt('report', path, '--json').out, "--bearer '***' '--cookie=***'", 'the command line')


@brunt_test
def wrong_words_get_one_line(t):
    rows = [(['--basic', 'anna'], '--basic: accepted is USER:PASSWORD'),
            (['--cookie', 'x'], '--cookie: "x" is not NAME=VALUE'),
            (['--bearer', 'a', '--basic', 'b:c'], '--bearer and --basic do not go together'),
            (['--bearer', 'a', '-H', 'authorization: x'], 'a request has one authorization'),
            (['--bearer', ''], '--bearer is empty'),
            (['--resolve', 'b:127.0.0.1'], '--resolve: no URL has the host b'),
            (['--resolve', 'a:nowhere'], 'is not HOST:ADDR; accepted: shop.example:127.0.0.1'),
            (['--unix', 'x' * 200], '--unix: '), (['--cert', 'x'], '--cert is for https'),
            (['--tls-resume'], '--tls-resume is for https')]
    for args, want in rows:
        run = t.brunt('bench', 'http://a/', '-n', '1', *args)
        equal(run.code, 104, f'exit code of {args}')
        contains(run.err, want, str(args))


@brunt_test
def a_socket_and_an_address_replace_the_look_up(t):
    path = t.path('s.sock')
    t.start_brunt('standin', 'echo', '-l', f'unix:{path}', '--for', '20s')
    run = t.brunt('bench', 'http://shop.example/x', '--unix', path, '-n', '5', '--wait-ready')
    equal((run.code, run.summary['ok']), (0, 5), 'over the socket')
    peer = t.peer(serve)
    run = t.brunt('bench', f'http://shop.example:{peer.port}/x', '--resolve',
                  'shop.example:127.0.0.1', '-n', '5')
    equal((run.code, run.summary['ok']), (0, 5), 'at the address')
    equal(peer.requests[0].header('host'), f'shop.example:{peer.port}', 'Host')


def tls_echo(t, *args):
    port = free_port()
    cert = t.path('cert.pem')
    child = t.start_brunt('standin', 'echo', '-l', f'127.0.0.1:{port}', '--for', '30s', *args)
    child.wait_listening(port)
    return port, cert


@brunt_test
def a_self_made_certificate_is_trusted_by_who_has_it(t):
    port, cert = tls_echo(t, '--tls', '--write-cert', t.path('cert.pem'))
    url = f'https://localhost:{port}/'
    run = t.brunt('bench', url, '--cacert', cert, '-n', '20', '-c', '2')
    equal((run.code, run.summary['ok']), (0, 20), 'with --cacert')
    equal(run.summary['handshake']['count'], 2, 'handshakes')
    check(run.summary['handshake']['max'] <= run.summary['connect']['max'], 'part of connect')
    contains(run.out, 'handshake', 'the summary')
    equal(t.brunt('bench', url, '-n', '2').summary['ok'], 0, 'without')
    equal(t.brunt('bench', url, '-k', '-n', '2').summary['ok'], 2, 'with -k')
    run = t.brunt('bench', url, '-k', '-n', '2', '--expect', 'max(handshake)<60s')
    equal(run.code, 0, 'an expectation on handshakes')


@brunt_test
def sessions_are_resumed_when_asked(t):
    port, _ = tls_echo(t, '--tls')
    url = f'https://127.0.0.1:{port}/'
    args = ('-k', '-n', '20', '-c', '1', '--no-keepalive')
    equal(t.brunt('bench', url, *args).summary['tls_resumed'], 0, 'resumed without being asked')
    run = t.brunt('bench', url, '--tls-resume', *args)
    equal(run.code, 0, 'exit code')
    check(run.summary['tls_resumed'] >= 15, f'{run.summary["tls_resumed"]} of 20 resumed')


@brunt_test
def clients_show_their_certificates(t):
    key, cert = t.path('me.key'), t.path('me.pem')
    try:
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=me', '-days', '2',
                        '-keyout', key, '-out', cert], check=True, capture_output=True)
    except FileNotFoundError:
        skip('there is no openssl to make a certificate with')
    port, _ = tls_echo(t, '--tls', '--client-cacert', cert)
    url = f'https://127.0.0.1:{port}/'
    equal(t.brunt('bench', url, '-k', '-n', '2').summary['ok'], 0, 'without a certificate')
    run = t.brunt('bench', url, '-k', '-n', '2', '--cert', cert, '--key', key)
    equal((run.code, run.summary['ok']), (0, 2), 'with one')
    run = t.brunt('bench', url, '-k', '-n', '2', '--cert', cert, '--key', cert)
    contains(run.err, 'no PEM key that fits', 'a key that is none')
    port, _ = tls_echo(t, '--cert', cert, '--key', key)
    equal(t.brunt('bench', f'https://127.0.0.1:{port}/', '-k', '-n', '2').summary['ok'], 2,
          'a certificate from files')


@brunt_test
def the_stand_in_asks_for_a_token(t):
    _, port = t.standin('--bearer', 'sesame', '--for', '20s')
    url = f'http://127.0.0.1:{port}/'
    run = t.brunt('bench', url, '-n', '3', '-v')
    equal(run.footer['status'], {'401': 3}, 'without')
    contains(run.err.lower(), 'www-authenticate: bearer', 'the reply')
    equal(t.brunt('bench', url, '-n', '3', '--bearer', 'wrong').footer['status'], {'401': 3}, 'wrong')
    equal(t.brunt('bench', url, '-n', '3', '--bearer', 'sesame').footer['status'], {'200': 3}, 'right')


@brunt_test
def the_stand_in_limits_the_rate(t):
    _, port = t.standin('--rate-limit', '50/s', '--for', '20s')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '200/s', '-d', '2s', '-v')
    counts = run.footer['status']
    check(90 <= counts['200'] <= 125, f'about 100 let through: {counts}')
    equal(counts['200'] + counts['429'], 400, 'statuses')
    matches(run.err.lower(), r'retry-after: 1\b')


@brunt_test
def the_stand_in_ends_connections(t):
    _, port = t.standin('--connection-requests', '5', '--for', '20s')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '20', '-c', '1')
    equal((run.summary['ok'], run.summary['conns_opened']), (20, 4), 'requests and connections')
    _, port = t.standin('--connection-idle', '100ms', '--for', '20s')
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-r', '2/s', '-n', '4')
    equal((run.summary['ok'], run.summary['conns_opened']), (4, 4), 'requests and connections')


@brunt_test
def the_stand_in_reads_slowly(t):
    _, port = t.standin('--read-rate', '100KiB', '--for', '20s')
    body = t.write('body', b'x' * 102400)
    run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '1', '-b', '@' + body)
    equal(run.summary['ok'], 1, 'requests')
    check(run.summary['service']['min'] > 0.5e9, f'it took {run.summary["service"]["min"]} ns')


main()
