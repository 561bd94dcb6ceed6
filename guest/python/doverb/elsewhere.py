"""What a program finds of files as it would elsewhere: a root above all folders, and the numbers of errors as Linux has them."""

import errno
import functools
import os
import stat

from . import devices

#: By the library's own number here, the one that Linux has for the same.
_LINUX = {
    getattr(errno, name): number
    for name, number in {
        "EPERM": 1, "ENOENT": 2, "EIO": 5, "ENXIO": 6, "E2BIG": 7, "EBADF": 9, "EAGAIN": 11, "ENOMEM": 12, "EACCES": 13,
        "EBUSY": 16, "EEXIST": 17, "EXDEV": 18, "ENODEV": 19, "ENOTDIR": 20, "EISDIR": 21, "EINVAL": 22, "ENFILE": 23,
        "EMFILE": 24, "ENOTTY": 25, "EFBIG": 27, "ENOSPC": 28, "ESPIPE": 29, "EROFS": 30, "EMLINK": 31, "EPIPE": 32,
        "ENAMETOOLONG": 36, "ENOSYS": 38, "ENOTEMPTY": 39, "ELOOP": 40, "EOVERFLOW": 75, "EILSEQ": 84, "ENOTSUP": 95,
        "ETIMEDOUT": 110, "EDQUOT": 122,
    }.items()
    if hasattr(errno, name)
}  # fmt: skip
#: What is said here of what nobody may do; elsewhere it is a file without the permission.
_DENIED = {errno.EPERM, getattr(errno, "ENOTCAPABLE", errno.EPERM)}


class Number(int):
    """The number of an error: equal to the library's constant for it, and shown as the one that Linux has."""

    def __str__(self):
        return str(_LINUX.get(int(self), int(self)))

    __repr__ = __str__

    def __format__(self, spec):
        return format(_LINUX.get(int(self), int(self)), spec)

    def __reduce__(self):
        return int, (int(self),)


def adapt(error):
    """Gives an exception of the system's the number and the words that it would have elsewhere."""
    number, words = error.errno, error.strerror
    if number.__class__ is not int:
        return
    if number in _DENIED:
        number, words = errno.EACCES, "Permission denied"
    error.errno, error.strerror = Number(number), words
    error.args = (error.errno, words)


def before_denial(path, makes, second=None):
    """What is wrong with a path before it comes to who may do what: the sandbox looks at that first. None if it is right."""
    whole = os.path.abspath(os.fsdecode(path))
    if makes == "folder" and os.path.lexists(whole):
        return OSError(errno.EEXIST, "File exists", path)
    is_there = os.path.isdir(os.path.dirname(whole)) if makes else os.path.lexists(whole)
    return None if is_there else OSError(errno.ENOENT, "No such file or directory", path, None, second)


def _is_empty(path):
    return path == "" or path == b""


def refuse_empty(path):
    """Nothing is at an empty path, which is the folder that the program is in here: many ask with what is behind the slash."""
    if _is_empty(path):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)


def from_above(call):
    """A function of a path that also finds what lies in no folder or another one by a path that climbs out of the first, as
    `/app/../etc/passwd` does: the sandbox refuses all such."""

    @functools.wraps(call)
    def finding(path, *args, **kwargs):
        try:
            return call(path, *args, **kwargs)
        except OSError as error:
            if error.errno not in _DENIED or isinstance(path, int) or ".." not in os.fsdecode(path).split("/"):
                raise
        try:
            return call(os.path.abspath(os.fsdecode(path)), *args, **kwargs)
        except OSError as error:
            error.filename = path
            raise

    return finding


def _adapting(call):
    def doing(*args, **kwargs):
        try:
            if args:
                refuse_empty(args[0])
            return call(*args, **kwargs)
        except OSError as error:
            adapt(error)
            raise

    return doing


def _from_here(call):
    """`listdir` or `scandir`, which can do without a path."""
    return lambda path=".": call("." if path is None else path)


_ROOT = os.stat_result((0o040555, 0, 0, 1, 0, 0, 0, 0, 0, 0))


#: Whose files they are: those of the only user.
_USER = 1000


def _with_rights(found):
    """What the system tells of a file, with rights and an owner, of which a sandbox has none."""
    if found.st_mode & 0o777:
        return found
    _, (values, more) = found.__reduce__()
    mode = found.st_mode | (0o755 if stat.S_ISDIR(found.st_mode) else 0o644)
    return os.stat_result((mode, *values[1:4], _USER, _USER, *values[6:]), more)


def _with_root(call):
    """`stat` or `lstat`, for which there is a root: the sandbox has folders, and nothing above them."""

    def doing(path, *args, **kwargs):
        try:
            refuse_empty(path)
            return _with_rights(call(path, *args, **kwargs))
        except OSError as error:
            if not isinstance(path, int) and os.path.normpath(os.fsdecode(path)) in ("/", "//"):
                return _ROOT
            adapt(error)
            raise

    return doing


def _but_root(call):
    """`chdir`. A daemon goes to the root so as to be nowhere; there is none, and it stays where it is."""

    def going(path):
        if isinstance(path, int) or os.fsdecode(path) != "/":
            call(path)

    return going


def _seeing(call):
    """`access`, which tells by its answer."""
    return lambda path, *args, **kwargs: not _is_empty(path) and call(path, *args, **kwargs)


def replace(name, call):
    """Puts a function into the place of one of `os`, of which it can do the same."""
    plain = getattr(os, name)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = plain.__doc__
    for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if plain in able:
            able.add(call)
    setattr(os, name, call)


def install():
    for name in ("stat", "lstat"):
        replace(name, _with_root(devices.told(from_above(getattr(os, name)))))
    replace("access", _seeing(os.access))
    replace("chdir", _adapting(_but_root(os.chdir)))
    replace("open", devices.opened(from_above(os.open)))
    for name in ("listdir", "scandir"):
        replace(name, _from_here(from_above(getattr(os, name))))
    for name in ("listdir", "scandir", "open", "fstat", "utime", "chmod", "truncate", "readlink", "link", "symlink"):
        if hasattr(os, name):
            replace(name, _adapting(getattr(os, name)))
