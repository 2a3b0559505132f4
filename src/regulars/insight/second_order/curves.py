"""Second-order curves of groups, what each stretch of days brings, newer groups against earlier.

The curves are Kaplan-Meier with Greenwood's variance on the log-log scale (`cycle_curve`). For a
stretch from day a to day b the same is done with those who are still away at a:

    chance = 1 - S(b) / S(a),  variance of ln(S(b) / S(a)) = sum over a < t <= b of d / (n (n - d))

and the difference of two independent groups on a day has the sum of the two variances S^2 sum
d / (n (n - d)) (Greenwood 1926, The natural duration of cancer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

from regulars.errors import CannotTell
from regulars.insight.cycle_curve import CycleCurve, estimate
from regulars.insight.first_order import LEAST, told
from regulars.insight.second_order.log_rank import Counts, LogRank, log_rank
from regulars.insight.second_order.waits import HORIZON

DAYS = (7, 14, 30, 60, 90, 180, 365)
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Group:
    """One group of customers and how long they waited.

    Attributes:
        kind: all, named, unknown or other.
        name: of the group, where it is named.
        returned: how many came on each day after the first purchase, from day 0 on.
        leaving: how many were watched to that day and no longer, those who came on it too.
        curve: None where too few were watched, or nobody came.
    """

    kind: str
    name: str
    returned: Counts
    leaving: Counts
    curve: CycleCurve | None

    @property
    def customers(self) -> int:
        """First-time customers."""
        return int(self.leaving.sum())

    @property
    def second(self) -> int:
        """Of these, who came again within the horizon."""
        return int(self.returned.sum())

    def share(self, day: int) -> tuple[float, float, float] | None:
        """The share returned by the end of the day with its bounds; None beyond the curve."""
        if self.curve is None or day > self.curve.end:
            return None
        return self.curve.returned[day], self.curve.low[day], self.curve.high[day]

    @property
    def median(self) -> int | None:
        """Days by which half of those have come who come within the horizon; None before that."""
        if self.curve is None or self.curve.end < HORIZON:
            return None
        return self.curve.percentiles[0]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days of waiting.

    Attributes:
        after: the last day before it.
        to: its last day.
        away: share of all who were still away when it began.
        came: share of all who came in it.
        chance, low, high: of those still away, who came in it.
    """

    after: int
    to: int
    away: float
    came: float
    chance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Newer:
    """A group held against earlier ones.

    Attributes:
        newest, earlier: their shares on the day.
        day: the last of the usual days that both have reached.
        difference, low, high: newest less earlier, with 95 % bounds.
        test: of the whole curves up to the end of the shorter one.
    """

    newest: float
    earlier: float
    day: int
    difference: float
    low: float
    high: float
    test: LogRank | None


def groups(rows: Iterable[Mapping[str, Any]], names: Sequence[str] | None) -> list[Group]:
    """All together, then each group by kind and name, from rows of `waits.waits`."""
    found: dict[tuple[str, str], tuple[Counts, Counts]] = {}
    for row in rows:
        empty = (np.zeros(HORIZON + 2), np.zeros(HORIZON + 2))
        returned, leaving = found.setdefault(told(row["code"], names), empty)
        leaving[row["days"]] += row["customers"]
        if row["closed"]:
            returned[row["days"]] += row["customers"]
    if not found:
        return []
    everyone = together([Group(*key, *counts, None) for key, counts in found.items()], kind="all")
    return [everyone, *(_group(*key, *found[key]) for key in sorted(found))]


def together(several: Sequence[Group], kind: str = "") -> Group:
    """The groups as one."""
    returned = np.sum([one.returned for one in several], axis=0)
    leaving = np.sum([one.leaving for one in several], axis=0)
    return _group(kind, "", returned, leaving)


def _group(kind: str, name: str, returned: Counts, leaving: Counts) -> Group:
    days = np.arange(len(leaving))
    open_ = leaving - returned
    try:
        curve = estimate(
            np.concatenate((days, days)).tolist(),
            [True] * len(days) + [False] * len(days),
            np.concatenate((returned, open_)).astype(np.int64).tolist(),
            horizon=HORIZON,
            minimum=LEAST,
        )
    except CannotTell:
        curve = None
    return Group(kind, name, returned, leaving, curve)


def _away(group: Group) -> Counts:
    """Still away at the start of each day."""
    away: Counts = group.leaving.sum() - np.cumsum(group.leaving) + group.leaving
    return away


def _hazard(group: Group, after: int, to: int) -> tuple[float, float]:
    """Share of those away after the first day who are so after the last, and Greenwood's sum."""
    away, came = _away(group)[after + 1 : to + 1], group.returned[after + 1 : to + 1]
    busy = came > 0
    away, came = away[busy], came[busy]
    stayed = float(np.prod(1 - came / away))
    if (away == came).any():
        return 0.0, 0.0
    return stayed, float((came / (away * (away - came))).sum())


def stretches(group: Group) -> list[Stretch]:
    """What each stretch between the usual days brings, as far as the curve goes."""
    found = []
    for after, to in zip((0, *DAYS), DAYS, strict=False):
        start, end = group.share(after), group.share(to)
        if start is None or end is None:
            break
        stayed, spread = _hazard(group, after, to)
        low, high = _bounds(stayed, spread)
        found.append(Stretch(after, to, 1 - start[0], end[0] - start[0], 1 - stayed, low, high))
    return found


def _bounds(stayed: float, spread: float) -> tuple[float, float]:
    """95 % bounds of 1 - stayed on the log-log scale."""
    if not 0 < stayed < 1:
        return 1 - stayed, 1 - stayed
    wide = exp(Z * sqrt(spread) / abs(log(stayed)))
    return 1 - stayed ** (1 / wide), 1 - stayed**wide


def newer(newest: Group, earlier: Sequence[Group]) -> Newer | None:
    """The newest group against earlier ones together; None where too few have been watched."""
    before = together(earlier)
    if newest.curve is None or before.curve is None:
        return None
    end = min(newest.curve.end, before.curve.end)
    days = [day for day in DAYS if day <= end]
    if not days:
        return None
    day = days[-1]
    own, other = (_hazard(group, -1, day) for group in (newest, before))
    difference = other[0] - own[0]
    spread = Z * sqrt(own[0] ** 2 * own[1] + other[0] ** 2 * other[1])
    cut = [_cut(group, end) for group in (newest, before)]
    return Newer(
        newest=1 - own[0],
        earlier=1 - other[0],
        day=day,
        difference=difference,
        low=difference - spread,
        high=difference + spread,
        test=log_rank([returned for returned, _ in cut], [leaving for _, leaving in cut]),
    )


def _cut(group: Group, end: int) -> tuple[Counts, Counts]:
    """Counts to the day, with those who were watched for longer leaving on it."""
    leaving = group.leaving[: end + 1].copy()
    leaving[end] += group.leaving[end + 1 :].sum()
    return group.returned[: end + 1], leaving


def each_other(several: Sequence[Group]) -> LogRank | None:
    """The log-rank test of all groups that have a curve."""
    drawn = [one for one in several if one.curve is not None]
    return (
        log_rank([one.returned for one in drawn], [one.leaving for one in drawn])
        if (len(drawn) > 1)
        else None
    )
