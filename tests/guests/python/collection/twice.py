"""Second answers to one request, as programs give them that lack a `return`, and lengths that are none."""

# > GET /fallen
# > GET /fallen/page
# > GET /late
# > GET /late/page
# > GET /whole
# > POST /whole text
# > GET /negative
# > GET /none
# > HEAD /late
# > PUT /whole text
# > OPTIONS /
# > GET /count

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

seen = []


class Handler(BaseHTTPRequestHandler):
    def page(self, text, *fields):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path.startswith("/late"):
            # The answer has begun.
            self.page(b"first ")
            if self.path.endswith("page"):
                self.page(b"second\n")
            else:
                self.send_error(404, "too late")
        elif self.path.startswith("/whole"):
            # The client has all of it.
            self.send_error(404, "missing")
            self.page(b"nobody reads this")
        elif self.path == "/negative":
            self.page(b"to the end\n", ("Content-Length", "-11"))
        elif self.path == "/none":
            self.page(b"to the end\n", ("Content-Length", str(None)))
        elif self.path == "/count":
            self.page(" ".join(seen).encode())
        else:
            self.page(b"fine\n", ("X-Once", "1"))
        seen.append(self.path)

    do_HEAD = do_GET

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def date_time_string(self, timestamp=None):
        return "Thu, 01 Jan 1970 00:00:00 GMT"

    def version_string(self):
        return "twice"


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
