# > GET /
# > PUT /thing some content
try:
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer
    from urlparse import urlparse
except ImportError:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from urllib.parse import urlparse
import datetime
import sys
import uuid

STORE = {}
started = datetime.datetime.now()


class S(BaseHTTPRequestHandler):
    def _set_headers(self, code=200):
        self.send_response(code)
        self.send_header("Content-type", "text/html")
        self.end_headers()

    def do_GET(self):
        self._set_headers()
        self.wfile.write(("<html>%s %s</html>" % (urlparse(self.path).path, started.year > 2000)).encode("utf8"))

    def do_PUT(self):
        key = uuid.uuid5(uuid.NAMESPACE_URL, self.path)
        STORE[key] = self.rfile.read(int(self.headers.get("content-length")))
        self._set_headers(201)
        self.wfile.write(str(key).encode() + b" " + STORE[key])


def run(addr="127.0.0.1", port=int(sys.argv[1])):
    print("Starting httpd server on %s:%d" % (addr, port))
    HTTPServer((addr, port), S).serve_forever()


run()
