"""A second answer to one request, as from `send_error` behind an answer that has begun, for want of a `return`; or only its fields.

In Python its head goes over the connection behind what is there already: it is a part of the first one's body, or of its head. A
client has the first status, and what follows it.
"""

import sys

from wit_world.imports import log

from . import gathered
from .errors import Err

#: Whether this instance has said so already.
_is_told = False
#: The lines of the head that is gathered.
_lines = None


def begin():
    """A request begins."""
    global _lines
    _lines = None


def is_open():
    """Whether the head of one is gathered."""
    return _lines is not None


def _tell(handler):
    global _is_told
    if not _is_told:
        _is_told = True
        print(
            f"{handler.requestline}: a second answer to one request. Its client has the status of the first, and the text of "
            "this one behind it: a `return` is probably missing.",
            file=sys.stderr,
        )


def send_response(handler, opening, code, message):
    """Begins one. If the first has its head open still, what comes goes on with that."""
    global _lines
    _tell(handler)
    if opening == gathered.LOGGED:
        gathered.settle()
        try:
            log.log_request(code, None)
        except Err:
            pass  # A log that cannot be written is the operator's.
    if not gathered.has_head():
        return
    phrase = handler.responses.get(code, ("",))[0] if message is None else message
    _lines = [f"{handler.protocol_version} {code} {phrase}\r\n"]
    if opening != gathered.ONLY:
        _lines += [f"Server: {handler.version_string()}\r\n", f"Date: {handler.date_time_string()}\r\n"]


def go_on():
    """Fields behind a whole head, as before each picture of a stream of them: a part of the body, as what is written is."""
    global _lines
    _lines = []


def send_header(name, value):
    _lines.append(f"{name}: {value}\r\n")


def flush_headers():
    text = "".join(_lines).encode("latin-1")
    _lines.clear()
    gathered.write_all(text)


def end_headers():
    global _lines
    _lines.append("\r\n")
    flush_headers()
    _lines = None
