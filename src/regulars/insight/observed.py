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

    from regulars.insight.span import Span
    from regulars.insight.steps import Step


@dataclass(frozen=True, slots=True)
class Observed:
    """Days of which something is known, both included.

    Attributes:
        first: the first day with an entry; of orders or of behaviour, as asked.
        last: the last day with an entry. Orders are known up to the end of the span: the as-of day
            says so.
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


def observed(answer: dict[str, Any], span: Span, step: Step) -> Observed:
    """From when to when entries of this kind are known, up to the span's end.

    Args:
        answer: to `asked_of`.
        span: days that are looked at.
        step: what is looked for; orders of the records, or something else.

    Raises:
        CannotTell: none is known up to then.
    """
    if all(one.kind == ORDER for one in step.alternatives):
        if answer["first_bought"] is None:
            raise CannotTell(
                "no order is known",
                todo="import orders with `regulars import FILE`, or ask for something else",
            )
        return Observed(_day(answer["first_bought"], span), span.last, "orders are", "订单")
    if answer["first_did"] is None:
        raise CannotTell(
            "nothing is known of what customers did: no pages, no products viewed, no events",
            todo="ask for `order` instead, or import an event log with `regulars import FILE`",
        )
    first, last = (_day(answer[name], span) for name in ("first_did", "last_did"))
    return Observed(first, min(last, span.last), "what customers do is", "用户行为")


def _day(instant: datetime, span: Span) -> date:
    return day_of(instant.replace(tzinfo=UTC), span.time_zone)
