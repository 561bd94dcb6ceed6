"""Requests that wait for what another one brings, as in a chat by long polling or a stream of events: others have the instance
meanwhile, and so the same globals.

There is one thread, and what waits in it cannot be left. So the methods of a program that may come to wait, for an Event, a Condition,
a Queue or a time, and its own functions between, are generators that stop there: the host calls the method again when it is to go
on. What waits in functions of others, or in what only a call of another kind reaches, waits as ever: see `threads`.
"""

import ast
import functools
import queue
import socketserver
import sys
import threading
import time
import types

from wit_world.imports import pauses as host

from . import accepting, gathered, generators, paced, requests, threads
from .generators import NoGenerator
from .kinds import attribute, is_a
from .library import is_pythons

#: Those that have paused, by their connections.
paused = {}
#: The names of functions of the program that may come to a wait, and of what waits.
names = set()
#: Whether the program's server has a thread for each request: else a wait without an end could not be ended by another.
is_threaded = False
#: By the code of a function, that of its generator; None where it has none.
_made = {}
#: What stands for a call in a generator.
_CALL = "__doverb_call__"
#: What is as good as no end of a wait, in seconds.
_LONG = 3600.0
#: What needs the frame that it is called in.
_OF_FRAME = frozenset(("super", "locals", "vars", "dir", "globals", "eval", "exec"))


class _Paused:
    """A request that goes on later."""

    __slots__ = ("rounds", "is_over", "end", "seen", "answer")

    def __init__(self, rounds, is_over, end):
        self.rounds, self.is_over, self.end = rounds, is_over, end
        self.seen = requests.kept()
        self.answer = gathered.kept()

    def go_on(self):
        """Its request is served again."""
        requests.put_back(self.seen)
        gathered.put_back(self.answer)


# Which functions may come to wait.


def learn(server):
    """Looks through the program for what may come to wait, by the names in its functions."""
    global is_threaded
    is_threaded = isinstance(server, socketserver.ThreadingMixIn) or accepting.is_own(server, "process_request")
    codes = list(_codes())
    names.update(("wait", "wait_for", "sleep"))
    if any(value is queue or value in (queue.Queue, queue.SimpleQueue) for value in _globals()):
        names.add("get")
    grows = True
    while grows:
        more = {code.co_name for code in codes if not names.isdisjoint(code.co_names)} - names
        names.update(more)
        grows = bool(more)


def _modules():
    for module in list(sys.modules.values()):
        file = attribute(module, "__file__")
        if isinstance(file, str) and not is_pythons(file):
            yield vars(module)


def _globals():
    return (value for known in _modules() for value in list(known.values()) if is_a(value, (type, types.ModuleType)))


def _codes():
    """The code of all functions of the program."""
    seen, left = set(), [list(known.values()) for known in _modules()]
    while left:
        for value in left.pop():
            if is_a(value, (types.MethodType, staticmethod, classmethod)):
                value = value.__func__
            if is_a(value, types.FunctionType):
                value = value.__code__
            if is_a(value, types.CodeType):
                if value not in seen and not is_pythons(value.co_filename):
                    seen.add(value)
                    yield value
                    left.append(value.co_consts)
            elif is_a(value, type) and value not in seen and value.__module__ in sys.modules:
                seen.add(value)
                left.append(list(vars(value).values()))


class _Calls(ast.NodeTransformer):
    """Has each call of what may wait go through `_call`, which stops the generator where it waits."""

    def __init__(self, function):
        code = function.__code__
        self._locals = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        self.found = False

    def _stays(self, node):
        return node

    # What is in these is no part of the function, or cannot stop it.
    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _stays
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _stays

    def visit_Yield(self, node):
        raise NoGenerator

    visit_YieldFrom = visit_Await = visit_Yield

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Name):
            may_wait = function.id in names or function.id in self._locals and function.id not in _OF_FRAME
        elif isinstance(function, ast.Attribute):
            may_wait = function.attr in names
        else:
            may_wait = True
        if not may_wait:
            return node
        self.found = True
        call = ast.Call(ast.Name(_CALL, ast.Load()), [function, *node.args], node.keywords)
        return ast.copy_location(ast.YieldFrom(ast.copy_location(call, node)), node)


