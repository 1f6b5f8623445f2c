#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`report --hgrm` beside the reference: hdr-histogram-js, HdrHistogram's JavaScript edition, records the
values of our rows and prints its own distribution; format and values must be the same. Skipped without
npm or where it cannot fetch the package. Costs about 8 s, the first time."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, equal, main, matches, skip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE = 'hdr-histogram-js@3.0.1'
HOME = os.path.join(ROOT, 'build/hgrm-js')

# Values in us, as whole numbers: what the reference is made for.
REFERENCE = '''
const hdr = require('hdr-histogram-js');
const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const histogram = hdr.build({highestTrackableValue: 1e9, numberOfSignificantValueDigits: 3});
for (const [value, count] of rows) histogram.recordValueWithCount(value, count);
process.stdout.write(histogram.outputPercentileDistribution(5, 1000));
'''


def reference(t, rows):
    """The distribution that hdr-histogram-js prints of [value in us, count] rows."""
    if shutil.which('npm') is None or shutil.which('node') is None:
        skip('there is no npm')
    if not os.path.isdir(os.path.join(HOME, 'node_modules/hdr-histogram-js')):
        os.makedirs(HOME, exist_ok=True)
        # As tools/bundle does: the machine's certificates, and little patience.
        env = {'NODE_EXTRA_CA_CERTS': '/etc/ssl/certs/ca-certificates.crt', **os.environ}
        done = subprocess.run(['npm', 'install', '--silent', '--no-audit', '--no-fund', '--fetch-retries=1',
                               '--fetch-timeout=20000', '--prefix', HOME, PACKAGE],
                              capture_output=True, text=True, timeout=90, check=False, env=env)
        if done.returncode != 0:
            skip(f'npm could not fetch {PACKAGE}')
    script = t.write('reference.js', REFERENCE.encode())
    done = subprocess.run(['node', script], input=json.dumps(rows), capture_output=True, text=True, timeout=60,
                          env={**os.environ, 'NODE_PATH': os.path.join(HOME, 'node_modules')}, check=False)
    equal(done.returncode, 0, f'exit code of node: {done.stderr}')
    return done.stdout


def parse(text):
    """(value, percentile, count below) of each row."""
    return [(float(f[0]), float(f[1]), int(f[2])) for f in (line.split() for line in text.splitlines())
            if f and f[0][0] not in '#V']


def at_level(rows, level):
    return next(row[0] for row in rows if row[1] >= level)


@brunt_test(seconds=150)
def the_reference_prints_the_same(t):
    _, port = t.standin('--delay', 'lognormal:3ms,0.6', '--seed', '3', '--for', '30s')
    path = t.path('r.jsonl')
    t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '3000', '-c', '20', '--result', path)
    ours = t.brunt('report', path, '--hgrm').out
    rows = parse(ours)
    counts, below = [], 0
    for value, _, total in rows:
        if total > below:
            counts.append([round(value * 1000), total - below])
            below = total
    equal(below, 3000, 'the last count')
    theirs = reference(t, counts)
    for text in (ours, theirs):
        lines = text.splitlines()
        equal(lines[0].split(), ['Value', 'Percentile', 'TotalCount', '1/(1-Percentile)'], 'the heads')
        equal(lines[1], '', 'the second line')
        matches(text, r'^ *[0-9.]+ +0\.0+ +\d+ +1\.00$')
        matches(text, r'^ *[0-9.]+ +1\.0+ +3000 *$')
        matches(text, r'^#\[Mean +=')
        matches(text, r'^#\[Max +=')
        matches(text, r'^#\[Buckets +=')
    expected = parse(theirs)
    for level in (0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0):
        mine, wanted = at_level(rows, level), at_level(expected, level)
        check(abs(mine - wanted) <= 0.002 * wanted + 0.002, f'at {level}: {mine} ms, the reference says {wanted}')
    # Both walk the same levels: five to each halving of the rest.
    mine, wanted = ([round(row[1], 9) for row in table if 0.5 < row[1] < 0.9] for table in (rows, expected))
    common = set(mine) & set(wanted)
    check(len(common) >= 0.9 * min(len(mine), len(wanted)), f'levels {mine} and {wanted}')


main()
