"""Every column says what it holds, and members' words are only where they are sealed (security.md, 2 and 5)."""

from sqlalchemy import Column, DateTime, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from recovery_net import models
from recovery_net.core.db import Base, Holds

assert models.ALL
COLUMNS = {
    f"{table.name}.{column.name}": column for table in Base.metadata.sorted_tables for column in table.columns
}

# Text that stands in the clear, each with the reason. Words of members are never here.
CLEAR = {
    Holds.KEY,  # slugs of jobs, source keys of lists
    Holds.STATE,  # roles, labels from a fixed set
    Holds.PSEUDONYM,  # must be found
    Holds.HASH,
    Holds.PUBLIC,  # names of rooms, meeting lists as their intergroups publish them
}


def holds(column: Column[object]) -> Holds:
    found = column.info.get("holds")
    assert isinstance(found, Holds), f"{column} does not say what it holds: use core.db.column(holds=…)"
    return found


def test_every_column_is_classified() -> None:
    for column in COLUMNS.values():
        holds(column)


def test_sealed_columns_are_bytes_and_named_so() -> None:
    for name, column in COLUMNS.items():
        assert (holds(column) == Holds.SEALED) == name.endswith("_sealed"), name
        if name.endswith("_sealed"):
            assert isinstance(column.type, LargeBinary), name


def test_text_in_the_clear_is_of_a_kind_that_may_be() -> None:
    for name, column in COLUMNS.items():
        if isinstance(column.type, String):
            assert holds(column) in CLEAR, name


def test_persons_are_dated_by_the_day() -> None:
    for table in ("accounts", "device_sessions", "memberships"):
        for column in Base.metadata.tables[table].columns:
            kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
            assert not isinstance(kind, DateTime), f"{column} is finer than a day"


def test_nothing_is_made_for_addresses_or_agents() -> None:
    for name in COLUMNS:
        assert not any(
            word in name for word in ("ip_", "_ip", "remote", "user_agent", "email_address", "phone_number")
        )
