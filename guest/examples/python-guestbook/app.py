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
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Guestbook</title>
<style>
:root { color-scheme: light dark; --line: #8884; --accent: #2563eb; font: 100%%/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
form { display: grid; gap: .75rem }
input, textarea, button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem }
textarea { resize: vertical }
button { justify-self: start; padding-inline: 1.5rem; background: var(--accent); border-color: transparent; color: #fff }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.entry { padding: .75rem 0; margin: 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; white-space: pre-line }
.empty { padding: 2rem 1rem; border: 1px dashed var(--line); border-radius: .75rem; text-align: center; opacity: .8 }
.note { padding: .5rem 1rem; border-left: .3rem solid #d97706; background: #d977061a }
</style>
<h1>Guestbook</h1>
<form method="post">
<input name="name" aria-label="Your name" placeholder="Your name" required maxlength="50" autocomplete="name">
<textarea name="message" aria-label="Your message" placeholder="Your message" rows="4" required maxlength="1000"></textarea>
<button>Sign</button>
</form>
%(note)s
<h2>Entries</h2>
%(entries)s
</html>
"""
NOT_KEPT = '<p class="note">Nothing is kept: serve it with <code>--keyvalue default=./guestbook.redb</code>.</p>'
NONE_YET = '<p class="empty">Nobody has signed yet. Be the first.</p>'
#: Entries of a page.
NEWEST = 20
MAX_FORM = 16 * 1024

memory = []
store = doverb and doverb.store("default")


class Guestbook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        entries, is_kept = self.entries()
        told = [f'<p class="entry"><b>{escape(it["name"])}</b>: {escape(it["message"])}</p>' for it in entries]
        page = PAGE % {"note": "" if is_kept else NOT_KEPT, "entries": "\n".join(told) or NONE_YET}
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
