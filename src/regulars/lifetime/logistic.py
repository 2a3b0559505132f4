"""Logistic regression with a ridge penalty and an offset, by Newton's method.

The maximum over b of

    sum_i (y_i log p_i + (1 - y_i) log(1 - p_i)) - 1/2 sum_j penalty_j b_j^2,
    logit p_i = offset_i + z_i . b

(le Cessie and van Houwelingen 1992, Applied Statistics 41:191-201). The offset is what is believed
before anything is learnt; a strong penalty leaves it as it is. The value is concave, and each step
is halved until it rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from regulars.lifetime.gaps import Bools, Floats

CLIP = 1e-5
_STEPS = 40
_GOAL = 1e-9
_EDGE = 0.005
_FLAT = 1e-9


def logit(chance: Floats) -> Floats:
    """ln(p / (1 - p)), of chances kept `CLIP` away from 0 and 1.

    >>> logit(np.array([0.5, 0.75])).round(3).tolist()
    [0.0, 1.099]
    """
    inside = np.clip(chance, CLIP, 1.0 - CLIP)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def ridge_logistic(z: Floats, came: Bools, offset: Floats, penalty: Floats) -> Floats:
    """The coefficients, shape (k,).

    Args:
        z: shape (n, k).
        came: outcome, shape (n,).
        offset: of the logit, shape (n,).
        penalty: of each coefficient, positive, shape (k,).

    >>> came = np.arange(10) < 8
    >>> b = ridge_logistic(np.ones((10, 1)), came, np.zeros(10), np.array([1e-6]))
    >>> float(expit(b[0]).round(3))
    0.8
    """
    sign = np.where(came, 1.0, -1.0)
    outcome = came.astype(np.float64)
    beta = np.zeros(z.shape[1])
    straight = offset.copy()
    value = _value(straight, sign, beta, penalty)
    for _ in range(_STEPS):
        chance = expit(straight)
        gradient = z.T @ (outcome - chance) - penalty * beta
        weight = chance * (1.0 - chance)
        step = np.linalg.solve((z * weight[:, None]).T @ z + np.diag(penalty), gradient)
        along, size = z @ step, 1.0
        while size > 1e-6:
            trial = _value(straight + size * along, sign, beta + size * step, penalty)
            if trial >= value:
                break
            size /= 2.0
        beta, straight = beta + size * step, straight + size * along
        if trial - value < _GOAL * len(outcome):
            break
        value = trial
    return beta


def _value(straight: Floats, sign: Floats, beta: Floats, penalty: Floats) -> float:
    return float(-np.logaddexp(0.0, -sign * straight).sum() - (penalty * beta * beta).sum() / 2)


@dataclass(frozen=True, slots=True)
class Scale:
    """Columns brought to one scale, as learnt from some rows; others are cut at their edges.

    What lies outside all that was learnt from tells no more than its edge.
    """

    used: Bools
    low: Floats
    high: Floats
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, values: Floats) -> Scale:
        """Learnt from rows; columns that are not known or the same everywhere are not used."""
        known = np.isfinite(values).all(axis=0)
        safe = np.where(known, values, 0.0)
        low, high = np.quantile(safe, [_EDGE, 1.0 - _EDGE], axis=0)
        cut = np.clip(safe, low, high)
        mean, deviation = cut.mean(axis=0), cut.std(axis=0)
        used = known & (deviation > _FLAT)
        return cls(used, low[used], high[used], mean[used], deviation[used])

    def __call__(self, values: Floats) -> Floats:
        """Scaled columns behind a column of ones."""
        cut = np.clip(values[:, self.used], self.low, self.high)
        scaled = (cut - self.mean) / self.deviation
        return np.column_stack([np.ones(len(scaled)), scaled])
