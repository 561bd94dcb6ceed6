"""Keeps what it is sent in a folder that it makes when it begins, and takes it apart with a module that was once Python's."""

import cgi
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

os.makedirs("received/new", exist_ok=True)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        kind, options = cgi.parse_header(self.headers["Content-Type"])
        with open("received/new/" + options["name"], "wb") as file:
            file.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(kind.encode())


HTTPServer(("", 8000), Handler).serve_forever()
