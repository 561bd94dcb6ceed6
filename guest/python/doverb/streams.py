"""rfile, wfile and the socket, as handlers know them."""

import io

from wit_world.imports import attributes, request, rfile, server, wfile

from . import gathered
from .errors import Err, python_error

_read = rfile.read
_flush = wfile.flush

#: What a `BufferedReader` asks for at once; the host neither gives nor takes more than this a call.
BUFFER = 65536


class Body(io.RawIOBase):
    """The request's body, to its end; after an upgrade, what comes over the connection."""

    def readable(self):
        return True

    def readinto(self, buffer):
        gathered.settle()
        try:
            data = _read(len(buffer))
        except Err as error:
            raise python_error(error, reading=True) from None
        size = len(data)
        buffer[:size] = data
        return size


class Chunks(io.RawIOBase):
    """A chunked body as it would have come over the wire: for handlers that take it apart themselves."""

    def __init__(self):
        self._rest = b""
        self._is_over = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._rest and not self._is_over:
            gathered.settle()
            try:
                data = _read(BUFFER)
            except Err as error:
                raise python_error(error, reading=True) from None
            self._is_over = not data
            self._rest = b"%x\r\n%s\r\n" % (len(data), data)
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


#: How much of a chunked body is gathered for who asks for its length, in bytes.
GATHERED = 32 * 1024 * 1024


class ChunkedReader:
    """`self.rfile` of a chunked body. CPython gives what came over the wire, and handlers that know of chunks begin with a
    line of it, or with its first byte; who begins otherwise wants what the chunks hold."""

    def __init__(self):
        self._chosen = None

    def _choose(self, raw):
        if self._chosen is None:
            self._chosen = io.BufferedReader(raw(), BUFFER)
        return self._chosen

    def gather(self):
        """Takes in the whole body, and returns its length; None when it is being read."""
        if self._chosen is None:
            whole = io.BufferedReader(Body(), BUFFER).read(GATHERED + 1)
            if len(whole) > GATHERED:
                error = OSError(f"a chunked body of more than {GATHERED} bytes has no length that could be told")
                error.doverb_status = 413
                raise error
            self._chosen = io.BufferedReader(io.BytesIO(whole))
            self._length = len(whole)
        return getattr(self, "_length", None)

    def readline(self, *args):
        return self._choose(Chunks).readline(*args)

    def read(self, size=-1, /):
        return self._choose(Chunks if size == 1 else Body).read(size)

    def read1(self, size=-1, /):
        return self._choose(Chunks if size == 1 else Body).read1(size)

    def __iter__(self):
        return iter(self._choose(Body))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._choose(Body), name)

    def trailers(self):
        return Reader.trailers(self)


class Reader(io.BufferedReader):
    """`self.rfile`."""

    #: What Python's CGI looks at for bytes behind the body: there are none.
    _sock = None

    def __init__(self):
        super().__init__(Body(), BUFFER)

    def trailers(self):
        """The fields behind a chunked body, once it was read to its end. Doverb's own."""
        try:
            return rfile.trailers()
        except Err as error:
            raise python_error(error) from None


class Writer(io.BufferedIOBase):
    """`self.wfile`. The host buffers; what was written leaves when the handler returns, waits or flushes."""

    def writable(self):
        return True

    write = gathered.write_of

    def flush(self):
        try:
            gathered.hand_over()
            _flush()
        except Err as error:
            # `io` flushes what it closes, also when no request is being served any more.
            if not self.closed:
                raise python_error(error) from None

    def close(self):
        """Nothing: the connection is the host's to close."""

    def fileno(self):
        raise io.UnsupportedOperation("the socket is the host's")


def set_timeout(seconds):
    """How long one wait for the client may take. None, which is for ever in Python, leaves the server's setting."""
    if seconds is not None:
        gathered.settle()
        attributes.set_timeout(max(0, round(seconds * 1000)))


class Connection:
    """`self.connection` and `self.request`: as much of a socket as a handler can have."""

    def __init__(self, handler):
        self._handler = handler

    def getpeername(self):
        return address(request.client_address())

    def getsockname(self):
        return address(server.server_address())

    def settimeout(self, seconds):
        set_timeout(seconds)

    def gettimeout(self):
        return attributes.timeout() / 1000

    def recv(self, size, flags=0):
        return self._handler.rfile.read1(size)

    def sendall(self, data, flags=0):
        self._handler.wfile.write(data)

    def send(self, data, flags=0):
        return self._handler.wfile.write(data)

    def makefile(self, mode="r", *args, **kwargs):
        return self._handler.wfile if "w" in mode else self._handler.rfile

    def fileno(self):
        raise io.UnsupportedOperation("the socket is the host's")

    def setsockopt(self, *args):
        """Nothing: the host has set what makes sense."""

    def shutdown(self, how):
        """Nothing: the host ends the connection when the handler has returned."""

    def close(self):
        """Nothing: the host ends the connection when the handler has returned."""


def address(pair):
    """As the socket module has it: a pair for IPv4, four values for IPv6."""
    host, port = pair
    return (host, port, 0, 0) if ":" in host else (host, port)
