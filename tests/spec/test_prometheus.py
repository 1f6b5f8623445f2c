#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--prometheus-listen: the page while a run goes on, as a scraper reads it. Costs about 4 s."""
import os
import re
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, free_port, main

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? ([-+0-9.eE]+|[+-]Inf|NaN)$')


def scrape(port, path='/metrics'):
    with urllib.request.urlopen(f'http://127.0.0.1:{port}{path}', timeout=5) as reply:
        return reply.headers['Content-Type'], reply.read().decode()


def samples(text):
    """Name and labels -> value; every line must be a comment or a sample, each sample once."""
    found = {}
    for line in text.splitlines():
        if line.startswith('#'):
            continue
        match = SAMPLE.match(line)
        check(match is not None, f'not a sample: {line!r}')
        key = match[1] + (match[2] or '')
        check(key not in found, f'twice: {key}')
        found[key] = float(match[3])
    return found


@brunt_test
def the_numbers_are_served_while_it_runs(t):
    _, target = t.standin('--for', '20s')
    port = free_port()
    url = f'http://127.0.0.1:{target}/'
    path = t.path('r.jsonl')
    child = t.start_brunt('bench', url, '-r', '100/s', '-d', '4s', '--max-lateness', '60s',
                          '--prometheus-listen', f'127.0.0.1:{port}', '--result', path)
    child.wait_listening(port)
    key = f'brunt_done_total{{phase="steady",target="{url}"}}'
    until = time.monotonic() + 10
    first = {key: 0}
    while first.get(key, 0) == 0 and time.monotonic() < until:
        time.sleep(0.2)
        kind, text = scrape(port)
        first = samples(text)
    equal(kind, 'text/plain; version=0.0.4; charset=utf-8', 'Content-Type')
    check(0 < first[key] < 400, f'so far {first[key]}')
    equal(first[f'brunt_latency_seconds_count{{phase="steady",target="{url}"}}'], first[key],
          'the histogram')
    contains(scrape(port, '/')[1], '/metrics', 'the page at /')
    try:
        scrape(port, '/nothing')
        check(False, '/nothing is there')
    except urllib.error.HTTPError as error:
        equal(error.code, 404, 'another path')
    time.sleep(1.2)
    second = samples(scrape(port)[1])
    check(second[key] > first[key], f'{first[key]}, then {second[key]}')
    child.wait(20)
    run = t.finished(child, path)
    equal((run.code, run.summary['done']), (0, 400), 'the run')
    contains(run.err, f'numbers for Prometheus on http://127.0.0.1:{port}/metrics', 'the note')


@brunt_test
def a_port_that_is_taken_is_told(t):
    _, target = t.standin('--for', '20s')
    run = t.brunt('bench', f'http://127.0.0.1:{target}/', '-n', '1', '--prometheus-listen',
                  f'127.0.0.1:{target}')
    check(run.code != 0, 'it must not begin')
    contains(run.err, f'cannot listen on 127.0.0.1:{target}', 'the message')
    run = t.brunt('bench', f'http://127.0.0.1:{target}/', '-n', '1', '--prometheus-listen', 'x')
    equal(run.code, 104, 'exit code')
    contains(run.err, '--prometheus-listen: ', 'the message')


main()
