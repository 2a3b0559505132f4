"""Who buys next: chances and expected purchases of every customer, as of a day.

The recipe is taught by windows that ended by the day, on a drawn part of the customers where there
are many, and told for all of them part by part. A young shop has no earlier window: then the mean
of the lifetime models answers, and where none can be fitted the answer is `CANNOT_TELL`.

>>> rng = np.random.default_rng(5)
>>> often = rng.gamma(1.0, 0.02, 300)
>>> days = [(who, day) for who in range(300) for day in range(60) if rng.random() < often[who]]
>>> found = rank(*zip(*days, strict=True), as_of=59, horizons=(30,))
>>> found.recipe, found.chance.shape == (len(found.customer), 1)
('models', True)
>>> rank([0, 1], [3, 9], as_of=59).recipe
'cannot_tell'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from regulars.errors import CannotTell
from regulars.lifetime.forecast import Bench, Forecast, expected_purchases
from regulars.lifetime.gaps import Floats, Ints
from regulars.lifetime.model_panel import EVERY, TEACHING
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.purchase_days import Bought, bought_by_category, bought_by_customer
from regulars.lifetime.recipes import BLEND, MODELS
from regulars.lifetime.windows import Panels, look, look_at_shop

CANNOT_TELL = "cannot_tell"
HORIZONS = (30, 90)
_PART = 100_000
"""Customers told at a time, so that memory stays small."""


@dataclass(frozen=True, slots=True)
class Winner:
    """What a backtest chose: its card's winner, and whether the trend is carried on."""

    recipe: str
    trend: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """Chances of every customer with a purchase by the day.

    Attributes:
        customer: code, rising (of a customer in a category: customer x CATEGORIES + category),
            shape (n,).
        horizons: days ahead, k of them.
        chance: of a purchase within each, shape (n, k); NaN where nothing can be told.
        expected: days with a purchase within each, likewise.
        recipe: of the longest horizon; `CANNOT_TELL` where none could be fitted.
        recipes: by horizon.
        notes: what could not be told, and corrections made.
    """

    customer: Ints
    horizons: tuple[int, ...]
    chance: Floats
    expected: Floats
    recipe: str
    recipes: dict[int, str]
    notes: tuple[str, ...]


def rank(
    customer: ArrayLike,
    day: ArrayLike,
    amount: ArrayLike | None = None,
    category: ArrayLike | None = None,
    *,
    as_of: int,
    horizons: tuple[int, ...] = HORIZONS,
    winners: Mapping[int, Winner] | None = None,
) -> Ranked:
    """Who buys next.

    Args:
        customer: code of the customer of each purchase, from 0, in any order, shape (n,).
        day: its day number; purchases after `as_of` are forgotten, shape (n,).
        amount: what was paid, shape (n,).
        category: code of the category from 0, negative for none. With it, customers are ranked in
            each category that they have bought, shape (n,).
        as_of: day number.
        horizons: days ahead.
        winners: as backtests chose, by horizon; for another horizon the nearest. Without, `blend`
            without the trend.
    """
    bought = (
        bought_by_customer(customer, day, amount)
        if category is None
        else bought_by_category(customer, day, category, amount)
    )
    return rank_bought(bought, as_of=as_of, horizons=horizons, winners=winners)


def rank_bought(
    bought: Bought,
    *,
    as_of: int,
    horizons: tuple[int, ...] = HORIZONS,
    winners: Mapping[int, Winner] | None = None,
) -> Ranked:
    """The same of purchases that are sorted already; see `rank`."""
    known = bought.until(as_of)
    codes = known.rows.customer[known.rows.starts()]
    chance = np.full((len(codes), len(horizons)), np.nan)
    expected = np.full_like(chance, np.nan)
    recipes: dict[int, str] = dict.fromkeys(horizons, CANNOT_TELL)
    notes: list[str] = []
    if not len(codes):
        why = ("there are no purchases by the day",)
        return Ranked(codes, horizons, chance, expected, CANNOT_TELL, recipes, why)
    kinds = (
        EVERY if any(one.recipe == ParetoNbd.name for one in (winners or {}).values()) else TEACHING
    )
    taught, whole = Panels(kinds), Panels(kinds)
    for place, horizon in enumerate(horizons):
        try:
            bench = Bench.to_teach(known, horizon, taught)
            forecast, said = _fit(bench, as_of, _nearest(winners, horizon))
            today = look_at_shop(known, as_of, horizon, whole)
        except CannotTell as error:
            notes.append(error.message)
            continue
        recipes[horizon] = forecast.recipe
        notes += said
        for part, rows in _parts(known):
            window = look(part, today)
            told = forecast.chance(window)
            chance[rows, place] = told
            expected[rows, place] = expected_purchases(window, told)
    longest = recipes[max(horizons)] if horizons else CANNOT_TELL
    return Ranked(codes, horizons, chance, expected, longest, recipes, tuple(dict.fromkeys(notes)))


def _fit(bench: Bench, as_of: int, wish: Winner) -> tuple[Forecast, list[str]]:
    """The wished recipe, else the blend, else the models.

    Raises:
        CannotTell: not even the models.
    """
    horizon = bench.whole.horizon
    notes: list[str] = []
    for recipe in dict.fromkeys((wish.recipe, BLEND, MODELS)):
        # Raises where nothing can be fitted; the recipe's own refusal is told below.
        made = bench.forecasts([recipe], as_of, trend=wish.trend)
        if recipe in made:
            forecast = made[recipe]
            if forecast.seasonal:
                notes.append(
                    f"within {horizon} days, the season of a year ago shifts the log odds by"
                    f" {forecast.season:+.2f}"
                )
            return forecast, notes
        notes.append(f"within {horizon} days: {bench.refused[as_of][recipe]}")
    raise CannotTell("who buys next cannot be told from these purchases", todo="import more")


def _nearest(winners: Mapping[int, Winner] | None, horizon: int) -> Winner:
    if not winners:
        return Winner(BLEND)
    return winners[min(winners, key=lambda one: (abs(one - horizon), one))]


def _parts(known: Bought) -> Iterator[tuple[Bought, slice]]:
    """Whole customers at a time, with the places of their codes."""
    begin = known.rows.starts()
    owner = known.owner(known.rows.customer[begin])
    first = 0
    while first < len(begin):
        last = min(first + _PART, len(begin))
        while last < len(begin) and owner[last] == owner[last - 1]:
            last += 1
        end = begin[last] if last < len(begin) else len(known.rows.customer)
        yield known.between(int(begin[first]), int(end)), slice(first, last)
        first = last
