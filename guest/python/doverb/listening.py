"""The sockets of a program's servers, which listen to nothing: the host does. Who waits at one would serve what it belongs to."""

import select
import selectors
import socket
import socketserver

#: The first number that a server's socket is known by; files have others.
_FIRST = 1 << 20
#: By its number, each server.
_servers = {}


def number_of(server=None):
    """A number that no file has, by which somebody may wait for a server, or for what never comes."""
    number = _FIRST + len(_servers)
    _servers[number] = server
    return number


class Listening:
    """A server's socket: it knows where it was to listen, and takes what is done to sockets."""

    type, proto = socket.SOCK_STREAM, 0

    def __init__(self, server, address):
        self.address = address
        self.family = getattr(server, "address_family", socket.AF_INET)
        self.asked_for_tls = False
        self._server = server
        self._number = number_of(server)

    def getsockname(self):
        address = self.address
        if self.family == socket.AF_INET6 and isinstance(address, tuple) and len(address) == 2:
            return (*address, 0, 0)
        return address

    def bind(self, address):
        self.address = address

    def accept(self):
        _serve(self._server)

    def fileno(self):
        return self._number

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def _pair(*args, **kwargs):
    """`socket.socketpair`, by which programs wake themselves where they wait for clients and signals: here nothing comes over it."""
    return Listening(None, ("", 0)), Listening(None, ("", 0))


def _serve(server):
    """Somebody waits for a client of this server, whatever the program's own methods of it would do then."""
    socketserver.BaseServer.handle_request(server)


def _server(waited_for):
    """The server that somebody waits at, by itself, by its socket or by its number."""
    if isinstance(waited_for, socketserver.TCPServer):
        return waited_for
    if isinstance(waited_for, Listening):
        return waited_for._server
    return _servers.get(waited_for) if isinstance(waited_for, int) else None


def _serve_one_of(waited_for):
    for server in filter(None, map(_server, waited_for)):
        _serve(server)


def _select(plain):
    def selecting(readable, writable=(), exceptional=(), timeout=None):
        _serve_one_of(readable)
        return plain(readable, writable, exceptional, timeout)

    return selecting


class _Poll:
    """`select.poll` and `select.epoll`, of a program's servers."""

    def __init__(self, *args, **kwargs):
        self._places = {}

    def register(self, file, *events):
        self._places[file if isinstance(file, int) else file.fileno()] = file

    modify = register

    def unregister(self, file):
        self._places.pop(file if isinstance(file, int) else file.fileno(), None)

    def poll(self, *args, **kwargs):
        _serve_one_of(self._places)
        select.select([], [], [], None)
        return []

    def fileno(self):
        return -1

    def close(self):
        """Nothing: it holds nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _selecting(plain):
    def selecting(self, timeout=None):
        _serve_one_of(key.fileobj for key in self.get_map().values())
        return plain(self, timeout)

    return selecting


def patches(before_waiting):
    """What is other while a program runs that waits for its servers itself."""
    yield socket, "socketpair", _pair, True
    yield select, "select", _select(before_waiting(select.select)), False
    for name in ("poll", "epoll"):
        yield select, name, _Poll, False
    for cls in {selectors.DefaultSelector, selectors.SelectSelector, getattr(selectors, "PollSelector", selectors.SelectSelector)}:
        yield cls, "select", _selecting(before_waiting(cls.select)), False
