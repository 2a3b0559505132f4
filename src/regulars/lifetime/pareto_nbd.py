"""Pareto/NBD: a customer may stop at any time (Schmittlein, Morrison, Colombo 1987).

Counting your customers: who are they and what will they do next?, Management Science 33:1-24, in
the notation of Fader and Hardie (2005), A note on deriving the Pareto/NBD model and related
expressions, brucehardie.com/notes/009. While active, purchases are Poisson with rate lambda ~
Gamma(r, alpha); the customer stops at rate mu ~ Gamma(s, beta). With R = r+x:

    L = G(R)/G(r) alpha^r beta^s ((alpha+T)^-R (beta+T)^-s + s J),
    J = integral from t_x to T of (alpha+y)^-R (beta+y)^-(s+1) dy = A_0 / (r+s+x) of the note

The first term is to be alive at T, the second to have stopped at some y since t_x, so

    P(alive) = 1 / (1 + s J (alpha+T)^R (beta+T)^s)
    E[X(t)] = r beta / (alpha (s-1)) (1 - (beta/(beta+t))^(s-1))
    E[Y(t) | x, t_x, T] = P(alive) R (beta+T) / ((alpha+T)(s-1)) (1 - ((beta+T)/(beta+T+t))^(s-1))

If alive at T, lambda ~ Gamma(R, alpha+T) and mu ~ Gamma(s, beta+T), independent, and the next
purchase comes within t with chance

    integral from 0 to t of R (alpha+T)^R (alpha+T+y)^-(R+1) ((beta+T)/(beta+T+y))^s dy

On many data sets the likelihood has no maximum (s and beta run off together): `CannotTell`.

>>> from regulars.lifetime.sufficient import PurchaseSummary
>>> model = ParetoNbd.of([0.5533, 10.578, 0.6061, 11.669])
>>> best = PurchaseSummary(
...     np.array([1516]), np.array([26.0]), np.array([30.86]), np.array([31.0]), np.array([np.nan])
... )
>>> model.alive(best).round(4).tolist(), model.expected_purchases(best, 52).round(2).tolist()
([0.9979], [25.46])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize.elementwise import find_root
from scipy.special import digamma, expit, exprel, gammaln

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
from regulars.lifetime.silence import FIT_POINTS, log_silence, silence
from regulars.lifetime.sufficient import Groups, History

_STARTS = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0), (2.0, 2.0, 4.0))
"""r, s and beta (in mean times observed) to begin from; alpha follows from the mean rate."""
_LOG_RANGE = (-300.0, 60.0)
"""Where the time to the next purchase is sought, ln of multiples of the customer's clock."""


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """The model with its parameters; see `PurchaseModel` for what it answers.

    r and alpha are shape and rate of the gamma law of purchase rates, s and beta of the law of
    rates to stop; alpha and beta are times.
    """

    name: ClassVar[str] = "Pareto/NBD"
    letters: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    fitted: Fitted

    @classmethod
    def fit(cls, groups: Groups, prior: Prior | None = None) -> Self:
        """See `PurchaseModel.fit`."""
        need_repeaters(cls.name, float(groups.count[groups.repeats > 0].sum()), prior)
        customers = max(float(groups.count.sum()), 1.0)
        typical = dot(groups.count, groups.observed) / customers or 1.0
        rate = (dot(groups.count, groups.repeats) + 1.0) / (customers * typical)
        starts = [np.log([r, r / rate, s, beta * typical]) for r, s, beta in _STARTS]
        if prior is not None:
            starts.insert(0, prior.centre)
        middle = float(np.log(typical) if prior is None else prior.centre[1])
        scale = (SCALE_BOUNDS[0] + middle, SCALE_BOUNDS[1] + middle)
        bounds = [SHAPE_BOUNDS, scale, SHAPE_BOUNDS, scale]
        likelihood = ParetoLikelihood(groups)
        return cls(maximise(cls.name, cls.letters, likelihood, starts, bounds, prior=prior))

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Self:
        """See `PurchaseModel.of`."""
        return cls(given(cls.name, cls.letters, values))

    def log_likelihood(self, groups: Groups) -> float:
        """Of customers under these parameters."""
        return ParetoLikelihood(groups).value_and_gradient(np.log(self.fitted.values))[0]

    def alive(self, history: History) -> Floats:
        """P(alive) = 1 / (1 + s J (alpha+T)^R (beta+T)^s)."""
        r, alpha, s, beta = self.fitted.values
        big_r, until = r + history.repeats, history.observed
        log = log_silence(big_r, alpha, s + 1.0, beta, history.last, until)
        odds = np.log(s) + log + big_r * np.log(alpha + until) + s * np.log(beta + until)
        return np.asarray(expit(-odds))

    def expected_purchases(self, history: History, horizon: ArrayLike) -> Floats:
        """P(alive) R / (alpha+T) (beta+T) (1 - q^(s-1)) / (s-1), q = (beta+T) / (beta+T+t)."""
        times = checked_horizon(horizon)
        r, alpha, s, beta = self.fitted.values
        rate = self.alive(history) * (r + history.repeats) / (alpha + history.observed)
        length = per_row(beta + history.observed, times)
        return np.asarray(per_row(rate, times) * _active_time(length, s, times))

    def chance_of_purchase(self, history: History, horizon: ArrayLike) -> Floats:
        """P(alive) times the chance, if alive, that a purchase comes before the customer stops."""
        times = checked_horizon(horizon)
        shape = (len(history.repeats), times.shape[1]) if times.ndim == 2 else history.repeats.shape
        come = self._come(history, np.broadcast_to(times, shape))
        return np.asarray(per_row(self.alive(history), times) * come)

    def time_to_next(self, history: History, chance: float) -> Floats:
        """By Chandrupatla's method in ln t, inf where the chance of ever buying is no greater."""
        checked_chance(chance)
        with np.errstate(divide="ignore"):
            wanted = chance / self.alive(history)
        clock = self.clock(history)
        ever = self._come(history, np.full(len(clock), np.inf)) > wanted
        result = np.full(len(clock), np.inf)
        if not ever.any():
            return result
        r, alpha, s, beta = self.fitted.values
        until = history.observed[ever]
        columns = (r + history.repeats[ever], alpha + until, beta + until, clock[ever])

        def missing(
            log: Floats, big_r: Floats, since: Floats, length: Floats, own: Floats, goal: Floats
        ) -> Floats:
            return _chance_if_alive(big_r, since, s, length, own * np.exp(log)) - goal

        found = find_root(missing, _LOG_RANGE, args=(*columns, wanted[ever]))
        # Where the chance comes within rounding of its limit only, there is no sign change.
        result[ever] = np.where(found.success, clock[ever] * np.exp(found.x), np.inf)
        return result

    def expected_of_new(self, horizon: ArrayLike) -> Floats:
        """E[X(t)]."""
        r, alpha, s, beta = self.fitted.values
        return np.asarray(r / alpha * _active_time(beta, s, checked_horizon(horizon)))

    def clock(self, history: History) -> Floats:
        """The smaller of alpha + T and beta + T."""
        return np.asarray(min(self.fitted.values[1], self.fitted.values[3]) + history.observed)

    def _come(self, history: History, times: Floats) -> Floats:
        """Chance of a purchase within the times, if alive; times of shape (n,) or (n, k)."""
        r, alpha, s, beta = self.fitted.values
        big_r = per_row(r + history.repeats, times)
        since, length = (per_row(one + history.observed, times) for one in (alpha, beta))
        flat = [np.broadcast_to(a, times.shape).ravel() for a in (big_r, since, length, times)]
        return _chance_if_alive(flat[0], flat[1], s, flat[2], flat[3]).reshape(times.shape)


