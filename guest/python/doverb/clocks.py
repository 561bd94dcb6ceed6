"""The processor time that a program has used, which is counted from where its instance begins."""

import os
import time

_plain = time.process_time_ns
_begun = 0


def begin():
    """An instance begins: what the clock has counted so far was where its component was built."""
    global _begun
    _begun = _plain()


def _nanoseconds():
    return max(0, _plain() - _begun)


def _seconds():
    return _nanoseconds() / 1_000_000_000


def _times():
    return os.times_result((_seconds(), 0.0, 0.0, 0.0, time.monotonic()))


def install():
    begin()
    # There is one thread.
    time.process_time = time.thread_time = _seconds
    time.process_time_ns = time.thread_time_ns = _nanoseconds
    os.times = _times
