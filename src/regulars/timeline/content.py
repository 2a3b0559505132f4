"""What is read, and whether an order follows: with it against without it, moment by moment.

Whoever visits much sees much and orders much, and whoever orders at once has no time to read. So
neither customers nor visits are compared, but moments, each with what was known by then:

- A moment is before a visit's first entry, after each step of a visit, and after an order in it;
  it lasts until the next step. Steps are all entries but what is read (articles, answers,
  questions, shares, reviews), which is shown in the moment in which it comes.
- With: the moment in which the item is shown; the clock starts when it is shown. Without: every
  other moment of the same stratum; the clock starts with the moment. An order that is placed after
  the start and no later than the window counts, in both alike. What is read afterwards never
  decides on which side a moment stands.
- A product's page is a step itself: its moment is held against those in which another product's
  page was the next step, all clocks starting there.
- Strata: blocks of the calendar, orders so far (0, 1, 2, 3 and more), visits in the weeks before
  (0, 1, 2, 3 and more), steps so far in this visit (0, 1, 2, 3-4, 5-8, more, or just after an
  order), and how far they went (nothing, a product's page, the cart).
- Whoever saw the item within the window before stands on neither side.
- Customers fall into groups, so that the spread over groups tells how sure a difference is.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 5, 9)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "kind": [STEP, READ, ORDER], "item": [-1, 0, -1]})
>>> found = summed(Content(is_page=(False,), window=7 * DAY, ends=1 << 61)(stretch_of(rows)))
>>> found.filter(pc.field("what") == SHOWN)["ordered_after"].to_pylist()
[1]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.timeline.calendar import DAY
from regulars.timeline.kernels.content import moments
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

STEP, PAGE, CART, READ, ORDER = range(5)
"""Kinds of rows."""
MOMENT, LOOKED, SHOWN, NOT_NEW = range(4)
"""What is counted: moments; moments whose next step is a product's page; items shown; moments (or
looks) at which an item was not new."""
GROUPS = 40
STAGES = 4
"""Orders so far: none, one, two, more."""
_PLACES, _PROGRESS, _VISITS = 7, 3, 4
OF_A_BLOCK = STAGES * _VISITS * _PLACES * _PROGRESS
"""Strata of a block."""

SUMS = pa.schema(
    [
        ("what", pa.int8()),
        ("stratum", pa.int64()),
        ("item", pa.int32()),
        ("group", pa.int16()),
        ("n", pa.int64()),
        ("ordered", pa.int64()),
        ("ordered_after", pa.int64()),
    ]
)
_KEYS = SUMS.names[:4]


@dataclass(frozen=True, slots=True)
class Content:
    """The fold. Its rows have `kind` and `item`.

    Attributes:
        is_page: of each item, whether it is a product's page.
        window: microseconds within which an order follows.
        begins: microseconds from which on moments count.
        ends: up to which they do: the window of the last one is over by what is known.
        gap: microseconds without an entry that end a visit.
        memory: within which earlier visits count.
        block: within which moments are held against each other.
    """

    is_page: tuple[bool, ...]
    window: int
    begins: int = 0
    ends: int = 0
    gap: int = DAY // 48
    memory: int = 28 * DAY
    block: int = 7 * DAY

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `SUMS`."""
        rows = moments(
            stretch.starts, stretch.at, stretch.columns["kind"], stretch.columns["item"],
            np.array(self.is_page, np.bool_), self.gap, self.window, self.memory, self.begins,
            self.ends, self.block,
        )  # fmt: skip
        what, stratum, item, whose, ordered, after = rows.T
        group = stretch.numbers[whose] % GROUPS
        columns = (what, stratum, item, group, np.ones_like(what), ordered, after)
        return summed(pa.table([pa.array(one) for one in columns], SUMS.names).cast(SUMS))


def stage_of(stratum: Ints) -> Ints:
    """Orders so far of each stratum: 0, 1, 2, or 3 for more."""
    return stratum // (_VISITS * _PLACES * _PROGRESS) % STAGES


def summed(parts: pa.Table) -> pa.Table:
    """The sums added up, sorted."""
    sums = [(name, "sum") for name in SUMS.names[4:]]
    found = parts.group_by(_KEYS).aggregate(sums).rename_columns(SUMS.names).cast(SUMS)
    return found.sort_by([(name, "ascending") for name in _KEYS])
