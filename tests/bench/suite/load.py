"""The load: wrk, and the client in tests/bench/load for what wrk has no way to do."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .machine import BENCH, REPOSITORY, Split, pinned
from .process import Process

LOAD = BENCH / "build/release/load"
PIPELINE = REPOSITORY / "tests/bench/wrk/pipeline.lua"
ORDER = REPOSITORY / "tests/bench/wrk/order.lua"


class Failed(Exception):
    """A load that did not do what it was meant to do: its figures would be worth nothing."""


@dataclass(frozen=True)
class Rate:
    """What came of a saturating load."""

    per_second: float
    requests: int
    # Of the server, a request, in microseconds.
    cpu: float


def run(command: list[str], cores: tuple[int, ...], patience: float) -> str:
    if not shutil.which(command[0]):
        # The one that is not built here is wrk.
        raise Failed(f"{command[0]} is missing. On Debian: apt-get install wrk")
    done = subprocess.run(pinned(cores) + command, capture_output=True, text=True, timeout=patience)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Wrk:
    """Requests as fast as the server answers, on connections that stay open unless `close`."""

    connections: int = 64
    fields: tuple[str, ...] = ()
    # What makes the requests, where they are not plain ones.
    script: Path | None = None

    def run(self, server: Process, cores: tuple[int, ...], seconds: float) -> Rate:
        # wrk takes whole seconds only.
        command = ["wrk", f"-t{len(cores)}", f"-c{self.connections}", f"-d{max(1, round(seconds))}s"]
        command += ["--timeout", "10s"]
        for field in self.fields:
            command += ["-H", field]
        if self.script:
            command += ["-s", str(self.script)]
        before = server.cpu()
        text = run(command + [f"http://{server.address}/"], cores, seconds + 60)
        cpu = server.cpu() - before
        for trouble in ("Non-2xx", "Socket errors"):
            if trouble in text:
                line = next(line for line in text.splitlines() if trouble in line)
                raise Failed(f"{server.name}: {line.strip()}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        if requests == 0:
            raise Failed(f"{server.name} answered nothing")
        return Rate(float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), requests, cpu / requests * 1e6)


def paced(server: Process, split: Split, connections: int, rate: float, seconds: float, paths=("/",)) -> dict:
    """Requests at a fixed rate; latencies in microseconds."""
    command = [str(LOAD), "paced", server.address, str(connections), str(rate), str(seconds)]
    said = json.loads(run(command + ["sleep" if split.shared else "spin", *paths], split.load, seconds + 120))
    if said["errors"]:
        raise Failed(f"{server.name}: {said['errors']} of {said['sent']}: {said['first_error']}")
    return said


def echo(server: Process, cores: tuple[int, ...], size: int, framing: str) -> float:
    """Bytes a second, counted one way."""
    said = json.loads(run([str(LOAD), "echo", server.address, str(size), framing], cores, 300))
    return size / said["seconds"]


class Held:
    """Connections that are open while the `with` lasts."""

    def __init__(self, server: Process, cores: tuple[int, ...], connections: int, asked: bool):
        self.name = server.name
        command = [str(LOAD), "hold", server.address, str(connections), "asked" if asked else "idle"]
        self.child = subprocess.Popen(
            pinned(cores) + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self):
        if self.child.stdout.readline() != "ready\n":
            raise Failed(f"{self.name}: {self.child.stderr.read().strip()}")
        return self

    def __exit__(self, *_):
        self.child.communicate(timeout=60)
