"""Where a goal's metric stands at its end: actual so far, and what the days ahead bring.

- sales, profit, orders, new buyers: actual + the outlook of the days ahead (`insight.outlook`).
- buyers: a customer counts once, so the buyers still to come are expected orders x r, with r how
  many buyers not seen before an order of the later part brought in earlier spans of the same kind.
  With s the outlook's spread and v the spread of ln r, the sum's is sqrt(s^2 + v^2).
- average order value: (sales so far + value ahead x orders ahead) / all orders, the value of an
  order ahead by the outlook of the ratio.
- repeat rate: new and returning buyers apart (`goals.repeat`), from earlier spans in which the data
  do not begin where there are such. The interval is Student's of a further draw of the step, on the
  logit scale, from the rate so far to the end in all earlier spans.

Of earlier spans the later ones count more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from regulars.errors import CannotTell
from regulars.insight.drivers.totals import GROUPS, NEW
from regulars.insight.goals.days import Days
from regulars.insight.goals.repeat import LESS, logit, repeat_at_end, share
from regulars.insight.goals.spans import Span
from regulars.insight.goals.sums import Done, Sums
from regulars.insight.outlook.forecast import Outlook

ADDITIVE = ("sales", "profit", "orders", "new_buyers")
_LEAST = 2
"""Earlier spans from which on their spread is told."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The metric at the end of the goal.

    Attributes:
        value: expected; None where nothing can be told.
        low_80, high_80, low_95, high_95: None where the spread is not known, or it has ended.
        chance: to reach the target.
        why: nothing can be told; empty otherwise.
    """

    value: float | None
    low_80: float | None = None
    high_80: float | None = None
    low_95: float | None = None
    high_95: float | None = None
    chance: float | None = None
    why: str = ""


def actual_of(metric: str, groups: dict[str, Sums], notes: float, margin: float) -> float | None:
    """The metric of what was done; None where it has no denominator."""
    total = groups[GROUPS[0]] + groups[GROUPS[1]] + groups[GROUPS[2]]
    if metric == "sales":
        return total.sales - notes
    if metric == "profit":
        return total.profit - notes * margin
    if metric == "orders":
        return total.orders
    if metric == "buyers":
        return total.buyers
    if metric == "new_buyers":
        return groups[NEW].buyers
    if metric == "average_order_value":
        return (total.sales - notes) / total.orders if total.orders else None
    return total.repeat / total.buyers if total.buyers else None


def expect(
    metric: str,
    target: float,
    own: Span,
    gone: int,
    skip: int,
    done: Sequence[Done],
    days: Days,
    margin: float,
) -> Expected:
    """The metric at the end of the goal's span.

    Args:
        metric: of the goal.
        target: of the goal.
        own: its span.
        gone: days of it that are gone.
        skip: days from the view's day to its first, where it lies ahead.
        done: the goal's own span as far as it has gone, then those of the same kind before it.
        days: the shop day by day.
        margin: of the settings.
    """
    now = done[0]
    actual = actual_of(metric, now.whole, now.notes, margin)
    left = own.days - gone
    if not left:
        reached = None if actual is None else float(actual >= target)
        return Expected(actual, chance=reached)
    try:
        if metric in ADDITIVE:
            ahead = days.series[metric].outlook(left, skip)
            return _of(ahead, target, actual or 0.0, 1.0)
        if metric == "buyers":
            return _of(
                _buyers(done, days.series["orders"].outlook(left, skip)), target, actual or 0, 1
            )
        if metric == "average_order_value":
            return _order_value(done[0], target, days, left, skip)
        return _repeat_rate(done, target)
    except CannotTell as error:
        return Expected(None, why=error.message)


def _of(ahead: Outlook, target: float, base: float, times: float) -> Expected:
    """Base + times x what is ahead."""
    (low, high), (lowest, highest) = (
        (base + times * least, base + times * most)
        for least, most in (ahead.interval(0.8), ahead.interval(0.95))
    )
    chance = ahead.chance_of((target - base) / times)
    return Expected(base + times * ahead.mean, low, high, lowest, highest, chance)


def _buyers(done: Sequence[Done], orders: Outlook) -> Outlook:
    logs: list[float | None] = []
    for past in done[1:]:
        whole, early = _total(past.whole), _total(past.early)
        later, fresh = whole.orders - early.orders, whole.buyers - early.buyers
        logs.append(float(np.log(fresh / later)) if later > 0 and fresh > 0 else None)
    if sum(one is not None for one in logs) < _LEAST:
        raise CannotTell("a forecast of buyers takes two earlier spans of the same kind")
    middle, spread, freedom = _drawn(logs)
    return Outlook(
        orders.mean * float(np.exp(middle)),
        float(np.hypot(orders.spread, spread)),
        min(orders.freedom, freedom),
        orders.small,
        orders.origins,
        orders.judged_days,
    )


def _order_value(now: Done, target: float, days: Days, left: int, skip: int) -> Expected:
    ahead = days.series["average_order_value"].outlook(left, skip)
    orders = max(days.series["orders"].outlook(left, skip).mean, 0.0)
    total = _total(now.whole)
    every = total.orders + orders
    if not every:
        raise CannotTell("no orders are expected")
    return _of(ahead, target, (total.sales - now.notes) / every, orders / every)


def _repeat_rate(done: Sequence[Done], target: float) -> Expected:
    now = _total(done[0].whole)
    steps: list[float | None] = []
    for past in done[1:]:
        whole, early = _total(past.whole), _total(past.early)
        known = whole.buyers > 0 and (early.buyers > 0 or not now.buyers)
        steps.append(logit(whole) - (logit(early) if now.buyers else 0.0) if known else None)
    number = sum(one is not None for one in steps)
    if not number:
        raise CannotTell("a forecast of the repeat rate takes an earlier span of the same kind")
    _, spread, freedom = _drawn(steps)
    ends = _total(repeat_at_end(done))
    value = ends.repeat / ends.buyers
    # A spread by a span in which the data begin is too wide rather than none.
    middle = float(np.log(value / (1 - value)))
    if number < _LEAST:
        return Expected(value)
    (low, high), (lowest, highest) = (
        (share(middle - reach), share(middle + reach))
        for reach in (spread * float(stats.t.ppf(q, freedom)) for q in (0.9, 0.975))
    )
    wanted = float(np.log(target / (1 - target)))
    chance = (
        float(stats.t.sf((wanted - middle) / spread, freedom))
        if spread
        else float(wanted <= middle)
    )
    return Expected(value, low, high, lowest, highest, chance)


def _drawn(values: Sequence[float | None]) -> tuple[float, float, int]:
    """Mean, spread of a further draw and its df; later values, which stand first, count more."""
    kept = np.array([one for one in values if one is not None])
    weight = np.array([LESS**age for age, one in enumerate(values) if one is not None])
    weight /= weight.sum()
    middle = float(weight @ kept)
    number = 1 / float(weight @ weight)
    if len(kept) < _LEAST:
        return middle, 0.0, 1
    variance = float(weight @ (kept - middle) ** 2) * number / (number - 1)
    return middle, float(np.sqrt(variance * (1 + 1 / number))), max(int(number - 1), 1)


def _total(groups: dict[str, Sums]) -> Sums:
    return groups[GROUPS[0]] + groups[GROUPS[1]] + groups[GROUPS[2]]
