"""Corrections of the level of chances: the season of a year ago, and the recent trend.

Both are shifts of the log odds of all customers alike, so that nobody's rank changes.

Season: a year ago (52 weeks, so that weekdays stay), a recipe taught by what lay before told so
many buyers, and so many came; the shift d that would have made it right is drawn to 0 by
t2 / (t2 + v), v = 1 / sum p (1 - p) its variance by chance and t = 0.5 what seasons are expected to
bring. It needs a year of history and what a recipe needs before that.

Trend: what was learnt from all earlier windows is off by some shift in the latest of them. Half of
it is carried on. Whether that helps a shop, its own earlier days tell (`choice`).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from regulars.lifetime.gaps import Bools, Floats
from regulars.lifetime.logistic import logit

SPREAD = 0.5
"""Standard deviation of seasons' shifts of the log odds, beforehand."""
_WIDEST = 8.0


def shifted(chance: Floats, shift: float) -> Floats:
    """Chances with their log odds shifted; in the same order.

    >>> shifted(np.array([0.5, 0.8]), float(np.log(2))).round(3).tolist()
    [0.667, 0.889]
    """
    return np.asarray(expit(logit(chance) + shift)) if shift else chance


def shift_to(chance: Floats, share: float) -> float:
    """The shift under which the mean chance is the share; at most 8 either way.

    >>> round(shift_to(np.array([0.5, 0.5]), 0.75), 3)  # ln 3
    1.099
    """
    straight = logit(chance)

    def missing(shift: float) -> float:
        return float(expit(straight + shift).mean()) - share

    if not len(chance) or missing(-_WIDEST) >= 0 or missing(_WIDEST) <= 0:
        return 0.0
    return float(brentq(missing, -_WIDEST, _WIDEST, xtol=1e-10))


def season_shift(chance: Floats, came: Bools) -> float:
    """The shift of the season from chances of a year ago and what came, drawn to 0.

    >>> told, came = np.full(1000, 0.5), np.arange(1000) < 600
    >>> round(season_shift(told, came), 2)  # ln 1.5 = 0.41 but for chance
    0.4
    """
    if not len(chance):
        return 0.0
    variance = 1.0 / max(float((chance * (1.0 - chance)).sum()), 1e-9)
    return shift_to(chance, float(came.mean())) * SPREAD**2 / (SPREAD**2 + variance)


def trend_shift(chances: list[Floats], came: list[Bools]) -> float:
    """Half of what the latest window is off by, and half of what all are.

    Args:
        chances: what the recipe tells of the windows that taught it, latest first.
        came: what came.
    """
    if not chances:
        return 0.0
    every, truth = np.concatenate(chances), np.concatenate(came)
    pooled = shift_to(every, float(truth.mean()))
    return (pooled + shift_to(chances[0], float(came[0].mean()))) / 2.0
