#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events through a real nginx as reverse proxy, to a webhook sink: plain, mirrored, retried, reloaded and
restarted in mid-run.

nginx's access log has the body of each request, the status it gave and those it got: what brunt says is
compared with that, event by event. Costs about 20 s. docs/real-nginx.md says how to do the same by hand.
"""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from account import adds_up, judged, listed
from debian import runs, unpacked
from harness import BRUNT, ROOT, brunt_test, check, contains, equal, main, matches
from harness_peer import free_port

CONFIG = '''
daemon off;
worker_processes 1;
{user}
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 512; }}
http {{
    log_format account escape=json '$status|$upstream_status|$request_body';
    access_log {dir}/access.log account;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    upstream sink {{
        {servers}
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location / {{
            {extra}
            proxy_pass http://sink;
        }}
        location = /mirror {{
            internal;
            proxy_pass http://sink/mirrored;
        }}
    }}
}}
'''
EVENT = re.compile(r'zx[0-9a-v]{24}')
RATE = 400


class Nginx:
    """The program on a free port, before a sink on another; can be stopped and started again."""

    def __init__(self, t, extra='', servers=1):
        self._t = t
        self.port, self.sink_port = free_port(), free_port()
        self._program = os.path.join(unpacked('nginx'), 'usr/sbin/nginx')
        runs([self._program, '-v'], 'nginx')
        self._config = t.write('nginx.conf', CONFIG.format(
            user='user root;' if os.geteuid() == 0 else '', dir=t.dir, port=self.port, extra=extra,
            servers='\n        '.join([f'server 127.0.0.1:{self.sink_port} max_fails=0;'] * servers)))
        self.start()

    def start(self):
        self.child = self._t.start(self._program, '-p', self._t.dir, '-e', self._t.path('error.log'), '-c', self._config)
        self.child.wait_listening(self.port)

    def bench(self, seconds, *args):
        return self._t.start_brunt(
            'bench', f'http://127.0.0.1:{self.port}/orders', '-b', '{"order":"{{event}}"}', '-r', f'{RATE}/s', '-d',
            f'{seconds}s', '--sink', f'orders=webhook:127.0.0.1:{self.sink_port}', '--shards', 1, '--max-lateness', '1s',
            '--result', 'result.jsonl', *args)

    def finish(self, child, seconds, code=0):
        """The run, the sink's account, and nginx's log of its load: (status, statuses of the sink, event)."""
        child.wait(50)
        run = self._t.finished(child, self._t.path('result.jsonl'))
        judged(run, code)
        sink = run.footer['sinks']['orders']
        adds_up(sink, RATE * seconds)
        return run, sink, self.log()

    def log(self):
        rows = []
        with open(self._t.path('access.log'), encoding='utf-8') as file:
            for line in file:
                status, upstream, body = line.rstrip('\n').split('|', 2)
                event = EVENT.search(body).group()
                if event[8:13] == '00000':  # the load's stream; the first event has another
                    rows.append((int(status), [part.strip() for part in upstream.split(',')], event))
        return rows


@brunt_test
def a_proxy_loses_nothing_and_keeps_the_order(t):
    nginx = Nginx(t)
    run, sink, log = nginx.finish(nginx.bench(2, '--deliver', 'orders=exactly-once,in-order,within=1s'), 2)
    equal(sink['delivered'], 2 * RATE, f'delivered\n{run.out}')
    equal({row[:1] + tuple(row[1]) for row in log}, {(200, '200')}, 'what nginx answered, and was answered')
    equal(len({row[2] for row in log}), 2 * RATE, 'events in its log')


@brunt_test
def what_is_mirrored_is_a_duplicate(t):
    nginx = Nginx(t, extra='mirror /mirror;')
    run, sink, log = nginx.finish(nginx.bench(2, '--deliver', 'orders=exactly-once'), 2, 99)
    equal(sink['duplicated'], 2 * RATE, f'duplicated\n{run.out}')
    equal(sink['lost'], 0, 'lost')
    equal(sink['deliveries'], 4 * RATE, 'deliveries')
    contains(run.out, f'{2 * RATE} events came more than once; each was to come exactly once')
    check(set(listed(sink, 'duplicated')) <= {row[2] for row in log}, 'duplicated events that nginx never had')


@brunt_test
def what_is_mirrored_elsewhere_is_none(t):
    """Each sink has an account of its own: told apart by path, both have everything once."""
    nginx = Nginx(t, extra='mirror /mirror;')
    child = nginx.bench(2, '--sink', f'copies=webhook:127.0.0.1:{nginx.sink_port}/mirrored', '--deliver', 'orders=exactly-once',
                        '--deliver', 'copies=exactly-once')
    run, sink, _ = nginx.finish(child, 2)
    equal(sink['delivered'], 2 * RATE, f'delivered\n{run.out}')
    equal(run.footer['sinks']['copies']['delivered'], 2 * RATE, f'delivered to the other\n{run.out}')


@brunt_test
def a_retry_is_no_duplicate(t):
    nginx = Nginx(t, extra='proxy_next_upstream error timeout http_503 non_idempotent;', servers=2)
    child = nginx.bench(3, '--sink-do', 'orders=fail=5%:503', '--deliver', 'orders=exactly-once', '--seed', '11')
    run, sink, log = nginx.finish(child, 3)
    failed = sum(row[1].count('503') for row in log)
    check(failed >= 20, f'{failed} failures of the sink are few')
    equal(sink['failed'], failed, 'failures')
    equal(sink['attempts'], failed, 'attempts')
    equal(sink['retries'], sum(len(row[1]) - 1 for row in log), f'retries\n{run.out}')
    equal(sink['duplicated'] + sink['lost'] + sink['unsure'], 0, f'duplicated, lost or unsure\n{run.out}')
    equal(sink['delivered'], sum(row[0] == 200 for row in log), 'delivered')
    # Both servers failed: the client was told so, and the event is not missed.
    equal(sink['refused'], sum(row[0] == 503 for row in log), 'refused')


def nothing_lost(sink, log, run):
    """What nginx answered well came once, and what it did not answer is not called lost."""
    equal(sink['lost'] + sink['stuck'] + sink['duplicated'] + sink['refused'], 0, f'lost, duplicated, refused\n{run.out}')
    answered = {row[2] for row in log if row[0] == 200}
    equal(sink['accepted'], sink['delivered'], 'accepted')
    check(sink['accepted'] <= len(answered) <= sink['delivered'] + sink['unsure_delivered'],
          f'nginx answered {len(answered)} events well, brunt says {sink["accepted"]} accepted, {sink["delivered"]} delivered\n{run.out}')


@brunt_test
def a_reload_loses_nothing(t):
    nginx = Nginx(t)
    child = nginx.bench(3, '--sink-do', 'orders=delay=10ms', '--deliver', 'orders=exactly-once', '--stall', '3s')
    child.wait_until(lambda: len(nginx.log()) > RATE // 2, 'half a second of load')
    for _ in range(2):
        nginx.child.send_signal(signal.SIGHUP)
        time.sleep(0.7)
    run, sink, log = nginx.finish(child, 3)
    nothing_lost(sink, log, run)
    equal(sink['unsent'], 0, 'unsent')
    print(f'# reloaded twice: {sink["accepted"]} accepted, unsure: {sink["unsure_delivered"]} came, {sink["unsure_absent"]} did not')


@brunt_test
def a_restart_makes_events_unsure_and_loses_none(t):
    nginx = Nginx(t)
    child = nginx.bench(3, '--sink-do', 'orders=delay=20ms', '--deliver', 'orders=exactly-once', '--stall', '3s')
    child.wait_until(lambda: len(nginx.log()) > RATE // 2, 'half a second of load')
    nginx.child.stop(signal.SIGTERM)
    time.sleep(0.3)
    nginx.start()
    run, sink, log = nginx.finish(child, 3)
    nothing_lost(sink, log, run)
    check(sink['unsent'] > 0, f'nobody was refused while it was down\n{run.out}')
    # What the sink had and could not answer any more is an attempt: a real server would have acted on it.
    check(sink['attempts'] <= sink['unsure_absent'], f'attempts\n{run.out}')
    check(sink['unsure_delivered'] + sink['unsure_absent'] > 0, f'nothing was under way when it was stopped\n{run.out}')
    print(f'# restarted: {sink["accepted"]} accepted, {sink["unsent"]} unsent, unsure: {sink["unsure_delivered"]} came, '
          f'{sink["unsure_absent"]} did not')


@brunt_test
def the_example_passes(t):
    program = os.path.join(unpacked('nginx'), 'usr/sbin/nginx')
    runs([program, '-v'], 'nginx')
    run = t.run(os.path.join(ROOT, 'examples/proxy/run.sh'), 'retried', '-q', '--sink-do', 'orders=fail=5%:503', env={
        'NGINX_PROGRAM': program, 'BRUNT': BRUNT, 'PORT': str(free_port()), 'SINK_PORT': str(free_port())})
    check(run.code in (0, 90), f'exit code {run.code}; {run.out}{run.err}')
    matches(run.out, r'^  duplicated +0 ')
    matches(run.out, r'^  attempts +\d+ ')


main()
