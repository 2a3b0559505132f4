"""Hold-outs: who is deliberately left alone, per test and by all marketing.

A customer's place in a test is a deterministic bucket in [0, 1) from the shop's id, the test's
name and the customer's number; below the test's share the customer is held out. The first record
wins for ever: a customer already on record keeps the arm, even where the share has changed since.

The global hold-out runs in dated epochs from the first plan on. An epoch's share and salt are
fixed when it is recorded; the next epoch draws anew, so that nobody is left alone for years.

Of a customer whose numbers were merged, every record stays under the number it was drawn for. If
one of them is a hold-out the customer is held out; an analysis goes by the first. Nothing is drawn
or recorded anew, so that a merge taken back leaves the records as they were. A people table may be
older than a merge and still hold the numbers in rows of their own: all of them get the arm of the
customer that they are by now.

>>> import numpy as np
>>> epoch = epoch_for(date(2026, 11, 11), [], shop_id="myshop", share=0.05, days=90)
>>> epoch.number, epoch.starts_on.isoformat(), epoch.ends_on.isoformat(), epoch.salt
(1, '2026-11-11', '2027-02-08', 'myshop:global:1')
>>> hold_outs = HoldOuts("myshop", epoch)
>>> drawn = hold_outs.of_play("due", "due", 0.5, np.array([1, 2, 3, 4]))
>>> drawn.held_out.tolist()
[True, True, False, False]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from regulars.kernel.bucket import bucket

Ids = NDArray[np.int64]
Flags = NDArray[np.bool_]

GLOBAL = "global"
"""Stands in the place of a play's id where all marketing is meant."""

EpochRow = tuple[int, date, date, float, str]
AssignmentRow = tuple[str, int, str, int, str, float, str, str]


class AssignmentBook(Protocol):
    """The records that this module needs; `engines.store_assignments` keeps them in the store."""

    def epochs(self) -> Sequence[EpochRow]:
        """All epochs on record, by their first day."""
        ...

    def arms(self, test: str) -> tuple[Ids, Flags]:
        """The customers on record in the test, ascending, and whether each is held out."""
        ...

    def record(
        self, epochs: Iterable[EpochRow], assignments: Iterable[AssignmentRow], recorded_at: int
    ) -> bool:
        """Record all in one transaction; False, and nothing, if another writer came first."""
        ...


@dataclass(frozen=True, slots=True)
class Epoch:
    """A span of days with one global hold-out."""

    number: int
    starts_on: date
    ends_on: date
    share: float
    salt: str

    @property
    def test(self) -> str:
        """The name of the epoch's test in the records."""
        return f"{GLOBAL}:{self.number}"


