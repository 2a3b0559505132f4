"""Sums that do not depend on the order of adding: fractions counted in whole grains.

A sum of floating-point numbers differs in its last bits with the order in which threads deliver
them, and a list that is ranked by it would too. So fractions are cut to grains of 2^-20 first.

>>> GRAINS
1048576
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

GRAINS = 1 << 20
"""In one."""


class Keep(Protocol):
    """Makes a table of an expression, so that what follows does not compute it again."""

    def __call__(self, name: str, expression: ir.Table) -> ir.Table:
        """The table under the name, in place of what was there."""


def grains(value: ir.Value) -> ir.IntegerValue:
    """The number in whole grains, rounded down."""
    return (value * float(GRAINS)).floor().cast("int64")


def total(column: ir.IntegerColumn, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """The sum of whole numbers as a whole number; 0 of nothing."""
    chosen = column if where is None else ibis.cases((where, column))
    return chosen.sum().cast("int64").fill_null(0)


def real(column: ir.IntegerValue) -> ir.FloatingValue:
    """Grains as the number they stand for."""
    return column.cast("float64") / float(GRAINS)


def number(value: float) -> ir.FloatingScalar:
    """The constant as a DOUBLE: a plain 0.5 is a decimal to Spark, whatever Ibis casts it to."""
    return ibis.literal(repr(float(value))).cast("float64")


def decay(age: ir.IntegerValue, half_life: float) -> ir.FloatingValue:
    """1 for today, one half after the half-life."""
    return (age.cast("float64") * number(-math.log(2) / half_life)).exp()


def whole(rank: ir.IntegerValue) -> ir.IntegerValue:
    """A rank as BIGINT: engines number rows in types of their own, whatever Ibis takes them for."""
    return rank.cast("int32").cast("int64")


def first(table: ir.Table, per: str, count: int, *order: ir.Value) -> ir.Table:
    """The first rows of each group in an order that leaves nothing open."""
    own = ibis.window(group_by=table[per], order_by=order)
    placed = table.mutate(_place=ibis.row_number().over(own))
    return placed.filter(placed["_place"] < count).drop("_place")
