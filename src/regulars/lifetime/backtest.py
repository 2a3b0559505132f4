"""A backtest: everything computed as of a day, and judged on what followed.

The last day is judged once. What is judged there (which recipe, with or without the trend) was
chosen on early days, a horizon apart, whose horizons had ended by it (`choice`).

>>> from regulars.lifetime.purchase_days import bought_by_customer
>>> rng = np.random.default_rng(3)
>>> often = rng.gamma(1.0, 0.02, 400)
>>> days = [(who, day) for who in range(400) for day in range(420) if rng.random() < often[who]]
>>> bought = bought_by_customer(*zip(*days, strict=True))
>>> card = backtest(bought, until=360, horizon=30, recipes=("models", "recency"))
>>> card.winner, card.customers, card.scorers[0].auc.value > 0.7
('models', 363, True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regulars.errors import CannotTell, UnknownValue
from regulars.lifetime.backtest_card import (
    SHARES,
    BacktestCard,
    ByFrequency,
    CalibrationCard,
    Measured,
    Origin,
    ScorerCard,
    Tracking,
)
from regulars.lifetime.bootstrap import bootstrap, interval
from regulars.lifetime.choice import Choice, choose
from regulars.lifetime.forecast import Bench, Forecast, expected_purchases
from regulars.lifetime.gaps import Bools, Floats
from regulars.lifetime.model_panel import COLUMNS
from regulars.lifetime.purchase_days import Bought
from regulars.lifetime.recipes import BLEND, MODELS, OURS, RECIPES
from regulars.lifetime.scoring import brier, calibration, log_loss
from regulars.lifetime.windows import Window

ORIGINS = 4
MOST_JUDGED = 250_000
_MOST_REPEATS = 7
_WEEK = 7


def backtest(
    bought: Bought,
    until: int,
    horizon: int,
    *,
    origins: int = ORIGINS,
    recipes: Sequence[str] = RECIPES,
) -> BacktestCard:
    """The card of a shop as of a day.

    Args:
        bought: all its purchases, those after the day too.
        until: day number of the last day.
        horizon: days ahead that are told and judged.
        origins: days in all, the last one included.
        recipes: that are held against one another.

    Raises:
        UnknownValue: the horizon reaches beyond the data.
        CannotTell: too few customers bought again by then.
    """
    _check(bought, until, horizon)
    everyone = len(bought.rows.until(until).starts())
    bench = Bench.of(bought.thinned(MOST_JUDGED), horizon)
    window = bench.whole.at(until)
    if window is None:
        raise CannotTell(
            f"who buys next cannot be told as of {_date(until)}: too few had bought again by then",
            todo="take a later --until, or import a longer history",
        )
    possible = [name for name in recipes if name not in window.panel.refused]
    choice = choose(bench, possible, until, origins)
    told = bench.forecasts([choice.winner, choice.ours], until, trend=choice.trend)
    plain = bench.scorers(possible, until)
    chances = {name: one.chance(window) for name, one in plain.items()}
    chances |= {name: one.chance(window) for name, one in told.items()}
    winner = chances[choice.winner]
    expected = _expected(window, chances, choice)
    return BacktestCard(
        as_of=_date(until),
        horizon=horizon,
        grain="customer" if bought.visits is None else "customer x category",
        first_day=_date(bought.first_day),
        last_day=_date(bought.last_day),
        customers=len(window.customer),
        drawn_from=everyone,
        bought=int(window.came.sum()),
        origins=_origins(bench, (*reversed(choice.days), until)),
        ours=choice.ours,
        winner=choice.winner,
        trend=choice.trend,
        seasonal=told[choice.winner].seasonal,
        shift=told[choice.winner].season + told[choice.winner].trend,
        scorers=_scorers(bench, window, chances, expected, choice),
        calibration=tuple(
            _calibrated(name, winner[group], window.came[group])
            for name, group in (
                ("all", window.frequency > 0),
                ("once", window.frequency == 1),
                ("again", window.frequency > 1),
            )
            if group.any()
        ),
        actual=int(window.count.sum()),
        by_frequency=_by_frequency(window, expected),
        tracking=_tracking(bench, window, expected),
        notes=tuple(_notes(bench, window, choice, told[choice.winner], everyone)),
    )


def _check(bought: Bought, until: int, horizon: int) -> None:
    if not len(bought.rows.day) or until < bought.first_day:
        raise CannotTell(
            f"there are no purchases by {_date(until)}",
            todo="take a later --until, or import a longer history",
        )
    if until + horizon > bought.last_day:
        latest = bought.last_day - horizon
        raise UnknownValue(
            f"{horizon} days after {_date(until)} end on {_date(until + horizon)}, but the data end"
            f" on {_date(bought.last_day)}",
            todo=f"take --until {_date(latest)} or earlier, or a shorter --horizon",
        )


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))


def _expected(window: Window, chances: dict[str, Floats], choice: Choice) -> dict[str, Floats]:
    """Expected purchases by recipe: the lifetime models' own, and those of ours and the winner."""
    told = {
        name: window.expected[:, window.models.index(name)]
        for name in chances
        if name in window.models
    }
    own = {name: one for name, one in told.items() if np.isfinite(one).all()}
    for name in dict.fromkeys((choice.winner, choice.ours)):
        if name not in own:
            own[name] = expected_purchases(window, chances[name])
    return own