def epoch_for(
    day: date, recorded: Sequence[Epoch], *, shop_id: str, share: float, days: int
) -> Epoch:
    """The epoch of the day: the recorded one, else a new one that overlaps none.

    New epochs continue the grid of the recorded ones, forward from the last before the day or
    backward from the first after it, and are cut short where a recorded one begins or ends. So a
    plan as of an earlier day finds its epoch too. The very first epoch begins on its day.
    """
    for epoch in recorded:
        if epoch.starts_on <= day <= epoch.ends_on:
            return epoch
    before = max((epoch.ends_on for epoch in recorded if epoch.ends_on < day), default=None)
    after = min((epoch.starts_on for epoch in recorded if epoch.starts_on > day), default=None)
    span = timedelta(days=days)
    if before is not None:
        first = before + timedelta(days=1)
        starts_on = first + (day - first) // span * span
    elif after is not None:
        starts_on = after - -((day - after) // span) * span
    else:
        starts_on = day
    ends_on = starts_on + span - timedelta(days=1)
    if after is not None:
        ends_on = min(ends_on, after - timedelta(days=1))
    number = max((epoch.number for epoch in recorded), default=0) + 1
    return Epoch(number, starts_on, ends_on, share, f"{shop_id}:{GLOBAL}:{number}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The customers on record in a test, ascending, and whether each is held out."""

    customer_ids: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    held_out: Flags = field(default_factory=lambda: np.empty(0, np.bool_))

    def find(self, customer_ids: Ids) -> tuple[Flags, Flags]:
        """For each customer, whether they are on record, and whether they are held out there."""
        if not len(self.customer_ids):
            nobody = np.zeros(len(customer_ids), np.bool_)
            return nobody, nobody.copy()
        at = np.searchsorted(self.customer_ids, customer_ids)
        at = np.minimum(at, len(self.customer_ids) - 1)
        known = self.customer_ids[at] == customer_ids
        return known, known & self.held_out[at]


@dataclass(frozen=True, slots=True)
class Merged:
    """Numbers that are not their own survivors, ascending, and the survivor of each."""

    numbers: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    survivors: Ids = field(default_factory=lambda: np.empty(0, np.int64))

    def one_customer_each(self, recorded: Recorded) -> Recorded:
        """The records by survivor; held out is who was held out under one of the numbers.

        >>> two = Merged(np.array([7]), np.array([3]))
        >>> arms = Recorded(np.array([3, 5, 7]), np.array([False, True, True]))
        >>> found = two.one_customer_each(arms)
        >>> found.customer_ids.tolist(), found.held_out.tolist()
        ([3, 5], [True, True])
        """
        if not len(self.numbers) or not len(recorded.customer_ids):
            return recorded
        survivors = self.survivors_of(recorded.customer_ids)
        order = np.argsort(survivors, kind="stable")
        survivors, held_out = survivors[order], recorded.held_out[order]
        starts = np.flatnonzero(np.append(True, survivors[1:] != survivors[:-1]))
        return Recorded(survivors[starts], np.logical_or.reduceat(held_out, starts))

    def all_of(self) -> dict[int, list[int]]:
        """By survivor, the numbers that are theirs by now, their own left out.

        >>> Merged(np.array([7, 9]), np.array([3, 3])).all_of()
        {3: [7, 9]}
        """
        found: dict[int, list[int]] = {}
        for number, survivor in zip(self.numbers.tolist(), self.survivors.tolist(), strict=True):
            found.setdefault(survivor, []).append(number)
        return found

    def survivors_of(self, numbers: Ids) -> Ids:
        """The number under which the customer of each number is known.

        >>> Merged(np.array([7]), np.array([3])).survivors_of(np.array([7, 5])).tolist()
        [3, 5]
        """
        if not len(self.numbers):
            return numbers
        at = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[at] == numbers, self.survivors[at], numbers)

    def one_number_each(self, numbers: Ids) -> Flags:
        """Which of the numbers to keep so that everybody is there once: the survivor's, if there.

        >>> two = Merged(np.array([7, 8]), np.array([3, 3]))
        >>> two.one_number_each(np.array([8, 3, 7, 5])).tolist()
        [False, True, False, True]
        >>> two.one_number_each(np.array([8, 7])).tolist()
        [False, True]
        """
        survivors = self.survivors_of(numbers)
        order = np.lexsort((numbers, survivors != numbers, survivors))
        firsts = np.append(True, survivors[order][1:] != survivors[order][:-1])[: len(order)]
        kept = np.zeros(len(numbers), np.bool_)
        kept[order[firsts]] = True
        return kept


NOT_MERGED = Merged()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The arms of some customers in one test, and which of them are not on record yet."""

    test: str
    play: str
    customer_ids: Ids
    """Of the survivors, where numbers have been merged; one of them may stand in several rows."""
    held_out: Flags
    buckets: NDArray[np.float64]
    """NaN where the arm comes from the records; the bucket stands there."""
    is_new: Flags

    def only(self, chosen: Flags) -> Drawn:
        """The same for some of the customers."""
        return Drawn(
            self.test,
            self.play,
            self.customer_ids[chosen],
            self.held_out[chosen],
            self.buckets[chosen],
            self.is_new[chosen],
        )

    def rows(self, epoch: int, assigned_on: date, playbook: str) -> Iterator[AssignmentRow]:
        """What is to be recorded: the arms that are new, of everybody once."""
        day = assigned_on.isoformat()
        new = np.flatnonzero(self.is_new)
        new = new[np.sort(np.unique(self.customer_ids[new], return_index=True)[1])]
        for customer_id, held_out, place in zip(
            self.customer_ids[new].tolist(),
            self.held_out[new].tolist(),
            self.buckets[new].tolist(),
            strict=True,
        ):
            arm = "hold_out" if held_out else "treat"
            yield self.test, customer_id, self.play, epoch, arm, place, day, playbook


@dataclass(frozen=True, slots=True)
class HoldOuts:
    """Everything needed to tell who is held out, without touching the store."""

    shop_id: str
    epoch: Epoch
    recorded: Mapping[str, Recorded] = field(default_factory=dict)
    """By the name of the test; of survivors, where numbers have been merged."""
    merged: Merged = NOT_MERGED

    def of_all_marketing(self, customer_ids: Ids) -> Drawn:
        """Who gets no marketing at all in the epoch."""
        epoch = self.epoch
        return self._draw(epoch.test, GLOBAL, epoch.salt, epoch.share, customer_ids)

    def of_play(self, play: str, test: str, share: float, customer_ids: Ids) -> Drawn:
        """Who is left alone by one play; `test` is its test's name, usually the play's id."""
        name = play_test(test)
        return self._draw(name, play, f"{self.shop_id}:{name}", share, customer_ids)

    def _draw(self, test: str, play: str, salt: str, share: float, customer_ids: Ids) -> Drawn:
        customer_ids = self.merged.survivors_of(customer_ids)
        known, held_out = self.recorded.get(test, Recorded()).find(customer_ids)
        buckets = np.full(len(customer_ids), np.nan)
        new = ~known
        buckets[new] = np.fromiter(
            (bucket(salt, customer_id) for customer_id in customer_ids[new].tolist()), np.float64
        )
        held_out[new] = buckets[new] < share
        return Drawn(test, play, customer_ids, held_out, buckets, new)


def play_test(test: str) -> str:
    """The name in the records of a play's test."""
    return f"play:{test}"


def read_hold_outs(
    book: AssignmentBook,
    day: date,
    tests: Iterable[str],
    *,
    shop_id: str,
    share: float,
    days: int,
    merged: Merged = NOT_MERGED,
) -> HoldOuts:
    """The hold-outs of a day as they stand in the records, with the day's epoch.

    Args:
        book: the records.
        day: the day of the plan.
        tests: the names of the plays' tests.
        shop_id: salts the buckets.
        share: the share of the global hold-out, for an epoch not yet recorded.
        days: the length of an epoch not yet recorded.
        merged: which numbers are another one's by now.
    """
    epochs = [Epoch(*row) for row in book.epochs()]
    epoch = epoch_for(day, epochs, shop_id=shop_id, share=share, days=days)
    names = {epoch.test, *map(play_test, tests)}
    found = {name: Recorded(*book.arms(name)) for name in sorted(names)}
    return HoldOuts(
        shop_id, epoch, {name: merged.one_customer_each(one) for name, one in found.items()}, merged
    )


def record_drawn(
    book: AssignmentBook,
    hold_outs: HoldOuts,
    drawn: Iterable[Drawn],
    *,
    assigned_on: date,
    playbook: str,
    recorded_at: int,
) -> bool:
    """Record what a plan drew, all or nothing; False if another plan recorded in between."""
    epoch = hold_outs.epoch
    row = (epoch.number, epoch.starts_on, epoch.ends_on, epoch.share, epoch.salt)
    on_record = {found[0]: found for found in book.epochs()}
    if on_record.get(epoch.number, row) != row:
        return False  # another plan has begun another epoch under this number
    return book.record(
        [] if epoch.number in on_record else [row],
        (line for part in drawn for line in part.rows(epoch.number, assigned_on, playbook)),
        recorded_at,
    )
