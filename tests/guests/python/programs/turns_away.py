import http.server


class Server(http.server.HTTPServer):
    is_open = True

    def verify_request(self, request, client_address):
        return self.is_open

    def shutdown_request(self, request):
        print("a connection has ended", flush=True)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        print("the program was told", client_address[0])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/close":
            self.server.is_open = False
        if self.path == "/fail":
            raise ValueError("a failure")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"let in")


Server(("", 8000), Handler).serve_forever()
