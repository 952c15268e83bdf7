"""Many rows as one parameter: a statement that stays the same however many there are.

It is compiled once, and PostgreSQL plans it once. A list behind `IN` is another statement for every length, and for a
list of pairs SQLite looks through the whole table.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from recovery_net.core import db
from recovery_net.core.straight import Straight

Row = Sequence[Any]


class Many:
    """Rows to join with: `source` and its `columns` go into the statement, `given` makes the parameters.

    Made for the database that is connected: keep it with its statement, behind `per_engine`.
    """

    def __init__(self, *kinds: TypeEngine[Any]) -> None:
        self._kinds = kinds
        self._names = [f"many_{number}" for number in range(len(kinds))]
        self.source: FromClause
        self.columns: tuple[ColumnElement[Any], ...]
        self._is_arrays = db.is_postgresql()
        self._has_bytes = any(isinstance(kind, LargeBinary) for kind in kinds)
        if self._is_arrays:
            given = [_array(name, kind) for name, kind in zip(self._names, kinds, strict=True)]
            rows = func.unnest(*given).table_valued(*self._names, name="many").render_derived()
            self.source, self.columns = rows, tuple(rows.c)
        else:
            rows = func.json_each(bindparam("many", type_=Text())).table_valued("value", name="many")
            self.source = rows
            self.columns = tuple(self._from_json(rows.c.value, number) for number in range(len(kinds)))

    def given(self, rows: Iterable[Row]) -> dict[str, Any]:
        """The parameters that stand for these rows."""
        if self._is_arrays:
            columns = list(zip(*rows, strict=True)) or [()] * len(self._names)
            named = zip(self._names, self._kinds, columns, strict=True)
            return {name: _literal(kind, values) for name, kind, values in named}
        return {"many": orjson.dumps([self._to_json(row) for row in rows]).decode()}

    def _to_json(self, row: Row) -> Row:
        if not self._has_bytes:
            return row
        return [value.hex() if isinstance(value, bytes) else value for value in row]

    def _from_json(self, value: ColumnElement[Any], number: int) -> ColumnElement[Any]:
        found = func.json_extract(value, f"$[{number}]")
        if isinstance(self._kinds[number], LargeBinary):
            return func.from_hex(found)
        # The file holds a UUID without the hyphens that JSON has.
        return func.replace(found, "-", "") if isinstance(self._kinds[number], Uuid) else found


@db.per_engine
def _insertions() -> dict[Table, Callable[[Sequence[Row]], None]]:
    return {}


def insert_all(table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have a value for every column of a table, in the order of its columns."""
    insertions = _insertions()
    if table not in insertions:
        insertions[table] = (_by_arrays if db.is_postgresql() else _by_driver)(table)
    insertions[table](rows)


def _by_arrays(table: Table) -> Callable[[Sequence[Row]], None]:
    given = Many(*(column.type for column in table.columns))
    filling = insert(table).from_select(table.columns.keys(), select(*given.columns))
    statement = Straight(filling, db.engine().dialect)

    def run(rows: Sequence[Row]) -> None:
        db.leave((statement, given.given(rows)))

    return run


def _by_driver(table: Table) -> Callable[[Sequence[Row]], None]:
    """SQLite takes rows one by one and fast; what costs is to name and look at every value on the way there."""
    dialect = db.engine().dialect
    statement = str(insert(table).compile(dialect=dialect))
    ready = [
        column.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is for column in table.columns
    ]

    def run(rows: Sequence[Row]) -> None:
        columns = (map(make, values) for make, values in zip(ready, zip(*rows, strict=True), strict=True))
        db.core().exec_driver_sql(statement, list(zip(*columns, strict=True)))

    return run


def _as_it_is(value: Any) -> Any:
    return value


def _array(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=Text()), ARRAY(kind))


def _literal(kind: TypeEngine[Any], values: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it: the driver would look at each value for many times as long."""
    if isinstance(kind, LargeBinary):
        values = [None if value is None else f"\\x{value.hex()}" for value in values]
    elif isinstance(kind, String):  # JSON has more escapes than an array
        return "{" + ",".join(map(_quoted, values)) + "}"
    return "{" + orjson.dumps(values).decode()[1:-1] + "}"


def _quoted(value: str | None) -> str:
    if value is None:
        return "null"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
