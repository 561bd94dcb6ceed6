# > POST / --b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n
import email.parser
import email.policy
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Upload(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_parts()]
        self.send_response(201)
        self.end_headers()
        self.wfile.write(repr(parts).encode())


def run(server_class=HTTPServer, handler_class=Upload, port=int(sys.argv[1])):
    httpd = server_class(("127.0.0.1", port), handler_class)
    try:
        httpd.serve_forever()
    finally:
        httpd.server_close()


run()
