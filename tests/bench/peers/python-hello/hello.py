"""`hello` on CPython's http.server. `hello.py PORT [nodelay] [HTTP/1.0]`"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"Hello, World!")

    def log_request(self, code="-", size="-"):
        """The others log no requests either."""


class Server(ThreadingHTTPServer):
    request_queue_size = 1024


Hello.disable_nagle_algorithm = "nodelay" in sys.argv[2:]
if "HTTP/1.0" in sys.argv[2:]:
    Hello.protocol_version = "HTTP/1.0"
with Server(("127.0.0.1", int(sys.argv[1])), Hello) as server:
    print(f"Serving HTTP on 127.0.0.1:{server.server_port} ...", flush=True)
    server.serve_forever()
