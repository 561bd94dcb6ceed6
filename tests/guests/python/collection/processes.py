# > GET /squares
# > GET /
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Pool, Process, Value


def square(number):
    return number * number


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr(squares if self.path == "/squares" else started.value).encode())


def serve(port):
    started.value += 1
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


started = Value("i", 0)
if __name__ == "__main__":
    with Pool(2) as pool:
        squares = pool.map(square, range(5)), pool.apply_async(square, (9,)).get(timeout=5)
    server = Process(target=serve, args=(int(sys.argv[1]),), daemon=True)
    server.start()
    server.join()
