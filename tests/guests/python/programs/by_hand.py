"""Writes heads as bytes."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/bad":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nno field\r\n\r\n")
        elif self.path == "/split":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: b\rX-C: d\r\n\r\n")
        elif self.path == "/none":
            self.wfile.write(b"no head at all")
        else:
            self.wfile.write(b"HTTP/1.1 202 Taken\r\nX-Way: by ")
            self.wfile.write(b"hand\r\nContent-Length: 4\r\n\r\nbo")
            self.wfile.write(b"dy")


HTTPServer(("", 8000), Handler).serve_forever()
