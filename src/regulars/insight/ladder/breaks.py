"""Price bands of a category: where its prices part, by exact one-dimensional clustering.

Prices are compared as ratios, so what is clustered is the logarithm of the price, weighted by
pieces sold. For each number of bands the split with the least sum of squares is found exactly by
dynamic programming (Fisher 1958, JASA 53:789-798; Wang & Song 2011, The R Journal 3(2):29-33).
Which number is taken is told by the integrated completed likelihood (Biernacki, Celeux
& Govaert 2000, IEEE TPAMI 22:719-725), which asks for more bands only where they stand apart: of
prices spread evenly it makes one.

>>> ladder = find_bands([9.9, 10.9, 10.5, 29.9, 31.0, 32.0], [5, 4, 3, 2, 2, 2])
>>> ladder.bands, ladder.parting, [round(cut, 1) for cut in ladder.cuts]
(2, 'steps', [18.1])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_BANDS = 5
SAME_PRICE = 0.05
"""Prices that differ by less stand for the same: the least spread of a band, in logarithms."""
STEP = 1.2
"""Neighbouring bands' mean prices differ at least by this factor."""
LEAST_SHARE = 0.03
"""Each band holds at least this share of the pieces or of the sales."""
WIDE = 2.0
"""Prices without steps are cut in three where the dear tenth costs at least so many times the
cheap tenth; else the category has one band."""
_CUT_IN = 3
_DIGITS, _TIE = 9, 1e-9
"""What differs by less is a tie, whatever the currency and the rounding of the machine."""
_POINTS = 400
"""Distinct prices up to which the split is exact; more are first taken together, on even ratios."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The bands of a category.

    Attributes:
        cuts: prices between neighbouring bands, ascending; a price at the cut lies above it.
        parting: `steps` where prices fall into clear bands, `cut` where they are continuous and
            were cut at the natural breaks, `one` where there is one band.
    """

    cuts: tuple[float, ...]
    parting: str

    @property
    def bands(self) -> int:
        """How many there are."""
        return len(self.cuts) + 1


def find_bands(prices: npt.ArrayLike, pieces: npt.ArrayLike) -> Ladder:
    """The bands of goods at these prices, of which so many pieces were sold.

    Args:
        prices: above 0.
        pieces: above 0; both in the same order.
    """
    points, weights = _points(np.log(np.asarray(prices, float)), np.asarray(pieces, float))
    if len(points) < 2:
        return Ladder((), "one")
    most = min(MOST_BANDS, len(points))
    splits = natural_breaks(points, weights, most)
    # Goods of which many are sold weigh more, but a thousand pieces are not a thousand prices:
    # the evidence counts as so many goods of equal weight (Kish 1965).
    goods = np.asarray(pieces, float)
    effective = float(goods.sum() ** 2 / (goods**2).sum())
    best, score = splits[0], -math.inf
    for starts in splits:
        told = _completed_likelihood(points, weights, starts, effective)
        if _allowed(points, weights, starts) and told > score + _TIE:
            best, score = starts, told
    if len(best) > 1:
        return Ladder(_cuts(points, best), "steps")
    if most >= _CUT_IN and _spread(points, weights) >= math.log(WIDE) - _TIE:
        starts = splits[_CUT_IN - 1]
        if _allowed(points, weights, starts):
            return Ladder(_cuts(points, starts), "cut")
    return Ladder((), "one")


def natural_breaks(points: Floats, weights: Floats, most: int) -> list[list[int]]:
    """For 1, 2, … `most` groups: where each begins, with the least weighted sum of squares.

    Args:
        points: ascending.
        weights: above 0.
        most: at most as many as there are points.
    """
    n = len(points)
    centred = points - np.average(points, weights=weights)
    w = np.concatenate([[0.0], np.cumsum(weights)])
    s = np.concatenate([[0.0], np.cumsum(weights * centred)])
    q = np.concatenate([[0.0], np.cumsum(weights * centred * centred)])
    # cost[j, i]: sum of squares of the points j..i about their mean; j > i never.
    weight = w[None, 1:] - w[:-1, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = q[None, 1:] - q[:-1, None] - (s[None, 1:] - s[:-1, None]) ** 2 / weight
    cost = np.where(np.tri(n, k=-1, dtype=bool), np.inf, np.maximum(cost, 0.0))
    least, begins = cost[0], [np.zeros(n, np.int64)]
    for _ in range(1, most):
        before = np.concatenate([[np.inf], least[:-1]])[:, None] + cost
        begins.append(np.argmin(np.round(before, _DIGITS), axis=0))
        least = before[begins[-1], np.arange(n)]
    splits = []
    for groups in range(most):
        starts, end = list[int](), n - 1
        for place in range(groups, -1, -1):
            starts.append(int(begins[place][end]) if place else 0)
            end = starts[-1] - 1
        splits.append(starts[::-1])
    return splits


def _points(logs: Floats, pieces: Floats) -> tuple[Floats, Floats]:
    """Distinct points ascending, and the share of the pieces at each."""
    low, high = float(logs.min()), float(logs.max())
    if len(np.unique(logs)) > _POINTS:
        grain = (high - low) / (_POINTS - 1)
        place = np.rint((logs - low) / grain).astype(np.int64)
    else:
        place = np.unique(logs, return_inverse=True)[1]
    weight = np.bincount(place, pieces)
    filled = weight > 0
    mean = np.bincount(place, pieces * logs)[filled] / weight[filled]
    return mean, weight[filled] / weight.sum()


def _completed_likelihood(
    points: Floats, weights: Floats, starts: Sequence[int], effective: float
) -> float:
    """The likelihood of normal bands of one spread, each point in its band, less the penalty."""
    share = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * points, starts) / share
    own = np.repeat(mean, np.diff([*starts, len(points)]))
    squares = float((weights * (points - own) ** 2).sum())
    variance = max(squares, SAME_PRICE**2)
    fit = float((share * np.log(share)).sum()) - 0.5 * math.log(variance)
    fit -= 0.5 * squares / variance
    # Means and shares of the bands, and the spread.
    return effective * fit - len(starts) * math.log(effective)


def _allowed(points: Floats, weights: Floats, starts: Sequence[int]) -> bool:
    share = np.add.reduceat(weights, starts)
    sales = np.add.reduceat(weights * np.exp(points), starts)
    mean = np.add.reduceat(weights * points, starts) / share
    held = np.maximum(share, sales / sales.sum())
    apart = np.diff(mean) >= math.log(STEP) - _TIE
    return bool((held >= LEAST_SHARE - _TIE).all() and apart.all())


def _spread(points: Floats, weights: Floats) -> float:
    """From the cheap tenth of the pieces to the dear tenth."""
    below = np.cumsum(weights)
    low, high = np.searchsorted(below, [0.1, 0.9])
    return float(points[min(high, len(points) - 1)] - points[low])


def _cuts(points: Floats, starts: Sequence[int]) -> tuple[float, ...]:
    """Half way, as a ratio, between the dearest of a band and the cheapest of the next."""
    return tuple(math.exp((points[start - 1] + points[start]) / 2) for start in starts[1:])
