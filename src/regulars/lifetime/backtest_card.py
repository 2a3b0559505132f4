"""The card of a backtest: what was told as of a day and what followed, as plain data.

Everything in it is a number, a word or a tuple of them, so that it can be printed, drawn, and kept
as JSON (`as_dict`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SHARES = (0.05, 0.10, 0.20)
"""At which the lift is taken."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with the ends of its 95 % bootstrap interval; NaN where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ScorerCard:
    """How one scorer did on the last day.

    Attributes:
        recipe: its name (`recipes`).
        auc: area under the ROC curve.
        lift: at each of `SHARES`.
        calibration_error: of its chances.
        brier: of its chances.
        log_loss: of its chances.
        ahead: AUC of the winner less its own, paired.
        early_auc: mean AUC over the early days; NaN where there were none.
        expected: its purchases in all; None where it tells none.
    """

    recipe: str
    auc: Measured
    lift: tuple[Measured, ...]
    calibration_error: Measured
    brier: float
    log_loss: float
    ahead: Measured
    early_auc: float
    expected: float | None


@dataclass(frozen=True, slots=True)
class CalibrationCard:
    """Chances told by the winner and what came, in bins of equal size.

    Attributes:
        group: all, once (one day with a purchase so far) or again.
        customers: in the group.
        error: mean distance, weighted by customers.
        told: mean chance of the group.
        bought: share that bought.
        bins: (customers, mean chance, share that bought), rising.
    """

    group: str
    customers: int
    error: Measured
    told: float
    bought: float
    bins: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class ByFrequency:
    """Expected and actual purchases of customers with so many repeat purchases before.

    Attributes:
        repeats: days with a purchase after the first; the last row holds that many and more.
        customers: how many.
        actual: mean number that came.
        expected: mean number told, by recipe.
    """

    repeats: int
    customers: int
    actual: float
    expected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Tracking:
    """Purchases since the day, cumulated by week.

    Attributes:
        day: days since the as-of day.
        actual: cumulated.
        expected: cumulated, by recipe.
    """

    day: tuple[int, ...]
    actual: tuple[int, ...]
    expected: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Origin:
    """A day that was judged.

    Attributes:
        as_of: ISO date.
        customers: known by then.
        bought: share that bought within the horizon.
        windows: earlier ones that taught.
        role: early (to choose) or last (to score).
    """

    as_of: str
    customers: int
    bought: float
    windows: int
    role: str


@dataclass(frozen=True, slots=True)
class BacktestCard:
    """The whole card.

    Attributes:
        as_of: the last day, ISO.
        horizon: days ahead.
        grain: customer, or customer x category.
        first_day: of the data.
        last_day: of the data.
        customers: judged.
        drawn_from: customers in all, more where a part was drawn.
        bought: of them, how many did.
        origins: days judged, early ones first.
        ours: our recipe as chosen on the early days.
        winner: the best recipe of all on the early days, which `plan` uses.
        trend: whether the recent trend is carried on.
        seasonal: whether a year of history told the season.
        shift: of the winner's log odds by season and trend.
        scorers: by rising name, the winner first.
        calibration: of the winner: all, once, again.
        actual: purchases that came (days with a purchase).
        by_frequency: rows 0 to 7+.
        tracking: by week.
        notes: what could not be fitted and why, how the choice was made.
    """

    as_of: str
    horizon: int
    grain: str
    first_day: str
    last_day: str
    customers: int
    drawn_from: int
    bought: int
    origins: tuple[Origin, ...]
    ours: str
    winner: str
    trend: bool
    seasonal: bool
    shift: float
    scorers: tuple[ScorerCard, ...]
    calibration: tuple[CalibrationCard, ...]
    actual: int
    by_frequency: tuple[ByFrequency, ...]
    tracking: Tracking
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; NaN stands where a number cannot be told."""
        return asdict(self)

    def scorer(self, recipe: str) -> ScorerCard | None:
        """The card of a recipe; None where it could not be fitted."""
        return next((one for one in self.scorers if one.recipe == recipe), None)
