#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--identity count: where no identity survives, numbers are held against numbers, and the result says
what that cannot tell. Costs about 10 s."""
import http.client
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, contains, equal, main
from harness_peer import free_port


class Pipeline:
    """Answers each request by `answer(number, count)`, (status, body), and posts it on as often as
    `out(number)` says, as `write` writes its records. Number 0 is the first event's."""

    def __init__(self, t, out=lambda number: 1, answer=lambda number, count: (200, b''), write=json.dumps):
        self.port = free_port()
        self.lock = threading.Lock()
        self.requests = 0
        self.put_out = 0
        self._out, self._answer, self._write = out, answer, write
        self.peer = t.peer(self._serve)

    def _serve(self, conn):
        out = http.client.HTTPConnection('127.0.0.1', self.port)
        while True:
            request = conn.recv_request()
            with self.lock:
                number = self.requests
                self.requests += 1
            records = [json.loads(line) for line in request.body.splitlines()]
            for _ in range(1 if number == 0 else self._out(number)):
                out.request('POST', '/', self._write(records))
                out.getresponse().read()
                with self.lock:
                    self.put_out += len(records) if number > 0 else 0
            conn.reply(*self._answer(number, len(records)))

    def bench(self, t, *args, deliver='all', count=40):
        run = t.brunt('bench', self.peer.url('/'), '-b', '{"n":{{int 1 9}}}', '-c', 4, '-n', count, '-q', '--identity',
                      'count', '--sink', f'out=webhook:127.0.0.1:{self.port}', '--deliver', f'out={deliver}',
                      '--settle', '100ms', '--stall', '1500ms', *args)
        return run, run.footer['sinks']['out']


def numbers(sink):
    return {key: sink[key] for key in ('accepted', 'delivered', 'lost', 'copies', 'unsure_delivered', 'unsure_absent',
                                       'refused', 'in_flight', 'duplicated')}


def want(**given):
    return {**dict.fromkeys(('accepted', 'delivered', 'lost', 'copies', 'unsure_delivered', 'unsure_absent', 'refused',
                             'in_flight', 'duplicated'), 0), **given}


NOTE = 'events were counted, not told apart (--identity count): what came twice can hide what was lost'


@brunt_test
def as_many_came_as_were_accepted(t):
    for write in (json.dumps, lambda records: '\n'.join(json.dumps(r) for r in records) + '\n\n'):
        run, sink = Pipeline(t, write=write).bench(t, '--batch', '5', '--result', 'counted.jsonl')
        equal(numbers(sink), want(accepted=200, delivered=200), 'the numbers')
        equal(run.code, 0, 'exit code')
        contains(' '.join(run.out.split()), NOTE)
        report = t.brunt('report', 'counted.jsonl')
        contains(' '.join(report.out.split()), NOTE)
        contains(report.out, 'of the accepted, by number alone')


@brunt_test
def fewer_came(t):
    run, sink = Pipeline(t, out=lambda number: number % 10 != 0).bench(t)
    equal(numbers(sink), want(accepted=40, delivered=36, lost=4), 'the numbers')
    equal(run.code, 99, 'exit code')
    contains(' '.join(run.out.split()), 'out: 4 of 40 accepted events did not come')
    run, sink = Pipeline(t, out=lambda number: number % 10 != 0).bench(t, deliver='at-least=90%')
    equal((run.code, sink['lost']), (0, 4), 'exit code and losses with at-least=90%')


@brunt_test
def what_came_twice_hides_what_was_lost(t):
    run, sink = Pipeline(t, out=lambda number: {0: 0, 1: 3}.get(number % 10, 1)).bench(t)
    equal(numbers(sink), want(accepted=40, delivered=40, copies=4), 'the numbers')
    equal(run.code, 0, 'exit code')
    contains(' '.join(run.out.split()), NOTE)
    contains(' '.join(run.out.split()), '4 more came out of out than had been accepted')


@brunt_test
def refused_and_unsure_ones_count_as_such(t):
    def answer(number, _count):
        return {3: (400, b''), 5: (500, b'')}.get(number % 8, (200, b''))
    run, sink = Pipeline(t, out=lambda number: number % 8 != 3, answer=answer).bench(t)
    equal(numbers(sink), want(accepted=30, delivered=30, unsure_delivered=5, refused=5), 'the numbers')
    equal(run.code, 0, 'exit code')
    run, sink = Pipeline(t, out=lambda number: number % 8 not in (3, 5), answer=answer).bench(t)
    equal(numbers(sink), want(accepted=30, delivered=30, unsure_absent=5, refused=5), 'the numbers')


@brunt_test
def nothing_was_to_come(t):
    run, sink = Pipeline(t, out=lambda number: number == 7).bench(t, '--first-event', 'off', deliver='none')
    equal((sink['accepted'], sink['delivered'], sink['held_back'], sink['lost']), (40, 2, 38, 0), 'the numbers')
    equal(run.code, 99, 'exit code')


@brunt_test
def what_needs_an_identity_is_refused(t):
    base = ['bench', 'http://127.0.0.1:1/', '-b', '{"m":"x","e":"{{event}}"}', '--plan']
    sink = ['--identity', 'count', '--sink', 'a=webhook']
    for args, told in (
            ([*sink, '--deliver', 'a=exactly-once'], 'exactly-once needs to know which event is which, and --identity'),
            ([*sink, '--deliver', 'a=all,in-order'], 'a: in-order needs to know which event is which'),
            ([*sink, '--deliver', 'a=within=1s'], 'a: within needs to know'),
            ([*sink, '--deliver', 'a=intact=m'], 'a: intact needs to know'),
            ([*sink, '--warmup', '1s', '-r', '1/s'], "cannot tell the warm-up's events from the others"),
            ([*sink, '--wait-ready'], 'cannot tell the requests of --wait-ready'),
            (['--identity', 'count'], '--identity count needs a sink'),
            (['--identity', 'guess'], 'events are known by stamp or count, not by "guess"')):
        run = t.brunt(*base, *args)
        equal(run.code, 104, f'exit code of {args}')
        contains(run.err, told)


main()
