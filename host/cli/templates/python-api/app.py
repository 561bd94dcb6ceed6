"""A list of things to do, as JSON. Runs under `doverb serve .` and, as it is, under `python3 app.py`.

GET /todos lists them, POST /todos adds one ({"text": "..."}), DELETE /todos/1 removes one.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

todos = {}
numbers = iter(range(1, 1_000_000))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/todos":
            self.answer(200, [{"id": number, "text": text} for number, text in todos.items()])
        else:
            self.answer(404, {"error": "there is /todos"})

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        try:
            text = json.loads(self.rfile.read(length))["text"]
        except (ValueError, KeyError, TypeError):
            return self.answer(400, {"error": 'expected {"text": "..."}'})
        number = next(numbers)
        todos[number] = text
        self.answer(201, {"id": number, "text": text})

    def do_DELETE(self):
        number = self.path.removeprefix("/todos/")
        if number.isdecimal() and todos.pop(int(number), None) is not None:
            self.answer(200, {"removed": int(number)})
        else:
            self.answer(404, {"error": "there is no such thing to do"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
