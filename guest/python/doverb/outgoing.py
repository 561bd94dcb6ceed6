"""Sockets that speak HTTP to other servers, and nothing else: `http.client` and all that is built on it, or on sockets of its own.

What is written to one is taken apart as a request, which the host sends; what is read from one is its answer, put together again.
So `urllib.request`, `requests`, `urllib3` and `httpx` go on as they are. Whom a handler may call says the server: `--allow-http`.
"""

import http.client
import io
import socket
import weakref

from . import datagrams
from .exchanges import OF_THE_CONNECTION, PIECE, Exchange

#: Whether the program is run to be built: there is nobody to call then.
is_built = False
#: The port that is given to who asks for any: whatever it is, nobody listens there.
FREE_PORT = 49151
#: The longest head of a request.
_MOST = 128 * 1024
_real_init = socket.socket.__init__
_real_connect = socket.socket.connect


class NotHTTP(OSError):
    """What was written is no request of HTTP's: nothing else leaves a sandbox."""


class _Body:
    """How much of a request's body is to come."""

    def __init__(self, fields):
        self.is_chunked = fields.get("transfer-encoding", "").lower().strip() == "chunked"
        length = fields.get("content-length", "0").strip()
        if not length.isdecimal():
            raise NotHTTP(22, f"no length of a body: {length!r}")
        self.left = 0 if self.is_chunked else int(length)
        #: Of chunks: what is expected next, a size, data, the line behind them, or a trailer.
        self._state = "size"
        self._line = bytearray()
        self.is_over = not self.is_chunked and not self.left
        self.is_there = not self.is_over

    def take(self, data):
        """The pieces of the body that are in `data`, and what is behind its end."""
        if not self.is_chunked:
            piece, rest = data[: self.left], data[self.left :]
            self.left -= len(piece)
            self.is_over = not self.left
            return [piece], rest
        pieces = []
        while data and not self.is_over:
            if self._state == "data":
                piece, data = data[: self.left], data[self.left :]
                self.left -= len(piece)
                pieces.append(piece)
                if not self.left:
                    self._state = "end"
                continue
            head, found, rest = data.partition(b"\n")
            self._line += head
            if len(self._line) > _MOST:
                raise NotHTTP(22, "a line of a chunked body is too long")
            data = rest
            if found:
                line, self._line = bytes(self._line).strip(), bytearray()
                self._take_line(line)
        return pieces, data

    def _take_line(self, line):
        if self._state == "size":
            try:
                self.left = int(line.split(b";")[0], 16)
            except ValueError:
                raise NotHTTP(22, f"no size of a chunk: {line!r}") from None
            self._state = "data" if self.left else "trailer"
        elif self._state == "end":
            self._state = "size"
        elif not line:
            self.is_over = True


