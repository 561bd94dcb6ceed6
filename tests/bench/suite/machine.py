"""The machine that the suite runs on: its cores, and how they are shared between server and load."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
TARGET = REPOSITORY / "target"
BENCH = TARGET / "bench"


@dataclass(frozen=True)
class Split:
    """Which cores serve and which make the load."""

    server: tuple[int, ...]
    load: tuple[int, ...]

    @property
    def shared(self) -> bool:
        return bool(set(self.server) & set(self.load))

    def __str__(self) -> str:
        cores = len(self.server)
        text = "1 core" if cores == 1 else f"{cores} cores"
        return text + (", shared with the load" if self.shared else "")


def split(server_cores: int) -> Split | None:
    """Separate cores if there are enough for both, else the same for both. None when there are too few for the server."""
    cores = sorted(os.sched_getaffinity(0))
    if server_cores > len(cores):
        return None
    rest = cores[server_cores:]
    enough = len(rest) >= server_cores
    return Split(tuple(cores[:server_cores]), tuple(rest[:server_cores] if enough else cores[:server_cores]))


def pinned(cores: tuple[int, ...]) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, cores))]


def output(command: list[str]) -> str:
    """What a command prints, on whichever stream: versions go to either. One that is not installed has not been measured, and costs
    no figure of those that were."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    except FileNotFoundError:
        return f"{Path(command[0]).name} is not there"
    return (done.stdout + done.stderr).strip()


def description() -> list[str]:
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = cpus[0].split(":", 1)[1].strip() if cpus else platform.machine()
    cores = len(os.sched_getaffinity(0))
    memory = Path("/proc/meminfo").read_text().split()[1]
    return [f"{model}, {cores} cores, {int(memory) >> 20} GiB", f"{platform.system()} {platform.release()}"]


def commit() -> str:
    changed = output(["git", "status", "--porcelain", "--untracked-files=no"])
    return output(["git", "rev-parse", "--short=12", "HEAD"]) + (" with changes" if changed else "")
