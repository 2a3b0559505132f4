"""Fits the repurchase cycle of a shop as of a day (see `cycle` for the model).

>>> from regulars.lifetime.gaps import gap_history
>>> rng = np.random.default_rng(7)
>>> first = np.zeros(4000, dtype=np.int64)
>>> gap = np.rint(np.exp(rng.normal(np.log(40), 0.6, 4000))).astype(np.int64).clip(1)
>>> comes = (rng.random(4000) > 0.5) & (gap <= 300)
>>> who = np.repeat(np.arange(4000), 1 + comes)
>>> day = np.zeros(len(who), dtype=np.int64)
>>> day[np.flatnonzero(np.append(False, who[1:] == who[:-1]))] = gap[comes]
>>> fit = fit_cycle(gap_history(who, day), until=300)
>>> law = fit.laws[0]
>>> round(law.never_returns, 1), round(float(np.exp(law.location)), -1), round(law.spread, 1)
(0.5, 40.0, 0.6)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from regulars.errors import CannotTell
from regulars.lifetime.cure_likelihood import Cells, cells_by_day, cells_of_counts
from regulars.lifetime.cure_mixture import CureFit, fit_cure_mixture
from regulars.lifetime.cycle import OWN_GAPS, CureLaw, CycleFit, OwnLaw, own_scale
from regulars.lifetime.gaps import FAR, Bools, Floats, GapHistory, Ints
from regulars.lifetime.shop_clock import ShopClock

MIN_CLOSED = 30
"""A law rests on at least so many closed gaps."""
MIN_FOLLOW_UP = 90
"""Days of data below which "never returns" and "has not returned yet" cannot be told apart."""
MAX_CATEGORIES = 64
"""The categories with most first purchases are judged on their own."""

_EVEN_CREDIBILITY = 1.0
"""k where too few pairs of gaps tell it: within and between variance taken as equal."""
_SLOPE = (0.02, 0.98)
_EXACT_DAYS = 30
_DAY_GRAIN = 0.03
"""Longer gaps are counted in steps of 3 % where they are counted with other terms: a third of the
grain of those, and a tenth of the cells."""
_GRID = 0.1
"""Grain of location and ln scale when gaps of customers with own laws are counted together."""


@dataclass(frozen=True, slots=True)
class RankedGaps:
    """The rows of a shop by rank (1, 2, 3 and more), each in the order of days.

    What was known at a day is then the beginning of each, and fits at many month ends need not look
    for it among all rows.
    """

    ranks: tuple[GapHistory, GapHistory, GapHistory]

    @classmethod
    def of(cls, history: GapHistory) -> RankedGaps:
        """The rows of a history, sorted."""
        order = np.argsort(history.day, kind="stable")
        rank = history.rank[order]
        first, second, later = (
            history.rows(order[chosen]) for chosen in (rank == 1, rank == 2, rank >= 3)
        )
        return cls((first, second, later))

    def by(self, clock: ShopClock) -> RankedGaps:
        """The same rows by a clock that agrees on all closed gaps."""
        first, second, later = (replace(rows, clock=clock) for rows in self.ranks)
        return RankedGaps((first, second, later))

    def until(self, day: int) -> list[_Known]:
        """What was known at the end of the day, by rank."""
        found = []
        for rows in self.ranks:
            some = rows.rows(slice(0, int(np.searchsorted(rows.day, day, side="right"))))
            known = some.forget(day)
            found.append(_Known(known, known.days(day), known.is_closed()))
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of one rank with the measured lengths of their gaps, and whether they are closed."""

    rows: GapHistory
    days: Ints
    closed: Bools

    @property
    def ended(self) -> int:
        return int(self.closed.sum())


