"""Shows what a WSGI application finds of the environment in its environ."""

import os
from wsgiref.simple_server import make_server

FROM_THE_BUILD = ("PYTHONHOME", "PYTHONPATH", "PYTHONUNBUFFERED")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    left = [name for name in FROM_THE_BUILD if name in environ or name in os.environ]
    return [f"{environ['GRANTED']} {environ['HOME']} {left}".encode()]


make_server("", 8000, application).serve_forever()
