"""Uses what tempfile makes, in each of the ways that programs do."""

import http.server
import os
import shutil
import tempfile


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = getattr(self, "of_" + self.path[1:])()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def of_files(self):
        with tempfile.TemporaryFile() as file:
            file.write(b"a" * 100_000)
            file.seek(99_999)
            one = file.read()
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.write("two")
        with open(file.name) as again:
            two = again.read()
        os.remove(file.name)
        handle, name = tempfile.mkstemp()
        os.write(handle, b"three")
        os.close(handle)
        with open(name, "rb") as again:
            three = again.read()
        os.unlink(name)
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "a", "b"))
            shutil.copy(__file__, os.path.join(folder, "a", "b", "c"))
            four = len(os.listdir(os.path.join(folder, "a")))
        return f"{one} {two} {three} {four} {tempfile.gettempdir()} {os.listdir('/tmp')}"

    def of_full(self):
        with tempfile.TemporaryFile() as file:
            try:
                for _ in range(64):
                    file.write(b"x" * (1 << 20))
                    file.flush()
                return "it took all"
            except OSError as error:
                return f"{error.strerror} at {file.tell() >> 20}"

    def of_again(self):
        with open("/tmp/again", "w") as file:
            file.write("x" * (700 << 10))
        os.remove("/tmp/again")
        return "again"


http.server.HTTPServer(("", 8000), Handler).serve_forever()
