"""The rows that the cache knows, at hand: found by fingerprint, judged by place.

A place may be known in several versions, one for each file in which it was another; the latest one
counts. Equal rows of one place are known as often as they stood there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.cache import Numbers, Rows, Sums
from regulars.intake.records import Kind

Mask = npt.NDArray[np.bool_]


class Known:
    """Rows of earlier imports, each called by its number here.

    Args:
        files: of the cache, the latest first.
        kinds: of the records that a row may become.
    """

    def __init__(self, files: Iterable[Rows], kinds: Sequence[Kind]) -> None:
        parts = list(files)
        nothing = np.array([], np.uint64)
        self._first: Sums = np.concatenate([nothing, *(part.first for part in parts)])
        self._second: Sums = np.concatenate([nothing, *(part.second for part in parts)])
        self._place: Sums = np.concatenate([nothing, *(part.place for part in parts)])
        self._ends = np.cumsum([len(part.first) for part in parts], dtype=np.int64)
        self._version = np.repeat(
            np.arange(len(parts), dtype=np.int32), [len(part.first) for part in parts]
        )
        self._whereabouts = {kind: [part.whereabouts[kind] for part in parts] for kind in kinds}
        self._order = _order(self._first)
        self._sorted = self._first[self._order]
        self._times = np.zeros(len(self._first), np.int32)

    def find(self, first: Sums, second: Sums) -> Numbers:
        """For each fingerprint the number of the row that it is of, -1 for none.

        The same fingerprint once more, now or at a later call, is that of the next equal row.
        """
        found = np.full(len(first), -1, np.int64)
        if not len(self._first):
            return found
        order = _order(first)  # in order, the look-up stays in the processor's caches
        wanted = first[order]
        begin = np.searchsorted(self._sorted, wanted)
        begin[begin == len(self._sorted)] = 0
        at = begin + _nth(wanted) + self._times[begin]
        known: Mask = at < len(self._sorted)
        at[~known] = 0
        row = self._order[at]
        known &= (self._sorted[at] == wanted) & (self._second[row] == second[order])
        later = at != begin
        known[later] &= self._version[row[later]] == self._version[self._order[begin[later]]]
        # Of equal ones the last is written last.
        self._times[begin[known]] = (at - begin)[known] + 1
        found[order[known]] = row[known]
        return found

    def is_apart(self, rows: Numbers, others: pa.Array) -> Mask:
        """Which of the rows stand in a place that is not, as a whole, one version of it.

        Args:
            rows: all those that the file has.
            others: places in which it has unknown rows as well.
        """
        place = self._place[rows]
        apart = _is_in(place, others.to_numpy())
        there = np.zeros(len(self._first), bool)
        there[rows] = True
        places: list[Sums] = []
        for number, here in self._versions(rows):
            whole = slice(0 if number == 0 else self._ends[number - 1], self._ends[number])
            lacking = self._place[whole][~there[whole]]
            if len(lacking):
                apart[here] |= _is_in(place[here], lacking)
            places.append(place[here])
        if len(places) > 1:
            every = np.sort(np.concatenate([_distinct(one) for one in places]))
            apart |= _is_in(place, every[1:][every[1:] == every[:-1]])
        return apart

    def prints(self, rows: Numbers) -> tuple[Sums, Sums]:
        """The fingerprints of the rows."""
        return self._first[rows], self._second[rows]

    def whereabouts(self, kind: Kind, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Import and line under which landing has the rows' records of a kind; import 0: none."""
        imports, lines = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for number, here in self._versions(rows):
            at = rows[here] - (0 if number == 0 else self._ends[number - 1])
            told = self._whereabouts[kind][number]
            imports[here], lines[here] = told[0][at], told[1][at]
        return imports, lines

    def _versions(self, rows: Numbers) -> Iterator[tuple[int, Mask | slice]]:
        """The versions that rows are of, and which of them are of it."""
        version = self._version[rows]
        numbers = np.flatnonzero(np.bincount(version)).tolist()
        for number in numbers:
            yield number, slice(None) if len(numbers) == 1 else version == number


def _order(sums: Sums) -> Numbers:
    """The order of the sums; equal ones stay as they are."""
    order = np.argsort(sums)  # not a stable one, which takes four times as long
    there = sums[order]
    equal = there[1:] == there[:-1]
    if equal.any():
        mixed = np.zeros(len(sums), bool)
        mixed[1:] |= equal
        mixed[:-1] |= equal
        few = order[mixed]
        order[mixed] = few[np.lexsort((few, sums[few]))]
    return order


def _nth(ordered: Sums) -> Numbers:
    """For each sum of an ordered array, how many equal ones stand before it."""
    place = np.arange(len(ordered))
    begins = np.ones(len(ordered), bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    return place - np.maximum.accumulate(np.where(begins, place, 0))


def _distinct(sums: Sums) -> Sums:
    ordered = np.sort(sums)  # ten times as fast as by hashing
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def _is_in(sums: Sums, among: Sums) -> Mask:
    if not len(among):
        return np.zeros(len(sums), bool)
    found: Mask = pc.is_in(pa.array(sums), pa.array(among)).to_numpy(zero_copy_only=False)
    return found
