"""What every model of purchases answers, so that later code treats them alike.

A customer buys at random times while active and, unseen, stops for good at some time. Models differ
in the law of stopping; all are fitted to the same `Groups` and answer the same questions. Times are
in the unit of the data, from the end of the time observed (T).

>>> from regulars.lifetime.bgnbd import BgNbd
>>> from regulars.lifetime.sufficient import group, summarise
>>> model = BgNbd.of([0.243, 4.414, 0.793, 2.426])
>>> groups = group(summarise([0, 0, 1], [0, 70, 0], until=273, unit=7))
>>> model.chance_of_purchase(groups, 39)[groups.place].round(2).tolist()
[0.24, 0.14]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from regulars.lifetime.fitting import Fitted, Prior
from regulars.lifetime.gaps import Floats
from regulars.lifetime.sufficient import Groups, History


class PurchaseModel(Protocol):
    """A fitted model. Arrays have one entry per row of the history.

    A horizon is one number, one per row, shape (n,), or several per row, shape (n, k) or (1, k);
    with several, the answer has shape (n, k).
    """

    @property
    def fitted(self) -> Fitted:
        """The parameters and how they were found."""

    @classmethod
    def fit(cls, groups: Groups, prior: Prior | None = None) -> Self:
        """Maximum likelihood, or with a prior the posterior mode.

        Raises:
            CannotTell: too few customers bought again, or no clear maximum.
        """

    @classmethod
    def of(cls, values: Sequence[float] | Floats) -> Self:
        """The model with given parameters."""

    def alive(self, history: History) -> Floats:
        """Chance of being still active at T."""

    def expected_purchases(self, history: History, horizon: ArrayLike) -> Floats:
        """Mean number of purchases in (T, T + horizon]."""

    def chance_of_purchase(self, history: History, horizon: ArrayLike) -> Floats:
        """Chance of one or more purchases in (T, T + horizon]."""

    def time_to_next(self, history: History, chance: float) -> Floats:
        """Time from T by which the next purchase has come with the given chance.

        It is inf where the chance is never reached, since the customer may have stopped.
        """

    def expected_of_new(self, horizon: ArrayLike) -> Floats:
        """Mean number of repeat purchases of a new customer up to a time after its first."""

    def clock(self, history: History) -> Floats:
        """The time scale on which the expectation bends, for quadrature."""


ModelT = TypeVar("ModelT", bound=PurchaseModel)


def prediction_interval(
    model: ModelT,
    quantity: Callable[[ModelT], Floats],
    *,
    level: float = 0.95,
    draws: int = 200,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Low and high end of a prediction, for what is not known of the parameters.

    It is the interval of the mean or chance itself, as drawn from the law of the parameters; what
    a customer will really do scatters more.

    Args:
        model: fitted.
        quantity: the prediction, as a function of the model.
        level: of the interval.
        draws: how many sets of parameters are tried.
        seed: of the draws; the same seed gives the same interval.

    Raises:
        ValueError: when the model was given, not fitted, and so has no errors.
    """
    if not model.fitted.converged:
        raise ValueError("a model with given parameters has no intervals")
    many = np.array([quantity(model.of(one)) for one in model.fitted.draws(draws, seed)])
    edge = (1.0 - level) / 2.0
    low, high = np.quantile(many, [edge, 1.0 - edge], axis=0)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def per_row(column: Floats, horizon: Floats) -> Floats:
    """The column shaped to go with the horizons: (n, 1) where there are several per row."""
    return column[:, None] if horizon.ndim == 2 else column


def checked_horizon(horizon: ArrayLike) -> Floats:
    """The horizons as an array.

    Raises:
        ValueError: when one is negative or not a number.
    """
    array = np.asarray(horizon, dtype=np.float64)
    if not np.all(array >= 0) or np.any(np.isinf(array)):
        raise ValueError("a horizon is a finite time from 0")
    return array


def checked_chance(chance: float) -> float:
    """The chance.

    Raises:
        ValueError: when it lies not between 0 and 1.
    """
    if not 0 < chance < 1:
        raise ValueError("a chance lies between 0 and 1")
    return chance
