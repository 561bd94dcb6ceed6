"""What a Python handler may do, a page each. The class is assembled as real ones are: bases, mixins, late additions."""

import datetime
import email.message
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

import pages
from pages.mixins import Cors


class Message(email.message.Message):
    """Not the HTTPMessage that is the default."""


class Base(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Members/2"
    error_message_format = "%(code)d: %(message)s (%(explain)s)\n"
    error_content_type = "text/plain"
    MessageClass = Message

    def __init__(self, *args, colour="blue", **kwargs):
        self.colour = colour
        super().__init__(*args, **kwargs)

    def setup(self):
        super().setup()
        self.count = 0

    def finish(self):
        self.log_message("finished after %d requests", self.count)
        super().finish()

    def version_string(self):
        return super().version_string() + " (test)"

    def log_message(self, format, *args):
        super().log_message("<" + format + ">", *args)

    def text(self, text, code=200):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)


class Members(Cors, Base):
    def do_GET(self):
        self.count += 1
        page = getattr(self, "page_" + self.path[1:].partition("?")[0].replace("-", "_"), None)
        if page is None:
            self.send_error(404, explain="there is no <such> page")
        else:
            page()

    def do_POST(self):
        self.count += 1
        size = int(self.headers["Content-Length"])
        self.text(json.dumps([self.rfile.readline().decode(), self.rfile.read(3).decode(), len(self.rfile.read()), size]))

    def page_facts(self):
        facts = {
            "client": len(self.client_address),
            "server": self.server.server_port == self.server.server_address[1],
            "requestline": self.requestline,
            "raw": self.raw_requestline.decode(),
            "command": self.command,
            "path": self.path,
            "version": self.request_version,
            "scheme": self.scheme,
            "headers": type(self.headers).__name__,
            "x": self.headers.get_all("x-a"),
            "colour": self.colour,
            "count": self.count,
            "close": self.close_connection,
            "protocol": self.protocol_version,
            "class": type(self).__mro__[-2].__name__,
        }
        self.path = "/changed"
        facts["changed"] = self.path
        self.text(json.dumps(facts))

    def page_lazy(self):
        # Imported when it is called, as much code does.
        import colorsys
        from pages import late

        self.text(f"{colorsys.rgb_to_hsv(1, 0, 0)} {late.TEXT} {datetime.datetime.strptime('2026', '%Y').year}")

    def page_environment(self):
        self.text(os.environ.get("COLOUR", "none"))

    def page_files(self):
        with open("/data/in.txt") as file:
            self.text(file.read())

    def page_fails(self):
        pages.fail(self.path)

    def page_fails_late(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the beginning")
        self.wfile.flush()
        raise RuntimeError("late")

    def page_exits(self):
        raise SystemExit(3)

    def page_nothing(self):
        pass

    def page_unicode(self):
        self.send_response(200)
        self.send_header("X-Name", "caf\xe9")
        try:
            self.send_header("X-Bad", "\u20ac")
        except UnicodeEncodeError as error:
            self.send_header("X-Refused", type(error).__name__)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page_wrong_type(self):
        self.send_response(200)
        self.end_headers()
        try:
            self.wfile.write("a text")
        except TypeError as error:
            self.wfile.write(str(error).encode())
        self.wfile.write(bytearray(b" and "))
        self.wfile.write(memoryview(b"views"))

    def page_random(self):
        import random

        self.text(str(random.random()))

    def page_upgrade(self):
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "shout")
        self.end_headers()
        while line := self.rfile.readline():
            self.wfile.write(line.upper())
            self.connection.sendall(b"> ")


# As a library of routes would do it.
for verb in ("SPAM", "M_SEARCH"):
    setattr(Members, "do_" + verb, lambda self: self.text(self.command))

if __name__ == "__main__":
    HTTPServer(("", 8000), Members).serve_forever()
