"""A handler over the bare contract, without an SDK: what componentize-py makes of wit/."""

import wit_world
from wit_world.imports import request, response, rfile, wfile


class WitWorld(wit_world.WitWorld):
    def do_get(self):
        response.send_response(200, None)
        response.send_header("Content-Type", "text/plain")
        response.end_headers()
        wfile.write(f"Python got {request.path()}".encode())

    def do_post(self):
        body = b""
        while data := rfile.read(65536):
            body += data
        response.send_response(200, None)
        response.end_headers()
        wfile.write(body[::-1])
