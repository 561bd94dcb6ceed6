"""Lies in a package, and is a script all the same: it looks for its files where it is."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import words

with open("handler.py") as file:
    first = file.readline().strip()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{first} {words.__name__} {threading.current_thread().name}".encode())


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
