"""How much may still come off at most: what the search goes by, and never less than the truth.

*Plain.* Each coupon takes off at most what it would take off now; less will be left of its lines,
and of less it never takes off more. So all together at most the sum of the largest, as many as may
still be chosen; of coupons that exclude each other only the largest.

*Tangent.* Coupons find left what others have left, which plain sums forget; `tangent` tells what a
combination takes off at most with that in mind, again as a sum.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from regulars.benefit.quote.table import Table
from regulars.benefit.quote.tangent import Parts, Point, Tangents, largest

_STEPS = 16
"""Of the tangents' mixture, to begin with; and…"""
_REFINED = 3
"""…at each step of the search, whose time they take. More would make the bounds little less."""
FEW = 6
"""Of so many coupons tangents would take longer than what they save."""
_DROPPED = 3
"""A choice drops so many at most: itself, and the one that is left of each of two classes."""


class Bound:
    """The bounds of one search.

    Attributes:
        begin: where the first tangent of a search is.
        likely: coupons that a good combination may consist of.
    """

    def __init__(self, table: Table, most: int) -> None:
        """Find the mixture that the tangents go by; `most` may be chosen in all."""
        self._table = table
        self._tangents = Tangents(table)
        self.begin: Point = self._tangents.begin
        self.likely: list[int] = []
        self._useful = len(table.coupons) > FEW
        if self._useful:
            left = table.left
            plain: Parts = [(table.at_most(j, left), j) for j in range(len(table.coupons))]
            _, weights, self.begin = self._tangents.best(
                plain, left, table.bases(left), self.begin, most, 0, _STEPS
            )
            self.likely = [j for _, j in largest(table, weights, most)]

    def ways(
        self,
        those: Sequence[int],
        hoped: Sequence[int],
        left: Sequence[int],
        bases: Sequence[int],
        begin: Point,
        more: int,
        need: int,
    ) -> tuple[Parts, Point]:
        """What may still come off at most by way of each coupon that may be chosen next.

        Coupons that can be in no combination that takes off what is needed are left out.

        Args:
            those: coupons that may be chosen, each next before those after it.
            hoped: what each of them may take off, now or later.
            left: of each line.
            bases: of each block.
            begin: where the first tangent is.
            more: so many of them may be chosen.
            need: in all, for a combination that is not worse than the best so far.

        Returns:
            The ways, and where the first tangent is to be after any of them.
        """
        plain: Parts = [(off, j) for off, j in zip(hoped, those, strict=True) if off]
        plain = self._needed(plain, 0, more, need)
        if not self._useful or more == 1 or len(plain) < 2:
            return self._by_way(plain, 0, more), begin
        constant, weights, at = self._tangents.best(plain, left, bases, begin, more, need, _REFINED)
        at = [v * (more - 1) / more for v in at]
        weights = self._needed(weights, constant, more, need)
        if not weights:
            return [], at
        curved = {j: off for off, j in self._by_way(weights, constant, more)}
        found = self._by_way(plain, 0, more)
        return [(min(off, curved[j]), j) for off, j in found if j in curved], at

    def falls_short(
        self,
        ranked: Sequence[tuple[int, int]],
        j: int,
        left: Sequence[int],
        mask: int,
        more: int,
        need: int,
    ) -> bool:
        """Whether what may follow a coupon takes off less than is needed.

        A look at the few that might have taken off the most before it: quicker than `ways`.

        Args:
            ranked: what each coupon might have taken off before it, and which, the largest first.
            j: the coupon; those after it may follow.
            left: of each line after it.
            mask: of what excludes coupons then.
            more: so many may follow, at least one.
            need: that they must take off.
        """
        table = self._table
        largest: list[int] = []
        for before, k in ranked:
            if k <= j or mask & table.excludes[k]:
                continue
            if len(largest) < more:
                largest.append(table.at_most(k, left))
            elif before <= largest[0]:
                break
            else:
                largest[0] = max(largest[0], table.at_most(k, left))
            if sum(largest) >= need:
                return False
            largest.sort()
        return sum(largest) < need

    def _needed(self, parts: Parts, constant: float, more: int, need: int) -> Parts:
        """Those that can be in a combination that takes off what is needed."""
        largest = sorted((off for off, _ in parts), reverse=True)[:more]
        if len(largest) < more:
            largest.append(0)
        # each of them with the largest others that there is room for beside it
        least = need - constant - sum(largest[:-1])
        if largest[-1] < least:
            return []
        return [(off, j) for off, j in parts if off >= least]

    def _by_way(self, parts: Parts, constant: float, more: int) -> Parts:
        """The sum of the largest parts, as many as may be chosen, with each as the first."""
        excludes, class_of = self._table.excludes, self._table.class_of
        found: Parts = []
        after: Parts = []
        for off, j in reversed(parts):
            excluded = excludes[j]
            total, room = constant + off, more - 1
            for other, k in after:
                if not room:
                    break
                if not class_of[k] & excluded:
                    total -= other
                    room -= 1
            found.append((total, j))
            if its_class := class_of[j]:
                for at, (other, k) in enumerate(after):
                    if class_of[k] == its_class:
                        if -other < off:
                            del after[at]
                            insort(after, (-off, j))
                        break
                else:
                    insort(after, (-off, j))
            else:
                insort(after, (-off, j))
            del after[more + _DROPPED :]
        found.reverse()
        return found
