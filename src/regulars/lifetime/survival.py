"""The plain survival curve of gaps, as a picture beside the fitted law and a check on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from regulars.lifetime.gaps import Floats, Ints


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Share of gaps still open after each day on which one was closed.

    Attributes:
        day: days since the purchase that starts the gap, rising.
        share: share of gaps open beyond that day.
        at_risk: gaps that were open and observed up to that day.
    """

    day: Ints
    share: Floats
    at_risk: Ints


def survival_curve(days: ArrayLike, closed: ArrayLike) -> SurvivalCurve:
    """The product-limit curve (Kaplan and Meier 1958, JASA 53:457-481).

    share(t) = product over d <= t of (1 - closed on day d / at risk on day d). A gap left open
    after c days counts as at risk on day c. Where many never return the curve levels off above 0.

    Args:
        days: length of each gap, shape (n,).
        closed: whether a purchase ended it, shape (n,).

    >>> curve = survival_curve([10, 20, 20, 30], [True, True, False, False])
    >>> curve.day.tolist(), curve.share.round(3).tolist()
    ([10, 20], [0.75, 0.5])
    """
    length = np.asarray(days, dtype=np.int64)
    ended = np.asarray(closed, dtype=np.bool_)
    if not len(length):
        return SurvivalCurve(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    total = np.bincount(length)
    events = np.bincount(length[ended], minlength=len(total))
    at_risk = total[::-1].cumsum()[::-1]
    day = np.flatnonzero(events)
    share = np.cumprod(1.0 - events[day] / at_risk[day])
    return SurvivalCurve(day.astype(np.int64), share, at_risk[day].astype(np.int64))
