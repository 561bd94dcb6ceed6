"""The handler of tests/guests/conformance as a Python programmer writes it, on http.server as it comes."""

import http.server
import platform


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Two writes an answer would wait 40 ms for a delayed ACK each.
    disable_nagle_algorithm = True

    def do_GET(self):
        last = self.path.split("?")[0].rsplit("/", 1)[-1]
        if last in ("204", "304"):
            self.send_response(int(last))
            self.end_headers()
        elif last == "stream":
            self.stream()
        elif last == "skip":
            self.report(b"")
        else:
            self.report(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def report(self, body):
        lines = [
            ("method", self.command),
            ("target", self.path),
            ("version", self.request_version),
            ("host", "|".join(self.headers.get_all("Host", []))),
            ("x", self.headers.get("X", "")),
            ("all-x", "|".join(self.headers.get_all("X", []))),
            ("length", str(len(body))),
        ]
        text = "".join(f"{name}={value}\n" for name, value in lines).encode("latin-1", "replace")
        text += b"body=" + body[:1024]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def stream(self):
        self.send_response(200)
        chunked = self.request_version >= "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for piece in (b"one,", b"two"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(platform.python_version(), server.server_port, flush=True)
server.serve_forever()
