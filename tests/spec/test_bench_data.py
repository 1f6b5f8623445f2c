#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `brunt bench` sends with placeholders: the records of `brunt gen`, whatever the threads and
the order; named values in body, headers and URL; rows of a file; batches."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main  # noqa: E402

BODY = '{"k":{{seq}},"u":"{{uuid}}","n":{{int 1 1000}},"h":"{{pick web1 web2 as host}}"}'


def serve(conn):
    while True:
        conn.recv_request()
        conn.reply(200, b'ok')


def records(requests):
    """The lines of all bodies, by their number."""
    lines = [line for request in requests for line in request.body.decode().splitlines()]
    return sorted(lines, key=lambda line: json.loads(line)['k'])


def gen(t, count, *args):
    run = t.brunt('gen', BODY, '-n', str(count), '--seed', '5', *args, result=False)
    equal(run.code, 0, 'gen')
    return run.out.splitlines()


@brunt_test
def records_are_those_of_gen_for_any_number_of_shards(t):
    for shards in (1, 2, 3):
        for load in (['-c', '6'], ['-r', '2000/s', '--max-lateness', '10s']):
            peer = t.peer(serve)
            run = t.brunt('bench', peer.url(), '-n', '60', '--seed', '5', '-b', BODY, '--shards', str(shards), *load)
            equal(run.code, 0, f'exit code of {shards} shards, {load}: {run.out}{run.err}')
            equal(records(peer.requests), gen(t, 60), f'records of {shards} shards, {load}')


@brunt_test
def names_are_shared_by_body_headers_and_url(t):
    peer = t.peer(serve)
    run = t.brunt('bench', peer.url('/in/{{host}}?n={{seq}}'), '-n', '20', '-c', '2', '-b', BODY,
                  '-H', 'x-host: <{{host}}>', '-H', 'x-id: {{uuid as id}}', '-H', 'x-again: {{id}}')
    equal(run.code, 0, f'exit code: {run.out}{run.err}')
    seen = set()
    for request in peer.requests:
        record = json.loads(request.body)
        equal(request.start, f"POST /in/{record['h']}?n={record['k']} HTTP/1.1", 'request line')
        equal(request.header('x-host'), f"<{record['h']}>", 'header')
        equal(request.header('x-again'), request.header('x-id'), 'named in one header, used in another')
        equal(request.header('content-type'), 'application/json', 'Content-Type')
        seen.add(record['h'])
    equal(seen, {'web1', 'web2'}, 'values')


@brunt_test
def batches_are_records_joined(t):
    whole = gen(t, 40)
    for join, content_type, parse in (
            ('lines', 'application/x-ndjson', lambda body: body.splitlines()),
            ('array', 'application/json', lambda body: [json.dumps(r, separators=(',', ':')) for r in json.loads(body)]),
            ('comma', 'application/json', lambda body: [json.dumps(r, separators=(',', ':'))
                                                        for r in json.loads('[' + body + ']')])):
        peer = t.peer(serve)
        run = t.brunt('bench', peer.url('/{{seq}}'), '-n', '4', '-c', '2', '--seed', '5', '-b', BODY, '--batch', '10',
                      '--join', join)
        equal(run.code, 0, f'exit code: {run.out}{run.err}')
        bodies = {int(request.start.split()[1][1:]): parse(request.body.decode()) for request in peer.requests}
        equal(sorted(bodies), [0, 10, 20, 30], f'first records of the requests, {join}')
        equal([line for first in sorted(bodies) for line in bodies[first]], whole, f'records, {join}')
        equal(peer.requests[0].header('content-type'), content_type, f'Content-Type, {join}')


@brunt_test
def the_event_rate_counts_records(t):
    peer = t.peer(serve)
    run = t.brunt('bench', peer.url(), '--event-rate', '1000/s', '-d', '1s', '-b', '{{seq}}', '--batch', '100',
                  '--max-lateness', '10s')
    equal(run.code, 0, f'exit code: {run.out}{run.err}')
    equal(len(peer.requests), 10, 'requests')
    equal(sorted(int(line) for r in peer.requests for line in r.body.split()), list(range(1000)), 'records')


@brunt_test
def rows_go_round(t):
    rows = t.write('rows.csv', 'name,id\n' + ''.join(f'"n ""{i}""",{i}\n' for i in range(7)))
    for shards in ('1', '2'):
        for batch in ('1', '5'):
            peer = t.peer(serve)
            run = t.brunt('bench', peer.url('/{{row.id}}'), '-n', '12', '-c', '4', '--shards', shards, '--batch', batch,
                          '--data', rows, '-b', '{"k":{{seq}},"id":{{row.id}},"name":{{row.name}}}')
            equal(run.code, 0, f'exit code: {run.out}{run.err}')
            lines = [json.loads(line) for line in records(peer.requests)]
            equal(len(lines), 12 * int(batch), 'records')
            equal(lines, [{'k': k, 'id': k % 7, 'name': f'n "{k % 7}"'} for k in range(len(lines))], 'rows')
            for request in peer.requests:
                first = json.loads(request.body.splitlines()[0])
                equal(request.start.split()[1], f"/{first['id']}", 'row of the URL')


@brunt_test
def a_row_that_is_broken_fails_its_requests(t):
    rows = t.write('rows.csv', 'a,b\n1,2\n3,4\n5\n')
    peer = t.peer(serve)
    run = t.brunt('bench', peer.url(), '-n', '5', '-c', '1', '--data', rows, '-b', '{{row.a}}')
    check(run.code != 0 or run.summary['failed'] > 0, 'nobody noticed')
    equal(run.summary['failed'], 3, 'failed')
    contains(' '.join(run.out.split()), 'line 4: 1 fields, where the header has 2', 'the summary')


@brunt_test
def what_cannot_be_meant_is_refused(t):
    rows = t.write('rows.csv', 'a\n1\n')
    empty = t.write('empty.csv', 'a\n')
    url = 'http://127.0.0.1:1/'
    for args, line in (
            (['-b', '{{intt 1 2}}'], 'the body, column 1: "intt" is not a placeholder; the nearest is {{int 1 100}}'),
            (['-H', 'x-a: {{hots}}', '-b', '{{pick a as host}}'], 'the header x-a, column 1: "hots"'),
            (['-b', '{{row.a}}'], '{{row.a}} needs rows: --data FILE'),
            (['-b', 'x', '--data', rows], 'no {{row.FIELD}} uses it'),
            (['-b', '{{row.b}}', '--data', rows], 'has no column "b"; its columns are a'),
            (['-b', '{{row.a}}', '--data', empty], 'has no rows'),
            (['-b', 'x', '--batch', '0'], '--batch must be above 0'),
            (['-b', 'x', '--batch', '2M'], 'at most 1000000 records'),
            (['--batch', '2'], '--batch needs a body'),
            (['-b', 'x', '--batch', '2', '--join', 'tabs'], 'lines, array or comma'),
            (['-b', 'x', '--join', 'array'], '--join says how --batch joins records'),
            (['-b', 'x', '-r', '1/s', '--event-rate', '1/s'], 'one counts requests, the other their records'),
            (['-b', 'x', '--batch', '2', '-H', 'x-e: {{event}}'], '{{event}} can not stand in the URL or a header')):
        run = t.brunt('bench', url, '-n', '1', *args, result=False)
        equal(run.code, 104, f'exit code of {args}: {run.out}{run.err}')
        contains(run.err, line, f'the line of {args}')
        contains(run.err.splitlines()[-1], 'brunt bench: ', 'the last line')


main()
