# > GET /
# > GET /devices
# > GET /paths
"""Names and devices that Linux has."""

import asyncio
import configparser
import contextlib
import http.server
import os
import signal
import socket
import stat
import sys
import threading
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
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
        told = {"/devices": self.devices, "/paths": self.paths}.get(self.path, self.names)
        self.wfile.write(repr(told()).encode())

    def devices(self):
        with open("/dev/null", "w") as null, contextlib.redirect_stdout(null):
            print("gone")
        number = os.open(os.devnull, os.O_RDWR)
        written = os.write(number, b"abc")
        os.close(number)
        with open("/dev/urandom", "rb") as random, open("/dev/zero", "rb", buffering=0) as zeros:
            found = [len(random.read(16)), zeros.read(3)]
        return [nowhere.read(), written, *found, os.path.exists("/dev/null"), os.path.exists("/dev/nothing")]

    def paths(self):
        """What is behind the slash of `/` is an empty path, at which nothing is."""
        found = [os.path.exists(""), os.path.isdir(""), os.access("", os.R_OK)]
        for call in (open, os.listdir, os.stat, os.mkdir, os.remove, os.chdir):
            try:
                found.append(call("") is None)
            except OSError as error:
                found.append(str(error))
        mode = os.stat(__file__).st_mode
        return [*found, stat.filemode(mode)[:5], stat.filemode(os.stat(FOLDER).st_mode)[:4]]

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
