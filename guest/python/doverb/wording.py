"""What later versions of the library say otherwise over the wire than that of Python 3.11, said as there: programs, and who reads
their answers, know it so."""

import re
from http import HTTPStatus

#: Phrases, and what stands behind them where that was another text too, by their codes.
PHRASES = {
    413: ("Request Entity Too Large", "Entity is too large"),
    414: ("Request-URI Too Long", None),
    416: ("Requested Range Not Satisfiable", None),
    422: ("Unprocessable Entity", None),
}
#: The first code whose phrase the host may have otherwise.
FIRST = min(PHRASES)
#: The colours of a page, which it did not have.
_STYLE = re.compile(r"[ \t]*<style type=\"text/css\">.*?</style>\n", re.DOTALL)


def phrase(handler, code):
    """What is to be said with a code, where that is not for the host to know."""
    older = PHRASES.get(code)
    if older is None or handler.responses.get(code, ("",))[0] != older[0]:
        return None
    return older[0]


class _Taken:
    """A handler for the library's page of a folder, which answers nothing yet: the page is to be read first."""

    def __init__(self, handler):
        self._handler = handler
        # All of it stands in the title, a query too.
        self.path = handler.path.replace("?", "%3F").replace("#", "%23")

    def send_error(self, *error):
        self._handler.send_error(*error)

    def send_response(self, _code):
        pass

    def send_header(self, keyword, value):
        if keyword.lower() == "content-type":
            self.content_type = value

    def end_headers(self):
        pass


def _list_directory(handler, path, plain):
    """The page of a folder, or None where there is an error instead; `plain` is the library's."""
    taken = _Taken(handler)
    page = plain(taken, path)
    if page is None:
        return None
    text = _STYLE.sub("", page.getvalue().decode("latin-1"), count=1).encode("latin-1")
    page.seek(0)
    page.write(text)
    page.truncate()
    page.seek(0)
    handler.send_response(HTTPStatus.OK)
    handler.send_header("Content-type", taken.content_type)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    return page


def install():
    # Not before: it looks for what is absent.
    import http.client
    import http.server

    plain = http.server.SimpleHTTPRequestHandler.list_directory

    def list_directory(self, path):
        return _list_directory(self, path, plain)

    for code, (text, meaning) in PHRASES.items():
        status = HTTPStatus(code)
        status.phrase = text
        status.description = status.description if meaning is None else meaning
        http.client.responses[status] = text
        http.server.BaseHTTPRequestHandler.responses[status] = (text, status.description)
    page = _STYLE.sub("", http.server.DEFAULT_ERROR_MESSAGE)
    http.server.DEFAULT_ERROR_MESSAGE = http.server.BaseHTTPRequestHandler.error_message_format = page
    http.server.SimpleHTTPRequestHandler.list_directory = list_directory
