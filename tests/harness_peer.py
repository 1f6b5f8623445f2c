# SPDX-License-Identifier: Apache-2.0
"""Scripted HTTP peers on raw sockets: a server that says exactly the bytes a test wants, and a client
that does. They understand just enough HTTP to know where a message ends.

    def handler(conn):
        request = conn.recv_request()
        conn.reply(200, b'hello')

    peer = t.peer(handler)      # peer.port, peer.requests, peer.url('/path')

The handler runs once a connection, each in a thread of its own; when it returns, the connection is
closed. A connection that ends under it (Gone) ends it silently; any other exception fails the test.
"""
import os
import random
import socket
import struct
import threading
import traceback

RECV_SIZE = 65536


class Gone(Exception):
    """The other side has closed."""


def _fixed_ports():
    """The larger of the two ranges that the kernel never takes a port from by itself."""
    with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as file:
        low, high = (int(word) for word in file.read().split())
    return max(range(10000, low), range(high + 1, 65536), key=len)


def free_port():
    """A TCP port of 127.0.0.1 that nobody has, for what must listen there later, or never. It is none
    that the kernel gives to a connection or to who asks for any port: it stays free, but for who asks
    here at the same moment and draws the same. Who can listen on port 0 does that."""
    ports = _fixed_ports()
    while True:
        port = random.choice(ports)
        with socket.socket() as probe:
            try:
                probe.bind(('127.0.0.1', port))
                return port
            except OSError:
                continue


class Message:
    """A request (method, target) or a response (status, reason): version, headers, body, raw head."""

    def __init__(self, head):
        self.raw = head
        lines = head.decode('latin-1').split('\r\n')
        self.start = lines[0]
        self.headers = [tuple(part.strip() for part in line.split(':', 1)) for line in lines[1:] if ':' in line]
        self.body = b''
        first = lines[0].split(' ', 2) + ['', '']
        if first[0].startswith('HTTP/'):
            self.version, self.status, self.reason = first[0], int(first[1]), first[2]
        else:
            self.method, self.target, self.version = first[:3]

    def header(self, name):
        """The value of the first header of that name, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Connection:
    """A socket with a buffer."""

    def __init__(self, sock):
        self.sock = sock
        self._buffer = b''

    def recv_more(self):
        try:
            data = self.sock.recv(RECV_SIZE)
        except OSError as error:
            raise Gone(str(error)) from None
        if not data:
            raise Gone('end of input')
        self._buffer += data

    def recv_exactly(self, count):
        while len(self._buffer) < count:
            self.recv_more()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def recv_until(self, mark):
        """Up to and with the mark."""
        while mark not in self._buffer:
            self.recv_more()
        return self.recv_exactly(self._buffer.index(mark) + len(mark))

    def recv_all(self):
        """Everything until the other side closes."""
        try:
            while True:
                self.recv_more()
        except Gone:
            data, self._buffer = self._buffer, b''
            return data

    def _recv_chunked(self):
        body = b''
        while True:
            size = int(self.recv_until(b'\r\n').split(b';')[0], 16)
            if size == 0:
                while self.recv_until(b'\r\n') != b'\r\n':
                    pass
                return body
            body += self.recv_exactly(size)
            self.recv_exactly(2)

    def recv_head(self):
        return Message(self.recv_until(b'\r\n\r\n'))

    def recv_body(self, message):
        if (message.header('transfer-encoding') or '').lower() == 'chunked':
            message.body = self._recv_chunked()
        else:
            message.body = self.recv_exactly(int(message.header('content-length') or 0))
        return message

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone(str(error)) from None

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()


class PeerConnection(Connection):
    """The server's side: number counts a peer's connections from 0."""

    def __init__(self, sock, peer, number):
        super().__init__(sock)
        self._peer = peer
        self.number = number

    def recv_request(self):
        request = self.recv_body(self.recv_head())
        with self._peer.lock:
            self._peer.requests.append(request)
        return request

    def reply(self, status=200, body=b'', headers=(), reason='OK'):
        head = [f'HTTP/1.1 {status} {reason}', f'Content-Length: {len(body)}']
        head += [f'{name}: {value}' for name, value in headers]
        self.send('\r\n'.join(head).encode() + b'\r\n\r\n' + body)


class Peer:
    """A server of a test's own. tls: an ssl.SSLContext; path: a unix socket in place of TCP."""

    def __init__(self, handler, tls=None, path=None, host='127.0.0.1', backlog=1024):
        self._handler = handler
        self._tls = tls
        self.lock = threading.Lock()
        self.requests = []
        self.errors = []
        self.connections = 0
        self._closing = False
        self._live = set()
        if path is None:
            family = socket.AF_INET6 if ':' in host else socket.AF_INET
            self._listener = socket.socket(family)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, 0))
            self.port = self._listener.getsockname()[1]
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self.port = None
        self.path = path
        self.host = f'[{host}]' if ':' in host else host
        self._listener.listen(backlog)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def url(self, path='/'):
        return f'{"https" if self._tls else "http"}://{self.host}:{self.port}{path}'

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                number = self.connections
                self.connections += 1
                self._live.add(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        wrapped = sock
        try:
            if self._tls is not None:
                wrapped = self._tls.wrap_socket(sock, server_side=True)
                with self.lock:
                    self._live.add(wrapped)
            self._handler(PeerConnection(wrapped, self, number))
        except (Gone, OSError):
            pass
        except Exception:
            if not self._closing:
                self.errors.append(traceback.format_exc())
        finally:
            with self.lock:
                self._live -= {sock, wrapped}
            wrapped.close()

    def close(self):
        self._closing = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(5)
        with self.lock:
            live = list(self._live)
        for sock in live:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if self.path and os.path.exists(self.path):
            os.unlink(self.path)


class Client(Connection):
    """A raw client connection to 127.0.0.1, for talking to our own servers."""

    def __init__(self, port, timeout=10):
        super().__init__(socket.create_connection(('127.0.0.1', port), timeout))

    def get(self, target='/', headers=(), method='GET', body=b''):
        """Sends a request and reads its response."""
        head = [f'{method} {target} HTTP/1.1', 'Host: test']
        head += [f'{name}: {value}' for name, value in headers]
        if body:
            head.append(f'Content-Length: {len(body)}')
        self.send('\r\n'.join(head).encode() + b'\r\n\r\n' + body)
        return self.recv_response(method)

    def recv_response(self, method='GET'):
        response = self.recv_head()
        if method == 'HEAD' or response.status in (204, 304) or response.status < 200:
            return response
        return self.recv_body(response)
