"""What a program has made and opened when it began, for the instances that go on from there.

It ran when its component was built, in a copy of its folder. Its instances find what it made there, and make it anew where the
operator has granted them a folder that lacks it; what it has left open, files and databases, they open again.
"""

import gc
import io
import logging
import os
import sqlite3
import sys

from . import databases, grants
from .kinds import is_a

#: How much of what was made is kept, in bytes and in pieces; what is more is only in the component's own files.
MOST = 16 * 1024 * 1024
MANY = 1000

#: Whether the program has said where its random numbers begin: then they are no instance's own.
is_seeded = False
_made = []
_files = []
_databases = []


def seeding(plain):
    """`random.seed`, which is remembered where it is given something."""

    def seed(a=None, version=2):
        global is_seeded
        is_seeded = a is not None
        plain(a, version)

    return seed


class Watch:
    """What the program makes while it begins."""

    def __init__(self):
        #: By path, whether something was there before.
        self._paths = {}
        self._listens = True
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if not self._listens:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and set(mode) & set("wax+") or isinstance(flags, int) and flags & os.O_CREAT
        else:
            path, writes = arguments[0] if arguments else None, event in ("os.mkdir", "sqlite3.connect", "os.rename")
            if event == "os.rename":
                path = arguments[1]
        if writes and isinstance(path, (str, bytes, os.PathLike)) and len(self._paths) < MANY:
            path = os.path.abspath(os.fsdecode(path))
            self._paths.setdefault(path, os.path.lexists(path))

    def end(self):
        """Keeps what is there now of it, and lets go of what is open."""
        self._listens = False
        _keep_files()
        _keep_databases()
        left = MOST
        for path, was_there in self._paths.items():
            if os.path.isdir(path):
                _made.append((path, None))
                if not was_there:
                    grants.made.add(path)
            elif os.path.isfile(path) and os.path.getsize(path) <= left:
                with open(path, "rb") as file:
                    content = file.read()
                left -= len(content)
                _made.append((path, content))


def _keep_files():
    """Closes the files that are open. Those who hold them have the same objects afterwards."""
    objects = gc.get_objects()
    for stream in objects:
        if is_a(stream, (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)) and not stream.closed:
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
    for raw in objects:
        if not is_a(raw, io.FileIO) or raw.closed or raw.fileno() <= 2 or not isinstance(raw.name, (str, bytes)):
            continue
        path, mode = os.path.abspath(os.fsdecode(raw.name)), raw.mode
        if mode not in ("rb", "rb+"):
            # What was written stays, and what another instance has written.
            mode = "ab+" if "+" in mode else "ab"
        position = raw.tell()
        raw.close()
        _files.append((raw, path, mode, position))


def _keep_databases():
    for database in databases.opened:
        try:
            database.in_transaction and database.commit()
        except sqlite3.Error:
            # It was closed, or has nothing that could be kept.
            continue
        kept = {name: getattr(database, name) for name in ("row_factory", "text_factory", "isolation_level")}
        database.close()
        _databases.append((database, kept))


def go_on():
    """What an instance does before its first request."""
    grants.forget()
    databases.begin()
    for path, content in _made:
        if os.path.lexists(path):
            continue
        try:
            if content is None:
                grants.plain_mkdir(path)
            else:
                with grants.plain_open(path, "xb") as file:
                    file.write(content)
        except OSError:
            # Where nothing may be written nothing is made; what needs it will say so.
            pass
    for raw, path, mode, position in _files:
        _reopen(raw, path, mode, position)
    for database, kept in _databases:
        try:
            databases.again(database)
        except sqlite3.Error:
            continue
        for name, value in kept.items():
            setattr(database, name, value)


def _reopen(raw, path, mode, position):
    try:
        raw.__init__(path, mode)
        if mode.startswith("r"):
            raw.seek(position)
        return
    except OSError as error:
        grants.tell(error, path)
    try:
        # What is written to it goes nowhere, so that the program goes on.
        raw.__init__(os.path.join("/tmp", "doverb-" + os.path.basename(path)), "ab")
    except OSError:
        logging.raiseExceptions = False
