"""The engine alone and the whole program: CPU a delivery, and how long a delivery takes at equal rates."""

from collections.abc import Callable

from benchmarks._live import peers
from benchmarks._live.bench import ROOMS, Bench
from benchmarks._live.load import Load, Told, room_names
from benchmarks._live.product import served

SPEAKERS = 50  # at once, each with one message unanswered, as our own client does it
MEMBERS = 20
SHAPES = {"50 × 20": (ROOMS, MEMBERS), "1 × 200": (1, 200), "1 × 1000": (1, 1000)}
RATES = {20_000: None, 5_000: 1}  # deliveries a second, and how often that is measured (None: like the rest)


def engine_alone(bench: Bench) -> None:
    """The same little chat on our engine, on the library's own server, on Node and in C."""
    for shape, (rooms, members) in SHAPES.items():
        subjects = {name: _peer(bench, name, rooms, members) for name in ("fast", "stock", "node", "c")}
        bench.in_turn(f"engine {shape}", subjects)


def _peer(bench: Bench, name: str, rooms: int, members: int) -> Callable[[], Told]:
    def measure() -> Told:
        with (
            peers.started(name, bench.server_core) as (process, port),
            Load(port, room_names(rooms), members) as load,
        ):
            senders = SPEAKERS // rooms
            return load.run([process.pid], seconds=bench.sizes.seconds, senders=senders, inflight=1)

    return measure


def whole(bench: Bench) -> None:
    """The program against itself on the other engine, and against a Node that only commits and broadcasts."""
    for database in ("SQLite", "PostgreSQL"):
        closed: dict[str, float] = {"senders": SPEAKERS // ROOMS, "inflight": 1}
        bench.in_turn(
            f"whole {database}",
            {
                "fast": _program(bench, database, "fast", closed),
                "stock": _program(bench, database, "stock", closed),
                "node": _committing(bench, database, closed),
            },
        )


def rates(bench: Bench) -> None:
    """How long a delivery takes when both get the same to do."""
    for rate, rounds in RATES.items():
        for database in ("SQLite", "PostgreSQL"):
            paced = {"rate": rate / MEMBERS}
            bench.in_turn(
                f"{rate} a second {database}",
                {
                    "fast": _program(bench, database, "fast", paced),
                    "node": _committing(bench, database, paced),
                },
                rounds=rounds,
            )


def _program(bench: Bench, database: str, engine: str, how: dict[str, float]) -> Callable[[], Told]:
    def measure() -> Told:
        instance = bench.instance(database)
        with (
            served(instance, engine, bench.server_core) as server,
            Load(server.port, room_names(ROOMS), MEMBERS, cookies=instance.cookies_for(MEMBERS)) as load,
        ):
            beside = bench.database_pids(database)
            return load.run([server.pid], beside, seconds=bench.sizes.seconds, **how)

    return measure


def _committing(bench: Bench, database: str, how: dict[str, float]) -> Callable[[], Told]:
    def on(store: str) -> Told:
        with (
            peers.started("node", bench.server_core, store) as (process, port),
            Load(port, room_names(ROOMS), MEMBERS) as load,
        ):
            beside = bench.database_pids(database)
            return load.run([process.pid], beside, seconds=bench.sizes.seconds, **how)

    def measure() -> Told:
        if database == "SQLite":
            with peers.sqlite_store() as store:
                return on(store)
        url = bench.postgres.make("node_peer")
        try:
            return on(url)
        finally:
            bench.postgres.drop("node_peer")

    return measure
