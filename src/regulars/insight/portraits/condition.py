"""Conditions on the people table as people write them: `orders >= 3`, `source in 直播|搜索广告`.

A condition is a column, an operator and a value: `=`, `!=`, `>=`, `<=`, `>`, `<`, or `in a|b|c`.
Columns that hold several values (tags, interests) are met where one of them is the value. Where a
column has no value, no condition on it holds.

>>> condition = parse("orders >= 3")
>>> condition.column, condition.operator, condition.value
('orders', '>=', '3')
"""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from regulars.errors import UnknownValue, Where

if TYPE_CHECKING:
    import ibis.expr.types as ir

_FORM = re.compile(r"^\s*(?P<column>[^<>=!]+?)\s*(?P<operator>>=|<=|!=|=|>|<|\sin\s)(?P<value>.*)$")
_COMPARE = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
    ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_EXAMPLE = "write a column, an operator and a value, for example 'orders >= 3' or 'stage = core'"
TRAIT = "traits."


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition, with the text it came from."""

    column: str
    operator: str
    value: str
    text: str


def parse(text: str) -> Condition:
    """The parts of a condition.

    Raises:
        UnknownValue: it has no operator, no column or no value.
    """
    found = _FORM.match(text)
    if found is None or not found["value"].strip():
        raise UnknownValue("this is no condition", where=Where(value=text), todo=_EXAMPLE)
    return Condition(found["column"], found["operator"].strip(), found["value"].strip(), text)


def holds(people: ir.Table, conditions: Sequence[str]) -> ir.BooleanValue:
    """Whether all the conditions hold for a row of the people table.

    Raises:
        UnknownValue: a condition names no column, or its value is of another type.
    """
    met: Any = ibis.literal(True)
    for text in conditions:
        met = met & _one(people, parse(text)).fill_null(False)
    return met


def column_of(people: ir.Table, name: str, text: str | None = None) -> Any:
    """A column of the people table, or a further attribute as `traits.<key>`.

    Raises:
        UnknownValue: there is none of that name.
    """
    if name.startswith(TRAIT):
        return people.traits.get(name.removeprefix(TRAIT))
    columns = [one for one in people.columns if one != "traits"]
    if name not in columns:
        raise UnknownValue.of(
            "column of people", name, columns, Where(value=text) if text else None
        )
    return people[name]


def _one(people: ir.Table, condition: Condition) -> Any:
    column = column_of(people, condition.column, condition.text)
    kind = column.type()
    if kind.is_array():
        if condition.operator not in ("=", "!=", "in"):
            raise _wrong(condition, "has several values per customer", "use =, != or in")
        wanted = _values(condition)
        met: Any = ibis.literal(False)
        for value in wanted:
            met = met | column.contains(value)
        return ~met if condition.operator == "!=" else met
    if condition.operator == "in":
        return column.isin([_typed(one, kind, condition) for one in _values(condition)])
    if kind.is_string() and condition.operator not in ("=", "!="):
        raise _wrong(condition, "is text and has no order", "use =, != or in a|b")
    return _COMPARE[condition.operator](column, _typed(condition.value, kind, condition))


def _values(condition: Condition) -> list[str]:
    if condition.operator != "in":
        return [condition.value]
    return [one.strip() for one in condition.value.split("|") if one.strip()]


def _typed(value: str, kind: Any, condition: Condition) -> Any:
    if kind.is_string():
        return value
    if kind.is_date():
        try:
            return ibis.literal(date.fromisoformat(value))
        except ValueError:
            raise _wrong(condition, "is a day", "write it as YYYY-MM-DD") from None
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise _wrong(condition, "is a number", f"write {condition.column} {condition.operator} 3")
    return ibis.literal(number).cast("float64")


def _wrong(condition: Condition, what: str, todo: str) -> UnknownValue:
    return UnknownValue(
        f"{condition.value!r} does not fit: {condition.column} {what}",
        where=Where(value=condition.text),
        todo=todo,
    )
