"""Ways to tell who buys next, each taught by earlier windows only.

| recipe | what it does |
|---|---|
| blend | mean of the logits of stack, trees and models |
| stack | ridge logistic regression on features and the models' logits, around their mean |
| trees | gradient boosting on the same |
| models | mean of the logits of BG/NBD, MBG/NBD and the cycle; needs no earlier window |
| BG/NBD, MBG/NBD, Pareto/NBD, cycle | one of them alone |
| recency | days since the last purchase; its chance from a logistic regression on their log |
| rfm | sum of the three quintile scores; likewise |
| boosting | gradient boosting on the features without the models, tuned on earlier windows |
| boosting+models | the same with the models |

Stack: ln odds = mean of the models' ln odds + scaled features . b, with b drawn to 0. With few
customers it is the mean of the models, with many what the data say (compare Wolpert 1992, Stacked
generalization, Neural Networks 5:241-259). blend averages it with the other two, whose errors are
of other kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit

from regulars.errors import CannotTell
from regulars.lifetime.boosting import Trees, grow, one_thread, our_growth, tuned
from regulars.lifetime.gaps import Floats
from regulars.lifetime.logistic import Scale, logit, ridge_logistic
from regulars.lifetime.model_panel import COLUMNS, PANEL
from regulars.lifetime.rfm_sum import rfm_sum
from regulars.lifetime.windows import Window, design, shared_models

BLEND, STACK, TREES, MODELS = "blend", "stack", "trees", "models"
RECENCY, RFM = "recency", "rfm"
BOOSTING, BOOSTING_MODELS = "boosting", "boosting+models"

OURS = (BLEND, STACK, TREES, MODELS)
CHALLENGERS = (RECENCY, RFM, *PANEL, BOOSTING, BOOSTING_MODELS)
RECIPES = (*OURS, *CHALLENGERS)
UNTAUGHT = (MODELS, *PANEL)
"""Recipes that need no earlier window."""

WITH_TREES = (BLEND, TREES, BOOSTING, BOOSTING_MODELS)
"""Recipes that take seconds to teach."""

MIN_OUTCOMES = 30
"""Buyers, and customers who did not buy, that earlier windows must hold."""
_PENALTY = 100.0
_FREE = 1e-3


class Scorer(Protocol):
    """A fitted recipe."""

    def chance(self, window: Window) -> Floats:
        """The chance of a purchase within the window's horizon, shape (n,)."""


