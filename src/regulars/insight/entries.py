"""The timeline as a table: what happened and what was bought, one row each, as of the view's day.

An order that an event told of is in the shop's records too. A question about orders takes the
entries of kind `order`, which are the purchases of the records; the events that told of them are
entries in their own right, so that a visit in which somebody ordered has its last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from regulars.errors import NotUnderstood
from regulars.intake.events.after_sales import AFTER_SALES
from regulars.intake.events.facts_orders import ORDER_EVENTS
from regulars.kernel.clock import end_of_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

ORDER = "order"
"""The kind of a purchase of the records: paid, and not wholly taken back."""

TEXTS = (
    "name", "connection", "platform", "product_id", "category", "order_id", "search", "url",
    "referrer", "source", "medium", "campaign", "inviter", "session", "properties",
)  # fmt: skip
NUMBERS = ("amount", "quantity")
COLUMNS = ("customer_id", "at", "seq", "kind", *TEXTS, *NUMBERS)
"""Of an entry. What it does not tell is NULL; `seq` orders what happened at one instant."""

BEHAVIOUR = ("track", "page", "screen")
"""Kinds of events that may be something the customer did."""

_BY_OTHERS = (
    "email sent", "email delivered", "email bounced", "sms sent", "sms delivered",
    "push notification sent", "push notification received", "experiment viewed",
    "points earned", "points returned", "points taken back", "points expired",
    "coupon received", "coupon returned", "coupon expired",
    *(name for name, event in ORDER_EVENTS.items() if not event.places),
    *AFTER_SALES["refund"],
    *(name for name in AFTER_SALES["return"] + AFTER_SALES["exchange"] if "request" not in name),
)  # fmt: skip
BY_OTHERS = tuple(sorted({way for name in _BY_OTHERS for way in (name, name.title())}))
"""Events that tell what the shop or a sender did, as they are commonly written."""
NO_SOURCE = ("direct", "(direct)", "(none)", "(not set)", "直接访问")
"""Sources, in small letters, that say that there was none."""
MEASURES = ("Page Left", "Page Loaded")
"""Events that measure a page of which another one tells that it was visited."""


def entries(view: View) -> ir.Table:
    """Every entry of the timeline up to the end of the view's day: `COLUMNS`.

    Raises:
        NotUnderstood: neither events nor orders have come in yet.
    """
    parts = [
        make(view)
        for name, make in (("events", _events), ("purchases", _orders))
        if view.engine.has(name)
    ]
    if not parts:
        raise NotUnderstood(
            "neither events nor orders have come in yet",
            todo="take some in with `regulars import FILE`, or by `regulars serve`",
        )
    ends = ibis.literal(end_of_day(view.as_of, view.settings.shop.time_zone), "timestamp('UTC')")
    whole = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
    return whole.filter(whole["at"] < ends)


def _events(view: View) -> ir.Table:
    t = view.relation("events")
    return t.select(
        t.customer_id,
        t["at"].cast("timestamp('UTC')").name("at"),
        t.seq,
        t.type.name("kind"),
        *(t[name] for name in (*TEXTS, *NUMBERS)),
    )


def _orders(view: View) -> ir.Table:
    t = view.relation("purchases")
    told = {
        "category": t.main_category,
        "order_id": t.order_no.cast("string"),
        "source": t.source,
        "amount": t.net.cast("decimal(18, 4)"),
        "quantity": t["items"].cast("decimal(18, 4)"),
    }
    nothing = {name: ibis.null("string") for name in TEXTS}
    return t.select(
        t.customer_id,
        t.placed_at.cast("timestamp('UTC')").name("at"),
        t.order_no.name("seq"),
        ibis.literal(ORDER).name("kind"),
        *((nothing | told)[name].name(name) for name in (*TEXTS, *NUMBERS)),
    )


def activity(table: ir.Table) -> ir.Table:
    """Of the entries, what customers did: no orders of the records, no deeds of the shop.

    Visits are made of these.
    """
    return table.filter(is_activity(table))


def is_activity(table: ir.Table) -> ir.BooleanValue:
    """Whether an entry tells what the customer did."""
    # As a list of cases, which engines look up once for each name and not for each row.
    is_none = table.name.cases(*((name, 1) for name in (*BY_OTHERS, *MEASURES)), else_=0)
    return table.kind.isin(list(BEHAVIOUR)) & (is_none == 0)


def coded(column: ir.StringValue, values: Sequence[str]) -> ir.IntegerValue:
    """The place of the column's value among the values, as a number that a fold can take.

    Any other value has the number `len(values)`, and NULL is -1.
    """
    cases = [(column.isnull(), ibis.literal(-1, "int32"))]
    cases += [
        (column == value, ibis.literal(number, "int32")) for number, value in enumerate(values)
    ]
    return ibis.cases(*cases, else_=ibis.literal(len(values), "int32")).cast("int32")


def most_frequent(view: View, table: ir.Table, column: str, most: int) -> list[str]:
    """The values of a text column that most rows have, the most frequent first, ties by name."""
    told = table.filter(table[column].notnull())
    counted = told.group_by(column).agg(rows=told.count())
    found = view.run(counted.order_by([ibis.desc("rows"), ibis.asc(column)]).limit(most))
    return [str(one) for one in found[column].to_pylist()]
