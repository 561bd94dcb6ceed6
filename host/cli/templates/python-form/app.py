"""Asks for a name and greets it. Runs under `doverb serve .` and, as it is, under `python3 app.py`."""

from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Hello</title>
<h1>{greeting}</h1>
<form method="post">
  <label>Your name <input name="name" maxlength="50" required autofocus></label>
  <button>Greet me</button>
</form>
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer("Hello!")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = parse_qs(self.rfile.read(length).decode())
        name = form.get("name", ["World"])[0]
        self.answer(f"Hello, {escape(name)}!")

    def answer(self, greeting):
        body = PAGE.replace("{greeting}", greeting).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
