# > GET /
# > GET /login
import argparse
import base64
import functools
from http import HTTPStatus
from http.server import HTTPServer, SimpleHTTPRequestHandler


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args, key, **kwargs):
        self.key = key
        super().__init__(*args, **kwargs)

    def do_GET(self):
        if self.path == "/login" or self.headers.get("Authorization") == f"Basic {self.key}":
            self.send_response(HTTPStatus.OK)
            self.end_headers()
            self.wfile.write(self.key.encode())
            return
        self.send_response(HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", 'Basic realm="here"')
        self.end_headers()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--user", default="u:p")
    options = parser.parse_args()
    key = base64.b64encode(options.user.encode()).decode()
    HTTPServer(("127.0.0.1", options.port), functools.partial(Handler, key=key)).serve_forever()
