"""Between the workers of one instance: hints over Redis, one channel a room (delivery.md, 5).

A hint says where to look, never what is there: how far a room's log has come, that a right or a session ended, who
types. Every one of them may be lost. What matters is in the database, and whoever missed a hint looks there within a
second anyway. So nothing here waits for Redis but the two threads of its own, and nothing is stored in it.
"""

import random
import secrets
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from typing import Any, Protocol

import orjson
import structlog
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

Hear = Callable[[uuid.UUID | None, Any], None]

EVERYONE = "recovery-net:workers"
_ROOM = "recovery-net:room:"
# For a room's hints: how far its log has come, and that its channel is open from now on.
HEAD, OPENED, ENDED = "head", "opened", "ended"
_GATHER = 0.005  # seconds: what comes in between goes out together, and only the latest head of a room
_PING_EVERY = 5.0  # a quiet channel is told from a dead one by this
_DEAD_AFTER = 12.0
_PUBLISH_WITHIN = 2.0
_BACK_OFF = (0.1, 2.0)  # seconds: the first pause, and the longest
_WAITING = 10_000  # hints that may wait; beyond, the oldest are dropped
_CHUNK = 500  # channels of one command
_log = structlog.get_logger()


class Relay(Protocol):
    """Hints out and in. Publishing never waits and never fails; `hear[name]` gets what other workers say."""

    hear: dict[str, Hear]

    def subscribe(self, room_id: uuid.UUID) -> None: ...
    def unsubscribe(self, room_id: uuid.UUID) -> None: ...
    def publish_head(self, room_id: uuid.UUID, seq: int) -> None: ...
    def publish_ended(self, device_ids: Iterable[uuid.UUID]) -> None: ...
    def whisper(self, room_id: uuid.UUID, name: str, payload: Any) -> None: ...
    def tell(self, name: str, payload: Any) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    @property
    def is_up(self) -> bool | None: ...


class Alone:
    """No other worker, or none that can be told: they look into the database."""

    is_up = None  # there is no line that could be down

    def __init__(self) -> None:
        self.hear: dict[str, Hear] = {}

    def subscribe(self, room_id: uuid.UUID) -> None:
        pass

    def unsubscribe(self, room_id: uuid.UUID) -> None:
        pass

    def publish_head(self, room_id: uuid.UUID, seq: int) -> None:
        pass

    def publish_ended(self, device_ids: Iterable[uuid.UUID]) -> None:
        pass

    def whisper(self, room_id: uuid.UUID, name: str, payload: Any) -> None:
        pass

    def tell(self, name: str, payload: Any) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


