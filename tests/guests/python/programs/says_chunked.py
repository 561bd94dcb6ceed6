"""Says of its bodies that they are in chunks: of some it is true."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200, "Fine" if self.path == "/worded" else None)
        path, _, length = self.path.partition("?")
        if length == "first":
            self.send_header("Content-Length", "5")
        self.send_header("Transfer-Encoding", "chunked")
        if length == "last":
            self.send_header("Content-Length", "5")
        self.send_header("X-Behind", "it")
        self.end_headers()
        for piece in PIECES[path]:
            self.wfile.write(piece)

    do_HEAD = do_GET


PIECES = {
    "/none": [b"be it so", b"beef"],
    "/worded": [b"be it so", b"beef"],
    "/one": [b"5\r\nhello\r\n0\r\n\r\n"],
    "/pieces": [b"5", b"\r\n", b"hello\r\n", b"3;x=y\r\n", b" me\r\n0\r\n\r\n"],
}

HTTPServer(("", 8000), Handler).serve_forever()
