#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The result file: real ones fit the published schema, say what the terminal said, and still do when
cut off; docs/result.md can be believed."""
import csv
import json
import os
import re
import signal
import sys
import time
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, ROOT, between, brunt_test, check, contains, equal, free_port, main
from json_schema import Invalid, Schema

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

with open(os.path.join(ROOT, 'docs/result.schema.json'), encoding='utf-8') as schema_file:
    SCHEMA = json.load(schema_file)


def serve(t):
    def handler(conn):
        while True:
            conn.recv_request()
            conn.send(OK)
    return t.peer(handler)


def read(path):
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.endswith('\n')]


def types(records):
    return [record['type'] for record in records]


def check_schema(records):
    schema = Schema(SCHEMA)
    for number, record in enumerate(records, 1):
        try:
            schema.check(record)
        except Invalid as wrong:
            check(False, f'line {number}: {wrong}')


def lively(t, *args):
    """An open-model run with a warm-up, a target that answers and one that is down."""
    peer = serve(t)
    path = t.path('lively.jsonl')
    run = t.brunt('bench', peer.url('/x'), f'http://127.0.0.1:{free_port()}/', '-r', '100/s', '-d', '2s',
                  '--warmup', '1s', '--expect', 'p99<30s', '--expect', 'failed<1%', '--result', path, *args)
    return run, path


@brunt_test
def every_line_fits_the_schema(t):
    run, path = lively(t)
    equal(run.code, 99, 'exit code')
    records = read(path)
    check_schema(records)
    equal((types(records)[0], types(records)[-1]), ('header', 'footer'), 'first and last line')
    for name in ('point', 'tick', 'exact'):
        check(name in types(records), f'no {name}')
    closed = t.brunt('bench', serve(t).url(), '-n', '50', '-c', '2')
    check_schema(closed.records)
    equal(closed.summary['done'], 50, 'done')


@brunt_test
def the_schema_can_fail(t):
    run, _ = lively(t)
    schema = Schema(SCHEMA)
    for spoil in (lambda f: f.pop('verdict'), lambda f: f.update(verdict='maybe'),
                  lambda f: f['summary'].update(done=-1), lambda f: f['summary'].update(fun=1),
                  lambda f: f['summary']['latency'].update(p99='1ms'), lambda f: f.update(type='end'),
                  lambda f: f['exact']['ops'][0]['latency_ok'].__setitem__(3, 'a b')):
        footer = json.loads(json.dumps(run.footer))
        spoil(footer)
        try:
            schema.check(footer)
        except Invalid:
            continue
        check(False, 'a spoilt footer fits')


@brunt_test
def names_that_stay(t):
    run, _ = lively(t)
    for name in ('offered', 'sent', 'done', 'ok', 'failed', 'unsent', 'offered_per_sec', 'done_per_sec'):
        check(name in run.summary, f'summary.{name}')
    for name in ('min', 'mean', 'p50', 'p75', 'p90', 'p95', 'p99', 'p99_9', 'max'):
        check(name in run.summary['latency'], f'summary.latency.{name}')
        check(name in run.summary['service'], f'summary.service.{name}')
    equal(run.footer['status'], {'200': run.summary['ok']}, 'status')
    equal(run.footer['errors']['conn_refused']['count'], run.summary['failed'], 'errors')
    equal(len(run.footer['targets']), 2, 'targets')


@brunt_test
def report_prints_what_the_run_printed(t):
    run, path = lively(t)
    again = t.run(BRUNT, 'report', path)
    equal(again.out, run.out, 'the text')
    as_json = t.run(BRUNT, 'report', path, '--json')
    Schema(SCHEMA, 'json_form').check(json.loads(as_json.out))


@brunt_test
def cut_off_it_is_partial_and_says_so(t):
    _, path = lively(t)
    with open(path, 'rb') as file:
        whole = file.read()
    header = whole.index(b'\n')
    for cut in (header + 1, header + 100, len(whole) // 3, len(whole) // 2, len(whole) - 100):
        t.write('cut.jsonl', whole[:cut])
        run = t.run(BRUNT, 'report', t.path('cut.jsonl'))
        check(run.out.startswith('PARTIAL  no verdict'), f'cut at {cut}: {run.out[:200]}')
    t.write('cut.jsonl', whole[:header // 2])
    run = t.run(BRUNT, 'report', t.path('cut.jsonl'))
    check(run.code != 0, 'exit code of half a header')
    contains(run.err, 'no result of brunt')


@brunt_test
def killed_it_leaves_all_up_to_the_last_second(t):
    peer = serve(t)
    child = t.start_brunt('bench', peer.url(), '-r', '50/s', '-d', '30s', '--result', t.path('killed.jsonl'))
    until = time.monotonic() + 20
    while not (os.path.exists(t.path('killed.jsonl')) and
               types(read(t.path('killed.jsonl'))).count('tick') >= 2):
        check(time.monotonic() < until, 'no ticks')
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    records = read(t.path('killed.jsonl'))
    check_schema(records)
    run = t.run(BRUNT, 'report', t.path('killed.jsonl'), '--json')
    done = sum(record['done'] for record in records if record['type'] == 'point')
    equal(json.loads(run.out)['summary']['done'], done, 'done')
    equal(json.loads(run.out)['verdict'], 'none', 'verdict')


@brunt_test
def the_decoder_in_the_document_decodes(t):
    _, path = lively(t)
    with open(os.path.join(ROOT, 'docs/result.md'), encoding='utf-8') as file:
        code = re.search(r'```python\n(.*?)```', file.read(), re.S).group(1)
    names = {}
    exec(code, names)  # pylint: disable=exec-used
    records = read(path)
    exact = {key: 0 for key in ('latency_ok', 'latency_failed')}
    for record in records:
        for row in record.get('ops', []) if record['type'] == 'exact' else []:
            for key in exact:
                buckets = names['buckets'](row[key][3], names['EXACT']) if key in row else []
                exact[key] += sum(count for _, _, count in buckets)
                for low, high, _ in buckets:
                    check(row[key][1] * 0.998 <= high and low <= row[key][2] * 1.002, f'{low} {high}')
    phases = records[-1]['phases']
    equal(exact['latency_ok'], sum(phase['ok'] for phase in phases), 'succeeded')
    equal(exact['latency_failed'], sum(phase['failed'] for phase in phases), 'failed')
    coarse = 0
    for record in records:
        for row in record.get('ops', []) if record['type'] == 'tick' else []:
            for low, high, count in names['buckets'](row.get('latency_ok', [0, 0, 0, ''])[3], names['COARSE']):
                check(0 < high / low < 1.06, f'{low} {high}')
                coarse += count
    equal(coarse, exact['latency_ok'], 'succeeded, of ticks')


@brunt_test
def forms_for_machines_say_the_same(t):
    run, path = lively(t)
    suite = xml.etree.ElementTree.fromstring(t.run(BRUNT, 'report', path, '--junit').out).find('testsuite')
    equal((suite.get('tests'), suite.get('failures'), suite.get('errors')), ('3', '2', '0'), 'JUnit')
    cases = {case.get('name'): [child.tag for child in case] for case in suite.iter('testcase')}
    equal(cases, {'run': ['failure'], 'p99<30s': [], 'failed<1%': ['failure']}, 'cases')

    rows = list(csv.DictReader(t.run(BRUNT, 'report', path, '--csv').out.splitlines()))
    kinds = [row['kind'] for row in rows]
    equal(kinds[:5], ['summary', 'phase', 'phase', 'target', 'target'], 'rows')
    equal(set(kinds[5:]), {'point'}, 'rows behind them')
    for name in ('offered', 'sent', 'done', 'ok', 'failed', 'unsent'):
        equal(int(rows[0][name]), run.summary[name], name)
    equal(float(rows[0]['latency_p99_ns']), run.summary['latency']['p99'], 'p99')
    equal(sum(int(row['done']) for row in rows[3:5]), run.summary['done'], 'done by target')

    hgrm = t.run(BRUNT, 'report', path, '--hgrm').out
    lines = [[float(field) for field in line.split()] for line in hgrm.splitlines()
             if line and line[0] != '#' and 'Value' not in line]
    equal(lines, sorted(lines), 'it ascends')
    equal((lines[0][1], lines[-1][1], int(lines[-1][2])), (0, 1, run.summary['latency']['count']), 'its ends')
    median = next(line[0] for line in lines if line[1] >= 0.5)
    between(median / (run.summary['latency']['p50'] / 1e6), 0.95, 1.05, 'the median')
    contains(hgrm, '#[Max     =')

    markdown = t.run(BRUNT, 'report', path, '--markdown').out
    contains(markdown, '### brunt: FAIL')
    contains(markdown, '**does not hold**')
    for table in re.findall(r'(?:^\|.*\n)+', markdown, re.M):
        equal(len({len(re.findall(r'(?<!\\)\|', line)) for line in table.splitlines()}), 1, 'columns')


main()
