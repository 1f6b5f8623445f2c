#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a reply says of the events of its request: by status, by item, by id and by count. A scripted
pipeline accepts some records, tells which, and puts out those and no others; brunt's account is the
pipeline's own, event by event. Costs about 5 s."""
import http.client
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, lacks, main
from harness_peer import free_port

STAMP = re.compile(rb'zx[0-9a-v]{24}')
RECORD = '{"m":"{{event}}","host":"{{pick a b c as host}}"}'


class Pipeline:
    """Takes records, keeps those that `keeps` says, answers what `answer` says of (number of the
    request, kept or not by record), and posts what it kept to the sink."""

    def __init__(self, t, keeps, answer):
        self.sink_port = free_port()
        self.lock = threading.Lock()
        self.kept, self.turned_away, self.bodies = [], [], []
        self._keeps, self._answer = keeps, answer
        self._requests = 0
        self.peer = t.peer(self._serve)

    def _serve(self, conn):
        out = http.client.HTTPConnection('127.0.0.1', self.sink_port)
        while True:
            request = conn.recv_request()
            names = STAMP.findall(request.body)
            with self.lock:
                number = self._requests
                self._requests += 1
                self.bodies.append(request.body)
                verdicts = [number == 0 or self._keeps(number, i) for i in range(len(names))]
                self.kept += [name for name, kept in zip(names, verdicts) if kept and number > 0]
                self.turned_away += [name for name, kept in zip(names, verdicts) if not kept]
            for name in (name for name, kept in zip(names, verdicts) if kept):
                out.request('POST', '/', name)
                out.getresponse().read()
            status, body = self._answer(number, [name.decode() for name in names], verdicts)
            conn.reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())

    def bench(self, t, *args, body=RECORD, deliver='exactly-once'):
        run = t.brunt('bench', self.peer.url('/bulk'), '-b', body, '-n', 40, '-c', 4, '-q',
                      '--sink', f'out=webhook:127.0.0.1:{self.sink_port}', '--deliver', f'out={deliver}',
                      '--settle', '100ms', '--stall', '300ms', *args)
        check(run.code in (0, 90, 99), f'exit code {run.code}\n{run.out}{run.err}')
        return run


def account(run):
    sink = run.footer['sinks']['out']
    return {key: sink[key] for key in ('registered', 'accepted', 'refused', 'unsure', 'delivered', 'unsure_delivered',
                                       'unsure_absent', 'leaked', 'lost', 'duplicated')}


def exact(pipeline, run, count):
    """Accepted, refused and delivered are what the pipeline did; nothing else happened."""
    equal(account(run), {'registered': count, 'accepted': len(pipeline.kept), 'refused': len(pipeline.turned_away),
                         'unsure': 0, 'delivered': len(pipeline.kept), 'unsure_delivered': 0, 'unsure_absent': 0,
                         'leaked': 0, 'lost': 0, 'duplicated': 0}, 'the account')
    check(pipeline.turned_away, 'nothing was refused')
    equal(run.code, 0, 'exit code')


def some(number, i):
    return (number * 7 + i * i) % 5 != 2


@brunt_test
def items_speak_for_events_by_position(t):
    def answer(_number, _names, verdicts):
        return 200, {'took': 3, 'errors': not all(verdicts),
                     'items': [{'create': {'status': 201 if kept else 429}} for kept in verdicts]}
    pipeline = Pipeline(t, some, answer)
    run = pipeline.bench(t, '--batch', 20, '--accepted', 'items:items[*].*.status=200-299',
                         body='{"create":{}}\n' + RECORD)
    exact(pipeline, run, 800)
    check(pipeline.bodies[0].endswith(b'}\n'), 'the first event is written like the others')


@brunt_test
def items_speak_for_events_of_keyed_streams(t):
    def answer(_number, _names, verdicts):
        return 207, [{'ok': kept} for kept in verdicts]
    pipeline = Pipeline(t, some, answer)
    run = pipeline.bench(t, '--batch', 20, '--join', 'array', '--stream-key', 'host', '--accepted', 'items:[*].ok=true',
                         deliver='exactly-once,in-order')
    exact(pipeline, run, 800)
    equal(len(json.loads(pipeline.bodies[0])), 1, 'records of the array with the first event')


