"""Which of the items make regulars, by what was counted of them: arrays in, a table out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.insight.statistics.answers import ints, reals
from regulars.insight.statistics.standardised import (
    LEVEL,
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

LEAST_EFFECT = 0.1
"""A ratio nearer to 1 is no news, however sure it is."""

MAKES, LOSES, CANNOT_TELL = "makes_regulars", "loses", "cannot_tell"
AS_EXPECTED = "as_expected"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found.

    Attributes:
        rows: the items judged, the highest shrunk ratio first.
        few: how many items had too few first-time buyers.
        earned: for each row, profit per first-time buyer with the first day's.
    """

    rows: pa.Table
    few: int
    earned: list[float]


def judge(counted: pa.Table, least: int = LEAST) -> Judged:
    """Ratios, intervals, shrunk ratios and verdicts of the items of `counts.tallies`.

    Args:
        counted: of `counts.tallies`.
        least: items with fewer first-time buyers are not judged.
    """
    enough = counted.filter(pa.array(ints(counted, "buyers") >= least)).sort_by("item")
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
    apart = np.abs(returned / some - 1) >= LEAST_EFFECT - 1e-9
    told_apart = verdicts(
        adjusted, returned > expected, testable & apart, (MAKES, LOSES, CANNOT_TELL)
    )
    # Sure, but small; or surely small.
    like = (low >= 1 - LEAST_EFFECT) & (high <= 1 + LEAST_EFFECT)
    alike = testable & ((~apart & (np.nan_to_num(adjusted, nan=1.0) <= 1 - LEVEL)) | like)
    columns["verdict"] = pa.array(
        [
            AS_EXPECTED if same and one == CANNOT_TELL else one
            for one, same in zip(told_apart, alike, strict=True)
        ],
        pa.string(),
    )
    rows = pa.table(columns)
    order = np.lexsort((np.arange(len(buyers)), -buyers, -np.where(told, shrunk, -1.0)))
    earned = (reals(enough, "earned") / buyers)[order].tolist()
    return Judged(rows.take(pa.array(order)), counted.num_rows - enough.num_rows, earned)


def _known(values: Floats, known: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~known)
