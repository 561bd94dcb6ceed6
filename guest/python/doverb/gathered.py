"""The answer while it is gathered, as Python gathers its head in `_headers_buffer`: so it is one call of the host's.

What is gathered is what the host would take without a word. All else goes to the host at once, behind what was gathered before
it, so that each exception comes from the call that caused it. Before all that may wait it is handed over: nothing is late.
"""

import re
import select
import sys
import time

from wit_world.imports import response, wfile

from . import by_hand, second, wording
from .errors import Err, ServerGone, python_error

Opening = response.Opening
#: As `send_response`; the same without the log line; as `send_response_only`.
LOGGED, UNLOGGED, ONLY = Opening.RESPONSE, Opening.UNLOGGED, Opening.ONLY

_begin = response.begin
_answer = response.answer_text
_send_header = response.send_header
_end_headers = response.end_headers
# Not `wfile.write`: componentize-py 0.25 never gives back its copy of the bytes that a call is given.
_write = wfile.write_text

#: Bytes that are gathered; what is more goes to the host.
BOUND = 4096
#: Bytes that the host takes of a text in one call.
PIECE = 65536

_AT_HOST, _UNBEGUN, _HEAD, _BODY = range(4)
#: The first code whose phrase is not always the host's.
_FIRST_OTHERWISE = wording.FIRST

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
#: Fields that the host must decide about.
_FRAMING = ("connection", "content-length", "transfer-encoding", "upgrade")
#: Names that were looked at: whether they are plain.
_names = {}


class _Answer:
    """What is known of the answer. Slots, as an attribute in one is set at a fraction of what a module's variable costs."""

    __slots__ = (
        "state", "opening", "code", "left", "fields", "body", "size",
        "by_hand", "is_open", "has_head", "is_second", "is_bare", "length",
    )  # fmt: skip

    def __init__(self):
        self.state = _AT_HOST
        self.opening = self.code = None
        #: What a Content-Length leaves room for.
        self.left = None
        self.fields = []
        self.body = []
        self.size = 0
        #: A head, or the rest of one, that a program writes as bytes.
        self.by_hand = None
        #: A Content-Length beside `Transfer-Encoding: chunked`, of which only one can be true.
        self.length = None
        #: Whether the host has the beginning of a head.
        self.is_open = False
        #: Whether the answer has its whole head, and whether another one has been begun behind it.
        self.has_head = self.is_second = False
        #: Whether nothing of a head has been said yet, so that what is written may be one.
        self.is_bare = False


#: In the place of a head by hand: `Transfer-Encoding: chunked` was said, of which the host hears when the body begins as chunks
#: do; and that the head is whole besides.
_CHUNKED, _HELD = object(), object()
#: How a body begins that is in chunks: with a size, and with its line if that has come.
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(;[^\r\n]*)?(\r?\n|\r?\Z)")

_it = _Answer()
#: What makes up an answer besides what is gathered of it.
_KEPT = [name for name in _Answer.__slots__ if name not in ("fields", "body", "size")]


def begin(state=_UNBEGUN):
    """A request begins."""
    it = _it
    it.state = state
    it.is_bare = state == _UNBEGUN
    it.by_hand = it.length = None
    it.is_open = it.has_head = it.is_second = False


def at_host():
    """Nothing is gathered of this request: it may make a tunnel of its connection."""
    begin(_AT_HOST)


def kept():
    """What is known of an answer, of which the host has all that was gathered, for when its request goes on."""
    return [getattr(_it, name) for name in _KEPT]


def put_back(values):
    """The request goes on of whose answer this was kept."""
    for name, value in zip(_KEPT, values):
        setattr(_it, name, value)


def has_head():
    return _it.has_head


def hand_over():
    """Gives the host what was gathered."""
    it = _it
    if it.by_hand is _HELD:
        return _release(True)
    state, it.state = it.state, _AT_HOST
    if state < _HEAD:
        return
    it.is_bare = False
    it.is_open = state == _HEAD
    fields = "".join(it.fields)
    it.fields.clear()
    it.size = 0
    try:
        if state == _HEAD:
            _begin(it.opening, it.code, None, fields)
        else:
            body = b"".join(it.body).decode("latin-1")
            it.body.clear()
            _answer(it.opening, it.code, None, fields, body)
    except Err as error:
        raise python_error(error) from None


