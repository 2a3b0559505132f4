"""Counting rows that meet a condition, with 0 where none do, on every engine.

`count(where=…)` becomes COUNT_IF on Spark Connect, which Sail answers with NULL when there is no
row, or when the condition is unknown for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def number_where(condition: ir.BooleanColumn) -> ir.IntegerScalar:
    """The number of rows for which the condition holds; unknown does not hold."""
    return ibis.cases((condition, 1)).count()
