"""With an item against without it: standardised difference, its interval, many tests at once.

With n_s moments of stratum s in which the item is shown, of which d_s have an order after them, and
N_s moments without it, of which D_s have:

    with     = sum d_s / sum n_s
    without  = sum n_s D_s / N_s / sum n_s     (as often as without it, in the viewers' own strata)

Strata in which nobody was without it are left out on both sides. The error of the difference is
that of the delete-a-group jackknife over groups of customers (Kott 2001, Journal of Official
Statistics 17:521), so that the moments of a customer need not be independent of each other.

>>> one = compared(np.array([[2, 2], [2, 2]]), np.array([[1, 1], [1, 2]]),
...                np.array([[8, 8], [8, 8]]), np.array([[2, 2], [2, 2]]))
>>> one.n, one.ordered, one.expected, one.difference
(8, 5, 2.0, 0.375)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import t as student

from regulars.insight.attribution.spread import without_each
from regulars.insight.statistics.standardised import LEVEL, false_discovery
from regulars.lifetime.gaps import Floats, Ints
from regulars.timeline.content import (
    GROUPS,
    LOOKED,
    MOMENT,
    NOT_NEW,
    SHOWN,
    STAGES,
    stage_of,
)

LEAST = 30
"""Of fewer moments with the item no difference is told."""
LEAST_EXPECTED = 5.0
"""Nor where fewer orders, or fewer moments without one, would be expected."""
MORE, FEWER, AS_EXPECTED, CANNOT_TELL = "more_orders", "fewer_orders", "as_expected", "cannot_tell"
VERDICTS = (MORE, FEWER, AS_EXPECTED, CANNOT_TELL)
_ALIKE = 0.01
"""As expected is what surely differs by less than one order in a hundred moments."""


@dataclass(frozen=True, slots=True)
class Compared:
    """With against without.

    Attributes:
        n: moments with the item that have others to be held against.
        ordered: those of them after which an order follows.
        expected: how many orders would follow as without it.
        difference: of the shares.
        error: of the difference; None where it cannot be told.
        unmatched: moments with the item that have none to be held against.
    """

    n: int
    ordered: int
    expected: float
    difference: float
    error: float | None
    unmatched: int

    @property
    def can_tell(self) -> bool:
        """Whether a difference can be told."""
        return (
            self.n >= LEAST
            and min(self.expected, self.n - self.expected) >= LEAST_EXPECTED
            and bool(self.error)
        )

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of the difference."""
        if not self.can_tell or self.error is None:
            return None
        half = float(student.ppf((1 + LEVEL) / 2, GROUPS - 1)) * self.error
        return max(self.difference - half, -1.0), min(self.difference + half, 1.0)

    @property
    def chance(self) -> float | None:
        """Of a difference this large if there were none."""
        if not self.can_tell or self.error is None:
            return None
        return float(2 * student.sf(abs(self.difference) / self.error, GROUPS - 1))


def compared(n: Ints, ordered: Ints, of: Ints, of_ordered: Ints) -> Compared:
    """With against without, from counts by group and stratum.

    Args:
        n: moments with the item.
        ordered: those after which an order follows.
        of: moments without it.
        of_ordered: those after which an order follows.
    """
    n, ordered, of, of_ordered = (without_each(one) for one in (n, ordered, of, of_ordered))
    held = of > 0
    seen = (n * held).sum(axis=1)
    came = (ordered * held).sum(axis=1)
    expected = (n * held * of_ordered / np.maximum(of, 1)).sum(axis=1)
    difference: Floats = (came - expected) / np.maximum(seen, 1)
    groups = len(difference) - 1
    error: float | None = None
    if seen.min() > 0:
        spread = ((difference[1:] - difference[0]) ** 2).sum()
        error = float(np.sqrt((groups - 1) / groups * spread))
    return Compared(
        n=int(seen[0]),
        ordered=int(came[0]),
        expected=float(expected[0]),
        difference=float(difference[0]),
        error=error,
        unmatched=int(n[0].sum() - seen[0]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Of an item: all of it, and by orders so far."""

    whole: Compared
    by_stage: tuple[Compared, ...]


def judge(sums: pa.Table, is_page: Sequence[bool]) -> list[Judged]:
    """What the fold counted, item by item.

    Args:
        sums: `timeline.content.summed`.
        is_page: of each item, whether it is a product's page.
    """
    strata, place = np.unique(_column(sums, "stratum"), return_inverse=True)
    sums = sums.append_column("place", pa.array(place.ravel(), pa.int64()))
    base = {what: _dense(sums.filter(pc.field("what") == what), len(strata))
            for what in (MOMENT, LOOKED)}  # fmt: skip
    stages = stage_of(strata)
    found = []
    for item, page in enumerate(is_page):
        own = sums.filter(pc.field("item") == item)
        n, before, after = _dense(own.filter(pc.field("what") == SHOWN), len(strata))
        old = _dense(own.filter(pc.field("what") == NOT_NEW), len(strata))
        whole = base[LOOKED if page else MOMENT]
        of, of_ordered = whole[0] - n - old[0], whole[1] - before - old[1]
        there = np.flatnonzero(n.any(axis=0))
        counts = [one[:, there] for one in (n, after, of, of_ordered)]
        found.append(
            Judged(
                compared(*counts),
                tuple(
                    compared(*(one[:, stages[there] == stage] for one in counts))
                    for stage in range(STAGES)
                ),
            )
        )
    return found


def _dense(rows: pa.Table, strata: int) -> tuple[Ints, Ints, Ints]:
    """How many, and after how many an order follows, by group and stratum."""
    at = _column(rows, "group") * strata + _column(rows, "place")

    def added(name: str) -> Ints:
        whole = np.zeros(GROUPS * strata, np.int64)
        np.add.at(whole, at, _column(rows, name))
        return whole.reshape(GROUPS, strata)

    return added("n"), added("ordered"), added("ordered_after")


def _column(table: pa.Table, name: str) -> Ints:
    found: Any = table[name].cast(pa.int64()).to_numpy()
    return np.asarray(found, np.int64)


def verdicts(found: Sequence[Judged]) -> list[tuple[float | None, str]]:
    """Of each item the chance, corrected for having looked at all of them, and the verdict."""
    told = [one.whole.chance for one in found]
    adjusted = iter(false_discovery([one for one in told if one is not None]).tolist())
    result: list[tuple[float | None, str]] = []
    for one, chance in zip(found, told, strict=True):
        ends = one.whole.interval
        if chance is None or ends is None:
            result.append((None, CANNOT_TELL))
            continue
        corrected = next(adjusted)
        verdict = CANNOT_TELL
        if max(-ends[0], ends[1]) <= _ALIKE:
            verdict = AS_EXPECTED
        elif corrected <= 1 - LEVEL:
            verdict = MORE if one.whole.difference > 0 else FEWER
        result.append((corrected, verdict))
    return result
