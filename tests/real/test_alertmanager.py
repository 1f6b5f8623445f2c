#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts through a real Prometheus Alertmanager: posted to its API, notified by webhook to a sink.

A second webhook of the same receiver goes to a peer of ours, which reads the notifications with a JSON
parser and keeps the identities in them: what brunt says is compared with that, event by event. Costs
about 40 s. docs/real-alertmanager.md says how to do the same by hand.
"""
import json
import os
import shlex
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from account import adds_up, judged, listed
from debian import runs, unpacked
from harness import BRUNT, ROOT, brunt_test, between, check, contains, equal, main, matches
from harness_peer import free_port

PACKAGE = 'prometheus-alertmanager'
PROGRAM = 'bin/prometheus-alertmanager'
CONFIG = '''
route:
  receiver: brunt
  group_by: [{group_by}]
  group_wait: 1s
  group_interval: 1s
receivers:
- name: brunt
  webhook_configs:
  - url: http://127.0.0.1:{sink_port}/hook
    send_resolved: false
  - url: http://127.0.0.1:{peer_port}/hook
    send_resolved: false
'''
ALERT = '{"labels":{"alertname":"PaymentFailed","host":"{{pick web1 web2}}","event":"{{event}}"}}'
RATE, SECONDS, BATCH = 10, 4, 10
EVENTS = RATE * SECONDS * BATCH
# From an alert's acceptance until it is out, at most: a whole interval, and what a busy machine adds.
INTERVAL_NS = 1_000_000_000
SLACK_NS = 1_500_000_000


def relocated(folder):
    """The program wants its templates below /usr: a copy that looks for them where it runs."""
    path = os.path.join(folder, 'relocated')
    if not os.path.exists(path):
        with open(os.path.join(folder, PROGRAM), 'rb') as file:
            code = file.read()
        with open(f'{path}.new', 'wb') as file:
            file.write(code.replace(b'/usr/share/prometheus', b'.////share/prometheus'))
        os.chmod(f'{path}.new', 0o755)
        os.rename(f'{path}.new', path)
    return path


class Alertmanager:
    """The program on a free port, with a configuration of ours; can be killed and started again."""

    def __init__(self, t, group_by):
        self._t = t
        self.port, self.sink_port = free_port(), free_port()
        self.seen = {}  # event: how often the peer was told of it
        peer = t.peer(self._serve)
        self._config = t.write('alertmanager.yml', CONFIG.format(
            group_by=group_by, sink_port=self.sink_port, peer_port=peer.port))
        self._folder = os.path.join(unpacked(PACKAGE), 'usr')
        self._program = relocated(self._folder)
        runs([self._program, '--version'], PACKAGE)

    def _serve(self, conn):
        while True:
            told = json.loads(conn.recv_request().body)
            for alert in told['alerts']:
                event = alert['labels']['event']
                self.seen[event] = self.seen.get(event, 0) + 1
            conn.reply(200)

    def command(self):
        """What starts the program, as a file."""
        path = self._t.write('command', f'#!/bin/sh\ncd {shlex.quote(self._folder)} && exec ./relocated "$@"\n')
        os.chmod(path, 0o755)
        return path

    def start(self):
        self.child = self._t.start(self._program, f'--config.file={self._config}', f'--storage.path={self._t.path("data")}',
                                   f'--web.listen-address=127.0.0.1:{self.port}', '--cluster.listen-address=',
                                   cwd=self._folder)
        self.child.wait_listening(self.port)
        return self

    def metric(self, name, *labels):
        """The sum of that metric's rows with all of the labels."""
        text = self._t.client(self.port).get('/metrics').body.decode()
        return sum(float(row.split()[-1]) for row in text.splitlines()
                   if row.startswith(name) and all(label in row for label in labels))

    def bench(self, *args):
        return self._t.start_brunt(
            'bench', f'http://127.0.0.1:{self.port}/api/v2/alerts', '-H', 'content-type: application/json', '-b', ALERT,
            '-r', f'{RATE}/s', '-d', f'{SECONDS}s', '--batch', BATCH, '--join', 'array', '--wait-ready=20s', '--sink',
            f'alerts=webhook:127.0.0.1:{self.sink_port}/hook', '--shards', 1, '--max-lateness', '1s', '--result',
            'result.jsonl', *args)

    def finish(self, child, code):
        """The run's account; the peer's list is of its load alone from here on."""
        child.wait(50)
        run = self._t.finished(child, self._t.path('result.jsonl'))
        judged(run, code)
        # What was sent before the load belongs to other streams than the load's first.
        before = {event for event in self.seen if event[8:13] != '00000'}
        for event in before:
            del self.seen[event]
        check(len(before) >= 2, f'{before} were sent before the load: a try until ready, and the first event')
        return run, run.footer['sinks']['alerts']

    def wait_quiet(self, child, events):
        """Until so many events are out, and the next notifications are not yet due."""
        child.wait_until(lambda: len(self.seen) >= events, f'{events} events out', 20)
        time.sleep(0.5)


