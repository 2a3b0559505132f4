"""A row that was not taken in, and why.

Its cells stay in the table that they came in until they are asked for: a dictionary for each row
takes many times their bytes, and of a wide file a whole chunk may be rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

_AT_ONCE = 1 << 16
"""Cells that are taken out of a table together."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken in, and why; its cells are texts, empty ones too."""

    line: int
    column: str
    value: str
    reason: str
    personal: bool
    row: Mapping[str, str]


def rows_of(table: pa.Table) -> Sequence[Mapping[str, str]]:
    """The rows of a table, by header, each taken out of it when it is asked for.

    >>> rows_of(pa.table({"a": ["x", None], "b": [1, 2]}))[1]["a"]
    ''
    """
    taken = _Taken(table)
    return [_Row(taken, place) for place in range(table.num_rows)]


class _Taken:
    """A few neighbouring rows of a table; who goes through it in order takes each out once."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._count = max(1, _AT_ONCE // max(1, table.num_columns))
        self._first = -1
        self._rows: list[dict[str, str]] = []

    def row(self, place: int) -> dict[str, str]:
        first = place - place % self._count
        if first != self._first:
            self._rows = [
                {name: "" if cell is None else str(cell) for name, cell in cells.items()}
                for cells in self._table.slice(first, self._count).to_pylist()
            ]
            self._first = first
        row: dict[str, str] = self._rows[place - first]
        return row


class _Row(Mapping[str, str]):
    __slots__ = ("_place", "_taken")

    def __init__(self, taken: _Taken, place: int) -> None:
        self._taken, self._place = taken, place

    def __getitem__(self, name: str) -> str:
        return self._taken.row(self._place)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._taken.row(self._place))

    def __len__(self) -> int:
        return len(self._taken.row(self._place))
