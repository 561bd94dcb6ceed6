"""The component's exports, made for a handler class."""

import gc
import importlib
import linecache
import random
import socketserver
import sys
import traceback

from wit_world.imports import request, response, server

from . import answers, attributes, requests
from .errors import Err, ServerGone, status_of
from .requests import forget
from .streams import Connection, Writer, address

#: The folder of the handler's own modules, as the tool mounts it.
_HERE = "/0/"
_RULE = "-" * 40


class Server:
    """`self.server`."""

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

    def __getattr__(self, name):
        hint = "a server class of one's own does not run under Doverb"
        raise AttributeError(f"self.server has no attribute {name!r}: {hint}")


class Handlers:
    """The handler objects: one for each connection of a client."""

    def __init__(self, cls, begin):
        self.cls = cls
        self.attributes = begin
        self.server = Server(cls)
        self.current = None
        #: Those whose turn it is not, by their connection; used when connections share an instance.
        self.others = {}
        self.connection = 0
        self.is_new = True

    def switch(self, connection):
        """The calls that follow are for another connection; 0 says that the last one has ended."""
        forget()
        if connection and self.current is not None:
            self.others[self.connection] = self.current
        self.connection = connection
        self.current = self.others.pop(connection, None)

    def begin(self):
        forget()
        if self.is_new:
            # The generator was seeded when the component was built: all instances would draw the same numbers.
            self.is_new = False
            random.seed()
        for attribute in self.attributes:
            attribute.begin()
        self.current = None
        self.current = self.cls(None, address(request.client_address()), self.server)

    def end(self):
        handler, self.current = self.current, None
        if handler is not None:
            handler.finish()


def _init(self, request, client_address, server):
    # In Python it goes on to handle() and finish() from here. The host does so.
    self.request = Connection(self)
    self.client_address = client_address
    self.server = server
    self.setup()


def _setup(self):
    self.connection = self.request
    self.wfile = Writer()


def _finish(self):
    """Nothing: the host flushes and closes."""


def _report(handler, error):
    """What `socketserver` prints about an exception."""
    trace = error.__traceback__
    while trace is not None and "/doverb/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    trace = trace or error.__traceback__
    lines = "".join(traceback.format_exception(type(error), error, trace))
    client = getattr(handler, "client_address", None)
    head = f"{_RULE}\nException occurred during processing of request from {client}\n"
    sys.stderr.write(head + lines.replace(f'File "{_HERE}', 'File "') + _RULE + "\n")


def _failed(handler, error):
    """Ends a call that raised: quietly if the client has gone, with an error page if there is still room for one."""
    if isinstance(error, ServerGone):
        return
    _report(handler, error)
    try:
        response.send_error(status_of(error), None, None)
    except Err:
        # An answer has begun and can't be completed. A trap makes the host cut the connection.
        sys.stderr = None
        raise error from None


def _method(handlers, name):
    def export(_self):
        forget()
        handler = handlers.current
        try:
            getattr(handler, name)()
        except BaseException as error:
            _failed(handler, error)

    return export


def _guarded(handlers, call):
    """The export for what is called beside methods. `_method` does without the call more."""

    def export(_self, *arguments):
        forget()
        handler = handlers.current
        try:
            return call(handler, *arguments)
        except BaseException as error:
            _failed(handler, error)

    return export


def _any(handler):
    method = getattr(handler, "do_" + handler.command, None) or getattr(handler, "do_ANY", None)
    if method is None:
        handler.send_error(501, "Unsupported method (%r)" % handler.command)
    else:
        method()


def _setup_export(handlers):
    def export(_self):
        try:
            handlers.begin()
        except BaseException as error:
            _report(handlers.current, error)
            sys.stderr = None
            raise

    return export


def _finish_export(handlers):
    def export(_self):
        try:
            handlers.end()
        except BaseException as error:
            _report(None, error)

    return export


def _text_export(handlers, name):
    return lambda _self: str(getattr(handlers.current, name)())


def _install(cls):
    """Turns Python's classes to the host, and returns the attributes that it must be told of for each connection."""
    answers.install(cls)
    base = socketserver.BaseRequestHandler
    base.__init__ = _init
    socketserver.StreamRequestHandler.setup = _setup
    socketserver.StreamRequestHandler.finish = _finish
    requests.install(answers._Base)
    return attributes.install(cls)


def _import_all(names):
    """There are no files once the component runs: what a function imports when it is called must be there already."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            # So it will be for the function, too.
            pass


def _keep_source_lines():
    """For tracebacks, which can't read the files any more."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(_HERE):
            lines = linecache.getlines(file)
            # Without a time nobody looks whether the file has changed.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def build(module, name, methods, imports):
    """The class that the component's exports are methods of. `methods` has the exports' names with the handler's."""
    _import_all(imports)
    cls = getattr(importlib.import_module(module), name)
    handlers = Handlers(cls, _install(cls))
    exports = {export: _method(handlers, method) for export, method in methods.items()}
    expect_100 = _guarded(handlers, lambda handler: handler.handle_expect_100())
    exports |= {
        "do_any": _guarded(handlers, _any),
        "setup": _setup_export(handlers),
        "finish": _finish_export(handlers),
        "switch_connection": lambda _self, connection: handlers.switch(connection),
        "send_error": _guarded(handlers, lambda handler, *error: handler.send_error(*error)),
        "handle_expect_100": lambda self: bool(expect_100(self)),
        "address_string": _text_export(handlers, "address_string"),
        "log_date_time_string": _text_export(handlers, "log_date_time_string"),
    }
    _keep_source_lines()
    gc.collect()
    # What is there now is there for good: a collector that looks through it would only dirty its memory.
    gc.freeze()
    return type("WitWorld", (), exports)
