"""Statements that go straight to the driver: compiled once, several in one round trip.

What SQLAlchemy does around a statement costs more than the statement itself where it runs for every message. This is
for such a place only; everything else takes `db.session()` or `db.core()`.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DBAPIError

from recovery_net.core import postgres

Row = tuple[Any, ...]
Change = Callable[[Any], Any]
_NUMBERED: Dialect = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # as the server counts


class Straight:
    """A Core statement made ready for the driver of one engine: keep it behind `db.per_engine`."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        self._is_postgresql = dialect.name == "postgresql"
        spoken = _NUMBERED if self._is_postgresql else dialect
        compiled: Any = statement.compile(dialect=spoken)  # type: ignore[attr-defined]  # every statement has it
        self.sql: str = str(compiled)
        self._names: list[str] = compiled.positiontup
        self._set = compiled.params
        self._writes = [_writer(compiled.binds[name].type, spoken) for name in self._names]
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._reads = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._is_plain = self._is_postgresql or not any(self._reads)  # PostgreSQL's driver knows every type

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order, as the driver takes them."""
        found = {**self._set, **values}
        return [
            None if found[name] is None else write(found[name])
            for name, write in zip(self._names, self._writes, strict=True)
        ]

    def read(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows of the driver with the values that the columns promise."""
        if self._is_plain or not rows:
            return rows
        columns = zip(*rows, strict=True)
        made = (
            map(read, values) if read else values for read, values in zip(self._reads, columns, strict=True)
        )
        return list(zip(*made, strict=True))


Call = tuple[Straight, Mapping[str, Any]]


def run(connection: Connection, calls: Sequence[Call], *, commits: bool = False) -> list[Sequence[Row]]:
    """Run statements in their order, in the transaction of a connection; their rows.

    `commits` sends PostgreSQL the commit along; on SQLite it stays with the connection, whose disk has a thread.
    """
    driver: Any = connection.connection.dbapi_connection
    _tell(connection, calls)
    try:
        if isinstance(driver, postgres.Connection):
            commands = [(call.sql.encode(), call.given(values)) for call, values in calls]
            return list(driver.together(commands, commits=commits))
        return [call.read(driver.execute(call.sql, call.given(values)).fetchall()) for call, values in calls]
    except BaseException as error:
        raise _told(error, connection, driver) from error


def _tell(connection: Connection, calls: Sequence[Call]) -> None:
    """Whoever listens to the engine's statements hears these too."""
    for listener in connection.dispatch.before_cursor_execute:
        for call, _values in calls:
            listener(connection, None, call.sql, (), None, False)


def _told(error: BaseException, connection: Connection, driver: Any) -> BaseException:
    """The error as SQLAlchemy tells it, without the parameters. Amid a conversation nobody else may go on with it."""
    dialect = connection.dialect
    known: Any = dialect.dbapi.Error if dialect.dbapi else sqlite3.Error
    if not isinstance(error, known):
        if not isinstance(error, Exception) or isinstance(driver, postgres.Connection):
            connection.invalidate(error)
        return error
    is_lost = dialect.is_disconnect(error, driver, None)
    if is_lost:
        connection.invalidate(error)
    told: BaseException = DBAPIError.instance(
        None, None, error, known, connection_invalidated=is_lost, dialect=dialect
    )
    return told


def _writer(kind: Any, dialect: Dialect) -> Change:
    made: Change | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name == "postgresql":  # the server reads everything from text
        return _text if made is None else lambda value: _text(made(value))
    return made or _as_it_is


def _text(value: Any) -> bytes:
    return str(value).encode()


def _as_it_is(value: Any) -> Any:
    return value
