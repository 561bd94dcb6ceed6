"""Values that outlive a request and the server, where it has granted a store: `--keyvalue default=./data.redb`."""

import errno
import json

from componentize_py_types import Err
from wit_world.imports import atomics, batch
from wit_world.imports import stores_text as text
from wit_world.imports import wasi_keyvalue_store as wit

from . import elsewhere, gathered

#: How often a value that others change meanwhile is tried to be changed.
_TRIES = 1000


def store(name="default"):
    """The store of this name. It is opened when it is first used, so that it can be a global."""
    return Store(name)


class Store:
    """Values by their keys, as in a `collections.Counter`: a key that is not there has an empty value, which counts as 0.

    What a call has changed is kept when it returns. `store["visits"] += 1` adds one, whoever else does so at the same time; so
    do `-=`, and `+=` of a text or of bytes, which are put behind what is there.
    """

    def __init__(self, name):
        self.name = name
        self._opened = None

    @property
    def _bucket(self):
        if self._opened is None:
            self._opened = _call(self.name, wit.open, self.name)
        return self._opened

    def _ask(self, function, *arguments):
        return _call(self.name, function, *arguments)

    def __getitem__(self, key):
        return Value(self._ask(self._bucket.get, key) or b"")._of(self, key)

    def __setitem__(self, key, value):
        change = getattr(value, "_doverb_change", None)
        if change is not None and change.take(self, key):
            return
        self.set(key, value)

    def __delitem__(self, key):
        self.delete(key)

    def __contains__(self, key):
        return self._ask(self._bucket.exists, key)

    def __iter__(self):
        return self.keys()

    def __len__(self):
        return sum(1 for _ in self.keys())

    def __repr__(self):
        return f"doverb.store({self.name!r})"

    def get(self, key, default=None):
        """The value of a key, or `default` if it is not there."""
        value = self._ask(self._bucket.get, key)
        return default if value is None else Value(value)

    def set(self, key, value):
        """Gives a key a value: bytes, a text, a number, or what JSON has."""
        self._ask(text.set, self._bucket, key, _text(encoded(value)))

    def delete(self, key):
        """Takes a key away, if it is there."""
        self._ask(self._bucket.delete, key)

    def keys(self):
        """All keys, in the order of their bytes."""
        cursor = None
        while True:
            page = self._ask(self._bucket.list_keys, cursor)
            yield from page.keys
            cursor = page.cursor
            if cursor is None:
                return

    def items(self):
        """All keys with their values."""
        for key in self.keys():
            value = self.get(key)
            if value is not None:
                yield key, value

    def get_many(self, keys):
        """The values of keys, in their order; None for one that is not there."""
        pairs = self._ask(batch.get_many, self._bucket, list(keys))
        return [None if pair is None else Value(pair[1]) for pair in pairs]

    def set_many(self, values):
        """Gives keys their values, all of them or none."""
        pairs = [(key, _text(encoded(value))) for key, value in dict(values).items()]
        self._ask(text.set_many, self._bucket, pairs)

    def delete_many(self, keys):
        """Takes keys away."""
        self._ask(batch.delete_many, self._bucket, list(keys))

    def increment(self, key, by=1):
        """Adds to a number, and returns the sum. Nobody comes between."""
        return self._ask(atomics.increment, self._bucket, key, by)

    def compare_and_swap(self, key, expected, value):
        """Gives a key a value if it has the one that is expected, None for none. Whether it did."""
        cas = self._ask(atomics.Cas.new, self._bucket, key)
        if self._ask(cas.current) != (None if expected is None else encoded(expected)):
            return False
        return self._swap(cas, encoded(value)) is None

    def update(self, key, change):
        """Makes a key's value out of the one that it has, or None, and returns it. When somebody else has changed it
        meanwhile, `change` is called again."""
        cas = self._ask(atomics.Cas.new, self._bucket, key)
        for _ in range(_TRIES):
            current = self._ask(cas.current)
            value = encoded(change(None if current is None else Value(current)))
            cas = self._swap(cas, value)
            if cas is None:
                return Value(value)
        raise OSError(errno.EAGAIN, f"{key} is changed by others all the time")

    def _swap(self, cas, value):
        """None when it is done, or a handle to try again with."""
        try:
            text.swap(cas, _text(value))
        except Err as error:
            if isinstance(error.value, atomics.CasError_CasFailed):
                return error.value.value
            raise _python_error(self.name, error.value.value) from None
        return None


class Value(bytes):
    """What a store holds: bytes, which are a text, a number, or JSON, if one takes them for that."""

    _place = None

    def _of(self, store, key):
        self._place = (store, key)
        return self

    def __str__(self):
        return self.decode()

    def __int__(self):
        return int(bytes(self)) if self else 0

    def __float__(self):
        return float(bytes(self)) if self else 0.0

    def __eq__(self, other):
        if isinstance(other, str):
            return bytes(self) == other.encode()
        if isinstance(other, (int, float)):
            return bytes(self) == encoded(other)
        return bytes.__eq__(self, other)

    __hash__ = bytes.__hash__

    def __add__(self, other):
        if isinstance(other, str):
            return str(self) + other
        return int(self) + other if isinstance(other, int) else bytes.__add__(self, other)

    def __sub__(self, other):
        return int(self) - other

    def __iadd__(self, other):
        return _changed(self + other, self._place, other)

    def __isub__(self, other):
        return _changed(self - other, self._place, -other)

    def json(self):
        """What the text is in JSON."""
        return json.loads(self)


class _Change:
    """What `+=` means for the place that a value comes from. It counts once."""

    def __init__(self, place, by):
        self.place, self.by = place, by

    def take(self, store, key):
        place, self.place = self.place, None
        if place is None or place[0].name != store.name or place[1] != key:
            return False
        if isinstance(self.by, int):
            store.increment(key, self.by)
        else:
            more = encoded(self.by)
            store.update(key, lambda value: (value or b"") + more)
        return True


class _Number(int):
    pass


class _Text(str):
    pass


class _Bytes(bytes):
    pass


def _changed(value, place, by):
    """The value, which remembers by what it was changed."""
    kind = {int: _Number, str: _Text, bytes: _Bytes}[type(value)]
    value = kind(value)
    value._doverb_change = _Change(place, by)
    return value


def encoded(value):
    """A value as it is kept."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    return json.dumps(value, separators=(",", ":")).encode()


def _text(value):
    # componentize-py 0.25 never gives back its copy of the bytes that a call is given.
    return value.decode("latin-1")


def _call(name, function, *arguments):
    # The store may have to be waited for.
    gathered.settle()
    try:
        return function(*arguments)
    except Err as error:
        raised = _python_error(name, error.value)
        if isinstance(raised, OSError):
            elsewhere.adapt(raised)
        raise raised from None


def _python_error(name, error):
    if isinstance(error, wit.Error_AccessDenied):
        denied = PermissionError(errno.EACCES, "the handler was not granted this store", name)
        denied.doverb_is_told = True
        return denied
    if isinstance(error, wit.Error_NoSuchStore):
        return FileNotFoundError(errno.ENOENT, "there is no store of this name", name)
    text = error.value
    if "number" in text:
        return ValueError(text)
    return OSError(errno.ENOSPC if "full" in text else errno.EIO, text, name)
