"""The ways in which handlers read a chunked body: each answers with what it has read."""

from http.server import BaseHTTPRequestHandler, HTTPServer


def by_lines(handler):
    body = b""
    while size := int(handler.rfile.readline().strip(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def by_bytes(handler):
    body, line = b"", b""
    while True:
        line += handler.rfile.read(1)
        if line.endswith(b"\r\n"):
            size = int(line, 16)
            body += handler.rfile.read(size)
            handler.rfile.read(2)
            line = b""
            if not size:
                return body


def by_length(handler):
    return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


def by_either(handler):
    if "chunked" in handler.headers.get("Transfer-Encoding", ""):
        return by_lines(handler)
    return by_length(handler)


def whole(handler):
    return handler.rfile.read()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = globals()[self.path[1:]](self)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
