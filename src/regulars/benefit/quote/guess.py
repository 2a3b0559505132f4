"""Combinations that are likely to be good, found quickly: what the search begins with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from regulars.benefit.quote.table import Table


def guesses(table: Table, most: int, likely: Sequence[int]) -> Iterator[list[int]]:
    """Combinations of so many at most, in the order in which they apply.

    Args:
        table: what is chosen from.
        most: so many at most.
        likely: coupons that a good combination may consist of; none where that is not known.
    """
    every = range(len(table.coupons))
    if len(table.places) == 1 and not any(table.is_gift):
        yield _in_turn(table, most)
        return
    yield _greedy(table, every, most)
    if likely:
        yield _greedy(table, [j for j in every if table.percent[j]], most)
        yield _greedy(table, [j for j in every if not table.percent[j]], most)
        yield _greedy(table, likely, most)


def _greedy(table: Table, those: Iterable[int], most: int) -> list[int]:
    """Again and again what takes off the most of what those before have left."""
    left = table.left
    rest = list(those)
    chosen: list[int] = []
    while rest and len(chosen) < most:
        now = table.now(rest, left, table.bases(left))
        off, j = min(
            zip(now, rest, strict=True),
            key=lambda one: (-one[0], table.expires[one[1]], table.names[one[1]]),
        )
        if not off:
            break
        chosen.append(j)
        left = table.left_after(j, off, left)
        rest = [k for k in rest if k != j and not table.excludes[k] & table.excludes[j]]
    return sorted(chosen)


def _in_turn(table: Table, most: int) -> list[int]:
    """Of every number of coupons, as their turn comes, those that have left the least so far.

    The best there is where all work on the same lines and none excludes another. Of equals those
    are kept that expire first: among coupons that are alike nothing else is to be chosen.
    """
    (base,) = table.bases(table.left)
    found: list[tuple[int, tuple[int, ...], int]] = [(base, (), 0)]
    for j, coupon in enumerate(table.coupons):
        excludes = table.excludes[j]
        for count in reversed(range(min(len(found), most))):
            left, chosen, mask = found[count]
            if mask & excludes:
                continue
            then = left - coupon.discount(left), (*chosen, j), mask | excludes
            if count + 1 == len(found):
                found.append(then)
            elif _comes_before(table, then, found[count + 1]):
                found[count + 1] = then
    return list(min(found)[1])


def _comes_before(
    table: Table, one: tuple[int, tuple[int, ...], int], other: tuple[int, tuple[int, ...], int]
) -> bool:
    if one[0] != other[0]:
        return one[0] < other[0]
    return table.ties_of(one[1]) < table.ties_of(other[1])
