"""A server beside whose process another one does something for ever."""

import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from ticking import ticks


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"from the parent of {child}, with {len(ticks)} ticks".encode())


child = os.fork()
if child == 0:
    while True:
        ticks.append(time.time())
        time.sleep(1)
HTTPServer(("", 8000), Handler).serve_forever()
