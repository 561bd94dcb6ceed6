"""Globals, exceptions behind an answer, and waiting."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

count = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global count
        count += 1
        if self.path == "/wait":
            print("waits")
            time.sleep(1)
        self.send_response(200)
        if self.path == "/streamed":
            self.end_headers()
            self.wfile.write(b"the beginning")
            self.wfile.flush()
            raise KeyError("in the midst")
        body = b"%d\n" % count
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/late":
            raise KeyError("behind the answer")


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
