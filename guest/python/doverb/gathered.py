"""The answer while it is gathered, as Python gathers its head in `_headers_buffer`: so it is one call of the host's.

What is gathered is what the host would take without a word. All else goes to the host at once, behind what was gathered before
it, so that each exception comes from the call that caused it. Before all that may wait it is handed over: nothing is late.

Most answers are made of nothing but what is plain. `_native`, which is written in C (`native/gathered.c`), takes that, and calls what
is here `..._at_length` for all else.
"""

import re
import select
import sys
import time

from wit_world.imports import response, wfile

from . import _native, by_hand, second, wording
from .errors import Err, ServerGone, python_error

Opening = response.Opening
#: As `send_response`; the same without the log line; as `send_response_only`.
LOGGED, UNLOGGED, ONLY = Opening.RESPONSE, Opening.UNLOGGED, Opening.ONLY

_begin = response.begin
_send_header = response.send_header
_end_headers = response.end_headers
# Not `wfile.write`: componentize-py 0.25 never gives back its copy of the bytes that a call is given.
_write = wfile.write_text

#: Bytes that the host takes of a text in one call.
PIECE = 65536

_AT_HOST, _UNBEGUN, _HEAD, _BODY = range(4)
#: The first code whose phrase is not always the host's.
_FIRST_OTHERWISE = wording.FIRST

#: In the place of a head by hand: `Transfer-Encoding: chunked` was said, of which the host hears when the body begins as chunks
#: do; and that the head is whole besides.
_CHUNKED, _HELD = object(), object()
#: In the place of a length: of several that were said none holds, and what is written has no bound.
_NONE_HOLDS = 1 << 62
#: What a field may be called (RFC 9110, 5.1).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: How a body begins that is in chunks: with a size, and with its line if that has come.
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(;[^\r\n]*)?(\r?\n|\r?\Z)")

#: What is known of the answer; what is gathered of it, `_native` has:
#:
#: - `state`, of those above; the `opening` and the `code` of its head;
#: - `left`: what a Content-Length leaves room for;
#: - `by_hand`: a head, or the rest of one, that a program writes as bytes;
#: - `length`: a Content-Length beside `Transfer-Encoding: chunked`, of which only one can be true;
#: - `is_open`: whether the host has the beginning of a head;
#: - `has_head`, `is_second`: whether the answer has its whole head, and whether another one has been begun behind it;
#: - `is_bare`: whether nothing of a head has been said yet, so that what is written may be one.
_it = _native.answer
_KNOWN = ("state", "opening", "code", "left", "by_hand", "length", "is_open", "has_head", "is_second", "is_bare")

#: `begin()`: a request begins.
begin = _native.begin
#: Gives the host what was gathered.
hand_over = _native.hand_over
#: The same before what does not fail: the host keeps the failure, and tells it at the next call that can.
settle = _native.settle


def at_host():
    """Nothing is gathered of this request: it may make a tunnel of its connection."""
    begin(_AT_HOST)


def kept():
    """What is known of an answer, of which the host has all that was gathered, for when its request goes on."""
    return [getattr(_it, name) for name in _KNOWN]


def put_back(values):
    """The request goes on of whose answer this was kept."""
    for name, value in zip(_KNOWN, values):
        setattr(_it, name, value)


def has_head():
    return _it.has_head


def _hand_over_at_length():
    return _release(True)


def _failed(error):
    """What the host's functions have raised, as Python's own."""
    if isinstance(error, Err):
        raise python_error(error) from None
    raise error


def begin_head(opening, code, message, handler=None):
    it = _it
    it.is_bare = False
    if message is None and code >= _FIRST_OTHERWISE and handler is not None:
        message = wording.phrase(handler, code)
    if it.state == _UNBEGUN and message is None and 200 <= code <= 999:
        it.state = _HEAD
        it.opening = opening
        it.code = code
        it.left = None
        return
    if handler is not None and has_begun():
        if not it.is_second:
            it.is_second = True
            second.begin()
        if it.state == _HEAD:
            # The body is that of the second, and so is its length.
            _native.take_back_length()
        return second.send_response(handler, opening, code, message)
    hand_over()
    it.left = None
    try:
        _begin(opening, code, message, "")
    except Err as error:
        raise python_error(error) from None
    it.is_open = True
    it.code = code


