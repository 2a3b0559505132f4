"""Which recipe to believe, chosen on early days and never on the one that is scored last.

The blend stays unless another recipe beats it on the early days by more than the standard error of
the difference (drawn in pairs over customers): of near equals, the one that leans on least.
Whether the recent trend is carried on is chosen there too, by the calibration error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.lifetime.bootstrap import bootstrap
from regulars.lifetime.forecast import Bench
from regulars.lifetime.gaps import Floats
from regulars.lifetime.recipes import BLEND, MODELS, OURS
from regulars.lifetime.scoring import calibration

_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """What the early days say.

    Attributes:
        ours: the best of our recipes.
        winner: the best of all.
        trend: whether the recent trend is carried on.
        days: the early days that could be judged, latest first.
        auc: mean AUC over them by recipe, of those that every day could fit.
    """

    ours: str
    winner: str
    trend: bool
    days: tuple[int, ...]
    auc: dict[str, float]


def early_days(bench: Bench, until: int, origins: int) -> list[int]:
    """Days before the last one whose horizons have ended by it, and that could be taught."""
    horizon = bench.whole.horizon
    days = [until - place * horizon for place in range(1, origins)]
    return [day for day in days if bench.drawn.at(day) is not None and bench.drawn.training(day)]


def choose(bench: Bench, recipes: Sequence[str], until: int, origins: int) -> Choice:
    """Choose among recipes.

    Args:
        bench: of the shop.
        recipes: that may win.
        until: the last day, which is not looked at.
        origins: days in all.
    """
    days = early_days(bench, until, origins)
    if not days:
        start = BLEND if bench.drawn.training(until) else MODELS
        return Choice(start, start, False, (), {})
    drawn = [_judge(bench, recipes, day) for day in days]
    common = [name for name in recipes if all(name in one for one in drawn)]
    mean = {name: float(np.mean([one[name][0] for one in drawn])) for name in common}
    default = BLEND if BLEND in common else MODELS
    ours = _best(drawn, [name for name in common if name in OURS], default, mean)
    winner = _best(drawn, common, ours, mean)
    return Choice(ours, winner, _trend_helps(bench, winner, days), tuple(days), mean)


def _judge(bench: Bench, recipes: Sequence[str], day: int) -> dict[str, tuple[float, Floats]]:
    """AUC of each recipe on a day, and in each draw of customers."""
    window = bench.whole.at(day)
    if window is None or window.came.all() or not window.came.any():
        return {}
    scorers = bench.scorers(recipes, day)
    scores = [one.chance(window) for one in scorers.values()]
    owner = bench.whole.bought.owner(window.customer)
    found = bootstrap(scores, window.came, (), customer=owner, draws=_DRAWS)
    return {
        name: (float(found.point_auc[place]), found.auc[place])
        for place, name in enumerate(scorers)
    }


def _best(
    drawn: list[dict[str, tuple[float, Floats]]],
    names: list[str],
    default: str,
    mean: dict[str, float],
) -> str:
    best = default
    for name in sorted(names, key=lambda one: mean[one]):
        difference = mean[name] - mean.get(default, float("nan"))
        spread = [float(np.std(one[name][1] - one[default][1])) for one in drawn]
        error = float(np.sqrt(np.sum(np.square(spread)))) / len(drawn)
        if difference > error:
            best = name
    return best


def _trend_helps(bench: Bench, recipe: str, days: Sequence[int]) -> bool:
    """Whether the calibration error is smaller with it, in the mean of the early days."""
    errors = {True: 0.0, False: 0.0}
    for day in days:
        window = bench.whole.at(day)
        if window is None:
            continue
        for trend in errors:
            told = bench.forecasts([recipe], day, trend=trend)[recipe].chance(window)
            errors[trend] += calibration(told, window.came).error
    return errors[True] < errors[False]
