# SPDX-License-Identifier: Apache-2.0
"""What brunt does on a terminal: colours, redrawing in place, widths, and that NO_COLOR, TERM=dumb
and pipes get plain text."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, brunt_test, check, contains, equal, lacks, main, matches  # noqa: E402

# A busy machine is no failure here.
CALM = ['--eco', '--max-lateness', '10s']


def on_terminal(args, columns=100, timeout=20, **env):
    """Runs brunt on a terminal of its own; (exit code, all it wrote there)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    environ = {**os.environ, 'TERM': 'xterm', 'LC_ALL': 'C', **env}
    if 'NO_COLOR' not in env:
        environ.pop('NO_COLOR', None)
    child = subprocess.Popen([BRUNT, *args], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=environ)
    os.close(slave)
    said = b''
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.2)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:  # EIO: the other side is closed
                break
            said += piece
        elif child.poll() is not None:
            break
    if child.poll() is None:
        child.kill()
    os.close(master)
    return child.wait(), said.decode(errors='replace')


def serve(conn):
    while True:
        conn.recv_request()
        conn.reply(200, b'ok')


@brunt_test
def headings_are_bold_where_wanted(t):
    code, said = on_terminal(['bench', '--help'])
    equal(code, 0, 'exit code')
    contains(said, '\x1b[1mLoad:\x1b[0m')
    for env in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}, {'TERM': ''}):
        code, said = on_terminal(['bench', '--help'], **env)
        equal(code, 0, 'exit code')
        lacks(said, '\x1b', f'help with {env}')


@brunt_test
def help_is_as_wide_as_the_terminal(t):
    for columns in (60, 90, 140):
        _, said = on_terminal(['bench', '--help'], columns=columns, NO_COLOR='1')
        lines = said.split('Examples:')[0].replace('\r', '').splitlines()
        widest = max(len(line) for line in lines)
        check(columns - 12 <= widest <= columns, f'{widest} columns on a terminal of {columns}')


UP = '\x1b[1A'
GONE = UP + '\r\x1b[J'


@brunt_test
def progress_is_two_lines_drawn_again(t):
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '3s', *CALM], columns=79)
    equal(code, 0, f'exit code of\n{said}')
    lines = re.findall(r'\r(\[[#.]+\][^\r\n\x1b]*)\x1b\[K\r+\n([^\r\n\x1b]*)\x1b\[K', said)
    check(len(lines) >= 2, f'{len(lines)} pairs of lines in\n{said!r}')
    for first, second in lines:
        check(len(first) < 79 and len(second) < 79, f'too wide: {first} / {second}')
        contains(first, ' of 3s')
        contains(first, ' of 60')
        contains(second, 'p99 ')
        contains(second, ' in flight')
    matches(lines[-1][1], r'p99 \S+ \S+ [_.~=+*#-]{2,}')
    contains(said, GONE, 'the terminal')
    check(said.rfind(GONE) < said.find('PASS'), 'the lines are taken away before the summary')
    lacks(said[said.rfind(GONE) + len(GONE):], UP, 'what comes behind them')


@brunt_test
def a_narrow_terminal_gets_one_line(t):
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '2s', *CALM], columns=38)
    equal(code, 0, f'exit code of\n{said}')
    lacks(said, UP)
    lines = re.findall(r'\r([^\r\n\x1b]+)\x1b\[J', said)
    check(lines and all(len(line) < 38 for line in lines), f'lines: {lines}')


def start_on(master_size, args, **env):
    """brunt on a terminal; (child, master)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, master_size, 0, 0))
    environ = {**os.environ, 'TERM': 'xterm', 'LC_ALL': 'C', **env}
    child = subprocess.Popen([BRUNT, *args], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=environ)
    os.close(slave)
    return child, master


def read_until(master, pattern, seconds=20):
    said = b''
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.1)[0]:
            try:
                said += os.read(master, 65536)
            except OSError:
                break
        if re.search(pattern, said):
            break
    return said.decode(errors='replace')


@brunt_test
def a_terminal_that_shrinks_is_tidied(t):
    url = t.peer(serve).url()
    child, master = start_on(120, ['bench', url, '-r', '20/s', '-d', '4s', *CALM])
    read_until(master, rb'in flight\x1b\[K')
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 60, 0, 0))
    said = read_until(master, rb'in flight[^\n]*\x1b\[K')
    # Two lines of up to 119 columns take two rows each on 60.
    matches(said, r'\x1b\[[23]A\r\x1b\[J')
    for line in re.findall(r'(\[[#.]+\][^\r\n\x1b]*)\x1b', said):
        check(len(line) < 60, f'too wide: {line}')
    read_until(master, rb'PASS')
    os.close(master)
    child.wait(20)


@brunt_test
def a_crash_takes_its_lines_away(t):
    for number in (signal.SIGSEGV, signal.SIGABRT):
        child, master = start_on(79, ['bench', t.peer(serve).url(), '-r', '20/s', '-d', '30s', *CALM])
        read_until(master, rb'in flight\x1b\[K')
        child.send_signal(number)
        said = read_until(master, rb'\x1b\[J')
        contains(said, GONE, f'what {number} left')
        os.close(master)
        equal(child.wait(20), -number, 'how it died')


@brunt_test
def quiet_is_the_summary_alone(t):
    run = t.brunt('bench', t.peer(serve).url(), '-n', '5', '-q')
    equal((run.code, run.err), (0, ''), 'exit code and standard error')
    contains(run.out, 'PASS')
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '2s', '-q', *CALM])
    equal(code, 0, 'exit code')
    lacks(said, 'plan')
    lacks(said, '\r[')
    lacks(said, UP)


@brunt_test
def a_dumb_terminal_gets_plain_lines(t):
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '6s', *CALM], TERM='dumb')
    equal(code, 0, f'exit code of\n{said}')
    lacks(said, '\x1b')
    matches(said, r'^[45]s of 6s: [12]s left, \d+ of 120, [0-9.]+ of 20/s, \d+ ok, 0 failed, p50 .*, p99 .*, \d+ in flight')


main()