def _head(head):
    """The method, the target, the lines of the fields and the fields by their names."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise NotHTTP(22, f"only requests of HTTP/1 leave a sandbox, and this is none: {first[:80]!r}")
    fields = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise NotHTTP(22, f"no field: {line[:80]!r}")
        fields[name.strip().lower()] = value.strip()
    return words[0], words[1], lines, fields


class Connection:
    """What a socket says and hears, one request after the other."""

    def __init__(self):
        self.host, self.port = None, None
        self.bound = ("0.0.0.0", 0)
        self.is_secure = False
        self.timeout = None
        self._sent = bytearray()
        self._body = None
        self.exchange = None
        #: What is to be read before the answer's body.
        self._heard = b""
        self._is_told = False
        self._may_have_body = True

    def authority(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"

    def send(self, data):
        data = bytes(data)
        while data:
            if self._body is None:
                self._sent += data
                data = b""
                end = self._sent.find(b"\r\n\r\n")
                if end < 0:
                    if len(self._sent) > _MOST:
                        raise NotHTTP(22, "the head of a request is too long")
                    return
                head, data = bytes(self._sent[:end]), bytes(self._sent[end + 4 :])
                self._sent.clear()
                self._begin(head)
            else:
                pieces, data = self._body.take(data)
                for piece in pieces:
                    if not self.exchange.write(piece):
                        break
            if self._body.is_over:
                self._body = None
                self.exchange.end_body()
                self._await()

    def _begin(self, head):
        method, target, lines, fields = _head(head)
        if not target.startswith("/") and target != "*":
            raise NotHTTP(22, f"there are no proxies in a sandbox, and no tunnels: {method} {target[:80]}")
        if "upgrade" in fields:
            raise NotHTTP(22, f"a connection cannot become one of {fields['upgrade']} here")
        named = fields.get("host", "").lower()
        if named not in ("", self.authority().lower(), f"{self.host}:{self.port}".lower()):
            raise NotHTTP(22, f"a request to {self.authority()} cannot be for the host {named}")
        kept = []
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip().lower() not in OF_THE_CONNECTION:
                kept.append(f"{name.strip()}: {value.strip()}")
        self.close()
        body = _Body(fields)
        self._heard, self._is_told, self._may_have_body = b"", False, method != "HEAD"
        path = "/" if target == "*" else target
        self.exchange = Exchange(
            self.authority(), self.is_secure, method, path, "\n".join(kept), self.timeout, body.is_there
        )
        self._body = body

    def _await(self):
        """Waits for the answer as soon as the request is whole: why a server cannot be reached belongs to what was sent."""
        self.exchange.await_answer()
        if self.exchange.error is not None and self.exchange.is_early:
            raise self.exchange.error

    def receive(self, size):
        exchange = self.exchange
        if exchange is None:
            raise NotHTTP(22, "a server is only heard here once a request was sent to it, over HTTP")
        exchange.await_answer()
        if exchange.error is not None:
            raise exchange.error
        if not self._is_told:
            self._heard, self._is_told = self._answer_head(), True
        if self._heard:
            data, self._heard = self._heard[:size], self._heard[size:]
            return data
        if not self._may_have_body or exchange.status in (204, 304):
            return b""
        try:
            return exchange.read(size)
        except ConnectionResetError:
            # Of a body whose length was told its reader sees that something is missing.
            if any(name == "content-length" for name, _ in exchange.fields):
                return b""
            raise

    def _answer_head(self):
        status = self.exchange.status
        lines = [b"HTTP/1.1 %d %s" % (status, http.client.responses.get(status, "").encode("latin-1"))]
        lines += [name.title().encode("latin-1") + b": " + value for name, value in self.exchange.fields]
        # The host has the connections and keeps them; a socket of ours costs nothing.
        return b"\r\n".join([*lines, b"Connection: close", b"", b""])

    def close(self):
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.close()


class _Reader(io.RawIOBase):
    def __init__(self, sock):
        self._sock = sock

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._sock.recv_into(buffer)

    def close(self):
        if not self.closed:
            super().close()
            self._sock._loses_file()


class _Writer(io.RawIOBase):
    def __init__(self, sock):
        self._sock = sock

    def writable(self):
        return True

    def write(self, data):
        return self._sock.send(data)


#: By socket: those of the interpreter's own class have no room for more.
_connections = weakref.WeakKeyDictionary()


class OutgoingSocket(socket.socket):
    """A socket of TCP, as the program sees it."""

    __slots__ = ()

    @property
    def _own(self):
        return _connections[self]

    def connect(self, address):
        if is_built:
            raise OSError(95, NOT_YET)
        own = self._own
        own.host, own.port = str(address[0]), int(address[1])

    def connect_ex(self, address):
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or 22
        return 0

    def send(self, data, flags=0):
        own = self._own
        if own.host is None:
            raise OSError(107, "Transport endpoint is not connected")
        own.send(data)
        return len(memoryview(data).cast("B"))

    def sendall(self, data, flags=0):
        self.send(data)

    def sendmsg(self, buffers, *args):
        return self.send(b"".join(bytes(buffer) for buffer in buffers))

    def sendfile(self, file, offset=0, count=None):
        if offset:
            file.seek(offset)
        sent = 0
        while count is None or sent < count:
            data = file.read(PIECE if count is None else min(PIECE, count - sent))
            if not data:
                break
            sent += self.send(data)
        return sent

    def recv(self, size, flags=0):
        return self._own.receive(size)

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self._own.receive(nbytes or len(view))
        view[: len(data)] = data
        return len(data)

    def makefile(self, mode="r", buffering=None, *, encoding=None, errors=None, newline=None):
        if "w" in mode:
            raw = _Writer(self)
        else:
            raw = _Reader(self)
            self._io_refs += 1
        if buffering == 0:
            return raw
        size = buffering if buffering and buffering > 0 else PIECE
        stream = io.BufferedWriter(raw, size) if "w" in mode else io.BufferedReader(raw, size)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)

    def _loses_file(self):
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed and self._io_refs <= 0:
            self._real_close()

    def _real_close(self, *args):
        self._own.close()

    def settimeout(self, timeout):
        self._own.timeout = timeout or None

    def gettimeout(self):
        return self._own.timeout

    def setblocking(self, blocking):
        """As good as done: a read waits for as long as the socket's timeout says."""

    def getblocking(self):
        return True

    def setsockopt(self, *args):
        """The host's sockets have what they need."""

    def getsockopt(self, level, option, size=None):
        return 0 if size is None else bytes(size)

    def bind(self, address):
        """As good as done, for who looks whether a port is free, or for one that is."""
        self._own.bound = (address[0] or "0.0.0.0", int(address[1]) or FREE_PORT)

    def listen(self, backlog=None):
        raise OSError(95, "no socket of a program's own can listen here: Doverb serves what http.server or wsgiref would")

    def shutdown(self, how):
        """Nothing more is written; what was asked is still answered."""

    def fileno(self):
        return -1

    def detach(self):
        return -1

    def getpeername(self):
        own = self._own
        if own.host is None:
            raise OSError(107, "Transport endpoint is not connected")
        return (own.host, own.port)

    def getsockname(self):
        return self._own.bound

    def __repr__(self):
        own = self._own
        return f"<doverb socket to {own.host}:{own.port}>"

    # What `ssl.SSLSocket` has besides.

    def secure(self):
        """From now on over TLS, whose handshake and trust are the host's."""
        self._own.is_secure = True
        return self

    def getpeercert(self, binary_form=False):
        """Who it is that the host has made sure of."""
        host = self._own.host
        kind = "IP Address" if ":" in host or host.replace(".", "").isdecimal() else "DNS"
        return b"" if binary_form else {"subject": (), "subjectAltName": ((kind, host),)}

    def version(self):
        return "TLSv1.3"

    def cipher(self):
        return ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)

    def selected_alpn_protocol(self):
        return "http/1.1"

    def do_handshake(self, block=False):
        """The host does it with the first request."""

    def unwrap(self):
        return self

    def pending(self):
        return 0


