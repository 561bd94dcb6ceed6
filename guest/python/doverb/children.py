"""Programs in Python that a program runs as its children, as scripts of CGI are: in this interpreter, one after the other, each
to its end when it is waited for. Other programs there are none in a sandbox.
"""

import errno
import io
import os
import re
import shlex
import subprocess
import sys
import traceback
import types

from . import elsewhere

#: What a program calls the interpreter that it runs in, to run another.
EXECUTABLE = "/usr/bin/python3"
_NAMES = ("python", "python3", "python.exe", "py", EXECUTABLE)
#: What means something to a shell, but for quotes.
_OF_SHELLS = re.compile(r"[|&;<>()$`\\*?\[#~\n]")
_PlainPopen = subprocess.Popen
#: What was told of that is not there.
_told = set()


def _script(command, folder):
    """The script that a command runs with Python in a folder, and its arguments; none when it runs anything else."""
    if not isinstance(command, (list, tuple)) or not command:
        return None
    words = [os.fsdecode(word) for word in command]
    if words[0] != sys.executable and words[0] not in _NAMES:
        if not words[0].endswith(".py") and b"python" not in _first_line(os.path.join(os.fsdecode(folder or ""), words[0])):
            return None
        words.insert(0, EXECUTABLE)
    while len(words) > 1 and words[1] in ("-u", "-B", "-E", "-s", "-S", "-I"):
        del words[1]
    if len(words) < 2 or not words[1].endswith(".py") and not os.path.isfile(os.path.join(os.fsdecode(folder or ""), words[1])):
        return None
    return words[1:]


def _first_line(path):
    """Where a file says what runs it; empty if it does not, or is none."""
    try:
        with open(path, "rb") as file:
            line = file.readline(200)
    except OSError:
        return b""
    return line if line.startswith(b"#!") else b""


def _executable(path):
    """Whether a file is meant to be run: no file has a mode in a sandbox."""
    return path.endswith(".py") or _first_line(path) != b""


def _name(command):
    """What a command runs."""
    words = command.split() if isinstance(command, str) else command
    if isinstance(words, (bytes, os.PathLike)) or not words:
        return os.fsdecode(words or b"it")
    return os.fsdecode(words[0])


def _words(command):
    """The words of a shell's command, if it is one that a shell would run as it stands; else none."""
    try:
        text = os.fsdecode(command)
        return None if _OF_SHELLS.search(text) else shlex.split(text)
    except (TypeError, ValueError):
        return None


class _Streams:
    """What the script reads and writes, in the place of what its parent does."""

    def __init__(self, given):
        self.stdin = io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
        self.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)

    def written(self):
        return self.stdout.buffer.getvalue(), self.stderr.buffer.getvalue()


def _run(words, given, environment, folder):
    """Runs a script to its end. Returns what it has written, and how it has ended."""
    streams = _Streams(given)
    main = types.ModuleType("__main__")
    main.__file__ = words[0]
    main.__builtins__ = __builtins__
    kept = sys.argv, sys.path[:], sys.stdin, sys.stdout, sys.stderr, sys.modules.get("__main__")
    outside, place = dict(os.environ), os.getcwd()
    sys.argv, sys.stdin, sys.stdout, sys.stderr = words, streams.stdin, streams.stdout, streams.stderr
    sys.modules["__main__"] = main
    code = 0
    try:
        if environment is not None:
            _become(environment)
        if folder is not None:
            os.chdir(folder)
        code = _execute(words[0], main)
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        if isinstance(exit.code, str):
            print(exit.code, file=streams.stderr)
    except BaseException as error:
        code = 1
        # From the script on: what runs it is nobody's business.
        print("".join(traceback.format_exception(type(error), error, error.__traceback__.tb_next.tb_next)), end="", file=streams.stderr)
    finally:
        sys.argv, sys.path[:], sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"] = kept
        _become(outside)
        os.chdir(place)
    return *streams.written(), code


def _execute(script, main):
    """Runs a script in its module. Returns what the interpreter would end with."""
    place = os.path.abspath(script)
    try:
        with open(script, "rb") as file:
            source = file.read()
    except OSError as error:
        why = f"[Errno {error.errno}] {error.strerror}"
        print(f"{EXECUTABLE}: can't open file {place!r}: {why}", file=sys.stderr)
        return 2
    sys.path.insert(0, os.path.dirname(place))
    exec(compile(source, script, "exec", dont_inherit=True), vars(main))
    return 0


