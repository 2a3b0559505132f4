"""The stages of the pool N months ahead: a chain of states, judged at the shop's own month ends.

A state is a stage with the months since its last change (`spells`). Within one month a customer of
state i goes to state j with the share that did so in the months past; newcomers join (a Markov
model with inflow: Bartholomew 1982, Stochastic Models for Social Processes, 3rd ed., chapter 3):

    n(t + 1) = n(t) P(t) + newcomers(t + 1)

Paths are drawn by a bootstrap of whole months: each path draws the months it believes in, then one
of these for each month ahead and takes all its shares together, so that good and bad months stay
whole. Recent months are drawn more often, and with two years of them those of the same season too.
Newcomers err together along a path, as they erred at earlier month ends; customers scatter as the
chain says (each goes by chance), which adds sum_i n_i Q_ij (1 - Q_ij) to the variance of stage j,
with Q the shares over the months ahead (ibid.).

The width is then set by the shop's own past: at every earlier month end the same forecast is made
from what was known then, and |ln actual - ln forecast| / (its own spread) is kept. The interval is
the forecast times e to the +- q x spread, q the quantile of these scores (split conformal
prediction with normalised scores: Lei et al. 2018, JASA 113:1094-1111, section 5.2), and where the
months are too few for a quantile, Student's with their number. Month ends of one shop are no
independent draws, so the stated rate is tried, not proved: `backtest`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regulars.errors import CannotTell
from regulars.insight.pool.spells import AGES, GONE, STAGES, STATES, Flows

Floats = NDArray[np.float64]

LEAST_MONTHS = 8
"""Month ends below which nothing is told ahead."""
GROUPS = (*(str(stage) for stage in STAGES), "pool")
"""What is forecast: every stage, and the pool, all that are neither dormant nor lost."""

LEVELS = (0.8, 0.95)
_PATHS = 300
_SEED = 20240229
_HALF = 9.0
"""Months after which a month is believed half as much."""
_SEASON = 4.0
"""How much more often months of the same season are drawn, where there are two years."""
_TWO_YEARS = 25
_DRAWN_TO = 20.0
"""Customers' worth of the shares of all months that a month's own shares are drawn by."""
_SHARED = 3.0
"""Month ends, one apart from the other, at which a quantile of their own counts half."""
_SMALL = 3.0
"""Customers added before logarithms: stages of a handful scatter without end."""
_WIDE = 0.3
"""Spread of newcomers (in ln) where nothing is known of it yet."""
_STAGE_OF = np.repeat(np.eye(len(STAGES)), AGES, axis=0)
_IN_POOL = np.array([stage not in GONE for stage in STAGES], np.float64)
_GROUP_OF = np.hstack([_STAGE_OF, (_STAGE_OF @ _IN_POOL)[:, None]])

Newcomers = Callable[[int, int], Floats]
"""Given the place of a month end and a number of months: how many are expected in each after it."""


@dataclass(frozen=True, slots=True)
class Path:
    """The forecast from one month end, before its width is set: shapes (ahead, groups).

    Attributes:
        mean: customers.
        spread: in ln.
        newcomers: expected in each month, shape (ahead,).
        stayed: customers of the pool that stand there without any newcomer, shape (ahead,).
    """

    mean: Floats
    spread: Floats
    newcomers: Floats
    stayed: Floats


@dataclass(frozen=True, slots=True)
class Width:
    """How far the interval reaches.

    Attributes:
        reach: in spreads, shape (levels, ahead, groups).
        most: customers that there can be, shape (ahead,).
    """

    reach: Floats
    most: Floats | None = None

    def interval(self, mean: Floats, spread: Floats, level: int) -> tuple[Floats, Floats]:
        """Low and high ends, shape (ahead, groups)."""
        off = self.reach[level, : len(mean)] * spread
        middle = mean + _SMALL
        low, high = middle * np.exp(-off) - _SMALL, middle * np.exp(off) - _SMALL
        if self.most is not None:
            high = np.minimum(high, np.maximum(self.most[:, None], mean))
        return np.maximum(low, 0.0), high


@dataclass(frozen=True, slots=True)
class Judged:
    """What forecasts at earlier month ends were worth.

    Attributes:
        places: month ends they were made at.
        scores: |ln actual - ln forecast| / spread, NaN where it has not come yet,
            shape (places, ahead, groups).
        errors: actual / forecast - 1, likewise.
    """

    places: tuple[int, ...]
    scores: Floats
    errors: Floats


def path(flows: Flows, ahead: int, newcomers: Newcomers, errors: Floats) -> Path:
    """The forecast from the last month end of the flows.

    Args:
        flows: as known.
        ahead: months.
        newcomers: expected ones.
        errors: standard deviations of ln newcomers by months ahead, shape (ahead,).
    """
    draw = np.random.default_rng(_SEED)
    count = len(flows.months)
    shares = _shares(flows.moves, _belief(flows, 0))
    landing = _landing(flows)
    expected = newcomers(count - 1, ahead)
    start = flows.stock[-1].astype(np.float64)
    ahead_shares = np.empty((ahead, STATES, STATES))
    picked = np.empty((ahead, _PATHS), np.int64)
    within = draw.integers(0, 1 << 62, size=(_PATHS, count - 1)) / (1 << 62)
    for month in range(ahead):
        belief = _belief(flows, month)
        bounds = np.cumsum(belief)
        # The months that a path believes in, and of these one: both by the same belief.
        own = np.minimum(np.searchsorted(bounds, within), count - 2)
        picked[month] = own[np.arange(_PATHS), draw.integers(0, count - 1, _PATHS)]
        ahead_shares[month] = np.tensordot(belief, shares, axes=1)
    common = draw.standard_normal(_PATHS)
    state = np.broadcast_to(start, (_PATHS, STATES)).copy()
    middle, alone, chance = start.copy(), start.copy(), np.eye(STATES)
    mean, spread, stayed = (
        np.empty((ahead, len(GROUPS))),
        np.empty((ahead, len(GROUPS))),
        np.empty(ahead),
    )
    came = np.zeros(len(GROUPS))
    for month in range(ahead):
        for one in np.unique(picked[month]):
            of = picked[month] == one
            state[of] = state[of] @ shares[one]
        factor = np.exp(errors[month] * common - errors[month] ** 2 / 2)
        state += expected[month] * factor[:, None] * landing
        middle = middle @ ahead_shares[month] + expected[month] * landing
        alone = alone @ ahead_shares[month]
        chance = chance @ ahead_shares[month]
        grouped = chance @ _GROUP_OF
        came = came + expected[month] * (landing @ _GROUP_OF)
        # A chance of 1 may have been rounded to a hair more.
        alike = np.maximum(grouped * (1 - grouped), 0.0)
        scatter = start @ alike + np.minimum(came, middle @ _GROUP_OF)
        mean[month] = middle @ _GROUP_OF
        groups = state @ _GROUP_OF
        whole = np.sqrt(scatter) / (mean[month] + _SMALL)
        spread[month] = np.sqrt(np.log(groups + _SMALL).std(axis=0) ** 2 + whole**2)
        stayed[month] = float(alone @ _GROUP_OF[:, -1])
    return Path(mean, np.maximum(spread, 1e-3), expected, stayed)


def judge(flows: Flows, ahead: int, newcomers: Newcomers) -> Judged:
    """The same forecast at every earlier month end from which on it can be made."""
    actual = flows.stock @ _GROUP_OF
    last = len(flows.months) - 1
    places = tuple(range(LEAST_MONTHS - 1, last))
    scores = np.full((len(places), ahead, len(GROUPS)), np.nan)
    errors = np.full_like(scores, np.nan)
    for row, place in enumerate(places):
        known = flows.until(place)
        made = path(known, ahead, newcomers, newcomer_errors(known, ahead, newcomers))
        for month in range(min(ahead, last - place)):
            came = actual[place + month + 1]
            off = np.abs(np.log((came + _SMALL) / (made.mean[month] + _SMALL)))
            scores[row, month] = off / made.spread[month]
            errors[row, month] = came / np.maximum(made.mean[month], 1e-9) - 1
    return Judged(places, scores, errors)


def newcomer_errors(flows: Flows, ahead: int, newcomers: Newcomers) -> Floats:
    """Root mean square of ln(actual / expected) newcomers so far, by months ahead."""
    came = flows.newcomers.sum(axis=1)
    squares: list[list[float]] = [[] for _ in range(ahead)]
    last = len(came) - 1
    for place in range(LEAST_MONTHS - 3, last):
        expected = newcomers(int(flows.months[place] - flows.months[0]), min(ahead, last - place))
        for month, told in enumerate(expected):
            off = np.log((came[place + month + 1] + _SMALL) / (told + _SMALL))
            squares[month].append(float(off**2))
    found = np.array([np.mean(own[-24:]) if len(own) > 2 else _WIDE**2 for own in squares])
    return np.sqrt(np.maximum.accumulate(found))


def width(judged: Judged, ahead: int, known: int, months: int) -> Width:
    """The reach in spreads, from the forecasts whose months had come by the month end `known`.

    Scores of neighbouring numbers of months ahead are put together. The quantile of all stages
    alike is drawn from Student's, and a stage's own from that of all, by how many month ends stand
    apart.
    """
    reach = np.empty((len(LEVELS), ahead, len(GROUPS)))
    for month in range(ahead):
        near = range(max(month - 1, 0), min(month + 2, ahead))
        kept = [
            judged.scores[row, other]
            for row, place in enumerate(judged.places)
            for other in near
            if place + other + 1 <= known
        ]
        # Month ends side by side share most of their months ahead.
        apart = len(kept) / len(near) / (1 + month / 2)
        share = apart / (apart + _SHARED)
        for at, level in enumerate(LEVELS):
            plain = float(stats.t.ppf(0.5 + level / 2, max(min(months, apart + 3), 2)))
            if not kept:
                reach[at, month] = plain
                continue
            scores = np.array(kept)
            rank = min(level * (1 + len(near) / len(kept)), 1.0)
            of_all = plain ** (1 - share) * _least(np.quantile(scores, rank)) ** share
            own = _least(np.quantile(scores, rank, axis=0))
            reach[at, month] = of_all ** (1 - share) * own**share
    return Width(np.maximum.accumulate(reach, axis=0))


def _least(reach: Floats | np.floating) -> Floats:
    """Luck may make scores small, but no forecast is sure."""
    return np.maximum(np.asarray(reach, np.float64), 0.3)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How intervals did, by months ahead, all stages together.

    Attributes:
        month: how many ahead.
        tried: forecasts, of a stage at a month end.
        within: share of them held, by level of `LEVELS`.
        by_group: likewise, shape (levels, groups).
        error: median of |actual / forecast - 1| of the pool.
    """

    month: int
    tried: int
    within: tuple[float, ...]
    by_group: Floats
    error: float


