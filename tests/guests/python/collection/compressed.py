# > GET /
# > GET /deflate
import gzip
import io
import shutil
import string
import sys
import tempfile
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

PAGE = string.Template("<p>$text</p>").substitute(text="compressed " * 50).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/deflate":
            body = zlib.decompress(zlib.compress(PAGE))
        else:
            spool = tempfile.SpooledTemporaryFile()
            spool.write(gzip.decompress(gzip.compress(PAGE)))
            spool.seek(0)
            body = io.BytesIO()
            shutil.copyfileobj(spool, body)
            body = body.getvalue()
        self.send_response(200)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
