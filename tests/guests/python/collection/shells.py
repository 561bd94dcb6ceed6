# > GET /run
# > GET /check
# > GET /status
# > GET /popen
# > GET /lines
# > GET /piped
# > GET /environment
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

COMMAND = "no-such-program --all"


def check():
    try:
        return subprocess.check_output(COMMAND, shell=True, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        return str(error)


def lines():
    process = subprocess.Popen(COMMAND, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ["not found" in line for line in process.stdout], process.wait()


def piped():
    process = subprocess.Popen([sys.executable, __file__, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("some words\n")
    process.stdin.close()
    return process.stdout.read(), process.wait()


PAGES = {
    "/run": lambda: subprocess.run(COMMAND, shell=True, capture_output=True).returncode,
    "/check": check,
    "/status": lambda: subprocess.getstatusoutput(COMMAND)[0],
    "/popen": lambda: (os.popen(COMMAND + " 2>/dev/null").read(), os.system(COMMAND)),
    "/lines": lines,
    "/piped": piped,
    "/environment": lambda: [type(os.environ[name]).__name__ for name in ("HOME", "PATH")],
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr(PAGES[self.path]()).encode())


if sys.argv[1] == "-":
    print(sys.stdin.read().split(), end="")
else:
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
