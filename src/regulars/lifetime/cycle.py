"""The repurchase cycle: how long until the next purchase, given that there is one, and its chance.

The shop's law of a gap is a cure mixture for each rank of the purchase that starts it (1st, 2nd,
3rd and later). A customer's own law shifts it to the customer: with n closed gaps of mean log y,

    location = prior + shift + w (y - prior),   w = n / (n + k),   k = within / between variance
    spread   = s sqrt(1 + 1 / (n + k)) f

which is the best linear prediction of the next log gap (Robinson 1991, Statistical Science 6:15-32;
Efron and Morris 1973, JASA 68:117-130). `prior` is the law of the category of the latest purchase,
itself shrunk to the shop's; f compares the customer's own spread with that of all, pooled as in
Smyth (2004), Statistical Applications in Genetics 3:3. k, shift and s come from gaps *given what
was known when they began*, open gaps included, so neither censoring nor the many gaps of heavy
buyers bias them (`cycle_fit`). From two closed gaps on, a share of breaks in the rhythm with three
times the spread is allowed for (`cure_mixture`); without it a regular on a long holiday soon
counted as lost.

The chance of a purchase within H days after r days of silence is

    p (F(r + H) - F(r)) / (pi + p (1 - F(r))),   p = 1 - pi.

It is below 1 for one-time buyers and falls with silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtri

from regulars.lifetime.cure_likelihood import BREAK_SPREAD, cumulative
from regulars.lifetime.gaps import Bools, Floats, GapHistory, Ints

PERCENTILES = (0.50, 0.80, 0.95)
"""Of the gap given return: due, at risk and dormant begin after them."""

OWN_GAPS = 3
"""Closed gaps from which on a customer's cycle is called its own."""


class CycleSource(StrEnum):
    """Whose gaps a customer's cycle rests on."""

    OWN = "own"
    """Three or more closed gaps of the customer itself."""
    SHRUNK = "shrunk"
    """One or two, between the customer's own and the category's or shop's."""
    CATEGORY = "category"
    """None: the category of the latest purchase, shrunk to the shop."""
    SHOP = "shop"
    """None, and the category is unknown or thin."""
    FALLBACK = "fallback"
    """The data cannot tell; the days of the settings stand in."""


SOURCES: tuple[CycleSource, ...] = tuple(CycleSource)
"""Codes in arrays are positions in this tuple."""

_OWN, _SHRUNK, _CATEGORY, _SHOP, FALLBACK_CODE = range(5)


@dataclass(frozen=True, slots=True)
class CureLaw:
    """The law of the gaps of one rank over the whole shop, for pictures and tables.

    Attributes:
        rank: 1, 2, or 3 for the third and later.
        never_returns: share of the purchases after which no other ever comes.
        location: mean of ln(days) given return.
        spread: standard deviation of ln(days) given return.
        closed: closed gaps that it rests on.
        pooled: the rank was too thin, so all ranks together were used.
        converged: whether the optimiser stopped at a maximum.
    """

    rank: int
    never_returns: float
    location: float
    spread: float
    closed: int
    pooled: bool
    converged: bool


@dataclass(frozen=True, slots=True)
class OwnLaw:
    """How a customer's own gaps shift the law, for one rank.

    Attributes:
        shift: added to the location.
        spread: s of the formula.
        breaks: share of gaps that break the rhythm, with three times the spread.
        cure: logit pi, and its change per unit of ln(closed gaps).
        pooled: the rank was too thin; shift and spread follow from the variance components.
        converged: whether the optimiser stopped at a maximum.
    """

    shift: float
    spread: float
    breaks: float
    cure: tuple[float, float]
    pooled: bool
    converged: bool


@dataclass(frozen=True, slots=True)
class CycleFit:
    """All that the shop's gaps tell as of a day.

    Attributes:
        until: the day up to whose end the data were known.
        follow_up: days from the first purchase in the data to `until`; nothing beyond is "reached".
        laws: the shop's law by rank 1, 2, 3+.
        category_location: location of first gaps by category code, NaN where thin.
        category_cure: logit pi of the same.
        credibility: k, within variance / between variance of log gaps.
        second: own law after two purchases (one closed gap).
        later: own law after three and more.
        spread_prior: mean within-customer variance of log gaps, and the degrees of freedom that it
            is worth against a customer's own (infinite: all customers are alike).
    """

    until: int
    follow_up: int
    laws: tuple[CureLaw, CureLaw, CureLaw]
    category_location: Floats
    category_cure: Floats
    credibility: float
    second: OwnLaw
    later: OwnLaw
    spread_prior: tuple[float, float]

    @property
    def converged(self) -> bool:
        """Whether every part that is used stopped at a maximum."""
        return all(law.converged for law in (*self.laws, self.second, self.later))


