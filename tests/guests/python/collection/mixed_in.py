# > GET /a
# > GET /b
# > DELETE /a
import logging
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

logging.basicConfig(level=logging.INFO, format="%(message)s")
ROUTES = []


def route(method, pattern):
    def register(function):
        ROUTES.append((method, re.compile(pattern), function))
        return function

    return register


class Routed:
    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.dispatch
        raise AttributeError(name)

    def dispatch(self):
        for method, pattern, function in ROUTES:
            if method == self.command and pattern.fullmatch(self.path):
                return function(self)
        self.send_error(404)


class Handler(Routed, BaseHTTPRequestHandler):
    def text(self, text, code=200):
        self.send_response(code)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format, *args):
        logging.info(format, *args)


@route("GET", "/a")
def a(handler):
    handler.text("a")


@route("DELETE", "/a")
def delete(handler):
    handler.text("gone", 202)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
