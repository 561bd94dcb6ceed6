"""Waits for clients, for a signal's wake-up and for what another process has to say, in one loop of its own."""

import multiprocessing
import selectors
import signal
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer

told, tells = multiprocessing.Pipe()
woken, wakes = socket.socketpair()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        tells.send(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"told {told.recv()}".encode())


signal.signal(signal.SIGTERM, lambda number, frame: wakes.send(b"x"))
server = HTTPServer(("", 8000), Handler)
selector = selectors.DefaultSelector()
for one in (told, woken, server):
    selector.register(one, selectors.EVENT_READ)
while True:
    for key, events in selector.select(10):
        if key.fileobj is server:
            server.handle_request()
        elif key.fileobj is woken:
            raise SystemExit
