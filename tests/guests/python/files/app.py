"""What `python -m http.server` runs."""

from http.server import SimpleHTTPRequestHandler, test

if __name__ == "__main__":
    test(SimpleHTTPRequestHandler)


class Files(SimpleHTTPRequestHandler):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, directory="/www", **kwargs)
