"""NBD: purchases without an end (Ehrenberg 1959, Applied Statistics 8:26-41).

Poisson purchases with rate lambda ~ Gamma(r, alpha), and nobody stops. It is the limit of the other
models where the data show nobody stopping, as in a young or a thriving shop: those models are then
not identified, and this one says what can be said. Over long horizons it promises too much.

    L             = G(r+x) alpha^r / (G(r) (alpha+T)^(r+x))
    E[Y(t) | x,T] = (r+x) t / (alpha+T)
    P(Y(t) > 0)   = 1 - ((alpha+T) / (alpha+T+t))^(r+x)

>>> from regulars.lifetime.sufficient import PurchaseSummary
>>> x, last, observed = np.array([0.0, 4.0]), np.array([0.0, 30.0]), np.array([40.0, 40.0])
>>> bought = PurchaseSummary(np.arange(2), x, last, observed, np.full(2, np.nan))
>>> Nbd.of([1.0, 10.0]).expected_purchases(bought, 10).tolist()
[0.2, 1.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from regulars.lifetime.fitting import (
    SCALE_BOUNDS,
    SHAPE_BOUNDS,
    Fitted,
    Prior,
    dot,
    given,
    maximise,
    need_repeaters,
)
from regulars.lifetime.gaps import Floats
from regulars.lifetime.purchase_model import checked_chance, checked_horizon, per_row
from regulars.lifetime.sufficient import Groups, History

_STARTS = (0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Nbd:
    """The model with its parameters r and alpha (a time); see `PurchaseModel`."""

    name: ClassVar[str] = "NBD"
    letters: ClassVar[tuple[str, ...]] = ("r", "alpha")

    fitted: Fitted

    @classmethod
    def fit(cls, groups: Groups, prior: Prior | None = None) -> Self:
        """See `PurchaseModel.fit`."""
        need_repeaters(cls.name, float(groups.count[groups.repeats > 0].sum()), prior)
        customers = max(float(groups.count.sum()), 1.0)
        typical = dot(groups.count, groups.observed) / customers or 1.0
        rate = (dot(groups.count, groups.repeats) + 1.0) / (customers * typical)
        starts = [np.log([r, r / rate]) for r in _STARTS]
        if prior is not None:
            starts.insert(0, prior.centre)
        middle = float(np.log(typical) if prior is None else prior.centre[1])
        bounds = [SHAPE_BOUNDS, (SCALE_BOUNDS[0] + middle, SCALE_BOUNDS[1] + middle)]
        return cls(
            maximise(cls.name, cls.letters, _Likelihood(groups), starts, bounds, prior=prior)
        )

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Self:
        """See `PurchaseModel.of`."""
        return cls(given(cls.name, cls.letters, values))

    def log_likelihood(self, groups: Groups) -> float:
        """Of customers under these parameters."""
        return _Likelihood(groups).value_and_gradient(np.log(self.fitted.values))[0]

    def alive(self, history: History) -> Floats:
        """1: nobody stops."""
        return np.ones(len(history.repeats))

    def expected_purchases(self, history: History, horizon: ArrayLike) -> Floats:
        """(r+x) t / (alpha+T)."""
        times = checked_horizon(horizon)
        r, alpha = self.fitted.values
        return np.asarray(
            per_row((r + history.repeats) / (alpha + history.observed), times) * times
        )

    def chance_of_purchase(self, history: History, horizon: ArrayLike) -> Floats:
        """1 - ((alpha+T) / (alpha+T+t))^(r+x)."""
        times = checked_horizon(horizon)
        r, alpha = self.fitted.values
        u = times / per_row(alpha + history.observed, times)
        return np.asarray(-np.expm1(-per_row(r + history.repeats, times) * np.log1p(u)))

    def time_to_next(self, history: History, chance: float) -> Floats:
        """(alpha+T) ((1 - chance)^(-1/(r+x)) - 1)."""
        checked_chance(chance)
        r, alpha = self.fitted.values
        return np.asarray(
            (alpha + history.observed) * np.expm1(-np.log1p(-chance) / (r + history.repeats))
        )

    def expected_of_new(self, horizon: ArrayLike) -> Floats:
        """E[X(t)] = r t / alpha."""
        r, alpha = self.fitted.values
        return np.asarray(r / alpha * checked_horizon(horizon))

    def clock(self, history: History) -> Floats:
        """The time scale alpha + T."""
        return np.asarray(self.fitted.values[1] + history.observed)


class _Likelihood:
    """The log-likelihood with its gradient by (ln r, ln alpha)."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.total = float(groups.count.sum())

    def thinned(self, most: int) -> _Likelihood:
        """Of a part of the groups."""
        few = self.groups.thinned(most)
        return self if few is self.groups else type(self)(few)

    def value_and_gradient(self, log_parameters: Floats) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its derivatives by the logs."""
        r, alpha = np.exp(log_parameters)
        x, count = self.groups.repeats, self.groups.count
        until = alpha + self.groups.observed
        value = (
            dot(count, gammaln(r + x) - gammaln(r))
            + self.total * r * np.log(alpha)
            - dot(count, (r + x) * np.log(until))
        )
        slope = np.array(
            [
                dot(count, digamma(r + x) - digamma(r) - np.log(until))
                + self.total * np.log(alpha),
                self.total * r / alpha - dot(count, (r + x) / until),
            ]
        )
        return float(value), slope * np.exp(log_parameters)
