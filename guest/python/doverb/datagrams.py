"""Datagrams between the parts of one program: what its server sends to a port that another of its threads has bound is there. None
leave a sandbox, and none come in.

There is one thread. So who receives in a loop is called anew when something has come for it, and stopped where it would wait.
"""

import collections
import dis
import errno
import socket
import sys
import threading
import time
import types
import weakref

from .library import is_pythons

#: How many datagrams wait at a port, and how long one is at most; what is more is lost, as on a network.
MANY, MOST = 1000, 65507
#: Ports that are given to who asks for any.
_FIRST, _LAST = 49152, 65535
#: The names of the machine that the program runs on.
_HERE = frozenset(("", "0.0.0.0", "127.0.0.1", "localhost", "::", "::1", "255.255.255.255", "<broadcast>"))

#: By port, what has come and was not received, each with its sender's address.
_ports = {}
#: By port, what is called when something has come.
receivers = {}
_is_delivering = False


class Waits(BaseException):
    """Who receives would wait now. No `except Exception` stops it."""


class _State:
    """What a socket is."""

    def __init__(self, is_6):
        self.host = "::1" if is_6 else "127.0.0.1"
        self.port = 0
        self.peer = None
        self.timeout = None
        #: Whether the program has said where it receives.
        self.is_bound = False


#: By socket: those of the interpreter's own class have no room for more.
_states = weakref.WeakKeyDictionary()


def _free_port():
    return next(port for port in range(_FIRST, _LAST + 1) if port not in _ports)


class Datagrams(socket.socket):
    """A socket of UDP."""

    __slots__ = ()

    @property
    def _own(self):
        return _states[self]

    def bind(self, address):
        own = self._own
        own.host, own.is_bound = address[0] or own.host, True
        self._take(int(address[1]) or _free_port())

    def _take(self, port):
        self._own.port = port
        return _ports.setdefault(port, collections.deque())

    def connect(self, address):
        """Nothing is sent by it: many programs connect one to see what address is theirs."""
        self._own.peer = (str(address[0]), int(address[1]))

    def connect_ex(self, address):
        self.connect(address)
        return 0

    def sendto(self, data, *flags_and_address):
        data = bytes(data)
        host, port = flags_and_address[-1][:2]
        if str(host).lower() not in _HERE:
            raise OSError(95, "no datagrams leave a sandbox, and none come in: a handler speaks HTTP")
        if len(data) > MOST:
            raise OSError(errno.EMSGSIZE, "Message too long")
        own = self._own
        if not own.port:
            self._take(_free_port())
        waiting = _ports.get(int(port))
        # Where nobody receives it is lost, as everywhere.
        if waiting is not None and len(waiting) < MANY:
            waiting.append((data, ("127.0.0.1", own.port)))
        return len(data)

    def send(self, data, flags=0):
        peer = self._own.peer
        if peer is None:
            raise OSError(errno.EDESTADDRREQ, "Destination address required")
        return self.sendto(data, peer)

    def sendall(self, data, flags=0):
        self.send(data)

    def sendmsg(self, buffers, ancillary=(), flags=0, address=None):
        return self.sendto(b"".join(map(bytes, buffers)), address or self._own.peer)

    def recvfrom(self, size, flags=0):
        own = self._own
        waiting = self._take(own.port or _free_port())
        if not waiting:
            _wait(own, waiting)
        data, sender = waiting[0] if flags & getattr(socket, "MSG_PEEK", 2) else waiting.popleft()
        return data[:size], sender

    def recv(self, size, flags=0):
        return self.recvfrom(size, flags)[0]

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data, sender = self.recvfrom(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data), sender

    def recv_into(self, buffer, nbytes=0, flags=0):
        return self.recvfrom_into(buffer, nbytes, flags)[0]

    def recvmsg(self, size, *args):
        data, sender = self.recvfrom(size)
        return data, [], 0, sender

    def settimeout(self, timeout):
        self._own.timeout = timeout

    def gettimeout(self):
        return self._own.timeout

    def setblocking(self, blocking):
        self._own.timeout = None if blocking else 0.0

    def getblocking(self):
        return self._own.timeout != 0.0

    def setsockopt(self, *args):
        """Nothing is sent that it could change."""

    def getsockopt(self, level, option, size=None):
        return 0 if size is None else bytes(size)

    def shutdown(self, how):
        """The system has nothing of it."""

    def fileno(self):
        return -1

    def getsockname(self):
        return (self._own.host, self._own.port)

    def getpeername(self):
        if self._own.peer is None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self._own.peer

    def _real_close(self, *args):
        own = self._own
        # Who is called when something comes has the port for good.
        if own.port not in receivers:
            _ports.pop(own.port, None)

    def __repr__(self):
        return f"<doverb socket of UDP at {self._own.host}:{self._own.port}>"


def become(sock, family):
    """Makes one of a socket."""
    sock._io_refs, sock._closed = 0, False
    sock.__class__ = Datagrams
    _states[sock] = _State(family == socket.AF_INET6)


def _wait(own, waiting):
    """Lets others send something. Returns when something has come."""
    from . import outgoing, threads

    if own.timeout == 0.0:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    while not waiting:
        if threads.run_one():
            continue
        # Who looks from time to time whether it is to end would look for ever.
        if own.timeout is None or own.is_bound and (_is_delivering or outgoing.is_built):
            _keep(own.port, sys._getframe(2))
            raise Waits
        time.sleep(own.timeout)
        if not waiting:
            raise TimeoutError("timed out")


def _keep(port, frame):
    """Keeps the function that receives in a loop, with what it was called with."""
    call = again(frame)
    if call is not None:
        receivers[port] = call


def again(frame):
    """A call of the program's function, of those that a frame is in, that loops; none when there is none."""
    while frame is not None and frame.f_code.co_name != "<module>":
        loops = any(step.opname.startswith("JUMP_BACKWARD") for step in dis.get_instructions(frame.f_code))
        if loops and not is_pythons(frame.f_code.co_filename):
            return _again(frame)
        frame = frame.f_back
    return None


def _again(frame):
    """A call of a function as it was called."""
    code, known = frame.f_code, frame.f_locals
    cells = tuple(types.CellType(known[name]) if name in known else types.CellType() for name in code.co_freevars)
    function = types.FunctionType(code, frame.f_globals, code.co_name, None, cells)
    given = code.co_varnames[: code.co_argcount]
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    more, others = (), {}
    if code.co_flags & 0x04:
        more, rest = known.get(rest[0], ()), rest[1:]
    if code.co_flags & 0x08:
        others = known.get(rest[0], {})
    arguments = [known.get(name) for name in given]
    keywords = {name: known.get(name) for name in named}
    return lambda: function(*arguments, *more, **keywords, **others)


def serve(server):
    """A server of datagrams: it is given what comes."""
    port = server.socket.getsockname()[1]

    def receive():
        while _ports[port]:
            data, sender = _ports[port].popleft()
            request = (data, server.socket)
            if server.verify_request(request, sender):
                server.finish_request(request, sender)

    receivers[port] = receive


def deliver():
    """Calls those for whom something has come. False when there is nobody."""
    global _is_delivering
    ports = [port for port in receivers if _ports.get(port)]
    if _is_delivering or not ports:
        return False
    _is_delivering = True
    try:
        for port in ports:
            try:
                receivers[port]()
            except Waits:
                pass
            except Exception as error:
                # As a thread's, which does not end the others.
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
    finally:
        _is_delivering = False
    return True
