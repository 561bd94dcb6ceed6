"""Python's BaseHTTPRequestHandler, served by Doverb.

`doverb build` puts this package into every component that it makes of a Python file. The file itself needs none of it: it
imports `http.server` as ever.
"""