def _become(environment):
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()})


def _tell(name):
    """Says in the log why a program is not there, as no other program is; once for each."""
    if name not in _told and len(_told) < 100:
        _told.add(name)
        print(f"{name} cannot be run here: a sandbox has no programs but those of Python", file=sys.stderr)


def _missing(name):
    """What Python says of a program that is not there."""
    _tell(name)
    error = FileNotFoundError(elsewhere.Number(errno.ENOENT), "No such file or directory", name)
    error.doverb_is_told = True
    return error


class _Given(io.BytesIO):
    """What a script is given to read. Who has written it closes it."""

    def close(self):
        """Nothing: it is read afterwards."""


class Popen(_PlainPopen):
    """A script of Python's, which runs when somebody waits for it. Other programs there are none."""

    def __init__(self, args, *others, **kwargs):
        is_of_shell = kwargs.get("shell")
        command = args[0] if is_of_shell and isinstance(args, (list, tuple)) and args else args
        self._script = _script(_words(command) if is_of_shell else args, kwargs.get("cwd"))
        if self._script is None and not is_of_shell:
            raise _missing(_name(args))
        #: What a shell does not find.
        self._lacks = _name(command) if self._script is None else None
        self.args, self.pid, self.returncode = args, os.getpid() + 1, None
        self._wanted = {name: kwargs.get(name) for name in ("stdin", "stdout", "stderr", "env", "cwd")}
        wants_text = any(kwargs.get(name) for name in ("text", "universal_newlines", "encoding", "errors"))
        self.text_mode = wants_text
        self._encoding = kwargs.get("encoding") or "utf-8"
        self._given = _Given()
        self.stdin = None
        if self._wanted["stdin"] == subprocess.PIPE:
            text = io.TextIOWrapper(self._given, self._encoding, write_through=True) if wants_text else None
            self.stdin = text or self._given
        self._written = {"stdout": None, "stderr": None}

    @property
    def stdout(self):
        return self._read_from("stdout")

    @property
    def stderr(self):
        return self._read_from("stderr")

    def _read_from(self, name):
        """What it writes there is had when it has run to its end."""
        if self._wanted[name] == subprocess.PIPE:
            self._end()
        return self._written[name]

    def _end(self, given=b""):
        if self.returncode is not None:
            return
        if isinstance(given, str):
            given = given.encode(self._encoding)
        given = given or self._given.getvalue()
        if self._lacks is not None:
            _tell(self._lacks)
            out, error, self.returncode = b"", f"/bin/sh: 1: {self._lacks}: not found\n".encode(), 127
        else:
            out, error, self.returncode = _run(self._script, given or b"", self._wanted["env"], self._wanted["cwd"])
        if self._wanted["stderr"] == subprocess.STDOUT:
            out, error = out + error, b""
        for name, data in (("stdout", out), ("stderr", error)):
            wanted = self._wanted[name]
            if wanted == subprocess.PIPE:
                stream = io.BytesIO(data)
                self._written[name] = io.TextIOWrapper(stream, self._encoding) if self.text_mode else stream
            elif wanted is None and data:
                getattr(sys, name).write(data.decode("utf-8", "replace"))
            elif hasattr(wanted, "write"):
                wanted.write(data if "b" in getattr(wanted, "mode", "b") else data.decode("utf-8", "replace"))

    def communicate(self, input=None, timeout=None):
        self._end(input or b"")
        return tuple(None if stream is None else stream.read() for stream in (self.stdout, self.stderr))

    def wait(self, timeout=None):
        self._end()
        return self.returncode

    def poll(self):
        return self.wait()

    def send_signal(self, signal):
        """Nothing: it has run to its end, or not begun."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._end()

    def __del__(self, *args, **kwargs):
        """Nothing is left behind."""


def install():
    """Lets scripts of Python run; those of CGI too, for which Python looks at the client's socket."""
    import http.server

    sys.executable = EXECUTABLE
    subprocess.Popen = Popen
    http.server.select = types.SimpleNamespace(select=lambda *lists: ([], [], []))
    handler = getattr(http.server, "CGIHTTPRequestHandler", None)
    if handler is not None:
        handler.have_fork = False
        http.server.executable = _executable
