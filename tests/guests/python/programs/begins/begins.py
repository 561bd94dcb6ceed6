"""Makes what it needs when it begins, keeps it open, and goes on with it in its requests."""

import logging
import os
import sqlite3
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer

os.makedirs("uploads/new", exist_ok=True)
logging.basicConfig(filename="server.log", format="%(message)s", level=logging.INFO)
logging.info("begins")
database = sqlite3.connect("visits.db")
database.row_factory = sqlite3.Row
database.execute("create table if not exists visits (path text)")
database.execute("insert into visits values ('/first')")
temporary = tempfile.mkdtemp()
words = open("words.txt")
words.readline()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        texts = [str(os.listdir("uploads")), str(os.path.isdir(temporary)), words.readline().strip()]
        texts.append(",".join(row["path"] for row in database.execute("select path from visits")))
        self.answer("\n".join(texts))

    def do_POST(self):
        logging.info("posted")
        try:
            database.execute("insert into visits values (?)", (self.path,))
            database.commit()
            with open("uploads/new/" + self.path.strip("/"), "w") as file:
                file.write("text")
        except (OSError, sqlite3.Error) as error:
            self.answer(type(error).__name__)
        else:
            self.answer("written")

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


HTTPServer(("", 8000), Handler).serve_forever()
