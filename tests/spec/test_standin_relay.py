#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conversations with `brunt standin relay`: what was accepted comes out, what was planted is what
went wrong, and what a crash takes is what was promised."""
import json
import os
import re
import signal
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main, matches
from harness_peer import Gone, free_port

STAMP = re.compile(rb'zx[0-9a-v]{24}')


def relay(t, *args, out=None, store=None):
    """A relay that listens; (child, port)."""
    where = ['--store', store] if store else ['--queue', 'memory']
    return t.standin('--out', out, *where, *args, name='relay')


class Sink:
    """A webhook receiver of a test's own: bodies whose reply was written, in order of arrival."""

    def __init__(self, t, script=None):
        self.lock = threading.Lock()
        self.bodies = []
        self.types = []
        self.times = []
        self.attempts = 0
        self._script = script or (lambda number: (200, ()))
        self.peer = t.peer(self._serve)
        self.out = f'webhook:{self.peer.url("/hook")}'

    def _serve(self, conn):
        while True:
            request = conn.recv_request()
            with self.lock:
                number = self.attempts
                self.attempts += 1
                self.times.append(time.monotonic())
            status, headers = self._script(number)
            if status is None:
                conn.reset()
                return
            conn.reply(status, b'', headers)
            if 200 <= status < 300:
                with self.lock:
                    self.bodies.append(request.body)
                    self.types.append(request.header('content-type'))

    def stamps(self):
        with self.lock:
            return [stamp.decode() for body in self.bodies for stamp in STAMP.findall(body)]


def stamps(t, count, template='{"_msg":"paid in full {{event}} today","level":"info"}', seed=1):
    """Records with stamps in them, as brunt gen writes them."""
    run = t.brunt('gen', template, '-n', count, '--seed', seed)
    equal(run.code, 0, 'exit code of gen')
    return run.out.encode().splitlines()


def names(records):
    return [STAMP.search(record).group().decode() for record in records]


def queue(t, port):
    return json.loads(t.client(port).get('/queue').body)


def wait_empty(t, child, port, timeout=30):
    child.wait_until(lambda: queue(t, port)['depth'] == 0, 'the queue is empty', timeout)


def stop(child, number=signal.SIGTERM):
    child.stop(number)
    equal(child.code, 0, f'exit code; {child.err}')
    return child.out


def planted(path):
    """(fault, event) with their states in order, of a --faults file."""
    acts = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            note = json.loads(line)
            acts.setdefault((note['fault'], note.get('event', note['number'])), []).append(note)
    return acts


def done(path, fault):
    """The events that it befell."""
    return sorted(event for (name, event), notes in planted(path).items()
                  if name == fault and notes[-1]['state'] == 'done')


@brunt_test
def bodies_of_all_kinds_are_events(t):
    sink = Sink(t)
    child, port = relay(t, out=sink.out)
    client = t.client(port)
    rows = [(b'{"a":1}', 1), (b'[{"b":1},{"b":2},"s",3]', 4), (b'{"c":1}\n{"c":2}\n', 2), (b'one\r\n\r\ntwo', 2),
            (b'', 0), (b'  \n', 0), (b'{"d":\n1}', 1), (b'[1,', 1)]
    for body, count in rows:
        reply = client.get('/any/path', method='POST', body=body)
        equal(reply.status, 200, f'status of {body!r}')
        equal(json.loads(reply.body), {'accepted': count}, f'reply to {body!r}')
    wait_empty(t, child, port)
    equal(sink.bodies, [b'{"a":1}', b'{"b":1}', b'{"b":2}', b'"s"', b'3', b'{"c":1}', b'{"c":2}', b'one', b'two',
                        b'{"d":\n1}', b'[1,'], 'what came out')
    equal([kind.split(';')[0] for kind in sink.types],
          ['application/json'] * 7 + ['text/plain'] * 2 + ['application/json', 'text/plain'], 'types')
    equal(sink.peer.requests[0].target, '/hook', 'target')
    contains(stop(child), 'took in 11 events in 6 requests, put out 11 in 11 messages\n')


@brunt_test
def messages_may_hold_several_events(t):
    sink = Sink(t)
    child, port = relay(t, '--out-batch', '3', '--flush', '100ms', out=sink.out)
    client = t.client(port)
    client.get('/', method='POST', body=b'[{"n":0},{"n":1},{"n":2},{"n":3}]')
    wait_empty(t, child, port)
    equal(sink.bodies, [b'[{"n":0},{"n":1},{"n":2}]', b'{"n":3}'], 'JSON')
    client.get('/', method='POST', body=b'x\n{"n":1}\n')
    wait_empty(t, child, port)
    equal(sink.bodies[2:], [b'x\n{"n":1}\n'], 'lines')
    stop(child)


