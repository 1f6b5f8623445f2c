#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What became of events, for real: bench, a gate of the test's own, relays with planted faults and
sinks of every kind, each a process or thread, by seed. The gate says what it did to each request, the
relays write down what they did to each event; what brunt tells of every identity must follow from that.
(Thousands of such plans are played in the simulated world: test_pipeline.py.)

The classes have no tolerance. What depends on two moments (late, overtaken) is asked where the accounts
leave no doubt: `open` ones may be told either way. A lag is known to TURN_NS, what an event needs to get
into a process and to be noticed; a measurement that a busy machine has spoilt is taken again.

Costs some 40 s, most of it waiting; TRUTH_FULL=1 plays 200 plans, in 5 minutes.
"""
import concurrent.futures
import json
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import FULL, brunt_test, check, equal, free_port, main
from harness_peer import Client, Gone
from truth_clock import FIRST, compare_quantiles

STAMP = re.compile(rb'zx[0-9a-v]{24}')
SEQ_BITS = 38
WITHIN_NS = 400_000_000
SLOW_NS = 1_500_000_000
# Longer than a relay holds an event that is to be overtaken, and nobody comes.
STALL = '7s'
AT_ONCE = 5
ATTEMPTS = 5
TURN_NS = 400_000

REFUSED, BROKEN = (400, 404, 422, 429, 503), (302, 408, 500, 502, 504)
# What the gate does to a request; those in FORWARDED reach the relays all the same.
DEEDS = ('refuse', 'break', 'cut', 'hang', 'lie', 'leak', 'pass-break', 'pass-cut')
FORWARDED = ('pass', 'leak', 'pass-break', 'pass-cut')


def identity(stamp):
    """(stream, number) of a stamp."""
    value = int(stamp[8:20], 32)
    return value >> SEQ_BITS, value & ((1 << SEQ_BITS) - 1)


class Request:
    """What the gate, or a relay that stands alone, saw of one."""

    def __init__(self, ids, deed, got_ns):
        self.ids = ids
        self.deed = deed
        self.got_ns = got_ns
        self.entry = 'unsure'


class Gate:
    """Takes requests, does to them what the seed says, hands them to all relays."""

    def __init__(self, t, seed, shares, ports):
        self._seed = seed
        self._shares = shares
        self._ports = ports
        self.requests = []
        self.port = t.peer(self._serve).port

    def _decide(self, first):
        dice = random.Random(f'{self._seed} {first}')
        lot = dice.random()
        for deed, share in self._shares.items():
            lot -= share
            if lot < 0:
                return deed, dice.choice(BROKEN if 'break' in deed else REFUSED)
        return 'pass', 200

    def _serve(self, conn):
        relays = []
        try:
            while True:
                message = conn.recv_request()
                if not relays:
                    relays = [Client(port) for port in self._ports]
                if not self._handle(conn, message.body, relays):
                    return
        finally:
            for relay in relays:
                relay.close()

    def _handle(self, conn, body, relays):
        ids = [identity(stamp) for stamp in STAMP.findall(body)]
        deed, status = self._decide(ids[0])
        request = Request(ids, deed, time.monotonic_ns())
        self.requests.append(request)
        if deed in FORWARDED:
            for relay in relays:
                equal(relay.get(method='POST', body=body).status, 200, 'what a relay answers')
        if deed.endswith('cut'):
            conn.reset()
            return False
        if deed == 'hang':
            try:
                conn.recv_more()
            except Gone:
                return False
            raise AssertionError('more of a request that was never answered')
        good = deed in ('pass', 'lie')
        conn.reply(200 if good else status, b'')
        request.entry = 'accepted' if good else 'unsure' if 'break' in deed else 'refused'
        if time.monotonic_ns() - request.got_ns > 1_500_000_000:  # the sender's time may have been over
            request.entry = 'open'
        return True


class Account:
    """What a relay wrote down: when each event came in, when its copies were out, what was planted."""

    def __init__(self, log_path, faults_path):
        self.came_in = {}
        self.outs = {}
        self.order = []
        self.faults = {}
        self.refused = []
        self.in_stamp = set()
        for line in open(log_path, encoding='ascii'):
            what, ns, stamp = line.split()
            event = identity(stamp)
            if what == 'in':
                self.came_in[event] = int(ns)
            elif what == 'out':
                if event not in self.outs:
                    self.order.append(event)
                self.outs.setdefault(event, []).append(int(ns))
        for line in open(faults_path, encoding='ascii'):
            note = json.loads(line)
            event = identity(note['event'])
            if note['state'] != 'done':
                continue
            if note['fault'] == 'refuse':
                self.refused.append((note['ns'], event))
                continue
            self.faults[event] = note['fault']
            if note.get('in_stamp'):
                self.in_stamp.add(event)

    def came(self, event):
        """How often it came to the sink with a stamp that can be read."""
        return 0 if event in self.in_stamp else len(self.outs.get(event, ()))


class Plan:
    """One by seed; what it starts is the test's."""

    def __init__(self, t, seed):
        self.t = t
        self.seed = seed
        dice = self.dice = random.Random(seed)
        self.is_closed = dice.random() < 0.5
        self.batch = dice.choice((1, 1, 2, 5))
        self.has_gate = dice.random() < 0.7
        self.is_intact = dice.random() < 0.5
        self.is_bare = not self.is_intact and dice.random() < 0.3
        self.rate = 60
        self.count = 120
        self.sinks = []  # (name, kind, option, account's files)
        self.options = []
        self.relay_ports = []
        self.gate = None

    def path(self, name):
        return self.t.path(f'{self.seed}-{name}')

    def add_relay(self, at):
        dice = self.dice
        kind = dice.choice(('webhook', 'webhook', 'tcp', 'file'))
        name = f's{at}'
        where = self.path(f'{name}.out') if kind == 'file' else f'127.0.0.1:{free_port()}'
        out = f'webhook:http://{where}/in' if kind == 'webhook' else f'{kind}:{where}'
        faults = []
        for fault in ('lose', 'dup', 'reorder', 'damage'):
            if dice.random() < 0.6:
                faults += [f'--{fault}', f'{dice.uniform(0.5, 4):.1f}%']
        if dice.random() < 0.5:
            faults += ['--delay-one', f'{dice.uniform(0.5, 3):.1f}%:1500ms']
        if not self.has_gate and dice.random() < 0.6:
            faults += ['--refuse', '3%:422']
        log, planted = self.path(f'{name}.log'), self.path(f'{name}.faults')
        open(planted, 'w', encoding='ascii').close()
        child, port = self.t.standin(
            '--queue', 'memory', '--out', out, '--log', log, '--faults', planted, '--seed', self.seed * 10 + at,
            '--out-batch', dice.choice((1, 1, 3)), '--backoff', '2ms', '--retries', dice.choice(('1', '100')),
            *faults, name='relay')
        self.sinks.append((name, child, log, planted))
        self.relay_ports.append(port)
        asked = 'exactly-once,within=400ms' + (',intact=m' if self.is_intact else '')
        self.options += ['--sink', f'{name}={kind}:{where}', '--deliver', f'{name}={asked}']
        if kind == 'webhook' and dice.random() < 0.6:
            self.options += ['--sink-do', f'{name}=fail={dice.randint(1, 8)}%:{dice.choice((500, 503, 429))} '
                                          f'reset={dice.randint(0, 3)}% delay=uniform:0ms,2ms']

    def run(self):
        relays = self.dice.choice((1, 1, 2)) if self.has_gate else 1
        for at in range(relays):
            self.add_relay(at)
        port = self.relay_ports[0]
        if self.has_gate:
            shares = {deed: self.dice.choice((0, 0.03)) for deed in DEEDS}
            shares['hang'] = 0 if self.is_closed else shares['hang'] / 3
            self.gate = Gate(self.t, self.seed, shares, self.relay_ports)
            port = self.gate.port
        load = ['-n', self.count, '-c', '1'] if self.is_closed else ['-r', f'{self.rate}/s', '-n', self.count]
        body = '{{event}}' if self.is_bare else '{"m":"paid {{event}} in full"}'
        run = self.t.brunt('bench', f'http://127.0.0.1:{port}/in', *load, '--shards', '1', '--batch', self.batch,
                           '-b', body, '--first-event', 'off', '--timeout', '2s', '--stall', STALL,
                           '--settle', '500ms', '--seed', self.seed, '--max-lateness', '30s', *self.options,
                           timeout=100)
        accounts = {}
        for name, child, log, planted in self.sinks:
            child.stop()
            accounts[name] = Account(log, planted)
        return run, accounts

    def requests_of(self, accounts):
        """In the order in which they were sent."""
        if self.gate is not None:
            found = self.gate.requests
        else:
            account = next(iter(accounts.values()))
            rows = {}
            for event, ns in [*account.came_in.items(), *((event, ns) for ns, event in account.refused)]:
                rows.setdefault(event[1] // self.batch, []).append((event, ns))
            refused = {event for _, event in account.refused}
            found = []
            for row in rows.values():
                ids = sorted(event for event, _ in row)
                request = Request(ids, 'pass', row[0][1])
                request.entry = 'refused' if ids[0] in refused else 'accepted'
                found.append(request)
        return sorted(found, key=lambda request: request.ids[0])


# ---- what must be told, by identity: True, False or None (open) ----

class Truth:
    """What follows from the accounts about one sink."""

    def __init__(self, plan, requests, account):
        self.plan = plan
        self.requests = requests
        self.account = account
        self.request_of = {event: request for request in requests for event in request.ids}
        self.place = {event: place for place, event in enumerate(account.order)}
        # When each was due: by the schedule, whose beginning nobody could be before.
        step = 10**9 / plan.rate
        start = min(request.got_ns - self.number(request) * step for request in requests)
        self.due = {id(request): start + self.number(request) * step for request in requests}

    def number(self, request):
        return request.ids[0][1] // self.plan.batch

    def late(self, event):
        request = self.request_of[event]
        if request.entry != 'accepted' or self.account.came(event) != 1:
            return False if request.entry != 'open' else None
        out_ns = self.account.outs[event][0]
        slow_ns = SLOW_NS if self.account.faults.get(event) == 'delay' else 0
        if self.account.came_in[event] + slow_ns - request.got_ns > WITHIN_NS:
            return True
        # A closed model's is due when the connection became free: behind the request before.
        due_ns = self.due[id(request)]
        if self.plan.is_closed:
            at = self.requests.index(request)
            due_ns = self.requests[at - 1].got_ns if at > 0 else request.got_ns - WITHIN_NS
        return False if out_ns - due_ns < 0.9 * WITHIN_NS else None

    def reordered(self, event):
        """Overtaken by one that had to come later."""
        request = self.request_of[event]
        if self.account.came(event) == 0:
            return False
        if request.entry == 'refused':
            return None
        found = False
        for other in self.account.order[:self.place[event]]:
            if other[1] <= event[1] or self.account.came(other) == 0:
                continue
            later = self.request_of[other]
            if later is request:
                return True
            if request.entry == 'unsure':
                continue
            apart_ns = later.got_ns - request.got_ns
            certain = (self.plan.is_closed or apart_ns > 1_000_000_000) and 'refused' not in later.entry
            if certain and request.entry == 'accepted' and later.entry != 'open':
                return True
            if apart_ns > 0:
                found = None
        return found

    def expect(self, event):
        """{kind: bool or None}"""
        entry, came = self.request_of[event].entry, self.account.came(event)
        damaged = came > 0 and self.plan.is_intact and self.account.faults.get(event) == 'damage'
        told = {
            'lost': entry == 'accepted' and came == 0,
            'unsure_absent': entry == 'unsure' and came == 0,
            'duplicated': entry in ('accepted', 'unsure') and came > 1,
            'leaked': entry == 'refused' and came > 0,
            'late': self.late(event),
            'reordered': self.reordered(event),
            'damaged': None if damaged and entry == 'refused' else damaged,
        }
        if entry == 'open':
            told = {kind: None for kind in told}
        return told


def told_by(sink, what):
    """{kind: identities} of all phases; what is stuck is lost at the end of all."""
    told, holes = {}, []
    for phase in sink['phases']:
        for kind, rows in phase.get('anomalies', {}).items():
            events = told.setdefault('lost' if kind == 'stuck' else kind, set())
            for row in rows['runs']:
                members = {(row['stream'], seq) for seq in range(row['first'], row['last'] + 1)}
                if row['count'] == len(members):
                    events |= members
                else:
                    holes.append((kind, row['count'], members))
            firsts = {identity(first['event']) for first in rows['first']}
            check(holes or firsts <= events, f'{what} {kind}: {firsts - events} are told and in no run')
    # Taken back: an event that was late, and came again, is duplicated instead.
    for kind, count, members in holes:
        members -= told.get('duplicated', set())
        equal((kind, len(members)), ('late', count), f'{what} a run of which some were taken back')
        told['late'] |= members
    return told


def compare_sink(plan, name, sink, truth, tally):
    told = told_by(sink, f'plan {plan.seed}, {name}:')
    expected = {event: truth.expect(event) for request in truth.requests for event in request.ids}
    equal(set(told) - {'lost', 'unsure_absent', 'duplicated', 'leaked', 'late', 'reordered', 'damaged'}, set(),
          f'plan {plan.seed}: anomalies at {name} that nobody planted')
    for kind, events in told.items():
        equal(events - set(expected), set(), f'plan {plan.seed}: {kind} events that nobody sent')
    for event, kinds in expected.items():
        request = truth.request_of[event]
        for kind, want in kinds.items():
            tally[kind] = tally.get(kind, 0) + (event in told.get(kind, ()))
            if want is None or want == (event in told.get(kind, ())):
                continue
            raise AssertionError(
                f'plan {plan.seed}, {name}, event {event}: {kind} is {"not " if want else ""}told; gate: '
                f'{request.deed}, entry {request.entry}; relay: {truth.account.faults.get(event)}, out '
                f'{truth.account.came(event)} times')
    compare_sums(plan, name, sink, truth)


def compare_sums(plan, name, sink, truth):
    """The classes as numbers, and that they add up."""
    entries = {}
    for request in truth.requests:
        entries[request.entry] = entries.get(request.entry, 0) + len(request.ids)
    what = f'plan {plan.seed}, {name}:'
    equal(sink['registered'], plan.count * plan.batch, f'{what} events')
    equal(sink['registered'], sum(entries.values()) + sink['unsent'], f'{what} events seen, and unsent')
    if 'open' not in entries:
        for entry in ('accepted', 'unsure'):
            equal(sink[entry], entries.get(entry, 0), f'{what} {entry}')
        equal(sink['refused'] + sink['leaked'], entries.get('refused', 0), f'{what} refused')
    equal(sink['accepted'] + sink['unsure'],
          sum(sink[kind] for kind in ('lost', 'stuck', 'in_flight', 'delivered', 'late', 'duplicated',
                                      'unsure_absent', 'unsure_delivered')), f'{what} classes')
    deliveries = sum(truth.account.came(event) for event in truth.request_of)
    equal(sink['deliveries'], deliveries, f'{what} deliveries')
    equal((sink['foreign'], sink['unknown'], sink['redelivered']), (0, 0, 0), f'{what} of others')
    # What we answered badly had its stamp, too.
    unreadable = sum(len(truth.account.outs.get(event, ())) for event in truth.account.in_stamp)
    check(sink['unreadable'] == unreadable or sink['unreadable'] > unreadable > 0 < sink['attempts'] + sink['failed'],
          f'{what} {sink["unreadable"]} unreadable stamps, {unreadable} were put out')


def play(t, seed, tally):
    plan = Plan(t, seed)
    run, accounts = plan.run()
    check('sums' not in [reason['code'] for reason in run.footer['reasons']], f'plan {seed}: a sum is wrong')
    requests = plan.requests_of(accounts)
    for name, account in accounts.items():
        truth = Truth(plan, requests, account)
        compare_sink(plan, name, run.footer['sinks'][name], truth, tally)
    lost = sum(run.footer['sinks'][name]['lost'] + run.footer['sinks'][name]['stuck'] for name in accounts)
    if lost > 0:
        compare_verdict(run, f'plan {seed}:')


def compare_verdict(run, what):
    """Losses fail, unless the machine made a sink of ours slow: then it may have been us."""
    codes = [reason['code'] for reason in run.footer['reasons']]
    check(run.footer['verdict'] == 'fail' or 'slow_sink' in codes, f'{what} the verdict of a loss\n{run.out}')


def play_all(t, seeds):
    tally = {}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(play, t, seed, tally) for seed in seeds]
        wrong = [str(future.exception()) for future in futures if future.exception() is not None]
    check(not wrong, '\n'.join(wrong))
    print(f'# {len(seeds)} plans: {tally}', flush=True)
    return tally


