"""Modules of the library that need what no sandbox has: importing one succeeds, and using it says what is missing."""

import collections
import importlib
import importlib.machinery
import sys
import time
import types

#: By module, what the sandbox lacks.
LACKS = {
    "ssl": "TLS is the server's, both ways: its --tls-cert and --tls-key take a certificate",
    "_ssl": "TLS is the server's, both ways: its --tls-cert and --tls-key take a certificate",
    "ctypes": "there are no native libraries in a sandbox",
    "ctypes.util": "there are no native libraries in a sandbox",
    "ctypes.wintypes": "there are no native libraries in a sandbox",
    "_ctypes": "there are no native libraries in a sandbox",
    "curses": "there is no terminal in a sandbox",
    "_curses": "there is no terminal in a sandbox",
    "readline": "there is no terminal in a sandbox",
    "termios": "there is no terminal in a sandbox",
    "_curses_panel": "there is no terminal in a sandbox",
    "fcntl": "files cannot be locked in a sandbox",
    "mmap": "files cannot be mapped in a sandbox",
    "resource": "the server bounds what a handler uses (--max-memory, --cpu-time)",
    "syslog": "there is no system log in a sandbox; what is printed is in the server's log",
    "crypt": "a sandbox has no crypt of a system's; hashlib has scrypt and pbkdf2_hmac",
    "spwd": "there are no other users in a sandbox",
    "_bz2": "this Python has no bzip2",
    "_lzma": "this Python has no LZMA",
    "compression.zstd": "this Python has no Zstandard",
    "_multiprocessing": "there are no other processes in a sandbox",
    "_posixshmem": "there are no other processes in a sandbox",
    "_posixsubprocess": "there are no other processes in a sandbox",
}
_struct_rusage = collections.namedtuple(
    "struct_rusage",
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap ru_inblock ru_oublock ru_msgsnd "
    "ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw",
)


def _to_servers_log(*priority_and_message):
    """`syslog.syslog`: the server's log is the one that there is."""
    print(priority_and_message[-1], file=sys.stderr)


#: What modules must have that only know names of the absent ones.
KNOWN = {
    "ssl": {
        "OPENSSL_VERSION": "none",
        "OPENSSL_VERSION_INFO": (3, 0, 0, 0, 0),
        "OPENSSL_VERSION_NUMBER": 0x30000000,
        "HAS_SNI": True,
        "HAS_ALPN": True,
        "HAS_NEVER_CHECK_COMMON_NAME": True,
        "HAS_TLSv1_2": True,
        "HAS_TLSv1_3": True,
        "CERT_NONE": 0,
        "CERT_OPTIONAL": 1,
        "CERT_REQUIRED": 2,
    },
    # What is asked for to be shown, or to be raised as far as it goes, is answered.
    "resource": {
        "RLIM_INFINITY": -1,
        "getpagesize": lambda: 65536,
        "getrlimit": lambda resource: (-1, -1),
        "getrusage": lambda who: _struct_rusage(time.process_time(), *[0] * 15),
        "setrlimit": lambda resource, limits: None,
    },
    "syslog": {
        "openlog": lambda *args, **kwargs: None,
        "closelog": lambda: None,
        "setlogmask": lambda mask: 0xFF,
        "syslog": _to_servers_log,
    },
    "ctypes": {"__path__": []},
    "curses": {"__path__": []},
}


class NotInASandbox(OSError):
    """What a program asks for is nothing that a sandbox has."""


def _raiser(name, lacks):
    def use(*args, **kwargs):
        raise NotInASandbox(f"{name} cannot be used here: {lacks}")

    use.__name__ = use.__qualname__ = name.rpartition(".")[2]
    return use


class _Names(type):
    """A class whose attributes are there as well: `TLSVersion.TLSv1_2`, `Structure._fields_`."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return 0


class _Constant(int):
    """What is a number in most modules, and a function in some: `ECHO`, `CDLL`."""

    def __call__(self, *args, **kwargs):
        return self.use()


def _constant(module, name, lacks):
    constant = _Constant(0)
    constant.use = _raiser(f"{module}.{name}", lacks)
    return constant


def _class(module, name, lacks):
    use = _raiser(f"{module}.{name}", lacks)
    if name.endswith(("Error", "Exception", "error")):
        return type(name, (OSError,), {"__module__": module})
    return _Names(name, (), {"__module__": module, "__init__": use})


class Absent(types.ModuleType):
    """A module whose names are all there, and none of whose functions does anything but fail."""

    def __init__(self, name):
        super().__init__(name)
        vars(self).update(KNOWN.get(name, {}))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        lacks = LACKS[self.__name__]
        if name == "error" or name.lstrip("_")[:1].isupper() and not name.isupper() and "_" not in name.strip("_"):
            value = _class(self.__name__, name, lacks)
        elif name.upper() == name or name.partition("_")[0].isupper():
            value = _constant(self.__name__, name, lacks)
        elif self.__name__ == "readline":
            # It only makes typing easier, and nobody types.
            value = lambda *args, **kwargs: None  # noqa: E731
        else:
            value = _raiser(f"{self.__name__}.{name}", lacks)
        setattr(self, name, value)
        return value


class _Finder:
    """Finds what is absent, after everything that is there."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname in LACKS:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname in ("ctypes", "curses"))
        return None

    def create_module(self, spec):
        module = Absent(spec.name)
        for name in _STARRED.get(spec.name, "").split():
            getattr(module, name)
        return module

    def exec_module(self, module):
        """Nothing: its names come when they are looked at."""


