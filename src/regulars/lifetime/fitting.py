"""Maximum likelihood for the lifetime models: one way for all, and an honest account of it.

Parameters are positive, so their logs are fitted, within wide bounds and with exact gradients, by
SLSQP (or L-BFGS-B) from several starts, then Newton steps. Standard errors come from the observed
information. What has no clear maximum is `CannotTell`, with the reason, and gives no number: an
optimiser that stops on a slope, a parameter that runs to a bound, a direction in which the
likelihood is flat.

With a `Prior` (from like groups, see `pooling`) a few customers are enough: the answer is then the
posterior's mode, and the errors are the posterior's (Laplace's approximation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

from regulars.errors import CannotTell
from regulars.lifetime.gaps import Floats

MIN_REPEATERS = 30
"""Without a prior, a model rests on at least so many customers who bought again."""
WIDEST_ERROR = 3.0
"""Standard error of a log-parameter in any direction above which the data tell nothing of it: the
95 % interval would span a factor of 100,000."""
SHAPE_BOUNDS = (float(np.log(1e-4)), float(np.log(1e4)))
"""Of parameters without a unit, in logs."""
SCALE_BOUNDS = (float(np.log(1e-5)), float(np.log(1e5)))
"""Of parameters that are times or amounts, in logs, about a typical one."""

_GRADIENT_GOAL, _GRADIENT_SMALL = 1e-9, 1e-6
_DIFFERENCE = 1e-4
_AT_BOUND = 1e-3
_NEWTON_STEPS = 25
_ENOUGH_TO_START = 4_000
_TO_DO = "take a longer history, another model, or a prior from like groups"


class Likelihood(Protocol):
    """A log-likelihood with its gradient."""

    @property
    def total(self) -> float:
        """Customers, for a scale of value and gradient."""

    def value_and_gradient(self, log_parameters: Floats) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its derivatives by the logs."""

    def thinned(self, most: int) -> Self:
        """A representative part of at most about so many terms, to try starts on."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What like groups tell of the parameters beforehand: a normal law of their logs.

    Attributes:
        centre: mean of the logs, shape (k,).
        covariance: of the logs, shape (k, k).
    """

    centre: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """Parameters with their errors and how they were found.

    Attributes:
        model: name of the model.
        names: the papers' letters, in the order of all arrays here.
        values: the parameters, shape (k,).
        standard_errors: theirs, by the delta method from the logs, shape (k,).
        log_covariance: covariance of the logs, the inverse observed information, shape (k, k).
        log_likelihood: of all customers, natural log, without the prior.
        customers: how many were used.
        left_out: how many could not be used (the model says which).
        converged: whether the gradient is nought at the values. Always so where fitted, since
            otherwise there is no answer; not so where the values were given.
        gradient: largest component of the gradient per customer, by the logs.
        iterations: of all runs of the optimisers together.
        message: how it ended, for people.
        with_prior: whether a prior was used.
    """

    model: str
    names: tuple[str, ...]
    values: Floats
    standard_errors: Floats
    log_covariance: Floats
    log_likelihood: float
    customers: float
    left_out: float
    converged: bool
    gradient: float
    iterations: int
    message: str
    with_prior: bool

    def interval(self, level: float = 0.95) -> Floats:
        """Low and high end of each parameter's interval, symmetric in its log, shape (k, 2)."""
        reach = float(ndtri(0.5 + level / 2)) * np.sqrt(np.diag(self.log_covariance))
        ends = np.column_stack([np.exp(-reach), np.exp(reach)])
        return np.asarray(self.values[:, None] * ends, dtype=np.float64)

    def draws(self, count: int, seed: int = 0) -> Floats:
        """Parameters as they might be, from the normal law of their logs, shape (count, k)."""
        rng = np.random.default_rng(seed)
        logs = rng.multivariate_normal(np.log(self.values), self.log_covariance, count)
        return np.asarray(np.exp(logs), dtype=np.float64)


