"""A program with an object that fails whatever it is asked where no request is served, as frameworks have."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Proxy:
    """Stands for what there is while a request is served."""

    now = []

    def __getattribute__(self, name):
        if not Proxy.now:
            raise RuntimeError("there is no request")
        return getattr(Proxy.now[-1], name)

    def __call__(self):
        return Proxy.now[-1]


request = Proxy()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        Proxy.now.append(self)
        try:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(request.path.encode())
        finally:
            Proxy.now.pop()


if __name__ == "__main__":
    HTTPServer(("", 8000), Handler).serve_forever()
