"""Where the limits count: exactly, in Redis or in this process; and quickly, for what happens at every event."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

import structlog
from limits.storage import MemoryStorage, RedisStorage
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from recovery_net.core import clock

T = TypeVar("T")

PATIENCE = 0.5  # seconds that somebody waits for Redis, before this process counts alone
AGAIN_AFTER = 2.0  # seconds until the next one tries
EXCHANGE_EVERY = 1.0
_log = structlog.get_logger()


def connect(redis_url: str) -> "Redis":
    """A client that gives up soon and tries once: the library's own would wait and try for many seconds."""
    return Redis.from_url(
        redis_url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


class SharedStorage(RedisStorage):
    """Exact windows in Redis, shared by all workers. While Redis is away this process counts alone, and at no cost:
    after one failure nobody asks for some seconds, and then one asks for all.
    """

    STORAGE_SCHEME = ["recovery-net"]  # noqa: RUF012 - the name under which Flask-Limiter finds it

    def __init__(self, _uri: str, *, redis_url: str) -> None:
        self._alone = MemoryStorage()
        self._ask_from = 0.0
        pool = connect(redis_url).connection_pool
        super().__init__("redis://", connection_pool=pool)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return self._ask(
            lambda: RedisStorage.acquire_entry(self, key, limit, expiry, amount),
            lambda: self._alone.acquire_entry(key, limit, expiry, amount),
        )

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        return self._ask(
            lambda: RedisStorage.get_moving_window(self, key, limit, expiry),
            lambda: self._alone.get_moving_window(key, limit, expiry),
        )

    def clear(self, key: str) -> None:
        self._alone.clear(key)
        self._ask(lambda: RedisStorage.clear(self, key), lambda: None)

    def _ask(self, shared: Callable[[], T], alone: Callable[[], T]) -> T:
        now = time.monotonic()
        if now < self._ask_from:
            return alone()
        had_failed = self._ask_from > 0
        self._ask_from = (
            now + PATIENCE if had_failed else 0.0
        )  # one asks; the others do not wait for the answer
        try:
            answer = shared()
        except (RedisError, OSError) as error:
            self._ask_from = time.monotonic() + AGAIN_AFTER
            if not had_failed:
                _log.warning("limits_alone", error=type(error).__name__)
            return alone()
        self._ask_from = 0.0
        return answer


@dataclass(frozen=True, slots=True)
class Pace:
    """So many in so many seconds, counted quickly: see `Paces`."""

    count: int
    seconds: int


@dataclass(slots=True)
class _Count:
    """What one key has spent in a window, here and elsewhere, and in all in the window before."""

    window: int
    here: int = 0
    elsewhere: int = 0
    before: int = 0
    untold: int = 0

    def move_to(self, window: int) -> None:
        is_next = window == self.window + 1
        self.before = self.here + self.elsewhere if is_next else 0
        self.window, self.here, self.elsewhere, self.untold = window, 0, 0, 0


class Paces:
    """Counters that ask nobody: for what is counted at every event of every member.

    A window slides over two fixed ones. Workers tell each other once a second what they have counted, so somebody at
    two workers at once may spend a second's worth more; without Redis, as much again at each.
    """

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._redis = redis
        self._counts: dict[tuple[Pace, tuple[str, ...]], _Count] = {}
        self._untold: set[tuple[Pace, tuple[str, ...]]] = set()
        self._sweep_at = 10_000  # keys

    def hit(self, pace: Pace, key: tuple[str, ...]) -> float:
        """Count one. Gives 0, or after how many seconds to come back; then nothing was counted."""
        place = (pace, key)
        at = clock.now().timestamp() / pace.seconds
        window, part = int(at), at % 1
        count = self._counts.get(place)
        if count is None:
            self._forget_old()
            count = self._counts[place] = _Count(window)
        elif count.window != window:
            count.move_to(window)
        spent = count.here + count.elsewhere
        if count.before * (1 - part) + spent + 1 > pace.count:
            return _wait(pace, count.before, spent, part)
        count.here += 1
        if self._redis is not None:
            count.untold += 1
            self._untold.add(place)
        return 0

    def _forget_old(self) -> None:
        if len(self._counts) < self._sweep_at:
            return
        now = clock.now().timestamp()
        for place, count in list(self._counts.items()):
            if count.window + 1 < int(now / place[0].seconds):
                del self._counts[place]
        self._sweep_at = max(10_000, 2 * len(self._counts))

    def work(self, stop: Event) -> None:
        """Tell the other workers and hear from them, until told to stop."""
        while self._redis is not None and not stop.wait(EXCHANGE_EVERY):
            try:
                self.exchange()
            except (RedisError, OSError):
                stop.wait(AGAIN_AFTER)  # each counts alone; what was not told is told later

    def exchange(self) -> None:
        """Add what was counted here, and learn the sums."""
        places, self._untold = self._untold, set()
        told = [
            (place, count, count.window, count.untold)
            for place in places
            if (count := self._counts.get(place))
        ]
        if self._redis is None or not told:
            return
        pipe: Any = self._redis.pipeline(transaction=False)
        for (pace, key), _, window, untold in told:
            name = f"pace:{' '.join(key)}:{pace.count}/{pace.seconds}"
            pipe.incrby(f"{name}:{window}", untold).expire(f"{name}:{window}", 2 * pace.seconds)
            pipe.get(f"{name}:{window - 1}")
        try:
            sums = pipe.execute()
        except (RedisError, OSError):
            self._untold |= places
            raise
        for (_, count, window, untold), total, before in zip(told, sums[::3], sums[2::3], strict=True):
            if count.window == window:
                count.untold -= untold
                count.elsewhere = max(0, total - (count.here - count.untold))
                count.before = max(count.before, int(before or 0))


def _wait(pace: Pace, before: int, spent: int, part: float) -> float:
    """Until one more fits: in this window if what was before slides out far enough, or else in the next one."""
    room = pace.count - 1
    if spent <= room and before:
        return max(0.0, (1 - (room - spent) / before) - part) * pace.seconds or 0.1
    return ((1 - part) + max(0.0, 1 - room / spent)) * pace.seconds
