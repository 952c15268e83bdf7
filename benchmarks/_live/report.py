"""The table at the end of the design of the engine: what was wanted, what was measured, and whether that is enough."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import median
from typing import Any

from benchmarks._live.bench import Sizes
from benchmarks._live.load import Told, per_delivery
from benchmarks._live.many import A_HEARTBEAT

Found = dict[str, Any]
UNCHANGED = 1.1  # what two runs of the same differ by on a quiet machine
PEERS = {
    "fast": "Recovery Net",
    "stock": "stock Flask-SocketIO",
    "node": "Node socket.io",
    "c": "C, one send each",
}


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is None when it was not measured."""

    what: str
    bar: str
    measured: str
    ratio: float | None
    is_met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "not met", None: "not measured"}[self.is_met]


def rows(found: Found) -> list[Row]:
    """Every line, also those that were not measured."""
    return [*_engine(found), *_whole(found), *_late(found), *_many(found), *_opening(found), *_rest(found)]


def _engine(found: Found) -> Iterator[Row]:
    bars: dict[str, dict[str, float]] = {
        "50 × 20": {"stock": 8, "node": 2.3, "c": 0.85},
        "1 × 200": {"stock": 20, "node": 10},
        "1 × 1000": {"stock": 20, "node": 10},
    }
    for shape, against in bars.items():
        for peer, bar in against.items():
            what = f"engine alone, {shape}, against {PEERS[peer]}"
            yield _cheaper(found, f"engine {shape}", peer, what, bar)


def _whole(found: Found) -> Iterator[Row]:
    for database in ("SQLite", "PostgreSQL"):
        for peer, name, bar in (("stock", "itself on stock", 4), ("node", "Node that only commits", 1)):
            what = f"whole product on {database}, 50 × 20, against {name}"
            yield _cheaper(found, f"whole {database}", peer, what, bar)


def _cheaper(found: Found, scenario: str, peer: str, what: str, bar: float) -> Row:
    """How many times cheaper a delivery is."""
    ours, theirs = (_middle(found, scenario, name, per_delivery) for name in ("fast", peer))
    if ours is None or theirs is None:
        return Row(what, f"≥ {bar} ×", "", None, None)
    ratio = theirs / ours
    return Row(what, f"≥ {bar} ×", f"{ours:.2f} µs, {theirs:.2f} µs", ratio, ratio >= bar)


def _late(found: Found) -> Iterator[Row]:
    bar = "≤ Node’s"
    for rate in (20_000, 5_000):
        for database in ("SQLite", "PostgreSQL"):
            scenario = f"{rate} a second {database}"
            what = f"p99 at {rate:,} deliveries/s, 50 × 20, {database}, against Node that commits"
            ours, theirs = (
                _middle(found, scenario, name, lambda told: told["p99"] / 1000) for name in ("fast", "node")
            )
            if ours is None or theirs is None:
                yield Row(what, bar, "", None, None)
                continue
            late = [name for name in ("fast", "node") if _is_behind(found, scenario, name, rate)]
            measured = f"{ours:.1f} ms, {theirs:.1f} ms"
            measured += "".join(f"; {PEERS[name]} did not keep up" for name in late)
            is_met = ours <= theirs and "fast" not in late
            yield Row(what, bar, measured, ours / theirs, is_met)


def _is_behind(found: Found, scenario: str, name: str, rate: int) -> bool:
    """Whether it delivered less than it was given, so that its times say little."""
    done = _middle(found, scenario, name, lambda told: told["delivered"] / told["seconds"])
    return done is not None and done < 0.97 * rate


def _many(found: Found) -> Iterator[Row]:
    sizes = _sizes(found)
    what = f"memory a connected member, {sizes.idle:,} idle"
    size = _middle(found, "memory", "fast", lambda told: told["bytes"] / 1024)
    stock = _middle(found, "memory", "stock", lambda told: told["bytes"] / 1024)
    if size is None or stock is None:
        yield Row(what, "≤ 8 KB", "", None, None)
    else:
        yield Row(what, "≤ 8 KB", f"{size:.1f} KB (on stock {stock:.1f})", size / 8, size <= 8)
    members = _middle(found, "connections", "fast", lambda told: told["members"])
    bar = f"{sizes.connections:,}, all there after {A_HEARTBEAT:.0f} s"
    if members is None:
        yield Row("connections in one process", bar, "", None, None)
    else:
        yield Row(
            "connections in one process",
            bar,
            f"{members:,.0f}",
            members / sizes.connections,
            members >= sizes.connections,
        )


