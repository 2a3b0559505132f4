"""The search for the best combination: branch and bound, exact to the coin.

Coupons are chosen in the order in which they apply, so that what is left of each line is known
exactly at every step. A step is followed no further where not even a bound on what may still come
off reaches the best combination found so far (`bound`); where the bound just reaches it, no further
than what could have the better ties.

Combinations of equally many coupons are compared where all that may follow works on the same
lines. What is left after it never becomes less by having been more, so the one that has left more
everywhere, and has not the better ties, is given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from regulars.benefit.quote.bound import Bound
from regulars.benefit.quote.guess import guesses
from regulars.benefit.quote.table import Table, Ties
from regulars.benefit.quote.tangent import Point

FEW = 20
"""Of so many all pairs are looked at."""


class Search:
    """One search.

    Attributes:
        table: what is chosen from.
        most: so many at most.
        chosen: the best so far, by place in the table.
        off: what it takes off.
        ties: by which it is compared with equals.
        steps: how many were taken.
    """

    def __init__(self, table: Table, most: int) -> None:
        self.table = table
        self.most = most
        self.chosen: tuple[int, ...] = ()
        self.off = 0
        self.ties: Ties = ([], [])
        self.steps = 0
        self._total = sum(table.left)
        self._bound = Bound(table, most)
        self._seen: dict[tuple[int, int, int], list[tuple[int, int, int, Ties]]] = {}

    def go(self) -> None:
        """Find the best combination."""
        table = self.table
        if table.coupons:
            for those in guesses(table, self.most, self._bound.likely):
                self._try(those)
            every = list(range(len(table.coupons)))
            bases = table.bases(table.left)
            self._step(every, table.left, bases, self._bound.begin, 0, (), 0)

    def _try(self, those: Iterable[int]) -> None:
        """What these take off, in the order in which they apply."""
        table, left, used = self.table, self.table.left, []
        for j in those:
            (off,) = table.now([j], left, table.bases(left))
            if off:
                left = table.left_after(j, off, left)
                used.append(j)
        self._offer(self._total - sum(left), tuple(used))

    def _step(
        self,
        alive: Sequence[int],
        left: list[int],
        bases: list[int],
        begin: Point,
        off: int,
        chosen: tuple[int, ...],
        mask: int,
    ) -> None:
        """Choose further ones, of those that are alive, all after those that are chosen."""
        self.steps += 1
        table = self.table
        more = self.most - len(chosen)
        alive = [j for j in alive if not mask & table.excludes[j]]
        if not alive or self._is_seen(bases, off, chosen, mask):
            return
        now = table.now(alive, left, bases)
        if more == 1:
            self._last(alive, now, off, chosen)
            return
        hoped = table.ever(alive, now, left)
        if more == 2 and len(alive) <= FEW:
            self._last_two(alive, now, hoped, left, bases, off, chosen)
            return
        need = self.off - off
        ways, begin = self._bound.ways(alive, hoped, left, bases, begin, more, need)
        if not ways:
            return
        hope = {j: most for j, most in zip(alive, hoped, strict=True) if most}
        reach = min(int(max(ways)[0]), self._total - off)
        if reach >= self.off - off:
            reach = min(reach, self._reach_on_one_block(alive, bases, more, reach))
        if not self._may_win(reach, hope, off, chosen):
            return
        offs = dict(zip(alive, now, strict=True))
        alive = [j for _, j in ways]
        ranked = sorted(((hope[j], j) for j in alive), reverse=True)
        ways.sort(key=lambda way: (-way[0], way[1]))
        for most_off, j in ways:
            if off + most_off < self.off:
                return
            if table.twin[j] > (chosen[-1] if chosen else -1):
                continue
            then_off, then_chosen = off + offs[j], (*chosen, j)
            self._offer(then_off, then_chosen)
            then_mask = mask | table.excludes[j]
            then_left = table.left_after(j, offs[j], left)
            need = self.off - then_off
            if self._bound.falls_short(ranked, j, then_left, then_mask, more - 1, need):
                continue
            then_bases = bases[:]
            for block, lines in table.touches[table.block[j]]:
                then_bases[block] = sum(lines(then_left))
            after = [k for k in alive if k > j]
            self._step(after, then_left, then_bases, begin, then_off, then_chosen, then_mask)

    def _last(
        self, alive: Sequence[int], now: Sequence[int], off: int, chosen: tuple[int, ...]
    ) -> None:
        """Choose the last one."""
        most = max(now)
        if most and off + most >= self.off:
            for j, now_off in zip(alive, now, strict=True):
                if now_off == most:
                    self._offer(off + most, (*chosen, j))

    def _last_two(
        self,
        alive: Sequence[int],
        now: Sequence[int],
        hoped: Sequence[int],
        left: Sequence[int],
        bases: Sequence[int],
        off: int,
        chosen: tuple[int, ...],
    ) -> None:
        """Choose the last two."""
        table, excludes = self.table, self.table.excludes
        ranked = sorted(zip(hoped, alive, strict=True), reverse=True)
        for j, j_off in zip(alive, now, strict=True):
            if not j_off or table.twin[j] > (chosen[-1] if chosen else -1):
                continue
            then_off, then_chosen = off + j_off, (*chosen, j)
            self._offer(then_off, then_chosen)
            then_left: list[int] | None = None
            for hope, k in ranked:
                if then_off + hope < self.off:
                    break
                if k <= j or excludes[j] & excludes[k]:
                    continue
                k_off = table.second_at_most(j, j_off, k, left, bases)
                if then_off + k_off < self.off:
                    continue
                then_left = then_left or table.left_after(j, j_off, left)
                k_off = table.off(k, then_left)
                if k_off:
                    self._offer(then_off + k_off, (*then_chosen, k))

    def _may_win(self, reach: int, hope: dict[int, int], off: int, chosen: tuple[int, ...]) -> bool:
        """Whether something better than the best so far may follow, where so much may come off."""
        need = self.off - off
        if reach != need:
            return reach > need
        table = self.table
        by_ties = sorted(hope, key=lambda j: (table.expires[j], table.names[j]))
        largest: list[int] = []
        classes = 0
        for j in sorted(by_ties, key=lambda j: -hope[j]):
            if not table.class_of[j] & classes:
                classes |= table.class_of[j]
                largest.append(j)
        picks, so_far = 0, 0
        while so_far < need and picks < len(largest):
            so_far += hope[largest[picks]]
            picks += 1
        count = len(chosen) + picks
        if count != len(self.chosen):
            return count < len(self.chosen)
        # As many must be chosen, then, and at best those with the best ties. Where the largest
        # are just enough, it must be as large ones: the best of their ties are the first.
        rest = (largest if so_far == need else by_ties)[:picks]
        return self.table.ties_of((*chosen, *rest)) < self.ties

    def _reach_on_one_block(
        self, alive: Sequence[int], bases: Sequence[int], more: int, reach: int
    ) -> int:
        """What may come off, exactly, where all coupons work on the same lines and are no gifts.

        The least that so many have left, of those looked at so far: since what is left never
        becomes less by having been more, nothing else need be kept.
        """
        table = self.table
        block = table.block[alive[0]]
        if any(table.block[j] != block or table.coupons[j].prices for j in alive):
            return reach
        least = [bases[block]]
        for j in alive:
            discount = table.coupons[j].discount
            then = [one - discount(one) for one in least]
            if len(least) <= more:
                least.append(least[-1])
            for count, one in enumerate(then[:more], 1):
                if one < least[count]:
                    least[count] = one
        return bases[block] - least[-1]

    def _is_seen(self, bases: list[int], off: int, chosen: tuple[int, ...], mask: int) -> bool:
        """Whether another combination is as good in all that may follow, and in its ties."""
        if not chosen:
            return False
        after = chosen[-1]
        block = self.table.tail[after + 1]
        if block < 0:
            return False
        base = bases[block]
        rest = self._total - off - base
        ties = self.table.ties_of(chosen)
        those = self._seen.setdefault((block, len(chosen), mask), [])
        for its_after, its_base, its_rest, its_ties in those:
            if its_after <= after and its_base <= base and its_rest <= rest and its_ties <= ties:
                return True
        those.append((after, base, rest, ties))
        return False

    def _offer(self, off: int, chosen: tuple[int, ...]) -> None:
        """Take the combination where it is better than the best so far."""
        if (-off, len(chosen)) > (-self.off, len(self.chosen)):
            return
        ties = self.table.ties_of(chosen)
        if (-off, len(chosen), ties) < (-self.off, len(self.chosen), self.ties):
            self.off, self.ties, self.chosen = off, ties, chosen
