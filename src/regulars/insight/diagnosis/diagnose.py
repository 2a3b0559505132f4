"""A shop looked at as a whole: what is lost where, and what to try first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from regulars.errors import CannotTell
from regulars.insight.catalogue import PICTURES
from regulars.insight.counts import number_where
from regulars.insight.diagnosis.remedy import Eligible, Remedy, Trial, best, smallest_trial
from regulars.insight.diagnosis.second_orders import SecondOrders, second_orders
from regulars.insight.diagnosis.slipping import Slipping, slipping
from regulars.insight.overview import overview
from regulars.kernel.stage_names import Depth, Stage

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.insight.picture import View

SECOND_ORDERS, SLIPPING = "second_orders", "slipping"
MAKERS = (("makers", "product"), ("makers", "category"), ("makers", "source"))
_LATELY = 90


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        as_of: the day up to whose end it knows.
        currency: of all amounts.
        margin: assumed share of profit where costs are unknown.
        cost_known: share of sales whose goods' cost is known; None without order lines.
        shop: `insight.overview` over all time and over the last 365 days, by span.
        second: how second orders come; None where it cannot be told.
        slipping: who is at risk or dormant.
        makers: the picture's rows, by what was looked at: product, category, source.
        trials: the smallest test of each remedy that has somebody to address.
        first: the one to begin with; None where none pays.
        cannot_tell: what could not be told, by name, as the sentence that says why.
    """

    as_of: date
    currency: str
    margin: float
    cost_known: float | None
    shop: dict[str, dict[str, Any]]
    second: SecondOrders | None
    slipping: Slipping
    makers: dict[str, pa.Table]
    trials: tuple[Trial, ...]
    first: Trial | None
    cannot_tell: dict[str, str] = field(default_factory=dict)


def diagnose(view: View, remedies: Iterable[Remedy] = ()) -> Diagnosis:
    """The diagnosis as of the view's day.

    Args:
        view: the as-of tables, the people table among them.
        remedies: plays to weigh against each other.

    Raises:
        CannotTell: no purchase names its buyer.
    """
    purchases, people = view.relation("purchases"), view.relation("people")
    shop = {
        row["span"]: row
        for row in view.run(
            overview(purchases, view.relation("credit_notes"), people, view.as_of)
        ).to_pylist()
    }
    if not shop["all_time"]["orders"]:
        raise CannotTell(
            "no order was paid and kept: all are unpaid, cancelled, refunded or below zero",
            todo="look at the status and the amounts of the export",
        )
    if not shop["all_time"]["buyers"]:
        raise CannotTell(
            "no purchase names its buyer, so nothing can be told of customers",
            todo="export orders with the buyer's account, phone or e-mail, and diagnose them",
        )
    cannot: dict[str, str] = {}
    try:
        second = second_orders(view)
    except CannotTell as error:
        second, cannot[SECOND_ORDERS] = None, str(error)
    late = slipping(view)
    makers: dict[str, pa.Table] = {}
    for name, by in MAKERS:
        try:
            makers[by] = PICTURES[name].draw(view, by=by).tables["items"]
        except CannotTell as error:
            cannot[f"{name}.{by}"] = str(error)
    trials = tuple(_trials(view, remedies, second, late))
    return Diagnosis(
        as_of=view.as_of,
        currency=view.settings.shop.currency,
        margin=view.settings.shop.margin,
        cost_known=_cost_known(view),
        shop=shop,
        second=second,
        slipping=late,
        makers=makers,
        trials=trials,
        first=best(list(trials)),
        cannot_tell=cannot,
    )


def _cost_known(view: View) -> float | None:
    goods = view.relation("purchase_goods")
    sold = view.run(
        goods.agg(
            net=goods.net.sum().cast("float64"),
            known=goods.net.sum(where=goods.cost_known).cast("float64"),
        )
    ).to_pylist()[0]
    return (sold["known"] or 0.0) / sold["net"] if sold["net"] else None


def _trials(
    view: View, remedies: Iterable[Remedy], second: SecondOrders | None, late: Slipping
) -> Iterable[Trial]:
    for remedy in remedies:
        eligible = (
            _beginners(view, second, remedy)
            if remedy.leak == SECOND_ORDERS
            else _late(view, late, remedy)
        )
        if eligible is not None:
            yield smallest_trial(remedy, eligible)


def _beginners(view: View, second: SecondOrders | None, remedy: Remedy) -> Eligible | None:
    """First-time buyers who have not come back by the day on which the remedy begins."""
    if second is None or second.worth is None:
        return None
    starts = second.curve.percentiles[0] if remedy.starts is None else remedy.starts
    until = starts + remedy.within_days
    gone, later = second.share_by(starts), second.share_by(min(until, second.curve.end))
    if gone is None or later is None or gone >= 1:
        return None
    people = view.relation("people")
    waiting = people.filter(people.stage == str(Stage.FIRST_ORDER))
    now = view.run(waiting.agg(n=number_where(waiting.recency_days >= starts))).to_pylist()[0]["n"]
    return Eligible(
        now=now,
        a_day=second.new_buyers * (1 - gone) / 365,
        base=(later - gone) / (1 - gone),
        # Of those not back by then, these would not have come within the curve at all.
        worth=second.worth * (1 - second.curve.chance) / max(1 - later, 1e-9),
    )


def _late(view: View, late: Slipping, remedy: Remedy) -> Eligible | None:
    """Customers of two purchases and more who have just become at risk."""
    if not late.at_risk or late.stake is None:
        return None
    people, history = view.relation("people"), view.relation("stage_history")
    risky = people.filter((people.stage == str(Stage.AT_RISK)) & (people.purchase_days >= 2))
    chance = risky.chance_30 if remedy.within_days <= 60 else risky.chance_90
    now = view.run(risky.agg(n=number_where(chance.notnull()), chance=chance.mean())).to_pylist()[0]
    if not now["n"]:
        return None
    since = ibis.literal(view.as_of - timedelta(days=_LATELY - 1))
    became = history.filter(
        (history.stage == str(Stage.AT_RISK))
        & (history.depth != str(Depth.FIRST_ORDER))
        & (history.changed_on >= since)
        & (history.changed_on <= ibis.literal(view.as_of))
    )
    entered = view.run(became.agg(n=became.count())).to_pylist()[0]["n"]
    return Eligible(
        now=now["n"],
        a_day=entered / _LATELY,
        base=now["chance"],
        worth=late.at_risk_stake / late.at_risk / max(1 - now["chance"], 1e-9),
    )