def _scorers(
    bench: Bench,
    window: Window,
    chances: dict[str, Floats],
    expected: dict[str, Floats],
    choice: Choice,
) -> tuple[ScorerCard, ...]:
    first = [choice.winner, choice.ours]
    names = list(dict.fromkeys([*first, *(name for name in RECIPES if name in chances)]))
    scores = [chances[name] for name in names]
    owner = bench.whole.bought.owner(window.customer)
    drawn = bootstrap(scores, window.came, SHARES, chances=scores, customer=owner)
    return tuple(
        ScorerCard(
            recipe=name,
            auc=_measured(drawn.point_auc[place], drawn.auc[place]),
            lift=tuple(
                _measured(drawn.point_lift[place, at], drawn.lift[place, at])
                for at in range(len(SHARES))
            ),
            calibration_error=_measured(drawn.point_error[place], drawn.error[place]),
            brier=brier(chances[name], window.came),
            log_loss=log_loss(chances[name], window.came),
            ahead=_measured(
                drawn.point_auc[0] - drawn.point_auc[place], drawn.auc[0] - drawn.auc[place]
            ),
            early_auc=choice.auc.get(name, float("nan")),
            expected=float(expected[name].sum()) if name in expected else None,
        )
        for place, name in enumerate(names)
    )


def _measured(value: float, draws: Floats) -> Measured:
    return Measured(float(value), *interval(draws))


def _calibrated(group: str, chance: Floats, came: Bools) -> CalibrationCard:
    found = calibration(chance, came)
    drawn = bootstrap([chance], came, (), chances=[chance])
    bins = zip(found.customers.tolist(), found.told.tolist(), found.bought.tolist(), strict=True)
    return CalibrationCard(
        group,
        len(chance),
        _measured(found.error, drawn.error[0]),
        found.mean_told,
        found.mean_bought,
        tuple(bins),
    )


def _by_frequency(window: Window, expected: dict[str, Floats]) -> tuple[ByFrequency, ...]:
    repeats = np.minimum(window.frequency - 1, _MOST_REPEATS)
    rows = []
    for kind in range(_MOST_REPEATS + 1):
        group = repeats == kind
        if group.any():
            told = {name: float(one[group].mean()) for name, one in expected.items()}
            actual = float(window.count[group].mean())
            rows.append(ByFrequency(kind, int(group.sum()), actual, told))
    return tuple(rows)


def _tracking(bench: Bench, window: Window, expected: dict[str, Floats]) -> Tracking:
    """By week; a recipe that tells the whole horizon only is spread as the lifetime models are."""
    days = [*range(_WEEK, window.horizon, _WEEK), window.horizon]
    rows = bench.whole.bought.rows
    later = rows.rows((rows.day > window.as_of) & np.isin(rows.customer, window.customer))
    actual = tuple(int((later.day <= window.as_of + day).sum()) for day in days)
    own = window.panel.totals(rows.until(window.as_of), [float(day) for day in days])
    shape = np.mean([one / one[-1] for one in own.values()], axis=0)
    told = {
        name: tuple((own[name] if name in own else shape * one.sum()).tolist())
        for name, one in expected.items()
    }
    return Tracking(tuple(days), actual, told)


def _origins(bench: Bench, days: tuple[int, ...]) -> tuple[Origin, ...]:
    told = []
    for place, day in enumerate(days):
        window = bench.whole.at(day)
        if window is not None:
            role = "last" if place == len(days) - 1 else "early"
            windows = len(bench.drawn.training(day))
            share = float(window.came.mean())
            told.append(Origin(_date(day), len(window.customer), share, windows, role))
    return tuple(told)


def _notes(
    bench: Bench, window: Window, choice: Choice, told: Forecast, everyone: int
) -> list[str]:
    notes = []
    if len(window.customer) < everyone:
        notes.append(f"judged on {len(window.customer):,} drawn of {everyone:,}")
    refused = bench.refused.get(window.as_of, {})
    notes += [f"{name} is not scored: {why}" for name, why in window.panel.refused.items()]
    notes += [f"{name} is not scored: {why}" for name, why in refused.items()]
    if not choice.days:
        notes.append(
            "no earlier day could be judged, so nothing was chosen: "
            + (
                f"{BLEND} stands by default"
                if choice.winner == BLEND
                else f"{MODELS} stands, since no earlier window fits into the history"
            )
        )
    else:
        notes.append(
            f"{choice.winner} was chosen on {len(choice.days)} early"
            f" {'day' if len(choice.days) == 1 else 'days'}; the last day was scored once"
        )
        if choice.winner not in OURS:
            notes.append(f"{choice.winner} alone beat {choice.ours} there, and is used")
    if told.seasonal:
        notes.append(f"the season of a year ago shifts the log odds by {told.season:+.2f}")
    else:
        notes.append("there is no year of history before the day to tell its season from")
    if choice.trend:
        notes.append(f"half of the recent trend shifts the log odds by {told.trend:+.2f}")
    lone = [name for name in COLUMNS if name in window.panel.refused and name in window.models]
    if lone:
        notes.append(f"under a weak prior, others still learn from {' and '.join(lone)}")
    return notes
