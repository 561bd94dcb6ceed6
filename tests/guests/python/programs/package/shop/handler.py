"""Run as `python -m shop.handler`."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from .words import GREETING


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(__package__.encode() + b" " + GREETING)


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
