"""What BG/NBD and MBG/NBD share; they differ in one thing, `bgnbd` and `mbgnbd` say which.

While active a customer buys at rate lambda ~ Gamma(r, alpha); after each purchase it stops with
chance p ~ Beta(a, b). Let y be the purchases after which it is known not to have stopped: x for
BG/NBD (each repeat but the last, and the last if alive), x + 1 for MBG/NBD (the first one too).

    L = G(r+x)/G(r) alpha^r (alpha+T)^-(r+x) B(a, b+y)/B(a, b) (1 + rho)
    rho = a / (b+y-1) ((alpha+T) / (alpha+t_x))^(r+x),  0 where y = 0

rho is the odds of having stopped at t_x, so P(alive) = 1 / (1 + rho). Everything is in logs, so
that large x and T neither overflow nor cancel (Fader and Hardie 2013, Overcoming the BG/NBD model's
#NUM! error problem, brucehardie.com/notes/027).

If alive at T, lambda ~ Gamma(r+x, alpha+T) and p ~ Beta(a, b+y), independent. So with u = t /
(alpha+T), a purchase comes within t with chance 1 - (1+u)^-(r+x), and the mean number is

    M(u) = E_p[(1 - (1 + p u)^-(r+x)) / p]

which is the papers' (a+b+y-1)/(a-1) (1 - (1+u)^-(r+x) 2F1(r+x, b+y; a+b+y-1; u/(1+u))) without
its singularities at a = 1 and a+b+y = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, expit, gammaln

from regulars.lifetime.dropout_mean import dropout_mean
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

_STARTS = ((0.3, 0.8, 2.5), (1.0, 1.0, 1.0), (2.0, 0.3, 3.0))
"""r, a, b to begin from; alpha follows from the mean rate."""


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """A `PurchaseModel` with parameters r, alpha, a, b."""

    name: ClassVar[str]
    first_may_be_last: ClassVar[bool]
    letters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    fitted: Fitted

    @classmethod
    def fit(cls, groups: Groups, prior: Prior | None = None) -> Self:
        """See `PurchaseModel.fit`."""
        need_repeaters(cls.name, float(groups.count[groups.repeats > 0].sum()), prior)
        likelihood = BetaGeometricLikelihood(groups, cls.first_may_be_last)
        customers = max(float(groups.count.sum()), 1.0)
        typical = dot(groups.count, groups.observed) / customers or 1.0
        rate = (dot(groups.count, groups.repeats) + 1.0) / (customers * typical)
        starts = [np.log([r, r / rate, a, b]) for r, a, b in _STARTS]
        if prior is not None:
            starts.insert(0, prior.centre)
        middle = float(np.log(typical) if prior is None else prior.centre[1])
        scale = (SCALE_BOUNDS[0] + middle, SCALE_BOUNDS[1] + middle)
        bounds = [SHAPE_BOUNDS, scale, SHAPE_BOUNDS, SHAPE_BOUNDS]
        return cls(maximise(cls.name, cls.letters, likelihood, starts, bounds, prior=prior))

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Self:
        """See `PurchaseModel.of`."""
        return cls(given(cls.name, cls.letters, values))

    def log_likelihood(self, groups: Groups) -> float:
        """Of customers under these parameters."""
        likelihood = BetaGeometricLikelihood(groups, self.first_may_be_last)
        return likelihood.value_and_gradient(np.log(self.fitted.values))[0]

    def alive(self, history: History) -> Floats:
        """P(alive) = 1 / (1 + rho)."""
        r, alpha, a, b = self.fitted.values
        x = history.repeats
        y = x + self.first_may_be_last
        risen = (r + x) * np.log1p((history.observed - history.last) / (alpha + history.last))
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(a) - np.log(b + y - 1.0) + risen
        return np.where(y > 0, expit(-odds), 1.0)

    def expected_purchases(self, history: History, horizon: ArrayLike) -> Floats:
        """P(alive) M(t / (alpha+T))."""
        times = checked_horizon(horizon)
        r, alpha, a, b = self.fitted.values
        kinds, kind = np.unique(history.repeats, return_inverse=True)
        u = times / per_row(alpha + history.observed, times)
        mean = dropout_mean(r + kinds, a, b + kinds + self.first_may_be_last, kind, u)
        return per_row(self.alive(history), times) * mean

    def chance_of_purchase(self, history: History, horizon: ArrayLike) -> Floats:
        """P(alive) (1 - ((alpha+T) / (alpha+T+t))^(r+x))."""
        times = checked_horizon(horizon)
        r, alpha, _, _ = self.fitted.values
        u = times / per_row(alpha + history.observed, times)
        come = -np.expm1(-per_row(r + history.repeats, times) * np.log1p(u))
        return np.asarray(per_row(self.alive(history), times) * come)

    def time_to_next(self, history: History, chance: float) -> Floats:
        """(alpha+T) ((1 - chance / P(alive))^(-1/(r+x)) - 1), inf where P(alive) <= chance."""
        checked_chance(chance)
        r, alpha, _, _ = self.fitted.values
        with np.errstate(divide="ignore", over="ignore"):
            left = np.maximum(1.0 - chance / self.alive(history), 0.0)
            return np.asarray(
                (alpha + history.observed) * np.expm1(-np.log(left) / (r + history.repeats))
            )

    def expected_of_new(self, horizon: ArrayLike) -> Floats:
        """E[X(t)]: alive after the first purchase, for certain or with chance b / (a+b)."""
        times = checked_horizon(horizon)
        r, alpha, a, b = self.fitted.values
        one = np.array([0.0])
        first = float(self.first_may_be_last)
        mean = dropout_mean(
            r + one, a, b + first + one, np.zeros(times.size, np.intp), times.ravel() / alpha
        )
        alive = b / (a + b) if self.first_may_be_last else 1.0
        return np.asarray(alive * mean.reshape(times.shape))

    def clock(self, history: History) -> Floats:
        """The time scale alpha + T."""
        return np.asarray(self.fitted.values[1] + history.observed)


class BetaGeometricLikelihood:
    """The log-likelihood with its gradient by (ln r, ln alpha, ln a, ln b).

    Terms in x alone and in T alone are summed over distinct values first; only rho needs them all.
    """

    def __init__(self, groups: Groups, first_may_be_last: bool) -> None:
        self.groups, self.first_may_be_last = groups, first_may_be_last
        self.total = float(groups.count.sum())
        self.by_repeats = _Sums(groups.repeats, groups.count)
        self.by_observed = _Sums(groups.observed, groups.count)
        self.bought = self.by_observed.of(groups.count * groups.repeats)
        some = np.ones(len(groups.count), np.bool_) if first_may_be_last else groups.repeats > 0
        self.weight = groups.count[some]
        self.repeats = self.by_repeats.place[some]
        self.observed = self.by_observed.place[some]
        self.by_last = _Sums(groups.last[some], self.weight)
        self.x = groups.repeats[some]

    def thinned(self, most: int) -> BetaGeometricLikelihood:
        """Of a part of the groups."""
        few = self.groups.thinned(most)
        return self if few is self.groups else type(self)(few, self.first_may_be_last)

    def value_and_gradient(self, log_parameters: Floats) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its derivatives by the logs."""
        r, alpha, a, b = np.exp(log_parameters)
        x, count = self.by_repeats.value, self.by_repeats.count
        until, weight = alpha + self.by_observed.value, self.by_observed.count
        y = x + self.first_may_be_last
        log_until = np.log(until)
        exponent = r * weight + self.bought
        value = (
            count @ (gammaln(r + x) - gammaln(r))
            + count @ (gammaln(b + y) - gammaln(b) - gammaln(a + b + y) + gammaln(a + b))
            + self.total * r * np.log(alpha)
            - exponent @ log_until
        )
        sum_y = digamma(a + b + y) - digamma(a + b)
        slope = np.array(
            [
                count @ (digamma(r + x) - digamma(r))
                + self.total * np.log(alpha)
                - weight @ log_until,
                self.total * r / alpha - (exponent / until).sum(),
                -count @ sum_y,
                count @ (digamma(b + y) - digamma(b) - sum_y),
            ]
        )
        # The odds of having stopped at the last purchase.
        since = alpha + self.by_last.value
        risen = log_until[self.observed] - np.log(since)[self.by_last.place]
        with np.errstate(divide="ignore", invalid="ignore"):
            start = np.log(a) - np.log(b + y - 1.0)
            before = 1.0 / (b + y - 1.0)
        log_odds = start[self.repeats] + (r + self.x) * risen
        small = np.exp(-np.abs(log_odds))
        value += dot(self.weight, np.maximum(log_odds, 0.0) + np.log1p(small))
        stopped = self.weight * np.where(log_odds > 0, 1.0, small) / (1.0 + small)
        steeper = stopped * (r + self.x)
        slope += [
            dot(stopped, risen),
            np.bincount(self.observed, steeper, len(until)) @ (1.0 / until)
            - np.bincount(self.by_last.place, steeper, len(since)) @ (1.0 / since),
            stopped.sum() / a,
            -dot(stopped, before[self.repeats]),
        ]
        return float(value), slope * np.exp(log_parameters)


class _Sums:
    """Counts by distinct value, and the place of each row's value among them."""

    def __init__(self, column: Floats, count: Floats) -> None:
        self.value, place = np.unique(column, return_inverse=True)
        self.place: NDArray[np.int32] = place.astype(np.int32)
        self.count = self.of(count)

    def of(self, weight: Floats) -> Floats:
        """Sums of the weight by distinct value."""
        total = np.bincount(self.place, weights=weight, minlength=len(self.value))
        return np.asarray(total, dtype=np.float64)