def _opening(found: Found) -> Iterator[Row]:
    sizes = _sizes(found)
    for database in ("SQLite", "PostgreSQL"):
        for act, words in (("join", "opening a room"), ("sync", "200 events at once")):
            what = f"{words}, log of {sizes.log:,} / of {sizes.short_log:,}, {database}"
            long, short = (
                _middle(found, f"opening {database}", name, itemgetter(act)) for name in ("long", "short")
            )
            if long is None or short is None:
                yield Row(what, "≤ 1.3 ×", "", None, None)
                continue
            ratio = long / short
            yield Row(what, "≤ 1.3 ×", f"{long:.2f} ms, {short:.2f} ms", ratio, ratio <= 1.3)


def _rest(found: Found) -> Iterator[Row]:
    what = "two workers: a worker’s CPU a delivery with twice the rooms elsewhere"
    many, twice = (_middle(found, "workers", name, per_delivery) for name in ("as many", "twice as many"))
    if many is None or twice is None:
        yield Row(what, "unchanged", "", None, None)
    else:
        measured = f"{twice:.2f} µs, {many:.2f} µs"
        yield Row(what, "unchanged (± 10 %)", measured, twice / many, twice / many <= UNCHANGED)
    for database in ("SQLite", "PostgreSQL"):
        what = f"reconnect storm of {_sizes(found).storm:,}, {database}: all back and synced"
        cut, restarted = (
            _middle(found, f"storm {database}", "fast", itemgetter(name)) for name in ("cut", "restarted")
        )
        if cut is None or restarted is None:
            yield Row(what, "nothing missed", "", None, None)
        else:
            cpu = _middle(found, f"storm {database}", "fast", itemgetter("cpu_ms"))
            measured = f"cut {cut:.1f} s, restarted {restarted:.1f} s; {cpu:.1f} ms CPU a member"
            yield Row(what, "nothing missed", measured, None, True)


def _sizes(found: Found) -> Sizes:
    return Sizes(**found.get("sizes", {}))


def _runs(found: Found, scenario: str, name: str) -> list[Told]:
    runs: list[Told] = found.get("runs", {}).get(scenario, {}).get(name, [])
    return runs


def _middle(found: Found, scenario: str, name: str, value: Callable[[Told], float]) -> float | None:
    runs = _runs(found, scenario, name)
    return median(map(value, runs)) if runs else None


# --- as text


def table(found: Found) -> str:
    """The lines as Markdown, which reads well on a terminal too."""
    head = ("what", "bar", "measured: ours, theirs", "ratio", "")
    lines = [
        (row.what, row.bar, row.measured, "" if row.ratio is None else f"{row.ratio:.2f}", row.verdict)
        for row in rows(found)
    ]
    return _aligned(head, lines)


def details(found: Found) -> str:
    """What every subject did, in figures that the lines above come from."""
    head = ("run", "who", "µs a delivery", "deliveries/s", "p50 ms", "p99 ms", "load’s core")
    lines = []
    for scenario, subjects in found.get("runs", {}).items():
        for name, runs in subjects.items():
            if runs and "delivered" in runs[0]:
                lines.append((scenario, PEERS.get(name, name), *_figures(runs)))
    return _aligned(head, lines)


def _figures(runs: list[Told]) -> tuple[str, ...]:
    costs = sorted(map(per_delivery, runs))
    busy = max(told["load_cpu"] / told["seconds"] / 1e4 for told in runs)
    return (
        f"{median(costs):.2f} ({costs[0]:.2f}–{costs[-1]:.2f})",
        f"{median(told['delivered'] / told['seconds'] for told in runs):,.0f}",
        f"{median(told['p50'] for told in runs) / 1000:.1f}",
        f"{median(told['p99'] for told in runs) / 1000:.1f}",
        f"{busy:.0f} %" + (" TOO BUSY" if busy > 90 else ""),
    )


def circumstances(found: Found) -> str:
    """Where and with what this was measured."""
    lines = [f"- begun: {found.get('begun', 'never')}"]
    lines += [f"- {name}: {value}" for name, value in found.get("machine", {}).items()]
    versions = ", ".join(f"{name} {value}" for name, value in found.get("versions", {}).items())
    lines.append(f"- versions: {versions}")
    sizes = _sizes(found)
    lines.append(f"- rounds: {sizes.rounds}, seconds measured each: {sizes.seconds:g}")
    lines += _ceiling(found)
    lines += [f"- not measured: {why}" for why in found.get("failed", [])]
    return "\n".join(lines)


def _ceiling(found: Found) -> list[str]:
    """What the load itself can take, so that nobody mistakes its limit for a server's."""
    most = _middle(found, "engine 50 × 20", "c", lambda told: told["delivered"] / told["load_cpu"] * 1e6)
    return [] if most is None else [f"- the load’s own ceiling, 50 × 20: {most:,.0f} deliveries/s"]


def _aligned(head: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[place]) for line in [head, *lines]) for place in range(len(head))]
    ruled = [head, tuple("-" * width for width in widths), *lines]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in ruled
    )
