"""Has a server beside the one that it is about, in a thread, and asks its machine for this and that."""

import os
import resource
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 80))
        return probe.getsockname()[0]


class Metrics(BaseHTTPRequestHandler):
    """Refuses everything: it has no method."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{where} {beside.is_alive()} {resource.getpagesize() > 0}".encode())


os.system("clear")
beside = threading.Thread(target=HTTPServer(("", 9000), Metrics).serve_forever, daemon=True)
beside.start()
where = own_address()
HTTPServer(("", 8000), Handler).serve_forever()
