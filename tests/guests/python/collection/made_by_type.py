# > GET /
import http.server
import sys


def answer(self):
    self.send_response(200, "Made")
    self.end_headers()
    self.wfile.write(b"by type()")


Handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": answer})
httpd = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
while True:
    httpd.handle_request()
