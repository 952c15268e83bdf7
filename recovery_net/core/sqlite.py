"""SQLite under an event loop: one writer, in the order of asking; readers beside it; the disk is awaited elsewhere.

SQLite waits inside its calls, for a lock or for the disk, and whoever waits there holds up everyone. So nobody of this
process meets another one at the lock (`Turns`), the wait for another process happens out here (`begin`), and the
commit, the one statement that waits for the disk, happens on a real thread (`Connection.commit`).
"""

import sqlite3
import time
from collections import deque
from threading import Lock
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as TookTooLong
from sqlalchemy.pool import ConnectionPoolEntry

from recovery_net.core.offload import Lane

PATIENCE = 10.0  # seconds that a transaction waits for its turn, and for another process
READERS = 4  # connections; they hold nobody up, and see what was committed when they began
_HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02  # between two looks at a file that another process writes

_disk = Lane()  # its thread is for commits alone: no passphrase that is being hashed stands before them


class Connection(sqlite3.Connection):
    """A connection whose commit holds up nobody but its own transaction."""

    def commit(self) -> None:
        _disk.run(super().commit)


class Turns:
    """A lock that is handed over in the order of asking: who asks again goes to the end."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._is_taken = False
        self._line: deque[Any] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            gate = Lock()
            gate.acquire()
            self._line.append(gate)
        self._wait(gate)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().release()
            else:
                self._is_taken = False

    def _wait(self, gate: Any) -> None:
        try:
            is_open = gate.acquire(timeout=PATIENCE)
        except BaseException:  # the greenlet that waited was ended
            if not self._step_out(gate):
                self.__exit__(None, None, None)
            raise
        if not is_open and self._step_out(gate):
            raise TookTooLong("no turn to write")

    def _step_out(self, gate: Any) -> bool:
        """Whether we were still in the line; if not, the turn is ours by now."""
        with self._guard:
            if gate in self._line:
                self._line.remove(gate)
                return True
            return False


def make_writer(url: str) -> Engine:
    """One connection. Its transactions begin with the file's lock, so they never fail half-way."""
    return _make(url, "BEGIN IMMEDIATE", size=1)


def make_readers(url: str) -> Engine:
    """A few connections that only read: WAL gives them the last commit while the next one is on its way."""
    return _make(url, "BEGIN", size=READERS)


def checkpoint(engine: Engine) -> bool:
    """Move the log into the file and empty it. False when a reader stood in the way."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        _disk.run(lambda: cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
        return not (cursor.fetchone() or (1,))[0]
    finally:
        connection.close()


def _make(url: str, begin: str, *, size: int) -> Engine:
    given = {"check_same_thread": False, "factory": Connection}
    engine = create_engine(url, pool_size=size, max_overflow=0, connect_args=given)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: _begin(connection, begin))
    return engine


def _prepare(connection: Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.create_function("from_hex", 1, bytes.fromhex, deterministic=True)  # SQLite has it from 3.41 on
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=1000",  # for the next line only: switching to WAL needs the whole file once
        "journal_mode=WAL",
        "busy_timeout=10",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "wal_autocheckpoint=8000",  # pages; hot ones are then written to the file once for many commits
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any, begin: str) -> None:
    deadline, pause = time.monotonic() + PATIENCE, _FIRST_PAUSE
    while not _has_begun(connection, begin, is_last_try=time.monotonic() > deadline):
        time.sleep(pause)  # here, not inside SQLite: its own waiting would freeze the event loop
        pause = min(2 * pause, _LONGEST_PAUSE)


def _has_begun(connection: Any, begin: str, *, is_last_try: bool) -> bool:
    try:
        connection.exec_driver_sql(begin)
    except OperationalError as error:
        is_held = getattr(error.orig, "sqlite_errorcode", None) in _HELD
        if is_last_try or not is_held:
            raise
        return False
    return True