class OverRedis:
    """Two lines to Redis, each written by one thread: one hears the channels of the rooms here, one speaks."""

    def __init__(self, url: str) -> None:
        self.hear: dict[str, Hear] = {}
        self._me = secrets.token_hex(4)  # one hears one's own words too, and passes over them
        self._listening = _lines(url, _DEAD_AFTER)
        self._speaking = _lines(url, _PUBLISH_WITHIN)
        self._rooms: set[uuid.UUID] = set()
        self._changed: set[uuid.UUID] = set()  # rooms that the channels do not follow yet
        self._heads: dict[uuid.UUID, int] = {}
        self._hints: deque[tuple[str, bytes]] = deque(maxlen=_WAITING)
        self._lock = Lock()
        self._wake = Event()
        self._stop = Event()
        self._ear: Any = None
        self._has_ear_changed = False
        self._pinged_at = 0.0
        self._is_running = False

    @property
    def is_up(self) -> bool:
        """Whether hints of others arrive."""
        return self._ear is not None

    def subscribe(self, room_id: uuid.UUID) -> None:
        """Hear a room from now on; `hear["opened"]` is called when it is so, for what came in between."""
        self._follow(room_id, self._rooms.add)

    def unsubscribe(self, room_id: uuid.UUID) -> None:
        """Nobody here listens to the room any more."""
        self._follow(room_id, self._rooms.discard)

    def _follow(self, room_id: uuid.UUID, change: Callable[[uuid.UUID], None]) -> None:
        with self._lock:
            change(room_id)
            self._changed.add(room_id)
        self._wake.set()

    def publish_head(self, room_id: uuid.UUID, seq: int) -> None:
        """A room's log has come so far. Of many, the last one goes out."""
        if self._is_running and seq > self._heads.get(room_id, 0):
            self._heads[room_id] = seq
            self._wake.set()

    def publish_ended(self, device_ids: Iterable[uuid.UUID]) -> None:
        """These devices are signed out."""
        self.tell(ENDED, [str(device_id) for device_id in device_ids])

    def whisper(self, room_id: uuid.UUID, name: str, payload: Any) -> None:
        """Tell the workers that have listeners in a room."""
        self._say(f"{_ROOM}{room_id}", name, payload)

    def tell(self, name: str, payload: Any) -> None:
        """Tell every worker."""
        self._say(EVERYONE, name, payload)

    def _say(self, channel: str, name: str, payload: Any) -> None:
        if self._is_running:
            self._hints.append((channel, orjson.dumps([self._me, name, payload])))
            self._wake.set()

    def start(self) -> None:
        """Begin to hear and to speak; again changes nothing."""
        if self._is_running or self._stop.is_set():
            return
        self._is_running = True
        for work in (self._keep_listening, self._keep_speaking):
            Thread(target=work, daemon=True).start()

    def stop(self) -> None:
        """Say no more. What still waits to be said is dropped: others find it in the database."""
        self._is_running = False
        self._stop.set()
        self._wake.set()
        if (ear := self._ear) is not None:
            ear.disconnect()

    def _keep_listening(self) -> None:
        pauses = _Pauses()
        while not self._stop.is_set():
            ear = self._listening.make_connection()
            try:
                ear.connect()
                self._take_ear(ear)
                while not self._stop.is_set():
                    self._take(ear.read_response())
                    pauses.begin_anew()
            except Exception as error:  # whatever it was, the line is made anew
                if pauses.is_first and not self._stop.is_set():
                    _log.warning("relay_down", error=type(error).__name__)
            self._take_ear(None)
            ear.disconnect()
            self._stop.wait(pauses.next())

    def _take_ear(self, ear: Any) -> None:
        with self._lock:
            self._ear, self._has_ear_changed = ear, True
        self._wake.set()  # the other thread subscribes: a line has one writer

    def _take(self, heard: Any) -> None:
        if not isinstance(heard, list) or len(heard) != 3:  # a pong
            return
        kind, channel, data = heard
        if kind == b"subscribe" and (room_id := _room_of(channel)) is not None:
            self._pass_on(OPENED, room_id, None)
        elif kind == b"message":
            said_by, name, payload = orjson.loads(data)
            if said_by != self._me:
                self._pass_on(name, _room_of(channel), payload)

    def _pass_on(self, name: str, room_id: uuid.UUID | None, payload: Any) -> None:
        hear = self.hear.get(name)
        if hear is None:
            return  # a newer version runs beside this one
        try:
            hear(room_id, payload)
        except Exception as error:
            _log.error("hint_failed", hint=name, error=type(error).__name__)

    def _keep_speaking(self) -> None:
        mouth = self._speaking.make_connection()
        pauses = _Pauses()
        while not self._stop.is_set():
            self._wake.wait(_PING_EVERY)
            self._wake.clear()
            try:
                self._follow_rooms()
                self._speak(mouth)
                pauses.begin_anew()
                self._stop.wait(_GATHER)
            except Exception:  # hints are lost; the other thread says that the line is down
                mouth.disconnect()
                self._stop.wait(pauses.next())
        mouth.disconnect()

    def _follow_rooms(self) -> None:
        """Bring the channels up to the rooms, and see now and then whether the line lives."""
        with self._lock:
            ear, is_new = self._ear, self._has_ear_changed
            if ear is None:
                return
            opened = set(self._rooms) if is_new else self._changed & self._rooms
            closed = set() if is_new else self._changed - self._rooms
            self._changed.clear()
            self._has_ear_changed = False
        first = [EVERYONE] if is_new else []
        commands = [("SUBSCRIBE", *some) for some in _chunks([*first, *map(_channel, opened)])]
        commands += [("UNSUBSCRIBE", *some) for some in _chunks([_channel(room_id) for room_id in closed])]
        if time.monotonic() - self._pinged_at >= _PING_EVERY:
            self._pinged_at = time.monotonic()
            commands.append(("PING",))
        try:
            for command in commands:
                ear.send_command(*command, check_health=False)
        except (RedisError, OSError):
            ear.disconnect()  # whoever reads from it notices, and makes another
        if self._ear is not ear:
            ear.disconnect()  # given up meanwhile: the library opens it again to send, and nobody would ever read it

    def _speak(self, mouth: Any) -> None:
        said = [self._hints.popleft() for _ in range(len(self._hints))]
        heads, self._heads = self._heads, {}
        said += [(_channel(room_id), orjson.dumps([self._me, HEAD, seq])) for room_id, seq in heads.items()]
        if not said:
            return
        if not mouth.is_connected:
            mouth.connect()
        packed = mouth.pack_commands([("PUBLISH", channel, data) for channel, data in said])
        mouth.send_packed_command(packed, check_health=False)
        for _ in said:
            mouth.read_response()


class _Pauses:
    """Longer and longer, by chance, until something goes well."""

    def __init__(self) -> None:
        self._next = _BACK_OFF[0]

    @property
    def is_first(self) -> bool:
        return self._next == _BACK_OFF[0]

    def begin_anew(self) -> None:
        self._next = _BACK_OFF[0]

    def next(self) -> float:
        pause, self._next = self._next, min(self._next * 2, _BACK_OFF[1])
        return random.uniform(pause / 2, pause)  # noqa: S311 - chance, not secrecy


def make_relay(redis_url: str | None) -> Relay:
    """Over Redis if there is one."""
    return OverRedis(redis_url) if redis_url else Alone()


def _lines(url: str, timeout: float) -> Any:
    return ConnectionPool.from_url(
        url,
        protocol=2,
        socket_timeout=timeout,
        socket_connect_timeout=_PUBLISH_WITHIN,
        retry=Retry(NoBackoff(), 0),  # its own default waits for seconds, and again and again
        health_check_interval=0,
    )


def _channel(room_id: uuid.UUID) -> str:
    return f"{_ROOM}{room_id}"


def _room_of(channel: bytes) -> uuid.UUID | None:
    name = channel.decode()
    return uuid.UUID(name.removeprefix(_ROOM)) if name.startswith(_ROOM) else None


def _chunks(names: list[str]) -> list[list[str]]:
    return [names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK)]
