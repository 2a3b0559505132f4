"""How soon a purchase is followed by the next one, and whether it is at all.

`gaps` counts on the engine; `estimate` draws the Kaplan-Meier curve from its few hundred rows. A
purchase whose next has not come yet is censored at the as-of date: it counts as watched, never as
lost. Gaps are between days: two orders of one day are one purchase here, else half the "returns"
of many shops would be a forgotten item added a minute later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np

from regulars.errors import CannotTell
from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir

FROM_HERE_ON = 3
"""Gaps after the third and every later purchase are taken together."""


def gaps(purchases: ir.Table, as_of: date) -> ir.Table:
    """Gaps after the first, second, third and later purchase day, counted by length.

    Returns:
        `after` (1, 2, 3 = third and later), `days, closed` (a next purchase came), `gaps`, in
        that order. An open gap lasts until `as_of`.
    """
    known = purchases.filter(purchases.customer_id.notnull(), purchases.day <= ibis.literal(as_of))
    bought = known.select("customer_id", "day").distinct()
    own = ibis.window(group_by=bought.customer_id, order_by=bought.day)
    steps = bought.mutate(place=ibis.row_number().over(own), following=bought.day.lead().over(own))
    until = steps.following.epoch_days().fill_null(day_number(as_of))
    spans = steps.select(
        after=ibis.least(steps.place + 1, FROM_HERE_ON).cast("int64"),
        days=(until - steps.day.epoch_days()).cast("int64"),
        closed=steps.following.notnull(),
    )
    keys = ["after", "days", "closed"]
    return spans.group_by(keys).agg(gaps=spans.count()).order_by(keys)


@dataclass(frozen=True, slots=True)
class CycleCurve:
    """The share returned by each day after a purchase, with what it says of the cycle.

    Attributes:
        after: after which purchase; 3 stands for the third and every later one.
        gaps: purchases watched.
        closed: of these, followed by another.
        days: 0, 1, … to the end of the curve.
        returned: share returned by the end of each day.
        low: lower 95 % bound (Greenwood, log-log), per day.
        high: upper 95 % bound.
        watched: gaps still open at the start of each day.
        horizon: the day asked for; the curve ends there or where too few are still watched.
        chance: share returned at the end of the curve.
        percentiles: days by which 50, 80, 95 % of those who return within the curve have done so.
        still_rising: the last fifth of the curve adds more than 2 % of the whole: the chance is a
            lower bound for anybody who waits longer.
    """

    after: int
    gaps: int
    closed: int
    days: tuple[int, ...]
    returned: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    watched: tuple[int, ...]
    horizon: int
    chance: float
    percentiles: tuple[int, int, int]
    still_rising: bool

    @property
    def end(self) -> int:
        """The last day of the curve."""
        return self.days[-1]


def estimate(
    days: Sequence[int],
    closed: Sequence[bool],
    gaps: Sequence[int],
    *,
    after: int = 1,
    horizon: int = 365,
    minimum: int = 30,
) -> CycleCurve:
    """The Kaplan-Meier curve of gaps given by length, whether closed, and how many.

    Args:
        days: length of each kind of gap.
        closed: whether the next purchase came at its end.
        gaps: how many gaps of this kind.
        after: carried into the result.
        horizon: the last day of interest.
        minimum: the curve ends where fewer gaps than this are still watched.

    Raises:
        CannotTell: fewer than `minimum` gaps, or none of them closed.

    Example:
        Four purchases: one returns on day 1, one on day 2, one was watched for 1 day only, one
        for 3. By day 1: 1/4. On day 2 two are still watched and one returns: 1 - 3/4 x 1/2.

        >>> curve = estimate([1, 1, 2, 3], [True, False, True, False], [1, 1, 1, 1], minimum=1)
        >>> curve.returned
        (0.0, 0.25, 0.625, 0.625)
        >>> curve.percentiles
        (2, 2, 2)
    """
    length = np.asarray(days, dtype=np.int64)
    count = np.asarray(gaps, dtype=np.int64)
    is_closed = np.asarray(closed, dtype=bool)
    total = int(count.sum())
    if total < minimum or not count[is_closed].sum():
        raise CannotTell(
            f"{total} purchases with {int(count[is_closed].sum())} returns draw no curve",
            todo=f"it takes {minimum} purchases and a return",
        )
    last = int(length.max())
    returns = np.bincount(length[is_closed], count[is_closed], last + 1)
    leaving = np.bincount(length, count, last + 1)
    watched = total - np.concatenate(([0.0], np.cumsum(leaving)[:-1]))
    enough = int(np.flatnonzero(watched >= minimum)[-1])
    end = min(horizon, enough)
    returns, watched = returns[: end + 1], watched[: end + 1]
    away = np.cumprod(1 - returns / watched)
    returned = 1 - away
    low, high = _bounds(away, returns, watched)
    reached = tuple(
        int(np.flatnonzero(returned >= share * returned[-1] - 1e-12)[0])
        for share in (0.50, 0.80, 0.95)
    )
    tail = returned[-1] - returned[int(end * 0.8)]
    return CycleCurve(
        after=after,
        gaps=total,
        closed=int(count[is_closed].sum()),
        days=tuple(range(end + 1)),
        returned=tuple(float(value) for value in returned),
        low=tuple(float(value) for value in low),
        high=tuple(float(value) for value in high),
        watched=tuple(int(value) for value in watched),
        horizon=horizon,
        chance=float(returned[-1]),
        percentiles=(reached[0], reached[1], reached[2]),
        still_rising=bool(tail > 0.02 * returned[-1]),
    )


def _bounds(away: np.ndarray, returns: np.ndarray, watched: np.ndarray) -> tuple[np.ndarray, ...]:
    """95 % bounds of the share returned, from Greenwood's variance on the log-log scale.

    On that scale they stay within 0 and 1 and are right for small shares.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(returns / (watched * (watched - returns)))
        spread = 1.959964 * np.sqrt(greenwood) / np.abs(np.log(away))
        low, high = 1 - away ** np.exp(-spread), 1 - away ** np.exp(spread)
    plain = (away >= 1) | (away <= 0)
    return np.where(plain, 1 - away, low), np.where(plain, 1 - away, high)
