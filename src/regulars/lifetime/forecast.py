"""One fitted way to tell who buys next: a recipe with the level of its season and trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from regulars.lifetime.features import YEAR
from regulars.lifetime.gaps import Floats
from regulars.lifetime.model_panel import EVERY
from regulars.lifetime.purchase_days import Bought
from regulars.lifetime.recipes import STACK, WITH_TREES, MeanOfModels, Scorer, fit_recipes
from regulars.lifetime.season_ratio import season_shift, shifted, trend_shift
from regulars.lifetime.windows import (
    MIN_HISTORY,
    MOST_PAIRS,
    MOST_ROWS,
    MOST_WINDOWS,
    Lookback,
    Panels,
    Window,
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A fitted recipe and its shifts of the log odds.

    Attributes:
        recipe: its name.
        scorer: fitted.
        season: shift from the same season a year ago; 0 where there was none.
        trend: shift from the latest window; 0 where it is not used.
        seasonal: whether there was a year of history to tell the season.
    """

    recipe: str
    scorer: Scorer
    season: float = 0.0
    trend: float = 0.0
    seasonal: bool = False

    def chance(self, window: Window) -> Floats:
        """Of a purchase within the window's horizon, shape (n,)."""
        return shifted(self.scorer.chance(window), self.season + self.trend)


def expected_purchases(window: Window, chance: Floats) -> Floats:
    """Mean number of days with a purchase within the horizon, shape (n,).

    The chance times the mean number given a purchase, which the lifetime models tell: the mean of
    their expectations over the mean of their chances.
    """
    tell = np.isfinite(window.expected).all(axis=0)
    number = window.expected[:, tell].mean(axis=1)
    some = np.maximum(window.chance[:, tell].mean(axis=1), 1e-12)
    return np.asarray(chance * np.maximum(number / some, 1.0))


@dataclass(slots=True)
class Bench:
    """Recipes of one shop and horizon as of any day, each fitted once.

    Attributes:
        whole: windows of all customers, to be told or judged.
        drawn: windows of as many customers as are needed to learn from.
    """

    whole: Lookback
    drawn: Lookback
    fitted: dict[int, dict[str, Scorer]] = field(default_factory=dict)
    refused: dict[int, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, bought: Bought, horizon: int) -> Bench:
        """The bench of a shop to be judged, with every model beside what is learnt from."""
        whole = Lookback(bought, horizon, panels=Panels(EVERY))
        return cls(whole, _drawn(bought, horizon, Panels()))

    @classmethod
    def to_teach(cls, bought: Bought, horizon: int, panels: Panels) -> Bench:
        """A bench without the whole: what is told of all is looked at part by part.

        Args:
            bought: purchases.
            horizon: days ahead.
            panels: shared by the benches of several horizons.
        """
        few = _drawn(bought, horizon, panels)
        return cls(few, few)

    def scorers(self, recipes: Sequence[str], as_of: int) -> dict[str, Scorer]:
        """Those of the recipes that could be fitted as of a day; see `refused` for the others."""
        known = self.fitted.setdefault(as_of, {})
        refused = self.refused.setdefault(as_of, {})
        new = [name for name in recipes if name not in known and name not in refused]
        if new:
            windows, target = self.drawn.training(as_of), self.drawn.at(as_of)
            made, why = fit_recipes(new, windows, target)
            known |= made
            refused |= why
        return {name: known[name] for name in recipes if name in known}

    def forecasts(
        self, recipes: Sequence[str], as_of: int, *, trend: bool = False, season: bool = True
    ) -> dict[str, Forecast]:
        """Recipes with their level as of a day.

        Args:
            recipes: names.
            as_of: the day.
            trend: whether the recent trend is carried on.
            season: whether the season of a year ago is, where there is a year.
        """
        scorers = self.scorers(recipes, as_of)
        trends = {name: self._trend(one, as_of) if trend else 0.0 for name, one in scorers.items()}
        seasons = self._seasons(list(scorers), as_of - YEAR, trend) if season else {}
        return {
            name: Forecast(name, one, seasons.get(name, 0.0), trends[name], name in seasons)
            for name, one in scorers.items()
        }

    def _trend(self, scorer: Scorer, as_of: int) -> float:
        windows = [one for one in self.drawn.training(as_of) if _can_tell(scorer, one)]
        return trend_shift([scorer.chance(one) for one in windows], [one.came for one in windows])

    def _seasons(self, recipes: list[str], then: int, trend: bool) -> dict[str, float]:
        """What each recipe would have been off by in the same season a year ago.

        The season is the shop's, not the trees': where growing them anew would cost seconds, the
        stack, which learns from the same windows, tells it for them.
        """
        if then - self.drawn.bought.first_day < MIN_HISTORY:
            return {}
        before = self.drawn.at(then)
        if before is None:
            return {}
        stand_in = {name: STACK if name in WITH_TREES else name for name in recipes}
        past = self.forecasts(list(set(stand_in.values())), then, trend=trend, season=False)
        shift = {
            name: season_shift(one.chance(before), before.came)
            for name, one in past.items()
            if _can_tell(one.scorer, before)
        }
        return {name: shift[by] for name, by in stand_in.items() if by in shift}


def _can_tell(scorer: Scorer, window: Window) -> bool:
    """Whether it can be asked of a window to learn from, which has not every model."""
    return not isinstance(scorer, MeanOfModels) or scorer.can_tell(window)


def _drawn(bought: Bought, horizon: int, panels: Panels) -> Lookback:
    each = MOST_ROWS // MOST_WINDOWS
    if bought.visits is None:
        return Lookback(bought.thinned(each), horizon, panels=panels)
    few = bought.thinned(MOST_PAIRS)
    return Lookback(few, horizon, each / max(len(few.rows.starts()), each), panels)