@brunt_test
def lines_go_out_by_tcp_and_into_files(t):
    got = []

    def handler(conn):
        while True:
            got.append(conn.recv_until(b'\n'))
    peer = t.peer(handler)
    for out in (f'tcp:127.0.0.1:{peer.port}', f'file:{t.path("out")}'):
        child, port = relay(t, out=out)
        t.client(port).get('/', method='POST', body=b'[{"a":\n1},2]')
        t.client(port).get('/', method='POST', body=b'one\ntwo\n')
        wait_empty(t, child, port)
        child.wait_until(lambda: len(got) == 4, 'all came')
        stop(child)
    want = [b'{"a": 1}\n', b'2\n', b'one\n', b'two\n']
    equal(got, want, 'by tcp')
    with open(t.path('out'), 'rb') as file:
        equal(file.readlines(), want, 'in the file')


@brunt_test
def the_planted_list_is_what_came_out(t):
    sink = Sink(t)
    for store in (None, t.path('queue.db')):
        list_path = t.path(f'faults-{bool(store)}')
        child, port = relay(t, '--lose', '3%', '--dup', '4%', '--reorder', '5%', '--damage', '3%', '--delay-one',
                            '2%:300ms', '--refuse', '2%:422', '--seed', 7, '--faults', list_path, '--drain',
                            out=sink.out, store=store)
        records = stamps(t, 1000)
        client = t.client(port)
        refused = []
        for record in records:
            reply = client.get('/', method='POST', body=record)
            if reply.status == 422:
                refused += names([record])
        wait_empty(t, child, port)
        out = stop(child)
        seen = sink.stamps()
        count = Counter(seen)
        everything = names(records)
        equal(done(list_path, 'refuse'), sorted(refused), 'refused')
        gone = sorted(name for name in everything if count[name] == 0)
        equal(gone, sorted(done(list_path, 'lose') + refused), 'what never came')
        equal(sorted(name for name in everything if count[name] == 2), done(list_path, 'dup'), 'what came twice')
        check(max(count.values()) == 2, 'something came more often')
        bodies = set(records)
        damaged = sorted(names([body])[0] for body in sink.bodies if body not in bodies)
        equal(damaged, done(list_path, 'damage'), 'what was damaged')
        for body in sink.bodies:
            json.loads(body)
        place = {name: index for index, name in enumerate(everything)}
        highest, late = -1, set()
        for name in seen:
            if place[name] < highest and count[name] == 1:
                late.add(name)
            highest = max(highest, place[name])
        equal(sorted(late), sorted(done(list_path, 'reorder') + done(list_path, 'delay')), 'what was overtaken')
        for (fault, event), notes in planted(list_path).items():
            equal(notes[0]['state'], 'intent', f'first word of {fault} {event}')
            equal(len(notes), 2, f'words of {fault} {event}')
        for fault, label in (('lose', 'lost'), ('dup', 'put out twice'), ('damage', 'damaged'),
                             ('refuse', 'refused'), ('delay', 'delayed')):
            contains(out, f'planted: {label}: {len(done(list_path, fault))}\n', 'the summary')
            check(done(list_path, fault), f'no {fault} at all')
        sink.bodies.clear()


@brunt_test
def the_same_seed_plants_the_same(t):
    sink = Sink(t)
    records = stamps(t, 300)
    runs = []
    for number in range(2):
        list_path = t.path(f'faults{number}')
        child, port = relay(t, '--lose', '5%', '--dup', '5%', '--seed', 5, '--faults', list_path, out=sink.out)
        body = b'\n'.join(records if number == 0 else reversed(records))
        t.client(port).get('/', method='POST', body=body)
        wait_empty(t, child, port)
        stop(child)
        runs.append([done(list_path, fault) for fault in ('lose', 'dup')])
    equal(runs[0], runs[1], 'what was planted')
    check(all(runs[0]), 'nothing was')


@brunt_test
def damage_goes_where_it_is_told(t):
    sink = Sink(t)
    list_path = t.path('faults')
    rows = [(['--damage', '100%:host'], b'{"msg":"%s","host":"web"}', 'host'),
            (['--damage', '100%'], b'{"host":"web","msg":"at %s end"}', 'msg')]
    for args, template, field in rows:
        child, port = relay(t, *args, out=sink.out)
        stamp = names(stamps(t, 1))[0]
        sent = template % stamp.encode()
        t.client(port).get('/', method='POST', body=sent)
        wait_empty(t, child, port)
        stop(child)
        was, now = json.loads(sent), json.loads(sink.bodies[-1])
        equal([key for key in was if was[key] != now[key]], [field], 'damaged fields')
        equal(sink.stamps()[-1], stamp, 'the stamp')
    child, port = relay(t, '--damage', '100%', '--faults', list_path, out=sink.out)
    t.client(port).get('/', method='POST', body=stamp.encode())
    wait_empty(t, child, port)
    stop(child)
    check(sink.bodies[-1] != stamp.encode(), 'nothing was damaged')
    equal(planted(list_path)[('damage', stamp)][0]['in_stamp'], True, 'in_stamp')