def given(model: str, names: tuple[str, ...], values: Sequence[float] | Floats) -> Fitted:
    """Parameters from elsewhere (a paper, a draw), without errors.

    Raises:
        ValueError: when their number is wrong or one is not positive.
    """
    array = np.array(values, dtype=np.float64)
    if array.shape != (len(names),) or not np.all((array > 0) & np.isfinite(array)):
        raise ValueError(f"{model} has the positive parameters {', '.join(names)}")
    k = len(names)
    return Fitted(
        model, names, array, np.zeros(k), np.zeros((k, k)), float("nan"),
        0.0, 0.0, False, float("nan"), 0, "given, not fitted", False,
    )  # fmt: skip


def maximise(
    model: str,
    names: tuple[str, ...],
    likelihood: Likelihood,
    starts: Sequence[Floats],
    bounds: Sequence[tuple[float, float]],
    *,
    prior: Prior | None = None,
    left_out: float = 0.0,
) -> Fitted:
    """The parameters of highest likelihood, or with a prior of highest posterior density.

    Args:
        model: name, for the result and the errors.
        names: of the parameters.
        likelihood: see there.
        starts: logs to begin from, two or more.
        bounds: of the logs.
        prior: see there.
        left_out: told on in the result.

    Raises:
        CannotTell: no clear maximum; the message says which way the likelihood runs.
    """
    low, high = np.array(bounds).T
    runs = []
    few = _Objective(likelihood.thinned(_ENOUGH_TO_START), prior)
    for start in starts:
        runs.append(_descend(few, np.clip(start, low + 0.1, high - 0.1), low, high))
    best = min(runs, key=lambda run: run[1])
    agree = sum(run[1] - best[1] < 1e-6 for run in runs)
    iterations = sum(run[2] for run in runs)
    whole = _Objective(likelihood, prior)
    theta = best[0]
    if whole.likelihood.total != few.likelihood.total:
        theta, close, more = _approach(whole, few, theta, low, high)
        iterations += more
        if not close:
            theta, _, more = _descend(whole, theta, low, high)
            iterations += more
    theta, gradient, information, more = _newton(whole, theta, low, high)
    iterations += more
    steep = float(np.abs(gradient).max())
    if steep > _GRADIENT_SMALL:
        theta, _, more = _descend(whole, theta, low, high, careful=True)
        theta, gradient, information, again = _newton(whole, theta, low, high)
        iterations += more + again
        steep = float(np.abs(gradient).max())
    _refuse_bounds(model, names, theta, low, high)
    covariance = _covariance(model, names, information / whole.scale)
    if steep > _GRADIENT_SMALL:
        raise CannotTell(
            f"{model} cannot be fitted: the optimiser stopped on a slope of {steep:.1e}",
            todo="look for odd rows among the purchases, or give a prior from like groups",
        )
    values = np.exp(theta)
    return Fitted(
        model,
        names,
        values,
        values * np.sqrt(np.diag(covariance)),
        covariance,
        likelihood.value_and_gradient(theta)[0],
        likelihood.total,
        left_out,
        True,
        steep,
        iterations,
        f"converged; {agree} of {len(runs)} starts led here",
        prior is not None,
    )


def need_repeaters(model: str, repeaters: float, prior: Prior | None) -> None:
    """Refuses a fit without a prior on too few customers who bought again.

    Raises:
        CannotTell: with the number that there is and the number needed.
    """
    if prior is None and repeaters < MIN_REPEATERS:
        raise CannotTell(
            f"{model} cannot be fitted to {repeaters:.0f} customers who bought again",
            todo=f"{MIN_REPEATERS} are needed, or a prior from like groups",
        )


def dot(one: Floats, other: Floats) -> float:
    """Sum of products, without the threads of BLAS: they stall where other work is running."""
    return float(np.einsum("n,n->", one, other))


class _Objective:
    """Minus the log-posterior per customer, so that tolerances mean the same at every size."""

    def __init__(self, likelihood: Likelihood, prior: Prior | None) -> None:
        self.likelihood = likelihood
        self.scale = 1.0 / max(likelihood.total, 1.0)
        self.prior = prior
        self.precision = None if prior is None else np.linalg.inv(prior.covariance)

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        value, gradient = self.likelihood.value_and_gradient(theta)
        if self.prior is not None and self.precision is not None:
            away = theta - self.prior.centre
            pull = self.precision @ away
            value -= float(away @ pull) / 2
            gradient = gradient - pull
        return -value * self.scale, -gradient * self.scale


