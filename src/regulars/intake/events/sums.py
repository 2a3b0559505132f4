"""Sums of 128 bits, by the ten million, on disk and not in memory, each with a number if wanted.

Sorted runs of sums are mapped files; the youngest sums are in memory. A run is merged with others
of its size, in slices, so that memory stays flat and a look-up touches few runs. All of it is
derived: `covered` says up to where of its source; what lies behind that is added anew at the start,
and where the files do not fit together, or not the source (`stamp`), they are made anew.

>>> import tempfile
>>> sums = Sums(Path(tempfile.mkdtemp()), "made up", numbered=True)
>>> sums.add(*(np.array(one, np.uint64) for one in ([5, 3], [1, 1])), np.array([50, 30]))
>>> sums.find(*(np.array(one, np.uint64) for one in ([3, 4, 5], [1, 1, 2]))).tolist()
[30, -1, -1]
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

_MANIFEST = "sums.json"
_WORD = 8
_YOUNG = 1 << 20
"""So many sums are kept in memory before they become a run."""
_PILES = 8
_FAN = 4
"""Runs of like size are merged when there are so many."""
_SLICE = 1 << 21
"""Sums that are sorted at once in a merge."""


class _Listed(msgspec.Struct):
    file: str
    rows: int


class _Manifest(msgspec.Struct):
    stamp: str
    covered: int
    runs: list[_Listed]
    next: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted sums: a mapped file, or a young pile in memory."""

    first: Words
    second: Words
    numbers: Numbers | None
    file: str = ""

    def find(self, first: Words, second: Words, found: Numbers) -> None:
        """Put into `found` what this run knows of the sums, which are in order."""
        count = len(self.first)
        place = np.searchsorted(self.first, first)
        left = np.flatnonzero(place < count)
        place = place[left]
        while len(left):
            same = self.first[place] == first[left]
            left, place = left[same], place[same]
            hit = self.second[place] == second[left]
            at = place[hit]
            found[left[hit]] = 1 if self.numbers is None else self.numbers[at]
            # Two texts may agree in the first half: the next one is looked at too.
            left, place = left[~hit], place[~hit] + 1
            within = place < count
            left, place = left[within], place[within]


