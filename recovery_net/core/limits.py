"""Limits that keep no address: keyed by account, or by a hash that nobody can turn back after the day.

The hash is keyed by the instance's secret and the day: it is kept in memory (or Redis) only, for an hour or a day
at most, and never beside a name.
"""

import hashlib
import hmac
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from flask import current_app, request
from flask_limiter import Limiter
from flask_login import current_user
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from recovery_net.core import clock
from recovery_net.core.errors import TooMany

T = TypeVar("T")

# A household or a clinic shares one address: these are for the whole of it.
JOIN = "30 per hour; 100 per day"
SIGN_IN = "30 per minute; 300 per hour"
RECOVER = "10 per minute; 60 per hour"
WRITE = "120 per minute"  # any form of a signed-in person
READ_FEED = "120 per minute"

SEND = parse("120 per minute")  # messages of one account, over every way in
SOCKET_EVENT = parse("600 per minute")  # all socket events of one account


def anonymous_key(value: str) -> str:
    """A hash of an address or a name that means nothing after today."""
    secret = current_app.config["SETTINGS"].secret_keys[0].encode()
    day = hmac.digest(secret, f"limits {clock.today()}".encode(), "sha256")
    return hmac.digest(day, value.encode(), hashlib.sha256).hex()[:32]


def asker() -> str:
    """Who asks, as far as an address tells: a hash of it. One home has a whole /64 of IPv6, so that counts as one."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return anonymous_key("")
    if isinstance(address, IPv6Address):
        return anonymous_key(str(address.ipv4_mapped or ip_network((address, 64), strict=False)))
    return anonymous_key(str(address))


def _who() -> str:
    if current_user and current_user.is_authenticated:
        return f"account {current_user.account.id}"
    return f"from {asker()}"


limiter = Limiter(key_func=_who, strategy="moving-window", headers_enabled=False)


class Budget:
    """Limits where there is no HTTP request to hang them on. When the shared storage is away, this process counts."""

    def __init__(self, storage: Storage | None = None, *, is_on: bool = True) -> None:
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._shared = self._alone if storage is None else MovingWindowRateLimiter(storage)
        self._is_on = is_on

    def spend(self, limit: RateLimitItem, *key: str) -> None:
        """Count one; `TooMany` when the budget is used up."""
        if self._is_on and not self._ask(lambda windows: windows.hit(limit, *key)):
            raise TooMany(retry_after=self._wait(limit, *key))

    def check(self, limit: RateLimitItem, *key: str) -> None:
        """Like `spend`, without counting."""
        if self._is_on and not self._ask(lambda windows: windows.test(limit, *key)):
            raise TooMany(retry_after=self._wait(limit, *key))

    def forget(self, limit: RateLimitItem, *key: str) -> None:
        """Start this key afresh."""
        self._ask(lambda windows: windows.clear(limit, *key))

    def _wait(self, limit: RateLimitItem, *key: str) -> int:
        reset = self._ask(lambda windows: windows.get_window_stats(limit, *key).reset_time)
        return max(1, round(reset - clock.now().timestamp()))

    def _ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T:
        try:
            return question(self._shared)
        except StorageError:
            return question(self._alone)


def budget() -> Budget:
    """The app's budget."""
    found: Budget = current_app.extensions["budget"]
    return found


def make_budget(redis_url: str | None, *, is_on: bool) -> Budget:
    """A budget in memory, or shared by the workers through Redis."""
    return Budget(RedisStorage(redis_url, wrap_exceptions=True) if redis_url else None, is_on=is_on)
