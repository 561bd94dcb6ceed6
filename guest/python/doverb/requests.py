"""What the client asked, as attributes of the handler: fetched from the host when they are first looked at."""

import http.client
import io
import struct

from wit_world.imports import request

from . import _native
from .streams import ChunkedReader, Reader


#: What was looked at or set during this request. An instance serves one request at a time.
_seen = {}


class Ours:
    """An attribute that Python's class does not have: what a handler calls by that name itself comes first."""

    def __init__(self, fetch):
        self.fetch = fetch

    def __get__(self, handler, owner=None):
        return self if handler is None else self.fetch()


#: Where the numbers are in a head that say where its fields begin and end.
_SECTION = struct.Struct("<36x2I")


def _head():
    """All of the head, in one call of the host's. What the handler has set itself of its parts stays."""
    try:
        return _seen["_head"]
    except KeyError:
        head = _seen["_head"] = request.head()
        if head:
            _native.take(_seen, head)
        return head


def section():
    """The bytes of the header section."""
    head = _head()
    start, end = _SECTION.unpack_from(head) if head else (0, 0)
    return head[start:end]


def _part(name):
    def fetch(_handler):
        _head()
        return _seen.get(name, "")

    return fetch


def _raw_requestline(handler):
    return (handler.requestline + "\r\n").encode("latin-1")


def _headers(handler):
    cls = handler.MessageClass
    if cls is not http.client.HTTPMessage:
        return http.client.parse_headers(io.BytesIO(section()), _class=cls)
    # What the parser of the email package would make of it, without the parser: the host has checked the syntax.
    message = cls.__new__(cls)
    fields = []
    message.__dict__.update(_EMPTY, _headers=fields, defects=[])
    head = _head()
    if head and _native.fields(head, fields):
        message.__class__ = ChunkedMessage
        message._doverb_handler = handler
    return message


def _empty():
    message = http.client.HTTPMessage()
    message.set_payload("")
    return message.__dict__


#: What all messages have.
_EMPTY = _empty()


class ChunkedMessage(http.client.HTTPMessage):
    """The fields of a request whose body is chunked: who asks for its length is told it, when all of it has come. Who asks
    whether there is one is told that there is none, and can read on as it comes."""

    def _length(self, name):
        if not isinstance(name, str) or name.lower() != "content-length":
            return None
        gather = getattr(self._doverb_handler.rfile, "gather", None)
        length = gather() if gather is not None else None
        return None if length is None else str(length)

    def __getitem__(self, name):
        return self._length(name) or super().__getitem__(name)

    def get(self, name, failobj=None):
        return self._length(name) or super().get(name, failobj)


def _reader(_handler):
    return ChunkedReader() if b"transfer-encoding" in section().lower() else Reader()


ATTRIBUTES = {
    "requestline": _part("requestline"),
    "raw_requestline": _raw_requestline,
    "command": _part("command"),
    "path": _part("path"),
    "request_version": _part("request_version"),
    "headers": _headers,
    "rfile": _reader,
}


def install(cls):
    for name, fetch in ATTRIBUTES.items():
        setattr(cls, name, _native.per_request(_seen, name, fetch))
    cls.scheme = Ours(request.scheme)


#: Takes out what belonged to the last request.
forget = _seen.clear


def kept():
    """What was looked at or set during this request, for when it goes on."""
    return dict(_seen)


def put_back(seen):
    """The request goes on of which this was kept."""
    _seen.clear()
    _seen.update(seen)
