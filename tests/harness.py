# SPDX-License-Identifier: Apache-2.0
"""The frame of the suites that are written in Python: a test is a function, a file is a program
that speaks TAP.

    from harness import brunt_test, equal, main

    @brunt_test
    def a_refused_connection_is_counted(t):
        port = free_port()
        run = t.brunt('bench', f'http://127.0.0.1:{port}/', '-n', '5')
        equal(run.code, 99, 'exit code')
        equal(run.summary['failed'], 5, 'failed')

    main()

What a test starts (children, peers, folders) ends with it, however it ends. A child that a
sanitizer or MUST stopped fails its test even where nobody looked. The environment: BRUNT names the
program (default build/brunt), BRUNT_SANITIZED=1 says that it is a sanitized build, TRUTH_FULL=1 lets
the long tests run too.
"""
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

from harness_peer import Client, Peer, free_port  # noqa: F401  (re-exported)
from harness_process import Child

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BRUNT = os.environ['BRUNT'] = os.path.abspath(os.environ.get('BRUNT', os.path.join(ROOT, 'build/brunt')))
SANITIZED = os.environ.get('BRUNT_SANITIZED') == '1'
FULL = os.environ.get('TRUTH_FULL') == '1'
TEST_SECONDS = 60

_tests = []


class Failure(Exception):
    """A check that does not hold; its text is for a person."""


class Skip(Exception):
    """A test that cannot be run here; its text says why."""


class TooLong(Exception):
    """A test that used up its seconds."""


def brunt_test(function=None, *, seconds=TEST_SECONDS, sanitized=True, full=False, attempts=1):
    """Registers a test. seconds: its limit; sanitized=False: not with a sanitized program (what is
    measured there is the sanitizer); full=True: with TRUTH_FULL=1 only; attempts: of one whose times a
    machine that stands still can spoil, all of it is done again so often at most."""
    def register(body):
        _tests.append((body, seconds, sanitized, full, attempts))
        return body
    return register if function is None else register(function)


def fail(message):
    raise Failure(message)


def skip(reason):
    raise Skip(reason)


def check(condition, message):
    if not condition:
        raise Failure(message)


def equal(got, want, what):
    if got != want:
        raise Failure(f'{what} is {got!r}, not {want!r}')


def near(got, want, tolerance, what):
    """Within a relative tolerance of want."""
    if not abs(got - want) <= tolerance * abs(want):
        raise Failure(f'{what} is {got!r}, not {want!r} ± {tolerance:.2%}')


def between(got, low, high, what):
    if not low <= got <= high:
        raise Failure(f'{what} is {got!r}, not within {low!r} to {high!r}')


def contains(text, part, what='the text'):
    if part not in text:
        raise Failure(f'{what} lacks {part!r}:\n{text}')


def lacks(text, part, what='the text'):
    if part in text:
        raise Failure(f'{what} has {part!r}:\n{text}')


def matches(text, pattern, what='the text'):
    """The match of a regular expression that must be found."""
    match = re.search(pattern, text, re.M)
    if match is None:
        raise Failure(f'{what} does not match {pattern!r}:\n{text}')
    return match


class Run:
    """What a finished brunt left: code, out, err, seconds; records and footer of its result file."""

    def __init__(self, child, result_path):
        self.code = child.code
        self.out = child.out
        self.err = child.err
        self.seconds = child.seconds
        self.records = []
        if result_path and os.path.exists(result_path):
            with open(result_path, encoding='utf-8') as file:
                self.records = [json.loads(line) for line in file if line.endswith('\n')]

    @property
    def footer(self):
        """The last record of the result; fails the test when it is not a footer."""
        check(self.records, f'no result; exit code {self.code}\n{self.out}{self.err}')
        check('summary' in self.records[-1], f'the result ends without a footer: {self.records[-1]}')
        return self.records[-1]

    @property
    def summary(self):
        return self.footer['summary']


