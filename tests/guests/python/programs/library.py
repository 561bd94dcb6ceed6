"""GET /: what of the library cannot be imported in a request. GET /codecs: the same for codecs."""

import codecs
import encodings.aliases
import importlib
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

#: Other systems' own, what opens a window, and what prints when it is imported.
FOREIGN = {
    "antigravity", "idlelib", "msvcrt", "nt", "this", "tkinter", "turtle", "turtledemo", "winreg", "winsound",
}  # fmt: skip


def missing(names, take):
    for name in sorted(names):
        try:
            take(name)
        except Exception as error:
            yield f"{name}: {type(error).__name__}: {error}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/codecs":
            lines = missing(set(encodings.aliases.aliases.values()) - {"mbcs", "oem"}, codecs.lookup)
        else:
            # Those with an underscore are what the others are made of.
            names = {name for name in sys.stdlib_module_names - FOREIGN if not name.startswith("_")}
            lines = missing(names, importlib.import_module)
        self.send_response(200)
        self.end_headers()
        self.wfile.write("\n".join(lines).encode())


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
