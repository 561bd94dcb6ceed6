"""Serves with a handler that has no method, in a thread, and waits in a loop."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

threading.Thread(target=HTTPServer(("", 8000), BaseHTTPRequestHandler).serve_forever).start()
while True:
    pass