@brunt_test
def ids_name_events_by_their_stamps(t):
    def told(kept):
        return lambda _number, names, verdicts: (202, {'list': [{'id': f'doc-{name}'} for name, verdict
                                                                in zip(names, verdicts) if verdict == kept]})
    for kept, option, key in ((True, '--accepted', ()), (False, '--rejected', ('--stream-key', 'host'))):
        pipeline = Pipeline(t, some, told(kept))
        exact(pipeline, pipeline.bench(t, '--batch', 10, option, 'ids:list[*].id', *key), 400)


@brunt_test
def a_count_tells_all_or_none_and_else_nobody_knows(t):
    def keeps(number, i):
        return number % 3 == 1 or (number % 3 == 2 and i % 2 == 0)  # all, half, none
    pipeline = Pipeline(t, keeps, lambda _number, _names, verdicts: (200, {'ingested': sum(verdicts)}))
    sink = account(pipeline.bench(t, '--batch', 10, '--accepted', 'count:ingested'))
    equal(sink, {'registered': 400, 'accepted': 140, 'refused': 130, 'unsure': 130, 'delivered': 140,
                 'unsure_delivered': 65, 'unsure_absent': 65, 'leaked': 0, 'lost': 0, 'duplicated': 0}, 'the account')


@brunt_test
def statuses_accept_and_refuse_as_told(t):
    statuses = [200, 409, 202, 500, 429]
    pipeline = Pipeline(t, lambda number, _i: statuses[number % 5] in (200, 409),
                        lambda number, _names, _verdicts: (statuses[number % 5], b''))
    run = pipeline.bench(t, '--accept-on', '409', '--refuse-on', '202,5xx')
    exact(pipeline, run, 40)
    equal((run.summary['ok'], run.summary['failed']), (16, 24), 'requests that went well, and that failed')
    run = Pipeline(t, lambda number, _i: statuses[number % 5] in (200, 202),
                   lambda number, _names, _verdicts: (statuses[number % 5], b'')).bench(t)
    equal([account(run)[key] for key in ('accepted', 'refused', 'unsure')], [16, 16, 8], 'by themselves')
    equal(run.summary['failed'], 24, 'failed requests')


@brunt_test
def replies_that_do_not_say_leave_events_unsure(t):
    for body in (b'', b'{"items":[]}', b'not json', b'{"items":[{"index":{}}]}'):
        pipeline = Pipeline(t, lambda _number, _i: True, lambda _number, _names, _verdicts, body=body: (200, body))
        run = pipeline.bench(t, '--batch', 5, '--accepted', 'items:items[*].*.status=2xx', deliver='all')
        equal([account(run)[key] for key in ('accepted', 'refused', 'unsure', 'unsure_delivered')], [0, 0, 200, 200],
              f'the account of {body!r}')
        contains(' '.join(run.out.split()),
                 '40 replies do not tell which events they accept (the first: 200, nothing fit at items[*].*.status)')


@brunt_test
def a_first_event_that_the_reply_refuses_stops_the_run(t):
    peer = t.peer(lambda conn: [conn.reply(200, b'{"accepted":0}') for _ in iter(conn.recv_request, None)])
    run = t.brunt('bench', peer.url('/'), '-b', RECORD, '-q', '--sink', 'out=webhook', '--accepted', 'count:accepted')
    contains(run.err, 'the first event was refused, as its reply says; nothing else was sent')
    equal(len(peer.requests), 1, 'requests')
    lacks(run.out, 'latency')


@brunt_test
def what_cannot_be_meant_is_refused(t):
    for args, told in ((['--accept-on', '2o0'], '--accept-on: "2o0" names no statuses; they are written 200-299'),
                       (['--accept-on', '409', '--refuse-on', '400-410'],
                        '--refuse-on: status 409 can not accept and refuse'),
                       (['--accepted', 'items[*].status'], '--accepted: "items[*].status" does not say what it finds'),
                       (['--rejected', 'items:a.b=1'], '--rejected: the path "a.b" has no [*]'),
                       (['-b', 'x', '--rejected', 'count:n'], 'put {{event}} into the body')):
        run = t.brunt('bench', 'http://127.0.0.1:1/', '-b', RECORD, '--plan', *args)
        equal(run.code, 104, f'exit code of {args}')
        contains(run.err, told)


main()
