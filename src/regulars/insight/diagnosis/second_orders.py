"""Where second orders leak, and what one is worth.

The share that comes back is Kaplan and Meier's over days (`insight.cycle_curve`). A second order is
worth what its customer earned the shop from that day on, over the year that follows: the mean over
customers whose year has passed, so nobody's future is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING

import ibis

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.cycle_curve import CycleCurve, estimate, gaps

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

YEAR = 365
LEAST = 30
"""Customers or days with fewer than this tell nothing."""
_Z = 1.959964
_BEGIN, _OLDER = 30, 1.5


@dataclass(frozen=True, slots=True)
class SecondOrders:
    """How first-time buyers come back, and what it is worth when they do.

    Attributes:
        curve: share with a second purchase day, by day since the first.
        new_buyers: first purchases in the last 365 days; of a shorter history, at its pace.
        observed_days: days of history that this count rests on.
        waiting: customers of one purchase day today who may still come within the cycle's P80.
        worth: mean profit from the second purchase day on, within `worth_days`; None if unknown.
        worth_low, worth_high: its 95 % interval (normal, by the customers' own spread).
        worth_days: days that the worth counts, 365 where the history is long enough.
        worth_of: customers that it is the mean of.
        begun: first purchases in the first 30 days of the data, and `usually` those of 30 days
            since; None where the data are shorter than 120 days. Many more say that the shop is
            older than its data: customers of long standing count as new there.
    """

    curve: CycleCurve
    new_buyers: float
    observed_days: int
    waiting: int
    worth: float | None
    worth_low: float | None
    worth_high: float | None
    worth_days: int
    worth_of: int
    begun: int
    usually: float | None

    @property
    def is_older_than_its_data(self) -> bool:
        """Whether the data begin in the midst of the shop's life."""
        return self.usually is not None and self.begun > _OLDER * max(self.usually, 1.0)

    @property
    def later(self) -> float:
        """Of those still away when 80 % of those who return have done so, the share that comes."""
        gone = self.curve.returned[self.curve.percentiles[1]]
        return (self.curve.chance - gone) / (1 - gone) if gone < 1 else 0.0

    def share_by(self, day: int) -> float | None:
        """Share with a second purchase day by so many days; None beyond the curve."""
        return self.curve.returned[day] if day <= self.curve.end else None

    @property
    def a_point(self) -> tuple[float, float, float] | None:
        """What one point more of second orders is worth in a year: value, low, high."""
        if self.worth is None or self.worth_low is None or self.worth_high is None:
            return None
        point = self.new_buyers / 100
        return point * self.worth, point * self.worth_low, point * self.worth_high


def second_orders(view: View) -> SecondOrders:
    """How first-time buyers come back, as of the view's day.

    Raises:
        CannotTell: fewer than 30 first-time buyers, or nobody of them came back.
    """
    purchases, as_of = view.relation("purchases"), view.as_of
    rows = [row for row in view.run(gaps(purchases, as_of)).to_pylist() if row["after"] == 1]
    try:
        curve = estimate(
            [row["days"] for row in rows],
            [row["closed"] for row in rows],
            [row["gaps"] for row in rows],
            horizon=view.settings.cycle.horizon_days,
        )
    except CannotTell as error:
        raise CannotTell(
            "too few customers have bought, or come back, to tell where second orders leak",
            todo="take in a longer history, with the buyer named on each order",
        ) from error
    days = _days(purchases, as_of)
    counted = view.run(_newcomers(days, as_of, curve.percentiles[1])).to_pylist()[0]
    span = (as_of - counted["since"]).days + 1
    begun = view.run(_begun(days, counted["since"])).to_pylist()[0]
    observed = min(span, YEAR)
    worth_days = YEAR if span >= 2 * YEAR else span // 2
    sums = (
        view.run(worth_sums(days, as_of, worth_days)).to_pylist()[0]
        if worth_days >= LEAST
        else {"customers": 0}
    )
    mean, low, high = _mean(sums)
    return SecondOrders(
        curve=curve,
        new_buyers=counted["new"] * YEAR / observed,
        observed_days=observed,
        waiting=counted["waiting"],
        worth=mean,
        worth_low=low,
        worth_high=high,
        worth_days=worth_days,
        worth_of=sums["customers"],
        begun=begun["begun"],
        usually=(begun["all"] - begun["begun"]) * _BEGIN / (span - _BEGIN)
        if span >= 4 * _BEGIN
        else None,
    )


def _days(purchases: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, day, profit, place`: purchase days of known customers, numbered from 1."""
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    days = known.group_by(["customer_id", "day"]).agg(profit=known.profit.sum().cast("float64"))
    own = ibis.window(group_by=days.customer_id, order_by=days.day)
    return days.mutate(place=ibis.row_number().over(own) + 1)


def _newcomers(days: ir.Table, as_of: date, patience: int) -> ir.Table:
    own = days.group_by("customer_id").agg(first=days.day.min(), bought=days.count())
    recent = own["first"] > ibis.literal(as_of - timedelta(days=YEAR))
    young = own["first"] >= ibis.literal(as_of - timedelta(days=patience))
    return own.agg(
        since=own["first"].min(),
        new=number_where(recent),
        waiting=number_where(young & (own.bought == 1)),
    )


def _begun(days: ir.Table, since: date) -> ir.Table:
    first = days.filter(days.place == 1)
    early = first.day < ibis.literal(since + timedelta(days=_BEGIN))
    return first.agg(begun=number_where(early), all=first.count())


def worth_sums(days: ir.Table, as_of: date, within: int) -> ir.Table:
    """Profit from the second purchase day on, summed over those watched long enough.

    Args:
        days: `customer_id, day, profit, place`.
        as_of: the day up to whose end it is known.
        within: days that count, the day of the second purchase being the first of them.

    Returns:
        one row: `customers, total, squares` (sum over customers of profit, and of its square)
    """
    second = days.filter(days.place == 2)
    last = ibis.literal(as_of - timedelta(days=within - 1))
    second = second.filter(second.day <= last).select("customer_id", since=second.day)
    later = days.join(second, "customer_id")
    age = later.day.epoch_days() - later.since.epoch_days()
    later = later.filter((age >= 0) & (age < within))
    own = later.group_by("customer_id").agg(profit=later.profit.sum())
    return own.agg(
        customers=own.count(),
        total=own.profit.sum(),
        squares=(own.profit * own.profit).sum(),
    )


def _mean(sums: dict[str, float]) -> tuple[float | None, float | None, float | None]:
    n = sums["customers"]
    if n < LEAST:
        return None, None, None
    mean = sums["total"] / n
    variance = max(sums["squares"] / n - mean * mean, 0.0) * n / (n - 1)
    half = _Z * sqrt(variance / n)
    return mean, mean - half, mean + half
