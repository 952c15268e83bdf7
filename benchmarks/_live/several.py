"""Two workers on one PostgreSQL and one Valkey: what twice the rooms elsewhere cost the one that does not have them."""

import contextlib
from collections.abc import Iterator

from benchmarks._live.bench import ROOMS, Bench
from benchmarks._live.load import Load, Told, per_delivery, room_names
from benchmarks._live.machine import Failed, free_port
from benchmarks._live.product import Server
from tools.services.places import Unavailable
from tools.services.valkey import valkey_server

MEMBERS = 20
OWN_RATE = 5_000 / MEMBERS  # messages a second in the worker's own rooms
OWN = ROOMS // 3  # rooms of the worker; the other one has as many, or twice as many


def workers(bench: Bench) -> None:
    """The first worker has the server's core for itself; the second shares the other one with the load."""
    bench.in_turn(
        "workers",
        {
            "as many": lambda: _elsewhere(bench, OWN),
            "twice as many": lambda: _elsewhere(bench, 2 * OWN),
        },
    )


def _elsewhere(bench: Bench, rooms: int) -> Told:
    names = room_names(ROOMS)
    cookies = bench.on_postgres.cookies_for(MEMBERS)
    with (
        _two(bench) as (here, there),
        Load(here.port, names[:OWN], MEMBERS, cookies=cookies[: OWN * MEMBERS]) as own,
        Load(there.port, names[OWN : OWN + rooms], MEMBERS, cookies=cookies[OWN * MEMBERS :]) as others,
    ):
        seconds = bench.sizes.seconds
        others.send(f"run warm=1 seconds={seconds + 1:g} rate={OWN_RATE * rooms / OWN:g} pids={there.pid}")
        told = own.run([here.pid], seconds=seconds, rate=OWN_RATE)
        elsewhere = others.answer(seconds + 60)
        if elsewhere["lost"] or elsewhere["doubled"]:
            raise Failed(f"the other worker's members missed something: {elsewhere}")
        return told | {"elsewhere": elsewhere["delivered"], "µs": per_delivery(told)}


@contextlib.contextmanager
def _two(bench: Bench) -> Iterator[tuple[Server, Server]]:
    try:
        with (
            valkey_server() as redis,
            bench.on_postgres.copied() as (folder, url),
            contextlib.ExitStack() as stack,
        ):
            both = []
            for core in (bench.server_core, bench.load_core):
                port = free_port()
                more = {"REDIS_URL": redis, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
                server = Server(folder, url, "fast", core, more, ("--worker",), port)
                both.append(stack.enter_context(server))
            yield both[0], both[1]
    except Unavailable as why:
        raise Failed(f"no Valkey: {why}") from why
