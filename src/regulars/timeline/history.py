"""One customer's history: events, orders and refunds in one list, the newest first.

An order that an event told of and that the shop's records have too stands there once, as the
records have it. Pages follow each other by a cursor that names the last row, so that what comes in
meanwhile shifts nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.engines.duckdb import WarehouseError
from regulars.errors import UnknownValue
from regulars.intake.canonical_orders import FOREVER
from regulars.intake.events import table
from regulars.intake.events.facts_orders import ORDER_EVENTS, order_id_of
from regulars.timeline.benefit_words import EVENTS as BENEFIT_EVENTS
from regulars.timeline.benefit_words import of_benefit
from regulars.timeline.words import of_event, of_order, of_refund

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.kernel.sentence import Sentence
    from regulars.settings import Settings
    from regulars.timeline.who import Person

MOST = 1000
"""Rows of one page at most."""

_EVENT, _ORDER, _REFUND = 2, 0, 1
"""Which of two at the same instant comes first: the refund of an order is told after it."""
_CURSOR = re.compile(r"(-?\d{1,18})-([012])-(\d{1,18})")
_TOLD_AS_ORDER = frozenset(name for name, event in ORDER_EVENTS.items() if event.places)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of a history.

    Attributes:
        at: when it happened.
        kind: `event`, `order` or `refund`.
        type: of an event: track, page, screen, identify, group, alias or receipt.
        name: of an event, or the status of an order.
        words: what happened.
        platform: whose numbers `product_id` and `order_id` are.
        product_id, product_name, category, order_id: what it is about.
        amount: in the shop's currency.
        quantity: pieces.
        search: what was searched for.
        url, referrer: page, without its query.
        source, medium, campaign: where the customer came in.
        connection: through which it came in; empty for records of files.
        properties: of an event, as JSON.
        key: its place in the history.
    """

    at: datetime
    kind: str
    type: str | None
    name: str | None
    words: Sentence
    platform: str | None
    product_id: str | None
    product_name: str | None
    category: str | None
    order_id: str | None
    amount: Decimal | None
    quantity: Decimal | None
    search: str | None
    url: str | None
    referrer: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    connection: str | None
    properties: str | None
    key: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a history.

    Attributes:
        customer_id: whose.
        merged: further numbers that are the same customer.
        rows: the newest first.
        before: the cursor of the next page; None where this one is the last.
    """

    customer_id: int
    merged: tuple[int, ...]
    rows: list[Happening]
    before: str | None


def history(
    warehouse: Warehouse,
    settings: Settings,
    person: Person,
    limit: int = 50,
    before: str | None = None,
    present: frozenset[str] | None = None,
) -> Page:
    """A page of the customer's history.

    Args:
        warehouse: of the shop.
        settings: of the shop.
        person: whose.
        limit: rows at most, up to 1000.
        before: the cursor that came with the page before; the newest rows without it.
        present: names of the warehouse's tables, where they have been asked for already.

    Raises:
        UnknownValue: limit or cursor are none.
    """
    if not 1 <= limit <= MOST:
        raise UnknownValue(f"{limit} is no number of rows", todo=f"take 1 to {MOST}")
    after = None if before is None else _place(before)
    if present is None:
        present = frozenset(warehouse.tables())
    orders = _orders(warehouse, settings, person) if "orders" in present else []
    told = {(row.platform, row.order_id) for row in orders}
    found: list[dict[str, Any]] = []
    rest = False
    if table.PARTS in present:
        found, rest = _events(warehouse, person, limit + 1, after, told)
    names = _names(warehouse, found) if "products" in present else {}
    currency = settings.shop.currency
    events = [
        _of_event(row, names.get((row["platform"], row["product_id"])), currency) for row in found
    ]
    rows = [*events, *(row for row in orders if after is None or row.key < after)]
    rows.sort(key=lambda row: row.key, reverse=True)
    more = rest or len(rows) > limit
    rows = rows[:limit]
    last = "-".join(str(part) for part in rows[-1].key) if rows and more else None
    return Page(person.customer_id, person.numbers[1:], rows, last)


def _place(cursor: str) -> tuple[int, int, int]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise UnknownValue(
            f"{cursor[:40]!r} is no cursor", todo="take `before` from the page that came before"
        )
    at, rank, number = (int(part) for part in found.groups())
    return at, rank, number


def _events(
    warehouse: Warehouse,
    person: Person,
    wanted: int,
    after: tuple[int, int, int] | None,
    told: set[tuple[str | None, str | None]],
) -> tuple[list[dict[str, Any]], bool]:
    """Events behind the place, and whether there are more."""
    place = _before(after)
    found: list[dict[str, Any]] = []
    while True:
        rows = _read(warehouse, person, place, wanted)
        found += [row for row in rows if not _is_told(row, told)]
        if len(rows) < wanted or len(found) >= wanted:
            break
        place = (_micros(rows[-1]["at"]), int(rows[-1]["seq"]))
    return found, len(rows) == wanted


def _before(after: tuple[int, int, int] | None) -> tuple[int, int] | None:
    if after is None:
        return None
    at, rank, number = after
    return (at, number) if rank == _EVENT else (at, -1)  # events of an instant come first


def _read(
    warehouse: Warehouse, person: Person, place: tuple[int, int] | None, limit: int
) -> list[dict[str, Any]]:
    for left in reversed(range(_TRIES)):
        try:
            rows: list[dict[str, Any]] = table.history(
                warehouse, person.numbers, place, limit, COLUMNS
            ).to_pylist()
        except WarehouseError as error:
            # A part may have been sorted into another between naming the parts and reading them.
            if not left or "does not exist" not in str(error):
                raise
        else:
            return rows
    return []


def _is_told(row: dict[str, Any], told: set[tuple[str | None, str | None]]) -> bool:
    if not row["order_id"] or (row["name"] or "").strip().lower() not in _TOLD_AS_ORDER:
        return False
    order = order_id_of({"order_id": row["order_id"]}, row["platform"] or "")
    return (row["platform"], order) in told


def _names(warehouse: Warehouse, rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Titles of the products on the page."""
    wanted = sorted({row["product_id"] for row in rows if row["product_id"]})
    if not wanted:
        return {}
    found = warehouse.sql(
        "SELECT platform, product_id, arg_max(product_name, known_at) AS name FROM products"
        " WHERE list_contains(?, product_id) AND product_name IS NOT NULL GROUP BY ALL",
        [wanted],
    ).to_pylist()
    return {(row["platform"], row["product_id"]): row["name"] for row in found}