def fit_cycle(
    history: GapHistory | RankedGaps, until: int, *, start: CycleFit | None = None
) -> CycleFit:
    """The shop's fit as of a day; only what was known at its end is used.

    Args:
        history: all rows of the shop, later ones too.
        until: day number.
        start: the fit of an earlier day, from which to begin (saves time, changes nothing else).

    Raises:
        CannotTell: too few closed gaps, too short a history, or an optimiser without a maximum.
    """
    ranked = history if isinstance(history, RankedGaps) else RankedGaps.of(history)
    known = ranked.until(until)
    closed = sum(one.ended for one in known)
    began = [int(one.rows.day[0]) for one in known if len(one.rows.day)]
    follow_up = until - min(began) if began else 0
    enough = f"{MIN_CLOSED} repeat purchases over {MIN_FOLLOW_UP} days or more are needed"
    if closed < MIN_CLOSED or follow_up < MIN_FOLLOW_UP:
        raise CannotTell(
            f"the repurchase cycle cannot be told from {closed} repeat purchases over "
            f"{follow_up} days",
            todo=enough + "; until then the fallback days of the settings apply",
        )
    laws, first_fit = _laws_by_rank(known, start)
    location, cure = _categories(known[0], first_fit, laws[0], start)
    credibility, second = _second(known[1], _prior(known[1].rows, laws[0], location), laws, start)
    spread_prior = _spread_prior(known[2].rows)
    later = _later(
        known[2],
        _prior(known[2].rows, laws[0], location),
        laws,
        credibility,
        spread_prior,
        start,
    )
    fit = CycleFit(until, follow_up, laws, location, cure, credibility, second, later, spread_prior)
    if not fit.converged:
        raise CannotTell(
            "the repurchase cycle cannot be told: the likelihood has no clear maximum",
            todo="look at the gaps between purchases; the fallback days of the settings apply",
        )
    return fit


def _prior(rows: GapHistory, law: CureLaw, location: Floats) -> Floats:
    """The location of each row's category, the shop's where that cannot tell."""
    told = np.append(location, np.nan)  # for no category, code -1
    inside = np.where(rows.category < len(location), rows.category, -1)
    by_category = told[np.maximum(inside, -1)]
    return np.where(np.isfinite(by_category), by_category, law.location)


def _laws_by_rank(
    known: list[_Known], start: CycleFit | None
) -> tuple[tuple[CureLaw, CureLaw, CureLaw], CureFit]:
    everyone: CureFit | None = None
    fits: list[tuple[CureFit, bool]] = []
    for place, one in enumerate(known):
        thin = one.ended < MIN_CLOSED
        if thin:
            everyone = everyone or fit_cure_mixture(
                cells_by_day(
                    np.concatenate([every.days for every in known]),
                    np.concatenate([every.closed for every in known]),
                )
            )
            fits.append((everyone, True))
        else:
            begin = None if start is None else _as_start(start.laws[place])
            cells = cells_by_day(one.days, one.closed)
            fits.append((fit_cure_mixture(cells, start=begin), False))
    first, second, later = (
        CureLaw(
            rank,
            fit.never_returns,
            float(fit.location[0]),
            fit.spread,
            int(fit.closed),
            thin,
            fit.converged,
        )
        for rank, (fit, thin) in enumerate(fits, start=1)
    )
    return (first, second, later), fits[0][0]


def _as_start(law: CureLaw) -> CureFit:
    logit = np.log(law.never_returns) - np.log1p(-law.never_returns)
    return CureFit(
        np.array([law.location]),
        float(np.log(law.spread)),
        0.0,
        np.array([logit]),
        0.0,
        True,
        np.full(2, np.nan),
        0.0,
    )


def _own_start(law: OwnLaw, slopes: list[float]) -> CureFit:
    return CureFit(
        np.array([law.shift, *slopes]),
        float(np.log(law.spread)),
        law.breaks,
        np.array(law.cure),
        0.0,
        True,
        np.full(3, np.nan),
        0.0,
    )


