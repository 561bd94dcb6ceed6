# > POST /ann
# > POST /bob
# > GET /
import json
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("create table names (name text)")


class Names(BaseHTTPRequestHandler):
    def answer(self, code, value):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def do_POST(self):
        with database:
            database.execute("insert into names values (?)", (self.path[1:],))
        self.answer(201, self.path)

    def do_GET(self):
        self.answer(200, [name for (name,) in database.execute("select name from names order by name")])


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Names).serve_forever()
