"""A program whose main() decides what is served: its state, its arguments, its server."""

import argparse
import functools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

options = None


class Handler(BaseHTTPRequestHandler):
    word = "none"

    def __init__(self, mark, *args, **kwargs):
        self.mark = mark
        super().__init__(*args, **kwargs)

    def do_GET(self):
        body = f"{self.mark} {self.word} {options.name} {self.server.greeting()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    def greeting(self):
        return self.word


def main():
    global options
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="nobody")
    options = parser.parse_args()
    Handler.word = "set"
    server = Server(("", 9000), functools.partial(Handler, "mark"))
    server.word = "hello"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    thread.join()
    raise AssertionError("nothing runs after it")


if __name__ == "__main__":
    main()
