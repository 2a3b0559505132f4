"""JSON values as the text cells of a fact's row.

>>> text_of(7.0), text_of("  a "), text_of(True), text_of([1])
('7', 'a', 'true', None)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Raw, UnsetType

_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LARGEST = Decimal("1E+15")

Json = Mapping[str, Any]
"""A decoded object; numbers with a fraction are decimals, as they were written."""


def decode(body: bytes | Raw | UnsetType) -> dict[str, Any]:
    """The object in the bytes; an empty one where there is none, or another thing."""
    if isinstance(body, UnsetType) or not body:
        return {}
    try:
        decoded = _DECODE(body)
    except msgspec.DecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def text_of(value: object) -> str | None:
    """The shortest text of a value; None where there is none, and for lists and objects."""
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        # What a program wrote as 1.5E+3 or 7.0 is meant as 1500 and 7, unless it is out of reach.
        small = value.is_finite() and value.adjusted() <= 15
        return f"{value.normalize():f}" if small else str(value)
    text = str(value).replace("\x00", "").strip()
    return text or None


def first_of(values: Json, *names: str) -> str | None:
    """The text under the first of these names that has one."""
    for name in names:
        if (text := text_of(values.get(name))) is not None:
            return text
    return None


def amount_of(value: object) -> Decimal | None:
    """The amount, None where it is none; one out of all reach is cut to what is refused later.

    >>> amount_of("12.50"), amount_of("1e999"), amount_of("ten")
    (Decimal('12.50'), Decimal('1E+15'), None)
    """
    text = text_of(value)
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    if amount.adjusted() >= _LARGEST.adjusted():
        return _LARGEST.copy_sign(amount)
    return amount if amount.adjusted() > -_LARGEST.adjusted() else Decimal(0)


def first_amount(values: Json, *names: str) -> Decimal | None:
    """The amount under the first of these names that has one."""
    for name in names:
        if (amount := amount_of(values.get(name))) is not None:
            return amount
    return None


def money(amount: Decimal | None) -> str | None:
    """An amount as a cell, without needless zeros.

    >>> money(Decimal("27.50")), money(Decimal("100"))
    ('27.5', '100')
    """
    if amount is None:
        return None
    return f"{amount.normalize():f}"


def object_of(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, Any]]:
    """The objects in a list; empty for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def joined(values: Iterable[str | None], by: str = " ") -> str | None:
    """The texts that there are, as one."""
    return by.join(one for one in values if one) or None


def moment(at: int) -> str:
    """UTC microseconds as a cell.

    >>> moment(1_767_600_000_000_001)
    '2026-01-05T08:00:00.000001+00:00'
    """
    return (_EPOCH + timedelta(microseconds=at)).isoformat()


def filled(cells: Mapping[str, str | None]) -> dict[str, str]:
    """The cells that hold something."""
    return {name: cell for name, cell in cells.items() if cell}
