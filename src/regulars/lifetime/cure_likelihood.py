"""The likelihood of gaps under a cure mixture, with its exact gradient (see `cure_mixture`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr

from regulars.lifetime.gaps import Bools, Floats

BREAK_SPREAD = 3.0
"""Breaks in the rhythm have so many times the spread (Tukey's choice)."""

_TINY = 1e-300
_ROOT_TWO_PI = float(np.sqrt(2 * np.pi))
_HALF_DAY = 0.5


def cumulative(z: Floats, breaks: float | Floats) -> Floats:
    """The distribution function of the standardised log gap, `breaks` being the share e.

    >>> cumulative(np.array([0.0, 2.0]), 0.0).round(3).tolist()
    [0.5, 0.977]
    >>> cumulative(np.array([0.0, 2.0]), 0.1).round(3).tolist()
    [0.5, 0.954]
    """
    plain = ndtr(z)
    if not np.any(breaks):
        return np.asarray(plain, dtype=np.float64)
    return np.asarray(plain + breaks * (ndtr(z / BREAK_SPREAD) - plain), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Cells:
    """Gaps counted by equal terms, shape (n,) each and (n, k) for covariates.

    Attributes:
        days: length of the gaps, whole days.
        closed: whether a purchase ended them.
        count: how many gaps there are of this kind.
        offset: known part of the location, ln days.
        scale: known factor of the spread.
        location: covariates of the location; the first is usually 1.
        cure: covariates of logit pi; the first is usually 1.
    """

    days: Floats
    closed: Bools
    count: Floats
    offset: Floats
    scale: Floats
    location: Floats
    cure: Floats


def cells_by_day(days: ArrayLike, closed: ArrayLike, count: ArrayLike | None = None) -> Cells:
    """Gaps of one law counted by day: the sufficient statistics.

    >>> cells_by_day([3, 3, 8], [True, True, False]).count.tolist()
    [2.0, 1.0]
    """
    length = np.asarray(days, dtype=np.int64)
    ended = np.asarray(closed, dtype=np.bool_)
    weight = None if count is None else np.asarray(count, dtype=np.float64)
    return cells_of_counts(np.bincount(length * 2 + ~ended, weights=weight))


def cells_of_counts(total: ArrayLike) -> Cells:
    """The same, counted already: closed gaps of d days at place 2 d, open ones at 2 d + 1.

    >>> cells_of_counts([0, 0, 0, 4, 1]).days.tolist()
    [1.0, 2.0]
    """
    total = np.asarray(total)
    kept = np.flatnonzero(total)
    one = np.ones(len(kept))
    return Cells(
        (kept // 2).astype(np.float64),
        kept % 2 == 0,
        total[kept].astype(np.float64),
        np.zeros(len(kept)),
        one,
        one[:, None],
        one[:, None],
    )


class Likelihood:
    """Minus the log-likelihood per gap, with its gradient.

    The parameters are (location..., ln s, ln e, cure...); without breaks, ln e is not looked at.
    """

    def __init__(self, cells: Cells, with_breaks: bool) -> None:
        self.with_breaks = with_breaks
        self.total = max(float(cells.count.sum()), 1.0)
        ended = np.flatnonzero(cells.closed)
        # An open gap of 0 days tells nothing: the purchase was today.
        waiting = np.flatnonzero(~cells.closed & (cells.days > 0))
        self.closed, self.open = _Side(cells, ended), _Side(cells, waiting)
        self.upper = np.log(cells.days[ended] + _HALF_DAY)
        self.from_zero = cells.days[ended] <= 1
        self.lower = np.log(np.maximum(cells.days[ended] - _HALF_DAY, 0.5))
        self.beyond = np.log(cells.days[waiting] + _HALF_DAY)

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """Both at the parameters, in their order."""
        k = self.closed.location.shape[1]
        coefficient, spread, cure = theta[:k], float(np.exp(theta[k])), theta[k + 2 :]
        # The logarithm of the share: near nothing, a share of twice as much is as far as anywhere.
        breaks = float(np.exp(theta[k + 1])) if self.with_breaks else 0.0
        # Closed gaps. In the upper half both tails are mirrored, so that far out the difference
        # of two numbers near 1 does not vanish.
        side = self.closed
        width = spread * side.scale
        at = side.offset + _rows(side.location, coefficient)
        upper, lower = (self.upper - at) / width, (self.lower - at) / width
        mirrored = (lower > 0) & ~self.from_zero
        high = np.where(mirrored, -lower, upper)
        low = np.where(mirrored, -upper, lower)
        to_high, gain_high = self._cumulative(high, breaks)
        to_low, gain_low = self._cumulative(low, breaks)
        chance = np.maximum(to_high - np.where(self.from_zero, 0.0, to_low), _TINY)
        density_upper = _density(upper, breaks)
        density_lower = np.where(self.from_zero, 0.0, _density(lower, breaks))
        pi = expit(_rows(side.cure, cure))
        value = _dot(side.count, np.log(chance) + np.log1p(-pi))
        slope = side.count * (density_lower - density_upper) / (width * chance)
        turn = side.count * (lower * density_lower - upper * density_upper) / chance
        wider = 0.0
        if gain_high is not None and gain_low is not None:
            gain = gain_high - np.where(self.from_zero, 0.0, gain_low)
            wider = breaks * _dot(side.count, gain / chance)
        gradient = np.concatenate(
            [
                _columns(slope, side.location),
                [turn.sum(), wider],
                -_columns(side.count * pi, side.cure),
            ]
        )
        # Open gaps.
        side = self.open
        width = spread * side.scale
        z = (self.beyond - side.offset - _rows(side.location, coefficient)) / width
        pi = expit(_rows(side.cure, cure))
        come, more = self._cumulative(z, breaks)
        silent = np.maximum(1.0 - (1.0 - pi) * come, _TINY)
        value += _dot(side.count, np.log(silent))
        weight = side.count * (1.0 - pi) / silent
        push = weight * _density(z, breaks)
        gradient += np.concatenate(
            [
                _columns(push / width, side.location),
                [(push * z).sum(), 0.0 if more is None else -breaks * _dot(weight, more)],
                _columns(weight * pi * come, side.cure),
            ]
        )
        return -value / self.total, -gradient / self.total

    def _cumulative(self, z: Floats, breaks: float) -> tuple[Floats, Floats | None]:
        """The distribution function, and what a break adds to it where breaks are fitted."""
        if not self.with_breaks:
            return cumulative(z, breaks), None
        plain = ndtr(z)
        gain = np.asarray(ndtr(z / BREAK_SPREAD) - plain, dtype=np.float64)
        return np.asarray(plain + breaks * gain, dtype=np.float64), gain


class _Side:
    """The cells of one side, closed or open."""

    def __init__(self, cells: Cells, chosen: NDArray[np.intp]) -> None:
        self.count, self.offset = cells.count[chosen], cells.offset[chosen]
        self.scale = cells.scale[chosen]
        self.location, self.cure = cells.location[chosen], cells.cure[chosen]


def _density(z: Floats, breaks: float) -> Floats:
    plain = np.exp(-0.5 * z * z) / _ROOT_TWO_PI
    if not breaks:
        return np.asarray(plain, dtype=np.float64)
    wide = np.exp(-0.5 * (z / BREAK_SPREAD) ** 2) / (_ROOT_TWO_PI * BREAK_SPREAD)
    return np.asarray((1.0 - breaks) * plain + breaks * wide, dtype=np.float64)


# Not the BLAS that `@` calls: its threads cost more than they bring at this size, many times over
# on a busy machine, and the last bit of a sum would hang on their number. For the same reason the
# optimiser is our own: L-BFGS-B of SciPy spent ten times the fit's time in such threads.
def _dot(left: Floats, right: Floats) -> float:
    return float(np.einsum("i,i->", left, right))


def _rows(covariates: Floats, coefficients: Floats) -> Floats:
    return np.asarray(np.einsum("ij,j->i", covariates, coefficients), dtype=np.float64)


def _columns(weights: Floats, covariates: Floats) -> Floats:
    return np.asarray(np.einsum("i,ij->j", weights, covariates), dtype=np.float64)
