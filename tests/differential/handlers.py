"""The differential test's handlers: an ordinary http.server program.

tests/guests/differential is the same program in Rust. Every page and every step of a script must do in both what
it does in the other; the test compares what then goes over the wire.

    python3 handlers.py [HTTP/1.0 | HTTP/1.1]
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    timeout = 30

    def setup(self):
        super().setup()
        self.requests = 0
        self.kept = b""
        if os.environ.get("OWN_ATTRIBUTES"):
            self.server_version = "Own/2"
            self.sys_version = "Caf\xe9/3"
            self.error_message_format = "%(code)d|%(message)s|%(explain)s|100%%\n"
            self.error_content_type = "text/plain; charset=utf-8"

    def handle_expect_100(self):
        if self.path.startswith("/refuse"):
            self.send_error(417)
            return False
        return super().handle_expect_100()

    # One method a verb.

    def do_GET(self):
        self.requests += 1
        self.kept = b""
        path, _, query = self.path.partition("?")
        page = PAGES.get(path)
        if page is None:
            self.send_error(404)
        else:
            page(self, query)

    do_HEAD = do_GET
    do_POST = do_GET

    def do_PUT(self):
        self.requests += 1
        body = self.rfile.read(self.content_length())
        self.send_response(201)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.send_header("X-Length", str(len(body)))
        self.end_headers()

    def do_DELETE(self):
        self.requests += 1
        self.send_response(204)
        self.end_headers()

    def do_OPTIONS(self):
        self.requests += 1
        self.send_response_only(200)
        self.send_header("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, SPAM, M-SEARCH")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_SPAM(self):
        self.requests += 1
        self.text("spam, " + self.command + " and spam", "Lovely Spam")

    # What the pages share.

    def content_length(self):
        return int(self.headers.get("Content-Length", 0))

    def text(self, text, phrase=None):
        body = text.encode("utf-8")
        self.send_response(200, phrase)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


setattr(Handler, "do_M-SEARCH", Handler.do_SPAM)


def shown(text):
    """A text of the client's on one line of ASCII."""
    return quote(text, safe=" /:;,?=&()<>@*+#[]'\"", encoding="latin-1")


# The pages.


def hello(handler, query):
    handler.text("Hello, World!")


def sentinel(handler, query):
    handler.text("sentinel %d" % handler.requests, "Sentinel")


def facts(handler, query):
    lines = [
        "command: " + shown(handler.command),
        "path: " + shown(handler.path),
        "requestline: " + shown(handler.requestline),
        "request_version: " + handler.request_version,
        "protocol_version: " + handler.protocol_version,
        "close_connection: " + str(handler.close_connection).lower(),
        "requests: %d" % handler.requests,
        "client: " + handler.client_address[0] + " " + handler.address_string(),
    ]
    handler.text("\n".join(lines))


def headers(handler, query):
    lines = [shown(name) + ": " + shown(value) for name, value in handler.headers.items()]
    lines.append("get: " + shown(handler.headers.get("x-a", "none")))
    lines.append("get_all: " + " | ".join(shown(value) for value in handler.headers.get_all("X-A", [])))
    handler.text("\n".join(lines))


def unframed(handler, query):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/plain")
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(b"a body ")
        handler.wfile.write(b"without a length")


def echo(handler, query):
    body = handler.rfile.read(handler.content_length())
    handler.send_response(200)
    handler.send_header("Content-Type", handler.headers.get("Content-Type", "application/octet-stream"))
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def lines(handler, query):
    left = handler.content_length()
    lengths = []
    while left > 0:
        line = handler.rfile.readline(min(left, 20))
        if not line:
            break
        left -= len(line)
        lengths.append(str(len(line)))
    handler.text(",".join(lengths))


def half(handler, query):
    body = handler.rfile.read(handler.content_length() // 2)
    handler.text("half: " + shown(body.decode("latin-1")))


def script(handler, query):
    for name, value in parse_qsl(query, keep_blank_values=True):
        STEPS[name](handler, *value.split(":"))


PAGES = {
    "/": hello,
    "/sentinel": sentinel,
    "/facts": facts,
    "/headers": headers,
    "/unframed": unframed,
    "/echo": echo,
    "/lines": lines,
    "/half": half,
    "/run": script,
}


# The steps of a script: one call each. An argument of * is None.


def optional(value):
    return None if value == "*" else value


def response(handler, code, phrase="*"):
    handler.send_response(int(code), optional(phrase))


def only(handler, code, phrase="*"):
    handler.send_response_only(int(code), optional(phrase))


def header(handler, name, *value):
    handler.send_header(name, ":".join(value))


def error(handler, code, message="*", explain="*"):
    handler.send_error(int(code), optional(message), optional(explain))


def end(handler, _):
    handler.end_headers()


def flush_headers(handler, _):
    handler.flush_headers()


def write(handler, *text):
    handler.wfile.write(":".join(text).encode("utf-8"))


def flush(handler, _):
    handler.wfile.flush()


def read(handler, size):
    handler.kept += handler.rfile.read(int(size))


def line(handler, size):
    handler.kept += handler.rfile.readline(int(size))


def kept(handler, _):
    handler.wfile.write(b"[" + handler.kept + b"]")


def go_on(handler, _):
    handler.handle_expect_100()


def close(handler, value):
    handler.close_connection = value == "true"


def state(handler, _):
    handler.wfile.write(str(handler.close_connection).lower().encode("ascii"))


def protocol(handler, value):
    handler.protocol_version = value


def server(handler, value):
    handler.server_version = value


def system(handler, value):
    handler.sys_version = value


def page_format(handler, *value):
    handler.error_message_format = ":".join(value)


def page_type(handler, value):
    handler.error_content_type = value


def reason(handler, code, phrase, explain):
    handler.responses = {**handler.responses, int(code): (phrase, explain)}


def date(handler, seconds):
    handler.wfile.write(handler.date_time_string(int(seconds)).encode("ascii"))


def version(handler, _):
    handler.wfile.write(handler.version_string().encode("utf-8"))


def fail(handler, _):
    raise RuntimeError("asked for")


STEPS = {
    "response": response,
    "only": only,
    "header": header,
    "error": error,
    "end": end,
    "flush-headers": flush_headers,
    "write": write,
    "flush": flush,
    "read": read,
    "line": line,
    "kept": kept,
    "continue": go_on,
    "close": close,
    "state": state,
    "protocol": protocol,
    "server": server,
    "system": system,
    "format": page_format,
    "type": page_type,
    "reason": reason,
    "date": date,
    "version": version,
    "fail": fail,
}


class Server(ThreadingHTTPServer):
    # The test connects often; five, the default, would make clients wait for a second.
    request_queue_size = 128


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Handler.protocol_version = sys.argv[1]
    with Server(("127.0.0.1", 0), Handler) as httpd:
        host, port = httpd.server_address
        print(f"Serving HTTP on {host} port {port} (http://{host}:{port}/) ...", flush=True)
        httpd.serve_forever()
