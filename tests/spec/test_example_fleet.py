#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/fleet, run as its README prints it: the report names the slow instance and the failing one.
Costs about 9 s. Skipped where its ports are taken."""
import json
import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, brunt_test, check, contains, equal, main, skip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORTS = range(18801, 18806)


def printed():
    """The commands of the README, one text."""
    with open(os.path.join(ROOT, 'examples/fleet/README.md'), encoding='utf-8') as file:
        return re.findall(r'^```sh\n(.*?)^```', file.read(), re.M | re.S)


def taken():
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                return port
    return None


@brunt_test(seconds=120)
def the_report_names_the_slow_one_and_the_failing_one(t):
    if taken() is not None:
        skip(f'port {taken()} is taken')
    bin_dir = t.path('bin')
    os.mkdir(bin_dir)
    os.symlink(BRUNT, os.path.join(bin_dir, 'brunt'))
    blocks = printed()
    equal(len(blocks), 4, 'blocks of commands')
    # A busy machine is no failure here, and is said to the runs alone.
    script = '\n'.join(blocks).replace('--duration', '--max-lateness 10s --duration')
    script = f'set -eu\ntrap "kill 0" EXIT\n{script}\ntrap - EXIT\nkill $(jobs -p)\n'
    child = subprocess.Popen(['bash', '-c', script], cwd=t.dir, start_new_session=True, text=True,
                             env={**os.environ, 'PATH': f'{bin_dir}:{os.environ["PATH"]}'},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = child.communicate(timeout=100)
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    equal(child.returncode, 0, f'exit code of\n{out}\n{err}')
    words = ' '.join(out.split())
    contains(words, 'target 3 is slow: its latency p50 or p99 is more than twice')
    contains(words, 'target 5 fails: its share of failures')
    contains(words, ' of status 503')
    with open(t.path('fleet.jsonl'), encoding='utf-8') as file:
        footer = json.loads(file.read().splitlines()[-1])
    targets = footer['targets']
    equal([row['slow'] for row in targets], [False, False, True, False, False], 'slow')
    equal([row['failing'] for row in targets], [False, False, False, False, True], 'failing')
    equal([row['uneven'] for row in targets], [False] * 5, 'uneven')
    equal({row['done'] for row in targets}, {1000}, 'requests of each')
    equal(set(targets[4]['status']), {'200', '503'}, 'statuses of the failing one')
    check(5 <= targets[4]['failed'] <= 45, f'2 % of 1,000 fail: {targets[4]["failed"]}')
    contains(out, ' slow |', 'Markdown')
    contains(out, ' failing |', 'Markdown')


main()
