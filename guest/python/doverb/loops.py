"""What Python does for one request before it calls the method, where a program has that its own way: `parse_request`, in which
many look whether the client may ask at all, and `handle_one_request`."""

import http.server

_Base = http.server.BaseHTTPRequestHandler
_pythons = {name: getattr(_Base, name) for name in ("parse_request", "handle_one_request")}
#: The handler that serves now.
_current = None


class _FirstLine:
    """`self.rfile` up to where the request's head is parsed: the host has read it, and this gives its first line again."""

    def __init__(self, handler):
        self._handler, self._rest = handler, handler.rfile

    def readline(self, *args):
        return self._handler.raw_requestline

    def __getattr__(self, name):
        return getattr(self._rest, name)


def parse_request(self):
    """The host has parsed it. What is no request of a client's is parsed as Python does."""
    if self is not _current:
        return _pythons["parse_request"](self)
    if isinstance(self.rfile, _FirstLine):
        self.rfile = self.rfile._rest
    return True


def handle_one_request(self):
    if self.parse_request():
        dispatch(self)


def dispatch(handler):
    """Calls the method for the request."""
    method = getattr(handler, "do_" + handler.command, None) or getattr(handler, "do_ANY", None)
    if method is None:
        handler.send_error(501, "Unsupported method (%r)" % handler.command)
    else:
        method()


_OURS = {"parse_request": parse_request, "handle_one_request": handle_one_request}


def are_overridden(classes):
    return any(getattr(cls, name) is not ours for cls in classes for name, ours in _OURS.items())


def serve(handler):
    """Serves a request for which there is no export of its own."""
    global _current
    if not are_overridden((type(handler),)):
        return dispatch(handler)
    _current = handler
    try:
        if type(handler).handle_one_request is not handle_one_request:
            handler.rfile = _FirstLine(handler)
        handler.handle_one_request()
    finally:
        _current = None


def install():
    for name, ours in _OURS.items():
        setattr(_Base, name, ours)