#: Names that are asked for with a star, and so must be there before.
_STARRED = {
    "_lzma": """FORMAT_AUTO FORMAT_XZ FORMAT_ALONE FORMAT_RAW CHECK_NONE CHECK_CRC32 CHECK_CRC64 CHECK_SHA256 CHECK_ID_MAX
        CHECK_UNKNOWN FILTER_LZMA1 FILTER_LZMA2 FILTER_DELTA FILTER_X86 FILTER_IA64 FILTER_ARM FILTER_ARMTHUMB
        FILTER_SPARC FILTER_POWERPC MF_HC3 MF_HC4 MF_BT2 MF_BT3 MF_BT4 MODE_FAST MODE_NORMAL PRESET_DEFAULT
        PRESET_EXTREME LZMAError LZMACompressor LZMADecompressor is_check_supported""",
    "_curses": "error initscr",
    "termios": "TCSANOW TCSADRAIN TCSAFLUSH ECHO ICANON tcgetattr tcsetattr error",
}
#: Those whose own files would only fail.
_WHOLE = ("ssl", "ctypes", "curses")


def install():
    """Lets the absent be found; those that have files of their own before these."""
    finder = _Finder()
    sys.meta_path.append(finder)
    for name in _WHOLE:
        sys.modules[name] = finder.create_module(importlib.machinery.ModuleSpec(name, finder))
        sys.modules[name].__spec__ = finder.find_spec(name)
        sys.modules[name].__loader__ = finder
    for name in ("ctypes.util", "ctypes.wintypes", "compression.zstd"):
        module = sys.modules[name] = finder.create_module(importlib.machinery.ModuleSpec(name, finder))
        above, _, last = name.rpartition(".")
        setattr(importlib.import_module(above), last, module)
    _install_ssl(sys.modules["ssl"])
    _install_users()


def _install_ssl(ssl):
    """TLS as far as a program sets it up: the server's own settings are what counts, for its clients and for those that it
    calls. Whom it calls it always verifies."""

    class SSLContext:
        def __init__(self, protocol=None, *args, **kwargs):
            self.protocol = protocol
            self.check_hostname = True
            self.verify_mode = ssl.CERT_REQUIRED
            self.options = self.verify_flags = 0
            self.minimum_version = self.maximum_version = 0

        def wrap_socket(self, sock, *args, **kwargs):
            from .accepting import Accepted
            from .listening import Listening
            from .outgoing import OutgoingSocket

            if isinstance(sock, OutgoingSocket):
                return sock.secure()

            if isinstance(sock, (Listening, Accepted)):
                sock.asked_for_tls = True
                return sock
            raise NotInASandbox(f"a socket cannot be wrapped here: {LACKS['ssl']}")

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *args, **kwargs: None

    def create_default_context(*args, **kwargs):
        return SSLContext()

    def wrap_socket(sock, *args, **kwargs):
        return SSLContext().wrap_socket(sock)

    ssl.SSLContext = SSLContext
    ssl.create_default_context = ssl._create_unverified_context = ssl._create_default_https_context = create_default_context
    ssl._create_stdlib_context = create_default_context
    ssl.wrap_socket = wrap_socket
    ssl.SSLError = type("SSLError", (OSError,), {"__module__": "ssl"})
    ssl.CertificateError = ssl.SSLCertVerificationError = type("SSLCertVerificationError", (ssl.SSLError, ValueError), {})
    for name in ("SSLZeroReturnError", "SSLWantReadError", "SSLWantWriteError", "SSLSyscallError", "SSLEOFError"):
        setattr(ssl, name, type(name, (ssl.SSLError,), {"__module__": "ssl"}))
    ssl.socket_error = OSError


