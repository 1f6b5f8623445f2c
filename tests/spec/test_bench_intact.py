#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""intact=FIELD: damage that was planted is what brunt calls damaged, event by event; what a pipeline
may do to JSON without changing what it says is no damage. Costs about 5 s."""
import gzip
import http.client
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main
from harness_peer import free_port

STAMP = re.compile(r'zx[0-9a-v]{24}')
RECORD = '{"id":"{{event}}","m":"caf\\u00e9 {{word}} {{int 1 1000}}","n":{{seq}}}'


def bench(t, url, sink_port, *args, body=RECORD, deliver='exactly-once,intact=m', count=300):
    run = t.brunt('bench', url, '-b', body, '-c', '4', '-n', count, '-q', '--sink',
                  f'out=webhook:127.0.0.1:{sink_port}', '--deliver', f'out={deliver}', '--settle', '100ms',
                  '--stall', '300ms', '--seed', '5', *args)
    check(run.code in (0, 99), f'exit code {run.code}\n{run.out}{run.err}')
    return run, run.footer['sinks']['out']


def through_relay(t, fault, *args, **options):
    """A run through the relay with that fault: the run, the sink's numbers, what was planted."""
    port, sink_port = free_port(), free_port()
    faults = t.path(f'faults-{port}.jsonl')
    relay = t.start_brunt('standin', 'relay', '--in', f'127.0.0.1:{port}', '--queue', 'memory', '--out',
                          f'webhook:http://127.0.0.1:{sink_port}/', '--seed', '3', '--faults', faults, *fault)
    relay.wait_said(r'^listening on ')
    run, sink = bench(t, f'http://127.0.0.1:{port}/', sink_port, '--first-event', 'off', *args, **options)
    with open(faults, encoding='utf-8') as file:
        rows = [json.loads(line) for line in file]
    return run, sink, sorted(row['event'] for row in rows if row['state'] == 'done')


@brunt_test
def damage_of_the_field_is_told_event_by_event(t):
    for args in ((), ('--batch', '10', '--join', 'array')):
        run, sink, planted = through_relay(t, ['--damage', '1/20:m'], *args)
        check(len(planted) > 5, f'too little was planted: {planted}')
        equal((sink['damaged'], sink['delivered'], sink['lost']), (len(planted), sink['accepted'], 0), 'what came')
        told = sink['phases'][-1]['anomalies']['damaged']
        equal(sorted(row['event'] for row in told['first']), planted[:100] if len(planted) > 100 else planted,
              'damaged events')
        equal(run.code, 99, 'exit code')
        contains(' '.join(run.out.split()), f'{len(planted)} events did not come as they were sent')


@brunt_test
def damage_of_the_stamp_is_a_loss_and_an_unreadable_stamp(t):
    _run, sink, planted = through_relay(t, ['--damage', '1/20'], body='{"id":"{{event}}","n":{{seq}}}',
                                        deliver='exactly-once,intact=id')
    check(len(planted) > 5, f'too little was planted: {planted}')
    equal((sink['lost'], sink['unreadable'] + sink['stampless'], sink['damaged']), (len(planted), len(planted), 0),
          'lost, unreadable or without a stamp, damaged')
    equal(sorted(row['event'] for row in sink['phases'][-1]['anomalies']['lost']['first']), planted, 'lost events')


@brunt_test
def damage_elsewhere_is_not_asked_about(t):
    run, sink, planted = through_relay(t, ['--damage', '1/20:x'], body='{"id":"{{event}}","m":"kept","x":"harmed"}')
    check(len(planted) > 5, f'too little was planted: {planted}')
    equal((sink['delivered'], sink['damaged'], run.code), (300, 0, 0), 'delivered, damaged, exit code')


