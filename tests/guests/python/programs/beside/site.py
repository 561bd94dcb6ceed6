"""Called like a module of the library, with files beside it."""

import os
from http.server import HTTPServer, SimpleHTTPRequestHandler

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "config.txt")) as config:
    NAME = config.read().strip()


class Handler(SimpleHTTPRequestHandler):
    def do_POST(self):
        try:
            with open("log.txt", "a") as log:
                log.write("x")
            answer = "written"
        except OSError as error:
            answer = type(error).__name__
        with open("config.txt") as config:
            answer += " " + config.read().strip() + " " + NAME
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
