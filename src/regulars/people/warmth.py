"""Warmth: how the days since the latest purchase stand against the customer's own cycle.

With r whole days of silence, the first that applies:

| warmth | when |
|---|---|
| lost | the chance of a purchase within the horizon is below the bound, and r > P50 |
| dormant | r > P95 |
| won_back | the latest purchase ended dormant or lost, and r <= `won_back_days` |
| at_risk | r > P80 |
| due | r > P50 |
| on_time | else |

Nobody is lost who is not even due: in a shop where nine of ten never return, the chance of a first
buyer is below the bound on the very day of the order, and that is no reason to give it up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.kernel.stage_names import Warmth
from regulars.lifetime.cycle import (
    FALLBACK_CODE,
    CycleFit,
    GapLaw,
    chance_of_return,
    gap_laws,
    percentiles,
    used_percentiles,
)
from regulars.lifetime.gaps import FAR, Bools, Floats, GapHistory, Ints
from regulars.settings import CycleSettings

Codes = NDArray[np.int8]

WARMTHS: tuple[Warmth, ...] = tuple(Warmth)
"""Codes in arrays are positions in this tuple."""

_CODE = {warmth: WARMTHS.index(warmth) for warmth in Warmth}


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycle of each row in use.

    Attributes:
        days: P50, P80, P95 in measured days (`lifetime.gaps`), rising, shape (n, 3).
        last_days: the last whole days of silence that are not yet due, at risk, dormant, by the
            calendar: the season to come and the quantity bought have their say. Shape (n, 3).
        is_fallback: which of them come from the settings, shape (n, 3).
        source: codes into `lifetime.cycle.SOURCES`, shape (n,).
        law: the law behind them; None where the data cannot tell.
        history: the rows that they are of.
    """

    days: Floats
    last_days: Ints
    is_fallback: Bools
    source: Codes
    law: GapLaw | None
    history: GapHistory


def cycles_of(fit: CycleFit | None, history: GapHistory, settings: CycleSettings) -> Cycles:
    """The cycle of each row's gap under a fit; the settings' days where there is none."""
    size = len(history.day)
    if fit is None:
        days = np.tile(np.asarray(settings.fallback_days, dtype=np.float64), (size, 1))
        return Cycles(
            days,
            np.floor(days).astype(np.int64),
            np.ones((size, 3), dtype=np.bool_),
            np.full(size, FALLBACK_CODE, dtype=np.int8),
            None,
            history,
        )
    law = gap_laws(fit, history)
    days, is_fallback = used_percentiles(percentiles(law, fit.follow_up), settings.fallback_days)
    source = np.where(is_fallback.all(axis=1), FALLBACK_CODE, law.source).astype(np.int8)
    last_days = np.stack(
        [history.last_day_within(days[:, place]) - history.day for place in range(3)], axis=1
    )
    return Cycles(days, last_days, is_fallback, source, law, history)


def chances(cycles: Cycles, rows: Ints, silence: Ints, settings: CycleSettings) -> Floats:
    """Chance of a purchase within the horizon after so many days of silence by the calendar.

    The horizon is of the ordinary pace: a year is a year, and over less the season does not make a
    customer lost and found again.

    Args:
        cycles: with a law.
        rows: of the cycles.
        silence: whole days, shape (rows,).
        settings: with the horizon.
    """
    law, history = cycles.law, cycles.history
    if law is None:
        return np.full(len(rows), np.nan)
    horizon: Floats | float = settings.horizon_days
    if history.clock.is_calendar and history.stretch is None:
        return chance_of_return(law.rows(rows), silence, horizon)
    few = history.rows(rows)
    if few.stretch is not None:
        horizon = horizon * np.exp(-few.stretch)
    return chance_of_return(law.rows(rows), few.silence(few.day + silence), horizon)


def lost_from(cycles: Cycles, first: Ints, last: Ints, settings: CycleSettings) -> Ints:
    """The first silence within [first, last] at which each row is lost; `FAR` where it is not.

    From P50 on the chance falls with silence, so the day is found by halving.
    """
    found = np.full(len(first), FAR, dtype=np.int64)
    if cycles.law is None:
        return found
    low = np.maximum(first, cycles.last_days[:, 0] + 1)
    possible = np.flatnonzero(low <= last)
    gone = possible[_is_lost(cycles, possible, last[possible], settings)]
    at_once = _is_lost(cycles, gone, low[gone], settings)
    found[gone[at_once]] = low[gone[at_once]]
    rows = gone[~at_once]
    not_yet, lost = low[rows], last[rows].copy()
    while len(rows) and int((lost - not_yet).max()) > 1:
        middle = (not_yet + lost) // 2
        is_lost = _is_lost(cycles, rows, middle, settings)
        lost = np.where(is_lost, middle, lost)
        not_yet = np.where(is_lost, not_yet, middle)
    found[rows] = lost
    return found


def _is_lost(cycles: Cycles, rows: Ints, silence: Ints, settings: CycleSettings) -> Bools:
    return np.asarray(
        chances(cycles, rows, silence, settings) < settings.lost_below, dtype=np.bool_
    )


def warmth_codes(
    silence: Ints, last_days: Ints, lost: Ints, won_back: Bools, won_back_days: int
) -> Codes:
    """The warmth of each row after so many days of silence.

    Args:
        silence: whole days since the latest purchase, shape (n,).
        last_days: last silence not yet due, at risk, dormant, shape (n, 3).
        lost: first silence at which the row is lost, shape (n,).
        won_back: whether the latest purchase ended dormant or lost, shape (n,).
        won_back_days: how long that counts.

    Returns:
        Codes into `WARMTHS`.

    >>> silence, bounds = np.array([60, 61, 90, 91, 181, 400]), np.array([[60, 90, 180]] * 6)
    >>> codes = warmth_codes(silence, bounds, np.full(6, 400), np.zeros(6, bool), 90)
    >>> [str(WARMTHS[code]) for code in codes]
    ['on_time', 'due', 'due', 'at_risk', 'dormant', 'lost']
    """
    return np.select(
        [
            silence >= lost,
            silence > last_days[:, 2],
            won_back & (silence <= won_back_days),
            silence > last_days[:, 1],
            silence > last_days[:, 0],
        ],
        [
            np.int8(_CODE[warmth])
            for warmth in (
                Warmth.LOST,
                Warmth.DORMANT,
                Warmth.WON_BACK,
                Warmth.AT_RISK,
                Warmth.DUE,
            )
        ],
        default=np.int8(_CODE[Warmth.ON_TIME]),
    )