def _chance_if_alive(
    big_r: Floats, since: Floats, s: float, length: Floats, times: Floats
) -> Floats:
    """Chance of a purchase within the times of a customer alive; shape (n,)."""
    log = log_silence(big_r + 1.0, since, np.array(s), length, np.array(0.0), times)
    log += np.log(big_r) + big_r * np.log(since) + s * np.log(length)
    return np.asarray(np.exp(np.minimum(log, 0.0)))


def _active_time(length: float | Floats, s: float, times: Floats) -> Floats:
    """Mean time active within `times`: length (1 - q^(s-1)) / (s-1), also at s = 1."""
    log = np.log1p(times / length)
    return np.asarray(length * log * exprel(-(s - 1.0) * log))


class ParetoLikelihood:
    """The log-likelihood with its gradient by (ln r, ln alpha, ln s, ln beta)."""

    def __init__(self, groups: Groups, points: int = FIT_POINTS) -> None:
        self.groups, self.points = groups, points
        self.total = float(groups.count.sum())
        self.x, place = np.unique(groups.repeats, return_inverse=True)
        self.by_repeats = np.bincount(place, weights=groups.count)

    def thinned(self, most: int) -> ParetoLikelihood:
        """Of a part of the groups."""
        few = self.groups.thinned(most)
        return self if few is self.groups else type(self)(few, self.points)

    def value_and_gradient(self, log_parameters: Floats) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its derivatives by the logs."""
        r, alpha, s, beta = np.exp(log_parameters)
        groups, count = self.groups, self.groups.count
        big_r = r + groups.repeats
        above_alpha, above_beta = alpha + groups.observed, beta + groups.observed
        log_alpha, log_beta = np.log(above_alpha), np.log(above_beta)
        alive = -big_r * log_alpha - s * log_beta
        stop = silence(
            big_r, alpha, s + 1.0, beta, groups.last, groups.observed, points=self.points
        )
        stopped = np.log(s) + stop.log
        value = (
            self.by_repeats @ (gammaln(r + self.x) - gammaln(r))
            + self.total * (r * np.log(alpha) + s * np.log(beta))
            + dot(count, np.logaddexp(alive, stopped))
        )
        gone = count * expit(stopped - alive)
        here = count - gone
        slope = np.array(
            [
                self.by_repeats @ (digamma(r + self.x) - digamma(r))
                + self.total * np.log(alpha)
                - dot(here, log_alpha)
                - dot(gone, stop.log_alpha),
                self.total * r / alpha
                - dot(here * big_r, 1.0 / above_alpha)
                - dot(gone * big_r, stop.one_alpha),
                self.total * np.log(beta)
                - dot(here, log_beta)
                + gone.sum() / s
                - dot(gone, stop.log_beta),
                self.total * s / beta
                - s * dot(here, 1.0 / above_beta)
                - (s + 1.0) * dot(gone, stop.one_beta),
            ]
        )
        return float(value), slope * np.exp(log_parameters)
