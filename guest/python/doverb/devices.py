"""The files of `/dev` that programs open by their names, where there is no such folder."""

import io
import os

_PLACES = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


class _Device(io.RawIOBase):
    """What takes everything that is written to it."""

    def __init__(self, name, mode):
        self.name, self.mode = name, mode
        self._number = None

    def readable(self):
        return "r" in self.mode or "+" in self.mode

    def writable(self):
        return "r" not in self.mode or "+" in self.mode

    def readinto(self, buffer):
        return 0

    def write(self, data):
        return len(memoryview(data).cast("B"))

    def fileno(self):
        """The number of a file that nobody finds, as `os.open` gives one: daemons lead their output there."""
        if self._number is None:
            self._number = os.open("/dev/null", os.O_RDWR)
        return self._number


class _Both(io.BufferedRWPair):
    """One that is read and written."""

    def __init__(self, raw):
        super().__init__(raw, raw)
        self.fileno = raw.fileno


class _Zeros(_Device):
    def readinto(self, buffer):
        buffer[:] = bytes(len(buffer))
        return len(buffer)


class _Random(_Device):
    def readinto(self, buffer):
        buffer[:] = os.urandom(len(buffer))
        return len(buffer)


_KINDS = {"/dev/null": _Device, "/dev/zero": _Zeros, "/dev/random": _Random, "/dev/urandom": _Random}


def _name(file):
    if not isinstance(file, (str, bytes, os.PathLike)):
        return None
    name = os.fsdecode(file)
    return name if name.startswith("/dev/") and (name in _KINDS or name in _PLACES) else None


def open(plain, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    """The device of this name, opened; None if it is none."""
    name = _name(file)
    if name is None or not isinstance(mode, str):
        return None
    if name in _PLACES:
        return plain(_PLACES[name], mode, buffering, encoding, errors, newline, False)
    raw = _KINDS[name](name, mode.replace("b", "").replace("t", ""))
    if "b" in mode and buffering == 0:
        return raw
    if "+" in mode:
        stream = _Both(raw)
    else:
        stream = io.BufferedReader(raw) if raw.readable() else io.BufferedWriter(raw)
    return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline, buffering == 1)


def opened(plain):
    """`os.open`. What takes everything is a file that nobody finds."""

    def opening(path, flags, *args, **kwargs):
        try:
            return plain(path, flags, *args, **kwargs)
        except FileNotFoundError:
            if _name(path) != "/dev/null":
                raise
        hidden = f"/tmp/.doverb-null-{os.urandom(4).hex()}"
        number = plain(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        os.unlink(hidden)
        return number

    return opening


def told(plain):
    """`os.stat`, which knows them too."""

    def telling(path, *args, **kwargs):
        try:
            return plain(path, *args, **kwargs)
        except FileNotFoundError:
            if _name(path) is None:
                raise
            return _STAT

    return telling


#: What the system tells of a device: a special file that all may read and write.
_STAT = os.stat_result((0o020666, 0, 0, 1, 0, 0, 0, 0, 0, 0))
