"""Is started from the folder above: its module lies beside it, and its pages where it is started."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

import near


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open("static/page.txt") as page:
            text = page.read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{text}{near.NAME} {os.path.relpath(__file__)}".encode())


HTTPServer(("", 8000), Handler).serve_forever()
