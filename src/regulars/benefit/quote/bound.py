"""How much may still come off at most: what the search goes by, and never less than the truth.

*Plain.* Each coupon takes off at most what it would take off now; less will be left of its lines,
and of less it never takes off more. So all together at most the sum of the largest, as many as may
still be chosen; of coupons that exclude each other only the largest.

*Tangent.* Percent coupons find left what others have left, which plain sums forget. With
c = -log(1 - p) for a share p, they take off a line of which x is left x (1 - exp(-u)), u being the
sum of the c of those chosen that work on it. That is concave in u, so no more than its tangent
anywhere, at v: x (1 - exp(-v) (1 + v) + exp(-v) u). The sum over lines is a constant and, for each
coupon, a weight: again the largest weights, as many as may be chosen, bound all. What takes off
a fixed amount has that as its weight. The v are those of the best *mixture* of coupons, each taken
in part, to which a few steps come near enough (Frank and Wolfe's method); bad ones would make the
bound large, not wrong. Rounding adds at most half a coin for each coupon, and what spreading shifts
between lines.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from math import exp, inf, log

from regulars.benefit.quote.rules import WHOLE
from regulars.benefit.quote.table import Table

_STEPS = 16
"""Of the method, to begin with; and…"""
_REFINED = 2
"""…at each step of the search, whose time they take. More would make the bounds little less."""
_DROPPED = 3
"""A choice drops so many at most: itself, and the one that is left of each of two classes."""
_IN_FLOAT = 1e-9
"""More than floats can err, as a share."""
Parts = list[tuple[float, int]]
"""What coupons may take off, and which, in the order of the table."""


class Bound:
    """The bounds of one search.

    Attributes:
        likely: coupons that a good combination may consist of.
    """

    def __init__(self, table: Table, most: int) -> None:
        """Find the mixture that the tangents go by; `most` may be chosen in all."""
        self._table = table
        self._logs = [
            -log(1 - percent / WHOLE) if 0 < percent < WHOLE else 0.0 for percent in table.percent
        ]
        blocks = {table.block[j] for j, c in enumerate(self._logs) if c}
        self._useful = sum(1 for c in self._logs if c) > 1
        widest = max((len(table.places[block]) for block in blocks), default=0)
        self._shift = widest * max(table.percent, default=0) / WHOLE if len(blocks) > 1 else 0.0
        self._mixture: dict[int, float] = {}
        self.likely: list[int] = []
        if self._useful:
            plain: Parts = [(table.at_most(j, table.left), j) for j in range(len(table.coupons))]
            _, weights = self._best_tangent(plain, table.left, self._mixture, most, 0, _STEPS)
            self.likely = [j for _, j in self._largest(weights, most)]

    def ways(
        self, those: Sequence[int], hoped: Sequence[int], left: list[int], more: int, need: int
    ) -> Parts:
        """What may still come off at most by way of each coupon that may be chosen next.

        Coupons that can be in no combination that takes off what is needed are left out.

        Args:
            those: coupons that may be chosen, each next before those after it.
            hoped: what each of them may take off, now or later.
            left: of each line.
            more: so many of them may be chosen.
            need: in all, for a combination that is not worse than the best so far.
        """
        plain: Parts = [(off, j) for off, j in zip(hoped, those, strict=True) if off]
        plain = self._needed(plain, 0, more, need)
        if not self._useful or more == 1 or len(plain) < 2:
            return self._by_way(plain, 0, more)
        alive = {j for _, j in plain}
        mixture = {j: part for j, part in self._mixture.items() if j in alive}
        parts = sum(mixture.values())
        for j in mixture:
            mixture[j] *= more / parts
        constant, weights = self._best_tangent(plain, left, mixture, more, need, _REFINED)
        weights = self._needed(weights, constant, more, need)
        if not weights:
            return []
        curved = {j: off for off, j in self._by_way(weights, constant, more)}
        found = self._by_way(plain, 0, more)
        return [(min(off, curved[j]), j) for off, j in found if j in curved]

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

    def _best_tangent(
        self,
        plain: Parts,
        left: list[int],
        mixture: dict[int, float],
        more: int,
        need: int,
        steps: int,
    ) -> tuple[float, Parts]:
        """The best of some tangents; the mixture is made better meanwhile."""
        found: tuple[float, Parts] = 0.0, []
        least = inf
        for step in range(steps + 1):
            constant, weights = self._tangent(plain, left, mixture, more)
            chosen = self._largest(weights, more)
            reach = constant + sum(off for off, _ in chosen)
            if reach < least:
                least, found = reach, (constant, weights)
                if least < need:
                    break
            share = 2 / (step + 2 + 2 * bool(mixture))
            for j in mixture:
                mixture[j] *= 1 - share
            for _, j in chosen:
                mixture[j] = mixture.get(j, 0.0) + share
        return found

    def _tangent(
        self, plain: Parts, left: list[int], mixture: Mapping[int, float], more: int
    ) -> tuple[float, Parts]:
        table, logs = self._table, self._logs
        at = [0.0] * len(left)
        for j, part in mixture.items():
            if c := logs[j] * part:
                for place in table.coupons[j].places:
                    at[place] += c
        slopes = [x * exp(-v) if x else 0.0 for x, v in zip(left, at, strict=True)]
        constant = sum(x - y * (1 + v) for x, y, v in zip(left, slopes, at, strict=True))
        of_block: dict[int, float] = {}
        weights: Parts = []
        for off, j in plain:
            if c := logs[j]:
                block = table.block[j]
                if block not in of_block:
                    of_block[block] = sum(table.lines[block](slopes))
                weight = c * of_block[block]
                weights.append((weight if weight < off else off, j))
            else:
                weights.append((off, j))
        rounding = more / 2 + self._shift * more * (more - 1) / 2
        return constant + rounding + _IN_FLOAT * sum(left), weights

    def _largest(self, parts: Parts, more: int) -> Parts:
        """As many as may be chosen, of each class one."""
        class_of = self._table.class_of
        found: Parts = []
        seen = 0
        for part in sorted(parts, reverse=True):
            its_class = class_of[part[1]]
            if its_class & seen:
                continue
            seen |= its_class
            found.append(part)
            if len(found) == more:
                break
        return found
