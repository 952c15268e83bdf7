"""Many rows as one parameter: a statement that stays the same however many there are.

It is compiled once, and PostgreSQL plans it once. A list behind `IN` is another statement for every length, and for a
list of pairs SQLite looks through the whole table.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, FromClause, LargeBinary, Text, Uuid, bindparam, func
from sqlalchemy.types import TypeEngine

from recovery_net.core import db

Row = Sequence[Any]
_HEX = (Uuid, LargeBinary)  # JSON has neither; the file holds the first one as hexadecimal text anyway


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
        if self._is_arrays:
            given = [
                bindparam(name, type_=ARRAY(kind)) for name, kind in zip(self._names, kinds, strict=True)
            ]
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
            return {name: list(values) for name, values in zip(self._names, columns, strict=True)}
        return {"many": orjson.dumps([self._to_json(row) for row in rows]).decode()}

    def _to_json(self, row: Row) -> list[Any]:
        return [
            _hex(value) if isinstance(kind, _HEX) else value
            for kind, value in zip(self._kinds, row, strict=True)
        ]

    def _from_json(self, value: ColumnElement[Any], number: int) -> ColumnElement[Any]:
        found = func.json_extract(value, f"$[{number}]")
        return func.from_hex(found) if isinstance(self._kinds[number], LargeBinary) else found


def _hex(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else value.hex
