"""Intervals of scores by drawing customers again, the same draws for every scorer.

Customers are drawn with replacement and the ends are percentiles of the draws (Efron and Tibshirani
1993, An Introduction to the Bootstrap, chapters 6 and 13). Where a customer has several rows, one
per category, all of them come together. All scorers see the same draws, so the interval of a
difference of two of them is that of the pairs.

Scores are put into cells of equal size first, so that a draw costs a count, not a sort. Within a
cell, scores count as equal; with `CELLS` of them that moves an AUC by less than 1e-4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.lifetime.gaps import Bools, Floats, Ints
from regulars.lifetime.scoring import (
    area_of_cells,
    auc,
    bins_of,
    calibration,
    lift,
    lift_of_cells,
    ordinal,
)

CELLS = 2_000
DRAWS = 400
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the scores were in each draw of customers.

    Attributes:
        auc: shape (scorers, draws).
        lift: shape (scorers, shares, draws).
        error: calibration error, shape (scorers, draws); NaN for what tells no chance.
        point_auc: of the customers as they are, shape (scorers,).
        point_lift: likewise, shape (scorers, shares).
        point_error: likewise, shape (scorers,).
    """

    auc: Floats
    lift: Floats
    error: Floats
    point_auc: Floats
    point_lift: Floats
    point_error: Floats


def interval(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Low and high end of what was drawn; NaN where nothing could be.

    >>> interval(np.arange(5.0), 0.5)
    (1.0, 3.0)
    """
    known = draws[np.isfinite(draws)]
    if not len(known):
        return float("nan"), float("nan")
    edge = (1.0 - level) / 2.0
    low, high = np.quantile(known, [edge, 1.0 - edge])
    return float(low), float(high)


def bootstrap(
    scores: Sequence[ArrayLike],
    came: Bools,
    shares: Sequence[float],
    *,
    chances: Sequence[ArrayLike | None] | None = None,
    customer: Ints | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Drawn:
    """AUC, lifts and calibration errors of all scorers in each draw.

    Args:
        scores: of each scorer, shape (n,) each, higher buys sooner.
        came: whether each row's purchase came, shape (n,).
        shares: at which the lift is taken.
        chances: of each scorer, None for one that tells none.
        customer: code of each row's customer where customers have several rows, shape (n,).
        draws: how many.
        seed: of the draws.
    """
    n = len(came)
    cells = [_cells(score, n) for score in scores]
    told = list(chances) if chances is not None else [None] * len(scores)
    bins = [None if one is None else bins_of(one) for one in told]
    away = [
        None if one is None else np.asarray(one, dtype=np.float64) - came.astype(np.float64)
        for one in told
    ]
    owner = None if customer is None else np.unique(customer, return_inverse=True)[1]
    of_all = n if owner is None else int(owner.max(initial=-1)) + 1
    area = np.full((len(scores), draws), np.nan)
    lifts = np.full((len(scores), len(shares), draws), np.nan)
    error = np.full((len(scores), draws), np.nan)
    rng = np.random.default_rng(seed)
    for draw in range(draws if n else 0):
        weight = np.bincount(rng.integers(0, of_all, of_all), minlength=of_all).astype(np.float64)
        if owner is not None:
            weight = weight[owner]
        for which, cell in enumerate(cells):
            count = np.bincount(cell, weight)[None, :].astype(np.float64)
            bought = np.bincount(cell, weight * came)[None, :].astype(np.float64)
            area[which, draw] = area_of_cells(bought, count)[0]
            for place, share in enumerate(shares):
                lifts[which, place, draw] = lift_of_cells(bought, count, share)[0]
            own_bin, own_away = bins[which], away[which]
            if own_bin is not None and own_away is not None:
                off = np.abs(np.bincount(own_bin, weight * own_away)).sum()
                error[which, draw] = off / weight.sum()
    return Drawn(
        area,
        lifts,
        error,
        np.array([auc(score, came) for score in scores]),
        np.array([[lift(score, came, share) for share in shares] for score in scores]),
        np.array([np.nan if one is None else calibration(one, came).error for one in told]),
    )


def _cells(score: ArrayLike, n: int) -> NDArray[np.intp]:
    """Each row's cell by rising score; equal scores share one."""
    place = ordinal(score)
    return np.asarray(np.minimum(place * min(CELLS, max(n, 1)), CELLS - 1), dtype=np.intp)
