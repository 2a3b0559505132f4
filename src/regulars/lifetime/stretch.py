"""How far a larger quantity stretches the time to the next purchase.

After q pieces, u the mean of ln q, the next gap is taken to be exp(theta (ln q - u)) times as
long (see `gaps`). theta is the coefficient of ln q in the location of the cure mixture of first
gaps, open ones included. It is taken up only where the data show it (by more than 2.6 standard
errors) and as far as sense allows: from 0, nothing, to 1, twice as much lasts twice as long.

>>> from regulars.lifetime.gaps import gap_history
>>> rng = np.random.default_rng(5)
>>> pieces = rng.choice([1.0, 2.0, 4.0], 6000)
>>> gap = np.rint(20 * pieces**0.6 * np.exp(rng.normal(0, 0.4, 6000))).astype(int).clip(1)
>>> who, first = np.repeat(np.arange(6000), 2), np.arange(12000) % 2 == 0
>>> day, bought = np.where(first, 0, np.repeat(gap, 2)), np.repeat(pieces, 2)
>>> stretch_of(gap_history(who, day, quantity=bought), 400).theta
0.6
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.lifetime.cure_likelihood import Cells
from regulars.lifetime.cure_mixture import fit_cure_mixture
from regulars.lifetime.gaps import GapHistory

_LEAST = 100
"""Closed first gaps after a known quantity, below which nothing is shown."""
_SURE = 2.6
_GRAIN = 0.05
"""theta and u change in such steps, so that month ends agree but where something has changed."""
_QUANTITY_GRAIN = 0.25
_DAY_GRAIN = 0.05
_MOST = float(np.log(50.0))


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the quantity stretches gaps.

    Attributes:
        theta: the exponent, from 0 to 1.
        usual: u, the mean ln q.
    """

    theta: float
    usual: float


NO_STRETCH = Stretch(0.0, 0.0)


def stretch_of(history: GapHistory, until: int) -> Stretch:
    """The stretch as of a day; none where the data show none.

    Args:
        history: measured by the shop's clock, not stretched; later rows are not looked at.
        until: day number.
    """
    if history.quantity is None:
        return NO_STRETCH
    first = np.flatnonzero(
        (history.rank == 1) & (history.day <= until) & np.isfinite(history.quantity)
    )
    known = history.rows(first)
    if known.quantity is None:
        return NO_STRETCH
    amount = np.minimum(known.quantity, _MOST)
    closed = known.next_day <= until
    if int(closed.sum()) < _LEAST or float(np.ptp(amount[closed])) < _QUANTITY_GRAIN:
        return NO_STRETCH
    usual = float(np.rint(amount.mean() / _GRAIN) * _GRAIN)
    days = known.days(until)
    kept = closed | (days > 0)
    cells = _cells(days[kept], closed[kept], amount[kept] - usual)
    fit = fit_cure_mixture(cells, location_bounds=[(-2.0, 12.0), (-0.5, 1.5)], with_variance=True)
    theta, error = float(fit.location[1]), float(np.sqrt(fit.variance[1]))
    if not (fit.converged and np.isfinite(error)) or theta < _SURE * error:
        return NO_STRETCH
    rounded = float(np.round(np.rint(min(theta, 1.0) / _GRAIN) * _GRAIN, 2))
    return Stretch(rounded, usual) if rounded else NO_STRETCH


def _cells(days: np.ndarray, closed: np.ndarray, amount: np.ndarray) -> Cells:
    """Counted by length (steps of 5 % above 20 days) and quantity: theta needs no finer grain."""
    log = np.rint(np.log(np.maximum(days, 1)) / _DAY_GRAIN).astype(np.int64)
    length = np.where(days <= 20, days, 20 + log)
    lots = np.rint(amount / _QUANTITY_GRAIN).astype(np.int64)
    low = int(lots.min())
    width = int(lots.max()) - low + 1
    code, place, count = np.unique(
        (length * 2 + ~closed) * width + (lots - low), return_inverse=True, return_counts=True
    )
    # Each cell stands at the mean of its gaps.
    mean = np.rint(np.bincount(place, days) / count)
    stretch = np.bincount(place, amount) / count
    one = np.ones(len(code))
    return Cells(
        mean,
        (code // width) % 2 == 0,
        count.astype(np.float64),
        np.zeros(len(code)),
        one,
        np.column_stack([one, stretch]),
        one[:, None],
    )