@brunt_test
def uuids_name_events_too(t):
    sink = Sink(t)
    list_path = t.path('faults')
    records = stamps(t, 20, '{"id":"{{event uuid}}","other":"0a0a0a0a-1111-4222-8333-444455556666"}')
    child, port = relay(t, '--lose', '100%', '--faults', list_path, out=sink.out)
    t.client(port).get('/', method='POST', body=b'\n'.join(records))
    wait_empty(t, child, port)
    stop(child)
    equal(done(list_path, 'lose'), sorted(json.loads(record)['id'] for record in records), 'lost')


@brunt_test
def what_fails_is_tried_again(t):
    replies = [(503, ()), (429, [('Retry-After', '1')]), (None, ()), (200, ()), (400, ()), (200, ())]
    sink = Sink(t, lambda number: replies[number] if number < len(replies) else (500, ()))
    list_path = t.path('faults')
    child, port = relay(t, '--retries', '3', '--backoff', '50ms', '--faults', list_path, out=sink.out)
    t.client(port).get('/', method='POST', body=b'a\nb\nc\nd\n')
    wait_empty(t, child, port)
    equal(sink.bodies, [b'a', b'c'], 'what came out')
    equal(sink.attempts, 4 + 1 + 1 + 4, 'attempts')
    check(sink.times[1] - sink.times[0] >= 0.05, 'no back-off')
    check(sink.times[2] - sink.times[1] >= 1, 'Retry-After was not obeyed')
    check(sink.times[9] - sink.times[6] >= 0.35, 'the back-off does not double')
    equal([(note[0]['number'], note[0]['status']) for note in planted(list_path).values()], [(1, 400), (3, 500)],
          'given up')
    metrics = t.client(port).get('/metrics').body.decode()
    for line in ('relay_retries_total 6', 'relay_faults_total{fault="gave-up"} 2', 'relay_events_out_total 2'):
        contains(metrics, f'{line}\n', 'metrics')
    contains(stop(child), 'given up, not put out: 2\n')


@brunt_test
def a_receiver_may_come_later(t):
    port = free_port()
    child, entry = relay(t, '--backoff', '20ms', '--retries', '100', out=f'webhook:http://127.0.0.1:{port}/')
    t.client(entry).get('/', method='POST', body=b'a')
    child.wait_until(lambda: b'relay_retries_total 0\n' not in t.client(entry).get('/metrics').body, 'it was tried')
    other, _ = t.start_brunt('standin', 'echo', '--listen', f'127.0.0.1:{port}'), None
    other.wait_listening(port)
    wait_empty(t, child, entry)
    contains(stop(child), 'put out 1 in 1 messages')


@brunt_test
def a_store_survives_a_kill(t):
    gate = threading.Event()
    sink = Sink(t, lambda number: (200, ()) if gate.is_set() or number < 5 else (503, ()))
    store, log = t.path('queue.db'), t.path('log')
    records = stamps(t, 200)
    child, port = relay(t, '--batch', '10', '--log', log, out=sink.out, store=store)
    client = t.client(port)
    for record in records:
        equal(client.get('/', method='POST', body=record).status, 200, 'status')
    child.send_signal(signal.SIGKILL)
    child.wait()
    gate.set()
    child, port = relay(t, '--batch', '10', '--log', log, out=sink.out, store=store)
    kept = int(matches(child.out, r'^found (\d+) events in the store$').group(1))
    check(195 <= kept <= 200, f'{kept} events were kept')
    wait_empty(t, child, port)
    contains(stop(child), f'found in the store: {kept}\n')
    count = Counter(sink.stamps())
    equal(sorted(count), sorted(names(records)), 'what came out')
    check(sum(count.values()) - len(count) <= 10, 'more than a batch came twice')
    child, port = relay(t, out=sink.out, store=store)
    equal(queue(t, port)['depth'], 0, 'what is left')
    stop(child)


@brunt_test
def a_kill_takes_what_memory_held(t):
    gate = threading.Event()

    def script(number):
        if number >= 20:
            gate.wait(20)
            raise Gone('the test is over')
        return 200, ()
    sink = Sink(t, script)
    log = t.path('log')
    records = stamps(t, 100)
    child, port = relay(t, '--log', log, out=sink.out)
    client = t.client(port)
    for record in records:
        client.get('/', method='POST', body=record)
    child.wait_until(lambda: sink.attempts > 20, 'it is stuck')
    child.send_signal(signal.SIGKILL)
    child.wait()
    gate.set()
    with open(log, encoding='ascii') as file:
        rows = [line.split() for line in file]
    came = [name for what, _, name in rows if what == 'in']
    went = [name for what, _, name in rows if what == 'out']
    equal(came, names(records), 'what came in')
    equal(went, sink.stamps(), 'what went out')
    equal(len(went), 20, 'what went out')


