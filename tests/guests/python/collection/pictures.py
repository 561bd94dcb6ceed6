# > GET /stream
# > POST /by-hand hello
# > GET /missing
"""A stream of pictures, each with fields of its own behind the answer's head; and an answer that is written by hand."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/stream":
            self.send_error(404)
            return self.end_headers()
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=FRAME")
        self.end_headers()
        for picture in (b"one", b"three"):
            self.wfile.write(b"--FRAME\r\n")
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", len(picture))
            self.end_headers()
            self.wfile.write(picture)
            self.wfile.write(b"\r\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
