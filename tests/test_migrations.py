"""The tables that migrations make are those of the models, on both engines; data survives the way down and up."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine

from recovery_net import migrating, models
from recovery_net.core import db
from recovery_net.core.db import Base

assert models.ALL


@pytest.fixture
def engine(own_database: dict[str, str], tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each engine."""
    engine = db.make_engine(own_database.get("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    yield engine
    engine.dispose()


def of_models(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave out what only one engine has: the full-text index of the meetings."""
    return not (kind in {"table", "index"} and "search" in (name or ""))


def test_models_and_database_never_differ(engine: Engine) -> None:
    migrating.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": of_models, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    assert migrating.is_current(engine)


def test_going_up_twice_is_going_up_once(engine: Engine) -> None:
    migrating.upgrade(engine)
    migrating.upgrade(engine)
    assert migrating.is_current(engine)


def test_all_the_way_down_leaves_nothing(engine: Engine) -> None:
    migrating.upgrade(engine)
    migrating.downgrade(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}


def insert_account(connection: Connection) -> None:
    accounts = sa.Table("accounts", sa.MetaData(), autoload_with=connection)
    connection.execute(
        accounts.insert().values(
            id="0b0e4ab47f3f4c509e4f2f0f5d1a5a01",
            pseudonym="quiet-river-27",
            skeleton="quletrlver27",
            passphrase_hash="!",
            role="member",
            avatar_seed="7f3a",
            guidelines_version=1,
            joined_on=date(2026, 11, 23),
            seen_on=date(2026, 11, 23),
            is_settled=True,
        )
    )


def insert_room(connection: Connection) -> None:
    rooms = sa.Table("rooms", sa.MetaData(), autoload_with=connection)
    room = {
        "slug": "evening",
        "name": "Evening",
        "access": "open",
        "retention_days": 30,
        "head_seq": 4,
        "epoch": 1,
    }
    connection.execute(rooms.insert().values(id="0b0e4ab47f3f4c509e4f2f0f5d1a5a02", **room))


@pytest.mark.parametrize(
    ("after", "insert", "table", "column"),
    [
        ("0001_accounts", insert_account, "accounts", "pseudonym"),
        ("0002_rooms", insert_room, "rooms", "slug"),
        ("0003_meetings", insert_account, "accounts", "pseudonym"),
    ],
)
def test_data_is_carried_up_and_down(
    engine: Engine, after: str, insert: object, table: str, column: str
) -> None:
    migrating.upgrade(engine, after)
    with engine.begin() as connection:
        insert(connection)  # type: ignore[operator]
    for go, revision in (
        (migrating.upgrade, "head"),
        (migrating.downgrade, after),
        (migrating.upgrade, "head"),
    ):
        go(engine, revision)
        with engine.connect() as connection:
            kept = connection.execute(sa.text(f"select {column} from {table}")).scalars().all()
        assert len(kept) == 1, revision
