"""Who meets an incentive: a pure function of what happened.

    stage       entering the stage, on the first day in it
    event       each event
    conversion  an event after another, within so many days; of each the first that follows
    streak      each so many days in a row: of seven days the 7th, the 14th, …
    surprise    some of those who are in the stage, by chance, on a day of the month that is drawn

Whatever is computed again has the same occurrences: they are named by what happened. With more
that has come in since, which happened earlier, a streak may be met on another day, a stage entered
on another one, a conversion be another event's: `Met.among` names those that stand for the same.
What counts begins where the rule does; a streak may have begun before.

>>> from regulars.benefit.definition.terms import Give
>>> rule = Incentive(name="cart", when="conversion", after="Signed Up", on="Product Added",
...     within_days=7, give=Give(points=5))
>>> day = 86_400_000_000
>>> told = {"Signed Up": Happenings.of([(7, 0, 0, "event:a")]),
...     "Product Added": Happenings.of([(7, day, 1, "event:b"), (7, 2 * day, 2, "event:c")])}
>>> [met] = meets(rule, lambda name: told[name], Stages(), During(0, 9 * day, "UTC", "shop"))
>>> met.customer_id, met.occurrence, met.at == day, met.among
(7, 'event:b', True, ('event:b', 'event:c'))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np

from regulars.benefit.definition.terms import DAY, Incentive
from regulars.benefit.incentive.happenings import Happenings, Ints, Met, Stages
from regulars.benefit.points.expiry import local_day
from regulars.kernel.bucket import bucket
from regulars.kernel.clock import EPOCH, day_number, end_of_day, from_day_number

_WHOLE = 10_000
_NEAR = 31
"""Days by which late news may move the entering of a stage, and it is still the same one."""


@dataclass(frozen=True, slots=True)
class During:
    """The time that is looked at, and whose calendar and draw it is.

    Attributes:
        begins_at: what happened before does not count; UTC microseconds.
        ends_at: nor what happens from then on.
        zone: the shop's time zone.
        shop_id: salts the draw of surprises.
    """

    begins_at: int
    ends_at: int
    zone: str
    shop_id: str

    def of(self, incentive: Incentive) -> During:
        """The part of it in which the rule holds."""
        begins = max(self.begins_at, incentive.starts_at or self.begins_at)
        ends = self.ends_at if incentive.ends_at is None else min(self.ends_at, incentive.ends_at)
        return During(begins, ends, self.zone, self.shop_id)

    @property
    def first_day(self) -> int:
        """The day on which it begins."""
        return day_number(local_day(self.begins_at, self.zone))

    @property
    def last_day(self) -> int:
        """The day on which it ends."""
        return day_number(local_day(self.ends_at - 1, self.zone))


def meets(
    incentive: Incentive, happenings: Callable[[str], Happenings], stages: Stages, during: During
) -> list[Met]:
    """Everybody who meets the rule in the time, by instant, customer and occurrence.

    Limits and hold-outs are not looked at (`limits`).

    Args:
        incentive: the rule.
        happenings: by the name of the event; `order` for paid orders. A conversion needs those of
            `within_days` before the time, a streak all of them.
        stages: all changes of stage.
        during: the time.
    """
    during = during.of(incentive)
    found: Iterator[Met]
    if incentive.when == "stage":
        found = _entered(incentive, stages, during)
    elif incentive.when == "event":
        found = _each(incentive, happenings(incentive.on), during)
    elif incentive.when == "conversion":
        found = _converted(incentive, happenings(incentive.after), happenings(incentive.on), during)
    elif incentive.when == "streak":
        found = _in_a_row(incentive, happenings(incentive.on), during)
    else:
        found = _surprised(incentive, stages, during)
    return sorted(found, key=lambda met: (met.at, met.customer_id, met.occurrence))


def _entered(incentive: Incentive, stages: Stages, during: During) -> Iterator[Met]:
    customer, first, after = stages.spans(incentive.stage)
    same = np.append(False, customer[1:] == customer[:-1])[: len(customer)]
    left = np.where(same, np.append(0, after[:-1])[: len(after)], 0)
    begins = np.maximum(first - _NEAR, left)
    ends = np.minimum(first + _NEAR, after)
    chosen = first >= during.first_day
    columns = [part[chosen].tolist() for part in (customer, first, begins, ends)]
    for who, day, earliest, latest in zip(*columns, strict=True):
        at = day_begins(day, during.zone)
        if at < during.ends_at:
            among = range(earliest, latest)
            yield Met(incentive.name, who, f"{who}:{from_day_number(day)}", at, among)


def _each(incentive: Incentive, told: Happenings, during: During) -> Iterator[Met]:
    inside = np.flatnonzero((told.at >= during.begins_at) & (told.at < during.ends_at))
    for place in inside.tolist():
        yield _met(incentive, told, place)


def _met(incentive: Incentive, told: Happenings, place: int) -> Met:
    return Met(incentive.name, int(told.customer[place]), told.source(place), int(told.at[place]))


def _converted(
    incentive: Incentive, first: Happenings, then: Happenings, during: During
) -> Iterator[Met]:
    """One pass over both in the order of time: `since` is the last first one, `those` follow it.

    Of two at the same instant the first one comes first, unless they are of the same name.
    """
    is_then = np.repeat([False, True], [len(first), len(then)])
    rank = ~is_then if incentive.after == incentive.on else is_then
    customer = np.concatenate([first.customer, then.customer])
    at = np.concatenate([first.at, then.at])
    places = np.concatenate([np.arange(len(first)), np.arange(len(then))])
    order = np.lexsort((places, rank, at, customer))
    within = incentive.within_days * DAY
    who, since = -1, -1
    those: list[int] = []
    converted: list[list[int]] = []
    for one, when, follows, place in zip(
        customer[order].tolist(),
        at[order].tolist(),
        is_then[order].tolist(),
        places[order].tolist(),
        strict=True,
    ):
        if one != who:
            who, since = one, -1
        if not follows:
            since, those = when, []
        elif since >= 0 and when - since <= within:
            if not those and during.begins_at <= when < during.ends_at:
                converted.append(those)
            those.append(place)
    for those in converted:
        among = tuple(then.source(place) for place in those)
        yield _met(incentive, then, those[0])._replace(among=among)


def _in_a_row(incentive: Incentive, told: Happenings, during: During) -> Iterator[Met]:
    if not len(told) or incentive.days < 1:
        return
    # The first of each day is enough.
    new = np.append(
        True, (told.customer[1:] != told.customer[:-1]) | (told.day[1:] != told.day[:-1])
    )
    customer, day, at = told.customer[new], told.day[new], told.at[new]
    place = place_in_run(customer, day)
    last = np.append(place[1:] == 1, True)
    ends = day[last][np.cumsum(last) - last]
    inside = (at >= during.begins_at) & (at < during.ends_at)
    for row in np.flatnonzero((place % incentive.days == 0) & inside).tolist():
        who, when = int(customer[row]), from_day_number(int(day[row]))
        first = max(int(day[row] - place[row]) + 1, during.first_day)
        among = range(first, min(int(ends[row]), during.last_day) + 1)
        yield Met(incentive.name, who, f"{who}:{when}", int(at[row]), among)


def place_in_run(customer: Ints, day: Ints) -> Ints:
    """The how manieth day in a row each is; each customer's days ascending, each once.

    >>> place_in_run(np.array([1, 1, 1, 1, 2]), np.array([4, 5, 7, 8, 9])).tolist()
    [1, 2, 1, 2, 1]
    """
    begins = np.append(True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1] + 1))
    begins = begins[: len(day)]
    starts = np.flatnonzero(begins)
    place: Ints = np.arange(len(day)) - starts[np.cumsum(begins) - 1] + 1
    return place


def _surprised(incentive: Incentive, stages: Stages, during: During) -> Iterator[Met]:
    """A draw for each customer and month, and for who wins it a day of that month."""
    if during.ends_at <= during.begins_at:
        return
    salt = f"{during.shop_id}:surprise:{incentive.name}"
    spans = [part.tolist() for part in stages.spans(incentive.stage)]
    for who, first, after in zip(*spans, strict=True):
        for name, begins, days in _months(
            max(first, during.first_day), min(after - 1, during.last_day)
        ):
            if bucket(f"{salt}:{name}", who) * _WHOLE >= incentive.chance:
                continue
            day = begins + int(bucket(f"{salt}:{name}:day", who) * days)
            if max(first, during.first_day) <= day < after and day <= during.last_day:
                yield Met(incentive.name, who, f"{who}:{name}", day_begins(day, during.zone))


def _months(first: int, last: int) -> Iterator[tuple[str, int, int]]:
    """Name, first day and number of days of each month that a day of first to last lies in."""
    if last < first:
        return
    day = from_day_number(first).replace(day=1)
    while day_number(day) <= last:
        following = (day + timedelta(days=31)).replace(day=1)
        yield f"{day:%Y-%m}", (day - EPOCH).days, (following - day).days
        day = following


@lru_cache(maxsize=4096)
def day_begins(day: int, zone: str) -> int:
    """The instant at which a day of the time zone begins, UTC microseconds."""
    begins = end_of_day(from_day_number(day - 1), zone)
    return int(begins.timestamp()) * 1_000_000
