"""PostgreSQL under an event loop: how its connections wait, and how several statements share one round trip."""

import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.waiting import Ready, Wait
from sqlalchemy import Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

from recovery_net.core import offload

RV = TypeVar("RV")
Command = tuple[bytes, Sequence[bytes | None]]  # the SQL, with $1 and so on, and its parameters as text
Rows = list[tuple[Any, ...]]

_TRUSTED = 1.0  # seconds after its last use for which a connection is not asked whether it lives
_OF_LIBEV = {Wait.R: (1, Ready.R), Wait.W: (2, Ready.W), Wait.RW: (3, Ready.RW)}
_FINE = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}


class Connection(psycopg.Connection[Any]):
    """A connection that waits with one watcher of the loop, and remembers what it has prepared.

    The driver would wait with `select.poll`, which the loop imitates at about the price of a whole statement.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.used_at = 0.0
        self._ready: dict[bytes, bytes] = {}
        self._count = 0  # a name is never used again: the old one may still be there

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Run a conversation with the server to its end."""
        if timeout is not None or not offload.has_loop():
            return super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(_until(self.pgconn.socket, wanted))
        except StopIteration as done:
            result: RV = done.value
            return result

    def rollback(self) -> None:
        """Take back; the driver also lets go of everything that was prepared then."""
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            self.forget()
        super().rollback()

    def forget(self) -> None:
        """What was prepared may be gone."""
        self._ready.clear()

    def together(self, commands: Sequence[Command], *, commits: bool = False) -> list[Rows]:
        """Run statements in one round trip, in the transaction, which begins and ends on the same way."""
        try:
            answers = self.wait(self._together(commands, commits=commits))
        finally:
            self.used_at = time.monotonic()
        if commits and answers.pop().command_status != b"COMMIT":
            raise psycopg.OperationalError("the transaction was broken already")
        return [self._rows(answer) for answer in answers]

    def _together(self, commands: Sequence[Command], *, commits: bool) -> PQGen[list[pq.abc.PGresult]]:
        server = self.pgconn
        wanted: list[bool] = []  # of each answer: whether it is one of a statement that was asked
        begins = server.transaction_status == pq.TransactionStatus.IDLE
        server.enter_pipeline_mode()
        if begins:
            server.send_query_params(b"BEGIN", None)
            wanted.append(False)
        for sql, given in commands:
            if sql not in self._ready:
                self._prepare(sql)
                wanted.append(False)
            server.send_query_prepared(self._ready[sql], given)
            wanted.append(True)
        if commits:
            server.send_query_params(b"COMMIT", None)
            wanted.append(True)
        server.pipeline_sync()
        answers = yield from _answers(server)
        server.exit_pipeline_mode()
        return [answer for answer, is_wanted in zip(answers, wanted, strict=True) if is_wanted]

    def _prepare(self, sql: bytes) -> None:
        self._count += 1
        name = b"straight_%d" % self._count
        self.pgconn.send_prepare(name, sql)
        self._ready[sql] = name

    def _rows(self, answer: pq.abc.PGresult) -> Rows:
        if not answer.ntuples:
            return []
        reader = Transformer(self)
        reader.set_pgresult(answer)
        return reader.load_rows(0, answer.ntuples, tuple)


def _answers(server: pq.abc.PGconn) -> PQGen[list[pq.abc.PGresult]]:
    """One for each command; the first failure is raised once all of them have come, and the line is clear again."""
    while server.flush():
        if (yield Wait.RW) & Ready.R:
            server.consume_input()
    answers: list[pq.abc.PGresult] = []
    while (answer := (yield from _next(server))).status != pq.ExecStatus.PIPELINE_SYNC:
        answers.append(answer)
    for answer in answers:
        if answer.status not in _FINE:
            server.exit_pipeline_mode()
            raise psycopg.errors.error_from_result(answer)
    return answers


def _next(server: pq.abc.PGconn) -> PQGen[pq.abc.PGresult]:
    while True:
        while server.is_busy():
            yield Wait.R
            server.consume_input()
        answer = server.get_result()
        if server.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the connection was lost")
        if answer is not None:  # None stands between two answers
            return answer


def _until(socket: int, wanted: Wait) -> Ready:
    import gevent

    hub = gevent.get_hub()
    events, ready = _OF_LIBEV[wanted]
    with closing(hub.loop.io(socket, events)) as watcher:
        hub.wait(watcher)
    return ready  # of both perhaps only one: the driver looks again, and does not block


def make_engine(url: str) -> Engine:
    """An engine whose connections are the ones above."""
    engine = create_engine(
        _with_psycopg(url),
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        connect_args={"connect_timeout": 5},  # a database that hangs is one that is away
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", partial(_look_at, engine.dialect))
    event.listen(engine, "rollback_savepoint", _forget)
    return engine


def _connect(_dialect: Dialect, _record: Any, args: Sequence[Any], named: dict[str, Any]) -> Connection:
    return Connection.connect(*args, **named)


def _look_at(dialect: Dialect, connection: Any, _record: Any, _fairy: Any) -> None:
    """A connection that lay about is asked whether it lives; the pool makes another one if not."""
    if time.monotonic() - connection.used_at > _TRUSTED:
        try:
            dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError("the connection was lost meanwhile") from error
        connection.used_at = time.monotonic()


def _forget(connection: Any, _name: str, _context: Any) -> None:
    connection.connection.dbapi_connection.forget()


def _with_psycopg(url: str) -> str:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)
