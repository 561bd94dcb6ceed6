"""Handlers of `socketserver` that speak HTTP themselves: they read a request as bytes from their socket, and write an answer as bytes.

The host has read the request already. They get it put together again, and what they write is taken apart as any head that is
written by hand.
"""

import inspect
import io
import sys

from . import accepting
from .requests import section
from .streams import BUFFER, Chunks, Connection

_BEGINNING = b"HTTP/1."


def speaks(cls):
    """Whether a handler class has to do with HTTP, by the words of the file that it is in."""
    try:
        source = inspect.getsource(sys.modules[cls.__module__])
        return "HTTP/" in source or "200 OK" in source
    except (OSError, TypeError, KeyError):
        return False


class Socket(Connection):
    """`self.request`: the request as it came, from its first line on; behind a 101 the raw connection."""

    def __init__(self, handler):
        super().__init__(handler)
        fields = section().strip(b"\r\n")
        self._head = handler.raw_requestline + fields + (b"\r\n\r\n" if fields else b"\r\n")
        fields = fields.lower()
        is_chunked = b"transfer-encoding:" in fields
        self._body = io.BufferedReader(Chunks(), BUFFER) if is_chunked else handler.rfile
        self._has_body = is_chunked or b"content-length:" in fields
        self._said = b""
        self._is_closed = False

    def recv(self, size, flags=0):
        part, self._head = self._head[:size], self._head[size:]
        if part and not (self._has_body and len(part) < size):
            return part
        return part + self._body.read1(size - len(part))

    def recv_into(self, buffer, size=0, flags=0):
        data = self.recv(size or len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def sendall(self, data, flags=0):
        data = bytes(data)
        if self._is_closed or not data:
            return
        if len(self._said) < len(_BEGINNING):
            self._said += data[: len(_BEGINNING)]
            if not _BEGINNING.startswith(self._said[: len(_BEGINNING)]):
                raise ValueError(f"it answers with {data[:40]!r}, and that is no HTTP, which is all that Doverb serves")
        self._handler.wfile.write(data)

    def send(self, data, flags=0):
        self.sendall(data)
        return len(data)

    def makefile(self, mode="r", buffering=None, **kwargs):
        stream = _Stream(self)
        size = BUFFER if buffering is None or buffering < 2 else buffering
        reads, writes = "r" in mode, "w" in mode
        if reads and writes:
            made = io.BufferedRWPair(stream, stream, size)
        elif not writes:
            made = io.BufferedReader(stream, size)
        else:
            made = stream if buffering == 0 else io.BufferedWriter(stream, size)
        return made if "b" in mode else io.TextIOWrapper(made, **kwargs)

    def close(self):
        self._is_closed = True

    def setblocking(self, flag):
        """Nothing: who reads or writes waits."""


class _Stream(io.RawIOBase):
    """What `makefile` reads and writes."""

    def __init__(self, socket):
        self._socket = socket

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, buffer):
        return self._socket.recv_into(buffer)

    def write(self, data):
        return self._socket.send(data)


class Speaking(accepting.Whichever):
    """Who stands between the host and such a handler, which lasts for one request."""

    #: Whether the server has something to do at the end of a connection.
    has_end = False

    def _answer(self):
        server, socket = self.server, Socket(self)
        if not server.verify_request(socket, self.client_address):
            return self.send_error(403)
        server.finish_request(socket, self.client_address)
        if self.has_end:
            server.shutdown_request(socket)