def backtest(judged: Judged, ahead: int) -> list[Coverage]:
    """The share of intervals that held what came, each made of what was known at its month end."""
    told = []
    for month in range(ahead):
        held: list[Floats] = []
        missed = []
        for row, place in enumerate(judged.places):
            score = judged.scores[row, month]
            if np.isnan(score).any() or not row:
                continue
            reach = width(judged, ahead, place, place + 1).reach[:, month]
            held.append(score[None, :] <= reach)
            missed.append(abs(judged.errors[row, month, -1]))
        if held:
            inside = np.array(held)
            within = tuple(float(share) for share in inside.mean(axis=(0, 2)))
            told.append(
                Coverage(
                    month + 1,
                    inside.shape[0] * inside.shape[2],
                    within,
                    inside.mean(axis=0),
                    float(np.median(missed)),
                )
            )
    return told


def most(flows: Flows, newcomers: Floats, errors: Floats) -> Floats:
    """Customers that there can be: those there are, and newcomers three spreads above the mean."""
    everyone = float(flows.stock[-1].sum())
    return np.asarray(everyone + np.cumsum(newcomers * np.exp(3 * errors)))


def check(flows: Flows | None) -> Flows:
    """The flows, if they suffice for a forecast.

    Raises:
        CannotTell: too few months have ended.
    """
    count = 0 if flows is None else len(flows.months)
    if flows is None or count < LEAST_MONTHS:
        raise CannotTell(f"a forecast of the pool takes {LEAST_MONTHS} month ends, not {count}")
    return flows


