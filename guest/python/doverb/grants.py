"""Says which grant a program lacks when it cannot write: once for each folder, whatever it makes of the exception itself."""

import builtins
import io
import os
import sys

#: Where the program's own files are.
HERE = "/app"
_WRITES = frozenset("wax+")
#: The folders that were told of.
_told = set()
#: The folders that the program has made when it began: they are not there to be granted, and it makes them in one that is.
made = set()

plain_open = io.open
plain_mkdir, plain_rmdir = os.mkdir, os.rmdir


def forget():
    """An instance begins: what was told of when the component was built is told again."""
    _told.clear()


def flag(path):
    """The flag that lets the program write a file, or make a folder, at this path."""
    path = os.path.abspath(path)
    if path == HERE or path.startswith(HERE + "/"):
        folder = os.path.dirname(path)
        while folder in made:
            folder = os.path.dirname(folder)
        below = folder[len(HERE) + 1 :]
        return f"--dir ./{below}::{HERE}/{below}" if below else f"--dir .::{HERE}"
    top = "/" + path.split("/")[1] if path.count("/") == 1 else os.path.dirname(path)
    return f"--dir HOST_FOLDER::{top}"


def _is_lacking(error, path):
    """Whether it is a grant that is lacking. Outside of its own folder a program finds only what was granted."""
    if isinstance(error, PermissionError):
        return True
    path = os.path.abspath(path)
    is_outside = not path.startswith((HERE + "/", "/tmp/"))
    return isinstance(error, FileNotFoundError) and is_outside and not os.path.isdir("/" + path.split("/")[1])


def advice(path):
    path = os.path.abspath(path)
    what = "The files beside a program can only be read" if path.startswith(HERE) else f"{path} is in no granted folder"
    return f"{what}: {flag(path)} lets it write there. What stands before :: is a folder of the server's machine.\n"


def tell(error, path):
    """Tells of an exception, if it comes from a lack of a grant."""
    if isinstance(path, int) or not _is_lacking(error, os.fsdecode(path)):
        return
    path = os.fsdecode(path)
    error.doverb_is_told = True
    folder = os.path.dirname(os.path.abspath(path))
    if folder not in _told and len(_told) < 100:
        _told.add(folder)
        print(advice(path), end="", file=sys.stderr)


def open(file, mode="r", *args, **kwargs):
    try:
        return plain_open(file, mode, *args, **kwargs)
    except OSError as error:
        if isinstance(mode, str) and _WRITES & set(mode):
            tell(error, file)
        raise


def _telling(call, which=0):
    """A function of `os` that changes what is at the path which is its `which`th argument."""

    def changing(*args, **kwargs):
        try:
            return call(*args, **kwargs)
        except OSError as error:
            if len(args) > which and "dir_fd" not in kwargs:
                tell(error, args[which])
            raise

    changing.__name__ = changing.__qualname__ = call.__name__
    changing.__doc__ = call.__doc__
    return changing


def install():
    open.__module__ = "io"
    open.__doc__ = plain_open.__doc__
    builtins.open = io.open = open
    for name, which in (("mkdir", 0), ("remove", 0), ("unlink", 0), ("rmdir", 0), ("rename", 1), ("replace", 1)):
        setattr(os, name, _telling(getattr(os, name), which))
