"""Paths up to the root, and what errors say: programs put it into their answers."""

# > GET /
# > GET /missing
# > GET /program
# > GET /folder
# > GET /write
# > GET /remove
# > GET /rename
# > GET /mkdir
# > GET /deep
# > GET /root
# > GET /script

import json
import os
import pathlib
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
USES = {
    "/": lambda: os.makedirs(HERE, exist_ok=True),
    "/missing": lambda: open("no such file"),
    "/program": lambda: subprocess.check_output(["no-such-program", "-a"]),
    "/folder": lambda: os.listdir("no such folder"),
    "/write": lambda: open("no such folder/file", "w"),
    "/remove": lambda: os.remove("no such file"),
    "/rename": lambda: os.rename("no such file", "other"),
    "/mkdir": lambda: os.mkdir(HERE),
    "/deep": lambda: os.mkdir("no such folder/inner"),
    "/root": lambda: (os.path.isdir("/"), pathlib.Path("/").exists(), os.path.ismount("/"), os.stat("/").st_size >= 0),
}


def script():
    ran = subprocess.run([sys.executable, "no-such-script.py"], capture_output=True)
    return ran.returncode, ran.stdout.decode(), b"can't open file" in ran.stderr


USES["/script"] = script


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            said = USES[self.path]()
        except OSError as error:
            said = [type(error).__name__, str(error).replace(HERE, ""), f"{error.errno}", repr(error)]
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
