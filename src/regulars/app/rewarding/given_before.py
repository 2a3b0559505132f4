"""What was met and given before is not given again, though late news may have moved it.

A streak is met on another day once an earlier one is told; a conversion is that of another event.
Of the occurrences that may stand for one another (`Met.among`) no more are given in all than are
met by now: the latest ones, since those who were given something know of what came before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from regulars.app.rewarding.asking import Asking
from regulars.benefit.incentive.happenings import Met
from regulars.kernel.clock import from_day_number

_AT_ONCE = 1_000
Group = tuple[str, int, range | tuple[str, ...]]


def not_given_before(
    mets: Sequence[Met], asking: Asking, earlier: Mapping[int, Sequence[int]]
) -> list[Met]:
    """Those that are to be given, in the same order.

    Args:
        mets: all that are met by now, in the order of time.
        asking: the ledger.
        earlier: by customer, the numbers that were joined with theirs.
    """
    own = {met: keys_of(met, earlier) for met in mets}
    before = asking.asked_before(key for keys in own.values() for key in keys)
    new = [met for met in mets if before.isdisjoint(own[met])]
    room = Counter(_group(met) for met in mets)
    groups = iter({_group(met): met for met in new if met.among}.items())
    while some := dict(islice(groups, _AT_ONCE)):
        others = {group: list(_others(met, earlier)) for group, met in some.items()}
        given = asking.asked_before(key for keys in others.values() for key in keys)
        for group, keys in others.items():
            room[group] -= len(given.intersection(keys))
    chosen = []
    for met in reversed(new):
        if not met.among or room[_group(met)] > 0:
            room[_group(met)] -= 1
            chosen.append(met)
    return chosen[::-1]


def _group(met: Met) -> Group:
    return met.incentive, met.customer_id, met.among


def _others(met: Met, earlier: Mapping[int, Sequence[int]]) -> Iterator[str]:
    """The keys of all that may stand for it, its own among them."""
    who, _, _ = met.occurrence.partition(":")
    for one in met.among:
        occurrence = f"{who}:{from_day_number(one)}" if isinstance(one, int) else one
        yield from keys_of(met._replace(occurrence=occurrence), earlier)


def keys_of(met: Met, earlier: Mapping[int, Sequence[int]]) -> list[str]:
    """Under which it may have been given: what is named by who met it, by each of their numbers.

    >>> keys_of(Met("week", 3, "3:2026-03-07", 0), {3: [7]})
    ['incentive:week:3:2026-03-07', 'incentive:week:7:2026-03-07']
    >>> keys_of(Met("review", 3, "event:a", 0), {3: [7]})
    ['incentive:review:event:a']
    """
    who, colon, rest = met.occurrence.partition(":")
    theirs = [met.customer_id, *earlier.get(met.customer_id, ())]
    if not colon or who not in map(str, theirs):
        return [met.key]
    return [met._replace(occurrence=f"{one}:{rest}").key for one in theirs]