class Test:
    """What a test is handed; everything it makes ends with it. Its threads may use it too, and must
    end before it."""

    def __init__(self):
        self._exit = contextlib.ExitStack()
        self._lock = threading.Lock()  # for what threads of a test share: the numbers, the list of children
        self._numbers = itertools.count()
        self._children = []
        self.dir = tempfile.mkdtemp(prefix='brunt-test-')
        self._exit.callback(shutil.rmtree, self.dir, ignore_errors=True)

    def number(self):
        """One that nobody else in this test has."""
        with self._lock:
            return next(self._numbers)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        """A file in the test's folder; returns its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def defer(self, function, *args):
        with self._lock:
            self._exit.callback(function, *args)

    def start(self, *argv, cwd=None, env=None, stdin=None, prefix=()):
        """A child; see harness_process.Child. It is stopped when the test ends. prefix: a command that
        runs it, such as ('nice', '-n', 19)."""
        child = Child([str(arg) for arg in (*prefix, *argv)], self.dir, self.number(), cwd=cwd or self.dir,
                      env=env, stdin=stdin)
        with self._lock:
            self._children.append(child)
            self._exit.callback(child.end)
        return child

    def run(self, *argv, timeout=TEST_SECONDS, **options):
        """A child that ends by itself, as a Run."""
        child = self.start(*argv, **options)
        child.wait(timeout)
        return Run(child, None)

    def start_brunt(self, *args, prefix=(), **options):
        """prefix: a command to run it under, such as ['taskset', '-c', '0']."""
        return self.start(*prefix, BRUNT, *args, **options)

    def brunt(self, *args, timeout=TEST_SECONDS, result=True, **options):
        """Runs brunt to its end. `bench` writes its result beside, unless result=False or --result is given."""
        args = [str(arg) for arg in args]
        path = None
        if '--result' in args:
            path = os.path.join(options.get('cwd') or self.dir, args[args.index('--result') + 1])
        elif result and args and args[0] == 'bench':
            path = self.path(f'result-{self.number()}.jsonl')
            args += ['--result', path]
        child = self.start_brunt(*args, **options)
        child.wait(timeout)
        return Run(child, path)

    def finished(self, child, path):
        """What a brunt that was started by start_brunt left, as a Run."""
        return Run(child, path)

    def standin(self, *args, name='echo', timeout=10, **options):
        """A stand-in that listens on a port of the kernel's choice; returns (child, port)."""
        option = '--in' if name == 'relay' else '--listen'
        child = self.start_brunt('standin', name, option, '127.0.0.1:0', *args, **options)
        said = child.wait_said(r'^listening on http://127\.0\.0\.1:(\d+)\n', timeout)
        return child, int(said.group(1))

    def peer(self, handler, **options):
        """A scripted server; see harness_peer.Peer."""
        peer = Peer(handler, **options)
        with self._lock:
            self._exit.callback(peer.close)
            self._exit.callback(lambda: check(not peer.errors, f'the peer failed: {"; ".join(peer.errors)}'))
        return peer

    def client(self, port, **options):
        """A raw connection; see harness_peer.Client."""
        client = Client(port, **options)
        with self._lock:
            self._exit.callback(client.close)
        return client

    def close(self):
        """Ends everything; raises Failure when a child was stopped by a bug or a peer failed."""
        self._exit.callback(self._look_for_bugs)  # the last one in is the first to go: end them first
        for child in self._children:
            child.end()
        self._exit.close()

    def _look_for_bugs(self):
        for child in self._children:
            mark = child.bug()
            check(mark is None, f'{" ".join(child.argv)}\n{mark}')


def _on_alarm(_signal, _frame):
    raise TooLong()


def _run_one(body, seconds):
    """None when the test passed, else what to tell."""
    t = Test()
    told = None
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.alarm(seconds)
    try:
        try:
            body(t)
        finally:
            signal.alarm(0)
            t.close()
    except Failure as failure:
        frames = [f for f in traceback.extract_tb(failure.__traceback__) if 'harness' not in f.filename]
        place = f'{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}: ' if frames else ''
        told = f'{place}{failure}'
        if failure.__context__ is not None:  # what the test itself had found before its end failed too
            told = f'{failure.__context__ or "out of time"}\n{told}'
    except TooLong:
        told = f'not done after {seconds} s'
    except Skip:
        raise
    except Exception:  # a test's own bug is a failure like any other
        told = traceback.format_exc()
    return told


def main():
    """Runs the file's tests (or those named by the arguments) and exits."""
    chosen = [row for row in _tests if not sys.argv[1:] or row[0].__name__ in sys.argv[1:]]
    failed = 0
    for number, (body, seconds, sanitized, full, attempts) in enumerate(chosen, 1):
        name = body.__name__
        begun = time.monotonic()
        try:
            if SANITIZED and not sanitized:
                skip('measures a release build')
            if full and not FULL:
                skip('long: make truth-full')
            for left in range(attempts - 1, -1, -1):
                told = _run_one(body, seconds)
                if told is None or left == 0:
                    break
                print(f'# {name} once more: {told.splitlines()[0]}', flush=True)
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}', flush=True)
            continue
        took = time.monotonic() - begun
        if told is None:
            print(f'ok {number} - {name} # {took:.1f} s', flush=True)
        else:
            failed += 1
            print(f'not ok {number} - {name} # {took:.1f} s')
            print('\n'.join(f'#   {line}' for line in told.rstrip().splitlines()), flush=True)
    print(f'1..{len(chosen)}', flush=True)
    sys.exit(1 if failed or not chosen else 0)
