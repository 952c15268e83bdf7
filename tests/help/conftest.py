"""What the help tests need: a look at the database's work, and a database that is gone."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from recovery_net.core import db

NOWHERE = {
    "sqlite": "sqlite:////nowhere/at/all.sqlite3",
    "postgresql": "postgresql://nobody@127.0.0.1:1/nothing",
}


@pytest.fixture
def queries(app: Flask) -> Iterator[list[str]]:
    """Every statement that reaches the database."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        seen.append(statement)

    engines = {db.engine(), db.readers()}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def break_database(app: Flask) -> Iterator[Callable[[], None]]:
    """Call it, and from then on the database cannot be reached."""
    url = db.engine().url.render_as_string(hide_password=False)

    def unplug() -> None:
        db.connect(NOWHERE[db.engine().dialect.name])

    yield unplug
    db.connect(url)