@brunt_test
def the_log_tells_the_delay(t):
    sink = Sink(t)
    log = t.path('log')
    child, port = relay(t, '--delay', 'uniform:20ms,60ms', '--log', log, out=sink.out)
    t.client(port).get('/', method='POST', body=b'\n'.join(stamps(t, 50)))
    wait_empty(t, child, port)
    stop(child)
    came, went = {}, {}
    with open(log, encoding='ascii') as file:
        for what, ns, name in map(str.split, file):
            (came if what == 'in' else went)[name] = int(ns)
    equal(sorted(went), sorted(came), 'events')
    check(all(went[name] - came[name] >= 20_000_000 for name in came), 'a delay is too short')


@brunt_test
def it_drains_when_told(t):
    sink = Sink(t)
    for args, want in ((['--drain'], 20), ([], 0)):
        child, port = relay(t, '--delay', '500ms', *args, out=sink.out)
        client = t.client(port)
        client.get('/', method='POST', body=b'x\n' * 20)
        child.send_signal(signal.SIGTERM)
        if args:
            child.wait_until(lambda: queue(t, port)['draining'], 'it drains')
            equal(client.get('/', method='POST', body=b'y').status, 503, 'status while it drains')
        child.wait()
        equal(child.code, 0, 'exit code')
        equal(len(sink.bodies), want, f'what came out with {args}')
        if not args:
            contains(child.out, 'still in the queue: 20 (lost)\n')
        sink.bodies.clear()


@brunt_test
def a_full_queue_says_so(t):
    child, port = relay(t, '--queue-max', '3', '--delay', '10s', out='webhook:http://127.0.0.1:1/')
    client = t.client(port)
    equal(client.get('/', method='POST', body=b'a\nb').status, 200, 'status')
    reply = client.get('/', method='POST', body=b'c\nd')
    equal((reply.status, reply.header('retry-after')), (503, '1'), 'the reply')
    equal(client.get('/', method='POST', body=b'e').status, 200, 'status')
    equal(queue(t, port), {'depth': 3, 'depth_max': 3, 'ready': 0, 'delayed': 3, 'held': 0, 'working': 0,
                           'draining': False}, '/queue')
    equal(client.get('/health').body, b'ok\n', '/health')
    contains(stop(child), 'turned away: 2\n')


@brunt_test
def nobody_overtakes_the_last_one(t):
    sink = Sink(t)
    list_path = t.path('faults')
    child, port = relay(t, '--reorder', '100%', '--drain', '--faults', list_path, out=sink.out)
    t.client(port).get('/', method='POST', body=b'\n'.join(stamps(t, 3)))
    child.wait_until(lambda: queue(t, port)['held'] == 3, 'they are held')
    stop(child)
    equal(len(sink.bodies), 3, 'what came out')
    equal([note[-1]['state'] for note in planted(list_path).values()], ['void'] * 3, 'what became of it')


@brunt_test
def what_it_cannot_do_it_says(t):
    t.write('no.db', 'this is no database, it is a text that is long enough to be looked at')
    out = ['--out', 'file:x', '--queue', 'memory']
    rows = [([], 104, '--out is missing'),
            (['--out', 'mail:x'], 104, '--out: "mail:x" is no way out; accepted: webhook:'),
            (['--out', 'file:x'], 104, '--store FILE or --queue memory'),
            ([*out, '--store', 'y'], 104, '--store FILE or --queue memory'),
            ([*out, '--size', '5'], 104, '--size is not for relay'),
            ([*out, '--lose', '60%', '--dup', '60%'], 104, 'may add up to 100%'),
            ([*out, '--delay-one', '1%'], 104, '--delay-one: "1%" names no time; accepted: 1/1000:10s'),
            ([*out, '--refuse', '1%'], 104, '--refuse: "1%" names no status'),
            ([*out, '--workers', '0'], 104, '--workers: 1 to 1024 are accepted'),
            (['--out', 'webhook:https://127.0.0.1/', '--queue', 'memory'], 104, 'is not plain HTTP to an address'),
            (['--out', 'file:x', '--store', t.path('no.db')], 255, 'no.db as a queue: '),
            (['--out', 'file:x', '--store', t.path('no/such/x.db')], 255, 'x.db as a queue: ')]
    for args, code, text in rows:
        run = t.brunt('standin', 'relay', '--in', '127.0.0.1:0', *args)
        equal(run.code, code, f'exit code of {args}')
        contains(run.err, text, f'what {args} says')
        equal(len(run.err.splitlines()), 1, 'lines')
    run = t.brunt('standin', 'echo', '--lose', '1%')
    contains(run.err, '--lose is not for echo')


main()
