"""The servers: how each is built or installed, and how it is started with a number of cores."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from .machine import BENCH, REPOSITORY, TARGET, output
from .process import Process, free_port

GUESTS = Path("guest/examples/target/wasm32-wasip2/release")
TEST_GUESTS = Path("tests/guests/target/wasm32-wasip2/release")
BUILT = BENCH / "build"
WASMTIME = BENCH / "bin/wasmtime"
PEERS = REPOSITORY / "tests/bench/peers"
UVICORN = BENCH / "venv/bin/uvicorn"
# What `serve` needs, as the released command has it; without the other commands.
WASMTIME_FEATURES = "run,serve,cranelift,pooling-allocator,parallel-compilation,component-model-async"


@dataclass(frozen=True)
class Peer:
    """A server by its name in the table. `command` gets the number of cores, a free port and a folder."""

    name: str
    command: Callable[[int, int, Path], list[str]]
    # It does not say which port the system gave it.
    takes_port: bool = False
    env: dict[str, str] = field(default_factory=dict)

    def start(self, cores: tuple[int, ...]) -> Process:
        port = free_port() if self.takes_port else 0
        folder = tempfile.TemporaryDirectory(prefix="doverb-bench-")
        command = self.command(len(cores), port, Path(folder.name))
        return Process(self.name, command, cores, folder, port if self.takes_port else None, self.env)


@dataclass
class Binaries:
    """What is under test: a build as it is shipped unless the smoke run says otherwise."""

    doverb: Path = TARGET / "dist/doverb"
    twin: Path = TARGET / "dist/examples/native_twin"
    cache: Path = BENCH / "cache"
    # Where its components are, each made for its own contract.
    checkout: Path = REPOSITORY

    @staticmethod
    def of(checkout: Path) -> "Binaries":
        """What another checkout has built. One that has no profile for what is shipped ships what `--release` makes."""
        builds = [build for name in ("dist", "release") if (build := checkout / "target" / name / "doverb").is_file()]
        if not builds:
            raise FileNotFoundError(f"{checkout} has no server: build it with --profile dist, or --release")
        return Binaries(builds[0], builds[0].parent / "examples/native_twin", BENCH / "cache-before", checkout)

    def served(self, guest: Path, *more: str, name="doverb") -> Peer:
        def command(cores, port, _):
            options = ["--quiet", "--no-watch", "--port", str(port), "--threads", str(cores), *more]
            return [str(self.doverb), "serve", *options, str(self.checkout / guest)]

        self.cache.mkdir(parents=True, exist_ok=True)
        return Peer(name, command, env={"DOVERB_CACHE_DIR": str(self.cache)})

    def hello(self, *more: str, name="doverb") -> Peer:
        return self.served(GUESTS / "hello.wasm", *more, name=name)

    def python(self, file: Path = REPOSITORY / "guest/examples/python-hello/app.py") -> Peer:
        """The very file that runs on CPython too, as a component."""
        wasm = self.cache / f"{file.parent.name}-{file.stem}.wasm"
        command = [str(self.doverb), "build", str(file), "-o", str(wasm)]
        tools = {"DOVERB_CACHE_DIR": str(self.cache), "DOVERB_TOOLS": str(TARGET / "tools/python")}
        self.cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, check=True, env={**os.environ, **tools}, stdout=subprocess.DEVNULL)
        return self.served(wasm)

    def native(self, handler: str) -> Peer:
        return Peer("native twin", lambda cores, port, _: [str(self.twin), str(port), str(cores), handler])


def nginx_command(cores: int, port: int, folder: Path) -> list[str]:
    text = (PEERS / "nginx.conf").read_text()
    for name, value in {"prefix": folder, "port": port, "workers": cores}.items():
        text = text.replace("{" + name + "}", str(value))
    conf = folder / "nginx.conf"
    conf.write_text(text)
    return ["nginx", "-p", str(folder), "-c", str(conf)]


def wasmtime(name: str, *options: str) -> Peer:
    guest = BUILT / "wasm32-wasip2/release/wasi_hello.wasm"

    def command(cores, port, _):
        # Rust's standard library imports wasi:cli, which `serve` does not offer of itself.
        return [str(WASMTIME), "serve", "-Scli", "--addr", f"127.0.0.1:{port}", *options, str(guest)]

    return Peer(name, command)


def cpython(name: str, *options: str) -> Peer:
    def command(cores, port, _):
        return [sys.executable, str(PEERS / "python-hello/hello.py"), str(port), *options]

    return Peer(name, command)


def uvicorn(cores: int, port: int, _: Path) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(cores), "--no-access-log", "--log-level", "warning"]
    return [str(UVICORN), "--app-dir", str(PEERS / "python-order"), *options, "asgi:app"]


NGINX = Peer("nginx", nginx_command, takes_port=True)
AXUM = Peer("axum", lambda cores, port, _: [str(BUILT / "release/axum-order"), str(port), str(cores)])
UVICORN_ASGI = Peer("uvicorn", uvicorn, takes_port=True)
HYPER = Peer("hyper", lambda cores, port, _: [str(BUILT / "release/hyper-hello"), str(port), str(cores)])
WASMTIME_DEFAULT = wasmtime("wasmtime serve")
WASMTIME_REUSE = wasmtime("wasmtime serve, reuse", "--max-instance-reuse-count", "1000000000")
CPYTHON = cpython("CPython")
CPYTHON_NODELAY = cpython("CPython, nodelay", "nodelay")
OWN_LOG = PEERS / "python-hello/own_log.py"
CPYTHON_OWN_LOG = cpython("CPython, nodelay, own log_message", "nodelay", "own_log")
CPYTHON_HTTP_1_0 = cpython("CPython, HTTP/1.0", "nodelay", "HTTP/1.0")


def say(text: str):
    print(f"== {text}", file=sys.stderr, flush=True)


def cargo(*arguments: str, folder: Path = REPOSITORY, env=None):
    subprocess.run(["cargo", *arguments], cwd=folder, check=True, env={**os.environ, **(env or {})})


def debian(*packages: str):
    root = [] if os.getuid() == 0 else ["sudo"]
    subprocess.run([*root, "apt-get", "-qq", "update"], check=True, timeout=600)
    install = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "install", "-y"]
    subprocess.run([*install, "--no-install-recommends", *packages], check=True, timeout=600)


def wasmtime_version() -> str:
    """The one that the server is built on."""
    lock = (REPOSITORY / "Cargo.lock").read_text()
    return re.search(r'name = "wasmtime"\nversion = "([^"]+)"', lock)[1]


def build(with_wasmtime: bool):
    """Builds or installs whatever is missing; wasmtime takes minutes, once."""
    say("Building the server and its native twin")
    cargo("build", "--locked", "--profile", "dist", "-p", "doverb", "--no-default-features", "--bin", "doverb", "--example", "native_twin")
    say("Building the guests")
    for folder in ("guest/examples", "tests/guests"):
        cargo("build", "--quiet", "--locked", "--release", "--target", "wasm32-wasip2", folder=REPOSITORY / folder)
    missing = [package for package, tool in {"wrk": "wrk", "nginx-light": "nginx"}.items() if not shutil.which(tool)]
    if missing:
        say(f"Installing {', '.join(missing)}")
        debian(*missing)
    if not UVICORN.is_file():
        say("Installing uvicorn")
        subprocess.run([sys.executable, "-m", "venv", str(BENCH / "venv")], check=True)
        pip = [str(BENCH / "venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "uvicorn[standard]==0.34.*"], check=True, timeout=600)
    say("Building hyper's and axum's handlers and the load")
    peers = ["build", "--quiet", "--locked", "--release", "--target-dir", str(BUILT)]
    cargo(*peers, "-p", "load", "-p", "hyper-hello", "-p", "axum-order", folder=PEERS.parent)
    if with_wasmtime:
        build_wasmtime(peers)


def build_wasmtime(peers: list[str]):
    """With its hello."""
    cargo(*peers, "-p", "wasi-hello", "--target", "wasm32-wasip2", folder=PEERS.parent)
    version = wasmtime_version()
    if not WASMTIME.is_file() or version not in output([str(WASMTIME), "--version"]):
        say(f"Building wasmtime {version}")
        install = ["install", "--locked", "wasmtime-cli", "--version", version, "--root", str(BENCH), "--force"]
        features = ["--no-default-features", "--features", WASMTIME_FEATURES]
        lto = {"CARGO_PROFILE_RELEASE_LTO": "thin"}
        cargo(*install, "--target-dir", str(BENCH / "wasmtime"), *features, env=lto)


def versions() -> list[str]:
    lock = (PEERS.parent / "Cargo.lock").read_text()
    hyper, axum = (re.search(rf'name = "{name}"\nversion = "([^"]+)"', lock).group(1) for name in ("hyper", "axum"))
    wrk = re.search(r"wrk \S+", output(["wrk", "-v"])).group(0)
    return [
        f"wasmtime {wasmtime_version()} in both", f"hyper {hyper}", f"axum {axum}", output([str(UVICORN), "--version"]).split(" with ")[0], output(["nginx", "-v"]).rpartition(" ")[2],
        output([sys.executable, "--version"]), output(["rustc", "--version"]), wrk,
    ]
