# SPDX-License-Identifier: Apache-2.0
"""Children of a test: started in a session of their own, logged, stopped by pid, never left behind."""
import ctypes
import os
import re
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
BUG = re.compile(r'^.*(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|brunt: bug:)(.*\n?){1,12}', re.M)
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """argv, pid, code (None while it runs), out and err (what it wrote so far), seconds."""

    def __init__(self, argv, folder, number, cwd=None, env=None, stdin=None):
        self.argv = argv
        self._paths = [os.path.join(folder, f'child-{number}.{kind}') for kind in ('out', 'err')]
        environ = {**os.environ, 'NO_COLOR': '1', **(env or {})}
        # Its own signals must work as in a shell's foreground: undo what Python ignores.
        with open(self._paths[0], 'wb') as out, open(self._paths[1], 'wb') as err:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=out,
                stderr=err, cwd=cwd, env=environ, start_new_session=True, restore_signals=True,
                preexec_fn=_die_with_parent)
        self._begun = time.monotonic()
        self.seconds = None
        if stdin is not None:
            try:
                self._process.stdin.write(stdin)
                self._process.stdin.close()
            except BrokenPipeError:
                pass

    @property
    def pid(self):
        return self._process.pid

    @property
    def code(self):
        return self._process.returncode

    @property
    def out(self):
        return self._read(0)

    @property
    def err(self):
        return self._read(1)

    def _read(self, index):
        with open(self._paths[index], encoding='utf-8', errors='replace') as file:
            return file.read()

    def is_running(self):
        return self._process.poll() is None

    def wait(self, timeout=30):
        """Its exit code (negative: the signal that ended it). A child that does not end is killed and raises."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            told = f'{self.out}{self.err}'
            self.end()
            raise TimeoutError(f'{" ".join(self.argv)} did not end in {timeout} s\n{told}') from None
        if self.seconds is None:
            self.seconds = time.monotonic() - self._begun
        return self._process.returncode

    def send_signal(self, number):
        if self.is_running():
            os.kill(self.pid, number)

    def stop(self, number=signal.SIGINT, timeout=10):
        """Asks it to end; its exit code."""
        self.send_signal(number)
        return self.wait(timeout)

    def end(self):
        """Makes sure that it, and what it started, is gone."""
        if self.is_running():
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()

    def wait_until(self, condition, what, timeout=10):
        """Polls until the condition holds; raises when the child ends first or time is over."""
        until = time.monotonic() + timeout
        while not condition():
            if not self.is_running():
                raise RuntimeError(f'{" ".join(self.argv)} ended ({self.code}) before {what}\n{self.out}{self.err}')
            if time.monotonic() > until:
                raise TimeoutError(f'{" ".join(self.argv)}: not {what} in {timeout} s\n{self.out}{self.err}')
            time.sleep(0.01)

    def wait_listening(self, port, timeout=10):
        def is_listening():
            with socket.socket() as probe:
                return probe.connect_ex(('127.0.0.1', port)) == 0
        self.wait_until(is_listening, f'listening on {port}', timeout)

    def wait_said(self, pattern, timeout=10):
        """Until a regular expression is found in what it wrote; returns the match."""
        found = []

        def has_said():
            found[:] = [re.search(pattern, self.out + self.err, re.M)]
            return found[0] is not None
        self.wait_until(has_said, f'saying {pattern!r}', timeout)
        return found[0]

    def bug(self):
        """What a sanitizer or MUST had to say, or None."""
        match = BUG.search(self.err)
        return match.group() if match else None