def _descend(
    objective: _Objective, start: Floats, low: Floats, high: Floats, *, careful: bool = False
) -> tuple[Floats, float, int]:
    """SLSQP, or where that stopped short L-BFGS-B.

    The second is surer of its way but calls threaded BLAS on four numbers, which on a busy machine
    costs ten times the work itself.
    """
    method = "L-BFGS-B" if careful else "SLSQP"
    found = minimize(
        objective,
        start,
        jac=True,
        method=method,
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 500, "ftol": 1e-13 if careful else 1e-12},
    )
    theta = np.clip(np.asarray(found.x, dtype=np.float64), low, high)
    return theta, float(found.fun), int(found.nit)


def _approach(
    whole: _Objective, few: _Objective, theta: Floats, low: Floats, high: Floats
) -> tuple[Floats, bool, int]:
    """Newton steps on the whole with the curvature of the part, which costs next to nothing."""
    curvature = _curvature(few, theta)
    value, gradient = whole(theta)
    if np.linalg.eigvalsh(curvature).min() <= 0:
        return theta, False, 0
    for steps in range(_NEWTON_STEPS):
        if np.abs(gradient).max() < _GRADIENT_SMALL:
            return theta, True, steps
        trial = np.clip(theta - np.linalg.solve(curvature, gradient), low, high)
        new_value, new_gradient = whole(trial)
        if new_value >= value:
            break
        theta, value, gradient = trial, new_value, new_gradient
    return theta, False, steps


def _newton(
    objective: _Objective, theta: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats, Floats, int]:
    """Newton steps to the last digits; also the gradient and the curvature where they end."""
    value, gradient = objective(theta)
    curvature = _curvature(objective, theta)
    steps = 0
    while steps < _NEWTON_STEPS and np.abs(gradient).max() > _GRADIENT_GOAL:
        if np.linalg.eigvalsh(curvature).min() <= 0:
            break
        step = -np.linalg.solve(curvature, gradient)
        step *= min(1.0, 1.0 / float(np.abs(step).max()))
        trial = np.clip(theta + step, low, high)
        new_value, new_gradient = objective(trial)
        steps += 1
        # At the last digits the value no longer tells; the gradient does.
        if new_value > value and np.abs(new_gradient).max() >= np.abs(gradient).max():
            break
        far = float(np.abs(trial - theta).max())
        theta, value, gradient = trial, new_value, new_gradient
        if far > 1e-4:
            curvature = _curvature(objective, theta)
    return theta, gradient, curvature, steps


def _curvature(objective: _Objective, theta: Floats) -> Floats:
    """Second derivatives by central differences of the exact gradient."""
    rows = []
    for index in range(len(theta)):
        step = np.zeros(len(theta))
        step[index] = _DIFFERENCE
        rise = objective(theta + step)[1] - objective(theta - step)[1]
        rows.append(rise / (2 * _DIFFERENCE))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _refuse_bounds(
    model: str, names: tuple[str, ...], theta: Floats, low: Floats, high: Floats
) -> None:
    ran = [
        f"{name} to {'0' if at < bottom + _AT_BOUND else 'infinity'}"
        for name, at, bottom, top in zip(names, theta, low, high, strict=True)
        if at < bottom + _AT_BOUND or at > top - _AT_BOUND
    ]
    if ran:
        raise CannotTell(
            f"{model} is not identified by these purchases: the likelihood rises as "
            f"{' and '.join(ran)} goes",
            todo=_TO_DO,
        )


def _covariance(model: str, names: tuple[str, ...], information: Floats) -> Floats:
    """The inverse of the information, where no direction is flat."""
    strength, direction = np.linalg.eigh(information)
    if strength[0] < WIDEST_ERROR**-2:
        flat = direction[:, 0]
        told = ", ".join(name for name, part in zip(names, flat, strict=True) if abs(part) > 0.3)
        raise CannotTell(
            f"{model} is not identified by these purchases: the likelihood is flat along {told}",
            todo=_TO_DO,
        )
    inverse = (direction / strength) @ direction.T
    return np.asarray((inverse + inverse.T) / 2, dtype=np.float64)
