"""How good a ranking and how true a chance was, judged on what followed.

- AUC: the chance that a customer who bought stood before one who did not, ties counting half, from
  the sum of ranks (Mann and Whitney 1947; Hanley and McNeil 1982, Radiology 143:29-36).
- Lift at a share: the share of buyers among the customers ranked highest, over that of all.
- Calibration error: customers in bins of equal size by their chance, and the mean distance of mean
  chance and share of buyers, weighted by the bins (Naeini, Cooper, Hauskrecht 2015, AAAI: expected
  calibration error).
- Brier score: the mean of (chance - outcome)^2 (Brier 1950). Log loss: the mean of -ln of the
  chance given to what came.

Customers with equal scores are alike: no number here depends on the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.lifetime.gaps import Floats, Ints

BINS = 10
_LEAST = 1e-12


def auc(score: ArrayLike, came: ArrayLike) -> float:
    """Area under the ROC curve; NaN where all or none came.

    >>> auc([3.0, 2.0, 2.0, 1.0], [True, True, False, False])
    0.875
    """
    return float(area_of_cells(*_counts(score, came))[0])


def lift(score: ArrayLike, came: ArrayLike, share: float) -> float:
    """Share of buyers among the highest-ranked `share` of customers, over that of all.

    Of equal scores at the edge each counts in part.

    >>> lift([4.0, 3.0, 2.0, 1.0], [True, False, True, False], 0.25)
    2.0
    >>> lift([1.0, 1.0, 1.0, 1.0], [True, False, True, False], 0.25)
    1.0
    """
    return float(lift_of_cells(*_counts(score, came), share)[0])


def brier(chance: ArrayLike, came: ArrayLike) -> float:
    """The Brier score.

    >>> brier([0.5, 1.0], [True, True])
    0.125
    """
    told = np.asarray(chance, dtype=np.float64)
    return float(np.mean((told - np.asarray(came, dtype=np.float64)) ** 2))


def log_loss(chance: ArrayLike, came: ArrayLike) -> float:
    """The mean of -ln of the chance given to what came.

    >>> round(log_loss([0.5, 0.5], [True, False]), 4)
    0.6931
    """
    told = np.clip(np.asarray(chance, dtype=np.float64), _LEAST, 1.0 - _LEAST)
    outcome = np.asarray(came, dtype=np.float64)
    return float(-np.mean(outcome * np.log(told) + (1.0 - outcome) * np.log1p(-told)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Told and true, in bins of equal size by the chance told; shape (bins,) each.

    Attributes:
        customers: in each bin.
        told: mean chance.
        bought: share of customers who bought.
        error: mean of |told - bought|, weighted by customers; NaN without customers.
        mean_told: mean chance of all.
        mean_bought: share of all who bought.
    """

    customers: Ints
    told: Floats
    bought: Floats
    error: float
    mean_told: float
    mean_bought: float


def calibration(chance: ArrayLike, came: ArrayLike, bins: int = BINS) -> Calibration:
    """The calibration of chances; fewer bins where there are fewer customers.

    >>> found = calibration([0.1, 0.2, 0.8, 0.9], [False, False, True, False], bins=2)
    >>> found.told.round(2).tolist(), found.bought.tolist(), round(found.error, 2)
    ([0.15, 0.85], [0.0, 0.5], 0.25)
    """
    told, place, fair = _in_bins(chance, came, bins)
    if not len(told):
        none = np.zeros(0)
        nan = float("nan")
        return Calibration(np.zeros(0, np.int64), none, none, nan, nan, nan)
    size = np.bincount(place)
    mean, share = np.bincount(place, told) / size, np.bincount(place, fair) / size
    error = float((size * np.abs(mean - share)).sum() / size.sum())
    return Calibration(
        size.astype(np.int64), mean, share, error, float(told.mean()), float(fair.mean())
    )


def bins_of(chance: ArrayLike, bins: int = BINS) -> NDArray[np.intp]:
    """The bin of each customer, as `calibration` cuts them, shape (n,)."""
    told = np.asarray(chance, dtype=np.float64)
    order = np.argsort(told, kind="stable")
    place = np.empty(len(told), dtype=np.intp)
    place[order] = np.arange(len(told)) * min(bins, max(len(told), 1)) // max(len(told), 1)
    return place


def _in_bins(
    chance: ArrayLike, came: ArrayLike, bins: int
) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Chances, bins, and outcomes, each the mean of its equals in chance.

    Equal chances may lie on both sides of an edge; with their mean it is all one which does.
    """
    told = np.asarray(chance, dtype=np.float64)
    outcome = np.asarray(came, dtype=np.float64)
    if told.shape != outcome.shape or told.ndim != 1:
        raise ValueError("chance and outcome must have one length")
    level, equal = _levels(told)
    fair = (np.bincount(equal, outcome, level) / np.bincount(equal, minlength=level))[equal]
    return told, bins_of(told, bins), fair


def _levels(score: ArrayLike) -> tuple[int, NDArray[np.intp]]:
    """How many distinct scores there are, and each row's place among them."""
    values, place = np.unique(np.asarray(score, dtype=np.float64), return_inverse=True)
    return len(values), place


def _counts(score: ArrayLike, came: ArrayLike) -> tuple[Floats, Floats]:
    """Buyers and all customers by rising level of the score, shape (1, levels)."""
    level, place = _levels(score)
    outcome = np.asarray(came, dtype=np.float64)
    bought = np.bincount(place, outcome, level).astype(np.float64)
    return bought[None, :], np.bincount(place, minlength=level).astype(np.float64)[None, :]


def area_of_cells(bought: Floats, count: Floats) -> Floats:
    """AUC of each row of counts by rising score, shape (draws,)."""
    passed = count - bought
    below = np.cumsum(passed, axis=1) - passed / 2.0
    pairs = bought.sum(axis=1) * passed.sum(axis=1)
    return np.asarray((bought * below).sum(axis=1) / np.where(pairs > 0, pairs, np.nan))


def lift_of_cells(bought: Floats, count: Floats, share: float) -> Floats:
    """Lift of each row of counts by rising score, shape (draws,)."""
    total = count.sum(axis=1, keepdims=True)
    above = total - np.cumsum(count, axis=1)
    taken = np.clip((share * total - above) / np.maximum(count, _LEAST), 0.0, 1.0)
    among = (bought * taken).sum(axis=1) / (share * total[:, 0])
    base = bought.sum(axis=1) / total[:, 0]
    return np.asarray(among / np.where(base > 0, base, np.nan))


def ordinal(score: ArrayLike) -> Floats:
    """Ranks from 0 to 1, equal scores at the middle of theirs, shape (n,).

    >>> ordinal([5.0, 7.0, 7.0]).round(2).tolist()
    [0.17, 0.67, 0.67]
    """
    level, place = _levels(score)
    count = np.bincount(place, minlength=level)
    middle = np.cumsum(count) - count / 2.0
    return np.asarray(middle[place] / max(len(place), 1))
