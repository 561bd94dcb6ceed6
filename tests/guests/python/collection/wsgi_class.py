# > GET /x?y=1
# > POST /form a=1&b=two
import sys
import urllib.parse
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Application:
    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            size = int(environ.get("CONTENT_LENGTH") or 0)
            text = repr(urllib.parse.parse_qsl(environ["wsgi.input"].read(size).decode()))
        else:
            text = environ["PATH_INFO"] + "|" + environ["QUERY_STRING"]
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        yield text.encode()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


make_server("127.0.0.1", int(sys.argv[1]), Application(), handler_class=Quiet).serve_forever()
