# > GET /
# > POST /notes second
# > GET /
# > GET /file
"""What its main() would close and remove when the server ends is open and there while it serves."""

import contextlib
import http.server
import os
import sqlite3
import sys
import tempfile

notes = sqlite3.connect(":memory:", check_same_thread=False)
notes.execute("CREATE TABLE notes (text TEXT)")
notes.execute("INSERT INTO notes VALUES ('first')")
state = {"is_open": False}


@contextlib.contextmanager
def opened():
    state["is_open"] = True
    try:
        yield state
    finally:
        state["is_open"] = False


class Handler(http.server.BaseHTTPRequestHandler):
    folder = log = None

    def answer(self, code, text):
        self.send_response(code)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        if self.path == "/file":
            self.log.write("seen")
            self.log.seek(0)
            with open(os.path.join(self.folder, "page.txt")) as page:
                return self.answer(200, page.read() + self.log.read())
        rows = [text for (text,) in notes.execute("SELECT text FROM notes")]
        self.answer(200, f"{rows} {state} {sys.exc_info()}")

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        notes.execute("INSERT INTO notes VALUES (?)", (text,))
        self.answer(201, "")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as Handler.folder:
        stack.callback(state.clear)
        with open(os.path.join(Handler.folder, "page.txt"), "w") as page:
            page.write("a page")
        Handler.log = stack.enter_context(open(os.path.join(Handler.folder, "log"), "w+"))
        with opened():
            try:
                server.serve_forever()
            except:  # noqa: E722
                notes.close()
            finally:
                state["is_open"] = None


try:
    main()
finally:
    Handler.folder = None
