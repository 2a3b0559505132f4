"""Sums that no number of rows makes too large: SQLite stops where one passes 64 bits.

>>> whole(-1, 2**32 - 7), whole(None, None)
(-7, 0)
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_BITS = 32
_LOW = (1 << _BITS) - 1


def halves(amount: sa.ColumnElement[int]) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """The sums of the upper and of the lower bits of an amount, for `whole`."""
    high: sa.ColumnElement[int] = sa.literal_column(str(_BITS))
    low: sa.ColumnElement[int] = sa.literal_column(str(_LOW))
    return sa.func.sum(amount.op(">>")(high)), sa.func.sum(amount.op("&")(low))


def whole(high: Any, low: Any) -> int:
    """The sum, of both halves; 0 where there was no row."""
    return (int(high or 0) << _BITS) + int(low or 0)