def _belief(flows: Flows, ahead: int) -> Floats:
    """How likely each past move is to be drawn for the month so many ahead; shape (moves,)."""
    count = len(flows.months) - 1
    age = np.arange(count)[::-1]
    belief = 0.5 ** (age / _HALF)
    if count + 1 >= _TWO_YEARS:
        apart = (age + 1 + ahead) % 12
        near = np.minimum(apart, 12 - apart) <= 1
        belief = belief * np.where(near, _SEASON, 1.0)
    return np.asarray(belief / belief.sum())


def _shares(moves: NDArray[np.int64], belief: Floats) -> Floats:
    """Each month's shares by state, drawn to those of all months; shape as the moves."""
    total = np.tensordot(belief, moves.astype(np.float64), axes=1)
    everything = total.sum(axis=1, keepdims=True)
    # Whoever was never seen in a state stays in it.
    pooled = np.where(
        everything > 0, total / np.where(everything > 0, everything, 1), np.eye(STATES)
    )
    drawn = moves + _DRAWN_TO * pooled
    return np.asarray(drawn / drawn.sum(axis=2, keepdims=True))


def _landing(flows: Flows) -> Floats:
    """The state in which newcomers end their first month; shape (states,), sum 1."""
    lately = flows.newcomers[-12:].sum(axis=0).astype(np.float64)
    if not lately.sum():
        lately = np.eye(len(STAGES))[0]
    landing = np.zeros(STATES)
    landing[::AGES] = lately / lately.sum()
    return landing
