"""Steps of a funnel, and whatever else names entries of the timeline, as people write them.

    Product Viewed                       a tracked event of this name
    page, page:Home, screen:Cart         a page or screen, any or of this name
    order                                an order of the records, paid and not wholly taken back
    any                                  whatever the customer did
    Followed|Subscribed                  one or the other
    Product Viewed[category=Tea]         with a condition; several may follow each other
    order[amount>=100][source=wechat]

A condition compares a column of the timeline, or else a property of the event, by `=`, `!=`, `~`
(contains), `>`, `>=`, `<` or `<=`. Quotes keep what would be read otherwise: `"a, b"`, `[x="]"]`.

>>> step_of("Product Viewed[category=Tea]|page:Tea").alternatives[0].conditions[0].value
'Tea'
>>> [step.text for step in steps_of("page, Product Viewed[price>5], order")]
['page', 'Product Viewed[price>5]', 'order']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from regulars.errors import UnknownValue
from regulars.insight.entries import NUMBERS, ORDER, TEXTS, is_activity

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

ANY = "any"
_SEEN = ("page", "screen")
_KINDS = (*_SEEN, "identify", "group", "alias", "receipt")
_CONDITION = re.compile(
    r"\s*(?P<key>[^=!~<>]+?)\s*(?P<how>!=|>=|<=|=|~|>|<)\s*(?P<value>.*)\s*", re.S
)
_ORDERED = (">", ">=", "<", "<=")


@dataclass(frozen=True, slots=True)
class Condition:
    """What an entry of a step must have besides its name."""

    key: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of entry that a step may be."""

    kind: str
    name: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what was written, and what it may be."""

    text: str
    alternatives: tuple[Alternative, ...]


def steps_of(text: str) -> list[Step]:
    """The steps of a list written with commas.

    Raises:
        UnknownValue: a step is none; with the place at which it cannot be read.
    """
    return [step_of(part) for part in _split(text, ",")]


def step_of(text: str) -> Step:
    """The step that is written so.

    Raises:
        UnknownValue: it is none.
    """
    text = text.strip()
    return Step(text, tuple(_alternative(part, text) for part in _split(text, "|")))


def _alternative(part: str, whole: str) -> Alternative:
    pieces = _bracketed(part, whole)
    name = _unquoted(pieces[0])
    if not name:
        raise _unreadable(whole, "it names nothing")
    conditions = tuple(_condition(piece, whole) for piece in pieces[1:])
    kind, colon, rest = name.partition(":")
    if name in (ANY, ORDER):
        return Alternative(name, None, conditions)
    if kind in _KINDS:
        return Alternative(kind, rest.strip() or None if colon else None, conditions)
    return Alternative("track", name, conditions)


def _condition(text: str, whole: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise _unreadable(whole, f"[{text}] is no condition")
    value = _unquoted(found["value"].strip())
    if found["how"] in _ORDERED and _number(value) is None:
        raise _unreadable(whole, f"{value!r} is no number to compare with")
    return Condition(_unquoted(found["key"]), found["how"], value)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside of quotes and brackets."""
    parts, part, quoted, depth = [], "", False, 0
    for letter in text:
        quoted ^= letter == '"'
        if not quoted:
            depth += (letter == "[") - (letter == "]")
        if letter == separator and not quoted and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    if quoted or depth:
        raise _unreadable(text, "a quote or a bracket is not closed")
    return [one.strip() for one in (*parts, part)]


def _bracketed(part: str, whole: str) -> list[str]:
    """What stands before the brackets, and then what stands inside each."""
    pieces, quoted, inside = [""], False, False
    for letter in part:
        quoted ^= letter == '"'
        if letter == "[" and not quoted and not inside:
            pieces.append("")
            inside = True
        elif letter == "]" and not quoted and inside:
            inside = False
        elif letter in "[]" and not quoted:
            raise _unreadable(whole, "brackets stand inside of brackets")
        elif inside or len(pieces) == 1:
            pieces[-1] += letter
        elif letter.strip():
            raise _unreadable(whole, "something stands behind its conditions")
    return pieces


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unreadable(text: str, why: str) -> UnknownValue:
    return UnknownValue(
        f"{text!r} is no step: {why}",
        todo="write NAME, page:NAME, order or any, with conditions as in"
        " `Product Viewed[category=Tea][price>=20]`",
    )


def matches(view: View, table: ir.Table, step: Step) -> ir.BooleanValue:
    """Whether an entry is the step; never NULL.

    Args:
        view: of the table.
        table: `insight.entries.entries`.
        step: to look for.
    """
    return masked(view, table, [step]) == 1


def only_kind(steps: Sequence[Step]) -> str | None:
    """The one kind of entry that the steps are, where names alone tell them; else None."""
    alternatives = [one for step in steps for one in step.alternatives]
    kinds = {one.kind for one in alternatives}
    by_name = all(one.name is not None and not one.conditions for one in alternatives)
    return kinds.pop() if by_name and len(kinds) == 1 else None


def masked(
    view: View, table: ir.Table, steps: Sequence[Step], of_kind: str | None = None
) -> ir.IntegerValue:
    """A number whose bit k says whether the entry is step k; never NULL.

    What is told by a name alone is looked up in one list of names, which engines do once for each
    name and not for each row.

    Args:
        view: of the table.
        table: `insight.entries.entries`.
        steps: to look for.
        of_kind: the one kind of which all entries of the table are, if they are.
    """
    by_name: dict[str, dict[str, int]] = {}
    whole = ibis.literal(0, "int32")
    for number, step in enumerate(steps):
        for one in step.alternatives:
            if one.name is not None and not one.conditions:
                names = by_name.setdefault(one.kind, {})
                names[one.name] = names.get(one.name, 0) | 1 << number
                continue
            held = _held(view, table, one).fill_null(ibis.literal(value=False))
            whole = whole | _number_where(held, 1 << number)
    for kind, names in by_name.items():
        bits = table.name.cases(*names.items(), else_=0).cast("int32")
        if of_kind is not None:
            return bits
        whole = whole | table.kind.cases((kind, bits), else_=ibis.literal(0, "int32"))
    return whole.cast("int32")


def _number_where(condition: ir.BooleanValue, number: int) -> ir.IntegerValue:
    return ibis.cases((condition, ibis.literal(number, "int32")), else_=ibis.literal(0, "int32"))


def _held(view: View, table: ir.Table, one: Alternative) -> ir.BooleanValue:
    if one.kind == ANY:
        found = is_activity(table)
    else:
        found = table.kind == one.kind
        if one.name is not None:
            found = found & (table.name == one.name)
    for condition in one.conditions:
        found = found & _holds(view, table, condition)
    return found


def _holds(view: View, table: ir.Table, condition: Condition) -> ir.BooleanValue:
    how, value = condition.how, condition.value
    if condition.key in NUMBERS and _number(value) is not None and how != "~":
        return _compared(table[condition.key].cast("float64"), how, float(value))
    text = (
        table[condition.key]
        if condition.key in TEXTS
        else view.engine.json_text(table.properties, condition.key)
    )
    if how in _ORDERED:
        return _compared(text.try_cast("float64"), how, float(value))
    if how == "~":
        return text.contains(value)
    return text == value if how == "=" else text.isnull() | (text != value)


def _compared(number: ir.NumericValue, how: str, value: float) -> ir.BooleanValue:
    compared: dict[str, ir.BooleanValue] = {
        "=": number == value,
        "!=": number.isnull() | (number != value),
        ">": number > value,
        ">=": number >= value,
        "<": number < value,
        "<=": number <= value,
    }
    return compared[how]
