"""Many who only listen: memory a member, and ten thousand at once in one process."""

import time

from benchmarks._live import machine
from benchmarks._live.bench import ROOMS, Bench
from benchmarks._live.load import Load, Told, room_names
from benchmarks._live.product import Server, served

A_HEARTBEAT = 30.0  # seconds, more than the server's 25
WARM_UP = 4  # members a room who come and go before the first look


def memory(bench: Bench) -> None:
    """What one more idle member takes, signed in and in a room."""
    bench.in_turn(
        "memory",
        {"fast": lambda: _memory(bench, "fast"), "stock": lambda: _memory(bench, "stock")},
        rounds=1,
    )


def _memory(bench: Bench, engine: str) -> Told:
    instance = bench.on_sqlite
    members = bench.sizes.idle // ROOMS
    with served(instance, engine, bench.server_core) as server:
        with _load(bench, server, WARM_UP):
            pass
        time.sleep(2)
        before = machine.rss(server.pid)
        with _load(bench, server, members) as load:
            time.sleep(3)
            after = machine.rss(server.pid)
            return {
                "members": load.opened["here"],
                "before": before,
                "after": after,
                "bytes": (after - before) / load.opened["here"],
            }


def connections(bench: Bench) -> None:
    """Everybody in, past a heartbeat, and then somebody speaks."""
    bench.in_turn("connections", {"fast": lambda: _connections(bench)}, rounds=1)


def _connections(bench: Bench) -> Told:
    members = bench.sizes.connections // ROOMS
    with (
        served(bench.on_sqlite, "fast", bench.server_core) as server,
        _load(bench, server, members) as load,
    ):
        time.sleep(A_HEARTBEAT)
        idle_from, idle_cpu = time.monotonic(), machine.cpu_seconds(server.pid)
        time.sleep(5)
        idle = (machine.cpu_seconds(server.pid) - idle_cpu) / (time.monotonic() - idle_from)
        told = load.run([server.pid], seconds=bench.sizes.seconds, rate=20)
        return told | {
            "members": load.opened["here"],
            "came_in": load.opened["seconds"],
            "idle_cpu": idle,
            "bytes": machine.rss(server.pid) / load.opened["here"],
        }


def _load(bench: Bench, server: Server, members: int) -> Load:
    cookies = bench.on_sqlite.cookies_for(members)
    return Load(server.port, room_names(ROOMS), members, cookies=cookies)
