"""The handler objects, and what becomes of an exception that leaves one.

There is one for each connection of a client. A program that has said of no version speaks HTTP/1.0 in Python, where that is one for
each request; here its connections are kept, and each request finds its handler as if it were new.
"""

import http.server
import os
import random
import socketserver
import sqlite3
import sys
import threading
import traceback

from wit_world.imports import connection, environment, request, response, server

from . import accepting, attributes, begun, clocks, datagrams, gathered, grants, pauses, threads, wsgi
from .errors import Err, ServerGone, status_of
from .library import is_pythons
from .requests import forget
from .streams import Connection, Writer, address

#: Where the program's own files are.
HERE = "/app/"
_RULE = "-" * 40
_Base = http.server.BaseHTTPRequestHandler
#: What Python calls a thread that a server starts for a connection.
_THREAD = "Thread-%d (process_request_thread)"


class Server:
    """`self.server` of a file that makes none."""

    def __init__(self, handler_class):
        self.RequestHandlerClass = handler_class

    @property
    def server_address(self):
        return address(server.server_address())

    @property
    def server_name(self):
        return server.server_name()

    @property
    def server_port(self):
        return server.server_port()

    @property
    def mount(self):
        return server.mount()

    def __getattr__(self, name):
        hint = "a server class of one's own does not run under Doverb"
        raise AttributeError(f"self.server has no attribute {name!r}: {hint}")


class Handlers:
    """The handler objects, by their connections."""

    def __init__(self, make, server, attributes):
        #: Makes a handler for a client's address; `made` is told of it.
        self.make = make
        self.server = server
        #: What the host must be told of for each connection, by class.
        self.attributes = attributes
        #: By their connection. Where connections do not share an instance, that is 0.
        self.all = {}
        #: The one whose turn it is.
        self.connection = 0
        self.is_new = True
        #: Whether the server has something to do at the end of each connection.
        self.has_end = accepting.has_end(server)
        #: Whether there may be handlers that are new for each request; by their classes, how they are, and by connection, what
        #: one was at its first.
        self.renews = False
        self._renewed = {}
        self._begun = {}
        #: The class of one that is made once more, of which the host has all that it must know; and what it writes to.
        self.known = self.writer = None
        self._server_acts = accepting.has_own(server)
        self._has_threads = isinstance(server, socketserver.ThreadingMixIn)

    @property
    def current(self):
        return self.all.get(self.connection)

    def switch(self, connection):
        """The calls that follow are for another connection; 0 says that the last one has ended."""
        forget()
        if not connection:
            self.all.pop(self.connection, None)
            self._begun.pop(self.connection, None)
            pauses.end(self.connection)
        self.connection = connection

    def begin(self):
        forget()
        if self.is_new:
            self.is_new = False
            _begin_life()
        self.all.pop(self.connection, None)
        self._begun.pop(self.connection, None)
        self._name_thread()
        self.make(address(request.client_address()))
        if self.current is None:
            raise TypeError("what the server makes of a request is no handler of http.server's")

    def _name_thread(self):
        """Python has a thread for each connection, by whose name programs tell them apart."""
        if self._has_threads:
            threading.current_thread()._name = _THREAD % threading._counter()

    def renewed(self, handler):
        """The handler for a request: the one of the connection, or as good as new if in Python it would be."""
        cls = type(handler)
        manner = self._renewed.get(cls)
        if manner is None:
            manner = self._renewed[cls] = renews(cls, self.server)
        if manner == _KEPT:
            return handler
        begun = self._begun.get(self.connection)
        if begun is None:
            self._begun[self.connection] = dict(handler.__dict__) if manner == _EMPTIED else handler.client_address
            return handler
        if manner == _MADE_ANEW:
            return self._made_anew(handler, cls, begun)
        if handler.__dict__ != begun:
            handler.__dict__.clear()
            handler.__dict__.update(begun)
        self._name_thread()
        return handler

    def _made_anew(self, handler, cls, client):
        """Another one for the next request of its connection, of which the host and the server know what there is to know. It is
        made by as few calls as can be: this is done for each request."""
        if self._server_acts:
            self.end()
            self.begin()
            self._begun[self.connection] = client
            return self.all[self.connection]
        state = handler.__dict__
        if cls.finish is not _finish or "finish" in state:
            handler.finish()
        if self._has_threads:
            threading.current_thread()._name = _THREAD % threading._counter()
        self.known, writer = cls, state.get("wfile")
        if type(writer) is Writer and not writer.__dict__:
            self.writer = writer
        try:
            self.make(client)
        finally:
            self.known = self.writer = None
        return self.all[self.connection]

    def made(self, handler):
        """A handler is made: its connection begins."""
        cls = type(handler)
        if cls not in self.attributes:
            # One that a function makes anew for each connection.
            self.attributes[cls] = attributes.install(cls)
        for attribute in self.attributes[cls]:
            attribute.begin(handler)
        self.all[self.connection] = handler

    def end(self):
        handler = self.all.pop(self.connection, None)
        if handler is not None:
            handler.finish()
            if self.has_end:
                self.server.shutdown_request(handler.request)


#: How a handler comes to the second request of its connection: as it is, with nothing of the first in it, or made once more.
_KEPT, _EMPTIED, _MADE_ANEW = range(3)


def renews(cls, server):
    """How it does that if it is of this class."""
    version = vars(cls).get("protocol_version")
    if not isinstance(version, attributes.Shared) or version.value is not None or wsgi.is_wsgirefs(cls):
        return _KEPT
    own = any(not is_pythons(_code_of(getattr(cls, name))) for name in ("__init__", "setup", "finish"))
    return _MADE_ANEW if own or accepting.has_own(server) else _EMPTIED