class Rewriter:
    """A pipeline that writes the records anew, its own way, and posts them by `post`; every tenth
    record is damaged."""

    def __init__(self, t, parse, envelope, headers=(), coding=None):
        self.port = free_port()
        self.damaged = []
        self._parse, self._envelope, self._headers, self._coding = parse, envelope, dict(headers), coding
        self._count = 0
        self.peer = t.peer(self._serve)

    def _serve(self, conn):
        out = http.client.HTTPConnection('127.0.0.1', self.port)
        while True:
            request = conn.recv_request()
            records = self._parse(request.body.decode())
            for record in records:
                self._count += 1
                if self._count % 10 == 0:
                    record['m'] += '!'
                    self.damaged.append(record['id'])
            body = self._envelope(records).encode()
            if self._coding == 'gzip':
                body = gzip.compress(body)
            chunked = self._headers.get('Transfer-Encoding') == 'chunked'
            out.request('POST', '/', [body[i:i + 7] for i in range(0, len(body), 7)] if chunked else body,
                        self._headers, encode_chunked=chunked)
            out.getresponse().read()
            conn.reply(200, b'{}')


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


def grouped(records):
    """An envelope like an alert manager's: labels and annotations, spaces and escapes of its own."""
    return json.dumps({'m': 'grouped', 'alerts': [{'labels': {'id': r['id']}, 'annotations': {'text': r['m']}}
                                                  for r in reversed(records)]}, indent=2, ensure_ascii=True)


@brunt_test
def a_text_that_was_written_anew_is_intact(t):
    ways = (('lines', lines, lambda rs: '\n'.join(json.dumps(r, ensure_ascii=False) for r in rs), 'm', (), None),
            ('array', json.loads, json.dumps, 'm', (('Transfer-Encoding', 'chunked'),), None),
            ('comma', lambda body: json.loads(f'[{body}]'), grouped, 'm:annotations.text',
             (('Content-Encoding', 'gzip'), ('Transfer-Encoding', 'chunked')), 'gzip'))
    for join, parse, envelope, field, headers, coding in ways:
        pipeline = Rewriter(t, parse, envelope, headers, coding)
        _run, sink = bench(t, pipeline.peer.url('/'), pipeline.port, '--batch', '10', '--join', join, '--first-event',
                           'off', '-c', '1', deliver=f'exactly-once,intact={field}', count=30)
        equal((sink['accepted'], sink['delivered'], sink['damaged']), (300, 300, 30), f'what came of {join}')
        told = [row['event'] for row in sink['phases'][-1]['anomalies']['damaged']['first']]
        equal(sorted(told), sorted(pipeline.damaged), f'damaged events of {join}')


@brunt_test
def an_event_in_a_header_owns_the_body(t):
    def serve(conn):
        out = http.client.HTTPConnection('127.0.0.1', port)
        for number in range(1000):
            request = conn.recv_request()
            body = json.loads(request.body)
            body['m'] += '.' if number % 5 == 0 else ''
            out.request('POST', '/', json.dumps(body), {'X-Event': request.header('x-event')})
            out.getresponse().read()
            conn.reply(200)
    port = free_port()
    peer = t.peer(serve)
    _run, sink = bench(t, peer.url('/'), port, '-H', 'x-event: {{event}}', '-c', '1', '--first-event', 'off',
                       body='{"m":"always the same"}', count=50)
    equal((sink['delivered'], sink['damaged']), (50, 10), 'delivered, damaged')


@brunt_test
def what_cannot_be_compared_is_refused(t):
    base = ['bench', 'http://127.0.0.1:1/', '--plan', '--sink', 'a=webhook', '--sink', 'b=webhook']
    for body, args, told in (
            (RECORD, ['--deliver', 'a=intact=text'], 'intact=text: the records have no text field of that name'),
            (RECORD, ['--deliver', 'a=intact=n'], 'intact=n: the records have no text field of that name'),
            ('no json {{event}}', ['--deliver', 'a=intact=m'], 'intact=m: the records have no text field'),
            (RECORD, ['--deliver', 'a=intact=m', '--deliver', 'b=intact=id'], 'one field of what is sent in a run: m or id'),
            (RECORD, ['--deliver', 'a=intact='], 'intact= names no field'),
            (RECORD, ['--deliver', 'a=none,intact=m'], 'none and something cannot both be expected')):
        run = t.brunt(*base, '-b', body, *args)
        equal(run.code, 104, f'exit code of {args}')
        contains(run.err, told)


main()
