"""When people buy: hours, weekdays, paydays and promotions against an even spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from regulars.insight.statistics.wilson import Z
from regulars.kernel.clock import from_day_number
from regulars.kernel.promotion import promotion_days
from regulars.people.paydays import window_days

if TYPE_CHECKING:
    from regulars.settings import CalendarSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CLUSTERS = 8
"""Weeks or months from which on an interval is told."""
_LEAST = 30
_SAME_HOUR = 0.99
"""With so many purchases in one hour, the files tell days and not times."""


@dataclass(frozen=True, slots=True)
class Times:
    """Purchases by day and hour, sorted.

    Attributes:
        day, hour: of each entry, a day number and 0 to 23.
        purchases: of everybody, guests too.
        core: of core customers.
        last: the as-of day.
    """

    day: Ints
    hour: Ints
    purchases: Floats
    core: Floats
    last: int

    def where(self, kept: NDArray[np.bool_]) -> Times:
        """Only these entries."""
        return Times(
            self.day[kept], self.hour[kept], self.purchases[kept], self.core[kept], self.last
        )


@dataclass(frozen=True, slots=True)
class Notes:
    """What could not be told of times, and what was left out.

    Attributes:
        hours_known: whether the files tell times of day.
        promotions: whether days of promotions were left out.
        paydays: the days of the month on which wages come in.
    """

    hours_known: bool
    promotions: bool
    paydays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """A share against the even one, with its 95 % interval; NaN where it cannot be told."""

    share: float
    index: float
    low: float
    high: float


def index_of(hits: Floats, of: Floats, cluster: Ints, even: float) -> Index:
    """The index of a kind of time.

    Args:
        hits: purchases of the kind, by entry.
        of: all purchases, by entry.
        cluster: week or month of each entry.
        even: the share if purchases were spread evenly.

    >>> week = np.arange(10)
    >>> found = index_of(np.full(10, 2.0), np.full(10, 10.0), week, 0.1)
    >>> found.share, found.index, found.low, found.high
    (0.2, 200.0, 200.0, 200.0)
    """
    total = float(of.sum())
    if total < _LEAST or even <= 0:
        return Index(np.nan, np.nan, np.nan, np.nan)
    share = float(hits.sum()) / total
    _, place = np.unique(cluster, return_inverse=True)
    a, n = np.bincount(place, weights=hits), np.bincount(place, weights=of)
    used = n > 0
    m = int(used.sum())
    scale = 100 / even
    if m < _CLUSTERS:
        return Index(share, share * scale, np.nan, np.nan)
    variance = m / (m - 1) * float(np.sum((a - share * n) ** 2)) / total**2
    reach = Z * float(np.sqrt(variance))
    return Index(share, share * scale, max(share - reach, 0.0) * scale, (share + reach) * scale)


def when_rows(times: Times, calendar: CalendarSettings) -> tuple[list[dict[str, Any]], Notes]:
    """One row per hour, weekday, payday window and promotion."""
    first = int(times.day.min())
    every = np.arange(first, times.last + 1)
    begin, end = from_day_number(first), from_day_number(times.last)
    promotions = promotion_days(calendar.promotions, begin, end)
    usual = times.where(promotions.on(times.day) < 0)
    days = every[promotions.on(every) < 0]
    hours = np.bincount(times.hour, weights=times.purchases, minlength=24)
    hours_known = bool(hours.max() < _SAME_HOUR * hours.sum())
    rows: list[dict[str, Any]] = []
    week = (usual.day + 3) // 7  # 1970-01-01 was a Thursday, so weeks begin on Monday
    if hours_known:
        for hour in range(24):
            rows.append(_row("hour", str(hour), usual, usual.hour == hour, week, 1 / 24))
    if len(days):
        rows += _weekdays(usual, days, week)
        rows += _paydays(usual, days, calendar)
    for place, name in enumerate(promotions.names):
        inside = promotions.on(every) == place
        if inside.any():
            year = times.day // 366
            rows.append(
                _row(
                    "promotion", name, times, promotions.on(times.day) == place, year,
                    float(inside.mean()), intervals=False,
                )
            )  # fmt: skip
    left_out = bool(len(days) < len(every))
    return rows, Notes(hours_known, left_out, tuple(calendar.paydays))


def _weekdays(usual: Times, days: Ints, week: Ints) -> Iterator[dict[str, Any]]:
    of_days, of_rows = (days + 3) % 7, (usual.day + 3) % 7
    for weekday in range(7):
        even = float(np.mean(of_days == weekday))
        yield _row("weekday", str(weekday + 1), usual, of_rows == weekday, week, even)


def _paydays(usual: Times, days: Ints, calendar: CalendarSettings) -> Iterator[dict[str, Any]]:
    if not calendar.paydays:
        return
    first, last = from_day_number(int(days[0])), from_day_number(int(days[-1]))
    epoch = from_day_number(0)
    window = np.array(
        [(day - epoch).days for day in window_days(calendar.paydays, first, last)], dtype=np.int64
    )
    month = usual.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    even = float(np.mean(np.isin(days, window)))
    if 0 < even < 1:
        yield _row("payday", "near", usual, np.isin(usual.day, window), month, even)
        yield _row("payday", "other", usual, ~np.isin(usual.day, window), month, 1 - even)


def _row(
    kind: str,
    value: str,
    times: Times,
    hit: NDArray[np.bool_],
    cluster: Ints,
    even: float,
    *,
    intervals: bool = True,
) -> dict[str, Any]:
    everyone = index_of(np.where(hit, times.purchases, 0.0), times.purchases, cluster, even)
    core = index_of(np.where(hit, times.core, 0.0), times.core, cluster, even)

    def told(number: float, *, interval: bool = False) -> float | None:
        return None if np.isnan(number) or (interval and not intervals) else float(number)

    return {
        "kind": kind,
        "value": value,
        "purchases": int(times.purchases[hit].sum()),
        "share": told(everyone.share),
        "even_share": even,
        "index": told(everyone.index),
        "low": told(everyone.low, interval=True),
        "high": told(everyone.high, interval=True),
        "core_index": told(core.index),
        "core_low": told(core.low, interval=True),
        "core_high": told(core.high, interval=True),
    }
