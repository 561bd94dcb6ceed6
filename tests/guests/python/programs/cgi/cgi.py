"""Runs scripts: those of CGI, and one by itself."""

import http.server
import subprocess
import sys


class Handler(http.server.CGIHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/child":
            return super().do_GET()
        script = [sys.executable, "cgi-bin/script.py", "argument"]
        ended = subprocess.run(script, input="given", capture_output=True, text=True, env={"QUERY_STRING": "by itself"})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{ended.stdout.splitlines()[-1]} {ended.returncode} {len(sys.argv)}".encode())


with http.server.HTTPServer(("", 8000), Handler) as server:
    server.serve_forever()
