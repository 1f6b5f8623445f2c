#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A throttle that the plan states explains what it holds back, and nothing else: a scripted pipeline
lets 20 events a second of each host through and loses some of a host that is not throttled. Costs
about 5 s."""
import http.client
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main
from harness_peer import free_port

RECORD = re.compile(rb'(zx[0-9a-v]{24}) (\w+)')
LIMIT, WINDOW = 20, 1.0


class Throttler:
    def __init__(self, t):
        self.port = free_port()
        self.lock = threading.Lock()
        self.windows = {}
        self.held, self.lost = [], []
        self._quiet = 0
        self.peer = t.peer(self._serve)

    def _passes(self, name, host):
        """Fixed windows that begin with a host's first event; every fourth one of `quiet` is lost."""
        now = time.monotonic()
        begin, count = self.windows.get(host, (-WINDOW, 0))
        if now >= begin + WINDOW:
            begin, count = now, 0
        self.windows[host] = (begin, count + 1)
        if count >= LIMIT:
            self.held.append(name)
            return False
        self._quiet += host == b'quiet'
        if host == b'quiet' and self._quiet % 4 == 0:
            self.lost.append(name)
            return False
        return True

    def _serve(self, conn):
        out = http.client.HTTPConnection('127.0.0.1', self.port)
        while True:
            name, host = RECORD.search(conn.recv_request().body).groups()
            with self.lock:
                passes = self._passes(name.decode(), host)
            if passes:
                out.request('POST', '/', name)
                out.getresponse().read()
            conn.reply(200)


@brunt_test
def what_is_throttled_is_held_back_and_what_is_lost_is_lost(t):
    pipeline = Throttler(t)
    busy = ' '.join(['busy'] * 9)
    run = t.brunt('bench', pipeline.peer.url('/'), '-b', '{{event}} {{pick ' + busy + ' quiet as host}}', '-r', '100/s',
                  '-d', '3s', '-q', '--max-lateness', '10s', '--first-event', 'off', '--stream-key', 'host', '--sink',
                  f'out=webhook:127.0.0.1:{pipeline.port}', '--deliver', f'out=all,throttle={LIMIT}/s', '--stall', '500ms')
    sink = run.footer['sinks']['out']
    check(len(pipeline.held) > 50 and pipeline.lost, 'too little was held back or lost')
    equal((sink['held_back'], sink['lost'] + sink['stuck']), (len(pipeline.held), len(pipeline.lost)), 'held back, lost')
    equal(sink['delivered'], 300 - len(pipeline.held) - len(pipeline.lost), 'delivered')
    anomalies = sink['phases'][-1]['anomalies']
    told = [row['event'] for kind in ('lost', 'stuck') for row in anomalies.get(kind, {}).get('first', ())]
    equal(sorted(told), sorted(pipeline.lost), 'lost events')
    equal(run.code, 99, 'exit code')
    contains(run.out, 'did not come, as planned')


@brunt_test
def a_throttle_needs_one_shard(t):
    run = t.brunt('bench', 'http://127.0.0.1:1/', '-b', '{{event}}', '--sink', 'a=webhook', '--deliver', 'a=throttle=5/m',
                  '--shards', '2', '--plan')
    equal(run.code, 104, 'exit code')
    contains(run.err, 'a throttle is told by the events of a stream together: --shards must be 1')
    run = t.brunt('bench', 'http://127.0.0.1:1/', '-b', '{{event}}', '--sink', 'a=webhook', '--deliver', 'a=throttle=5/m',
                  '-c', '500', '--plan')
    contains(run.out, 'throttle=5/1m')
    contains(run.out, '1 shard')


main()
