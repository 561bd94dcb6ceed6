# > GET /version
# > GET /
# > GET /
"""A server that has its connections its own way: a pool of threads, a look at each client."""

import concurrent.futures
import http.server
import socket
import sys


class Server(http.server.HTTPServer):
    pool = concurrent.futures.ThreadPoolExecutor(2)

    def __init__(self, *arguments):
        self.seen = []
        super().__init__(*arguments)

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def get_request(self):
        request, client = super().get_request()
        request.settimeout(10)
        return request, (*client, "more")

    def verify_request(self, request, client_address):
        self.seen.append("verified")
        return client_address[2] == "more"

    def process_request(self, request, client_address):
        self.pool.submit(self.process, request, client_address).result()

    def process(self, request, client_address):
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)


class Handler(http.server.BaseHTTPRequestHandler):
    sys_version = ""

    @property
    def server_version(self):
        return f"Mine/{len(self.client_address)}"

    def do_GET(self):
        text = self.server_version if self.path == "/version" else self.server.seen[-1]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