def _code_of(method):
    """The file that a method is in, as far as it is one of Python's."""
    return getattr(getattr(method, "__code__", None), "co_filename", "")


def _begin_life():
    """What was made when the component was built, and must be each instance's own: random numbers, the environment."""
    if not begun.is_seeded:
        random.seed()
    clocks.begin()
    granted = environment.get_environment()
    if granted:
        os.environ.update(granted)
        wsgi.take_environment()
    begun.go_on()


class _Mount:
    """`mount` of the program's own servers. An attribute of this name that it sets itself comes before it."""

    def __get__(self, instance, owner=None):
        return self if instance is None else server.mount()


def _init_of(handlers):
    plain = socketserver.BaseRequestHandler.__init__

    def init(self, request, client_address, server):
        if not isinstance(self, _Base):
            # One for datagrams, or that speaks HTTP itself.
            return plain(self, request, client_address, server)
        # In Python it goes on to handle() and finish() from here. The host does so.
        self.client_address = client_address
        self.server = server
        if request is not None:
            self.request = self.connection = request
        if handlers.known is None:
            handlers.made(self)
            self.setup()
            return
        handlers.all[handlers.connection] = self
        if handlers.known is not type(self):
            handlers.made(self)
        if handlers.writer is not None and type(self).setup is _setup:
            self.wfile = handlers.writer
        else:
            self.setup()

    return init


class _Socket:
    """`self.request` and `self.connection`: made for who looks at them, as few do. A handler may set them."""

    def __get__(self, handler, owner=None):
        if handler is None:
            return self
        connection = Connection(handler)
        handler.__dict__.setdefault("request", connection)
        handler.__dict__.setdefault("connection", connection)
        return connection


#: For handlers that speak HTTP themselves.
_plain_setup, _plain_finish = socketserver.StreamRequestHandler.setup, socketserver.StreamRequestHandler.finish


def _setup(self):
    if isinstance(self, _Base):
        self.wfile = Writer()
    else:
        _plain_setup(self)


def _finish(self):
    """Nothing: the host flushes and closes."""
    if not isinstance(self, _Base):
        _plain_finish(self)


def install(handlers):
    """Turns Python's classes to the host."""
    socketserver.BaseRequestHandler.__init__ = _init_of(handlers)
    socketserver.BaseServer.mount = _Mount()
    socketserver.StreamRequestHandler.request = socketserver.StreamRequestHandler.connection = _Socket()
    socketserver.StreamRequestHandler.setup = _setup
    socketserver.StreamRequestHandler.finish = _finish


def own_part(error):
    """An exception's traceback from the program's first frame on."""
    trace = error.__traceback__
    while trace is not None and is_pythons(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _leave_out_ours(shown, deep=0):
    """The SDK's own frames say nothing to who looks for a fault in a program."""
    shown.stack[:] = [frame for frame in shown.stack if "/doverb/" not in frame.filename or frame.filename.startswith(HERE)]
    for other in (shown.__cause__, shown.__context__):
        if other is not None and deep < 20:
            _leave_out_ours(other, deep + 1)


def told(error, trace):
    """An exception as Python prints it, with files as their author calls them."""
    shown = traceback.TracebackException(type(error), error, trace)
    _leave_out_ours(shown)
    lines = "".join(shown.format())
    return lines.replace(f'File "{HERE}', 'File "')


def hint(error):
    """What an operator can do about an exception, if it is the sandbox's doing."""
    if isinstance(error, MemoryError):
        return "The handler has used up the memory of its instance: the server's --max-memory allows it more.\n"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"A package that has {error.name} can be named in a requirements.txt beside the file.\n"
    if getattr(error, "doverb_is_told", False):
        return ""  # The server's log says what grants it.
    if isinstance(error, sqlite3.OperationalError) and "readonly" in str(error):
        return "" if grants.has_told() else grants.advice(os.path.join(HERE, "database"))
    path = getattr(error, "filename", None)
    if not isinstance(error, (FileNotFoundError, PermissionError)) or not isinstance(path, str):
        return ""
    if not os.path.abspath(path).startswith((HERE, "/tmp/")):
        return f"Outside of /app there are only granted directories: {grants.flag(path)} grants one.\n"
    return grants.advice(path) if isinstance(error, PermissionError) else ""


def report(handler, error):
    """What `socketserver` prints about an exception."""
    trace = error.__traceback__
    while trace is not None and "/doverb/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    client = getattr(handler, "client_address", None)
    head = f"{_RULE}\nException occurred during processing of request from {client}\n"
    sys.stderr.write(head + told(error, trace or error.__traceback__) + hint(error) + _RULE + "\n")


def tell(handler, error):
    """Tells the program's server of an exception, or prints it as Python's does."""
    server = getattr(handler, "server", None)
    if not accepting.is_own(server, "handle_error"):
        return report(handler, error)
    try:
        server.handle_error(handler.request, handler.client_address)
    except Exception as other:
        report(handler, other)


def failed(handler, error):
    """Ends a call that raised: quietly if the client has gone, with an error page if there is still room for one."""
    gathered.settle()
    if isinstance(error, ServerGone):
        return
    tell(handler, error)
    try:
        response.send_error(status_of(error), None, None)
    except Err:
        pass  # An answer has begun.
    # If there is a whole answer it stands; else the host cuts the connection.
    connection.fail()


#: What is left to do when the handler has returned, if any of these has something in it.
LEFT = (threads.pending, threads.helpers, datagrams.receivers)


def after():
    """What threads were to do that nobody has waited for is done when the handler has returned, and with what it has sent them."""
    threads.run_all()
    datagrams.deliver()
    threads.help()
