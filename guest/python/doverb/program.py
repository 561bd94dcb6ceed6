"""Runs a program as Python runs it, while its component is built, up to the point where it would serve.

Servers are made and hold what they were given; none binds. The one that would serve is the program's server.
"""

import ast
import builtins
import concurrent.futures.thread
import functools
import importlib
import importlib.machinery
import inspect
import os
import queue
import random
import re
import socket
import socketserver
import sys
import threading
import time
import types

from . import absent, begun, datagrams, forks, listening, outgoing, paced, standing, threads
from .kinds import attribute, is_a
from .listening import Listening
from .standing import Serving

#: What serves, by its name in a program's code.
SERVE = frozenset({"serve_forever", "handle_request", "_handle_request_noblock"})
#: What receives datagrams.
RECEIVE = frozenset({"recvfrom", "recvfrom_into"})

#: How long a program may go on beside a server that a thread serves, in seconds.
BESIDE = 2
#: By what number the interpreter knows who watches it: the first that nobody has asked for.
_TOOL = 3


class Ended(Exception):
    """The program has ended without a server; the message says how."""


class Recorder:
    """The servers of the program that runs."""

    def __init__(self):
        self.server = None
        self.forks = forks.Forks()
        self.left_out = []
        #: Threads that go on when requests come.
        self.paced = []
        #: Whether the program runs no more. What it has kept of what was other meanwhile is as ever then.
        self.is_over = False
        #: Whether the server is one that a thread serves, so that the program goes on beside it.
        self.is_beside = False
        self._beside = []
        self._is_in_thread = False

    def serve(self, server, *args, **kwargs):
        if isinstance(server, socketserver.UDPServer):
            datagrams.serve(server)
            raise datagrams.Waits
        # The first is the one: what comes after it would never have been reached. One that the program itself serves comes
        # before those that its threads serve.
        if self.server is None:
            self.server, self.is_beside = server, self._is_in_thread
        elif self.is_beside and not self._is_in_thread:
            self._beside.append(self.server)
            self.server, self.is_beside = server, False
        else:
            self._beside.append(server)
        standing.leave()

    def run_thread(self, thread):
        """Runs a thread that serves, up to there; the program goes on until it waits."""
        self._is_in_thread = True
        try:
            thread.run()
        except Serving as serving:
            standing.left(serving)
        except datagrams.Waits:
            pass
        finally:
            self._is_in_thread = False
        threads.begun(thread)
        self._watch_loops()

    def _watch_loops(self):
        """Ends a program that waits in a loop of its own for what its server is to do."""
        end = time.monotonic() + BESIDE

        def jumped(*place):
            if time.monotonic() > end:
                standing.leave()

        if sys.monitoring.get_tool(_TOOL) is None:
            sys.monitoring.use_tool_id(_TOOL, "doverb")
            sys.monitoring.register_callback(_TOOL, sys.monitoring.events.JUMP, jumped)
            sys.monitoring.set_events(_TOOL, sys.monitoring.events.JUMP)

    def end(self):
        """The program runs no more."""
        if sys.monitoring.get_tool(_TOOL) is not None:
            sys.monitoring.set_events(_TOOL, 0)
            sys.monitoring.free_tool_id(_TOOL)

    def before_waiting(self, call, rests=False):
        """A function that waits, or rests for a time: who serves beside waits for nothing else."""

        @functools.wraps(call)
        def waiting(*args, **kwargs):
            if threads.is_helping:
                threads.stop_helping()
            serves = self.server is not None and not self._is_in_thread and not self.is_over
            if serves or rests and self.forks.rests(*args):
                standing.leave()
            return call(*args, **kwargs)

        return waiting

    def asked(self):
        """Where the program would have listened, as far as it says."""
        sock = getattr(self.server, "socket", None)
        address = getattr(self.server, "server_address", None)
        asked = {"tls": bool(getattr(sock, "asked_for_tls", False))}
        if isinstance(address, (tuple, list)) and len(address) > 1 and isinstance(address[1], int):
            asked["port"] = address[1]
        return asked

    def notes(self):
        yield from self.forks.notes()
        for server in self._beside:
            address = getattr(server, "server_address", None)
            if server is not self.server and isinstance(address, tuple) and len(address) > 1:
                yield f"its server for port {address[1]} is left out: one server is served"
        for name in dict.fromkeys(self.paced):
            yield f"the thread {name} goes on when a request comes, for as long as it has rested: nothing runs beside requests"
        for name in self.left_out:
            yield f"the thread {name} is not run: nothing runs beside requests"