@brunt_test(seconds=120, sanitized=False)
def fifteen_plans_are_told_one_by_one(t):
    tally = play_all(t, range(1, 16))
    for kind in ('lost', 'unsure_absent', 'duplicated', 'leaked', 'late', 'reordered', 'damaged'):
        check(tally[kind] > 0, f'nothing was {kind} in all plans')


@brunt_test(seconds=900, sanitized=False, full=True)
def two_hundred_plans_are_told_one_by_one(t):
    play_all(t, range(1, 201))


# ---- a relay is killed ----

def killed(t, seed, delay, after_s):
    """Kills a relay that holds each event for `delay` in a queue of memory; nobody starts it again."""
    log, path = t.path(f'{seed}.log'), t.path(f'{seed}.jsonl')
    port = free_port()
    relay, entry = t.standin('--queue', 'memory', '--out', f'webhook:http://127.0.0.1:{port}/', '--log', log,
                             '--delay', delay, '--seed', seed, name='relay')
    brunt = t.start_brunt('bench', f'http://127.0.0.1:{entry}/in', '-r', '100/s', '-d', '5s', '--shards', '1',
                          '-b', '{"m":"paid {{event}}"}', '--sink', f'a=webhook:127.0.0.1:{port}',
                          '--deliver', 'a=exactly-once', '--first-event', 'off', '--stall', '3s', '--result', path,
                          '--max-lateness', '30s')
    relay.wait_until(lambda: os.path.getsize(log) > 0, 'taking events in')
    time.sleep(after_s)
    relay.send_signal(signal.SIGKILL)
    relay.wait()
    brunt.wait(60)
    return t.finished(brunt, path), log


