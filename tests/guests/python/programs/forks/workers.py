"""A server whose workers serve, each in a process of its own, while it waits for them."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from a worker")


server = HTTPServer(("", 8000), Handler)
workers = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        try:
            server.serve_forever()
        finally:
            os._exit(0)
    workers.append(pid)
for pid in workers:
    os.waitpid(pid, 0)
