"""It would serve only if it were told to."""

import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler

if len(sys.argv) > 1:
    HTTPServer(("", 8000), SimpleHTTPRequestHandler).serve_forever()
