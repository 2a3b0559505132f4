"""The endpoints for products, customers and spend: one record or many, in our own columns.

    {"product_id": "T1", "category": "tea"}
    {"products": [{"product_id": "T1"}, {"product_id": "T2"}]}

A record with a column that we do not have is refused alone, and told which; values are judged where
those of files are, when the facts are landed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regulars.intake.events.facts_cells import filled, object_of, text_of
from regulars.intake.events.facts_people import further
from regulars.intake.events.message import TRAIT, Fact
from regulars.intake.records import Kind, columns_of
from regulars.intake.webhooks.saying import Refusal, Told, cells_of

ENDPOINTS: dict[str, Kind] = {
    "products": Kind.PRODUCT,
    "customers": Kind.CUSTOMER,
    "spend": Kind.SPEND,
}
NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.PRODUCT: ("product_id",),
    Kind.CUSTOMER: (),
    Kind.SPEND: ("day", "spend"),
    Kind.ORDER: ("order_id", "placed_at"),
    Kind.LINE: ("order_id",),
}
_CUSTOMER_ID = "customer_id"
"""What outside is called so is `customer_key` inside, where numbers are our own."""

_OWN = ("told_by", "also_known_as")


def of_endpoint(route: str, body: dict[str, Any], at: int, platform: str) -> Told:
    """What a body tells that came to one of `ENDPOINTS`."""
    kind = ENDPOINTS[route]
    told = Told()
    for record in records_of(body, route):
        row = row_of(record, kind)
        if isinstance(row, Refusal):
            told.rejects.append(row)
        else:
            told.facts.append(Fact(platform, kind, row, at))
    return told


def records_of(body: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The records under the name, or the body itself where it is one record."""
    listed = body.get(name)
    if not isinstance(listed, list):
        yield body
        return
    for one in listed:
        yield one if isinstance(one, dict) else {"": one}


def columns_told(kind: Kind) -> dict[str, str]:
    """The columns that a record of the kind may have outside, and how they are called inside."""
    return {
        (_CUSTOMER_ID if column.name == "customer_key" else column.name): column.name
        for column in columns_of(kind)
        if column.name not in _OWN
    }


def row_of(record: dict[str, Any], kind: Kind) -> dict[str, str] | Refusal:
    """The record as a fact's row, or why it is none."""
    columns = columns_told(kind)
    cells: dict[str, str | None] = {}
    for name, value in record.items():
        if name not in columns:
            return refusal(record, name, "unknown_column")
        column = columns[name]
        if column == "traits":
            if value is not None and not isinstance(value, dict):
                return refusal(record, name, "not_an_object")
            cells |= _traits(object_of(value))
        elif isinstance(value, list) and all(text_of(one) is not None for one in value):
            cells[column] = "|".join(text_of(one) or "" for one in value)
        elif isinstance(value, (dict, list)):
            return refusal(record, name, "not_text")
        else:
            cells[column] = text_of(value)
    row = filled(cells)
    for name in NEEDED[kind]:
        if name not in row:
            return refusal(record, name, "missing")
    if kind is Kind.CUSTOMER and not row.keys() & {"customer_key", "phone", "email"}:
        return refusal(record, _CUSTOMER_ID, "no_identity")
    return row


def _traits(traits: dict[str, Any]) -> dict[str, str | None]:
    # Outside, nothing has to be told apart from columns: what a shop calls a trait is one.
    return {
        **{TRAIT + name: text_of(value) for name, value in traits.items()},
        **further(traits),
    }


def refusal(record: dict[str, Any], column: str, reason: str) -> Refusal:
    """The record refused for one of its columns."""
    cells = cells_of(record)
    return Refusal(column, cells.get(column, ""), reason, cells)
