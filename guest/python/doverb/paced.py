"""Loops that threads run for ever, with rests between their rounds: `while True: measure(); time.sleep(60)`.

There is one thread, so such a loop is made a generator that stops at each of its rests, and goes on before a request when the
rest is over. Its variables are its own, as in a thread. What rests in functions that it calls is no part of it.
"""

import ast
import functools
import inspect
import textwrap
import threading
import time
import types

from . import generators
from .generators import NoGenerator

#: Rounds that are made up for before one request; those of a long silence beyond them are left out.
MOST = 16

#: The loops that go on before requests.
loops = []
#: Whether one of them runs.
is_running = False


class Paced:
    """A loop, and when it goes on."""

    def __init__(self, thread, rounds):
        self.thread = thread
        self._rounds = rounds
        #: None before the first round.
        self.due = None

    def go_on(self, now):
        """Runs it to its next rests, as far as they are over by now. False when it has ended."""
        for _ in range(MOST):
            if self.due is not None and self.due > now:
                return True
            try:
                rest = next(self._rounds)
            except (StopIteration, SystemExit):
                return False
            except BaseException as error:
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self.thread)))
                return False
            self.due = (now if self.due is None else self.due) + max(0.0, float(rest))
        self.due = max(self.due, now)
        return True


def run_due():
    """Lets those go on whose rest is over: a request is to be served."""
    global is_running
    if is_running:
        return
    is_running = True
    now, me = time.monotonic(), threading.get_ident()
    before = threading._active.get(me)
    try:
        for loop in tuple(loops):
            threading._active[me] = loop.thread
            if not loop.go_on(now):
                loops.remove(loop)
                loop.thread._os_thread_handle._set_done()
    finally:
        is_running = False
        if before is None:
            threading._active.pop(me, None)
        else:
            threading._active[me] = before


def wait(end):
    """Waits for the rest that is over first, if it is by then, and lets its loop go on: it may hold what is waited for."""
    if is_running or not loops:
        return False
    due = min(loop.due or 0.0 for loop in loops)
    if end is not None and due > end:
        return False
    time.sleep(max(0.0, due - time.monotonic()))
    run_due()
    return True


def target_of(thread):
    """What a thread runs; None for nothing."""
    target = getattr(thread, "_target", None)
    if target is None and type(thread).run is not threading.Thread.run:
        target = thread.run
    return target


def _while(target):
    """What the loops of a function go on by."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return
    yield from (node.test for node in ast.walk(tree) if isinstance(node, ast.While))


def never_ends(target):
    """Whether a function goes on for ever: a loop over something that is always true."""
    return any(isinstance(test, ast.Constant) and test.value for test in _while(target))


def _rests(target):
    """Whether a function has the words for a rest in it: the sources are looked at only then."""
    while isinstance(target, functools.partial):
        target = target.func
    code = getattr(getattr(target, "__func__", target), "__code__", None)
    return code is not None and ("sleep" in code.co_names or "wait" in code.co_names)


def _goes_on(target):
    """Whether it goes on for ever, or until somebody says that it is to end."""
    kinds = (ast.Name, ast.Attribute, ast.UnaryOp, ast.Call)
    return any(isinstance(test, kinds) or isinstance(test, ast.Constant) and test.value for test in _while(target))


def takes(thread, is_endless=False):
    """Whether a thread that was started is such a loop. It goes on with the next request. One that may end is done at once by
    whoever waits for it, where it `is_endless` alone that counts."""
    target = target_of(thread)
    if type(thread).run is threading.Timer.run:
        takes_timer(thread)
        return True
    if target is None or not _rests(target) or not (never_ends if is_endless else _goes_on)(target):
        return False
    try:
        rounds = _rounds(thread, target)
    except NoGenerator:
        return False
    loops.append(Paced(thread, rounds))
    return True


def takes_timer(timer):
    """Takes a `Timer`, which is one round after one rest."""

    def rounds():
        yield timer.interval
        if not timer.finished.is_set():
            timer.function(*timer.args, **timer.kwargs)
        timer.finished.set()

    loops.append(Paced(timer, rounds()))


def _rounds(thread, target):
    arguments, keywords = (), {}
    if target == getattr(thread, "_target", None):
        arguments, keywords = thread._args, thread._kwargs
    while isinstance(target, functools.partial):
        arguments, keywords = (*target.args, *arguments), {**target.keywords, **keywords}
        target = target.func
    function, owner = getattr(target, "__func__", target), getattr(target, "__self__", None)
    if not isinstance(function, types.FunctionType):
        raise NoGenerator
    if owner is not None:
        arguments = (owner, *arguments)
    return generators.of(function, _Rests(function, owner))(*arguments, **keywords)


class _Rests(ast.NodeTransformer):
    """Puts a `yield` in the place of each rest: `time.sleep(60)`, and `stop.wait(60)` of an Event's."""

    def __init__(self, function, owner):
        self._known = inspect.getclosurevars(function)
        self._owner = owner
        self.found = False

    def _value(self, node):
        """What a name says before the function runs; None where nobody knows."""
        if isinstance(node, ast.Name):
            for names in (self._known.nonlocals, self._known.globals, self._known.builtins):
                if node.id in names:
                    return names[node.id]
            return self._owner if node.id == "self" else None
        if isinstance(node, ast.Attribute):
            owner = self._value(node.value)
            if isinstance(owner, types.ModuleType):
                return vars(owner).get(node.attr)
            return getattr(owner, "__dict__", {}).get(node.attr)
        return None

    def visit_FunctionDef(self, node):
        return node

    visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_FunctionDef

    def visit_Yield(self, node):
        raise NoGenerator

    visit_YieldFrom = visit_Await = visit_Yield

    def visit_Call(self, node):
        function = node.func
        sleeps = is_sleep(self._value(function))
        waits_for = function.value if isinstance(function, ast.Attribute) and function.attr == "wait" else None
        is_wait = waits_for is not None and isinstance(self._value(waits_for), threading.Event)
        self.generic_visit(node)
        given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "timeout")]
        if len(given) != 1 or not (sleeps or is_wait):
            return node
        self.found = True
        rest = ast.Yield(given[0])
        if is_wait:
            is_set = ast.Call(ast.Attribute(waits_for, "is_set", ast.Load()), [], [])
            rest = ast.BoolOp(ast.Or(), [rest, is_set])
        return ast.copy_location(rest, node)


def is_sleep(value):
    """Whether it is `time.sleep`, as the library has it or the SDK in its place."""
    known = getattr(value, "__name__", None), getattr(value, "__module__", None)
    return known in (("sleep", "time"), ("sleep", "doverb.gathered"))
