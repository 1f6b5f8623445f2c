# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: pinned children with their resource use, the null server."""
import collections
import json
import os
import re
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BRUNT = os.environ.get("BRUNT", os.path.join(ROOT, "build", "brunt"))

Usage = collections.namedtuple("Usage", "cpu wall rss_kib code")


def prepare(cpu, urgent):
    """In a child, before it becomes the program: its CPU (or a set of them) and, as far as we may, its place before
    others (where the kernel groups by session, a nice value counts within the session only, so the
    group has one, too)."""
    os.sched_setaffinity(0, cpu if isinstance(cpu, set) else {cpu})
    if not urgent:
        return
    os.setsid()
    for step in (lambda: os.nice(-20), lambda: open("/proc/self/autogroup", "w").write("-20")):
        try:
            step()
        except OSError:
            pass


def run_pinned(cmd, cpu, ok=(0,), urgent=False):
    """Runs cmd on one CPU; its stdout and what it used."""
    import tempfile
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(cmd, stdout=out, stderr=subprocess.PIPE,
                                 preexec_fn=lambda: prepare(cpu, urgent))
        err = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if child.returncode not in ok:
        raise RuntimeError("%s exited with %d:\n%s\n%s" % (cmd, child.returncode, text,
                                                           err.decode("utf-8", "replace")))
    return text, Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss, child.returncode)


TICKS = os.sysconf("SC_CLK_TCK")


def machine_cpu():
    """Seconds of CPU that the whole machine has spent, stolen ones included."""
    with open("/proc/stat") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def process_cpu(pid):
    """Seconds of CPU that a process has spent."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def footer(path):
    with open(path) as f:
        return json.loads(f.readlines()[-1])


class NullServer:
    """`brunt standin echo` with fixed replies, pinned to a CPU; stopped by pid."""

    def __init__(self, cpu=0, args=(), urgent=False):
        self.cpu, self.args, self.urgent = cpu, list(args), urgent

    def __enter__(self):
        self.child = subprocess.Popen(
            [BRUNT, "standin", "echo", "--listen", "127.0.0.1:0", "--for", "1h"] + self.args,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=lambda: prepare(self.cpu, self.urgent))
        line = self.child.stdout.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)", line)
        if port is None:
            self.child.kill()
            raise RuntimeError("the null server said: %r" % line)
        self.url = "%s://127.0.0.1:%s/" % ("https" if "https" in line else "http", port.group(1))
        return self

    def __exit__(self, *exc):
        self.child.send_signal(signal.SIGINT)
        self.report = self.child.stdout.read()
        self.child.wait()
