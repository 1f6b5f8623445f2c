# SPDX-License-Identifier: Apache-2.0
"""What brunt does on a terminal: colours, redrawing in place, widths, and that NO_COLOR, TERM=dumb
and pipes get plain text."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, brunt_test, check, contains, equal, lacks, main, matches  # noqa: E402

CLEAR = '\r\x1b[K'
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


@brunt_test
def progress_is_one_line_drawn_again(t):
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '3s', *CALM], columns=79)
    equal(code, 0, f'exit code of\n{said}')
    lines = re.findall(r'\r(\[[#.]+\][^\r\n\x1b]*)\x1b\[K', said)
    check(len(lines) >= 2, f'{len(lines)} progress lines in\n{said!r}')
    for line in lines:
        check(len(line) < 79, f'too wide: {line}')
        contains(line, ' of 3s')
    contains(said, CLEAR, 'the terminal')
    check(said.rfind(CLEAR) < said.find('PASS'), 'the line is taken away before the summary')


@brunt_test
def a_dumb_terminal_gets_plain_lines(t):
    code, said = on_terminal(['bench', t.peer(serve).url(), '-r', '20/s', '-d', '6s', *CALM], TERM='dumb')
    equal(code, 0, f'exit code of\n{said}')
    lacks(said, '\x1b')
    matches(said, r'^[45]s of 6s: [0-9.]+ of 20/s, \d+ ok, 0 failed, p50 .*, p99 .*, \d+ in flight')


main()
