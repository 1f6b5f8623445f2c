/* SPDX-License-Identifier: Apache-2.0
 *
 * jslib's k6-summary: the old layout of k6's summary, to the byte, and JUnit's XML.
 */
import { equal, ok, test } from 'unit';
import { humanizeValue, jUnit, textSummary } from 'jslib/k6-summary';

const data = {
    root_group: {
        name: '', path: '', id: 'd41d8cd98f00b204e9800998ecf8427e',
        checks: [{ name: 'status is 200', passes: 3, fails: 0 }, { name: 'fast', passes: 2, fails: 1 }],
        groups: [{ name: 'login', checks: [{ name: 'has token', passes: 1, fails: 0 }], groups: [] }],
    },
    options: { summaryTrendStats: ['avg', 'p(95)', 'count'], summaryTimeUnit: '', noColor: false },
    metrics: {
        http_reqs: { type: 'counter', contains: 'default', values: { count: 20, rate: 1.98 } },
        data_sent: { type: 'counter', contains: 'data', values: { count: 438, rate: 737.2 } },
        vus: { type: 'gauge', contains: 'default', values: { value: 1, min: 1, max: 10 } },
        checks: { type: 'rate', contains: 'default', values: { rate: 0.83333, passes: 5, fails: 1 } },
        'http_req_duration{expected_response:true}': { type: 'trend', contains: 'time',
            values: { avg: 117.558, 'p(95)': 1250.4, count: 3 } },
        http_req_duration: { type: 'trend', contains: 'time', values: { avg: 0.25, 'p(95)': 61000, count: 3 },
            thresholds: { 'p(95)<500': { ok: false } } },
    },
};

test('textSummary has the old layout', () => {
    equal(textSummary(data, { indent: ' ', enableColors: false }).split('\n'), [
        '     ✓ status is 200',
        '     ✗ fast',
        '      ↳  66% — ✓ 2 / ✗ 1',
        '',
        '     █ login',
        '',
        '       ✓ has token',
        '',
        '     checks.........................: 83.33% ✓ 5   ✗ 1   ',
        '     data_sent......................: 438 B  737 B/s',
        '   ✗ http_req_duration..............: avg=250µs    p(95)=1m1s  count=3',
        '       { expected_response:true }...: avg=117.55ms p(95)=1.25s count=3',
        '     http_reqs......................: 20     1.98/s',
        '     vus............................: 1      min=1 max=10',
    ]);
});

test('colours are on unless switched off', () => {
    ok(textSummary(data).includes('\x1b[32m     ✓ status is 200\x1b[0m'));
    ok(!textSummary(data, { enableColors: false }).includes('\x1b'));
});

test('humanizeValue writes values as k6 did', () => {
    const time = { type: 'trend', contains: 'time' };
    const bytes = { type: 'counter', contains: 'data' };
    for (const [value, metric, unit, want] of [
        [0, time, '', '0s'], [0.0005, time, '', '500ns'], [0.5, time, '', '500µs'], [12.3456, time, '', '12.34ms'],
        [1500, time, '', '1.5s'], [90000, time, '', '1m30s'], [3723000, time, '', '1h2m3s'],
        [1500, time, 's', '1.50s'], [1.5, time, 'us', '1500.00µs'], [1.5, time, 'ms', '1.50ms'],
        [9, bytes, '', '9 B'], [999, bytes, '', '999 B'], [1500, bytes, '', '1.5 kB'], [12345678, bytes, '', '12 MB'],
        [0.98765, { type: 'rate', contains: 'default' }, '', '98.76%'],
        [1.23456789, { type: 'gauge', contains: 'default' }, '', '1.234568'],
        [10, { type: 'gauge', contains: 'default' }, '', '10'],
    ]) {
        equal(humanizeValue(value, metric, unit), want);
    }
});

test('jUnit has a case for each threshold', () => {
    equal(jUnit(data, { name: 'a<b' }), '<?xml version="1.0"?>\n' +
        '<testsuites tests="1" failures="1">\n' +
        '<testsuite name="a&lt;b" tests="1" failures="1">\n' +
        '<testcase name="http_req_duration - p(95)&lt;500" classname="Unnamed folder">' +
        '<failure message="http_req_duration p(95)&lt;500 failed: avg value: 0.25, p(95) value: 61000, count value: 3" />' +
        '</testcase>\n</testsuite>\n</testsuites>\n');
    ok(jUnit({ metrics: { a: { values: {}, thresholds: { 'x>1': { ok: true } } } } })
        .includes('<testcase name="a - x&gt;1" classname="Unnamed folder" />'));
});
