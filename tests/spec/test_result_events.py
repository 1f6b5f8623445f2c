#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events in the result file: every view of it says what the run said, whether it passed, failed or
was no good, and a run that was killed leaves what was known of its events. (Some 20 s.)"""
import csv
import json
import os
import re
import signal
import sys
import time
import xml.etree.ElementTree
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, free_port, lacks, main, matches
from json_schema import Invalid, Schema

BODY = '{"msg":"payment failed {{event}}","host":"{{pick web1 web2 as host}}"}'

with open(os.path.join(ROOT, 'docs/result.schema.json'), encoding='utf-8') as schema_file:
    SCHEMA = json.load(schema_file)


def read(path):
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.endswith('\n')]


def check_schema(records):
    schema = Schema(SCHEMA)
    for number, record in enumerate(records, 1):
        try:
            schema.check(record)
        except Invalid as wrong:
            check(False, f'line {number}: {wrong}')


def relay(t, sink_port, *faults):
    """A relay to a webhook sink at that port; its own port."""
    port = free_port()
    child = t.start_brunt('standin', 'relay', '--in', f'127.0.0.1:{port}', '--out',
                          f'webhook:http://127.0.0.1:{sink_port}/', '--queue', 'memory', '--seed', '7', *faults)
    child.wait_said(r'^listening on ')
    return port


def load(t, *args, faults=(), path=None):
    """Arguments of a run through a relay, one sink."""
    sink = free_port()
    port = relay(t, sink, *faults)
    return ['bench', f'http://127.0.0.1:{port}/', '-m', 'POST', '--batch', '10', '--join', 'lines', '-b', BODY,
            '--sink', f'alerts=webhook:127.0.0.1:{sink}', '--settle', '300ms', '--stall', '1s', '--result',
            path or t.path('run.jsonl'), *args]


def views(t, run):
    """Each view of the file beside what the run printed."""
    path = t.path('run.jsonl')
    again = t.brunt('report', path)
    equal((again.code, again.err), (0, ''), 'report')
    equal(again.out, run.out, 'the text')
    as_json = t.brunt('report', path, '--json')
    Schema(SCHEMA, 'json_form').check(json.loads(as_json.out))
    for name in ('sinks', 'drain', 'events', 'verdict', 'reasons', 'expectations'):
        equal(json.loads(as_json.out)[name], run.footer[name], name)


@brunt_test
def a_run_that_passes_reads_the_same(t):
    run = t.brunt(*load(t, '-n', '60', '-c', '2', '--deliver', 'alerts=exactly-once'))
    equal(run.code, 0, f'exit code of\n{run.out}{run.err}')
    contains(run.out, 'all 2 expectations hold')
    check_schema(run.records)
    views(t, run)
    equal(run.footer['sinks']['alerts']['delivered'], 600, 'delivered')


@brunt_test
def a_run_that_fails_reads_the_same(t):
    faults = ['--lose', '2%', '--dup', '3%', '--reorder', '2%', '--damage', '1%']
    run = t.brunt(*load(t, '-r', '60/s', '-d', '800ms', '--warmup', '300ms', '--deliver', 'alerts=exactly-once,in-order',
                        '--stream-key', 'host', '--expect', 'events_lost==0', '--expect', 'backlog<5k',
                        faults=faults))
    equal(run.code, 99, f'exit code of\n{run.out}{run.err}')
    check_schema(run.records)
    views(t, run)
    sink = run.footer['sinks']['alerts']
    for name in ('lost', 'duplicated', 'reordered'):
        check(sum(phase[name] for phase in sink['phases']) > 0, f'none {name}')
    check(set(run.footer['events']['streams'].values()) <= {'web1', 'web2'}, 'keys of streams')
    check(run.footer['events']['streams'], 'no keys of streams')


@brunt_test
def a_run_that_is_no_good_reads_the_same(t):
    run = t.brunt(*load(t, '-n', '40', '-c', '2', '--deliver', 'alerts=all,within=60s', '--drain', '1s',
                        faults=['--lose', '5%']))
    equal(run.code, 90, f'exit code of\n{run.out}{run.err}')
    contains(run.out, 'still had time when the run ended')
    check_schema(run.records)
    views(t, run)


def add_rows(records, kind, names, counts):
    """Adds up the counters of a list of rows over records, by their names."""
    total = Counter()
    for record in records:
        for row in record['events'][kind]:
            total.update(dict(zip(names[counts], row['counts'])))
    return +total


@brunt_test
def rows_of_the_seconds_add_up_to_the_footer(t):
    run = t.brunt(*load(t, '-r', '40/s', '-d', '2s', '--deliver', 'alerts=exactly-once', faults=['--dup', '2%']))
    names = run.records[0]['events']
    last = [run.footer['exact']]
    for kind, counts in (('entries', 'entry_counts'), ('arrivals', 'arrival_counts'), ('sinks', 'sink_counts')):
        whole = add_rows(last, kind, names, counts)
        for of in ('tick', 'exact'):
            records = [record for record in run.records if record['type'] == of]
            equal(add_rows(records, kind, names, counts), whole, f'{kind} of {of}s')
    sink = run.footer['sinks']['alerts']
    points = [record for record in run.records if record['type'] == 'point']
    for name in ('delivered', 'duplicated', 'bytes', 'messages', 'deliveries'):
        equal(sum(point['sinks']['alerts'].get(name, 0) for point in points), sink[name], f'{name} of points')
    equal(sum(point['events'].get('accepted', 0) for point in points), 800, 'accepted of points')
    equal(max(point['sinks']['alerts']['backlog_max'] for point in points), sink['backlog_max'], 'backlog')
    equal(sum(sink['series']['accepted']), 800, 'accepted of the series')
    equal(max(sink['series']['backlog_max']), sink['backlog_max'], 'backlog of the series')


@brunt_test
def killed_it_tells_what_was_known(t):
    path = t.path('killed.jsonl')
    child = t.start_brunt(*load(t, '-r', '40/s', '-d', '30s', '--deliver', 'alerts=all', path=path))
    until = time.monotonic() + 20
    while not (os.path.exists(path) and [r['type'] for r in read(path)].count('tick') >= 2):
        check(time.monotonic() < until, 'no ticks')
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    records = read(path)
    check_schema(records)
    points = [record for record in records if record['type'] == 'point']
    run = t.brunt('report', path)
    contains(run.out, 'PARTIAL  no verdict: the file ends before the run did')
    contains(run.out, 'events at alerts (webhook:127.0.0.1:')
    contains(run.out, 'what is missing may have come later')
    shown = json.loads(t.brunt('report', path, '--json').out)
    Schema(SCHEMA, 'json_form').check(shown)
    equal(shown['verdict'], 'none', 'verdict')
    check('drain' not in shown, 'a drain that never was')
    sink = shown['sinks']['alerts']
    equal(sink['accepted'], sum(point['events'].get('accepted', 0) for point in points), 'accepted')
    equal(sink['delivered'], sum(point['sinks']['alerts'].get('delivered', 0) for point in points), 'delivered')
    equal(sink['missing'], points[-1]['sinks']['alerts']['backlog'], 'missing')
    check(sink['delivered'] >= 400, f'only {sink["delivered"]} delivered')


@brunt_test
def what_went_wrong_is_told_with_what_it_carried(t):
    out = t.path('out.log')
    for extra in ([], ['--stream-key', 'host']):
        open(out, 'wb').close()
        port = free_port()
        child = t.start_brunt('standin', 'relay', '--in', f'127.0.0.1:{port}', '--out', f'file:{out}', '--queue',
                              'memory', '--seed', '7', '--dup', '10%')
        child.wait_said(r'^listening on ')
        run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-m', 'POST', '-n', '30', '-c', '2', '--shards', '2',
                      '--batch', '10', '--join', 'lines', '--sink', f'log=file:{out}', '--deliver', 'log=exactly-once',
                      '-b', '{"n":{{seq}},"i":{{int 1 1000000}},"msg":"{{event}}","host":"{{pick a b c as host}}"}',
                      '--settle', '300ms', *extra)
        equal(run.code, 99, f'exit code of\n{run.out}{run.err}')
        child.end()
        with open(out, encoding='utf-8') as file:
            came = Counter(line.strip() for line in file)
        twice = run.footer['sinks']['log']['phases'][0]['anomalies']['duplicated']
        equal(Counter(one['carried'] for one in twice['first']),
              Counter({line: 1 for line, count in came.items() if count > 1}), 'what was carried')
        for one in twice['first']:
            contains(one['carried'], one['event'], 'what was carried')
            contains(run.out, one['carried'], 'the text')
            if extra:
                equal(json.loads(one['carried'])['host'], one['key'], 'the key')


def hold(rows):
    """How many rows of each class hold, by phase."""
    total = Counter()
    for row in rows:
        total[row['phase'], row['class']] += -1 if row.get('taken_back') else 1
    return +total


@brunt_test
def anomalies_has_all_that_went_wrong(t):
    path = t.path('anomalies.jsonl')
    run = t.brunt(*load(t, '-r', '60/s', '-d', '1500ms', '--warmup', '300ms', '--deliver',
                        'alerts=exactly-once,within=100us', '--shards', '2', '--stream-key', 'host', '--anomalies', path,
                        faults=['--lose', '3%', '--dup', '20%', '--reorder', '3%']))
    equal(run.code, 99, f'exit code of\n{run.out}{run.err}')
    rows = read(path)
    schema = Schema(SCHEMA, 'anomaly_line')
    for row in rows:
        schema.check(row)
        check(row['key'] in ('web1', 'web2'), 'a key')
        contains(row['carried'], row['event'], 'what was carried')
    want = {(phase['name'], name): found['count'] for phase in run.footer['sinks']['alerts']['phases']
            for name, found in phase['anomalies'].items()}
    equal(hold(rows), Counter(want), 'lines that hold')
    check(want['steady', 'duplicated'] > 100, f'few twice: {want}')
    check(any(row.get('taken_back') and row['class'] == 'late' for row in rows), 'nothing was taken back')


@brunt_test
def anomalies_needs_events_and_a_place(t):
    for args, line in ((['--anomalies', t.path('no/such/folder')], 'no/such/folder'),):
        run = t.brunt(*load(t, '-n', '1', *args))
        check(run.code != 0, 'exit code')
        contains(run.err, line)
    run = t.brunt('bench', 'http://127.0.0.1:9/', '-n', '1', '--anomalies', t.path('a.jsonl'))
    equal(run.code, 104, 'exit code without events')
    contains(run.err, '--anomalies needs events that are followed')


@brunt_test
def events_have_up_to_16_phases(t):
    run = t.brunt('bench', 'http://127.0.0.1:9/', '--step', '10/s to 200/s by 10/s every 100ms', '-b', '{{event}}')
    equal(run.code, 104, 'exit code')
    contains(run.err, 'this run has 20')


@brunt_test
def killed_with_a_duplicate_it_failed(t):
    path = t.path('killed.jsonl')
    child = t.start_brunt(*load(t, '-r', '40/s', '-d', '30s', '--deliver', 'alerts=exactly-once', path=path,
                                faults=['--dup', '5%', '--lose', '5%']))
    until = time.monotonic() + 20
    while not (os.path.exists(path) and [r['type'] for r in read(path)].count('tick') >= 2):
        check(time.monotonic() < until, 'no ticks')
        time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    run = t.brunt('report', path)
    matches(run.out, r'^FAIL +alerts: \d+ events came more than once')
    contains(run.out, 'PARTIAL  the file ends before the run did')
    lacks(run.out, 'did not come: ')


@brunt_test
def forms_for_machines_tell_of_events(t):
    run = t.brunt(*load(t, '-r', '60/s', '-d', '1500ms', '--warmup', '300ms', '--deliver',
                        'alerts=exactly-once,in-order', '--expect', 'max(event_lag_sent)<1h',
                        faults=['--lose', '5%', '--dup', '5%']))
    equal(run.code, 99, f'exit code of\n{run.out}{run.err}')
    path = t.path('run.jsonl')
    sink = run.footer['sinks']['alerts']

    suite = xml.etree.ElementTree.fromstring(t.brunt('report', path, '--junit').out).find('testsuite')
    cases = {case.get('name'): [child.tag for child in case] for case in suite.iter('testcase')
             if case.get('classname') == 'brunt.sink'}
    equal(cases, {'alerts: every accepted event comes': ['failure'], 'alerts: no event comes twice': ['failure'],
                  'alerts: no event comes after one that must come later': []}, 'cases of the sink')
    equal(suite.get('tests'), '5', 'tests')
    every = [child.tag for case in suite.iter('testcase') for child in case]
    equal((suite.get('failures'), suite.get('errors')), (str(every.count('failure')), str(every.count('error'))),
          'what the suite says of its cases')

    lines = t.brunt('report', path, '--csv').out.splitlines()
    equal(len({len(row) for row in csv.reader(lines)}), 1, 'columns')
    rows = list(csv.DictReader(lines))
    equal([row['kind'] for row in rows][:4], ['summary', 'phase', 'phase', 'target'], 'rows')
    for name in ('delivered', 'duplicated', 'lost', 'backlog_max', 'bytes'):
        equal(int(rows[0]['alerts_' + name]), sink[name], name)
    equal(int(rows[0]['events_accepted']), sink['accepted'], 'accepted')
    equal(float(rows[0]['alerts_lag_p99_ns']), sink['event_lag']['p99'], 'lag')
    points = [row for row in rows if row['kind'] == 'point']
    check(len(points) >= 2, 'few points')
    equal(sum(int(row['alerts_delivered']) for row in points),
          sum(phase['delivered'] for phase in sink['phases']), 'delivered, second by second')
    equal(sum(int(row['done']) for row in points), sum(phase['done'] for phase in run.footer['phases']), 'done')
    equal(max(int(row['t_ns']) for row in points), run.footer['t_ns'], 'time')

    markdown = t.brunt('report', path, '--markdown').out
    contains(markdown, '| events at alerts | number |')
    contains(markdown, f'| lost | {sink["lost"]} |')
    contains(markdown, '| from acceptance |')
    for table in re.findall(r'(?:^\|.*\n)+', markdown, re.M):
        equal(len({len(re.findall(r'(?<!\\)\|', line)) for line in table.splitlines()}), 1, 'columns')


@brunt_test
def each_number_of_events_can_be_expected(t):
    with open(os.path.join(ROOT, 'docs/events.md'), encoding='utf-8') as file:
        section = file.read().split('## Numbers to expect')[1].split('## ')[0]
    metrics = [name for row in re.findall(r'^\| (`.*?) \|', section, re.M) for name in re.findall(r'`(\w+)`', row)]
    check(len(metrics) > 20, f'few metrics: {metrics}')
    expects = []
    for name in metrics:
        lag = name.startswith('event_lag')
        what = f'p99({name}{{sink:alerts}})<1h' if lag else \
            f'{name}<{"1h" if name in ("delivery_gap", "drain_time") else 1000000}'
        expects += ['--expect', what]
    run = t.brunt(*load(t, '-n', '20', '-c', '2', *expects))
    equal(run.code, 0, f'exit code of\n{run.out}{run.err}')
    for expect in run.footer['expectations']:
        equal(expect['held'], 'held', expect['text'])
        check('value' in expect, f'no value: {expect}')
    refused = t.brunt(*load(t, '-n', '1', '--expect', 'lost==0'))
    equal(refused.code, 104, 'exit code')
    contains(refused.err, 'events_lost')


main()
