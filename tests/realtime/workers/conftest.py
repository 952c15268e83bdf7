"""Two workers on one database, with a Redis of their own that can be stopped; once per engine."""

import secrets
import time
from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any

import pytest
import redis

from recovery_net.realtime.relay import EVERYONE
from tests.conftest import environment_for
from tests.live import LiveServer
from tests.person import Person, Town
from tests.services.fixtures import missing
from tools.services.places import Unavailable, wait_until
from tools.services.valkey import valkey


class Redis:
    """A server that goes away and comes back empty at the same address."""

    def __init__(self) -> None:
        self._service = valkey()
        self.url = self._service.url
        self.start()

    def start(self) -> None:
        self._service.folder.mkdir(mode=0o700, exist_ok=True)
        self._process = self._service.hold()
        wait_until(self._service.answers, lambda: self._process.poll() is None, self._service.log)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def answers(self) -> bool:
        return self._service.answers()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def listeners(self, channel: str) -> int:
        return listeners(self.url, channel)

    def rooms(self) -> set[str]:
        """The channels of rooms that somebody listens to."""
        with self.client() as client:
            return {channel.decode() for channel in client.pubsub_channels("recovery-net:room:*")}


class Workers(Town):
    """Two workers; people knock at either."""

    def __init__(self, first: LiveServer, second: LiveServer, redis: Redis) -> None:
        super().__init__(first)
        self.first, self.second, self.redis = first, second, redis

    def person(self) -> Person:
        """A new member, from a network of their own: many join here in an hour."""
        person = Person(self.url)
        person.web.headers["X-Forwarded-For"] = f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        return person.join(f"still-water-{secrets.randbelow(10**6)}")

    def are_joined(self) -> bool:
        """Whether both hear each other over Redis."""
        return self.redis.listeners(EVERYONE) == 2

    def person_at(self, worker: LiveServer) -> Person:
        """A new member, with a socket to this worker."""
        return move(self.person(), worker)


def listeners(url: str, channel: str) -> int:
    """How many workers listen to a channel."""
    with redis.Redis.from_url(url) as client:
        return int(client.pubsub_numsub(channel)[0][1])


def until(ready: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what is to come."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def move(person: Person, worker: LiveServer) -> Person:
    """Where the cookie goes does not matter: the same person at another worker."""
    person.url = worker.url
    return person.connect()


def go(*people: Person) -> None:
    """Leave in order: the server knows at once."""
    for person in people:
        if person.socket is not None:
            person.socket.disconnect()


class Ear:
    """Hears one kind of event of a person's socket."""

    def __init__(self, person: Person, name: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self._news = Condition()
        assert person.socket is not None
        person.socket.on(name, self._hear)

    def _hear(self, payload: dict[str, Any]) -> None:
        with self._news:
            self.heard.append(payload)
            self._news.notify_all()

    def wait(
        self, until: Callable[[list[dict[str, Any]]], bool], seconds: float = 10
    ) -> list[dict[str, Any]]:
        """What was heard, once it is as expected; the last state when it never is."""
        with self._news:
            self._news.wait_for(lambda: until(self.heard), seconds)
            return list(self.heard)


@pytest.fixture(scope="session")
def redis_of_ours() -> Iterator[Redis]:
    try:
        server = Redis()
    except Unavailable as why:
        missing("Valkey", why)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def pair(
    database_url: str,
    redis_of_ours: Redis,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workers]:
    """Two processes, one database, one folder with the keys; on SQLite that is two processes at one file."""
    folder = tmp_path_factory.mktemp("workers")
    shared = {
        "RECOVERY_NET_DATA": str(folder / "data"),
        "REDIS_URL": redis_of_ours.url,
        "LIMITS": "on",
        "RECOVERY_NET_PROXIES": "1",
        **environment_for(database_url, request),
    }
    first, second = (LiveServer(folder / name, shared) for name in ("first", "second"))
    try:
        first.start()
        town = Workers(first, second, redis_of_ours)  # before the other start makes another set-up link
        second.start()
        yield town
    finally:
        for server in (first, second):
            server.kill()


@pytest.fixture
def workers(pair: Workers) -> Workers:
    """Both of them, as they should be."""
    if not pair.redis.answers():
        pair.redis.start()
    for server in (pair.first, pair.second):
        if not server.is_running():
            server.start()
    until(pair.are_joined)
    return pair


@pytest.fixture
def without_redis(workers: Workers) -> Workers:
    """Both of them while Redis is away."""
    workers.redis.stop()
    return workers


@pytest.fixture
def room(pair: Workers) -> str:
    return pair.operator.open_room(f"Room {secrets.token_hex(4)}")


@pytest.fixture
def here(workers: Workers, room: str) -> Iterator[tuple[Person, Person]]:
    """Somebody at each worker, in the same room."""
    both = workers.person_at(workers.first), workers.person_at(workers.second)
    for person in both:
        assert person.ask("room:join", {"room": room})["ok"]
    yield both
    go(*both)
