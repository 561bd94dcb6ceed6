"""WSGI applications, which `wsgiref.simple_server` serves by writing HTTP itself. Here the host writes it."""

import sys

from . import gathered


def is_wsgirefs(cls):
    """Whether a class of handlers is one of wsgiref's, which has no methods of its own."""
    simple_server = sys.modules.get("wsgiref.simple_server")
    return simple_server is not None and issubclass(cls, simple_server.WSGIRequestHandler)


def serves(handler):
    """Whether a handler is one of wsgiref's."""
    return is_wsgirefs(type(handler))


def take_environment():
    """What applications find in their environ beside the request: wsgiref has taken that of the time when it was imported."""
    handlers = sys.modules.get("wsgiref.handlers")
    if handlers is not None:
        handlers.BaseHandler.os_environ = handlers.read_environ()


def serve(handler):
    """Runs the server's application for the request."""
    from wsgiref.simple_server import ServerHandler

    class Answer(ServerHandler):
        def send_headers(self):
            self.cleanup_headers()
            self.headers_sent = True
            code, _, reason = self.status.partition(" ")
            gathered.begin_head(gathered.ONLY, int(code), reason, handler)
            # In the order that wsgiref has them.
            if "Date" not in self.headers:
                handler.send_header("Date", handler.date_time_string())
            if self.server_software and "Server" not in self.headers:
                handler.send_header("Server", self.server_software)
            for name, value in self.headers.items():
                handler.send_header(name, value)
            handler.end_headers()

        def _write(self, data):
            handler.wfile.write(data)

        def _flush(self):
            handler.wfile.flush()

    body, errors = handler.rfile, sys.stderr
    multithread = False
    answer = Answer(body, handler.wfile, errors, handler.get_environ(), multithread)
    answer.request_handler = handler
    answer.run(handler.server.get_app())
