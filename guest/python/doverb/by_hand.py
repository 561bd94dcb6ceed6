"""A head that a program writes as bytes, as it would go over the wire: taken apart, so that it is one that the host can check."""

import re

#: How long it may be, in bytes.
MOST = 65536
_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(r"\r?\n")
_FIRST = re.compile(r"HTTP/1\.[01] +([1-9][0-9][0-9])(?: +(.*))?")
_BEGINNING = b"HTTP/1."


class Head:
    """A head, with its status line if there is an `opening` for it, or else the fields that come behind others."""

    def __init__(self, opening):
        self.opening = opening
        self._taken = b""
        self.is_whole = False
        self.code = self.reason = None
        self.fields = []
        #: What is behind it.
        self.rest = b""

    def take(self, data):
        """Takes a part of it, and says whether it still is one."""
        self._taken += data
        if self.opening is not None and not self._taken.startswith(_BEGINNING[: len(self._taken)]):
            return False
        end = _END.search(self._taken)
        # A script may have no field at all.
        if self.opening is None and self._taken[:1] == b"\n" or self._taken[:2] == b"\r\n":
            self.is_whole, self.rest = True, self._taken.lstrip(b"\r").removeprefix(b"\n")
            return True
        if end is None:
            return len(self._taken) <= MOST
        self.is_whole, self.rest = True, self._taken[end.end() :]
        return self._parse(self._taken[: end.start()].decode("latin-1"))

    def _parse(self, text):
        lines = _LINE.split(text)
        if self.opening is not None:
            first = _FIRST.fullmatch(lines.pop(0))
            if first is None:
                return False
            self.code, self.reason = int(first[1]), first[2]
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                return False
            self.fields.append((name, value.strip(" \t")))
        return True
