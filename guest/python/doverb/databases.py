"""Databases of SQLite: those that a program opens when it begins, and those that lie where nothing can be written."""

import os
import sqlite3
import urllib.parse

from . import grants, outgoing

_plain_connect = sqlite3.connect
#: Those that the program has opened while it begins, and with what.
opened = []
_arguments = {}
#: Folders, and whether something can be written there.
_writable = {}


def _is_writable(folder):
    if folder not in _writable:
        mark = os.path.join(folder, ".doverb-lock")
        try:
            grants.plain_mkdir(mark)
            grants.plain_rmdir(mark)
            _writable[folder] = True
        except FileExistsError:
            _writable[folder] = True
        except OSError:
            _writable[folder] = False
    return _writable[folder]


def _file(database, args, kwargs):
    """The path of the database's file, if it is one and no address."""
    if not isinstance(database, (str, bytes, os.PathLike)) or kwargs.get("uri") or any(args[6:7]):
        return None
    path = os.fsdecode(database)
    return None if path in ("", ":memory:") else os.path.abspath(path)


#: What changes the rows of a table.
_CHANGES = frozenset((sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE))


def _tell_of_changes(path):
    """Tells what lets the program write a database that it can only read, whatever it makes of SQLite's own words."""

    def look(action, table, _column, database, _trigger):
        if action in _CHANGES and database != "temp" and not (table or "").startswith("sqlite_"):
            grants.tell(PermissionError(), path)
        return sqlite3.SQLITE_OK

    return look


def _connect(call, database, args, kwargs):
    """SQLite locks a database by a folder beside it. Where none can be made nobody writes, and it can be read without."""
    path = _file(database, args, kwargs)
    is_read_only = False
    if path is not None and os.path.isfile(path) and not _is_writable(os.path.dirname(path)):
        database = "file:" + urllib.parse.quote(path) + "?immutable=1"
        args, kwargs = args[:6], {**kwargs, "uri": True}
        is_read_only = True
    try:
        made = call(database, *args, **kwargs)
    except sqlite3.OperationalError:
        if path is not None:
            grants.tell(PermissionError(), path)
        raise
    if is_read_only:
        (getattr(call, "__self__", None) if made is None else made).set_authorizer(_tell_of_changes(path))
    return made


def connect(database, *args, **kwargs):
    made = _connect(_plain_connect, database, args, kwargs)
    if outgoing.is_built and _is_kept(database, args, kwargs):
        opened.append(made)
        _arguments[id(made)] = (database, args, kwargs)
    return made


def _is_kept(database, args, kwargs):
    """Whether it must be opened again: one that is in the memory stays there."""
    if _file(database, args, kwargs) is not None:
        return True
    return isinstance(database, str) and database.startswith("file:") and "memory" not in database


def again(database):
    """Opens once more one that was opened while the program began: the same object."""
    place, args, kwargs = _arguments[id(database)]
    _connect(database.__init__, place, args, kwargs)


def begin():
    """An instance begins, where other folders can be written in than when the component was built."""
    _writable.clear()


def install():
    connect.__doc__ = _plain_connect.__doc__
    connect.__module__ = "sqlite3"
    sqlite3.connect = sqlite3.dbapi2.connect = connect