def compare_killed(run, log):
    """What the list says was queued is what is lost, but for the message that was under way."""
    came_in, gone = set(), set()
    with open(log, encoding='ascii') as file:
        lines = [line.split() for line in file if line.endswith('\n')]
    for what, _, stamp in lines:
        (came_in if what == 'in' else gone).add(identity(stamp))
    queued = came_in - gone
    sink = run.footer['sinks']['a']
    told = told_by(sink, 'a killed relay:')
    lost = told.get('lost', set())
    equal(lost - queued, set(), 'what is lost and was not queued')
    # One was perhaps out, or its acceptance not read, when the relay died.
    spared = queued - lost
    check(len(spared) <= 2, f'{sorted(spared)} were queued and are not lost')
    equal(set(told) - {'lost', 'unsure_absent', 'reordered'}, set(), 'other anomalies')
    equal(told.get('reordered', set()), set(), 'out of order')
    equal(sink['delivered'] + sink['unsure_delivered'], sink['deliveries'], 'deliveries')
    compare_verdict(run, 'a killed relay:')
    return len(lost), sink


@brunt_test(seconds=100, sanitized=False)
def a_killed_relay_loses_what_it_had_queued(t):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        short = pool.submit(killed, t, 1, '300ms', 2.5)
        long = pool.submit(killed, t, 2, '2s', 3.5)
        lost, sink = compare_killed(*short.result())
        check(5 <= lost <= 100, f'{lost} were lost, of some 30')
        lost, sink = compare_killed(*long.result())
        check(100 <= lost <= 350, f'{lost} were lost, of some 200')
        check(sink['stuck'] > 100, f'nothing that was accepted after them came: they are stuck, {sink["stuck"]}')


