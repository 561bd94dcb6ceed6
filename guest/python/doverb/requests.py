"""What the client asked, as attributes of the handler: fetched from the host when they are first looked at."""

import http.client
import io
import struct

from wit_world.imports import request

from .streams import ChunkedReader, Reader


#: What was looked at or set during this request. An instance serves one request at a time.
_seen = {}


class PerRequest:
    """An attribute that the host knows, fetched at the first look. A handler may set it; the next request has its own."""

    def __init__(self, name, fetch):
        self.name = name
        self.fetch = fetch

    def __get__(self, handler, owner=None):
        if handler is None:
            return self
        try:
            return _seen[self.name]
        except KeyError:
            value = _seen[self.name] = self.fetch(handler)
            return value

    def __set__(self, handler, value):
        _seen[self.name] = value


class Ours:
    """An attribute that Python's class does not have: what a handler calls by that name itself comes first."""

    def __init__(self, fetch):
        self.fetch = fetch

    def __get__(self, handler, owner=None):
        return self if handler is None else self.fetch()


_Head = struct.Struct("<11I")


def _head(_handler, name):
    """A part of the head, all of which comes with the first of them that is asked for."""
    list_ = request.head()
    if not list_:
        return b"" if name == "_section" else ""
    _, *places = _Head.unpack_from(list_)
    method, path, version, line, section = (list_[start:end] for start, end in zip(places[::2], places[1::2]))
    parts = {
        "command": method.decode("latin-1"),
        "path": path.decode("latin-1"),
        "request_version": version.decode("latin-1"),
        "requestline": line.decode("latin-1"),
        "_section": section,
    }
    for other, value in parts.items():
        # What the handler has set itself stays.
        _seen.setdefault(other, value)
    return parts[name]


def section():
    """The bytes of the header section."""
    try:
        return _seen["_section"]
    except KeyError:
        return _head(None, "_section")


def _part(name):
    return lambda handler: _head(handler, name)


def _raw_requestline(handler):
    return (handler.requestline + "\r\n").encode("latin-1")


def _headers(handler):
    cls = handler.MessageClass
    raw = section()
    if cls is not http.client.HTTPMessage:
        return http.client.parse_headers(io.BytesIO(raw), _class=cls)
    # What the parser of the email package would make of it, without the parser: the host has checked the syntax,
    # so that each line is a name, a colon and a value.
    message = cls()
    fields = message._headers
    for line in raw.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.append((name, value.strip(" \t")))
    message.set_payload("")
    if is_chunked(message):
        message.__class__ = ChunkedMessage
        message._doverb_handler = handler
    return message


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


def is_chunked(fields):
    return any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in fields._headers)


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
        setattr(cls, name, PerRequest(name, fetch))
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
