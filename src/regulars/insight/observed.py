"""From when to when it is known what customers did, and what they bought.

What lies outside of these days is not observable, and is never told as 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import ibis

from regulars.errors import CannotTell
from regulars.insight.entries import BEHAVIOUR, ORDER
from regulars.kernel.clock import day_of
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.steps import Step


_LAST_HOUR = 23


@dataclass(frozen=True, slots=True)
class Observed:
    """Days of which something is known, both included.

    Attributes:
        first: the first day with an entry; of orders or of behaviour, as asked.
        last: the last day with an entry; of orders the as-of day, up to which they are known.
        until: the last entry, in the shop's time zone; None of orders.
        en, zh: of what; in English with its verb.
    """

    first: date
    last: date
    until: datetime | None
    en: str
    zh: str

    def unfinished(self, last: date) -> Iterator[Sentence]:
        """That the last day told of may not have been over, where its last hour has no entry."""
        if self.until is None or last < self.until.date() or self.until.hour == _LAST_HOUR:
            return
        before = last - timedelta(days=1)
        yield Sentence(
            f"The last entry known is of {self.until:%Y-%m-%d %H:%M}: if that day was not over, it"
            f" tells too little; --to {before} leaves it out.",
            f"最后一条行为是 {self.until:%Y-%m-%d %H:%M}：若当天尚未结束，其数字偏低；"
            f"可用 --to {before} 略去当天。",
        )


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
        return Observed(_day(answer["first_bought"], view), view.as_of, None, "orders are", "订单")
    if answer["first_did"] is None:
        raise CannotTell(
            "nothing is known of what customers did: no pages, no products viewed, no events",
            todo="ask for `order` instead, or import an event log with `regulars import FILE`",
        )
    until = answer["last_did"].replace(tzinfo=UTC)
    until = until.astimezone(ZoneInfo(view.settings.shop.time_zone))
    return Observed(
        _day(answer["first_did"], view), until.date(), until, "what customers do is", "用户行为"
    )


def _day(instant: datetime, view: View) -> date:
    return day_of(instant.replace(tzinfo=UTC), view.settings.shop.time_zone)