def _goes_on():
    """Whether what is sent of a head belongs behind the one that the answer has: then it is a part of the body, as in Python."""
    it = _it
    if not it.has_head or it.is_open or it.state == _HEAD:
        return it.is_second and second.is_open()
    if not it.is_second:
        it.is_second = True
        second.begin()
    if not second.is_open():
        second.go_on()
    return True


def has_begun():
    """Whether there is an answer, or the beginning of one."""
    it = _it
    return it.state >= _HEAD or it.has_head or it.is_open


def _length(name, value):
    """Whether it is the length of the body, the first, and in digits."""
    is_length = name == "Content-Length" or name.lower() == "content-length"
    if not is_length or _it.left is not None or len(value) > 18 or not value.isdigit():
        return False
    _it.left = int(value)
    return True


def text(value):
    """What Python sends of a value. Fails as its own `encode` does for what can't go over the wire."""
    value = value if value.__class__ is str else "%s" % (value,)
    if not value.isascii():
        value.encode("latin-1")
    return value


def _send_response_at_length(handler, code, message=None):
    if message is not None:
        message = text(message)
    begin_head(LOGGED, status(code), message, handler)


def status(code):
    """The number that the host is given."""
    if code.__class__ is not int:
        code = int("%d" % code)
    if not 0 <= code <= 65535:
        raise ValueError(f"not a status code from 100 to 999: {code}")
    return code


def _send_header_at_length(_handler, keyword, value):
    it = _it
    name, value = text(keyword), text(value)
    if ":" in name:
        # To who reads it the first colon ends the name: of `Content-Type:` the value has the second.
        name, _, rest = name.partition(":")
        value = f"{rest}: {value}"
    if _native.field(name, value):
        return
    if _goes_on():
        return second.send_header(name, value)
    if not _NAME.fullmatch(name) and name.isprintable():
        print(f"the field {name[:40]!r} is left out: a name has letters, digits and hyphens", file=sys.stderr)
        return
    known = name.lower()
    if known == "content-length" and not value.strip().isdecimal():
        # Those who read an answer of CPython's go by the end of the connection then.
        print(f"Content-Length: {value[:40]} is left out, as it is no length", file=sys.stderr)
        return
    if known == "content-length" and it.by_hand is _CHUNKED:
        it.length = value
        return
    if known == "content-length" and it.left is not None:
        return _another_length(value.strip())
    if known == "transfer-encoding" and value.strip().lower() == "identity":
        # In RFC 2616 it is the word for none.
        return
    is_begun = it.state == _HEAD or it.is_open
    if is_begun and it.by_hand is None and known == "transfer-encoding" and value.strip().lower() == "chunked":
        it.by_hand = _CHUNKED
        # Of a head that says both of a length and of chunks the body decides: clients go by the chunks if there are some.
        it.length = _native.take_back_length()
        return
    _at_host_header(name, value)


def _another_length(value):
    """A Content-Length behind one. Clients of CPython's differ in which they go by, so that of two that differ none is right."""
    it = _it
    if value.lstrip("0") == str(it.left).lstrip("0"):
        return
    # Of what the host has been told already nothing can be taken back.
    if it.state == _HEAD and it.left != _NONE_HOLDS:
        _native.take_back_length()
        it.left = _NONE_HOLDS
    print(f"a second Content-Length, of {value[:40]}, which is not the first: send one, or none", file=sys.stderr)


def _at_host_header(name, value):
    hand_over()
    _length(name, value)
    try:
        _send_header(name, value)
    except Err as error:
        raise python_error(error) from None


def _say_chunked():
    """Tells the host that the body comes in chunks."""
    _it.by_hand = None
    if _it.length is not None:
        _it.length = None
        print("Content-Length is left out, as the body comes in chunks", file=sys.stderr)
    _at_host_header("Transfer-Encoding", "chunked")


def _release(is_chunked):
    """Ends a head that was held back, with the field that says of chunks if there are some."""
    if is_chunked:
        _say_chunked()
    else:
        _it.by_hand = None
        # A browser takes no notice of it either, in what answers as HTTP/1.0.
        print("Transfer-Encoding: chunked is left out, as the body has no chunks", file=sys.stderr)
        length, _it.length = _it.length, None
        if length is not None:
            _send_header_at_length(None, "Content-Length", length)
    _end_headers_at_length()


def flush_headers(_handler):
    """What is written next goes on with the head, as scripts of CGI do."""
    it = _it
    if it.is_second and second.is_open():
        return second.flush_headers()
    if it.by_hand is _HELD:
        _release(True)
    elif it.by_hand is _CHUNKED:
        _say_chunked()
    if it.state == _HEAD or it.is_open:
        it.by_hand = by_hand.Head(None)
    hand_over()
    try:
        response.flush_headers()
    except Err as error:
        raise python_error(error) from None


