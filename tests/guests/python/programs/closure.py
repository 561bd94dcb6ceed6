"""A server at the top level, and a handler that a function makes for each of its clients."""

from http.server import BaseHTTPRequestHandler, HTTPServer


def handler_of(text):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format, *args):
            print("said", format % args)

    return Handler


made = handler_of(b"from a closure\n")
server = HTTPServer(("localhost", 8123), lambda *args: made(*args))
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
server.server_close()
