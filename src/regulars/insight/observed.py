"""From when to when it is known what customers did, and what they bought.

Outside of these days nothing is observable: a day without a single entry of the shop is no day on
which nobody came back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import ibis

from regulars.errors import CannotTell
from regulars.insight.entries import BEHAVIOUR, ORDER
from regulars.kernel.clock import day_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.steps import Step


@dataclass(frozen=True, slots=True)
class Observed:
    """Days of which something is known, both included.

    Attributes:
        first: the first day with an entry; of orders or of behaviour, as asked.
        last: the last day with an entry; of orders the as-of day, up to which they are known.
        en, zh: of what; in English with its verb.
    """

    first: date
    last: date
    en: str
    zh: str


def asked_of(whole: ir.Table) -> dict[str, ir.Scalar]:
    """What must be asked of all entries, of whatever day and customer, for `observed`."""
    did, bought = whole.kind.isin(list(BEHAVIOUR)), whole.kind == ORDER
    return {
        "first_did": ibis.cases((did, whole["at"])).min(),
        "last_did": ibis.cases((did, whole["at"])).max(),
        "first_bought": ibis.cases((bought, whole["at"])).min(),
    }


def observed(answer: dict[str, Any], view: View, step: Step) -> Observed:
    """From when to when entries of this kind are known.

    Args:
        answer: to `asked_of`.
        view: of the shop.
        step: what is looked for; orders of the records, or something else.

    Raises:
        CannotTell: none is known.
    """
    if all(one.kind == ORDER for one in step.alternatives):
        if answer["first_bought"] is None:
            raise CannotTell(
                "no order is known",
                todo="import orders with `regulars import FILE`, or ask for something else",
            )
        return Observed(_day(answer["first_bought"], view), view.as_of, "orders are", "订单")
    if answer["first_did"] is None:
        raise CannotTell(
            "nothing is known of what customers did: no pages, no products viewed, no events",
            todo="ask for `order` instead, or import an event log with `regulars import FILE`",
        )
    first, last = (_day(answer[name], view) for name in ("first_did", "last_did"))
    return Observed(first, last, "what customers do is", "用户行为")


def _day(instant: datetime, view: View) -> date:
    return day_of(instant.replace(tzinfo=UTC), view.settings.shop.time_zone)