def settle():
    """The same before what does not fail: the host keeps the failure, and tells it at the next call that can."""
    try:
        hand_over()
    except Exception:
        pass


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


def _is_plain(name):
    plain = _TOKEN.fullmatch(name) is not None and name.lower() not in _FRAMING
    if len(_names) < 256:
        _names[name] = plain
    return plain


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


# The methods of a handler that most answers are made of stand here, as a call more costs as much as a third of the host's.


def send_response(handler, code, message=None):
    it = _it
    if it.state == _UNBEGUN and message is None and code.__class__ is int and 200 <= code < _FIRST_OTHERWISE:
        it.state = _HEAD
        it.opening = LOGGED
        it.code = code
        it.left = None
        return
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


def send_header(_handler, keyword, value):
    it = _it
    name = keyword
    if not (name.__class__ is value.__class__ is str and name.isascii()):
        name, value = text(name), text(value)
    if it.state == _HEAD and value.isascii() and value.isprintable():
        plain = _names.get(name)
        if plain is None:
            plain = _is_plain(name)
        if plain or it.by_hand is None and _length(name, value):
            line = f"{name}: {value}\r\n"
            it.fields.append(line)
            it.size += len(line)
            if it.size > BOUND:
                hand_over()
            return
    value = text(value)
    if _goes_on():
        return second.send_header(name, value)
    if name.lower() == "content-length" and not value.strip().isdecimal():
        # Those who read an answer of CPython's go by the end of the connection then.
        print(f"Content-Length: {value[:40]} is left out, as it is no length", file=sys.stderr)
        return
    if name.lower() == "content-length" and it.by_hand is _CHUNKED:
        it.length = value
        return
    is_begun = it.state == _HEAD or it.is_open
    if is_begun and it.by_hand is None and name.lower() == "transfer-encoding" and value.strip().lower() == "chunked":
        it.by_hand = _CHUNKED
        _take_back_length()
        return
    _at_host_header(name, value)


def _at_host_header(name, value):
    hand_over()
    _length(name, value)
    try:
        _send_header(name, value)
    except Err as error:
        raise python_error(error) from None


def _take_back_length():
    """Of a head that says both of a length and of chunks the body decides: clients go by the chunks if there are some."""
    it = _it
    if it.state == _HEAD and it.left is not None:
        lengths = [line for line in it.fields if line[:15].lower() == "content-length:"]
        for line in lengths:
            it.fields.remove(line)
            it.size -= len(line)
            it.length = line[15:].strip()
        it.left = None


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
            send_header(None, "Content-Length", length)
    end_headers()


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
            send_header(None, name, value)
        end_headers()
        if head.rest:
            write_all(head.rest)
    return True


def end_headers(_handler=None):
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
    size = len(data)
    left = it.left
    if it.state == _BODY and (left is None or size <= left):
        if left is not None:
            it.left = left - size
        it.body.append(data)
        it.size += size
        if it.size > BOUND:
            if it.size > PIECE:
                # With its head it would be more than one call takes.
                it.body.pop()
                it.left = left
                hand_over()
                return write(data)
            hand_over()
        return
    if left is not None and size > left and it.has_head and not it.is_second:
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
        print(f"{len(data) - left} bytes and what follows them are left out, as they are more than the Content-Length says", file=sys.stderr)
        # It is told once.
        it.left = -1


def _before_waiting(call):
    def waiting(*args, **kwargs):
        settle()
        return call(*args, **kwargs)

    waiting.__name__ = call.__name__
    waiting.__doc__ = call.__doc__
    return waiting


def install():
    """Hands over before the library's calls that wait."""
    time.sleep = _before_waiting(time.sleep)
    if hasattr(select, "select"):
        select.select = _before_waiting(select.select)
