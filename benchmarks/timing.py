"""Timing side by side: the same run, in turn, the ratio on the clock and by processors' work.

On a machine that does other things besides, the second says more.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds on the clock and of all processors."""

    clock: float
    work: float

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.clock + other.clock, self.work + other.work)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    size: str
    ours: Taken
    bare: Taken | None = None
    """What it is held against."""
    against: str = ""
    goal: str = ""
    note: str = ""


def taken(action: Callable[[], object]) -> Taken:
    """How long it takes."""
    began, worked = time.perf_counter(), time.process_time()
    action()
    return Taken(time.perf_counter() - began, time.process_time() - worked)


def taken_often(action: Callable[[], object], runs: int = 3) -> Taken:
    """How long it takes the median time, of what can be done again with the same outcome."""
    return sorted((taken(action) for _ in range(runs)), key=lambda one: one.clock)[runs // 2]


def in_turn(
    ours: Callable[[], object], bare: Callable[[], object], runs: int = 3
) -> tuple[Taken, Taken]:
    """Both, one after the other, several times; the pair with the median ratio comes back.

    Machines are noisy; what slows one down within a second slows down the other.
    """
    bare()  # the file is in the system's cache from here on
    pairs = [(taken(ours), taken(bare)) for _ in range(runs)]
    ratios = [one.clock / other.clock for one, other in pairs]
    return pairs[ratios.index(statistics.median_low(ratios))]


def peak_of(code: str, *arguments: str) -> tuple[Taken, float]:
    """Seconds and peak memory (GB) of Python code in a process of its own."""
    last = (
        "import resource; used = resource.getrusage(resource.RUSAGE_SELF);"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{last}", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    clock = time.perf_counter() - began
    work, peak = done.stdout.split()[-2:]
    return Taken(clock, float(work)), int(peak) / 1024**2


def print_table(rows: list[Row]) -> None:
    """The rows under each other."""
    head = (
        f"{'what':<38}{'size':>18}{'seconds':>9}{'bare':>8}{'ratio':>7}{'by work':>9}"
        f"  {'goal':<6}against"
    )
    print(head)
    print("-" * len(head))
    for row in rows:
        bare = ratio = work = ""
        if row.bare is not None:
            bare = f"{row.bare.clock:.2f}"
            ratio = f"{row.ours.clock / row.bare.clock:.2f}"
            work = f"{row.ours.work / row.bare.work:.2f}"
        told = "; ".join(filter(None, (row.against, row.note)))
        print(
            f"{row.what:<38}{row.size:>18}{row.ours.clock:>9.2f}{bare:>8}{ratio:>7}{work:>9}"
            f"  {row.goal:<6}{told}"
        )
