"""The law of a gap where many never return: a cure mixture, fitted by maximum likelihood.

With probability pi no purchase ever comes; otherwise the gap is lognormal. A gap of d whole days
lies in (d - 1/2, d + 1/2], one of 1 day in (0, 3/2], since purchases of one day are one. With
p = 1 - pi and z(x) = (ln x - location) / spread

    closed after d days:  p (Phi(z(d + 1/2)) - Phi(z(d - 1/2)))
    open after c days:    pi + p (1 - Phi(z(c + 1/2)))

location = offset + covariates . coefficients, spread = scale x s, logit pi = covariates .
coefficients. Gaps with equal terms are counted together, so the cost of a fit does not grow with
the number of customers.

Where asked for, Phi is Tukey's contaminated normal: a share e of the gaps are breaks in the rhythm,
(1 - e) Phi(z) + e Phi(z / 3), so that a long silence does not prove too much.

Sources: Boag (1949), J. Royal Statistical Society B 11:15-53; Farewell (1982), Biometrics
38:1041-1046; Maller and Zhou (1996), Survival Analysis with Long-Term Survivors, Wiley; Tukey
(1960), A survey of sampling from contaminated distributions, in Contributions to Probability and
Statistics, Stanford, 448-485.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from regulars.lifetime.cure_likelihood import Cells, Likelihood
from regulars.lifetime.gaps import Floats

_LOG_SPREAD = (float(np.log(0.05)), float(np.log(4.0)))
_LOGIT_CURE = (-9.0, 9.0)
_LOG_BREAKS = (float(np.log(1e-5)), float(np.log(0.25)))
_SOME_BREAKS = 0.01
"""Where the search begins from a fit that had next to none."""
_GRADIENT_GOAL, _GRADIENT_SMALL = 1e-8, 1e-5
_DIFFERENCE = 1e-4
_SHRINKS = 0.1
_MOST_STEPS, _MOST_DAMPING = 200, 1e12


@dataclass(frozen=True, slots=True)
class CureFit:
    """The fitted law.

    Attributes:
        location: coefficients of the location.
        log_spread: ln s.
        breaks: share e of breaks in the rhythm; 0 unless asked for.
        cure: coefficients of logit pi.
        log_likelihood: its value, natural log, all gaps together.
        converged: whether the optimiser stopped at a maximum: every component of the gradient per
            gap is below 1e-5, unless its parameter is at a bound.
        variance: variances of (location..., cure...) from the observed information; NaN unless
            asked for or where the likelihood is flat.
        closed: closed gaps used.
    """

    location: Floats
    log_spread: float
    breaks: float
    cure: Floats
    log_likelihood: float
    converged: bool
    variance: Floats
    closed: float

    @property
    def spread(self) -> float:
        """The s of the lognormal law."""
        return float(np.exp(self.log_spread))

    @property
    def never_returns(self) -> float:
        """Pi, where it depends on no covariate."""
        return float(expit(self.cure[0]))


def fit_cure_mixture(
    cells: Cells,
    *,
    start: CureFit | None = None,
    log_spread: float | None = None,
    location_bounds: Sequence[tuple[float, float]] | None = None,
    cure_bounds: Sequence[tuple[float, float]] | None = None,
    with_breaks: bool = False,
    with_variance: bool = False,
) -> CureFit:
    """Maximum likelihood within bounds, with the exact gradient, per gap so that it is well scaled.

    Args:
        cells: the counted gaps.
        start: a fit of similar data to begin from; where that leads to no maximum, the closed
            gaps' own mean and spread are tried.
        log_spread: where given, ln s is held at it.
        location_bounds: bounds of each location coefficient.
        cure_bounds: bounds of each cure coefficient.
        with_breaks: whether a share of breaks is fitted too.
        with_variance: also the variances of the coefficients.

    Returns:
        The fit. `converged` is to be read: nothing is put in its place here.

    >>> from regulars.lifetime.cure_likelihood import cells_by_day
    >>> days = np.array([20, 25, 30, 36, 45, 200])
    >>> closed = np.array([True] * 5 + [False])
    >>> fit = fit_cure_mixture(cells_by_day(days, closed, [1, 2, 3, 2, 1, 9]))
    >>> fit.converged, round(fit.never_returns, 2), round(float(np.exp(fit.location[0])))
    (True, 0.5, 30)
    """
    k, m = cells.location.shape[1], cells.cure.shape[1]
    longest = float(np.log(cells.days.max() + 1.0)) if len(cells.days) else 0.0
    model = Likelihood(cells, with_breaks)
    limits = list(location_bounds or [(-2.0, longest + 2.0), *[(-5.0, 5.0)] * (k - 1)])
    limits += [(log_spread, log_spread) if log_spread is not None else _LOG_SPREAD]
    limits += [_LOG_BREAKS if with_breaks else (0.0, 0.0)]
    limits += list(cure_bounds or [_LOGIT_CURE, *[(-5.0, 5.0)] * (m - 1)])
    low, high = np.array(limits).T
    begins = [_start(cells, low, high)]
    if start is not None:
        begins.insert(0, np.clip(_from(start, k, m), low, high))
    theta, value, converged = begins[0], np.inf, False
    for begin in begins:
        if not converged:
            theta, value, converged = _climb(model, begin, low, high)
    variance = np.full(k + m, np.nan)
    if with_variance:
        variance = _variance(model, theta, [*range(k), *range(k + 2, k + 2 + m)], low, high)
    return CureFit(
        theta[:k],
        float(theta[k]),
        float(np.exp(theta[k + 1])) if with_breaks else 0.0,
        theta[k + 2 :],
        -value * model.total,
        converged,
        variance,
        float(cells.count[cells.closed].sum()),
    )


def _climb(
    model: Likelihood, begin: Floats, low: Floats, high: Floats
) -> tuple[Floats, float, bool]:
    """Damped Newton steps within bounds (Levenberg 1944; Marquardt 1963).

    The parameters are five at most, so differences of the exact gradient give the curvature
    cheaply, and a minimum in a corner of the bounds is reached without stalling. A curvature serves
    for the next step too while each step makes the gradient ten times smaller: that says it is
    still near enough (Shamanskii's method; Kelley 1995, Iterative Methods for Linear and Nonlinear
    Equations, section 5.4.3).
    """
    theta, damping = begin, 1e-6
    value, gradient = model.value_and_gradient(theta)
    curvature, judged, before = np.zeros((0, 0)), np.zeros(0, dtype=np.intp), 0.0
    for _ in range(_MOST_STEPS):
        held = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
        free = np.flatnonzero(~held & (low < high))
        steep = float(np.abs(gradient[free]).max()) if len(free) else 0.0
        if steep < _GRADIENT_GOAL:
            return theta, value, True
        if steep > _SHRINKS * before or not np.array_equal(free, judged):
            curvature, judged = _curvature(model, theta, free, low, high), free
        before = steep
        weight = np.maximum(np.abs(np.diag(curvature)), 1e-8)
        better = False
        while not better and damping < _MOST_DAMPING:
            step = _solve(curvature + np.diag(damping * weight), -gradient[free])
            if step is not None:
                trial = theta.copy()
                trial[free] = np.clip(theta[free] + step, low[free], high[free])
                new_value, new_gradient = model.value_and_gradient(trial)
                better = bool(new_value < value)
            damping *= 0.1 if better else 8.0
        if not better:
            return theta, value, bool(np.abs(gradient[free]).max() < _GRADIENT_SMALL)
        theta, value, gradient = trial, new_value, new_gradient
        damping = max(damping, 1e-9)
    return theta, value, False


def _curvature(
    model: Likelihood, theta: Floats, free: NDArray[np.intp], low: Floats, high: Floats
) -> Floats:
    """Second derivatives in the free parameters, by differences of the gradient within bounds."""
    rows = []
    for index in free.tolist():
        above, below = theta.copy(), theta.copy()
        above[index] = min(theta[index] + _DIFFERENCE, high[index])
        below[index] = max(theta[index] - _DIFFERENCE, low[index])
        rise = model.value_and_gradient(above)[1] - model.value_and_gradient(below)[1]
        rows.append(rise[free] / (above[index] - below[index]))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _solve(matrix: Floats, right: Floats) -> Floats | None:
    """The solution where the matrix is positive definite, else None."""
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.solve(root.T, np.linalg.solve(root, right)), dtype=np.float64)


def _start(cells: Cells, low: Floats, high: Floats) -> Floats:
    """Mean and spread of the closed gaps' logs; half of the open gaps taken as never to end."""
    k, m = cells.location.shape[1], cells.cure.shape[1]
    begin = np.zeros(k + 2 + m)
    ended = cells.closed & (cells.days > 0)
    weight = cells.count[ended]
    if weight.sum() > 0:
        log = np.log(cells.days[ended]) - cells.offset[ended]
        mean = float(np.average(log, weights=weight))
        begin[0] = mean
        begin[k + 1] = np.log(0.05)
        begin[k] = 0.5 * np.log(np.average((log - mean) ** 2, weights=weight) + 0.1)
    left = cells.count[~cells.closed].sum() / 2
    begin[k + 2] = np.log((left + 1.0) / (weight.sum() + left + 1.0))
    return np.asarray(np.clip(begin, low, high), dtype=np.float64)


def _from(start: CureFit, k: int, m: int) -> Floats:
    location, cure = np.zeros(k), np.zeros(m)
    location[: min(k, len(start.location))] = start.location[:k]
    cure[: min(m, len(start.cure))] = start.cure[:m]
    log_breaks = np.log(max(start.breaks, _SOME_BREAKS))
    return np.concatenate([location, [start.log_spread, log_breaks], cure])


def _variance(
    model: Likelihood, theta: Floats, free: list[int], low: Floats, high: Floats
) -> Floats:
    """Diagonal of the inverse information; NaN where the likelihood is flat."""
    information = _curvature(model, theta, np.array(free), low, high) * model.total
    if not np.all(np.linalg.eigvalsh(information) > 1e-8):
        return np.full(len(free), np.nan)
    return np.asarray(np.diag(np.linalg.inv(information)), dtype=np.float64)
