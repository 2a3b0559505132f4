"""Gamma-Gamma: what a customer spends per purchase (Fader, Hardie, Lee 2005).

RFM and CLV: using iso-value curves for customer base analysis, J. of Marketing Research
42:415-430; in the notation of Fader and Hardie (2013), The gamma-gamma model of monetary value,
brucehardie.com/notes/025. The amounts of one customer are Gamma(p, nu), nu ~ Gamma(q, gamma) over
customers, independent of how often they buy. With the mean z of x purchases:

    equation (1a)  f(z | x) = G(px+q) / (G(px) G(q)) gamma^q z^(px-1) x^(px) / (gamma + x z)^(px+q)
    equation (5)   E[M | z, x] = p (gamma + x z) / (p x + q - 1)
                   E[M] = p gamma / (q - 1) of a new customer, where q > 1

z is the mean over the repeat purchases: the first one often differs. Amounts must be positive:
customers whose mean is not (gifts, returns) are left out of the fit and counted in `left_out`.

The expectation is a weighted mean of the customer's own z and of all customers' mean:

>>> from regulars.lifetime.sufficient import PurchaseSummary
>>> x, z = np.array([0.0, 1.0, 10.0]), np.array([np.nan, 80.0, 80.0])
>>> bought = PurchaseSummary(np.arange(3), x, x, x, z)
>>> GammaGamma.of([6.25, 3.74, 15.44]).expected_spend(bought).round(2).tolist()
[35.22, 66.35, 78.12]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.special import digamma, gammaln

from regulars.errors import CannotTell
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
from regulars.lifetime.sufficient import PurchaseSummary

_STARTS = ((1.0, 2.0), (5.0, 4.0), (20.0, 10.0))
"""p and q to begin from; gamma follows from the mean."""


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The model with its parameters p and q (shapes) and gamma (an amount)."""

    name: ClassVar[str] = "Gamma-Gamma"
    letters: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    fitted: Fitted

    @classmethod
    def fit(cls, bought: PurchaseSummary, prior: Prior | None = None) -> Self:
        """Maximum likelihood over the customers with repeat purchases, or the posterior mode.

        Raises:
            CannotTell: too few customers bought again, or no clear maximum.
        """
        repeated = bought.repeats > 0
        used = repeated & (bought.mean_amount > 0)
        need_repeaters(cls.name, float(used.sum()), prior)
        x, total = bought.repeats[used], bought.repeats[used] * bought.mean_amount[used]
        likelihood = GammaGammaLikelihood(x, total)
        mean = float(total.sum() / x.sum()) if len(x) else 1.0
        starts = [np.log([p, q, mean * (q - 0.9) / p]) for p, q in _STARTS]
        if prior is not None:
            starts.insert(0, prior.centre)
        middle = float(np.log(mean) if prior is None else prior.centre[2])
        bounds = [SHAPE_BOUNDS, SHAPE_BOUNDS, (SCALE_BOUNDS[0] + middle, SCALE_BOUNDS[1] + middle)]
        left_out = float(repeated.sum() - used.sum())
        return cls(
            maximise(
                cls.name, cls.letters, likelihood, starts, bounds, prior=prior, left_out=left_out
            )
        )

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Self:
        """The model with given parameters."""
        return cls(given(cls.name, cls.letters, values))

    def mean_of_new(self) -> float:
        """E[M], the mean amount of a purchase of a customer of whom nothing is known.

        Raises:
            CannotTell: q <= 1, where the law has no mean.
        """
        p, q, gamma = self.fitted.values.tolist()
        if q <= 1:
            raise CannotTell(
                f"the mean amount of a new customer cannot be told: q = {q:.3g}, and the law of "
                "amounts has no mean",
                todo="look for a few huge amounts, or use the median instead",
            )
        return float(p * gamma / (q - 1.0))

    def expected_spend(self, bought: PurchaseSummary) -> Floats:
        """E[M | z, x] of each row; that of a new customer where x is 0 or z is not positive.

        Raises:
            CannotTell: a row needs the mean of a new customer and there is none.
        """
        p, q, gamma = self.fitted.values
        known = (bought.repeats > 0) & (bought.mean_amount > 0)
        x = bought.repeats
        total = np.where(known, x * bought.mean_amount, 0.0)
        mean = p * (gamma + total) / np.where(known, p * x + q - 1.0, 1.0)
        if known.all():
            return np.asarray(mean, dtype=np.float64)
        return np.where(known, mean, self.mean_of_new())


class GammaGammaLikelihood:
    """The log-likelihood with its gradient by (ln p, ln q, ln gamma).

    Args:
        x: purchases of each customer, shape (n,), from 1.
        total: their sum x z, positive, shape (n,).
    """

    def __init__(self, x: Floats, total: Floats) -> None:
        self.x, self.amount = x, total
        self.total = float(len(x))
        self.kind, place = np.unique(x, return_inverse=True)
        self.count = np.bincount(place, minlength=len(self.kind)).astype(np.float64)
        log = np.log(total)
        self.x_log = dot(x, log)
        self.constant = float(np.log(x).sum() - log.sum())

    def thinned(self, most: int) -> GammaGammaLikelihood:
        """Of a part of the customers."""
        step = -(-len(self.x) // most)
        return self if step <= 1 else type(self)(self.x[::step], self.amount[::step])

    def value_and_gradient(self, log_parameters: Floats) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its derivatives by the logs."""
        p, q, gamma = np.exp(log_parameters)
        shape = p * self.kind
        above = gamma + self.amount
        log = np.log(above)
        logs, x_logs = float(log.sum()), dot(self.x, log)
        value = (
            self.count @ (gammaln(shape + q) - gammaln(shape))
            - self.total * gammaln(q)
            + self.total * q * np.log(gamma)
            + p * self.x_log
            + self.constant
            - p * x_logs
            - q * logs
        )
        one = 1.0 / above
        both = digamma(shape + q)
        slope = np.array(
            [
                (self.count * self.kind) @ (both - digamma(shape)) + self.x_log - x_logs,
                self.count @ both - self.total * (digamma(q) - np.log(gamma)) - logs,
                self.total * q / gamma - p * dot(self.x, one) - q * float(one.sum()),
            ]
        )
        return float(value), slope * np.exp(log_parameters)