def _with_one(module_name, text, get, kind, entry, number):
    """A module that finds one entry, whose first part is its name, by that or by its number."""
    module = types.ModuleType(module_name, text)

    def by_number(id):
        if id != number:
            raise KeyError(f"{get}{kind}(): {kind} not found: {id}")
        return entry

    def by_name(name):
        if name != entry[0]:
            raise KeyError(f"{get}nam(): name not found: {name!r}")
        return entry

    for part, function in ((kind, by_number), ("nam", by_name), ("all", lambda: [entry])):
        setattr(module, get + part, function)
    sys.modules[module_name] = module
    return module


#: Whether the program has asked whose rights it has.
has_asked_who = False


def _who(number):
    def who():
        global has_asked_who
        has_asked_who = True
        return number

    return who


def _install_users():
    """One user, who is whoever asks."""
    import os
    import shutil
    from collections import namedtuple

    fields = "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell"
    struct_passwd = namedtuple("struct_passwd", fields)
    user = struct_passwd("handler", "x", 1000, 1000, "", "/app", "")
    pwd = _with_one("pwd", "The only user of a sandbox.", "getpw", "uid", user, user.pw_uid)
    pwd.struct_passwd = struct_passwd
    struct_group = namedtuple("struct_group", "gr_name gr_passwd gr_gid gr_mem")
    group = struct_group(user.pw_name, "x", user.pw_gid, [])
    grp = _with_one("grp", "The only group of a sandbox.", "getgr", "gid", group, group.gr_gid)
    grp.struct_group = struct_group
    for name in ("WNOHANG", "WUNTRACED", "WCONTINUED"):
        if not hasattr(os, name):
            setattr(os, name, 0)
    if not hasattr(os, "waitstatus_to_exitcode"):
        os.waitstatus_to_exitcode = _raiser("os.waitstatus_to_exitcode", "there are no other processes in a sandbox")
    if not hasattr(shutil, "disk_usage"):
        shutil.disk_usage = _raiser("shutil.disk_usage", "the size of disks is not told in a sandbox")
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        if not hasattr(os, name):
            setattr(os, name, _who(user.pw_uid))
    # What they would give up nobody has here.
    for name in ("initgroups", "setegid", "seteuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid", "setreuid", "setuid"):
        if not hasattr(os, name):
            setattr(os, name, lambda *ids: None)
    if not hasattr(os, "getlogin"):
        os.getlogin = lambda: user.pw_name
    if not hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = lambda pid: {0}
    if not hasattr(os, "getppid"):
        os.getppid = lambda: 1
    if not hasattr(os, "umask"):
        os.umask = lambda mask: 0o022


def _system(command):
    """A command that no sandbox has. Python's own tells by a status, and most who ask for one do not look at it."""
    print(f"{command}: not found, as {LACKS['_posixsubprocess']}", file=sys.stderr)
    return 127 << 8


def install_processes():
    """To be called when the library is imported, which looks for some of these to know its machine. What begins or ends processes fails by its name; a mixin that would is one that does nothing."""
    import os
    import socketserver

    lacks = "there are no other processes in a sandbox"
    for name in (
        "chown", "chroot", "fchown", "getloadavg", "getpgid", "getsid", "lchown", "mkfifo", "mknod", "openpty", "ttyname", "wait",
        "wait3", "wait4",
    ):  # fmt: skip
        if not hasattr(os, name):
            setattr(os, name, _raiser(f"os.{name}", "a sandbox has no such thing. Leave it out, or go on without it where it fails"))
    for name in ("pipe", "pipe2"):
        if not hasattr(os, name):
            one = f"{lacks}. What one part of a program has for another goes by a queue.Queue, or by an attribute of the server's"
            setattr(os, name, _raiser(f"os.{name}", one))
    os.system = _system
    for name in ("forkpty", "popen", "kill", "killpg", "execv", "execve", "execvp", "spawnv", "waitpid", "nice"):
        if not hasattr(os, name):
            setattr(os, name, _raiser(f"os.{name}", lacks))
    # A program that begins has one that does something: see `forks`.
    os.fork = _raiser(
        "os.fork",
        "a request has no other processes in a sandbox. Do it in the method itself, or in a threading.Thread, which is run before the answer ends",
    )
    os.register_at_fork = lambda **callbacks: None
    os.execl = os.execlp = os.execle = os.spawnl = os.spawnlp = _raiser("os.exec", lacks)
    if not hasattr(socketserver, "ForkingMixIn"):
        mixin = socketserver.ForkingMixIn = type("ForkingMixIn", (socketserver.ThreadingMixIn,), {"max_children": 40})
        for name in ("TCPServer", "UDPServer"):
            made = type("Forking" + name, (mixin, getattr(socketserver, name)), {"__module__": "socketserver"})
            setattr(socketserver, made.__name__, made)
    for name in ("UnixStreamServer", "UnixDatagramServer"):
        if not hasattr(socketserver, name):
            setattr(socketserver, name, type(name, (socketserver.TCPServer,), {"__module__": "socketserver"}))
