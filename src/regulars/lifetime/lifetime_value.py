"""What a customer is still worth: discounted purchases times spend times margin.

Fader, Hardie, Lee (2005), RFM and CLV, J. of Marketing Research 42:415-430: with a continuous
discount rate d, the discounted expected residual transactions are the integral of exp(-d t) over
the expected purchases in each moment after T. Integrated by parts, with Y the mean number up to t,

    exp(-d H) Y(H) + d integral from 0 to H of exp(-d t) Y(t) dt

which needs only what every `PurchaseModel` answers. The integral is Gauss-Legendre's in
ln(1 + t/c), c the customer's clock, on which scale Y bends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from regulars.lifetime.gaps import Floats
from regulars.lifetime.purchase_model import PurchaseModel
from regulars.lifetime.sufficient import History

_POINTS = 16
_LONG = 40.0
"""What comes after 40 / d is discounted to nothing."""
_ROWS = 1 << 16
"""At a time, so that memory stays small."""


def continuous_rate(yearly: float, units_a_year: float) -> float:
    """The continuous rate per unit of time that discounts as a yearly rate does.

    >>> round(continuous_rate(0.15, 52), 4)
    0.0027
    """
    if not yearly > -1 or not units_a_year > 0:
        raise ValueError("a yearly rate lies above -1, and a year has units of time")
    return float(np.log1p(yearly) / units_a_year)


def discounted_purchases(
    model: PurchaseModel, history: History, rate: float, horizon: float = np.inf
) -> Floats:
    """Mean purchases after T, each counted by its present value, shape (n,).

    Args:
        model: of purchases.
        history: customers or groups.
        rate: continuous discount rate per unit of time, see `continuous_rate`.
        horizon: what comes later does not count; inf for all, which needs a positive rate.

    Raises:
        ValueError: when rate or horizon are negative, or nothing bounds the time.
    """
    if not rate >= 0 or not horizon >= 0 or (rate == 0 and np.isinf(horizon)):
        raise ValueError("rate and horizon are not negative, and one of them bounds the time")
    end = min(horizon, _LONG / rate) if rate > 0 else horizon
    if rate == 0:
        return model.expected_purchases(history, end)
    node, weight = np.polynomial.legendre.leggauss(_POINTS)
    clock = model.clock(history)
    result = np.empty(len(clock))
    for first in range(0, len(clock), _ROWS):
        some = slice(first, first + _ROWS)
        reach = np.log1p(end / clock[some])[:, None]
        times = clock[some, None] * np.expm1((node + 1.0) / 2 * reach)
        factor = rate * np.exp(-rate * times) * (clock[some, None] + times) * reach * weight / 2
        times = np.column_stack([times, np.full(len(times), end)])
        factor = np.column_stack([factor, np.full(len(factor), np.exp(-rate * end))])
        mean = model.expected_purchases(_Part(history, some), times)
        result[some] = np.einsum("nk,nk->n", factor, mean)
    return result


def lifetime_value(purchases: ArrayLike, spend: ArrayLike, margin: float) -> Floats:
    """Present value of a customer's profit to come, in the currency of the spend.

    Args:
        purchases: discounted purchases, shape (n,).
        spend: expected amount of one (`GammaGamma.expected_spend`), shape (n,).
        margin: share of the amount that is profit (`shop.margin` of the settings).

    Raises:
        ValueError: when the margin lies not between 0 and 1.

    >>> lifetime_value([2.0, 0.5], [100.0, 40.0], margin=0.3).tolist()
    [60.0, 6.0]
    """
    if not 0 <= margin <= 1:
        raise ValueError("the margin is a share between 0 and 1")
    return np.asarray(margin * np.asarray(purchases) * np.asarray(spend), dtype=np.float64)


class _Part:
    """Some rows of a history."""

    def __init__(self, history: History, some: slice) -> None:
        self.repeats, self.last = history.repeats[some], history.last[some]
        self.observed = history.observed[some]
