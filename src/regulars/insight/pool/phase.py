"""The shop's own phase: growing, ripe or ebbing, by the trend of its monthly buyers.

The trend is a median of slopes of ln(buyers) a month, which a festival month does not bend: over
all pairs of the last twelve whole months (Theil 1950; Sen 1968, JASA 63:1379-1389), or, from 24
months on, over pairs of the same month of the year only, so that the season is no trend (seasonal
Kendall
slope: Hirsch, Slack and Smith 1982, Water Resources Research 18:107-121, eq. 6). Its 95 % interval
is Sen's: with N slopes, the ones at (N -+ 1.96 sqrt(V)) / 2, V the variance of Kendall's S. Months
that follow their neighbours tell less than as many that do not: V is multiplied by 1 + 2 sum_k (1 -
k/n) r^k, r the lag-1 correlation of what the trend leaves (Yue and Wang 2004, Water Resources
Management 18:201-218, eq. 11, for a first-order process), where it is positive.

growing     the interval lies above 0 and the trend is +5 % a year or more
ebbing      the interval lies below 0 and the trend is -5 % a year or less
ripe        neither, and the interval lies within -25 % and +25 % a year
cannot_tell neither, and the interval is wider: the months do not agree
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

PHASES = ("growing", "ripe", "ebbing", "cannot_tell")
LEAST_MONTHS = 6
_MONTHS = 12
_SEASONAL = 24
_MOST = 36
_TREND = 0.05
_FLAT = 0.25
_LEAST_BUYERS = 30
"""Buyers of a month, by median, below which months differ by chance alone."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A yearly rate of growth: 0.1 is ten percent a year.

    Attributes:
        rate, low, high: the trend and its 95 % interval.
        seasonal: same months of the year were compared.
        months: months used.
    """

    rate: float
    low: float
    high: float
    seasonal: bool
    months: int


def trend(counts: NDArray[np.int64]) -> Trend | None:
    """The trend of monthly counts, oldest first; None where there are too few months or people."""
    seasonal = len(counts) >= _SEASONAL
    kept = counts[-_MOST:] if seasonal else counts[-_MONTHS:]
    if len(kept) < LEAST_MONTHS or np.median(kept) < _LEAST_BUYERS:
        return None
    # One more than counted: a month without anybody has a logarithm too.
    log = np.log(kept + 1.0)
    place = np.arange(len(log))
    early, late = np.triu_indices(len(log), 1)
    if seasonal:
        same = (late - early) % 12 == 0
        early, late = early[same], late[same]
        sizes = np.array([np.sum(place % 12 == month) for month in range(12)])
    else:
        sizes = np.array([len(log)])
    slopes = np.sort((log[late] - log[early]) / (late - early))
    middle = float(np.median(slopes))
    variance = float((sizes * (sizes - 1) * (2 * sizes + 5)).sum() / 18)
    variance *= _inflation(log - middle * place, seasonal)
    reach = float(stats.norm.ppf(0.975)) * variance**0.5
    low, high = ((len(slopes) - reach) / 2, (len(slopes) + reach) / 2)
    rate, lowest, highest = (
        float(np.expm1(12 * slope)) for slope in (middle, _at(slopes, low), _at(slopes, high + 1))
    )
    return Trend(rate, lowest, highest, seasonal, len(kept))


def phase_of(found: Trend | None) -> str:
    """The phase by the rule above."""
    if found is None:
        return "cannot_tell"
    if found.low > 0 and found.rate >= _TREND:
        return "growing"
    if found.high < 0 and found.rate <= -_TREND:
        return "ebbing"
    return "ripe" if found.low >= -_FLAT and found.high <= _FLAT else "cannot_tell"


def _at(ordered: Floats, place: float) -> float:
    """The value at a place counted from 1, between its neighbours; the ends reach no further."""
    return float(np.interp(place, np.arange(1, len(ordered) + 1), ordered))


def _inflation(left: Floats, seasonal: bool) -> float:
    if seasonal:
        month = np.arange(len(left)) % 12
        left = left - np.array([left[month == one].mean() for one in range(12)])[month]
    left = left - left.mean()
    square = float(left @ left)
    if square == 0:
        return 1.0
    alike = max(float(left[1:] @ left[:-1]) / square, 0.0)
    count = len(left)
    lags = np.arange(1, count)
    return float(1 + 2 * ((1 - lags / count) * alike**lags).sum())


def year_on_year(counts: NDArray[np.int64], months: int = 3) -> float | None:
    """How the last months stand to the same a year before; None without both."""
    if len(counts) < 12 + months:
        return None
    before = int(counts[-12 - months : -12].sum())
    return float(counts[-months:].sum() / before - 1) if before else None