def _written_by_hand(data):
    """Takes a part of a head that is written as bytes: in whole it is one like any other."""
    it = _it
    if it.by_hand is _HELD:
        _release(_CHUNK.match(data) is not None)
        return False
    if it.by_hand is _CHUNKED:
        _say_chunked()
        return False
    head = it.by_hand if it.by_hand is not None else by_hand.Head(ONLY)
    if not head.take(data):
        # It is none.
        it.by_hand = None
        return False
    it.by_hand = None if head.is_whole else head
    if head.is_whole:
        if head.opening is not None:
            begin_head(head.opening, head.code, head.reason)
        for name, value in head.fields:
            _send_header_at_length(None, name, value)
        _end_headers_at_length()
        if head.rest:
            write_all(head.rest)
    return True


def _end_headers_at_length(_handler=None):
    it = _it
    if it.by_hand is _CHUNKED:
        it.by_hand = _HELD
        return
    it.by_hand = None
    if it.state == _HEAD:
        it.state = _BODY
        it.has_head = True
        return
    if _goes_on():
        return second.end_headers()
    hand_over()
    was_open, it.is_open = it.is_open, False
    try:
        _end_headers()
    except Err as error:
        raise python_error(error) from None
    # Behind one that only informs, as a 103, there is another.
    it.has_head = it.has_head or was_open and it.code >= 200


def write_all(data):
    """Takes any number of bytes."""
    if len(data) <= PIECE:
        write(data)
    else:
        for start in range(0, len(data), PIECE):
            write(data[start : start + PIECE])


def write(data):
    """Takes at most `PIECE` bytes."""
    it = _it
    if (it.state <= _UNBEGUN and it.is_bare or it.by_hand is not None) and _written_by_hand(data):
        return
    if _native.keep(data):
        return
    size, left = len(data), it.left
    if left is not None and size > left and it.has_head:
        return _write_what_fits(data, left)
    try:
        hand_over()
        _write(data.decode("latin-1"))
        if left is not None:
            it.left = left - size
    except (Err, ValueError, RuntimeError) as error:
        python = python_error(error) if isinstance(error, Err) else error
        # What is behind a whole answer reaches nobody in Python either.
        if not it.is_second or isinstance(python, ServerGone):
            raise python from None


def _write_what_fits(data, left):
    """A body is longer than its Content-Length. Whoever asked reads no more of it in Python either, where the rest comes all the same."""
    it = _it
    if left >= 0:
        if left:
            write(data[:left])
        if not it.is_second:
            # Of a second answer more was said.
            left_out = f"{len(data) - left} bytes and what follows them are left out"
            print(f"{left_out}, as they are more than the Content-Length says: it counts bytes, as len() of bytes does", file=sys.stderr)
        # It is told once.
        it.left = -1


def _before_waiting(call):
    def waiting(*args, **kwargs):
        settle()
        return call(*args, **kwargs)

    waiting.__name__ = call.__name__
    waiting.__doc__ = call.__doc__
    return waiting


def _write_at_length(_writer, data):
    if data.__class__ is not bytes:
        with memoryview(data) as view:
            data = view.tobytes()
    write_all(data)
    return len(data)


# As their callers know them, who are told so where an argument is missing.
for _name, _method in (
    ("send_response", _send_response_at_length),
    ("send_header", _send_header_at_length),
    ("end_headers", _end_headers_at_length),
    ("write", _write_at_length),
):
    _method.__name__ = _method.__qualname__ = _name

#: What `_native` calls for what is not plain, and the host's functions, by its names for them.
AT_LENGTH = {
    "send_response": _send_response_at_length,
    "send_header": _send_header_at_length,
    "end_headers": _end_headers_at_length,
    "write": _write_at_length,
    "hand_over": _hand_over_at_length,
    "failed": _failed,
    "begin": _begin,
    "answer": response.answer_text,
    "logged": LOGGED,
    "unlogged": UNLOGGED,
    "held": _HELD,
}
#: Methods of a handler, and of its `wfile`.
send_response = _native.send_response
send_header = _native.send_header
end_headers = _native.end_headers
write_of = _native.write


def install():
    """Hands over before the library's calls that wait."""
    time.sleep = _before_waiting(time.sleep)
    if hasattr(select, "select"):
        select.select = _before_waiting(select.select)
