"""The main file of a package whose folder has no `__init__.py`: run as `python -m shop`."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from .words import WORD


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{WORD} {__name__} {__package__}".encode())


HTTPServer(("", 8000), Handler).serve_forever()
