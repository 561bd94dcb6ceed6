"""The standard library, kept in memory: what a program imports while it serves is found here, as there is no disk then.

What most programs use is imported when the interpreter's base is made, so that it costs them nothing.
"""

import errno
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import sys
import zlib

#: Where the library is while the base is made, and what its modules call their place afterwards.
ROOT = "/python"
#: What no handler can use: tests, and windows on a screen.
LEFT_OUT = {
    "__pycache__", "config-3.14-wasm32-wasi", "idlelib", "lib-dynload", "site-packages", "test", "tests", "tkinter",
    "turtledemo",
}  # fmt: skip

#: The sources, by their paths below `ROOT`, compressed.
_kept = {}
#: Where the time zones of the machine are that makes the base: the tool's third folder.
_ZONES = "/2"
#: Their contents, by their names, compressed.
_zones = {}

#: What a program is likely to use, so that neither its start nor a request pays for the import.
LIKELY = """
    argparse array ast base64 bisect calendar cgitb codecs collections collections.abc colorsys concurrent.futures
    concurrent.futures.thread configparser contextlib contextvars copy csv dataclasses datetime decimal difflib email
    email.generator email.header email.headerregistry email.message email.mime.multipart email.mime.text email.parser
    email.policy email.utils encodings.ascii encodings.cp1252 encodings.idna encodings.latin_1 encodings.utf_16
    encodings.utf_8_sig enum errno fnmatch fractions functools getopt getpass gettext glob gzip hashlib heapq hmac html
    html.entities html.parser http http.client http.cookiejar http.cookies http.server imghdr importlib.metadata
    importlib.resources inspect io ipaddress itertools json json.tool locale logging logging.config logging.handlers
    math mimetypes netrc numbers operator os os.path pathlib pickle pkgutil platform posixpath pprint queue quopri
    random re sched secrets select selectors shelve shlex shutil signal socket socketserver sqlite3 ssl stat statistics
    string stringprep struct subprocess sys tarfile tempfile textwrap threading time timeit tomllib traceback types
    typing unicodedata unittest.mock urllib.error urllib.parse urllib.request urllib.robotparser uuid warnings weakref
    webbrowser wsgiref.handlers wsgiref.simple_server wsgiref.util wsgiref.validate xml.dom.minidom xml.etree.ElementTree
    xml.sax.saxutils xmlrpc.client xmlrpc.server zipfile zlib zoneinfo _strptime _pydatetime
""".split()


def keep():
    """Takes in the library's sources, while its folder is there."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as source:
                    _kept[path] = zlib.compress(source.read(), 6)
    sys.path_hooks.insert(0, _hook)
    sys.path_importer_cache.clear()
    for name, module in list(sys.modules.items()):
        # What is there already is asked for its source as well.
        path, spec = getattr(module, "__file__", None), getattr(module, "__spec__", None)
        if path in _kept and spec is not None:
            spec.loader = module.__loader__ = _Loader(name, path)


def keep_zones():
    """Takes in the time zones, if there are any."""
    for folder, folders, files in os.walk(_ZONES):
        # They are the same once more.
        folders[:] = [name for name in folders if name not in ("posix", "right")]
        for name in files:
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except OSError:
                # A link to the machine's own zone.
                continue
            if content.startswith(b"TZif"):
                _zones[os.path.relpath(path, _ZONES)] = zlib.compress(content, 6)
    import zoneinfo._common

    plain = zoneinfo._common.load_tzdata

    def load_tzdata(key):
        if key in _zones:
            return io.BytesIO(zlib.decompress(_zones[key]))
        return plain(key)

    zoneinfo._common.load_tzdata = load_tzdata
    known = zoneinfo.available_timezones
    zoneinfo.available_timezones = lambda: known() | (_zones.keys() - {"localtime", "posixrules"})


def import_likely():
    for name in LIKELY:
        try:
            importlib.import_module(name)
        except ImportError:
            # Python has let go of it, or it is one of those that this machine lacks.
            pass


def _hook(path):
    if path != ROOT and not path.startswith(ROOT + "/"):
        raise ImportError("no folder of the library's", path=path)
    return _Finder(path)


class _Finder:
    """Finds the modules of one folder of the library."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, fullname, target=None):
        place = f"{self.folder}/{fullname.rpartition('.')[2]}"
        for path, folders in ((place + "/__init__.py", [place]), (place + ".py", None)):
            if path in _kept:
                loader = _Loader(fullname, path)
                return importlib.util.spec_from_file_location(
                    fullname, path, loader=loader, submodule_search_locations=folders
                )
        return None

    def iter_modules(self, prefix=""):
        """What `pkgutil` lists."""
        below = (path.removeprefix(self.folder + "/") for path in _kept if path.startswith(self.folder + "/"))
        for path in sorted(below):
            name, _, rest = path.removesuffix(".py").partition("/")
            if name != "__init__" and rest in ("", "__init__"):
                yield prefix + name, rest != ""

    def invalidate_caches(self):
        """Nothing: what is kept stays."""


class _Loader(importlib.abc.InspectLoader):
    """Makes a module of what is kept of it."""

    def __init__(self, name, path):
        self.name, self.path = name, path

    def get_source(self, fullname):
        return importlib.util.decode_source(zlib.decompress(_kept[self.path]))

    def get_filename(self, fullname):
        return self.path

    def get_data(self, path):
        if path not in _kept:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return zlib.decompress(_kept[path])

    def is_package(self, fullname):
        return self.path.endswith("/__init__.py")

    def get_code(self, fullname):
        return compile(zlib.decompress(_kept[self.path]), self.path, "exec", dont_inherit=True)

    def exec_module(self, module):
        exec(self.get_code(module.__name__), vars(module))


def is_pythons(file):
    """Whether a file is of the library, or of this SDK, and not the program's."""
    return file.startswith((ROOT + "/", "/bundled/", "/world/", "<frozen ")) or "/doverb/" in file
