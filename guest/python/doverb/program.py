"""Runs a program as Python runs it, while its component is built, up to the point where it would serve.

Servers are made and hold what they were given; none binds. The one that would serve is the program's server.
"""

import builtins
import functools
import io
import os
import socket
import socketserver
import sys
import threading
import types

#: What serves, by its name in a program's code.
SERVE = frozenset({"serve_forever", "handle_request"})


class Serving(BaseException):
    """The program would serve now, and nothing of it runs any more. No `except Exception` stops it."""


class Ended(Exception):
    """The program has ended without a server; the message says how."""


class Listening:
    """A server's socket: it knows where it was to listen, and takes what is done to sockets."""

    family, type, proto = socket.AF_INET, socket.SOCK_STREAM, 0

    def __init__(self, address):
        self.address = address

    def getsockname(self):
        return self.address

    def fileno(self):
        return -1

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


class Recorder:
    """The servers of the program that runs."""

    def __init__(self):
        self.server = None

    def serve(self, server, *args, **kwargs):
        # The first is the one: what comes after it would never have been reached.
        if self.server is None:
            self.server = server
        raise Serving


def _init(self, server_address, RequestHandlerClass, bind_and_activate=True):
    socketserver.BaseServer.__init__(self, server_address, RequestHandlerClass)
    self.socket = Listening(server_address)
    if bind_and_activate:
        self.server_bind()
        self.server_activate()


def _bind(self):
    """As if it were bound: `HTTPServer` goes on from here and looks at the address."""


def _nothing(*args, **kwargs):
    """What a program does to a server that does not listen, or to the machine beside it."""


def _names(code, depth=3):
    """The names that a piece of code uses, and those of the functions inside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if depth and isinstance(constant, types.CodeType):
            yield from _names(constant, depth - 1)


def _serves(target, depth=3):
    """Whether a thread's function serves, itself or by a function of the program's that it calls."""
    if getattr(target, "__name__", None) in SERVE:
        return True
    function = getattr(target, "__func__", target)
    if isinstance(target, functools.partial):
        return _serves(target.func, depth)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    names = set(_names(code))
    if names & SERVE:
        return True
    known = getattr(function, "__globals__", {})
    return depth > 0 and any(_serves(known[name], depth - 1) for name in names if callable(known.get(name)))


def _start(thread):
    """A thread that serves is the program, and serves now. There are no others: nothing runs beside a request."""
    target = getattr(thread, "_target", None)
    if target is None:
        target = thread.run if type(thread).run is not threading.Thread.run else None
    if target is not None and _serves(target):
        thread.run()


def _addresses(host, port, *args, **kwargs):
    family = socket.AF_INET6 if ":" in (host or "") else socket.AF_INET
    return [(family, socket.SOCK_STREAM, 6, "", (host or "0.0.0.0", int(port or 0)))]


def _open_in(folder):
    """`open`, for which a program's own folder is the one that it runs in. It cannot be made that in truth: there is no way
    back to the root, which is no folder of its own."""
    plain = io.open

    def open_(file, *args, **kwargs):
        if isinstance(file, (str, os.PathLike)):
            path = os.fspath(file)
            if isinstance(path, str) and not os.path.isabs(path):
                file = os.path.join(folder, path)
        return plain(file, *args, **kwargs)

    return open_


def _patches(recorder, folder):
    """What is other while the program runs: where it stands, its name, and what takes its place."""

    def serve(self, *args, **kwargs):
        recorder.serve(self)

    # A thread's target is known by it.
    serve.__name__ = "serve_forever"
    server = socketserver.TCPServer
    open_ = _open_in(folder)
    yield from [
        (builtins, "open", open_, False),
        (io, "open", open_, False),
        (server, "__init__", _init, True),
        (server, "server_bind", _bind, True),
        (server, "server_activate", _nothing, True),
        (server, "server_close", _nothing, True),
        (server, "fileno", lambda self: -1, True),
        (socketserver.BaseServer, "serve_forever", serve, True),
        (socketserver.BaseServer, "handle_request", serve, True),
        (socketserver.BaseServer, "shutdown", _nothing, True),
        (threading.Thread, "start", _start, False),
        (threading.Thread, "join", _nothing, False),
        (socket, "getfqdn", lambda name="": name or "localhost", False),
        (socket, "gethostname", lambda: "localhost", False),
        (socket, "gethostbyname", lambda name: "127.0.0.1", False),
        (socket, "getaddrinfo", _addresses, False),
    ]
    try:
        import signal

        yield (signal, "signal", _nothing, False)
    except ImportError:
        pass
    try:
        import webbrowser
    except ImportError:
        return
    for name in ("open", "open_new", "open_new_tab"):
        yield (webbrowser, name, lambda *args, **kwargs: True, False)


def run(file, arguments):
    """The program's server and its `__main__`. The server is None when it has ended without one."""
    recorder = Recorder()
    put_back = []
    for owner, name, value, stays in _patches(recorder, os.path.dirname(file)):
        if not stays:
            put_back.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)
    main = types.ModuleType("__main__")
    main.__file__ = file
    main.__builtins__ = __builtins__
    before = sys.modules.get("__main__")
    sys.modules["__main__"] = main
    # The tool counts on the list that it has made.
    argv, sys.argv = sys.argv, [file, *arguments]
    ended = None
    try:
        with open(file, "rb") as source:
            code = compile(source.read(), file, "exec")
        exec(code, vars(main))
    except Serving:
        pass
    except SystemExit as exit:
        ended = f"it ended with {exit.code!r}" if exit.code else None
    except BaseException:
        if recorder.server is None:
            sys.modules["__main__"] = before
            raise
    finally:
        sys.argv = argv
        for owner, name, value in put_back:
            setattr(owner, name, value)
    if recorder.server is None:
        sys.modules["__main__"] = before
        if ended:
            raise Ended(ended)
    return recorder.server, main
