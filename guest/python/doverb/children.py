"""Programs in Python that a program runs as its children, as scripts of CGI are: in this interpreter, one after the other, each
to its end when it is waited for. Other programs there are none in a sandbox.
"""

import io
import os
import subprocess
import sys
import traceback
import types

#: What a program calls the interpreter that it runs in, to run another.
EXECUTABLE = "/usr/bin/python3"
_NAMES = ("python", "python3", "python.exe", "py", EXECUTABLE)
_PlainPopen = subprocess.Popen


def _script(command):
    """The script that a command runs with Python, and its arguments; none when it runs anything else."""
    if not isinstance(command, (list, tuple)) or not command:
        return None
    words = [os.fsdecode(word) for word in command]
    if words[0] != sys.executable and words[0] not in _NAMES:
        if not words[0].endswith(".py"):
            return None
        words.insert(0, EXECUTABLE)
    while len(words) > 1 and words[1] in ("-u", "-B", "-E", "-s", "-S", "-I"):
        del words[1]
    return words[1:] if len(words) > 1 and os.path.isfile(words[1]) else None


class NoSuchProgram(FileNotFoundError):
    """What a program would run is not there, as no other program is."""


def _name(command):
    """What a command runs."""
    words = command.split() if isinstance(command, str) else command
    if isinstance(words, (bytes, os.PathLike)) or not words:
        return os.fsdecode(words or b"it")
    return os.fsdecode(words[0])


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
    sys.path.insert(0, os.path.dirname(os.path.abspath(words[0])))
    sys.modules["__main__"] = main
    code = 0
    try:
        if environment is not None:
            _become(environment)
        if folder is not None:
            os.chdir(folder)
        with open(words[0], "rb") as source:
            exec(compile(source.read(), words[0], "exec", dont_inherit=True), vars(main))
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        if isinstance(exit.code, str):
            print(exit.code, file=streams.stderr)
    except BaseException as error:
        code = 1
        # From the script on: what runs it is nobody's business.
        print("".join(traceback.format_exception(type(error), error, error.__traceback__.tb_next)), end="", file=streams.stderr)
    finally:
        sys.argv, sys.path[:], sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"] = kept
        _become(outside)
        os.chdir(place)
    return *streams.written(), code


def _become(environment):
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()})


class Popen(_PlainPopen):
    """A script of Python's, which runs when somebody waits for it. Other programs there are none."""

    def __init__(self, args, *others, **kwargs):
        self._script = None if kwargs.get("shell") else _script(args)
        if self._script is None:
            raise NoSuchProgram(2, f"{_name(args)} cannot be run here: a sandbox has no programs but those of Python")
        self.args, self.pid, self.returncode = args, os.getpid() + 1, None
        self._wanted = {name: kwargs.get(name) for name in ("stdin", "stdout", "stderr", "env", "cwd")}
        wants_text = any(kwargs.get(name) for name in ("text", "universal_newlines", "encoding", "errors"))
        self.text_mode = wants_text
        self._encoding = kwargs.get("encoding") or "utf-8"
        self.stdin = io.BytesIO() if self._wanted["stdin"] == subprocess.PIPE else None
        self.stdout = self.stderr = None

    def _end(self, given=b""):
        if self.returncode is not None:
            return
        if isinstance(given, str):
            given = given.encode(self._encoding)
        if not given and isinstance(self.stdin, io.BytesIO) and not self.stdin.closed:
            given = self.stdin.getvalue()
        out, error, self.returncode = _run(self._script, given or b"", self._wanted["env"], self._wanted["cwd"])
        if self._wanted["stderr"] == subprocess.STDOUT:
            out, error = out + error, b""
        for name, data in (("stdout", out), ("stderr", error)):
            wanted = self._wanted[name]
            if wanted == subprocess.PIPE:
                stream = io.BytesIO(data)
                setattr(self, name, io.TextIOWrapper(stream, self._encoding) if self.text_mode else stream)
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
