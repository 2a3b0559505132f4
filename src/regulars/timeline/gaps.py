"""Gaps: how long it is from one entry to the customer's next, as counts that add up.

Both entries must lie in the days looked at: a gap that has not ended by then is not counted, so
long ones are told too rarely where the days are few. Counts are by bins of seconds
(`timeline.spread`), for all gaps and for the customers' own medians: of the former, those of the
busiest customers are the most.

>>> import pyarrow as pa
>>> from datetime import UTC, datetime
>>> from regulars.timeline.stretch import stretch_of
>>> at = pa.array([datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 2, 30)])
>>> rows = pa.table({"customer_id": [1, 1, 1], "at": at.cast(pa.timestamp("us", "UTC")),
...                  "mask": pa.array([1, 1, 1], pa.int32())})
>>> counted = summed(Gaps(bit=1)(stretch_of(rows)))
>>> times(counted, GAPS, [0.5, 1.0]), times(counted, OWN, [0.5])
([120.0, 1683.5], [120.0])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.timeline.kernels.gaps import gaps_between
from regulars.timeline.spread import bins_of, quantiles
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

COUNTS = pa.schema(
    [("what", pa.int8()), ("key", pa.int64()), ("bin", pa.int32()), ("number", pa.int64())]
)
"""Sums of several things under each other; what `key` and `bin` are, depends on which."""
_KEYS = COUNTS.names[:3]

GAPS, OWN = 1, 2
"""Every gap; each customer's median one."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The fold. Its rows have `mask`.

    Attributes:
        bit: of the mask: the entries between which the gaps are.
        least: microseconds; entries no further apart belong together, and there is no gap.
        begins: microseconds from which on entries are looked at.
    """

    bit: int
    least: int = 0
    begins: int = 0

    def __call__(self, stretch: Stretch) -> pa.Table:
        """The sums of a stretch: `COUNTS`, by bins of seconds."""
        gaps, medians = gaps_between(
            stretch.starts, stretch.at, stretch.columns["mask"], self.bit, self.least, self.begins
        )
        return pa.concat_tables(
            [counts(what, np.zeros(0, np.int64), bins_of(found))
             for what, found in ((GAPS, gaps), (OWN, medians))]
        )  # fmt: skip


def counts(what: int, key: Ints, bins: Ints) -> pa.Table:
    """How many there are of each key and bin."""
    table = pa.table({"key": key if len(key) else np.zeros_like(bins), "bin": bins})
    counted = table.group_by(["key", "bin"]).aggregate([([], "count_all")])
    return pa.table([np.full(counted.num_rows, what), *counted.columns], COUNTS.names).cast(COUNTS)


def summed(parts: pa.Table) -> pa.Table:
    """The sums of all stretches added up, sorted."""
    found = parts.group_by(_KEYS).aggregate([("number", "sum")])
    return found.rename_columns(COUNTS.names).sort_by([(name, "ascending") for name in _KEYS])


def times(
    counted: pa.Table, what: int, at: Sequence[float], key: int | None = None
) -> list[float | None]:
    """Quantiles of what was counted by bins, in seconds; None where there is nothing."""
    of = pc.equal(counted["what"], what)
    if key is not None:
        of = pc.and_(of, pc.equal(counted["key"], key))
    rows = counted.filter(of)
    return quantiles(rows["bin"].to_numpy(), rows["number"].to_numpy(), at)
