"""A reverse proxy: passes each request on to the server that UPSTREAM names, and its answer back. Both bodies are passed on as
they come, so that they may be of any size."""

import http.client
import os
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

OF_THE_CONNECTION = "connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade host".split()


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_ANY(self):
        upstream = urlsplit(os.environ["UPSTREAM"])
        connect = http.client.HTTPSConnection if upstream.scheme == "https" else http.client.HTTPConnection
        connection = connect(upstream.netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_THE_CONNECTION}
        headers["X-Forwarded-For"] = self.client_address[0]
        has_body = "Transfer-Encoding" in self.headers or "Content-Length" in self.headers
        try:
            connection.request(self.command, self.path, self.rfile if has_body else None, headers)
            answer = connection.getresponse()
        except OSError as error:
            return self.send_error(502, explain=str(error))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        self.end_headers()
        while part := answer.read1(65536):
            self.wfile.write(part)
