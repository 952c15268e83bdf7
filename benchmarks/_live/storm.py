"""Everybody comes back at once: after their lines were cut, and after the server was stopped and started."""

from functools import partial

from benchmarks._live import machine
from benchmarks._live.bench import ROOMS, Bench
from benchmarks._live.load import Load, Told, checked, room_names
from benchmarks._live.product import served

MISSED = 5  # messages said in each room while the others are away


def storm(bench: Bench) -> None:
    """Seconds until all are back and have what they missed."""
    for database in ("SQLite", "PostgreSQL"):
        bench.in_turn(f"storm {database}", {"fast": partial(_storm, bench, database)}, rounds=1)


def _storm(bench: Bench, database: str) -> Told:
    instance = bench.instance(database)
    members = bench.sizes.storm // ROOMS
    with (
        served(instance, "fast", bench.server_core) as server,
        Load(
            server.port,
            room_names(ROOMS),
            members,
            cookies=instance.cookies_for(members),
            at_once=bench.sizes.storm,
        ) as load,
    ):
        used = machine.cpu_seconds(server.pid)
        cut = _all_back(load.ask(f"cut say={MISSED}", 200))
        used = machine.cpu_seconds(server.pid) - used
        load.send("lost")
        server.stop()
        server.start()
        lost = _all_back(load.answer(250))
        said = load.run([server.pid], seconds=1, rate=100)
        return {
            "members": cut["members"],
            "cpu_ms": used / cut["members"] * 1000,
            "cut": cut["all_here"] - cut["begun"],
            "restarted": lost["all_here"] - lost["first_here"],
            "away": lost["first_here"] - lost["first_closed"],
            "drains": lost["drains"],
            "asked again": cut["again"] + lost["again"],
            "afterwards": said["delivered"],
        }


def _all_back(told: Told) -> Told:
    checked(told)
    assert told["here"] == told["members"], told
    return told