class Sums:
    """A set of sums, or a map from sums to numbers.

    Args:
        folder: for its files alone.
        stamp: names the source; what was kept of another one is let go.
        numbered: whether each sum has a number.
    """

    def __init__(self, folder: Path, stamp: str, *, numbered: bool = False) -> None:
        self._folder, self._stamp, self._numbered = folder, stamp, numbered
        self._lock = threading.Lock()
        self._runs: list[_Run] = []
        self._young: list[_Run] = []
        self._next = 1
        self.covered = 0
        """How much of the source the runs hold, in the source's own count."""
        folder.mkdir(parents=True, exist_ok=True)
        if not self._load():
            self.clear()

    def __len__(self) -> int:
        return sum(len(run.first) for run in (*self._runs, *self._young))

    @property
    def young(self) -> int:
        """How many are in memory only."""
        return sum(len(run.first) for run in self._young)

    def clear(self) -> None:
        """Let go of all, to be filled anew."""
        with self._lock:
            self._runs, self._young, self.covered = [], [], 0
            self._write_manifest()
            self._sweep()

    def find(self, first: Words, second: Words) -> Numbers:
        """The number of each sum (1 where they have none); -1 where it is not known."""
        found = np.full(len(first), -1, np.int64)
        if not len(first):
            return found
        order = np.argsort(first)
        one, two = first[order], second[order]
        inner = np.full(len(first), -1, np.int64)
        for run in (*self._young, *self._runs):
            run.find(one, two, inner)
        found[order] = inner
        return found

    def add(self, first: Words, second: Words, numbers: Numbers | None = None) -> None:
        """Add sums that are not there yet (one that is keeps its number)."""
        if not len(first):
            return
        pile = _sorted(first, second, numbers if self._numbered else None)
        with self._lock:
            self._young.append(pile)
            while len(self._young) > _PILES:
                self._young = [_joined(self._young)]

    def keep(self, covered: int, *, now: bool = False) -> None:
        """Write the young ones to a run, once they are many; the source is covered so far."""
        if self.young < _YOUNG and not (now and self.young):
            return
        pile = _joined(self._young)
        file = self._new_file()
        try:
            with _Writer(self._folder / file, len(pile.first), numbered=self._numbered) as out:
                out.put(pile)
            run = self._mapped(_Listed(file, len(pile.first)))
        except OSError:  # the disk is full: they stay in memory, and what is derived can wait
            with suppress(OSError):
                (self._folder / file).unlink()
            return
        with self._lock:
            self._runs = [*self._runs, run]
            self._young, self.covered = [], covered
            with suppress(OSError):
                self._write_manifest()

    def merge(self) -> bool:
        """Merge some runs of like size, if there are enough of them; whether there were."""
        group = self._like()
        if not group:
            return False
        file, rows = self._new_file(), sum(len(run.first) for run in group)
        try:
            with _Writer(self._folder / file, rows, numbered=self._numbered) as out:
                for part in _slices(group):
                    out.put(part)
        except OSError:
            with suppress(OSError):
                (self._folder / file).unlink()
            return False
        with self._lock:
            gone = {run.file for run in group}
            if not gone <= {run.file for run in self._runs}:
                return True  # cleared meanwhile
            merged = self._mapped(_Listed(file, rows))
            self._runs = [merged, *(run for run in self._runs if run.file not in gone)]
            try:
                self._write_manifest()
            except OSError:
                return False  # the files that the last manifest names stay
        for name in gone:
            (self._folder / name).unlink(missing_ok=True)
        return True

    def _like(self) -> list[_Run]:
        sizes: dict[int, list[_Run]] = {}
        for run in self._runs:
            step = max(0, (len(run.first) // _YOUNG).bit_length() - 1) // 2
            sizes.setdefault(step, []).append(run)
        return next((runs for _, runs in sorted(sizes.items()) if len(runs) >= _FAN), [])

    def _new_file(self) -> str:
        with self._lock:
            self._next += 1
            return f"{self._next:08d}.sums"

    def _mapped(self, listed: _Listed) -> _Run:
        path, rows = self._folder / listed.file, listed.rows
        if path.stat().st_size != rows * _WORD * (3 if self._numbered else 2):
            raise OSError("the run is not whole")
        told = np.memmap(path, np.uint64, "r")
        numbers = told[2 * rows :].view(np.int64) if self._numbered else None
        return _Run(told[:rows], told[rows : 2 * rows], numbers, listed.file)

    def _load(self) -> bool:
        try:
            found = msgspec.json.decode((self._folder / _MANIFEST).read_bytes(), type=_Manifest)
            if found.stamp != self._stamp:
                return False
            self._runs = [self._mapped(one) for one in found.runs]
        except (OSError, msgspec.DecodeError, ValueError):
            return False
        self.covered, self._next = found.covered, found.next
        self._sweep()
        return True

    def _write_manifest(self) -> None:
        runs = [_Listed(run.file, len(run.first)) for run in self._runs]
        told = msgspec.json.encode(_Manifest(self._stamp, self.covered, runs, self._next))
        aside = self._folder / f"{_MANIFEST}.new"
        with aside.open("wb") as file:
            file.write(told)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._folder / _MANIFEST)

    def _sweep(self) -> None:
        held = {run.file for run in self._runs}
        for path in self._folder.glob("*.sums"):
            if path.name not in held:
                with suppress(OSError):
                    path.unlink()


class _Writer:
    """A run being written: its columns stand one after the other."""

    def __init__(self, path: Path, rows: int, *, numbered: bool) -> None:
        self._rows, self._done, self._numbered = rows, 0, numbered
        self._file = path.open("wb")

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def put(self, part: _Run) -> None:
        columns: list[npt.NDArray[Any]] = [part.first, part.second]
        if self._numbered and part.numbers is not None:
            columns.append(part.numbers)
        for place, column in enumerate(columns):
            self._file.seek((place * self._rows + self._done) * _WORD)
            self._file.write(np.ascontiguousarray(column).data)
        self._done += len(part.first)


def _sorted(first: Words, second: Words, numbers: Numbers | None) -> _Run:
    order = np.argsort(first, kind="stable")
    return _Run(first[order], second[order], None if numbers is None else numbers[order])


def _joined(runs: Iterable[_Run]) -> _Run:
    several = list(runs)
    numbers = [run.numbers for run in several if run.numbers is not None]
    return _sorted(
        np.concatenate([run.first for run in several]),
        np.concatenate([run.second for run in several]),
        np.concatenate(numbers) if numbers else None,
    )


def _slices(runs: list[_Run]) -> Iterable[_Run]:
    """The runs merged, a slice after the other."""
    largest = max(runs, key=lambda run: len(run.first))
    rows = sum(len(run.first) for run in runs)
    step = max(1, len(largest.first) * _SLICE // rows)
    bounds = np.unique(largest.first[step::step])
    ends = [np.append(np.searchsorted(run.first, bounds), len(run.first)) for run in runs]
    begins = [np.concatenate(([0], end[:-1])) for end in ends]
    for place in range(len(bounds) + 1):
        yield _joined(
            _Run(
                np.asarray(run.first[slice_]),
                np.asarray(run.second[slice_]),
                None if run.numbers is None else np.asarray(run.numbers[slice_]),
            )
            for run, begin, end in zip(runs, begins, ends, strict=True)
            for slice_ in (slice(int(begin[place]), int(end[place])),)
        )
