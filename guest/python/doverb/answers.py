"""send_response and its like, over the host's. What a handler's class overrides decides how much of Python's own code runs."""

import http.server
from http import HTTPStatus
from types import SimpleNamespace

from wit_world.imports import attributes, log, response

from . import _native, gathered, wording
from .errors import Err, python_error
from .gathered import ONLY, UNLOGGED

_Base = http.server.BaseHTTPRequestHandler

#: Python's own, written in terms of the other methods. They run when one of those is overridden.
_pythons_log_message = _Base.log_message
_pythons_date_time_string = _Base.date_time_string
_controls = _Base._control_char_table


_text, _code = gathered.text, gathered.status
send_response = gathered.send_response
send_header = gathered.send_header
end_headers = gathered.end_headers
flush_headers = gathered.flush_headers


def _send_response_unlogged(self, code, message=None):
    if message is not None:
        message = _text(message)
    gathered.begin_head(UNLOGGED, _code(code), message, self)


def _send_response_logged_apart_at_length(self, code, message=None):
    """Where only what is logged is overridden: by what does nothing in most programs, which are to be quiet."""
    if not _is_quiet(self):
        self.log_request(code)
    _send_response_unlogged(self, code, message)


def send_response_in_parts(self, code, message=None):
    self.log_request(code)
    self.send_response_only(code, message)
    self.send_header("Server", self.version_string())
    self.send_header("Date", self.date_time_string())


def send_response_only(self, code, message=None):
    if message is not None:
        message = _text(message)
    gathered.begin_head(ONLY, _code(code), message, self)


def _unicode(value):
    """Text for the page, which is UTF-8."""
    return ("%s" % (value,)).encode("utf-8", "replace").decode("utf-8")


def handle_expect_100(self):
    gathered.hand_over()
    try:
        return response.handle_expect_100()
    except Err as error:
        raise python_error(error) from None


def log_request(self, code="-", size="-"):
    code = code.value if isinstance(code, HTTPStatus) else code
    # As wsgiref has it.
    code = int(code) if code.__class__ is str and code.isascii() and code.isdigit() else code
    code = None if code == "-" else code
    size = None if size == "-" else size
    plain = all(part is None or part.__class__ is int for part in (code, size))
    if plain and (code is None or 0 <= code <= 65535) and (size is None or size >= 0):
        gathered.settle()
        log.log_request(code, size)
    else:
        code, size = ("-" if part is None else part for part in (code, size))
        gathered.settle()
        log.log_message('"%s" %s %s' % (self.requestline, code, size))


def log_request_in_parts(self, code="-", size="-"):
    if isinstance(code, HTTPStatus):
        code = code.value
    self.log_message('"%s" %s %s', self.requestline, str(code), str(size))


def log_error(self, format, *args):
    text = _unicode(format % args)
    gathered.settle()
    log.log_error(text)


def log_error_in_parts(self, format, *args):
    self.log_message(format, *args)


def log_message(self, format, *args):
    text = _unicode(format % args)
    gathered.settle()
    log.log_message(text)


def version_string(self):
    return self.server_version + " " + self.sys_version


def date_time_string(self, timestamp=None):
    if timestamp is None:
        return attributes.date_time_string(None)
    return _pythons_date_time_string(self, timestamp)


#: What an answer's head is made of, what a log line is made of.
HEAD = ("send_response_only", "send_header", "version_string", "date_time_string")
LOG = ("log_request", "log_error", "log_message")


#: What `install` has found out of the classes that are served.
_own_message = _own_log = _in_parts = False
#: Methods that do nothing, of those that log a request.
_quiet = frozenset()


def _nothing(self, *args):
    pass


def does_nothing(method):
    """Whether it is a function without a body that can be called with anything: nobody can tell whether it was."""
    code = getattr(method, "__code__", None)
    if method.__class__ is not _nothing.__class__ or code.co_code != _nothing.__code__.co_code:
        return False
    # With a flag for `*args`, behind no more than `self` and `format`.
    return code.co_consts[:1] == (None,) and bool(code.co_flags & 0x04) and code.co_argcount <= 2


def _is_quiet(handler):
    """Whether nothing is logged of a request. What a program has put in the place of a method since counts."""
    cls, own = handler.__class__, handler.__dict__
    if not _quiet or "log_request" in own or "log_message" in own:
        return False
    return cls.log_request in _quiet or cls.log_request is _Base.log_request and cls.log_message in _quiet


def _named(method, name):
    """Those in C have their names, which nobody can set."""
    if method.__name__ != name:
        method.__name__ = name


_send_response_logged_apart_at_length.__name__ = _send_response_logged_apart_at_length.__qualname__ = "send_response"
_native.install(
    SimpleNamespace(
        **gathered.AT_LENGTH,
        send_response_logged_apart=_send_response_logged_apart_at_length,
        send_response_unlogged=_send_response_unlogged,
        is_quiet=_is_quiet,
    ),
    wording.FIRST,
)
send_response_logged_apart = _native.send_response_logged_apart


def _either(name, parts, plain, is_own):
    """What a program finds on Python's class before it is known what it overrides, and may keep for itself."""

    def method(self, *args, **kwargs):
        return (parts if is_own() else plain)(self, *args, **kwargs)

    method.__name__ = name
    return method


def _responder():
    if _in_parts:
        return send_response_in_parts
    return send_response_logged_apart if _own_log else send_response


#: The methods as a program finds them on Python's class. What it sets there itself is told by them.
OURS = {
    "send_response": lambda self, *args, **kwargs: _responder()(self, *args, **kwargs),
    "send_response_only": send_response_only,
    "send_header": send_header,
    "end_headers": end_headers,
    "flush_headers": flush_headers,
    # Python's own, with its page, over those above.
    "send_error": _Base.send_error,
    "handle_expect_100": handle_expect_100,
    "log_request": _either("log_request", log_request_in_parts, log_request, lambda: _own_message),
    "log_error": _either("log_error", log_error_in_parts, log_error, lambda: _own_message),
    "log_message": log_message,
    "version_string": version_string,
    "date_time_string": date_time_string,
}
for _name, _value in OURS.items():
    _named(_value, _name)
    setattr(_Base, _name, _value)


def overridden(classes, names):
    return any(getattr(cls, name) is not OURS[name] for cls in classes for name in names)


def install(*classes):
    """Puts the methods into Python's class. Each is one call of the host's if nothing that it is made of is overridden in any
    of these."""
    global _own_message, _own_log, _in_parts, _quiet
    _own_message = overridden(classes, ("log_message",))
    _own_log = overridden(classes, LOG)
    of_requests = (getattr(cls, name) for cls in classes for name in ("log_request", "log_message"))
    _quiet = frozenset(method for method in of_requests if does_nothing(method))
    _in_parts = overridden(classes, HEAD)
    chosen = {
        "send_response": _responder(),
        "log_request": log_request_in_parts if _own_message else log_request,
        "log_error": log_error_in_parts if _own_message else log_error,
    }
    for name, method in chosen.items():
        _named(method, name)
        if getattr(_Base, name) is OURS[name]:
            setattr(_Base, name, method)
