"""A server that goes into the background first, by two forks, as daemons do."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/fork":
            os.fork()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from the background")


def background(pid_file):
    if os.fork() > 0:
        sys.exit(0)
    os.chdir("/")
    os.setsid()
    os.umask(0)
    if os.fork() > 0:
        os._exit(0)
    nothing = open(os.devnull, "a+")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        os.dup2(nothing.fileno(), stream.fileno())
    with open(pid_file, "w") as file:
        print(os.getpid(), file=file)


if __name__ == "__main__":
    background("/tmp/daemon.pid")
    HTTPServer(("", 8000), Handler).serve_forever()
