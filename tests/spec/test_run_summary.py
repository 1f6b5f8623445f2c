# SPDX-License-Identifier: Apache-2.0
"""What a script's run leaves: the summary, handleSummary, --summary-export, --out. About 5 s."""
import csv
import gzip
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, contains, equal, lacks, main  # noqa: E402

SCRIPT = """
import http from 'k6/http';
import { check, group } from 'k6';
import { Counter } from 'k6/metrics';
const mine = new Counter('mine');
export const options = {
    vus: 2, iterations: 10, tags: { suite: 'spec' },
    thresholds: { http_reqs: ['count==10'], 'http_req_duration{status:200}': ['max<60000'] },
};
export function setup() { return { token: 7 }; }
export default function () {
    group('pages', () => {
        const reply = http.get(`http://127.0.0.1:${__ENV.PORT}/a`, { tags: { page: 'a' } });
        check(reply, { 'is fine': (r) => r.status === 200, 'is not': (r) => r.status === 500 });
    });
    mine.add(2);
}
"""


def server(t):
    def serve(connection):
        while True:
            try:
                connection.recv_request()
            except Exception:  # noqa: BLE001  (the client has gone)
                return
            connection.reply(200, b'ok')
    return t.peer(serve)


def run(t, text, *args, code=0):
    peer = server(t)
    t.write('script.js', text)
    result = t.brunt('run', '-e', f'PORT={peer.port}', *args, 'script.js', result=False)
    equal(result.code, code, f'exit code\n{result.out}{result.err}')
    return result


def read(t, name):
    with open(t.path(name), encoding='utf-8') as file:
        return file.read()


@brunt_test
def summary_has_k6s_layout(t):
    out = run(t, SCRIPT).out
    for part in ('  █ THRESHOLDS\n\n    http_req_duration{status:200}\n    ✓ \'max<60000\' max=',
                 "    http_reqs\n    ✓ 'count==10' count=10\n", '  █ TOTAL RESULTS\n',
                 'checks_total.', '20 ', '50.00% 10 out of 20', '    ✓ is fine\n',
                 '    ✗ is not\n      ↳  0% — ✓ 0 / ✗ 10\n', '    CUSTOM\n    mine.',
                 '    HTTP\n    http_req_duration.', '      { expected_response:true }.',
                 '    EXECUTION\n    iteration_duration.', '    NETWORK\n    data_received.'):
        contains(out, part)
    lacks(out, 'http_req_waiting')
    lacks(out, 'vus_max')  # sampled once a second, and it took less
    contains(run(t, SCRIPT, '--summary-mode', 'full').out, 'http_req_waiting')
    lacks(run(t, SCRIPT, '--no-summary').out, 'http_req')


@brunt_test
def the_plan_is_told_first(t):
    err = run(t, SCRIPT).err
    contains(err, 'scenarios: (100.00%) 1 scenario, 2 max VUs, 10m30s max duration (incl. graceful stop):')
    contains(err, '* default: 10 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)')
    lacks(run(t, SCRIPT, '--quiet').err, 'scenarios:')


@brunt_test
def handle_summary_tells_the_end_itself(t):
    text = SCRIPT + """
export function handleSummary(data) {
    return { stdout: 'all told\\n', 'data.json': JSON.stringify(data) };
}
"""
    result = run(t, text, '--summary-trend-stats', 'avg,p(99)')
    equal(result.out, 'all told\n', 'stdout')
    data = json.loads(read(t, 'data.json'))
    equal(sorted(data), ['metrics', 'options', 'root_group', 'setup_data', 'state'], 'keys')
    equal(data['setup_data'], {'token': 7}, 'setup_data')
    equal(data['metrics']['mine']['values']['count'], 20, 'mine')
    equal(sorted(data['metrics']['http_req_duration']['values']), ['avg', 'p(99)'], 'stats')
    equal(data['metrics']['http_reqs']['thresholds'], {'count==10': {'ok': True}}, 'thresholds')
    group = data['root_group']['groups'][0]
    equal([(c['name'], c['path'], c['passes'], c['fails']) for c in group['checks']],
          [('is fine', '::pages::is fine', 10, 0), ('is not', '::pages::is not', 0, 10)], 'checks')


@brunt_test
def a_broken_handle_summary_leaves_ours(t):
    result = run(t, SCRIPT + 'export function handleSummary() { throw new Error("no"); }')
    contains(result.out, 'TOTAL RESULTS')
    contains(result.err, 'no')


@brunt_test
def export_says_what_was_crossed(t):
    run(t, SCRIPT.replace("count==10", "count==11"), '--summary-export', 'export.json', code=99)
    data = json.loads(read(t, 'export.json'))
    equal(data['metrics']['http_reqs']['thresholds'], {'count==11': True}, 'thresholds')
    equal(data['metrics']['http_req_failed']['value'], 0, 'rate')
    equal(data['root_group']['groups']['pages']['checks']['is not']['fails'], 10, 'fails')


@brunt_test
def words_of_the_summary_are_checked_first(t):
    for args in (('--summary-mode', 'much'), ('--summary-trend-stats', 'median'),
                 ('--summary-time-unit', 'h'), ('--out', 'xml=a'), ('--out', 'csv=a?b=c')):
        result = run(t, SCRIPT, *args, code=104)
        contains(result.err, args[1].split('=')[0])
        lacks(result.out, 'TOTAL')


@brunt_test
def samples_go_to_all_outputs(t):
    run(t, SCRIPT, '--out', 'json=a.json', '-o', 'json=b.json.gz', '-o', 'csv=c.csv',
        '--system-tags', 'status,group,check,vu')
    lines = [json.loads(line) for line in read(t, 'a.json').splitlines()]
    with gzip.open(t.path('b.json.gz'), 'rt', encoding='utf-8') as file:
        equal(len(file.readlines()), len(lines), 'lines of the compressed one')
    first = {}
    for at, line in enumerate(lines):
        first.setdefault((line['type'], line['metric']), at)
    for (kind, metric), at in first.items():
        if kind == 'Point':
            equal(first[('Metric', metric)] < at, True, f'{metric} is defined before it is used')
    points = [line['data'] for line in lines if (line['type'], line['metric']) == ('Point', 'http_reqs')]
    equal(len(points), 10, 'http_reqs')
    equal(points[0]['tags'], {'group': '::pages', 'page': 'a', 'status': '200', 'suite': 'spec'}, 'tags')
    equal(points[0]['metadata']['vu'] in ('1', '2'), True, 'metadata')
    checks = [line['data'] for line in lines if (line['type'], line['metric']) == ('Point', 'checks')]
    equal(sorted({(c['tags']['check'], c['value']) for c in checks}), [('is fine', 1), ('is not', 0)], 'checks')
    rows = list(csv.DictReader(read(t, 'c.csv').splitlines()))
    row = next(row for row in rows if row['metric_name'] == 'http_reqs')
    equal(list(row), ['metric_name', 'timestamp', 'metric_value', 'check', 'group', 'status', 'extra_tags',
                      'metadata'], 'columns')
    equal((row['metric_value'], row['status'], row['extra_tags']), ('1.000000', '200', 'page=a&suite=spec'), 'row')


@brunt_test
def a_disk_that_is_full_is_told(t):
    result = run(t, SCRIPT, '--out', 'json=/dev/full')
    contains(result.err, 'could not be written to /dev/full')
    contains(result.out, 'TOTAL RESULTS')


if __name__ == '__main__':
    main()
