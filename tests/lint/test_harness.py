#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The frame itself: it can fail, it says why, and it leaves nobody behind."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, lacks, main, matches  # noqa: E402

PROLOGUE = f'''\
import sys, time
sys.path.insert(0, {os.path.join(ROOT, 'tests')!r})
from harness import *

'''


def play(t, text, env=None):
    return t.run(sys.executable, t.write('played.py', PROLOGUE + text + '\nmain()\n'), env=env)


@brunt_test
def a_failed_check_is_told_with_its_place(t):
    run = play(t, '@brunt_test\ndef one(t):\n    equal(1, 2, "x")\n\n@brunt_test\ndef two(t):\n    pass\n')
    equal(run.code, 1, 'exit code')
    contains(run.out, 'not ok 1 - one')
    contains(run.out, 'played.py:7: x is 1, not 2')
    contains(run.out, 'ok 2 - two')
    contains(run.out, '1..2')


@brunt_test
def any_exception_is_a_failure(t):
    run = play(t, '@brunt_test\ndef one(t):\n    {}["x"]\n')
    equal(run.code, 1, 'exit code')
    contains(run.out, "KeyError: 'x'")


@brunt_test
def a_test_has_its_time(t):
    run = play(t, '@brunt_test(seconds=1)\ndef one(t):\n    time.sleep(30)\n')
    equal(run.code, 1, 'exit code')
    contains(run.out, 'not done after 1 s')


@brunt_test
def nothing_to_run_is_a_failure(t):
    equal(play(t, '').code, 1, 'exit code')


@brunt_test
def skipped_is_not_passed(t):
    run = play(t, '@brunt_test\ndef one(t):\n    skip("no moon")\n\n'
               '@brunt_test(sanitized=False)\ndef two(t):\n    fail("ran")\n\n'
               '@brunt_test(full=True)\ndef three(t):\n    fail("ran")\n', env={'BRUNT_SANITIZED': '1'})
    equal(run.code, 0, 'exit code')
    equal(run.out.count('# SKIP'), 3, 'skips')
    contains(run.out, '# SKIP no moon')


@brunt_test
def what_a_busy_machine_spoils_is_done_again(t):
    run = play(t, 'tries = []\n\n@brunt_test(attempts=3)\ndef one(t):\n    tries.append(t.dir)\n'
               '    check(len(tries) > 2, f"try {len(tries)}")\n\n'
               '@brunt_test(attempts=2)\ndef two(t):\n    fail("always")\n')
    equal(run.code, 1, 'exit code')
    contains(run.out, '# one once more: played.py:10: try 1\n')
    contains(run.out, '\nok 1 - one')
    equal(run.out.count('always'), 2, 'tries of a test that fails')
    contains(run.out, '\nnot ok 2 - two')


@brunt_test
def children_end_with_their_test(t):
    run = play(t, '@brunt_test\ndef one(t):\n    c = t.start("sh", "-c", "sleep 600 & echo $! >&2; wait")\n'
               '    print("#", c.wait_said(r"(\\d+)").group(1), c.pid)\n    fail("on purpose")\n')
    pids = matches(run.out, r'^# (\d+) (\d+)$').groups()
    until = time.monotonic() + 5
    # The grandchild is init's to reap: give it a moment, and count a zombie as gone.
    while any(is_alive(int(pid)) for pid in pids):
        check(time.monotonic() < until, f'{pids} live on')
        time.sleep(0.05)


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@brunt_test
def a_child_stopped_by_a_bug_fails_its_test(t):
    for line in ('brunt: bug: x does not hold (y.c:1)', '==1==ERROR: AddressSanitizer: heap-use-after-free',
                 'x.c:3:4: runtime error: signed integer overflow'):
        run = play(t, f'@brunt_test\ndef one(t):\n    t.run("sh", "-c", "echo \'{line}\' >&2")\n')
        equal(run.code, 1, f'exit code after {line!r}')
        contains(run.out, line)


@brunt_test
def a_peer_says_what_it_is_told(t):
    def handler(conn):
        request = conn.recv_request()
        conn.reply(201, request.body[::-1], [('X-Was', request.target)])
        conn.recv_request()
        conn.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n')

    peer = t.peer(handler)
    client = t.client(peer.port)
    first = client.get('/a?b', method='POST', body=b'xyz')
    equal((first.status, first.body, first.header('x-was')), (201, b'zyx', '/a?b'), 'the first reply')
    equal(client.get().body, b'abc', 'the chunked body')
    equal([request.target for request in peer.requests], ['/a?b', '/'], 'targets')
    equal(client.recv_all(), b'', 'the rest')
    equal(peer.connections, 1, 'connections')


@brunt_test
def a_peer_can_reset(t):
    peer = t.peer(lambda conn: (conn.recv_request(), conn.reset()))
    sock = socket.create_connection(('127.0.0.1', peer.port))
    sock.sendall(b'GET / HTTP/1.1\r\n\r\n')
    try:
        equal(sock.recv(1), b'impossible', 'what came')
    except ConnectionResetError:
        pass
    finally:
        sock.close()


@brunt_test
def a_peer_that_fails_fails_its_test(t):
    run = play(t, '@brunt_test\ndef one(t):\n    def handler(conn):\n        conn.recv_request()\n        1 / 0\n'
               '    c = t.client(t.peer(handler).port)\n    c.send(b"GET / HTTP/1.1\\r\\n\\r\\n")\n'
               '    c.recv_all()\n')
    equal(run.code, 1, 'exit code')
    contains(run.out, 'ZeroDivisionError')


@brunt_test
def a_result_is_read_whole_lines_only(t):
    program = t.write('brunt', '#!/bin/sh\nprintf "%s\\n" \'{"a": 1}\' \'{"summary": {"done": 7}}\' > "$3"\n'
                      'printf "{\\"cut" >> "$3"\n')
    os.chmod(program, 0o755)
    run = play(t, '@brunt_test\ndef one(t):\n    equal(t.brunt("bench").summary["done"], 7, "done")\n',
               env={'BRUNT': program})
    equal(run.code, 0, f'exit code\n{run.out}')
    lacks(run.out, 'not ok')


main()
