"""Runs the Python that its visitors type. Safe, since a handler has nothing but its request: no files, no network, a bound on
memory and on computing time. What a program leaves behind is gone with the visitor's connection.
"""

import contextlib
import html
import io
import linecache
import traceback
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

# What programs may import: a component has the modules that were imported when it was built.
import bisect, calendar, collections, datetime, decimal, fractions, functools, heapq, itertools, json, math  # noqa: E401, F401
import operator, random, re, statistics, string, textwrap, time, typing, unicodedata  # noqa: E401, F401

LIMIT = 64 * 1024
EXAMPLE = """\
import statistics

throws = [3, 1, 4, 1, 5, 9, 2, 6]
print("mean", statistics.mean(throws))
sorted(throws)
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Python playground</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
textarea {{ width: 100%; height: 14em; font: 14px/1.4 monospace }}
pre {{ background: #f4f4f4; padding: 1em; overflow: auto }}
</style>
<h1>Python playground</h1>
<form method="post">
<label for="program">A program:</label>
<textarea id="program" name="program" maxlength="10000">{program}</textarea>
<button>Run</button>
</form>
<h2>Output</h2>
<pre id="output">{output}</pre>
</html>
"""


class Playground(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.page(EXAMPLE, "")

    def do_POST(self):
        if int(self.headers.get("Content-Length", LIMIT + 1)) > LIMIT:
            self.send_error(413)
            return
        form = parse_qs(self.rfile.read().decode("utf-8", "replace"))
        program = form.get("program", [""])[0].replace("\r\n", "\n")
        self.page(program, run(program))

    def page(self, program, output):
        body = PAGE.format(program=html.escape(program), output=html.escape(output)).encode("utf-8", "replace")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Output(io.StringIO):
    """As much as fits into a page."""

    def write(self, text):
        if self.tell() + len(text) > LIMIT:
            raise RuntimeError("the program prints too much")
        return super().write(text)


def run(program):
    """What the program prints, and the value of its last line if that is an expression."""
    output = Output()
    linecache.cache["program"] = (len(program), None, program.splitlines(keepends=True), "program")
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            execute(program)
        except BaseException as error:
            # Without our own frames.
            trace = error.__traceback__
            while trace is not None and trace.tb_frame.f_code.co_filename != "program":
                trace = trace.tb_next
            return output.getvalue() + "".join(traceback.format_exception(type(error), error, trace))
    return output.getvalue()


def execute(program):
    *lines, last = program.rstrip().split("\n")
    names = {"__name__": "__main__"}
    try:
        expression = compile("\n" * len(lines) + last, "program", "eval")
    except SyntaxError:
        exec(compile(program, "program", "exec"), names)
    else:
        exec(compile("\n".join(lines), "program", "exec"), names)
        value = eval(expression, names)
        if value is not None:
            print(repr(value))
