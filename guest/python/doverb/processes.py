"""`multiprocessing` in the one process that there is: what another would do is done here, as that of a thread."""

import multiprocessing
import multiprocessing.dummy
import multiprocessing.dummy.connection
import multiprocessing.pool
import os
import threading

from . import listening, threads


class Process(multiprocessing.dummy.DummyProcess):
    """`multiprocessing.Process`."""

    def __init__(self, group=None, target=None, name=None, args=(), kwargs={}, *, daemon=None):
        super().__init__(group, target, name, args, kwargs)
        self.daemon = True if daemon is None else daemon

    def start(self):
        self._start_called = True
        threading.Thread.start(self)

    @property
    def pid(self):
        return os.getpid() + 1 if self._start_called else None

    def terminate(self):
        """Nothing: it has done what it does, or will when it is waited for."""

    kill = close = terminate


class Pool:
    """`multiprocessing.Pool`, which does at once what it is given."""

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        if initializer is not None:
            initializer(*initargs)

    def apply(self, func, args=(), kwds={}):
        return func(*args, **kwds)

    def map(self, func, iterable, chunksize=None):
        return list(map(func, iterable))

    def starmap(self, func, iterable, chunksize=None):
        return [func(*args) for args in iterable]

    def imap(self, func, iterable, chunksize=1):
        return map(func, iterable)

    imap_unordered = imap

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        return _Result(lambda: func(*args, **kwds), callback, error_callback)

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return _Result(lambda: self.map(func, iterable), callback, error_callback)

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return _Result(lambda: self.starmap(func, iterable), callback, error_callback)

    def close(self):
        """Nothing: there is nobody to send home."""

    terminate = join = close

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None


class _Result:
    """What a pool has done at once."""

    def __init__(self, do, callback, error_callback):
        self._error = self._value = None
        try:
            self._value = do()
        except Exception as error:
            self._error = error
        told = error_callback if self._error is not None else callback
        if told is not None:
            told(self._error if self._error is not None else self._value)

    def get(self, timeout=None):
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self, timeout=None):
        """Nothing: it is done."""

    def ready(self):
        return True

    def successful(self):
        return self._error is None


def _number(connection):
    """What an end of a pipe is known by where somebody waits for several."""
    known = vars(connection)
    if "_doverb_number" not in known:
        known["_doverb_number"] = listening.number_of()
    return known["_doverb_number"]


class _Main:
    """The process that there is, as it describes itself."""

    name, daemon, exitcode, authkey, _identity = "MainProcess", False, None, b"", ()

    @property
    def pid(self):
        return os.getpid()

    ident = pid

    def is_alive(self):
        return True


_main = _Main()


def _current():
    thread = threading.current_thread()
    return thread if isinstance(thread, Process) else _main


def install():
    dummy = multiprocessing.dummy
    for name in dummy.__all__:
        setattr(multiprocessing, name, getattr(dummy, name))
    multiprocessing.Process, multiprocessing.Pool = Process, Pool
    dummy.connection.Connection.fileno = _number
    multiprocessing.pool.ThreadPool = multiprocessing.pool.Pool = dummy.Pool = Pool
    multiprocessing.SimpleQueue = dummy.Queue
    multiprocessing.Value = lambda kind, value=0, *, lock=True: dummy.Value(kind, value)
    multiprocessing.Array = lambda kind, size, *, lock=True: dummy.Array(
        kind, [0] * size if isinstance(size, int) else size
    )
    multiprocessing.get_context = lambda method=None: multiprocessing
    multiprocessing.set_start_method = lambda method, force=False: None
    multiprocessing.cpu_count = lambda: 1
    multiprocessing.parent_process = lambda: None
    multiprocessing.current_process = _current
    # Its locks are ours.
    dummy.Lock = multiprocessing.Lock = threads.Lock