def _categories(
    first: _Known, shop: CureFit, law: CureLaw, start: CycleFit | None
) -> tuple[Floats, Floats]:
    """Location and logit pi of first gaps by category, each shrunk to the shop's.

    The spread is the shop's. A category's estimate counts by t2 / (t2 + its variance), t2 the
    variance between categories (DerSimonian and Laird 1986, Controlled Clinical Trials 7:177-188).
    """
    named = first.rows.category >= 0
    codes = first.rows.category[named] if not named.all() else first.rows.category
    size = int(codes.max()) + 1 if len(codes) else 0
    location, cure = np.full(size, np.nan), np.full(size, np.nan)
    if law.pooled or not size:
        return location, cure
    length, ended = _coarse(first.days[named]), first.closed[named]
    returned = np.bincount(codes[ended], minlength=size)
    order = np.lexsort((np.arange(size), -returned))[:MAX_CATEGORIES]
    judged = np.sort(order[returned[order] >= MIN_CLOSED])
    if not len(judged):
        return location, cure
    place = np.full(size, -1)
    place[judged] = np.arange(len(judged))
    mine = place[codes]
    kept = mine >= 0
    width = 2 * (int(length.max()) + 1)
    counts = np.bincount(
        mine[kept] * width + length[kept] * 2 + ~ended[kept], minlength=width * len(judged)
    ).reshape(len(judged), width)
    fits: list[tuple[int, CureFit]] = []
    for code, count in zip(judged.tolist(), counts, strict=True):
        fit = fit_cure_mixture(
            cells_of_counts(count),
            start=_category_start(start, code, shop),
            log_spread=shop.log_spread,
            cure_bounds=[(-6.0, 6.0)],
            with_variance=True,
        )
        if fit.converged and np.all(np.isfinite(fit.variance)):
            fits.append((code, fit))
    if len(fits) < 2:
        return location, cure
    chosen = [code for code, _ in fits]
    estimate = np.array([[fit.location[0], fit.cure[0]] for _, fit in fits])
    variance = np.array([fit.variance for _, fit in fits])
    centre = np.array([shop.location[0], shop.cure[0]])
    location[chosen] = _shrink(estimate[:, 0], variance[:, 0], centre[0])
    cure[chosen] = _shrink(estimate[:, 1], variance[:, 1], centre[1])
    return location, cure


def _category_start(start: CycleFit | None, code: int, shop: CureFit) -> CureFit:
    """The category's own law of an earlier day, where there is one; else the shop's of today."""
    if start is None or code >= len(start.category_location):
        return shop
    told = (start.category_location[code], start.category_cure[code])
    if not np.all(np.isfinite(told)):
        return shop
    return replace(shop, location=np.array([told[0]]), cure=np.array([told[1]]))


def _shrink(estimate: Floats, variance: Floats, centre: float) -> Floats:
    weight = 1.0 / variance
    mean = np.average(estimate, weights=weight)
    excess = float((weight * (estimate - mean) ** 2).sum()) - (len(estimate) - 1)
    between = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    return np.asarray(centre + between / (between + variance) * (estimate - centre))


def _second(
    known: _Known,
    prior: Floats,
    laws: tuple[CureLaw, CureLaw, CureLaw],
    start: CycleFit | None,
) -> tuple[float, OwnLaw]:
    """The law after one closed gap, and k: the slope on that gap is the weight 1 / (1 + k)."""
    if known.ended < MIN_CLOSED:
        return _EVEN_CREDIBILITY, _assumed(laws, 1)
    own = known.rows.sum_log - prior
    cells = _count(known.days, known.closed, prior, np.zeros(len(own)), own)
    fit = fit_cure_mixture(
        Cells(
            cells.days,
            cells.closed,
            cells.count,
            cells.offset,
            cells.scale,
            np.column_stack([np.ones(len(cells.days)), cells.location[:, 0]]),
            cells.cure,
        ),
        start=None
        if start is None
        else _own_start(start.second, [1.0 / (1.0 + start.credibility)]),
        location_bounds=[(-5.0, 5.0), _SLOPE],
    )
    slope = float(fit.location[1])
    k = (1.0 - slope) / slope
    spread = fit.spread / float(np.sqrt(1.0 + 1.0 / (1.0 + k)))
    cure = (float(fit.cure[0]), 0.0)
    law = OwnLaw(float(fit.location[0]), spread, 0.0, cure, False, fit.converged)
    return k, law


def _assumed(laws: tuple[CureLaw, CureLaw, CureLaw], rank: int) -> OwnLaw:
    """Where a rank is too thin: the first law's variance, split evenly within and between."""
    within = laws[0].spread * float(np.sqrt(_EVEN_CREDIBILITY / (1.0 + _EVEN_CREDIBILITY)))
    share = laws[rank].never_returns
    logit = float(np.log(share) - np.log1p(-share))
    return OwnLaw(0.0, within, 0.0, (logit, 0.0), True, laws[rank].converged)


