"""A server with a process for each request, which has more processes do its work."""

import multiprocessing
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ForkingMixIn


class Server(ForkingMixIn, HTTPServer):
    max_children = 10


def square(number, answers=None):
    if answers is not None:
        answers.put(number * number)
    return number * number


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answers = multiprocessing.Queue()
        process = multiprocessing.Process(target=square, args=(7, answers))
        process.start()
        answer = answers.get()
        process.join()
        with multiprocessing.Pool(2) as pool:
            more = pool.map(square, [1, 2, 3])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{answer} {process.exitcode} {more}".encode())


if __name__ == "__main__":
    Server(("", 8000), Handler).serve_forever()
