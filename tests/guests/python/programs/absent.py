"""Modules whose use a sandbox can't give: importing them is no error."""

import ctypes
import fcntl
import mmap
import os
import resource
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer

USES = {
    "ctypes": lambda: ctypes.CDLL("libc.so.6"),
    "fcntl": lambda: fcntl.flock(0, fcntl.LOCK_EX),
    "mmap": lambda: mmap.mmap(-1, 10),
    "os": lambda: os.fork(),
    "resource": lambda: resource.prlimit(0, resource.RLIMIT_NOFILE),
    "ssl": lambda: ssl.create_default_context().wrap_socket(object()),
    "subprocess": lambda: subprocess.run(["ls"]),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        said = []
        for name, use in USES.items():
            try:
                said.append(f"{name}: {use()!r}")
            except OSError as error:
                said.append(f"{name}: {error}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write("\n".join(said).encode())


if __name__ == "__main__":
    server = HTTPServer(("", 8443), Handler)
    os.set_inheritable(server.fileno(), True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
