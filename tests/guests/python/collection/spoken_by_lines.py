# > GET /a?b=c
# > POST / first=1&second=2
# > DELETE /gone
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    """Reads the head by lines and writes an answer in parts, over the files that its socket has."""

    def handle(self):
        method, path, version = self.rfile.readline().decode().split()
        fields = {}
        while (line := self.rfile.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        body = self.rfile.read(int(fields.get("content-length", 0)))
        answer = f"{method} {path} {version} {fields['host']} {body!r} {self.client_address[0]}".encode()
        status = "204 No Content" if method == "DELETE" else "200 Fine"
        self.wfile.write(f"HTTP/1.1 {status}\r\n".encode())
        self.wfile.write(b"Content-Type: text/plain\r\n")
        if method != "DELETE":
            self.wfile.write(b"Content-Length: %d\r\n" % len(answer))
        self.wfile.write(b"Connection: close\r\n\r\n")
        if method != "DELETE":
            self.wfile.write(answer)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = daemon_threads = True


server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()
