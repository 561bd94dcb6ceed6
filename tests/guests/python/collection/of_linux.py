# > GET /
# > GET /devices
"""Names and devices that Linux has."""

import asyncio
import configparser
import contextlib
import http.server
import os
import signal
import socket
import sys
import threading
import time

nowhere = open(os.devnull)
signal.alarm(0)
time.tzset()
loop = asyncio.get_event_loop()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(repr(self.devices() if self.path == "/devices" else self.names()).encode())

    def devices(self):
        with open("/dev/null", "w") as null, contextlib.redirect_stdout(null):
            print("gone")
        number = os.open(os.devnull, os.O_RDWR)
        written = os.write(number, b"abc")
        os.close(number)
        with open("/dev/urandom", "rb") as random, open("/dev/zero", "rb", buffering=0) as zeros:
            found = [len(random.read(16)), zeros.read(3)]
        return [nowhere.read(), written, *found, os.path.exists("/dev/null"), os.path.exists("/dev/nothing")]

    def names(self):
        kinds = {socket.AF_INET, socket.AF_INET6, socket.AF_UNIX}
        return [
            len(kinds),
            loop.run_until_complete(asyncio.sleep(0, "slept")),
            threading.get_native_id() > 0,
            os.WEXITSTATUS(256),
            hasattr(socket, "SO_REUSEPORT"),
            issubclass(configparser.SafeConfigParser, configparser.RawConfigParser),
        ]


os.chdir("/")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
