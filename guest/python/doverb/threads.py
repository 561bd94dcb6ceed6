"""Threads where there is one: what a thread would do is done when whoever began it waits, at the latest when the request ends.

A wait that nothing can end raises, where it would hang for ever.
"""

import _thread
import collections
import concurrent.futures
import concurrent.futures.thread
import queue
import sys
import threading
import time
import types

from . import datagrams, paced

#: Threads that were started and have not run yet.
pending = collections.deque()
#: By the queue that it waits at, what goes on with the work of a thread that never ends.
helpers = {}
#: Whether one runs: it is stopped where it would wait.
is_helping = False


#: What is said of a wait.
ENDLESS = "this would wait for ever: there is one thread, and nobody else to end the wait"


class WouldWaitForEver(RuntimeError):
    """Nothing can end this wait: there is one thread, and it waits."""


def hopeless(words):
    """Nothing can end a wait."""
    raise WouldWaitForEver(words)


class _Handle:
    """What Python asks of a thread's system: whether it has ended."""

    def __init__(self):
        self.ident = 0
        self._done = False

    def is_done(self):
        return self._done

    def _set_done(self):
        self._done = True

    def join(self, timeout=None):
        """Nothing: whoever waits for it has run it."""


def begun(thread):
    """Marks a thread as started."""
    thread._os_thread_handle = _Handle()
    thread._ident = id(thread)
    thread._started._flag = True


def _start(thread):
    if not thread._initialized:
        raise RuntimeError("thread.__init__() not called")
    if thread._started.is_set():
        raise RuntimeError("threads can only be started once")
    begun(thread)
    if type(thread) is threading.Timer and not paced.is_running or not paced.takes(thread, is_endless=True):
        pending.append(thread)


def _run(thread):
    """Runs a thread's function here and now."""
    me = _thread.get_ident()
    before = threading._active.get(me)
    threading._active[me] = thread
    try:
        thread.run()
    except (SystemExit, datagrams.Waits):
        pass
    except BaseException as error:
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, thread)))
    finally:
        if before is None:
            threading._active.pop(me, None)
        else:
            threading._active[me] = before
        thread._os_thread_handle._set_done()


def run_one():
    """Runs the thread that waits longest, or those for which a datagram has come; false when there is none."""
    if not pending:
        return datagrams.deliver() or help()
    _run(pending.popleft())
    return True


def run_all():
    """Runs what was started and not waited for: the request has ended."""
    while pending:
        _run(pending.popleft())


def help_with(function):
    """Runs what never ends, up to where it waits. What waits at a queue goes on when something is in there."""
    global is_helping
    is_helping = True
    try:
        function()
    except (SystemExit, datagrams.Waits):
        pass
    except Exception as error:
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
    finally:
        is_helping = False


def help():
    """Lets those go on in whose queues something is. False when there is nobody."""
    waited_for = [place for place in helpers if place.qsize()]
    if is_helping or not waited_for:
        return False
    for place in waited_for:
        help_with(helpers[place])
    return True


def stop_helping():
    """Whoever helps would wait: it is stopped, and goes on when something has come to the queue that it waits at."""
    frame = sys._getframe(1)
    while frame is not None and not isinstance(frame.f_locals.get("self"), queue.Queue):
        frame = frame.f_back
    call = datagrams.again(frame)
    if call is not None:
        helpers[frame.f_locals["self"]] = call
    raise datagrams.Waits


def _join(thread, timeout=None):
    if not thread._initialized:
        raise RuntimeError("Thread.__init__() not called")
    if not thread._started.is_set():
        raise RuntimeError("cannot join thread before it is started")
    if thread in pending:
        pending.remove(thread)
        _run(thread)
    elif any(loop.thread is thread for loop in paced.loops):
        wait_until(thread._os_thread_handle.is_done, timeout, "this thread never ends")


def wait_until(is_over, timeout, words=ENDLESS):
    """Runs others until it is over, or the time is; raises where nothing could end it. Returns whether it is over."""
    end = None if timeout is None else time.monotonic() + timeout
    while not is_over():
        if run_one():
            continue
        if is_helping:
            stop_helping()
        if paced.wait(end):
            continue
        if end is None:
            hopeless(words)
        rest = end - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        return is_over()
    return True


def _wait(condition, timeout=None):
    """`Condition.wait`: what others would do meanwhile is done first."""
    is_over, leave = enter(condition)
    try:
        return wait_until(is_over, timeout)
    finally:
        leave()


def enter(condition):
    """Begins to wait for a condition: what says whether that is over, and what ends it."""
    if not condition._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = _thread.allocate_lock()
    waiter.acquire()
    condition._waiters.append(waiter)
    saved = condition._release_save()

    def leave():
        condition._acquire_restore(saved)
        try:
            condition._waiters.remove(waiter)
        except ValueError:
            pass

    return lambda: not waiter.locked(), leave


