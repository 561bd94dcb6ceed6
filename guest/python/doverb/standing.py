"""Leaves a program where it serves. Its frames end, and nothing more of them runs: no `finally`, no `except`, no end of a `with`,
which under CPython would run when the server is stopped. So what they would close or remove is there when requests come.
"""

import contextlib
import opcode
import sys
import tempfile

#: By what number the interpreter knows who watches it.
_TOOL = 4
_EVENTS = sys.monitoring.events
#: How each handler of exceptions begins that a program has written; the interpreter's own begin otherwise, and only go on.
_BEGINS = opcode.opmap["PUSH_EXC_INFO"]

#: Where the SDK's own code is, which knows what it does.
_OURS = __file__.rpartition("/")[0] + "/"

#: By a handler's code that was entered: where, and with which exception.
_entered = {}
#: What holds the variables of the frames that were left.
_left = []


class Serving(BaseException):
    """The program would serve now, and nothing of it runs any more."""


def leave():
    """Ends the frames of the program, up to who catches `Serving`."""
    if sys.monitoring.get_tool(_TOOL) is None:
        sys.monitoring.use_tool_id(_TOOL, "doverb")
        sys.monitoring.register_callback(_TOOL, _EVENTS.EXCEPTION_HANDLED, _handled)
        sys.monitoring.register_callback(_TOOL, _EVENTS.INSTRUCTION, _stepped)
    sys.monitoring.set_events(_TOOL, _EVENTS.EXCEPTION_HANDLED)
    raise Serving


def left(error):
    """The frames were left: to be called by who catches `Serving`."""
    sys.monitoring.set_events(_TOOL, 0)
    _entered.clear()
    _left.append(error)


def _handled(code, offset, error):
    """Somebody would handle it. It has begun to when it has taken the exception, and is left then."""
    if type(error) is Serving and code.co_code[offset] == _BEGINS and not code.co_filename.startswith(_OURS):
        _entered[code] = offset, error
        sys.monitoring.set_local_events(_TOOL, code, _EVENTS.INSTRUCTION)


def _stepped(code, offset):
    if code in _entered and offset != _entered[code][0]:
        _, error = _entered.pop(code)
        sys.monitoring.set_local_events(_TOOL, code, 0)
        raise error


#: Those that end what they hold when nobody holds them, as after a `with` that was left.
_HOLDERS = (contextlib._GeneratorContextManager, tempfile.TemporaryDirectory, tempfile._TemporaryFileWrapper)
#: Those whose `with` is not over.
_held = {}


def _entering(plain):
    def enter(holder):
        _held[id(holder)] = holder
        return plain(holder)

    return enter


def _exiting(plain):
    def exit(holder, *exception):
        _held.pop(id(holder), None)
        return plain(holder, *exception)

    return exit


def patches():
    """What is other while the program runs."""
    for cls in _HOLDERS:
        yield cls, "__enter__", _entering(cls.__enter__), False
        yield cls, "__exit__", _exiting(cls.__exit__), False