@dataclass(frozen=True, slots=True)
class MeanOfModels:
    """Mean of the logits of some models."""

    models: tuple[str, ...]

    def chance(self, window: Window) -> Floats:
        """See `Scorer`."""
        return np.asarray(expit(self.logit(window)))

    def can_tell(self, window: Window) -> bool:
        """Whether the window has one of them."""
        return any(name in self.models for name in window.models)

    def logit(self, window: Window) -> Floats:
        """Log odds, shape (n,); of the models that the window has."""
        places = [place for place, name in enumerate(window.models) if name in self.models]
        return np.asarray(logit(window.chance[:, places]).mean(axis=1))


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack."""

    centre: MeanOfModels
    scale: Scale
    coefficients: Floats

    def chance(self, window: Window) -> Floats:
        """See `Scorer`."""
        values = self.scale(design(window, self.centre.models))
        with one_thread():
            return np.asarray(expit(self.centre.logit(window) + values @ self.coefficients))


@dataclass(frozen=True, slots=True)
class Boosted:
    """Trees on the features and the named models."""

    models: tuple[str, ...]
    columns: Floats
    trees: Trees

    def chance(self, window: Window) -> Floats:
        """See `Scorer`."""
        return self.trees.chance(design(window, self.models)[:, self.columns])


@dataclass(frozen=True, slots=True)
class Blend:
    """Mean of the logits of several scorers."""

    parts: tuple[Scorer, ...]

    def chance(self, window: Window) -> Floats:
        """See `Scorer`."""
        return np.asarray(expit(np.mean([logit(one.chance(window)) for one in self.parts], axis=0)))


@dataclass(frozen=True, slots=True)
class Straight:
    """A logistic regression on one number."""

    of: str
    coefficients: Floats

    def chance(self, window: Window) -> Floats:
        """See `Scorer`."""
        base, slope = self.coefficients
        return np.asarray(expit(base + slope * one_number(window, self.of)))


def one_number(window: Window, of: str) -> Floats:
    """The number by which recency or RFM rank, higher buys sooner."""
    if of == RECENCY:
        return np.asarray(-np.log1p(window.recency))
    return rfm_sum(window.recency, window.frequency, window.monetary)


def fit_recipes(
    names: Sequence[str], windows: list[Window], target: Window | None = None
) -> tuple[dict[str, Scorer], dict[str, str]]:
    """Fit recipes to earlier windows.

    Args:
        names: of the recipes.
        windows: latest first; none may be taught by what came after the day to be told.
        target: the window to be told, of which only the names of its models are looked at.

    Returns:
        Those fitted, and why others could not be, both by name.
    """
    fitted: dict[str, Scorer] = {}
    refused: dict[str, str] = {}
    every = [*windows, target] if target is not None else list(windows)
    common = shared_models(every) if every else ()
    present = target.models if target is not None else common
    workshop = _Workshop(windows, common)
    for name in names:
        if name in COLUMNS and name not in present:
            refused[name] = f"{name} cannot be fitted"
            continue
        try:
            fitted[name] = workshop.fit(name)
        except CannotTell as error:
            refused[name] = error.message
    return fitted, refused


class _Workshop:
    """Fits each part once."""

    def __init__(self, windows: list[Window], models: tuple[str, ...]) -> None:
        self.windows, self.models = windows, models
        self.made: dict[str, Scorer] = {}
        self.came = (
            np.concatenate([one.came for one in windows]) if windows else np.zeros(0, np.bool_)
        )

    def fit(self, name: str) -> Scorer:
        if name not in self.made:
            self.made[name] = self._fit(name)
        return self.made[name]

    def _fit(self, name: str) -> Scorer:
        if name == MODELS:
            return MeanOfModels(COLUMNS)
        if name in PANEL:
            return MeanOfModels((name,))
        self._need_outcomes(name)
        if name == BLEND:
            return Blend((self.fit(STACK), self.fit(TREES), self.fit(MODELS)))
        if name == STACK:
            return self._stack()
        if name in (RECENCY, RFM):
            return self._straight(name)
        return self._boosted(name)

    def _need_outcomes(self, name: str) -> None:
        buyers, others = int(self.came.sum()), int((~self.came).sum())
        if min(buyers, others) < MIN_OUTCOMES:
            raise CannotTell(
                f"{name} has nothing to learn from: earlier windows hold {buyers} customers who"
                f" bought and {others} who did not",
                todo=f"{MIN_OUTCOMES} of each are needed: take a longer history",
            )

    def _stack(self) -> Stack:
        centre = MeanOfModels(self.models)
        values = np.concatenate([design(one, self.models) for one in self.windows])
        scale = Scale.of(values)
        z = scale(values)
        penalty = np.full(z.shape[1], _PENALTY)
        penalty[0] = _FREE
        offset = np.concatenate([centre.logit(one) for one in self.windows])
        with one_thread():
            return Stack(centre, scale, ridge_logistic(z, self.came, offset, penalty))

    def _straight(self, name: str) -> Straight:
        z = np.concatenate([one_number(one, name) for one in self.windows])
        z = np.column_stack([np.ones(len(z)), z])
        penalty = np.full(2, _FREE)
        return Straight(name, ridge_logistic(z, self.came, np.zeros(len(z)), penalty))

    def _boosted(self, name: str) -> Boosted:
        models = () if name == BOOSTING else self.models
        parts = [design(one, models) for one in self.windows]
        # What is known in some windows only would tell them apart, not customers.
        columns = np.all([np.isfinite(one).all(axis=0) for one in parts], axis=0)
        parts = [one[:, columns] for one in parts]
        values = np.concatenate(parts)
        growth = (
            our_growth(len(values))
            if name == TREES
            else tuned(parts, [one.came for one in self.windows])
        )
        return Boosted(models, columns, grow(values, self.came, growth))
