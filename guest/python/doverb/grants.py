"""Says which grant a program lacks when it cannot write: once for each folder, whatever it makes of the exception itself."""

import builtins
import io
import os
import sys

from . import devices, elsewhere

#: Where the program's own files are.
HERE = "/app"
_WRITES = frozenset("wax+")
#: Where the program begins.
started = HERE
#: The folders that were told of.
_told = set()
#: The folders that the program has made when it began: they are not there to be granted, and it makes them in one that is.
made = set()

plain_open = elsewhere.from_above(io.open)
plain_mkdir, plain_rmdir = os.mkdir, os.rmdir


def forget():
    """An instance begins: what was told of when the component was built is told again."""
    _told.clear()


def has_told():
    """Whether something was told of already."""
    return bool(_told)


def flag(path):
    """The flag that lets the program write a file, or make a folder, at this path."""
    is_from_here = not os.path.isabs(path)
    path = os.path.abspath(path)
    if path == HERE or path.startswith(HERE + "/"):
        folder = os.path.dirname(path)
        while folder in made:
            folder = os.path.dirname(folder)
        # The server is started where the program is.
        host = os.path.relpath(folder, started)
        return f"--dir {host if host.startswith('.') else './' + host}::{folder}"
    top = "/" + path.split("/")[1] if path.count("/") == 1 else os.path.dirname(path)
    # A path that climbs out of the program's own folder says of itself which folder of the machine it means.
    return f"--dir {os.path.relpath(top, started) if is_from_here else 'HOST_FOLDER'}::{top}"


def _is_lacking(error, path):
    """Whether it is a grant that is lacking. Outside of its own folder a program finds only what was granted."""
    if isinstance(error, PermissionError):
        return True
    path = os.path.abspath(path)
    is_outside = not path.startswith((HERE + "/", "/tmp/"))
    return isinstance(error, FileNotFoundError) and is_outside and not os.path.isdir("/" + path.split("/")[1])


def advice(path):
    whole = os.path.abspath(path)
    what = "The files beside a program can only be read" if whole.startswith(HERE) else f"{whole} is in no granted folder"
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
        # The program may have led its own elsewhere.
        print(advice(path), end="", file=sys.__stderr__)


def open(file, mode="r", *args, **kwargs):
    try:
        elsewhere.refuse_empty(file)
        return plain_open(file, mode, *args, **kwargs)
    except OSError as error:
        device = devices.open(plain_open, file, mode, *args, **kwargs)
        if device is not None:
            return device
        if isinstance(mode, str) and _WRITES & set(mode):
            raise _refused(error, file, file, "file") from None
        elsewhere.adapt(error)
        raise


def _refused(error, path, target, makes):
    """What a program is told of what it may not do at `path`, or had no right to ask for; the log says what lets it write."""
    if isinstance(error, PermissionError) and not isinstance(path, int):
        error = elsewhere.before_denial(path, makes, None if target is path else target) or error
    elsewhere.adapt(error)
    tell(error, target)
    return error


def _telling(call, which=0, makes=None):
    """A function of `os` that changes what is at the path which is its `which`th argument."""

    def changing(*args, **kwargs):
        try:
            elsewhere.refuse_empty(args[0] if args else None)
            return call(*args, **kwargs)
        except OSError as error:
            if len(args) > which and "dir_fd" not in kwargs:
                raise _refused(error, args[0], args[which], makes) from None
            elsewhere.adapt(error)
            raise

    return changing


def install():
    open.__module__ = "io"
    open.__doc__ = plain_open.__doc__
    builtins.open = io.open = open
    elsewhere.replace("mkdir", _telling(os.mkdir, makes="folder"))
    for name, which in (("remove", 0), ("unlink", 0), ("rmdir", 0), ("rename", 1), ("replace", 1)):
        elsewhere.replace(name, _telling(getattr(os, name), which))
    elsewhere.install()
