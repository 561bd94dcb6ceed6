"""A WSGI application."""

from wsgiref.simple_server import make_server


def application(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    start_response("201 Made", [("Content-Type", "text/x-echo"), ("X-Path", environ["PATH_INFO"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


with make_server("", 8000, application) as server:
    server.serve_forever()