@dataclass(frozen=True, slots=True)
class GapLaw:
    """The law of each row's gap: lognormal given return, with a share that never returns.

    Attributes:
        location: mean of ln(days) given return, shape (n,).
        spread: its standard deviation, shape (n,).
        breaks: share of breaks in the rhythm, shape (n,).
        never_returns: pi, shape (n,).
        source: codes into `SOURCES`, shape (n,).
    """

    location: Floats
    spread: Floats
    breaks: Floats
    never_returns: Floats
    source: NDArray[np.int8]

    def rows(self, chosen: Bools | Ints) -> GapLaw:
        """The chosen rows."""
        return GapLaw(
            self.location[chosen],
            self.spread[chosen],
            self.breaks[chosen],
            self.never_returns[chosen],
            self.source[chosen],
        )


def prior_location(fit: CycleFit, category: Ints) -> tuple[Floats, Bools]:
    """Location of the first gap by category, and whether the category itself could tell."""
    known = (category >= 0) & (category < len(fit.category_location))
    own = np.full(len(category), np.nan)
    own[known] = fit.category_location[category[known]]
    tells = np.isfinite(own)
    return np.where(tells, own, fit.laws[0].location), tells


def own_scale(fit_prior: tuple[float, float], k: float, history: GapHistory) -> Floats:
    """Factor of the spread for rows with closed gaps: uncertainty of the mean, own spread.

    sqrt(1 + 1 / (n + k)) times, from three gaps on, sqrt((d + S / v) / (d + n - 1)) with S the sum
    of squares of the customer's log gaps about their mean, v the variance of all, d its weight.
    """
    n = history.rank - 1.0
    scale = np.sqrt(1.0 + 1.0 / (n + k))
    variance, freedom = fit_prior
    enough = n >= OWN_GAPS
    if np.isfinite(freedom) and np.any(enough):
        count = n[enough]
        about = history.sum_square[enough] - history.sum_log[enough] ** 2 / count
        scale[enough] *= np.sqrt(
            (freedom + np.maximum(about, 0.0) / variance) / (freedom + count - 1.0)
        )
    return np.asarray(scale, dtype=np.float64)


def gap_laws(fit: CycleFit, history: GapHistory) -> GapLaw:
    """The law of the gap that each row starts, from what was known when it began.

    Args:
        fit: the shop's fit.
        history: rows, usually each customer's last.

    Returns:
        One law per row.
    """
    rank = history.rank
    location, tells = prior_location(fit, history.category)
    n = rank - 1.0
    first = fit.laws[0]
    spread = np.full(len(rank), first.spread)
    breaks = np.zeros(len(rank))
    logit = np.full(len(rank), _logit(first.never_returns))
    by_category = tells & (rank == 1)
    logit[by_category] = fit.category_cure[history.category[by_category]]
    source = np.where(tells, _CATEGORY, _SHOP).astype(np.int8)
    again = rank >= 2
    if np.any(again):
        rows = history.rows(again)
        count = n[again]
        weight = count / (count + fit.credibility)
        prior = location[again]
        own_mean = rows.sum_log / count
        later = rows.rank >= 3
        location[again] = (
            prior + np.where(later, fit.later.shift, fit.second.shift) + weight * (own_mean - prior)
        )
        spread[again] = own_scale(fit.spread_prior, fit.credibility, rows) * np.where(
            later, fit.later.spread, fit.second.spread
        )
        breaks[again] = np.where(later, fit.later.breaks, fit.second.breaks)
        base, slope = fit.later.cure
        logit[again] = np.where(later, base + slope * np.log(count / 2.0), fit.second.cure[0])
        source[again] = np.where(count >= OWN_GAPS, _OWN, _SHRUNK)
    return GapLaw(location, spread, breaks, np.asarray(expit(logit)), source)


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


def percentiles(law: GapLaw, follow_up: int) -> Floats:
    """P50, P80 and P95 of the gap given return, in days, shape (n, 3).

    NaN where a percentile lies beyond the longest follow-up of the data: "not reached".
    """
    # The standardised percentiles depend on the share of breaks alone, and of that there are few.
    shares, which = np.unique(law.breaks, return_inverse=True)
    z = np.array([[_standard(p, share) for p in PERCENTILES] for share in shares.tolist()])
    days = np.exp(law.location[:, None] + law.spread[:, None] * z.reshape(-1, 3)[which])
    return np.where(days <= follow_up, days, np.nan)


