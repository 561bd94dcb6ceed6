# > GET /
# > POST /kept name=Ada+Lovelace
# > POST /asked twice
# > GET /
# A server of HTTP that hands what is posted to another part of itself, by UDP, as a queue or a log of its own.
import json
import socket
import socketserver
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

HERE = "127.0.0.1"
kept = []
came = threading.Event()


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data + data, self.client_address)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(json.dumps(kept))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if self.path == "/kept":
            came.clear()
            sock.sendto(body, (HERE, keeper.getsockname()[1]))
            self.answer(str(came.wait(5)))
        else:
            sock.settimeout(5)
            sock.connect(echo.server_address)
            sock.send(body)
            self.answer(sock.recv(100).decode())
        sock.close()

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


def keep(sock):
    try:
        while True:
            data, sender = sock.recvfrom(1024)
            kept.append(urllib.parse.parse_qs(data.decode()))
            came.set()
    finally:
        sock.close()


def serve(port):
    HTTPServer((HERE, port), Handler).serve_forever()


keeper = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
keeper.bind((HERE, 0))
echo = socketserver.UDPServer((HERE, 0), Echo)
parts = [
    threading.Thread(target=serve, args=(int(sys.argv[1]),)),
    threading.Thread(target=keep, args=(keeper,)),
    threading.Thread(target=echo.serve_forever),
]
for part in parts:
    part.start()
for part in parts:
    part.join()
