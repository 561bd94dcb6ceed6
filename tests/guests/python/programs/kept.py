"""Says how many handlers there are: one for each connection that is open."""

import gc
import weakref
from http.server import BaseHTTPRequestHandler, HTTPServer

gc.disable()
there = weakref.WeakSet()


class Kept(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0

    def setup(self):
        super().setup()
        there.add(self)

    def do_GET(self):
        self.served += 1
        body = b"%d handlers, %d served" % (len(there), self.served)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", 8000), Kept).serve_forever()
