"""Looks at each request before its method is called, as many do that ask who the client is."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def handle_one_request(self):
        try:
            self.raw_requestline = self.rfile.readline(65537)
            self.seen = self.raw_requestline.decode().split()[1]
            if not self.parse_request():
                return
            getattr(self, "do_" + self.command, self.do_other)()
        except ConnectionResetError:
            pass

    def parse_request(self):
        if not super().parse_request():
            return False
        if self.headers.get("X-Key") != "key":
            self.send_error(401)
            return False
        return True

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode() + self.seen)

    def do_other(self):
        self.answer("other " + self.command)

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


HTTPServer(("", 8000), Handler).serve_forever()