class Lock:
    """`threading.Lock`. Whoever waits for one that is held lets others run, and raises when none could let go of it."""

    __slots__ = ("_held", "__weakref__")
    #: How many are held.
    held = 0

    def __init__(self):
        self._held = False

    def acquire(self, blocking=True, timeout=-1):
        if self._held:
            words = "this lock is held, and there is no other thread to let go of it"
            if not blocking or not wait_until(lambda: not self._held, None if timeout < 0 else timeout, words):
                return False
        self._held = True
        Lock.held += 1
        return True

    def release(self):
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False
        Lock.held -= 1

    def locked(self):
        return self._held

    def _at_fork_reinit(self):
        if self._held:
            self.release()

    def __enter__(self):
        self.acquire()
        return True

    def __exit__(self, *exc):
        self.release()

    acquire_lock, release_lock, locked_lock = acquire, release, locked


def _settle(future, function, *args, **kwargs):
    """Does what a future is for, at once."""
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
    return future


def _submit(executor, function, /, *args, **kwargs):
    """`submit`: done at once."""
    if executor._shutdown:
        raise RuntimeError("cannot schedule new futures after shutdown")
    future = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    return _settle(future, function, *args, **kwargs)


class _ProcessPool(concurrent.futures.Executor):
    """`ProcessPoolExecutor`, in the one process that there is."""

    def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), **kwargs):
        self._shutdown = False
        if initializer is not None:
            initializer(*initargs)

    submit = _submit

    def map(self, function, *iterables, timeout=None, chunksize=1, buffersize=None):
        return super().map(function, *iterables, timeout=timeout)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._shutdown = True


def _start_new_thread(function, args, kwargs={}):
    thread = threading.Thread(target=function, args=args, kwargs=kwargs)
    _start(thread)
    return id(thread)


def _timer_run(timer):
    """A `Timer` waits on its own event; there is nobody to cancel it meanwhile."""
    if not timer.finished.is_set():
        time.sleep(max(0, timer.interval))
        timer.function(*timer.args, **timer.kwargs)
    timer.finished.set()


def install():
    threading.Thread.start = _start
    threading.Thread.join = _join
    threading.Condition.wait = _wait
    threading.Timer.run = _timer_run
    threading.Lock = Lock
    threading._allocate_lock = Lock
    _thread.start_new_thread = _thread.start_new = _start_new_thread
    concurrent.futures.thread.ThreadPoolExecutor.submit = _submit
    # It imports what other processes need, when it is looked at.
    module = types.ModuleType("concurrent.futures.process")
    module.ProcessPoolExecutor, module.BrokenProcessPool = _ProcessPool, type("BrokenProcessPool", (RuntimeError,), {})
    _ProcessPool.__name__ = _ProcessPool.__qualname__ = "ProcessPoolExecutor"
    sys.modules["concurrent.futures.process"] = module
    concurrent.futures.process = module
    concurrent.futures.ProcessPoolExecutor = _ProcessPool
    threading._shutdown = lambda: None


def install_asyncio():
    """An event loop that waits by the clock: there are no sockets that it could watch."""
    import asyncio
    import asyncio.base_events
    import asyncio.events

    class Selector:
        """What the loop asks how long to wait."""

        def select(self, timeout):
            if timeout is None:
                if run_one():
                    return []
                hopeless("this event loop would wait for ever: nothing is left that could wake it")
            if timeout > 0 and not run_one():
                time.sleep(timeout)
            return []

        def get_map(self):
            return {}

        def close(self):
            """Nothing: it holds nothing."""

    class Loop(asyncio.base_events.BaseEventLoop):
        """The event loop."""

        def __init__(self):
            super().__init__()
            self._selector = Selector()

        def _process_events(self, events):
            """Nothing: there are none."""

        _is_woken = False

        def _write_to_self(self):
            """It looks at its own queue before it waits. If it does not run, as the program has been left where it serves, it
            goes on when somebody waits."""
            if not self._is_woken and not self.is_running() and not self.is_closed():
                self._is_woken = True
                _start(threading.Thread(target=self._go_on))

        def _go_on(self):
            self._is_woken = False
            self.call_soon(self.stop)
            self.run_forever()

        def run_in_executor(self, executor, function, *args):
            return _settle(self.create_future(), function, *args)

        def add_signal_handler(self, number, callback, *args):
            """Nothing: no signal comes."""

        def remove_signal_handler(self, number):
            return False

    plain = asyncio.run_coroutine_threadsafe

    def run_coroutine_threadsafe(coroutine, loop):
        if loop.is_running():
            return plain(coroutine, loop)
        future = concurrent.futures.Future()
        _start(threading.Thread(target=_settle, args=(future, loop.run_until_complete, coroutine)))
        return future

    asyncio.run_coroutine_threadsafe = asyncio.tasks.run_coroutine_threadsafe = run_coroutine_threadsafe
    # The module keeps it by this name too.
    asyncio.SelectorEventLoop = asyncio.DefaultEventLoop = Loop

    class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
        _loop_factory = Loop

    asyncio.events._set_event_loop_policy(Policy())
    asyncio.new_event_loop = asyncio.events.new_event_loop = Loop


def leave_loop():
    """The event loop that runs was left by who ran it, and can be run again."""
    import asyncio

    loop = asyncio._get_running_loop()
    if loop is not None:
        loop._run_forever_cleanup()
