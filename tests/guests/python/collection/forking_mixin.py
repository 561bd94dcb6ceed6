# > GET /?a=1&b=2
# > HEAD /?a=1
import socketserver
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer


class Server(socketserver.ForkingMixIn, HTTPServer):
    allow_reuse_address = True


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-query")
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        self.wfile.write(repr(sorted(query.items())).encode())


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
