"""Which of the items make regulars, by what was counted of them: arrays in, a table out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.insight.statistics.answers import ints, reals
from regulars.insight.statistics.standardised import (
    false_discovery,
    mean_interval,
    ratio_interval,
    shrunk_ratios,
    two_sided,
    verdicts,
)
from regulars.lifetime.gaps import Floats

LEAST = 30
"""Fewer first-time buyers than this are not judged."""
LEAST_EXPECTED = 5
"""Nor where fewer returns, or fewer who stay away, would be expected: the test is not true there
(Mantel and Fleiss 1980, American Journal of Epidemiology 112:129)."""

MAKES, LOSES, CANNOT_TELL = "makes_regulars", "loses", "cannot_tell"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found.

    Attributes:
        rows: the items judged, the highest shrunk ratio first.
        few: how many items had too few first-time buyers.
    """

    rows: pa.Table
    few: int


def judge(counted: pa.Table) -> Judged:
    """Ratios, intervals, shrunk ratios and verdicts of the items of `counts.tallies`."""
    enough = counted.filter(pa.array(ints(counted, "buyers") >= LEAST)).sort_by("item")
    buyers, returned = reals(enough, "buyers"), reals(enough, "returned")
    expected, variance = reals(enough, "expected"), reals(enough, "variance")
    told = expected > 0
    some = np.where(told, expected, 1.0)
    low, high = (
        ratio_interval(returned, some, buyers) if len(buyers) else (np.empty(0), np.empty(0))
    )
    shrunk = np.full(len(buyers), np.nan)
    shrunk[told] = shrunk_ratios(returned[told], expected[told], variance[told])
    testable = (np.minimum(expected, buyers - expected) >= LEAST_EXPECTED) & (variance > 0)
    adjusted = np.full(len(buyers), np.nan)
    adjusted[testable] = false_discovery(two_sided(returned, expected, variance)[testable])
    columns = {
        "item": enough["item"],
        "first_buyers": pa.array(ints(enough, "buyers")),
        "returned": pa.array(ints(enough, "returned")),
        "return_rate": pa.array(returned / buyers),
        "expected_rate": pa.array(expected / buyers),
        "ratio": _known(returned / some, told),
        "ratio_low": _known(low, told),
        "ratio_high": _known(high, told),
        "shrunk_ratio": _known(shrunk, told),
        "adjusted_p": _known(adjusted, testable),
    }
    for name in ("spend", "profit"):
        ends = mean_interval(reals(enough, name), reals(enough, f"{name}_2"), buyers)
        for key, values in zip((name, f"{name}_low", f"{name}_high"), ends, strict=True):
            columns[key] = pa.array(values)
    columns["verdict"] = pa.array(
        verdicts(adjusted, returned > expected, testable, (MAKES, LOSES, CANNOT_TELL)),
        pa.string(),
    )
    rows = pa.table(columns)
    order = np.lexsort((np.arange(len(buyers)), -buyers, -np.where(told, shrunk, -1.0)))
    return Judged(rows.take(pa.array(order)), counted.num_rows - enough.num_rows)


def _known(values: Floats, known: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~known)
