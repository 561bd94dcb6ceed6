"""What `python -m http.server --directory /www` runs."""

from http.server import SimpleHTTPRequestHandler, test


class Files(SimpleHTTPRequestHandler):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, directory="/www", **kwargs)


if __name__ == "__main__":
    test(Files)