def _generator(function):
    """What a function of the program's is as a generator; None if it is none that may wait."""
    if function.__name__ not in names or is_pythons(function.__code__.co_filename):
        return None
    code = function.__code__
    if code not in _made:
        try:
            _made[code] = generators.compiled(function, _Calls(function), (_CALL,))
        except NoGenerator:
            _made[code] = None
    return _made[code] and generators.bound(function, _made[code], {_CALL: _call})


def _call(function, /, *args, **kwargs):
    """A call in a generator. What waits is one itself, and stops it."""
    made = _waiting(function)
    if made is None:
        return function(*args, **kwargs)
    return (yield from made(*args, **kwargs))


def _waiting(function):
    if paced.is_sleep(function):
        return _sleep
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", None)
    for kind, method, made in _LIBRARYS:
        if name == method and isinstance(owner, kind):
            return functools.partial(made, owner)
    plain = getattr(function, "__func__", function)
    made = _generator(plain) if isinstance(plain, types.FunctionType) else None
    return made if made is None or plain is function else functools.partial(made, owner)


# How the library's waits stop a generator: it yields what ends the wait, and how long it may take.


def _until(is_over, timeout):
    """Lets others go on until it is over, or the time is. Returns whether it is over."""
    end = None if timeout is None else time.monotonic() + timeout
    while not is_over():
        if threads.run_one():
            continue
        if end is not None and end <= time.monotonic():
            return False
        yield is_over, end
    return True


def _never():
    return False


def _sleep(seconds):
    if seconds > 0:
        yield from _until(_never, seconds)
    else:
        time.sleep(seconds)


def _event_wait(event, timeout=None):
    yield from _until(event.is_set, timeout)
    return event.is_set()


def _condition_wait(condition, timeout=None):
    is_over, leave = threads.enter(condition)
    try:
        return (yield from _until(is_over, timeout))
    finally:
        leave()


def _condition_wait_for(condition, predicate, timeout=None):
    end = None if timeout is None else time.monotonic() + timeout
    result = predicate()
    while not result:
        rest = None if end is None else end - time.monotonic()
        if rest is not None and rest <= 0:
            break
        yield from _condition_wait(condition, rest)
        result = predicate()
    return result


def _queue_get(place, block=True, timeout=None):
    if block and (timeout is None or timeout >= 0):
        yield from _until(place.qsize, timeout)
        block = False
    return place.get(block, timeout)


_LIBRARYS = (
    (threading.Event, "wait", _event_wait),
    (threading.Condition, "wait", _condition_wait),
    (threading.Condition, "wait_for", _condition_wait_for),
    (queue.Queue, "get", _queue_get),
    (queue.SimpleQueue, "get", _queue_get),
)


# How requests pause and go on.


def run(method, connection):
    """Calls a handler's method, up to its end or to where it waits."""
    made = _waiting(method)
    if made is None:
        method()
    else:
        _advance(made(), connection)


def go_on(connection):
    """Goes on with the request that has paused on this connection. False if there is none."""
    it = paused.pop(connection, None)
    if it is None:
        return False
    it.go_on()
    if it.end is None and not it.is_over() and host.is_gone():
        # It waits without an end, and nobody is there to see it.
        _close(it.rounds)
    else:
        _advance(it.rounds, connection)
    return True


def _advance(rounds, connection):
    go = functools.partial(next, rounds)
    while True:
        try:
            is_over, end = go()
        except StopIteration:
            return
        go = functools.partial(next, rounds)
        gathered.settle()
        now = time.monotonic()
        ends = [now + _LONG, *([] if end is None else [end]), *(loop.due or now for loop in paced.loops)]
        rest = max(0.0, min(ends) - now)
        # Who holds a lock would have others wait for it, and none of them could be left.
        may_end = end is not None or is_threaded
        if may_end and not threads.Lock.held and host.pause(int(rest * 1000) + 1):
            paused[connection] = _Paused(rounds, is_over, end)
            return
        try:
            threads.wait_until(is_over, None if end is None else max(0.0, end - now))
        except threads.WouldWaitForEver as error:
            go = functools.partial(rounds.throw, error)


def _close(rounds):
    try:
        rounds.close()
    except RuntimeError:
        # It goes on whatever it is told.
        pass


def end(connection):
    """A connection has ended."""
    it = paused.pop(connection, None)
    if it is not None:
        _close(it.rounds)


def wake():
    """Has those go on whose wait is over: another request has been served."""
    for connection, it in paused.items():
        if it.is_over():
            host.resume(connection)

