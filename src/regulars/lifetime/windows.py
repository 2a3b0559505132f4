"""Days to learn from and to be judged at: what was known at their end, and what followed.

A window belongs to a day: features and models of that day, and, once its horizon has passed, who
bought within it. To be ranked as of a day, only windows count whose horizon ended by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from regulars.errors import CannotTell
from regulars.lifetime.category_features import (
    CONTEXT,
    UsualCategory,
    category_features,
    usual_category,
)
from regulars.lifetime.features import NAMES, Usual, features, usual_of
from regulars.lifetime.gaps import Bools, Floats, Ints
from regulars.lifetime.logistic import logit
from regulars.lifetime.model_panel import TEACHING, Kinds, Panel, fit_panel
from regulars.lifetime.purchase_days import Bought, PurchaseDays, drawn_share

STEP = 30
"""Days between the windows, about."""
MOST_WINDOWS = 6
MOST_ROWS = 100_000
"""Of all windows together to learn from; where there are more, a part is drawn."""
MOST_PAIRS = 250_000
"""Customers in categories of a window, before a part of them is drawn."""
MIN_HISTORY = 90
"""Days of data before the day of a window."""


@dataclass(frozen=True, slots=True)
class Window:
    """A day with what was known at its end; one row per customer (or customer in a category).

    Attributes:
        as_of: the day.
        horizon: days ahead.
        customer: codes, rising, shape (n,).
        values: features by `names`, shape (n, f).
        names: of the features.
        models: names of the models of the day.
        chance: theirs within the horizon, shape (n, models).
        expected: their purchases within the horizon, NaN where a model tells none, likewise.
        recency: days since the last purchase, shape (n,).
        frequency: days with a purchase, shape (n,).
        monetary: amount of all purchases, shape (n,).
        count: days with a purchase within the horizon, shape (n,).
        panel: what was fitted.
    """

    as_of: int
    horizon: int
    customer: Ints
    values: Floats
    names: tuple[str, ...]
    models: tuple[str, ...]
    chance: Floats
    expected: Floats
    recency: Ints
    frequency: Ints
    monetary: Floats
    count: Ints
    panel: Panel

    @property
    def came(self) -> Bools:
        """Whether a purchase came."""
        return self.count > 0

    def drawn(self, share: float) -> Window:
        """A share of the rows, by a draw that is always the same one."""
        if share >= 1.0:
            return self
        some = drawn_share(self.customer, share)
        return replace(
            self,
            customer=self.customer[some],
            values=self.values[some],
            chance=self.chance[some],
            expected=self.expected[some],
            recency=self.recency[some],
            frequency=self.frequency[some],
            monetary=self.monetary[some],
            count=self.count[some],
        )


@dataclass(slots=True)
class Panels:
    """Panels of one shop by day, each fitted once, whatever the horizon.

    Attributes:
        kinds: of models.
    """

    kinds: Kinds = TEACHING
    made: dict[int, Panel] = field(default_factory=dict)

    def at(self, known: PurchaseDays, as_of: int) -> Panel:
        """The panel of a day; purchases must be the same whenever it is asked for."""
        if as_of not in self.made:
            fitted = [day for day, panel in self.made.items() if panel.cycle is not None]
            nearest = min(fitted, key=lambda day: (abs(day - as_of), day), default=None)
            start = None if nearest is None else self.made[nearest].cycle
            self.made[as_of] = fit_panel(known, as_of, self.kinds, start)
        return self.made[as_of]


@dataclass(frozen=True, slots=True)
class Today:
    """What a window needs of the whole shop, so that customers can be looked at part by part."""

    as_of: int
    horizon: int
    first_day: int
    panel: Panel
    usual: Usual
    usual_category: UsualCategory | None


def look_at_shop(bought: Bought, as_of: int, horizon: int, panels: Panels) -> Today:
    """Fits what a window needs, to a drawn part where there are many.

    Raises:
        CannotTell: see `fit_panel`.
    """
    few = bought.thinned(MOST_ROWS)
    known = few.rows.until(as_of)
    usual = usual_of(known, as_of)
    panel = panels.at(known, as_of)
    start = bought.first_day
    if few.visits is None:
        return Today(as_of, horizon, start, panel, usual, None)
    own = features(known, as_of, horizon, start, usual)
    category = usual_category(few, own, as_of, horizon)
    return Today(as_of, horizon, start, panel, usual, category)


def look(bought: Bought, today: Today) -> Window:
    """The window of these customers: all of the shop, or some whole ones."""
    as_of, horizon = today.as_of, today.horizon
    known = bought.rows.until(as_of)
    own = features(known, as_of, horizon, today.first_day, today.usual)
    values, names = own.values, NAMES
    if today.usual_category is not None:
        context = category_features(
            bought, own, as_of, horizon, today.usual_category, today.first_day
        )
        values, names = np.column_stack([values, context]), (*NAMES, *CONTEXT)
    chance, expected = today.panel.tell(known, [float(horizon)])
    return Window(
        as_of,
        horizon,
        own.customer,
        values,
        names,
        today.panel.names,
        chance[:, :, 0],
        expected[:, :, 0],
        own.recency,
        own.frequency,
        own.monetary,
        followed(bought, own.customer, as_of, horizon),
        today.panel,
    )


def followed(bought: Bought, customer: Ints, as_of: int, horizon: int) -> Ints:
    """Days with a purchase in (as_of, as_of + horizon] of each code, shape (n,)."""
    rows = bought.rows
    later = rows.customer[(rows.day > as_of) & (rows.day <= as_of + horizon)]
    if not len(customer) or not len(later):
        return np.zeros(len(customer), np.int64)
    place = np.minimum(np.searchsorted(customer, later), len(customer) - 1)
    mine = customer[place] == later
    return np.bincount(place[mine], minlength=len(customer)).astype(np.int64)


def training_days(as_of: int, horizon: int, first_day: int, most: int = MOST_WINDOWS) -> list[int]:
    """The days of windows that ended by `as_of`, latest first.

    They lie a whole part of the horizon apart, so that those of several days coincide.

    >>> training_days(1000, 90, 700)
    [910, 880, 850, 820, 790]
    """
    step = horizon // max(1, round(horizon / STEP))
    days = range(as_of - horizon, first_day + MIN_HISTORY - 1, -step)
    return list(days[:most])


@dataclass(slots=True)
class Lookback:
    """Windows of one shop and horizon, each made once.

    Attributes:
        bought: of customers to learn from or be judged on; already thinned.
        horizon: days ahead.
        kept: share of the codes that stay in a window once it is made. Customers in categories
            are drawn so: what surrounds them needs whole customers, and many of them.
        panels: of these customers; of all horizons where one list of them is given to several.
    """

    bought: Bought
    horizon: int
    kept: float = 1.0
    panels: Panels = field(default_factory=Panels)
    made: dict[int, Window | None] = field(default_factory=dict)

    def at(self, day: int) -> Window | None:
        """The window of a day; None where nothing could be fitted."""
        if day not in self.made:
            try:
                today = look_at_shop(self.bought, day, self.horizon, self.panels)
                self.made[day] = look(self.bought, today).drawn(self.kept)
            except CannotTell:
                self.made[day] = None
        return self.made[day]

    def training(self, as_of: int) -> list[Window]:
        """Windows that ended by the day, latest first."""
        days = training_days(as_of, self.horizon, self.bought.first_day)
        return [window for day in days if (window := self.at(day)) is not None]


def design(window: Window, models: tuple[str, ...]) -> Floats:
    """Features beside the logits of the named models, shape (n, f + models)."""
    places = [window.models.index(name) for name in models]
    return np.column_stack([window.values, logit(window.chance[:, places])])


def shared_models(windows: list[Window]) -> tuple[str, ...]:
    """The models that every window has."""
    return tuple(
        name for name in windows[0].models if all(name in window.models for window in windows)
    )
