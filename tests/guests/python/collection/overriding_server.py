# > GET /
# > GET /boom
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Noting(HTTPServer):
    note = "none"

    def finish_request(self, request, client_address):
        self.note = f"from {client_address[0]}"
        super().finish_request(request, client_address)


class Handler(BaseHTTPRequestHandler):
    error_message_format = "%(code)d %(message)s"
    error_content_type = "text/plain"

    def do_GET(self):
        if self.path == "/boom":
            self.send_error(418, "Short and stout")
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.note.encode())


def main(arguments):
    with Noting(("127.0.0.1", int(arguments[0])), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
