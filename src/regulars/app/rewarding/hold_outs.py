"""Who of those that meet incentives is left alone: by all marketing, or by the incentive's test.

The arms are drawn and recorded as those of plays are, each under the epoch of the day on which the
rule was met: so it stays the same whenever a pass looks, and who is held out can be compared with
who is not. The test of an incentive is named `play:incentive:NAME` in the records. Who was held out
gets what they meet once the test has ended, and nothing for what they had met before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from regulars.benefit.definition.terms import Incentive
from regulars.benefit.incentive.happenings import Met
from regulars.benefit.points.expiry import local_day
from regulars.errors import StoreError
from regulars.permission.assignment import (
    NOT_MERGED,
    AssignmentBook,
    AssignmentRow,
    EpochRow,
    Flags,
    HoldOuts,
    Ids,
    Merged,
    read_hold_outs,
    record_drawn,
)
from regulars.settings import Settings

PLAYBOOK = "benefits"
"""Stands in the records where a plan names its playbook."""
_TRIES = 5
_WHOLE = 10_000


def test_of(incentive: str) -> str:
    """The name of an incentive's test, as a play has one."""
    return f"incentive:{incentive}"


def left_alone(
    mets: Sequence[Met],
    incentives: Mapping[str, Incentive],
    book: AssignmentBook,
    settings: Settings,
    merged: Merged = NOT_MERGED,
    ended_at: Mapping[str, int] | None = None,
) -> set[Met]:
    """Those of them that give nothing, recorded.

    Args:
        mets: of any incentives.
        incentives: by name.
        book: the records; an `Aside` records nothing.
        settings: of the shop.
        merged: which numbers are another one's by now.
        ended_at: by incentive without a test, since when it has been so, UTC microseconds.

    Raises:
        StoreError: others kept recording hold-outs in between.
    """
    found: set[Met] = set()
    zone = settings.shop.time_zone
    left = sorted(mets, key=lambda met: met.at)
    tests = [test_of(name) for name in sorted({met.incentive for met in mets})]
    while left:
        day = local_day(left[0].at, zone)
        for _ in range(_TRIES):
            hold_outs = read_hold_outs(
                book,
                day,
                tests,
                shop_id=settings.shop.id,
                share=settings.plan.global_hold_out,
                days=settings.plan.epoch_days,
                merged=merged,
            )
            ends_on = hold_outs.epoch.ends_on
            now = [met for met in left if local_day(met.at, zone) <= ends_on]
            if (held := _draw(now, incentives, book, hold_outs, zone, ended_at or {})) is not None:
                break
        else:
            raise StoreError(
                f"others recorded hold-outs in between, {_TRIES} times in a row",
                todo="let one of them finish, then run this again",
            )
        found |= held
        left = left[len(now) :]
    return found


def _draw(
    mets: Sequence[Met],
    incentives: Mapping[str, Incentive],
    book: AssignmentBook,
    hold_outs: HoldOuts,
    zone: str,
    ended_at: Mapping[str, int],
) -> set[Met] | None:
    """Of one epoch; None where another came first."""
    everybody = _ids(met.customer_id for met in mets)
    all_marketing = hold_outs.of_all_marketing(everybody)
    held_by_all = set(everybody[all_marketing.held_out].tolist())
    found = {met for met in mets if met.customer_id in held_by_all}
    drawn = [all_marketing]
    for name in sorted({met.incentive for met in mets}):
        rest = [met for met in mets if met.incentive == name and met not in found]
        who, share = _ids(met.customer_id for met in rest), incentives[name].hold_out / _WHOLE
        if not share:
            rest = [met for met in rest if met.at < ended_at.get(name, 0)]
            who = _ids(met.customer_id for met in rest)
        if not len(who):
            continue
        arms = hold_outs.of_play(test_of(name), test_of(name), share, who)
        if share:
            drawn.append(arms)
        held = set(who[arms.held_out].tolist())
        found |= {met for met in rest if met.customer_id in held}
    recorded = record_drawn(
        book,
        hold_outs,
        drawn,
        assigned_on=local_day(mets[0].at, zone),
        playbook=PLAYBOOK,
        recorded_at=time.time_ns() // 1000,
    )
    return found if recorded else None


def _ids(numbers: Iterable[int]) -> Ids:
    return np.array(sorted(set(numbers)), np.int64)


class Aside:
    """Records that are only thought of, beside those that there are; none are written.

    Args:
        book: the records; None where there are none yet.
    """

    def __init__(self, book: AssignmentBook | None) -> None:
        self._book = book
        self._epochs: list[EpochRow] = []
        self._arms: dict[str, dict[int, bool]] = {}

    def epochs(self) -> list[EpochRow]:
        """All epochs, by their first day."""
        told = list(self._book.epochs()) if self._book is not None else []
        return sorted([*told, *self._epochs], key=lambda row: row[1])

    def arms(self, test: str) -> tuple[Ids, Flags]:
        """The customers in the test, ascending, and whether each is held out."""
        found = dict(self._arms.get(test, {}))
        if self._book is not None:
            who, held = self._book.arms(test)
            found |= dict(zip(who.tolist(), held.tolist(), strict=True))
        ids = np.array(sorted(found), np.int64)
        return ids, np.array([found[one] for one in ids.tolist()], np.bool_)

    def record(
        self, epochs: Iterable[EpochRow], assignments: Iterable[AssignmentRow], recorded_at: int
    ) -> bool:
        """Think of them as recorded."""
        self._epochs += epochs
        for test, customer_id, _, _, arm, *_ in assignments:
            self._arms.setdefault(test, {})[customer_id] = arm == "hold_out"
        return recorded_at >= 0
