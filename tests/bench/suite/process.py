"""A server as a child process, pinned to its cores, and what the system says of its time and memory."""

import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

from .machine import REPOSITORY, pinned

READY = re.compile(r"127\.0\.0\.1(?::| port )(\d+)")
SOON = 60.0


class Ended(Exception):
    """A server ended, or did not begin."""


class Process:
    """A running server. Leave it with `stop`, or use it in a `with`."""

    def __init__(self, name: str, command: list[str], cores: tuple[int, ...], folder, port: int | None, env):
        self.name = name
        # A temporary one, for what it wants to write.
        self.folder = folder
        self.lines: list[str] = []
        self.news = threading.Condition()
        self.ended = False
        started = time.monotonic()
        self.child = subprocess.Popen(
            pinned(cores) + command,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", cwd=REPOSITORY, env={**os.environ, **env},
        )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.port = self._wait_for_line() if port is None else port
            self.ready_after = time.monotonic() - started
            self._wait_for_socket()
        except BaseException:
            self.stop()
            raise

    def _read(self):
        for line in self.child.stdout:
            with self.news:
                # The ready line is among the first; a server that talks on is not kept in memory.
                if len(self.lines) < 100:
                    self.lines.append(line)
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def _wait_for_line(self) -> int:
        def found():
            return next((match for line in self.lines if (match := READY.search(line))), None)

        with self.news:
            self.news.wait_for(lambda: found() or self.ended, timeout=SOON)
            match = found()
        if match is None:
            raise Ended(f"{self.name} is not ready; it said: {''.join(self.lines)}")
        return int(match.group(1))

    def _wait_for_socket(self):
        """For servers that do not say when they listen."""
        deadline = time.monotonic() + SOON
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=SOON).close()
                return
            except ConnectionRefusedError:
                if self.child.poll() is not None or time.monotonic() > deadline:
                    raise Ended(f"{self.name} does not listen; it said: {''.join(self.lines)}") from None
                os.sched_yield()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def pids(self) -> list[int]:
        """The server and its workers."""
        found, pids = [self.child.pid], []
        while found:
            pid = found.pop()
            pids.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                try:
                    found += map(int, (task / "children").read_text().split())
                except FileNotFoundError:
                    # A thread that ended between the two looks.
                    pass
        return pids

    def cpu(self) -> float:
        """Seconds of processor time that all its threads have used so far; those that have ended count too."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _status(self, key: str) -> int:
        total = 0
        for pid in self.pids():
            text = Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE).group(1))
        return total * 1024

    def memory(self) -> int:
        """Bytes resident."""
        return self._status("VmRSS")

    def peak_memory(self) -> int:
        """The most bytes that were ever resident."""
        return self._status("VmHWM")

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port() -> int:
    """For a server that must be told one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
