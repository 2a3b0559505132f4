"""The coupons that a search chooses from, as numbers by the order in which they apply.

A *block* is a set of lines that coupons work on; coupons on the same lines share one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from regulars.benefit.quote.rules import WHOLE, Fitted, spread

Ties = tuple[list[int], list[tuple[str, int]]]
"""By which equals are compared: when the coupons expire, the first first, then their names."""
Getter = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Gets what a list has at some places."""


class Table:
    """The coupons of a search, none of which goes alone.

    Attributes:
        coupons: in the order in which they apply.
        left: of each line and of the shipping, before any of them, and a 0.
        percent: of each coupon; 0 of what is none.
        most: each takes off no more.
        block: of each.
        lines: of each block, gets what is left of its lines.
        places: of each block.
        touches: by block, those that have a line with it in common, it among them.
        excludes: bits; coupons that have one in common do not go together.
        class_of: one of these bits, or 0: all coupons of a class exclude each other.
        is_gift: of each.
        twin: of each the last one before it that does just the same and has not the worse ties.
        tail: by place in the order: the one block that all coupons from there on work on, apart
            from those for the shipping; -1 where there are several, or gifts, or none.
        expires: when each expires.
        names: of each, with the version.
    """

    def __init__(self, coupons: Iterable[Fitted], left: Sequence[int]) -> None:
        self.coupons = sorted(coupons, key=lambda one: one.order)
        self.left = [*left, 0]
        self.percent = [one.percent for one in self.coupons]
        self.most = [one.most for one in self.coupons]
        self.is_gift = [bool(one.prices) for one in self.coupons]
        self.expires = [one.held.expires_at for one in self.coupons]
        self.names = [(one.held.coupon.name, one.held.version) for one in self.coupons]
        numbers: dict[tuple[int, ...], int] = {}
        for one in self.coupons:
            numbers.setdefault(one.places, len(numbers))
        self.block = [numbers[one.places] for one in self.coupons]
        self.places = list(numbers)
        self.lines: list[Getter] = [itemgetter(*block, len(left)) for block in numbers]
        sets = [set(block) for block in numbers]
        self.touches = [
            tuple((other, self.lines[other]) for other, theirs in enumerate(sets) if theirs & mine)
            for mine in sets
        ]
        self._commons: dict[tuple[int, int], tuple[Getter | None, int]] = {}
        self.excludes, self.class_of = self._exclusive()
        self.twin = self._twins()
        self.tail = self._tails(len(left) - 1)

    def bases(self, left: Sequence[int]) -> list[int]:
        """What is left of each block."""
        return [sum(lines(left)) for lines in self.lines]

    def ties_of(self, chosen: Sequence[int]) -> Ties:
        """By which a combination is compared with equals."""
        return sorted(self.expires[j] for j in chosen), sorted(self.names[j] for j in chosen)

    def now(self, those: Iterable[int], left: Sequence[int], bases: Sequence[int]) -> list[int]:
        """What each of these coupons would take off now."""
        block, percent, most = self.block, self.percent, self.most
        found = []
        for j in those:
            off = bases[block[j]]
            if self.is_gift[j]:
                off = self.coupons[j].gift(left)[1]
            elif percent[j]:
                off, rest = divmod(off * percent[j], WHOLE)
                if rest > _HALF or (rest == _HALF and off & 1):
                    off += 1
            found.append(off if off < most[j] else most[j])
        return found

    def ever(self, those: Sequence[int], now: list[int], left: Sequence[int]) -> list[int]:
        """What each may take off, now or after others: more than now only where it is a gift."""
        if not any(self.is_gift[j] for j in those):
            return now
        return [
            self.coupons[j].gift_at_most(left) if off and self.is_gift[j] else off
            for j, off in zip(those, now, strict=True)
        ]

    def at_most(self, j: int, left: Sequence[int]) -> int:
        """A coupon takes off no more of what is left, whatever comes off before it."""
        if self.is_gift[j]:
            return self.coupons[j].gift_at_most(left)
        return self.coupons[j].discount(sum(self.lines[self.block[j]](left)))

    def off(self, j: int, left: Sequence[int]) -> int:
        """What a coupon takes off now."""
        if self.is_gift[j]:
            return self.coupons[j].gift(left)[1]
        return self.coupons[j].discount(sum(self.lines[self.block[j]](left)))

    def left_after(self, j: int, off: int, left: Sequence[int]) -> list[int]:
        """What is left of the lines after a coupon that takes that off now."""
        coupon = self.coupons[j]
        then = list(left)
        if coupon.prices:
            place, _ = coupon.gift(left)
            then[place] -= off
        else:
            parts = spread(off, [left[place] for place in coupon.places])
            for place, part in zip(coupon.places, parts, strict=True):
                then[place] -= part
        return then

    def second_at_most(
        self, j: int, off: int, k: int, left: Sequence[int], bases: Sequence[int]
    ) -> int:
        """What a coupon takes off at most after another one, without spreading what that does.

        Args:
            j: the one before.
            off: what it takes off now.
            k: the one after.
            left: of each line, before both.
            bases: of each block, before both.
        """
        coupon = self.coupons[k]
        if self.is_gift[k]:
            return coupon.gift_at_most(left)
        its, block = self.block[j], self.block[k]
        base = bases[block]
        if not self.is_gift[j]:
            common, shifted = self._common(its, block)
            if common is None:
                base -= off
            else:
                base -= max(off * sum(common(left)) // bases[its] - shifted, 0)
        return coupon.discount(base)

    def _common(self, one: int, other: int) -> tuple[Getter | None, int]:
        """Gets the lines that are in both blocks, None where those of the first all are.

        And how much less than its share of them, in coins, a coupon on the first may take off.
        """
        found = self._commons.get((one, other))
        if found is None:
            theirs = set(self.places[other])
            both = [place for place in self.places[one] if place in theirs]
            none = len(self.left) - 1
            if len(both) == len(self.places[one]):
                found = None, 0
            else:
                found = itemgetter(*both, none, none), len(both) if both else 0
            self._commons[one, other] = found
        return found

    def _exclusive(self) -> tuple[list[int], list[int]]:
        """Coupons of one name, in several versions, and those of one group."""
        of_each = []
        for one in self.coupons:
            terms = one.held.coupon
            of_each.append([("name", terms.name), *([("group", terms.group)] * bool(terms.group))])
        counted = Counter(label for labels in of_each for label in labels)
        bits: dict[tuple[str, str], int] = {}
        for label, times in counted.items():
            if times > 1:
                bits[label] = 1 << len(bits)
        excludes = [sum(bits.get(label, 0) for label in labels) for labels in of_each]
        return excludes, [mask & -mask for mask in excludes]

    def _twins(self) -> list[int]:
        found = []
        before: dict[tuple[object, ...], list[int]] = {}
        for j, one in enumerate(self.coupons):
            same = (self.block[j], one.percent, one.most, one.prices, self.excludes[j])
            those = before.setdefault(same, [])
            ties = (self.expires[j], self.names[j])
            better = [k for k in those if (self.expires[k], self.names[k]) <= ties]
            found.append(better[-1] if better else -1)
            those.append(j)
        return found

    def _tails(self, shipping: int) -> list[int]:
        found, tail, goods = [], -1, False
        for j in reversed(range(len(self.coupons))):
            block = self.block[j]
            if self.coupons[j].prices or (goods and block != tail):
                break
            goods = self.places[block] != (shipping,)
            tail = block
            found.append(tail)
        return [-1] * (len(self.coupons) - len(found)) + found[::-1] + [-1]


_HALF = WHOLE // 2
