"""The test guest `order` in Python, for `doverb serve`."""

import json
from http.server import BaseHTTPRequestHandler


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["items"]
        total = sum(item["price"] * item["count"] for item in items)
        body = json.dumps({"total": total, "items": items}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        pass