def _init(self, server_address, RequestHandlerClass, bind_and_activate=True):
    socketserver.BaseServer.__init__(self, server_address, RequestHandlerClass)
    if isinstance(self, socketserver.UDPServer):
        self.socket = socket.socket(self.address_family, socket.SOCK_DGRAM)
        self.socket.bind(server_address)
        self.server_address = self.socket.getsockname()
        return
    self.socket = Listening(self, server_address)
    if bind_and_activate:
        self.server_bind()
        self.server_activate()


def _bind(self):
    """As if it were bound: `HTTPServer` goes on from here and looks at the address."""
    self.server_address = self.socket.getsockname()


def _test_of(plain):
    """`http.server.test`, which says a version for the class that it serves where nobody has given it one."""

    @functools.wraps(plain)
    def test(*args, **kwargs):
        given = inspect.signature(plain).bind(*args, **kwargs)
        says = "protocol" in given.arguments
        given.apply_defaults()
        cls = given.arguments["HandlerClass"]
        # What comes from Python's own class is not said either.
        says = says or "protocol_version" in vars(cls) or cls.protocol_version != "HTTP/1.0"
        try:
            return plain(*args, **kwargs)
        finally:
            if not says:
                del cls.protocol_version

    return test


def _nothing(*args, **kwargs):
    """What a program does to a server that does not listen, or to the machine beside it."""


def _no_network(*args, **kwargs):
    raise OSError(95, outgoing.NOT_YET)


