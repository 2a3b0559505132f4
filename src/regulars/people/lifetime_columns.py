"""What comes next of each customer, by the chosen lifetime model: columns of the people table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.lifetime.gamma_gamma import GammaGamma
from regulars.lifetime.gaps import Floats
from regulars.lifetime.lifetime_value import continuous_rate, discounted_purchases, lifetime_value
from regulars.lifetime.model_choice import ModelCard
from regulars.lifetime.sufficient import PurchaseSummary, group
from regulars.people.columns import MONEY
from regulars.settings import LifetimeSettings

_YEAR = 365.0


def lifetime_columns(
    card: ModelCard,
    bought: PurchaseSummary,
    customers: int,
    settings: LifetimeSettings,
    margin: float,
) -> dict[str, pa.Array]:
    """Predictions per customer, null where the models cannot tell or there is no purchase.

    Args:
        card: with the chosen model and that of spend.
        bought: what they were fitted to; `customer` is the place in the people table.
        customers: rows of the people table.
        settings: discount rate and the days that a value looks ahead.
        margin: share of the price paid that is profit.

    Returns:
        `alive`, `expected_purchases_90`, `expected_purchases_365`, `expected_spend`,
        `lifetime_value`.
    """
    empty = np.full(len(bought.customer), np.nan)
    alive, soon, year, worth = empty, empty, empty, empty
    spend = _spend(card, bought)
    if card.chosen is not None:
        model = card.model()
        groups = group(bought)
        horizons = np.array([[90.0, _YEAR]]) / card.unit
        # Customers alike in what the model sees get one answer, computed once.
        expected = model.expected_purchases(groups, horizons)[groups.place]
        alive, soon, year = model.alive(groups)[groups.place], expected[:, 0], expected[:, 1]
        rate = continuous_rate(settings.discount_rate, _YEAR / card.unit)
        ahead = settings.value_days / card.unit
        purchases = discounted_purchases(model, groups, rate, ahead)[groups.place]
        worth = lifetime_value(purchases, spend, margin)
    place = bought.customer
    return {
        "alive": _column(alive, place, customers),
        "expected_purchases_90": _column(soon, place, customers),
        "expected_purchases_365": _column(year, place, customers),
        "expected_spend": _money(spend, place, customers),
        "lifetime_value": _money(worth, place, customers),
    }


def _spend(card: ModelCard, bought: PurchaseSummary) -> Floats:
    if card.spend is None:
        return np.full(len(bought.customer), np.nan)
    try:
        return GammaGamma(card.spend).expected_spend(bought)
    except CannotTell:
        return np.full(len(bought.customer), np.nan)


def _whole(values: Floats, place: NDArray[np.int64], customers: int) -> Floats:
    whole = np.full(customers, np.nan)
    whole[place] = values
    return whole


def _column(values: Floats, place: NDArray[np.int64], customers: int) -> pa.Array:
    return pa.array(_whole(values, place, customers), from_pandas=True)


def _money(values: Floats, place: NDArray[np.int64], customers: int) -> pa.Array:
    rounded = np.round(_whole(values, place, customers), 4)
    return pa.array(rounded, from_pandas=True).cast(MONEY)
