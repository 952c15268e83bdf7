"""Limits that keep no address: keyed by account, or by a hash that nobody can turn back after the day.

The hash is keyed by the instance's secret and the day: it is kept in memory (or Redis) only, for an hour or a day
at most, and never beside a name.
"""

import hashlib
import hmac
import math
from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, request
from flask_limiter import Limiter
from flask_login import current_user
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from recovery_net.core import clock
from recovery_net.core.counting import Pace, Paces, SharedStorage, connect
from recovery_net.core.errors import TooMany

# A household or a clinic shares one address: these are for the whole of it.
JOIN = "30 per hour; 100 per day"
SIGN_IN = "30 per minute; 300 per hour"
RECOVER = "10 per minute; 60 per hour"
WRITE = "120 per minute"  # any form of a signed-in person
READ_FEED = "120 per minute"

SEND = Pace(120, 60)  # messages of one account, over every way in
SOCKET_EVENT = Pace(600, 60)  # all socket events of one account
CONNECT = Pace(120, 60)  # sockets of one account, and of one device, which may be signed out by now
STRANGE_SOCKET = Pace(120, 60)  # sockets without a session, from one network


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
    """Limits where there is no HTTP request to hang them on, shared by the workers if there is a Redis."""

    def __init__(self, redis_url: str | None = None, *, is_on: bool = True) -> None:
        storage = SharedStorage("", redis_url=redis_url) if redis_url else MemoryStorage()
        self._windows = MovingWindowRateLimiter(storage)
        self.paces = Paces(connect(redis_url) if redis_url else None)
        self._is_on = is_on

    def spend(self, limit: RateLimitItem | Pace, *key: str) -> None:
        """Count one; `TooMany` when the budget is used up."""
        if not self._is_on:
            return
        if isinstance(limit, Pace):
            if wait := self.paces.hit(limit, key):
                raise TooMany(retry_after=math.ceil(wait))
        elif not self._windows.hit(limit, *key):
            raise TooMany(retry_after=self._wait(limit, *key))

    def check(self, limit: RateLimitItem, *key: str) -> None:
        """Like `spend`, without counting."""
        if self._is_on and not self._windows.test(limit, *key):
            raise TooMany(retry_after=self._wait(limit, *key))

    def forget(self, limit: RateLimitItem, *key: str) -> None:
        """Start this key afresh."""
        self._windows.clear(limit, *key)

    def _wait(self, limit: RateLimitItem, *key: str) -> int:
        reset = self._windows.get_window_stats(limit, *key).reset_time
        return max(1, round(reset - clock.now().timestamp()))


def budget() -> Budget:
    """The app's budget."""
    found: Budget = current_app.extensions["budget"]
    return found


def make_budget(redis_url: str | None, *, is_on: bool) -> Budget:
    """A budget in memory, or shared by the workers through Redis."""
    return Budget(redis_url, is_on=is_on)