@brunt_test
def a_group_tells_its_alerts_again_and_loses_none(t):
    am = Alertmanager(t, 'alertname, host').start()
    run, sink = am.finish(am.bench('--deliver', 'alerts=all,within=4s', '--expect', 'p99(event_lag)<3s'), 0)
    equal(sink['accepted'], EVENTS, 'accepted')
    equal(sink['lost'] + sink['stuck'] + sink['late'], 0, f'lost, stuck or late\n{run.out}')
    equal(len(am.seen), EVENTS, 'events that the other webhook was told of')
    # Each notification of a group has all alerts of the group that fire: copies, and no losses.
    equal(sink['duplicated'], sum(1 for count in am.seen.values() if count > 1), 'duplicated')
    equal(sink['delivered'], sum(1 for count in am.seen.values() if count == 1), 'delivered')
    equal(sink['copies'], sum(count - 1 for count in am.seen.values()), 'copies')
    equal(sink['messages'], am.metric('alertmanager_notifications_total', 'webhook') / 2, 'messages')
    check(sink['duplicated'] > EVENTS / 4, f'{sink["duplicated"]} are few copies for groups that live on')


@brunt_test
def an_alert_that_is_its_own_group_comes_once(t):
    am = Alertmanager(t, '"..."').start()
    run, sink = am.finish(am.bench('--deliver', 'alerts=exactly-once,within=4s'), 0)
    for name in ('registered', 'accepted', 'delivered'):
        equal(sink[name], EVENTS, f'{name}\n{run.out}')
    equal(am.seen, dict.fromkeys(am.seen, 1), 'the other webhook\'s count')
    equal(len(am.seen), EVENTS, 'events that the other webhook was told of')


def lost_as_the_peer_says(am, run, sink):
    """What brunt calls lost or stuck is what was accepted and not told to the peer either."""
    gone = {**listed(sink, 'lost'), **listed(sink, 'stuck')}
    equal(len(gone), sink['lost'] + sink['stuck'], 'events listed')
    equal(set(gone) & set(am.seen), set(), 'lost events that came')
    came = sink['delivered'] + sink['late'] + sink['duplicated']
    equal(came + sink['unsure_delivered'], len(am.seen), f'events that came\n{run.out}')
    equal(came + len(gone), sink['accepted'], 'what came and what did not')
    adds_up(sink, EVENTS)
    check(gone, f'nothing was lost by a kill between two notifications\n{run.out}')
    dues = sorted(row['due_ns'] for row in gone.values())
    between(dues[-1] - dues[0], 0, INTERVAL_NS + SLACK_NS, 'how long before the kill the first lost event was due, in ns')
    contains(run.out, f'{len(gone)} of {sink["accepted"]} accepted events did not come')
    return dues


@brunt_test
def a_kill_with_a_restart_loses_what_was_not_yet_told(t):
    am = Alertmanager(t, 'alertname, host').start()
    child = am.bench('--deliver', 'alerts=all,within=4s', '--stall', '4s')
    am.wait_quiet(child, EVENTS // 4)
    am.child.stop(signal.SIGKILL)
    time.sleep(0.3)
    am.start()
    run, sink = am.finish(child, 99)
    dues = lost_as_the_peer_says(am, run, sink)
    after = sorted(am.seen)[-1]
    check(sink['unsent'] + sink['unsure'] > 0, 'nothing was sent while it was down')
    check(after > sorted(listed(sink, 'lost'))[-1], f'nothing came out after the restart; lost: due {dues}')
    matches(run.out, r"lost, \d+: ")


@brunt_test
def a_kill_without_a_restart_is_not_more_than_that(t):
    am = Alertmanager(t, 'alertname, host').start()
    child = am.bench('--deliver', 'alerts=all,within=4s', '--stall', '4s')
    am.wait_quiet(child, EVENTS // 4)
    am.child.stop(signal.SIGKILL)
    run, sink = am.finish(child, 99)
    lost_as_the_peer_says(am, run, sink)
    check(run.summary['failed'] > 0, 'no request failed with nobody there')
    equal(sink['unsent'] + sink['unsure_absent'], EVENTS - sink['accepted'], 'never taken')


@brunt_test
def the_example_passes(t):
    am = Alertmanager(t, '')
    run = t.run(os.path.join(ROOT, 'examples/alerter/run.sh'), '-q', env={
        'ALERTMANAGER': am.command(), 'BRUNT': BRUNT, 'PORT': str(free_port()), 'SINK_PORT': str(free_port())})
    check(run.code in (0, 90), f'exit code {run.code}; {run.out}{run.err}')
    matches(run.out, r'^  accepted +500 ')
    matches(run.out, r'^  lost +0 ')


main()
