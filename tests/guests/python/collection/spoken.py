# > GET /
# > GET /missing
# > POST /form name=Ada&value=7
# > HEAD /
import socketserver
import sys

PAGES = {"/": "<h1>A page</h1>\n", "/form": "none"}


class Handler(socketserver.BaseRequestHandler):
    """Speaks HTTP itself, as a first lesson about it does."""

    def handle(self):
        data = self.request.recv(1024).decode().strip()
        print("Got a request of:", data.splitlines()[0])
        method, path = data.split()[:2]
        if path not in PAGES:
            self.request.sendall(bytearray("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno " + path, "utf-8"))
            return
        body = PAGES[path] if method == "GET" else data.split("\r\n\r\n")[-1] if method == "POST" else ""
        self.request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; ")
        self.request.sendall(("charset=utf-8\r\n\r\n" + body).encode())


if __name__ == "__main__":
    socketserver.TCPServer.allow_reuse_address = True
    with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
        server.serve_forever()