def _names(code, depth=3):
    """The names that a piece of code uses, and those of the functions inside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if depth and isinstance(constant, types.CodeType):
            yield from _names(constant, depth - 1)


def _reaches(target, wanted, depth=3):
    """Whether a thread's function uses one of these names, itself or in a function of the program's that it calls."""
    if isinstance(target, functools.partial):
        return _reaches(target.func, wanted, depth)
    if attribute(target, "__name__") in wanted:
        return True
    function = attribute(target, "__func__", target)
    code = attribute(function, "__code__")
    if code is None:
        return False
    names = set(_names(code))
    if names & wanted:
        return True
    known = getattr(function, "__globals__", {})
    owner = getattr(target, "__self__", None)
    called = [known[name] for name in names if callable(known.get(name))]
    if owner is not None:
        # What a method calls of its own object: found by the class, since looking at the object may do something.
        methods = (inspect.getattr_static(type(owner), name, None) for name in names)
        called += [method.__get__(owner) for method in methods if isinstance(method, types.FunctionType)]
    return depth > 0 and any(_reaches(function, wanted, depth - 1) for function in called)


def _serves(target):
    return _reaches(target, SERVE)


def might_serve(main):
    """Whether a program has what it takes to serve: a server, or a way to make one."""
    values = list(vars(main).values())
    return any(
        is_a(value, socketserver.BaseServer)
        or is_a(value, type)
        and issubclass(value, (socketserver.BaseServer, socketserver.BaseRequestHandler))
        or value in (sys.modules["http.server"], socketserver)
        for value in values
        if is_a(value, (type, socketserver.BaseServer, types.ModuleType))
    )


def imports_relatively(script):
    """Whether a file is one of its package, and no script: only such can import what is beside it by a dot."""
    try:
        with open(script, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return False
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))


#: How a program comes to the folder above the one that it is in.
_CLIMBS = re.compile(r"\.parent\s*\.\s*parent\b|\.parents\s*\[\s*[1-9]|dirname\s*\(\s*(?:[\w.]+\.)?dirname|__file__[^\n]*(?:\.\.|pardir)")


def climbs(script):
    """Whether a program looks for files above its own folder, by the words in it. Often it lies in a folder of a project."""
    try:
        with open(script, encoding="utf-8", errors="replace") as source:
            text = source.read()
    except OSError:
        return False
    return "__file__" in text and _CLIMBS.search(text) is not None


def _start_of(recorder):
    """A thread that serves is run up to there. Others run when they are waited for, or when the program serves. Those that
    rest between their rounds go on when requests come; others that would never end are left out."""
    plain = threads._start

    def start(thread):
        target = paced.target_of(thread)
        if target is not None and _serves(target):
            recorder.run_thread(thread)
        elif target is not None and _never_ends(target) and _has_queue(thread, target):
            threads.begun(thread)
            threads.help_with(thread.run)
        elif target is not None and not _reaches(target, RECEIVE) and paced.takes(thread):
            recorder.paced.append(_name(thread, target))
            threads.begun(thread)
        elif target is not None and _never_ends(target):
            recorder.left_out.append(_name(thread, target))
            threads.begun(thread)
        else:
            plain(thread)

    return start


def _name(thread, target):
    function = thread.function if type(thread) is threading.Timer else target
    return getattr(function, "__qualname__", thread.name)


def _never_ends(target):
    """Whether a function goes on for ever. Who receives datagrams is stopped where it would wait, and called when some come."""
    return paced.never_ends(target) and not _reaches(target, RECEIVE)


def _has_queue(thread, target):
    """Whether a thread that never ends works off a queue, and waits at it."""
    function = getattr(target, "__func__", target)
    used = set(_names(getattr(function, "__code__", _has_queue.__code__)))
    if "get" not in used:
        return False
    owner = getattr(target, "__self__", None)
    known = [getattr(function, "__globals__", {}), getattr(owner, "__dict__", {})]
    values = [names[name] for names in known for name in used if name in names]
    cells = getattr(function, "__closure__", None) or ()
    values += [cell.cell_contents for cell in cells if cell != types.CellType()]
    values += [*(getattr(thread, "_args", None) or ()), *(getattr(thread, "_kwargs", None) or {}).values()]
    return any(is_a(value, queue.Queue) for value in values)


def _submit_of(recorder):
    """An executor's `submit`: as a thread that is started."""
    plain = threads._submit

    def submit(executor, function, /, *args, **kwargs):
        if not _serves(function) and not _never_ends(function):
            return plain(executor, function, *args, **kwargs)
        thread = threading.Thread(target=function, args=args, kwargs=kwargs)
        thread.start()
        # It is done by nobody.
        return concurrent.futures.Future()

    return submit


def _addresses(host, port, *args, **kwargs):
    family = socket.AF_INET6 if ":" in (host or "") else socket.AF_INET
    return [(family, socket.SOCK_STREAM, 6, "", (host or "0.0.0.0", int(port or 0)))]