def _of_event(row: dict[str, Any], product: str | None, currency: str) -> Happening:
    told = _told(row) if (row["product_id"] and not product) or not row["name"] else {}
    words = _of_benefit(row, currency) or of_event(
        row["type"] or "",
        row["name"] or (told.get("title") if row["type"] in _SEEN else None),
        what=product or told.get("name") or row["product_id"],
        category=row["category"],
        search=row["search"],
        order=row["order_id"],
        amount=row["amount"],
        currency=currency,
        points=_points(row) if (row["name"] or "")[:6].lower() == "points" else None,
    )
    return Happening(
        at=row["at"],
        kind="event",
        type=row["type"],
        name=row["name"],
        words=words,
        product_name=product,
        key=(_micros(row["at"]), _EVENT, int(row["seq"])),
        **{name: row[name] for name in _FROM_EVENTS},
    )


def _of_benefit(row: dict[str, Any], currency: str) -> Sentence | None:
    name = row["name"] or ""
    if row["type"] != "track" or name.strip().lower() not in BENEFIT_EVENTS:
        return None
    return of_benefit(name, _properties(row), currency)


def _properties(row: dict[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(row["properties"] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _told(row: dict[str, Any]) -> dict[str, str]:
    """Texts among the properties: what the sender calls a product that no record names yet."""
    texts = _properties(row).items()
    return {name: value for name, value in texts if isinstance(value, str) and value.strip()}


def _points(row: dict[str, Any]) -> str | None:
    """How many points an event of points tells."""
    told = _properties(row).get("points")
    is_count = isinstance(told, int) and not isinstance(told, bool)
    return f"{told:,}" if is_count else None


_SEEN = frozenset({"page", "screen"})
_FROM_EVENTS = (
    "platform", "product_id", "category", "order_id", "amount", "quantity", "search", "url",
    "referrer", "source", "medium", "campaign", "connection", "properties",
)  # fmt: skip
COLUMNS = ("seq", "at", "type", "name", *_FROM_EVENTS)
"""Of an event, what its row of a history tells."""


def _orders(warehouse: Warehouse, settings: Settings, person: Person) -> list[Happening]:
    """Orders and refunds as the records have them today."""
    whose = " OR ".join(f"customer_id = {number}" for number in person.numbers)
    rows = warehouse.sql(
        "SELECT order_no, platform, order_id, placed_at, closed_at, status, paid, refunded, items,"
        f" source FROM orders WHERE ({whose}) AND known_until = {FOREVER}"
        " AND status <> 'adjustment' AND placed_at IS NOT NULL"
    ).to_pylist()
    found = []
    for row in rows:
        if row["status"] != "returned":
            found.append(_order(row, settings.shop.currency))
        if row["refunded"]:
            found.append(_refund(row, settings.shop.currency))
    return found


def _order(row: dict[str, Any], currency: str) -> Happening:
    words = of_order(row["order_id"], row["status"], row["items"], row["paid"], currency)
    return _record("order", row, row["placed_at"], row["status"], words, row["paid"], _ORDER)


def _refund(row: dict[str, Any], currency: str) -> Happening:
    words = of_refund(row["order_id"], row["refunded"], currency)
    at = row["closed_at"] or row["placed_at"]
    return _record("refund", row, at, "refunded", words, row["refunded"], _REFUND)


def _record(
    kind: str,
    row: dict[str, Any],
    at: datetime,
    name: str,
    words: Sentence,
    amount: Decimal | None,
    rank: int,
) -> Happening:
    return Happening(
        at=at,
        kind=kind,
        type=None,
        name=name,
        words=words,
        platform=row["platform"],
        product_id=None,
        product_name=None,
        category=None,
        order_id=row["order_id"],
        amount=amount,
        quantity=row["items"],
        search=None,
        url=None,
        referrer=None,
        source=row["source"],
        medium=None,
        campaign=None,
        connection=None,
        properties=None,
        key=(_micros(at), rank, int(row["order_no"])),
    )


def _micros(at: datetime) -> int:
    """UTC microseconds, exactly."""
    from datetime import UTC, timedelta

    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
