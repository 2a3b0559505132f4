"""What a source's new customers cost and bring: pure functions of a source's sums.

The number of new customers that an amount of advertising brings is taken as Poisson, so what they
bring together is a compound Poisson sum, whose variance is the sum of squares of what each brought
(Ross 2019, Introduction to Probability Models, 5.4.2). Advertising is what was paid: no error. So
the interval of LTV:CAC, which is that sum over the spend, needs no error of CAC beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any

from scipy.stats import chi2

from regulars.insight.statistics.standardised import NORMAL_975

LEAST = 30
"""Of fewer new customers nothing is judged."""
EARNS, LOSES, CANNOT_TELL, FREE = "earns", "loses", "cannot_tell", "free"

Span = tuple[float | None, float | None, float | None]
"""Estimate, low and high end of its 95 % interval."""
NOTHING: Span = (None, None, None)


@dataclass(frozen=True, slots=True)
class Point:
    """Profit per new customer up to a month since the first purchase.

    Attributes:
        month: 0 is the first purchase day.
        watched: customers watched to its end.
        profit: cumulated, per new customer.
        error: its standard error.
    """

    month: int
    watched: int
    profit: float
    error: float

    @property
    def span(self) -> tuple[float, float]:
        """The 95 % interval."""
        half = NORMAL_975 * self.error
        return self.profit - half, self.profit + half


def cost(spend: float, customers: int) -> Span:
    """What a new customer cost, with the exact interval of a Poisson count.

    Garwood 1936, Biometrika 28:437.

    >>> [round(end, 2) for end in cost(1000.0, 100)]
    [10.0, 8.22, 12.29]
    """
    if customers < LEAST:
        return NOTHING
    fewest = chi2.ppf(0.025, 2 * customers) / 2
    most = chi2.ppf(0.975, 2 * customers + 2) / 2
    return spend / customers, spend / float(most), spend / float(fewest)


def per_customer(total: float, squares: float, customers: int) -> Span:
    """A mean per customer, with its normal interval."""
    if customers < LEAST:
        return NOTHING
    mean = total / customers
    half = NORMAL_975 * sqrt(max(squares / customers - mean**2, 0.0) / (customers - 1))
    return mean, mean - half, mean + half


def over_cost(total: float, squares: float, spend: float, customers: int) -> Span:
    """What all new customers bring over what they cost.

    The error of ln(sum) is sqrt(sum of squares) / sum; so the interval stays above 0.
    """
    if customers < LEAST or spend <= 0:
        return NOTHING
    ratio = total / spend
    if total <= 0:
        half = NORMAL_975 * sqrt(squares) / spend
        return ratio, ratio - half, ratio + half
    factor = exp(NORMAL_975 * sqrt(squares) / total)
    return ratio, ratio / factor, ratio * factor


def course(sums: Mapping[str, Any], months: int) -> list[Point]:
    """Profit per new customer, month by month, of customers who came at different times.

    Each month's mean is that of the customers watched through it, and the means are added: the
    partitioned estimator of Lin, Feuer, Etzioni and Wax 1997, Biometrics 53:419. Its variance is
    taken as the sum over months of (variance of the month + 2 x its covariance with all before) /
    watched, which is exact if all are watched, and else a little too large as long as those who
    bring more go on to bring more.

    Args:
        sums: of one source (`counts.earned`).
        months: the last one.
    """
    points: list[Point] = []
    profit = variance = 0.0
    for month in range(months + 1):
        watched = int(sums[f"watched_{month}"])
        if watched < LEAST:
            break
        gain = sums[f"gain_{month}"] / watched
        before = sums[f"before_{month}"] / watched
        spread = sums[f"squares_{month}"] / watched - gain**2
        along = sums[f"cross_{month}"] / watched - gain * before
        profit += gain
        variance = max(variance + (spread + 2 * along) / (watched - 1), 0.0)
        points.append(Point(month, watched, profit, sqrt(variance)))
    return points


def payback(
    points: Sequence[Point], spend: float, customers: int
) -> tuple[int | None, int | None, int | None]:
    """The month by whose end the profit has paid the advertising back, and its interval.

    The interval is that of the crossing: the first months in which the upper and the lower end of
    what all new customers have earned reach what was spent. None where that is not seen.
    """

    def first(sign: int) -> int | None:
        for point in points:
            total = customers * point.profit
            error = sqrt((customers * point.error) ** 2 + customers * point.profit**2)
            if total + sign * NORMAL_975 * error >= spend:
                return point.month
        return None

    return first(0), first(1), first(-1)


def verdict(ratio: Span, spend: float | None) -> str:
    """Whether the source earns what it costs."""
    if not spend:
        return FREE
    estimate, low, high = ratio
    if estimate is None or low is None or high is None:
        return CANNOT_TELL
    if low > 1:
        return EARNS
    return LOSES if high < 1 else CANNOT_TELL
