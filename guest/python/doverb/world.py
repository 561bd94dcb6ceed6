"""The component's exports, made for a handler class."""

import functools
import gc
import importlib
import linecache
import random
import socketserver
import sys
import traceback

from wit_world.imports import request, response, server

from . import answers, attributes, program, requests, wsgi
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

    def __init__(self, make, server, attributes):
        #: Makes a handler for a client's address; `made` is told of it.
        self.make = make
        self.server = server
        #: What the host must be told of for each connection, by class.
        self.attributes = attributes
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
        self.current = None
        self.make(address(request.client_address()))
        if self.current is None:
            raise TypeError("what the server makes of a request is no handler of http.server's")

    def made(self, handler):
        """A handler is made: its connection begins."""
        cls = type(handler)
        if cls not in self.attributes:
            # One that a function makes anew for each connection.
            self.attributes[cls] = attributes.install(cls)
        for attribute in self.attributes[cls]:
            attribute.begin()
        self.current = handler

    def end(self):
        handler, self.current = self.current, None
        if handler is not None:
            handler.finish()


def _init_of(handlers):
    def init(self, request, client_address, server):
        # In Python it goes on to handle() and finish() from here. The host does so.
        self.request = Connection(self)
        self.client_address = client_address
        self.server = server
        handlers.made(self)
        self.setup()

    return init


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
            method = getattr(handler, name, None)
            if method is None:
                # Only when the program serves another class than reading it shows.
                _any(handler)
            else:
                method()
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
    if wsgi.serves(handler):
        return wsgi.serve(handler)
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


def _install(handlers, classes):
    """Turns Python's classes to the host."""
    answers.install(*classes)
    # All are looked at before any is changed, since one may be the base of others.
    handlers.attributes |= {cls: attributes.install(cls) for cls in sorted(classes, key=lambda cls: -len(cls.__mro__))}
    base = socketserver.BaseRequestHandler
    base.__init__ = _init_of(handlers)
    socketserver.StreamRequestHandler.setup = _setup
    socketserver.StreamRequestHandler.finish = _finish
    requests.install(answers._Base)


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
    """The class that the component's exports are methods of: for a file that has a handler class and serves nothing.
    `methods` has the exports' names with the handler's."""
    _import_all(imports)
    cls = getattr(importlib.import_module(module), name)
    server = Server(cls)
    handlers = Handlers(lambda client: cls(None, client, server), server, {})
    _install(handlers, [cls])
    return _world(handlers, methods)


def build_program(file, arguments, methods, imports, module, name):
    """The same for a program: what it would serve with is what serves. `name` is the one class that reading has found in it, or
    empty; it serves where the program cannot be run, as its machine is another, or names no handler of its own."""
    try:
        server, main = program.run(file, arguments)
    except Exception:
        if not name:
            raise
        traceback.print_exc()
        return build(module, name, methods, imports)
    if server is None and not name:
        raise program.Ended("it ends without serving: nothing calls serve_forever")
    if name and (server is None or getattr(server.RequestHandlerClass, "__module__", None) == "http.server"):
        return build(module, name, methods, imports)
    # What functions import when they are called; what only main() imports it has by now, or has it not.
    _import_all(imports)
    # Its globals live as long as the server does.
    server.main = main
    handlers = Handlers(lambda client: server.finish_request(None, client), server, {})
    _install(handlers, _classes(server.RequestHandlerClass))
    return _world(handlers, methods)


def _classes(factory):
    """The handler classes that a server may make: the one it has, or all that there are, where a function decides."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    if isinstance(factory, type):
        return [factory]
    found, queue = [], [answers._Base]
    while queue:
        cls = queue.pop()
        found.append(cls)
        queue += cls.__subclasses__()
    return found


def _world(handlers, methods):
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
