"""Answers POST and PUT with the request's body, as it comes: a body of any size takes constant memory."""

from http.server import BaseHTTPRequestHandler


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Type", self.headers.get("Content-Type", "application/octet-stream"))
        if "Content-Length" in self.headers:
            self.send_header("Content-Length", self.headers["Content-Length"])
        self.end_headers()
        while piece := self.rfile.read1():
            self.wfile.write(piece)

    do_PUT = do_POST