def _standard(percentile: float, breaks: float) -> float:
    plain = float(ndtri(percentile))
    if not breaks or percentile == 0.5:
        return plain
    return float(
        brentq(
            lambda z: float(cumulative(np.array([z]), breaks)[0]) - percentile,
            plain,
            plain * BREAK_SPREAD,
        )
    )


def used_percentiles(
    raw: Floats, fallback_days: tuple[float, float, float]
) -> tuple[Floats, Bools]:
    """The days in use: the fallback stands in for each percentile not reached; order is kept.

    Args:
        raw: percentiles, NaN where not reached, shape (n, 3).
        fallback_days: P50, P80, P95 of the settings, rising.

    Returns:
        The days, rising along each row, and which of them are fallbacks, both of shape (n, 3). A
        fallback keeps at least its proportion to the percentile before it: where P50 is 100, a
        fallback of 60, 90, 180 gives P80 as 150 and P95 as 300. Were it only raised to P50, the
        time in which a purchase is due would vanish.

    >>> days, fallback = used_percentiles(np.array([[100.0, np.nan, np.nan]]), (60, 90, 180))
    >>> days.tolist(), fallback.tolist()
    ([[100.0, 150.0, 300.0]], [[False, True, True]])
    """
    missing = np.isnan(raw)
    used = np.where(missing, np.asarray(fallback_days, dtype=np.float64), raw)
    for place in range(1, len(fallback_days)):
        grown = used[:, place - 1] * (fallback_days[place] / fallback_days[place - 1])
        least = np.where(missing[:, place], grown, used[:, place - 1])
        used[:, place] = np.maximum(used[:, place], least)
    return used, missing


def chance_of_return(law: GapLaw, silence: ArrayLike, horizon: ArrayLike) -> Floats:
    """Chance of a purchase within `horizon` days after so many days without one.

    Args:
        law: the laws, n of them.
        silence: measured days since the latest purchase (`GapHistory.silence`), shape (n,) or one
            number.
        horizon: measured days looked ahead, shape (n,) or one number.

    Returns:
        Chances, shape (n,).

    >>> month, some = np.array([np.log(30.0)]), np.array([0.4])
    >>> law = GapLaw(month, np.array([0.7]), np.zeros(1), some, np.zeros(1, np.int8))
    >>> [round(float(chance_of_return(law, r, 90)[0]), 2) for r in (0, 60, 120, 240)]
    [0.57, 0.18, 0.03, 0.0]
    """
    # A gap of d whole days lies in (d - 1/2, d + 1/2]; none has ended on the day it began.
    quiet = np.asarray(silence, dtype=np.float64)
    with np.errstate(divide="ignore"):
        now = np.log(np.where(quiet > 0, quiet + 0.5, 0.0))
    until = np.log(quiet + np.asarray(horizon, dtype=np.float64) + 0.5)
    # Upper tails, so that the difference keeps its digits far out.
    open_now = cumulative((law.location - now) / law.spread, law.breaks)
    open_then = cumulative((law.location - until) / law.spread, law.breaks)
    back = 1.0 - law.never_returns
    return np.asarray(
        back * (open_now - open_then) / np.maximum(law.never_returns + back * open_now, 1e-300),
        dtype=np.float64,
    )


def share_ended(law: GapLaw, silence: ArrayLike) -> Floats:
    """The overdue probability: the share of such gaps that would have ended by now, given return.

    It is 0.5 when the purchase is due and 0.8 from at risk on, whether or not the customer will
    ever come back; for that see `chance_of_return`.

    Args:
        law: the laws, n of them.
        silence: measured days since the latest purchase, shape (n,) or one number.

    >>> law = GapLaw(np.array([np.log(30.5)]), np.ones(1), np.zeros(1), np.ones(1), np.zeros(1))
    >>> [round(float(share_ended(law, r)[0]), 2) for r in (0, 30, 70, 365)]
    [0.0, 0.5, 0.8, 0.99]
    """
    quiet = np.asarray(silence, dtype=np.float64)
    with np.errstate(divide="ignore"):
        now = np.log(np.where(quiet > 0, quiet + 0.5, 0.0))
    return cumulative((now - law.location) / law.spread, law.breaks)
