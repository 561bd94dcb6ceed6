"""A guestbook. `doverb serve . --keyvalue default=./guestbook.redb` keeps its entries in a store.

Without the grant they are in memory, as they are under `python app.py`, and end with the server.
"""

from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

try:
    import doverb
except ImportError:
    # CPython's own server.
    doverb = None

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Guestbook</title><h1>Guestbook</h1>
<form method="post"><p><input name="name" placeholder="Your name" required maxlength="50">
<p><textarea name="message" required maxlength="1000"></textarea><p><button>Sign</button></form>
<p>%(note)s</p>
%(entries)s
</html>
"""
#: Entries of a page.
NEWEST = 20
MAX_FORM = 16 * 1024

memory = []
store = doverb and doverb.store("default")


class Guestbook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        entries, is_kept = self.entries()
        told = [f"<p><b>{escape(entry['name'])}</b>: {escape(entry['message'])}</p>" for entry in entries]
        note = "" if is_kept else "Nothing is kept: serve it with --keyvalue default=./guestbook.redb."
        page = PAGE % {"note": note, "entries": "\n".join(told)}
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_FORM:
            return self.send_error(413)
        form = parse_qs(self.rfile.read(length).decode(errors="replace"))
        entry = {key: form.get(key, [""])[0].strip() for key in ("name", "message")}
        if not 0 < len(entry["name"]) <= 50 or not 0 < len(entry["message"]) <= 1000:
            return self.send_error(422, explain="A name has 1 to 50 characters, a message 1 to 1,000.")
        self.add(entry)
        self.send_response(303)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def add(self, entry):
        try:
            # A number that nobody else has, whoever signs at the same time.
            store[f"entry/{store.increment('entries')}"] = entry
        except (PermissionError, AttributeError):
            memory.append(entry)

    def entries(self):
        """The newest ones first, and whether they are kept."""
        try:
            last = int(store["entries"])
        except (PermissionError, TypeError):
            return memory[: -NEWEST - 1 : -1], False
        numbers = range(last, max(0, last - NEWEST), -1)
        found = store.get_many(f"entry/{number}" for number in numbers)
        return [value.json() for value in found if value is not None], True


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8000), Guestbook).serve_forever()
