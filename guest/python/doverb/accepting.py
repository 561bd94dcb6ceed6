"""What a server of the program's own does with a connection before there is a handler, and after it, where it has that its own way."""

import http.server
import socketserver

from . import threads
from .streams import Connection

_LIBRARYS = frozenset(("socketserver", "http.server", "wsgiref.simple_server", "xmlrpc.server"))
#: What comes before a handler, and what comes after it.
BEFORE = ("get_request", "verify_request", "process_request", "process_request_thread", "service_actions")
BEHIND = ("shutdown_request", "close_request")

#: The connection that has come: what `get_request` gives.
_come = None


def is_own(server, name):
    """Whether a method of a server is the program's, and not the library's."""
    method = getattr(server, name, None)
    return method is not None and getattr(method, "__module__", None) not in _LIBRARYS and not isinstance(method, _Ours)


def has_own(server):
    """Whether a server does something of its own with its connections."""
    return any(is_own(server, name) for name in BEFORE + BEHIND)


class _Ours:
    """One of the library's methods as it is here."""

    def __init__(self, function):
        self.function = function

    def __get__(self, server, owner=None):
        return _Bound(self.function, server)


class _Bound(_Ours):
    def __init__(self, function, server):
        super().__init__(function)
        self.server = server

    def __call__(self, *arguments):
        # `Base.method(self, ...)`, as many write for `super().method(...)`.
        return self.function(*arguments) if self.server is None else self.function(self.server, *arguments)


class Accepted(Connection):
    """What `get_request` gives for the socket of a client."""

    def __init__(self, handlers):
        self._handlers = handlers

    @property
    def _handler(self):
        return self._handlers.current


class Whichever(http.server.BaseHTTPRequestHandler):
    """One that answers a request of whichever method by `_answer`, and then no other."""

    def __getattr__(self, name):
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._once

    def _once(self):
        self.close_connection = True
        self._answer()


class TurnedAway(Whichever):
    """Who answers a client that the server's own `verify_request` does not let in. CPython closes the connection without a word."""

    def _answer(self):
        self.send_error(403)


def _nothing(request):
    """What a connection's end is while it begins."""


def _finish(server, request, client):
    server.finish_request(request, client)


def _install():
    """The library's own methods, which the program's go on to."""
    base, tcp, mixin = socketserver.BaseServer, socketserver.TCPServer, socketserver.ThreadingMixIn
    tcp.get_request = _Ours(lambda server: _come)
    base.process_request = mixin.process_request = mixin.process_request_thread = _Ours(_finish)
    tcp.shutdown_request = _Ours(lambda server, request: server.close_request(request))
    tcp.close_request = _Ours(lambda server, request: None)


def maker(server, handlers):
    """How a handler is made for a client's address."""
    if not has_own(server):
        if is_own(server, "finish_request"):
            return lambda client: server.finish_request(None, client)
        # What the library's own does.
        return lambda client: server.RequestHandlerClass(None, client, server)
    acts = is_own(server, "service_actions")
    _install()

    def make(client):
        global _come
        _come = Accepted(handlers), client
        request, client = server.get_request()
        if not server.verify_request(request, client):
            return TurnedAway(request, client, server)
        # Its connection is not over when a handler is made, as it is in Python then.
        server.shutdown_request = server.close_request = _nothing
        try:
            server.process_request(request, client)
            if handlers.current is None:
                # Some thread of the program's is to.
                threads.run_all()
                threads.help()
        finally:
            del server.shutdown_request, server.close_request
        if acts:
            server.service_actions()

    return make


def has_end(server):
    """Whether the server has something to do when a connection has ended."""
    return any(is_own(server, name) for name in BEHIND)