#: What is said of connections while a program is built.
NOT_YET = "there is no network while a program is built: connect when a request comes, in a method of the handler"
#: What is said of raw sockets, and of those of a machine's own.
_NO_OTHERS = (
    "a sandbox has no such socket, whose rights ever it runs with: sockets here speak HTTP to servers that --allow-http grants. "
    "What needs another one can run beside it, and be asked over HTTP"
)


def _init(self, family=-1, type=-1, proto=-1, fileno=None):
    """Sockets are ours: no other can be had in a sandbox."""
    if type == socket.SOCK_DGRAM and fileno is None and self.__class__ is socket.socket:
        return datagrams.become(self, family)
    is_stream = type in (-1, socket.SOCK_STREAM) and family in (-1, socket.AF_INET, socket.AF_INET6)
    if not is_stream and fileno is None:
        # As for who has not root's rights.
        raise PermissionError(1, _NO_OTHERS)
    if fileno is not None or self.__class__ is not socket.socket:
        return _real_init(self, family, type, proto, fileno)
    self._io_refs, self._closed = 0, False
    self.__class__ = OutgoingSocket
    own = _connections[self] = Connection()
    # In order, where the collector's would be any.
    weakref.finalize(self, own.close).atexit = False


def _getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """The host looks names up when a request is sent: until then one stands for its addresses."""
    name = host.decode() if isinstance(host, bytes) else host
    if not name or is_built or flags & socket.AI_PASSIVE:
        return _real_getaddrinfo(host, port, family, type, proto, flags)
    number = int(port) if str(port).isdecimal() else {"http": 80, "https": 443, None: 0}.get(port, 0)
    kind = type or socket.SOCK_STREAM
    if ":" in name:
        return [(socket.AF_INET6, kind, 6, "", (name.strip("[]"), number, 0, 0))]
    return [(socket.AF_INET, kind, 6, "", (name, number))]


_real_getaddrinfo = socket.getaddrinfo


def _gethostbyname(hostname):
    """The address of this machine, or one that is an address already. Whom the host calls it looks up itself."""
    try:
        return socket.inet_ntoa(socket.inet_aton(hostname))
    except OSError:
        pass
    if hostname in ("", "localhost", socket.gethostname()):
        return "127.0.0.1"
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _create_connection(address, timeout=socket._GLOBAL_DEFAULT_TIMEOUT, source_address=None, *, all_errors=False):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if timeout is socket._GLOBAL_DEFAULT_TIMEOUT:
        timeout = socket.getdefaulttimeout()
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


def install():
    """Puts them in the place of the interpreter's, which have no network."""
    socket.socket.__init__ = _init
    socket.getaddrinfo = _getaddrinfo
    socket.create_connection = _create_connection
    socket.gethostbyname = _gethostbyname
    socket.gethostbyname_ex = lambda hostname: (hostname, [], [_gethostbyname(hostname)])