def _later(
    known: _Known,
    prior: Floats,
    laws: tuple[CureLaw, CureLaw, CureLaw],
    k: float,
    spread_prior: tuple[float, float],
    start: CycleFit | None,
) -> OwnLaw:
    """The law after two and more closed gaps; logit pi is straight in their log number."""
    if known.ended < MIN_CLOSED:
        return _assumed(laws, 2)
    rows = known.rows
    n = rows.rank - 1.0
    at = prior + n / (n + k) * (rows.sum_log / n - prior)
    cells = _count(
        known.days,
        known.closed,
        at,
        np.log(own_scale(spread_prior, k, rows)),
        np.log(n / 2.0),
    )
    several = len(np.unique(cells.location)) > 1
    fit = fit_cure_mixture(
        Cells(
            cells.days,
            cells.closed,
            cells.count,
            cells.offset,
            cells.scale,
            np.ones((len(cells.days), 1)),
            np.column_stack([np.ones(len(cells.days)), cells.location[:, 0]])
            if several
            else cells.cure,
        ),
        start=None if start is None else _own_start(start.later, []),
        location_bounds=[(-5.0, 5.0)],
        with_breaks=True,
        cure_bounds=[(-9.0, 9.0), (-3.0, 0.0)] if several else None,
    )
    slope = float(fit.cure[1]) if several else 0.0
    cure = (float(fit.cure[0]), slope)
    return OwnLaw(float(fit.location[0]), fit.spread, fit.breaks, cure, False, fit.converged)


def _coarse(days: Ints) -> Ints:
    """Days as they are up to 30, longer ones rounded to the nearest of steps of 3 %."""
    longest = int(days.max(initial=0))
    length = np.arange(longest + 1)
    beyond = np.maximum(length, _EXACT_DAYS) / _EXACT_DAYS
    step = np.rint(np.log(beyond) / _DAY_GRAIN) * _DAY_GRAIN
    rounded = np.rint(_EXACT_DAYS * np.exp(step)).astype(np.int64)
    return np.where(length <= _EXACT_DAYS, length, rounded)[days]


def _count(days: Ints, closed: Bools, offset: Floats, log_scale: Floats, third: Floats) -> Cells:
    """Gaps counted by day and by offset, ln scale and a covariate, each on a grid."""
    columns = [np.rint(values / _GRID).astype(np.int64) for values in (offset, log_scale, third)]
    code = _coarse(days) * 2 + ~closed
    lows, widths = [], []
    for column in columns:
        low = int(column.min())
        width = int(column.max()) - low + 1
        code = code * width + (column - low)
        lows.append(low)
        widths.append(width)
    kept, count = np.unique(code, return_counts=True)
    values: list[Floats] = []
    for low, width in zip(reversed(lows), reversed(widths), strict=True):
        values.append(np.asarray((kept % width + low) * _GRID, dtype=np.float64))
        kept = kept // width
    one = np.ones((len(count), 1))
    return Cells(
        (kept // 2).astype(np.float64),
        kept % 2 == 0,
        count.astype(np.float64),
        values[2],
        np.exp(values[1]),
        values[0][:, None],
        one,
    )


def _spread_prior(known: GapHistory) -> tuple[float, float]:
    """Mean within-customer variance of log gaps and its degrees of freedom.

    From the sums of squares before each customer's last known purchase (Smyth 2004, section 6.2):
    the spread of ln s2 beyond what chance alone gives tells how unlike customers are.
    """
    last = np.flatnonzero((known.next_day == FAR) & (known.rank - 1 >= OWN_GAPS))
    n = known.rank[last] - 1.0
    if len(n) < MIN_CLOSED:
        return 1.0, float("inf")
    about = np.maximum(known.sum_square[last] - known.sum_log[last] ** 2 / n, 0.0)
    # In an order of their own, so that the order of customers does not change the sums.
    order = np.lexsort((about, n))
    n, about = n[order], about[order]
    freedom = n - 1.0
    # Whole days leave some spread even in a perfect rhythm, and ln 0 must not decide.
    variance = np.maximum(about / freedom, 0.01)
    mean = float((variance * freedom).sum() / freedom.sum())
    half = freedom / 2.0
    centred = np.log(variance) - digamma(half) + np.log(half)
    excess = float(np.var(centred, ddof=1) - np.mean(polygamma(1, half)))
    if excess <= float(polygamma(1, 500.0)):
        return mean, float("inf")
    worth = 2.0 * float(brentq(lambda x: float(polygamma(1, x)) - excess, 0.05, 500.0))
    return mean, worth
