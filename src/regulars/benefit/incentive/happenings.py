"""What happened, in columns: events of one name or paid orders, and changes of stage.

Instants are UTC microseconds, days are those of the shop's calendar, counted from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def _none() -> Ints:
    return np.empty(0, np.int64)


class Met(NamedTuple):
    """Somebody has met a rule.

    Attributes:
        incentive: its name.
        customer_id: who.
        occurrence: of what happened, the same whenever it is computed; no other has it.
        at: when.
        among: occurrences by which it may have been met before more was told: days, counted from
            1970-01-01, of what is named by who and a day (`17:2026-03-07`), else names. Of all
            that are met among them as many count as are met by now.
    """

    incentive: str
    customer_id: int
    occurrence: str
    at: int
    among: range | tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Under which what it gives is asked for, so that it is given once."""
        return f"incentive:{self.incentive}:{self.occurrence}"


def _no_source(place: int) -> str:
    raise IndexError(place)


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events of one name, or paid orders: by customer, those of one in the order of time.

    Attributes:
        customer: whose.
        at: when.
        day: its day.
        source: names the one at a place: `event:…`, `order:…`; no other ever has it.
    """

    customer: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)
    source: Callable[[int], str] = _no_source

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, str]]) -> Happenings:
        """Of customer, instant, day and source; for few.

        >>> Happenings.of([(7, 5, 0, "event:b"), (7, 2, 0, "event:a")]).source(0)
        'event:a'
        """
        rows = sorted(rows)
        names = [row[3] for row in rows]
        columns = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
        return cls(columns[:, 0], columns[:, 1], columns[:, 2], names.__getitem__)


@dataclass(frozen=True, slots=True)
class Stages:
    """Changes of stage: by customer, those of one in the order of time.

    Attributes:
        customer: whose.
        day: from which on they are in the stage.
        stage: its name.
    """

    customer: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)
    stage: NDArray[Any] = field(default_factory=lambda: np.empty(0, object))

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, str]]) -> Stages:
        """Of customer, day and stage; for few."""
        rows = sorted(rows)
        return cls(
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            np.array([row[2] for row in rows], object),
        )

    def spans(self, stage: str) -> tuple[Ints, Ints, Ints]:
        """Customer, first day and the day after the last of each stay in the stage.

        A stay that lasts has the largest day there is. Changes that leave the stage as it is
        (another warmth) do not end it.

        >>> told = Stages.of([(7, 1, "core"), (7, 4, "core"), (7, 9, "at_risk"), (8, 3, "core")])
        >>> [part.tolist()[:2] for part in told.spans("core")[:2]]
        [[7, 8], [1, 3]]
        """
        is_one = self.stage == stage
        same = np.append(False, self.customer[1:] == self.customer[:-1])[: len(is_one)]
        was_one = np.append(False, is_one[:-1])[: len(is_one)] & same
        starts = np.flatnonzero(is_one & ~was_one)
        ends = np.flatnonzero(was_one & ~is_one)
        last = np.full(len(starts), np.iinfo(np.int64).max)
        # An end belongs to the last start before it, where that is the same customer's.
        of = np.searchsorted(starts, ends, side="right") - 1
        last[of] = self.day[ends]
        return self.customer[starts], self.day[starts], last