# ---- lag ----

def measure_lag(t, kind, delay, attempt):
    """(the lags that brunt tells, those in the relay's log)"""
    port, log = free_port(), t.path(f'{kind}-{attempt}.log')
    where = t.path(f'{kind}-{attempt}.out') if kind == 'file' else f'127.0.0.1:{port}'
    out = f'webhook:http://{where}/' if kind == 'webhook' else f'{kind}:{where}'
    relay, entry = t.standin('--queue', 'memory', '--out', out, '--log', log, '--delay', delay, '--seed', '3',
                             '--workers', '4' if kind == 'webhook' else '1', name='relay', prefix=FIRST)
    run = t.brunt('bench', f'http://127.0.0.1:{entry}/in', '-r', '200/s', '-d', '3s', '-b', '{"m":"paid {{event}}"}',
                  '--sink', f'a={kind}:{where}', '--first-event', 'off', '--settle', '500ms',
                  '--max-lateness', '30s', prefix=FIRST)
    relay.stop()
    account = Account(log, os.devnull)
    sink = run.footer['sinks']['a']
    equal((sink['delivered'], sink['lost'], sink['duplicated']), (600, 0, 0), 'events')
    return sink['event_lag_sent'], [account.outs[event][0] - ns for event, ns in account.came_in.items()]


def known_lag(t, kind, delay):
    for attempt in range(ATTEMPTS):
        told, logged = measure_lag(t, kind, delay, attempt)
        wrong = compare_quantiles(told, logged, TURN_NS, TURN_NS, 10)
        if wrong is None:
            return
    check(False, f'lag at the {kind} of {delay}: {wrong}, {ATTEMPTS} times')


@brunt_test(sanitized=False)
def the_lag_is_what_the_relay_says(t):
    known_lag(t, 'webhook', 'uniform:5ms,45ms')
    known_lag(t, 'tcp', '20ms')
    known_lag(t, 'file', '20ms')


main()