def _patches(recorder):
    """What is other while the program runs: what takes the place of its machine, and whether it stays so."""

    def serve(self, *args, **kwargs):
        recorder.serve(self)

    # A thread's target is known by it.
    serve.__name__ = "serve_forever"
    server = socketserver.TCPServer
    yield from [
        (server, "__init__", _init, True),
        (server, "server_bind", _bind, True),
        (server, "server_activate", _nothing, True),
        (server, "server_close", _nothing, True),
        (server, "fileno", lambda self: self.socket.fileno(), True),
        (socketserver.BaseServer, "serve_forever", serve, True),
        (socketserver.BaseServer, "handle_request", serve, True),
        (socketserver.BaseServer, "_handle_request_noblock", serve, True),
        (socketserver.BaseServer, "shutdown", _nothing, True),
        (threading.Thread, "start", _start_of(recorder), False),
        (concurrent.futures.thread.ThreadPoolExecutor, "submit", _submit_of(recorder), False),
        *(
            (owner, name, recorder.before_waiting(getattr(owner, name), name == "sleep"), False)
            for owner, name in (
                (time, "sleep"),
                (threading.Thread, "join"),
                (threading.Condition, "wait"),
                (builtins, "input"),
                (threads, "hopeless"),
            )
        ),
        (socket, "getfqdn", lambda name="": name or "localhost", False),
        (socket, "gethostname", lambda: "localhost", False),
        (socket, "gethostbyname", lambda name: "127.0.0.1", False),
        (socket, "getaddrinfo", _addresses, False),
        *((socket.socket, name, _no_network, False) for name in ("bind", "connect", "connect_ex", "sendto")),
        *listening.patches(recorder.before_waiting),
        *standing.patches(),
        *recorder.forks.patches(),
    ]
    import http.server
    import signal
    import webbrowser

    yield http.server, "test", _test_of(http.server.test), True
    yield random, "seed", begun.seeding(random.seed), False
    # Nothing inherits what does not listen.
    yield (os, "set_inheritable", _nothing, True)
    yield (signal, "signal", _nothing, True)
    for name in ("pause", "sigwait"):
        # A sandbox has no signals, and so none of these.
        yield (signal, name, recorder.before_waiting(getattr(signal, name, _nothing)), False)
    for name in ("open", "open_new", "open_new_tab"):
        yield (webbrowser, name, lambda *args, **kwargs: True, True)


def _module(script, package, is_only_read):
    """An empty `__main__` for the file, as `python FILE` or `python -m PACKAGE.FILE` makes it."""
    stem = os.path.splitext(os.path.basename(script))[0]
    name = f"{package}.{stem}" if package else stem
    main = types.ModuleType(name if is_only_read else "__main__")
    main.__file__ = script
    main.__builtins__ = __builtins__
    main.__package__ = package or None
    if package:
        importlib.import_module(package)
        main.__spec__ = importlib.machinery.ModuleSpec(name, None, origin=script)
    return main


def _begin(recorder, code, script, package, is_only_read):
    """Runs the file's code up to where it serves."""
    main, ended = _module(script, package, is_only_read), None
    if main.__name__ == "__main__" or main.__name__ not in sys.modules:
        sys.modules[main.__name__] = main
    try:
        exec(code, vars(main))
    except Serving as serving:
        standing.left(serving)
        threads.leave_loop()
    except datagrams.Waits:
        pass
    except SystemExit as exit:
        if recorder.server is None:
            how = f"it ended with {exit.code!r}" if exit.code else "it ended"
            if absent.has_asked_who:
                does = "It has asked whose rights it has: here nobody's, and the server is what listens. Leave the question out"
            else:
                does = "What it is run with stands behind --: doverb serve FILE -- ARGUMENTS"
            ended = f"{how} before it served. {does}"
    except BaseException:
        # What follows the server is not reached in Python either.
        if recorder.server is None:
            raise
    return main, ended


def _try(begin):
    try:
        return *begin(), None
    except Exception as error:
        return None, None, error


def run(recorder, script, package, is_only_read):
    """Runs the file. Returns its `__main__`, and how it has ended if not by serving; None for an end without a word.

    Where only its classes count, it is read as a module is, and what is for `__main__` does not run.
    """
    put_back = []
    for owner, name, value, stays in _patches(recorder):
        if not stays:
            put_back.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, value)
    outgoing.is_built = True
    absent.has_asked_who = False
    try:
        with open(script, "rb") as source:
            code = compile(source.read(), script, "exec", dont_inherit=True)
        begin = functools.partial(_begin, recorder, code, script, package, is_only_read)
        main, ended, why = _try(begin)
        if recorder.server is None and recorder.forks.turns():
            main, ended, whys = _try(begin)
            # Where neither serves, it is the first that was to.
            why = None if recorder.server is not None else why or whys
        if why is not None:
            raise why
        recorder.end()
        threads.run_all()
    finally:
        recorder.end()
        recorder.is_over = True
        outgoing.is_built = False
        for owner, name, value in put_back:
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
    return main, ended


#: An attribute that was not there, or only in a base.
_MISSING = object()
