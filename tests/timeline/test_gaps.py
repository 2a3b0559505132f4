"""Gaps between a customer's entries: against a plain count of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median_low

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.timeline.gaps import GAPS, OWN, Gaps, summed, times
from regulars.timeline.spread import bins_of
from timeline.tie_heavy import BOTH_KERNELS, Row, by_customer, kernels, stretch, timelines

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


@BOTH_KERNELS
@settings(max_examples=150, deadline=None)
@given(
    rows=timelines("Europe/Berlin"),
    least=st.sampled_from([0, 1, 1_800_000_000, 43_200_000_000]),
    cut=st.integers(0, 13),
)
def test_every_gap_is_counted_once_and_each_customers_median(
    small: int, rows: list[Row], least: int, cut: int
) -> None:
    begins = rows[cut][1] if cut < len(rows) else EPOCH
    expected: Counter[tuple[int, int]] = Counter()
    for own in by_customer(rows).values():
        when = [at for _, at, mask, _ in own if mask & 1 and at >= begins]
        apart = [
            (later - at) // timedelta(seconds=1)
            for at, later in pairwise(when)
            if (later - at) // _ONE > least
        ]
        expected.update((GAPS, one) for one in apart)
        if apart:
            expected[OWN, median_low(apart)] += 1
    with kernels(small):
        found = summed(Gaps(bit=1, least=least, begins=(begins - EPOCH) // _ONE)(stretch(rows)))
    by_bin: Counter[tuple[int, int]] = Counter()
    for (what, seconds), number in expected.items():
        by_bin[what, int(bins_of(np.array([seconds]))[0])] += number
    assert {(row["what"], row["bin"]): row["number"] for row in found.to_pylist()} == by_bin


def _at(*hours: float, who: int = 1) -> list[Row]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [(who, start + timedelta(hours=hour), 1, -1) for hour in hours]


def test_busy_customers_make_most_gaps_and_one_median_each() -> None:
    # Customer 1 comes five times, a minute apart; customer 2 twice, 4 minutes apart. Of all five
    # gaps the middle one is a minute; of the two customers one has 60 seconds and one has 240.
    rows = _at(*(k / 60 for k in range(5))) + _at(0, 4 / 60, who=2)
    found = summed(Gaps(bit=1)(stretch(rows)))
    assert times(found, GAPS, [0.5, 1.0]) == [60.0, 240.0]
    assert times(found, OWN, [0.5, 1.0]) == [60.0, 240.0]
    assert found.filter(pa.compute.equal(found["what"], OWN)).num_rows == 2


def test_sums_of_two_stretches_are_those_of_one() -> None:
    one, other = _at(0, 1, 5), _at(0, 2, 3, who=2)
    each = Gaps(bit=1)
    apart = summed(pa.concat_tables([each(stretch(one)), each(stretch(other))]))
    assert apart == summed(each(stretch(one + other)))


@pytest.mark.parametrize(("least", "expected"), [(0, 1), (3_600_000_000, 0)])
def test_what_is_no_longer_than_the_least_is_no_gap(least: int, expected: int) -> None:
    found = Gaps(bit=1, least=least)(stretch(_at(0, 1)))
    assert sum(row["number"] for row in found.to_pylist() if row["what"] == GAPS) == expected
