"""A database that fails where a test wants it to."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from recovery_net.core import db


@contextmanager
def refusing(words: str) -> Iterator[None]:
    """Inside, the driver fails on every statement that has these words in it."""

    def refuse(_connection, _cursor, statement, *_more) -> None:
        if words in statement:
            raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    engines = {db.engine(), db.readers()}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", refuse)
