"""The promotion calendar: days on which a shop sells more than its season and weekday explain.

A promotion is named once and happens again: every year on the same days ("06-01" to "06-20"), or on
dates of their own ("2026-02-01" to "2026-02-16"), listed under the same name year by year where the
festival moves.

>>> double_11 = Promotion("Double 11", "10-31", "11-11")
>>> days = promotion_days([double_11], date(2026, 10, 30), date(2026, 11, 12))
>>> days.names, days.code.tolist()
(('Double 11',), [-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1])
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from regulars.kernel.clock import day_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DAY = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
PATTERN = f"^([0-9]{{4}}-)?{_DAY}$"
"""MM-DD for every year, YYYY-MM-DD for once."""

NO_PROMOTION = -1


class Promotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[calendar.promotions]]`: a name with its first and last day."""

    name: str
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")

    def spans(self, years: Sequence[int]) -> list[tuple[date, date]]:
        """First and last days, of those years where it comes every year.

        One that ends before it begins in the calendar runs over New Year. 29 February is the
        1st of March in years without it.

        Raises:
            ValueError: a day that no year has, or one end of every year and the other of one.
        """
        if not all(re.match(PATTERN, day) for day in (self.first, self.last)):
            raise ValueError("a day is written MM-DD (every year) or YYYY-MM-DD (once)")
        if len(self.first) != len(self.last):
            raise ValueError("both days are of every year (MM-DD), or both of one (YYYY-MM-DD)")
        if len(self.first) == len("YYYY-MM-DD"):
            first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
            if last < first:
                raise ValueError("the last day lies before the first")
            return [(first, last)]
        over = self.last < self.first
        return [(_in(year, self.first), _in(year + over, self.last)) for year in years]


def _in(year: int, day: str) -> date:
    if day == "02-29":
        try:
            return date(year, 2, 29)
        except ValueError:
            return date(year, 3, 1)
    return date.fromisoformat(f"{year:04}-{day}")


@dataclass(frozen=True, slots=True)
class PromotionDays:
    """Which promotion each day belongs to.

    Attributes:
        first: day number of the first entry.
        names: of the promotions, each once.
        code: position in `names` day by day, `NO_PROMOTION` on all others, shape (days,). Where
            two overlap, the one listed first has the day.
    """

    first: int
    names: tuple[str, ...]
    code: NDArray[np.int64]

    def on(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """The code of each day; `NO_PROMOTION` outside the calendar."""
        import numpy as np

        place = day - self.first
        inside = (place >= 0) & (place < len(self.code))
        found = np.full(len(day), NO_PROMOTION, np.int64)
        found[inside] = self.code[place[inside]]
        return found


def promotion_days(promotions: Sequence[Promotion], first: date, last: date) -> PromotionDays:
    """The calendar from the first to the last day, both included.

    Raises:
        ValueError: see `Promotion.spans`.
    """
    import numpy as np  # not for whoever only reads settings

    begin = day_number(first)
    names = tuple(dict.fromkeys(one.name for one in promotions))
    code = np.full(day_number(last) - begin + 1, NO_PROMOTION, np.int64)
    years = range(first.year - 1, last.year + 1)
    for promotion in reversed(promotions):
        for start, end in promotion.spans(years):
            low, high = day_number(start) - begin, day_number(end) - begin + 1
            code[max(low, 0) : max(high, 0)] = names.index(promotion.name)
    return PromotionDays(begin, names, code)
