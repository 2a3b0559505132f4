"""Promotions that fall into one of two periods and not into the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from regulars.insight.counts import number_where
from regulars.insight.drivers.totals import Period
from regulars.insight.picture import View
from regulars.kernel.clock import day_number
from regulars.kernel.promotion import NO_PROMOTION, promotion_days

_LEAST = 1.2
"""A slower pace is told of no promotion: days differ by as much anyway."""


@dataclass(frozen=True, slots=True)
class Feast:
    """A promotion in one of the periods.

    Attributes:
        name: of the promotion.
        period: in which its days lie, or most of them.
        pace: purchases a day on its days, against the days of both periods without a promotion.
    """

    name: str
    period: Period
    pace: float


def feasts(view: View, before: Period, after: Period) -> list[Feast]:
    """Those on whose days people bought faster, the fastest first.

    A promotion whose days lie in both periods alike explains no change.
    """
    promotions = view.settings.calendar.promotions
    if not promotions:
        return []
    first, last = min(before.start, after.start), max(before.end, after.end)
    purchases = view.relation("purchases")
    inside = purchases.filter(purchases.day >= first, purchases.day <= last)
    per_day = {
        day_number(row["day"]): int(row["purchases"])
        for row in view.run(
            inside.group_by("day").agg(purchases=number_where(inside.day.notnull()))
        ).to_pylist()
    }
    calendar = promotion_days(promotions, first, last)
    spans = [_days(before), _days(after)]
    codes = [calendar.on(days) for days in spans]
    plain = [
        per_day.get(int(day), 0)
        for days, code in zip(spans, codes, strict=True)
        for day in days[code == NO_PROMOTION]
    ]
    usual = sum(plain) / len(plain) if plain else 0.0
    found = []
    for place, name in enumerate(calendar.names):
        own = [days[code == place] for days, code in zip(spans, codes, strict=True)]
        held = [len(days) for days in own]
        if not usual or max(held) < 2 * min(held) or held[0] == held[1]:
            continue
        days = np.concatenate(own)
        pace = sum(per_day.get(int(day), 0) for day in days) / len(days) / usual
        if pace >= _LEAST:
            found.append(Feast(name, after if held[1] > held[0] else before, pace))
    return sorted(found, key=lambda one: (-one.pace, one.name))


def _days(period: Period) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    days = (period.end - period.start) // timedelta(days=1) + 1
    return day_number(period.start) + np.arange(days, dtype=np.int64)
