#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU per POST of the webhook sink and of nginx answering 204, side by side, and what idle
connections cost.

Both servers stand on one core, the same sender (wrk with a Lua POST of 300 bytes, 64 connections) on
the other one. Runs are interleaved, so that a machine that changes its speed does so for both; what
is printed are medians and the ratio of medians. CPU is user and system time of the server's process
(of nginx its worker's), from /proc, divided by the requests that wrk counted.

    bench/sink.py [--reps 7] [--seconds 2] [--idle 10000]
"""
import argparse
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
import rig

CONNECTIONS = 64
BODY_SIZE = 300
RATIO_MAX = 1.0
IDLE_MB_MAX = 60
TICKS = os.sysconf('SC_CLK_TCK')

NGINX = """
worker_processes 1;
pid %(dir)s/pid;
error_log %(dir)s/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path %(dir)s/b; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f;
    uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
    server { listen 127.0.0.1:%(port)d; location / { return 204; } }
}
daemon off;
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def wait_listening(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError('nothing listens on %d' % port)


def start(cmd, cpu, port):
    child = subprocess.Popen(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    wait_listening(port)
    return child


def worker_of(pid):
    """nginx's only child."""
    for _ in range(500):
        with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
            children = f.read().split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise RuntimeError('nginx has no worker')


def cpu_sec(pid):
    with open('/proc/%d/stat' % pid) as f:
        fields = f.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)) / 1024


class Server:
    """A child on CPU 0 for the length of a `with`; `pid` is whose CPU counts. Only one lives at a time:
    the kernel stamps everything it receives as long as anybody asks for it, and that has its price."""

    def __init__(self, cmd, port, has_worker=False):
        self.cmd, self.port, self.has_worker = cmd, port, has_worker

    def __enter__(self):
        self.child = start(self.cmd, 0, self.port)
        self.pid = worker_of(self.child.pid) if self.has_worker else self.child.pid
        return self

    def __exit__(self, *exc):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()


def measure(server, seconds, lua):
    """(CPU us a request of the server, requests a second)."""
    with server:
        before = cpu_sec(server.pid)
        out, usage = rig.run_pinned(['wrk', '-t1', '-c%d' % CONNECTIONS, '-d%ds' % seconds, '-s', lua,
                                     'http://127.0.0.1:%d/hook' % server.port], 1)
        used = cpu_sec(server.pid) - before
    done = int(re.search(r'(\d+) requests in', out).group(1))
    if 'Non-2xx' in out:
        raise RuntimeError(out)
    return used * 1e6 / max(done, 1), done / usage.wall


def compare(servers, reps, seconds, lua):
    rows = {name: [] for name in servers}
    for rep in range(reps):
        names = list(servers)
        for name in names if rep % 2 == 0 else names[::-1]:
            rows[name].append(measure(servers[name], seconds, lua))
    return {name: [statistics.median(column) for column in zip(*row)] for name, row in rows.items()}


def idle_mb(server, count):
    """Memory of a server with that many idle connections, each of which has sent one request."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 200), hard))
    request = b'POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi'
    socks = []
    for number in range(count):
        # Ports of one address pair run out: some on each of a few addresses of the loopback.
        sock = socket.create_connection(('127.0.0.1', server.port), source_address=('127.0.1.%d' % (number % 4 + 1), 0))
        sock.sendall(request)
        socks.append(sock)
    for sock in socks:
        sock.recv(4096)
    used = rss_mb(server.pid)
    for sock in socks:
        sock.close()
    return used


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--reps', type=int, default=7)
    args.add_argument('--seconds', type=int, default=2)
    args.add_argument('--idle', type=int, default=10000)
    opts = args.parse_args()
    for tool in ('wrk', 'nginx'):
        if shutil.which(tool) is None:
            sys.exit('%s is not installed: tools/setup --bench installs it' % tool)
    stamp = subprocess.run([rig.BRUNT, 'gen', '{{event}}'], capture_output=True, text=True, check=True).stdout.strip()
    head = '{"_msg":"payment failed %s","text":"' % stamp
    body = head + 'x' * (BODY_SIZE - len(head) - 2) + '"}'
    missed = False
    with tempfile.TemporaryDirectory() as tmp:
        lua = os.path.join(tmp, 'post.lua')
        with open(lua, 'w') as f:
            f.write("wrk.method = 'POST'\nwrk.body = '%s'\nwrk.headers['Content-Type'] = 'application/json'\n" % body)
        ports = [free_port() for _ in range(3)]
        config, log = os.path.join(tmp, 'nginx.conf'), os.path.join(tmp, 'error.log')
        with open(config, 'w') as f:
            f.write(NGINX % {'dir': tmp, 'port': ports[0]})
        sink = [rig.BRUNT, 'sink', '--run-id', stamp[2:8], '--for', '1h', '--quiet']
        servers = {'nginx': Server(['nginx', '-e', log, '-c', config], ports[0], has_worker=True),
                   'sink': Server(sink + ['a=webhook:%d' % ports[1], '--last', '0'], ports[1]),
                   'sink, /last': Server(sink + ['a=webhook:%d' % ports[2]], ports[2])}
        medians = compare(servers, opts.reps, opts.seconds, lua)
        print('%-12s %10s %10s %7s' % ('server', 'us/request', 'requests/s', 'ratio'))
        for name, (cpu, rate) in medians.items():
            ratio = cpu / medians['nginx'][0]
            over = name == 'sink' and ratio > RATIO_MAX
            print('%-12s %10.2f %10.0f %7.2f%s' % (name, cpu, rate, ratio,
                                                   '  MISSED (<= %.2f)' % RATIO_MAX if over else ''))
            missed |= over
        with servers['sink'] as server:
            used = idle_mb(server, opts.idle)
        print('%d idle connections: %.1f MB%s' % (opts.idle, used, '  MISSED' if used > IDLE_MB_MAX else ''))
        missed |= used > IDLE_MB_MAX
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
