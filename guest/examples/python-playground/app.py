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
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Python playground</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2563eb; font: 100%/1.5 system-ui, sans-serif }}
* {{ box-sizing: border-box }}
body {{ max-width: 50rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }}
form {{ display: grid; gap: .5rem }}
textarea, pre {{ margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--soft);
  color: inherit; font: .9rem/1.5 ui-monospace, monospace }}
textarea {{ width: 100%; height: 16rem; resize: vertical; tab-size: 4 }}
pre {{ min-height: 4rem; overflow: auto }}
pre:empty::before {{ content: "What the program prints comes here."; opacity: .65; font-family: system-ui, sans-serif }}
button {{ justify-self: start; padding: .5rem 1.5rem; border: 0; border-radius: .5rem; background: var(--accent); color: #fff;
  font: inherit; cursor: pointer }}
:focus-visible {{ outline: 2px solid var(--accent); outline-offset: 2px }}
h2 {{ margin: 1.5rem 0 .5rem; font-size: 1.1rem }}
</style>
<h1>Python playground</h1>
<form method="post">
<label for="program">A program: the value of its last line is shown as well</label>
<textarea id="program" name="program" maxlength="10000" spellcheck="false" autocapitalize="off">
{program}</textarea>
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
        self.page(program, run(program) or "The program has printed nothing.")

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
