"""Sums of chances and expectations that come out the same on every engine.

The last bits of a sum of floating numbers depend on the order of the rows; whole millionths do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PARTS = 1_000_000


def expected_sum(
    value: ir.FloatingColumn, where: ir.BooleanColumn | None = None
) -> ir.FloatingScalar:
    """The sum over the rows for which the condition holds, each rounded to a millionth.

    Rows of unknown value add nothing; 0 where there is no row.
    """
    parts = (value * _PARTS).round().cast("int64")
    if where is not None:
        parts = ibis.cases((where, parts))
    return parts.sum().fill_null(0).cast("float64") / _PARTS
