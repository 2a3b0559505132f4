"""A table of fixed names in a fixed order, so that a group of nobody is shown as 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def numbers(start: int, end: int, name: str) -> ir.Table:
    """One column of the whole numbers from start to end, both included."""
    spine = ibis.range(start, end + 1).unnest().name(name).as_table()
    return spine.select(spine[name].cast("int64").name(name))


def names(keys: Sequence[str], name: str) -> ir.Table:
    """`position, <name>`: the keys in their order."""
    spine = numbers(0, len(keys) - 1, "position")
    cases = [(spine.position == position, key) for position, key in enumerate(keys)]
    return spine.mutate(ibis.cases(*cases).name(name))
