"""A bound on what coupons take off together that is linear in them: a tangent.

Each of them finds left what others have left, which sums of what each takes off now forget. With
c = -log(1 - p) for a share p, shares take off a line of which x is left x (1 - exp(-u)), u being
the sum of the c of those chosen that work on it. That is concave in u, so no more than its tangent
anywhere, at v: x (1 - exp(-v) (1 + v) + exp(-v) u). The sum over lines is a constant and, for each
coupon, a weight, so that the largest weights bound all. A fixed amount, or a ceiling, is a share as
well: no more than of the least that may be left of its lines when the coupon's turn comes. Gifts
have what they take off as their weight, and so has whatever takes less off than its weight.

The v are those of the best *mixture* of coupons, each taken in part, to which a few steps come near
enough (Frank and Wolfe's method); bad ones would make the bound large, not wrong.

*Rounding* adds at most half a coin for each coupon. Spreading shifts less than a coin from one of a
coupon's lines to another, so of n lines at most n/2 coins, which later coupons then find in other
places: at most n/2 more come off for every coupon but the last, and none where all coupons that
work on any of its lines work on the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log
from operator import itemgetter

from regulars.benefit.quote.rules import WHOLE
from regulars.benefit.quote.table import Getter, Table

Parts = list[tuple[float, int]]
"""What coupons may take off, and which, in the order of the table."""
_Share = tuple[float, int, float, int]
"""What a coupon takes off at most, its number, c and block; 1 and no block where it is no share."""
Point = list[float]
"""The v of a tangent."""
_NO_BLOCK = -1
_IN_FLOAT = 1e-9
"""More than floats can err, as a share."""


class Tangents:
    """The tangents of one search."""

    def __init__(self, table: Table) -> None:
        self._table = table
        # Of each coupon c before its cap is looked at, the cap, the percentage, and the block; of
        # a fixed amount the percentage is all of it, of a gift it is 0.
        self._each = [
            (-log(1 - percent / WHOLE) if percent < WHOLE else 0.0, cap, percent, block)
            for cap, percent, block in zip(
                table.most,
                [
                    0 if gift else percent or WHOLE
                    for gift, percent in zip(table.is_gift, table.percent, strict=True)
                ],
                table.block,
                strict=True,
            )
        ]
        shares = {block for block, gift in zip(table.block, table.is_gift, strict=True) if not gift}
        shifted = [len(table.places[block]) for block in shares if len(table.touches[block]) > 1]
        self._shift = max(shifted, default=0) / 2
        # Lines on which all the same coupons work are as one.
        alike: dict[tuple[int, ...], list[int]] = {}
        for place in range(len(table.left)):
            blocks = tuple(block for block in shares if place in table.places[block])
            if blocks:
                alike.setdefault(blocks, []).append(place)
        none = len(table.left) - 1
        self._lines: list[Getter] = [itemgetter(*places, none) for places in alike.values()]
        of_block: list[list[int]] = [[] for _ in table.places]
        for at, blocks in enumerate(alike):
            for block in blocks:
                of_block[block].append(at)
        self._of_block = of_block
        self.begin: Point = [0.0] * len(alike)

    def best(
        self,
        plain: Parts,
        left: Sequence[int],
        bases: Sequence[int],
        begin: Point,
        more: int,
        need: int,
        steps: int,
    ) -> tuple[float, Parts, Point]:
        """The best of some tangents: its constant, a weight for each coupon, and where it is.

        Args:
            plain: what each coupon takes off at most.
            left: of each line.
            bases: of each block.
            begin: where the first is.
            more: so many of the coupons may be chosen.
            need: a bound below it is good enough.
            steps: that are taken at most to better ones.
        """
        shares = self._shares(plain, bases, more)
        blocks = {block for _, _, _, block in shares if block >= 0}
        parts = [sum(lines(left)) for lines in self._lines]
        whole = sum(parts)
        rounding = more / 2 + self._shift * (more - 1) + _IN_FLOAT * whole
        of_block = self._of_block
        found: tuple[float, Parts, Point] = 0.0, [], begin
        least = inf
        at, slow = begin, _SLOW * any(begin)
        for step in range(steps + 1):
            slopes = [x * exp(-v) for x, v in zip(parts, at, strict=True)]
            constant = whole - sum([y + y * v for y, v in zip(slopes, at, strict=True)]) + rounding
            base = {b: sum([slopes[place] for place in of_block[b]]) for b in blocks}
            base[_NO_BLOCK] = inf
            weights: Parts = [
                (weight, j) if (weight := c * base[block]) < off else (off, j)
                for off, j, c, block in shares
            ]
            chosen = largest(self._table, weights, more)
            reach = constant + sum([off for off, _ in chosen])
            if reach < least:
                least, found = reach, (constant, weights, at)
                if least < need:
                    break
            if step == steps:
                break
            share = 2 / (step + 2 + slow)
            at = [v * (1 - share) for v in at]
            those = {j for _, j in chosen}
            for _, j, c, block in shares:
                if j in those and block >= 0:
                    for place in of_block[block]:
                        at[place] += c * share
        return found

    def _shares(self, plain: Parts, bases: Sequence[int], more: int) -> list[_Share]:
        """These coupons as shares.

        Before a coupon's turn those before it take off no more than the largest of them together.
        """
        found: list[_Share] = []
        before, largest_before = 0.0, [0.0] * (more - 1)
        for off, j in plain:
            c, cap, percent, block = self._each[j]
            if percent:
                least = bases[block] - before
                if cap * WHOLE < percent * least:
                    c = -log(1 - cap / least)
            found.append((off, j, c, block) if c else (off, j, 1.0, _NO_BLOCK))
            if largest_before and off > largest_before[0]:
                before += off - largest_before[0]
                largest_before[0] = off
                largest_before.sort()
        return found


def largest(table: Table, parts: Parts, most: int) -> Parts:
    """As many as may be chosen, of each class one."""
    class_of = table.class_of
    found: Parts = []
    seen = 0
    for part in sorted(parts, reverse=True):
        its_class = class_of[part[1]]
        if its_class & seen:
            continue
        seen |= its_class
        found.append(part)
        if len(found) == most:
            break
    return found


_SLOW = 6
"""A mixture that is good already is changed the more slowly."""
