"""What the machine asks: every command that there is, and a deed, in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.halving import GiveHalf
from ledger.machine import ASSETS, Machine, assets, numbers, waits
from regulars.ledger.command import (
    EXPIRED,
    ISSUER,
    MOST,
    Capture,
    Define,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Taken,
    Void,
)

MADE = ("stars", "stars:gold")
"""Assets that only notes and posts make."""
CUSTOMERS = ("customer:1", "customer:2", "customer:3")

customers = st.sampled_from(CUSTOMERS)
owners = st.sampled_from((*CUSTOMERS, "stock", ISSUER, EXPIRED))
amounts = st.integers(1, 12) | st.sampled_from((1, 2, 3, 40))
shares = st.none() | st.integers(0, 9)
ages = st.none() | st.integers(-2, 30)
tellers = st.sampled_from(("cli", "key:web", "operator:li"))
limits = st.lists(
    st.builds(
        Limit,
        st.sampled_from(("daily", "once")),
        st.sampled_from(CUSTOMERS),
        st.integers(0, 4),
        st.integers(1, 2),
    ),
    max_size=2,
    unique_by=lambda limit: (limit.scope, limit.subject),
).map(tuple)
moves = st.tuples(assets, owners, owners, amounts, ages)
besides = st.just([]) | st.lists(moves, min_size=1, max_size=2)


KINDS = {
    "Define", "Floor", "Note", "Post", "Post and assets", "Hold", "Capture", "Capture and legs",
    "Void", "Reverse", "TakeBack", "TakeBack and legs", "Expire", "Expire of lots", "Release",
    "GiveHalf",
}  # fmt: skip


class Wishes(Machine):
    """The commands; of those that take something, mostly such as there is to take."""

    @rule(asset=assets, by=tellers, wait=waits)
    def define(self, asset: str, by: str, wait: bool) -> None:
        self._ask(Define(key=self._key(), asset=asset), by, wait=wait)

    @rule(asset=assets, owner=owners, floor=st.none() | st.integers(-30, 0), by=tellers, wait=waits)
    def floor(self, asset: str, owner: str, floor: int | None, by: str, wait: bool) -> None:
        self._ask(Floor(key=self._key(), asset=asset, owner=owner, floor=floor), by, wait=wait)

    @rule(asset=assets, owner=customers, amount=amounts, age=ages, by=tellers, wait=waits)
    def earn(
        self, asset: str, owner: str, amount: int, age: int | None, by: str, wait: bool
    ) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount, self._expiry(age)))
        self._ask(Post(key=self._key(), legs=legs), by, wait=wait)

    @rule(asset=assets, owner=customers, amount=amounts, by=tellers, wait=waits)
    def spend(self, asset: str, owner: str, amount: int, by: str, wait: bool) -> None:
        legs = (Leg(asset, owner, -amount), Leg(asset, "spent", amount))
        self._ask(Post(key=self._key(), legs=legs, about={"order": 7}), by, wait=wait)

    @rule(
        moves=st.lists(moves, min_size=1, max_size=3), limits=limits, by=tellers, wait=waits,
    )  # fmt: skip
    def transfer(self, moves: list[Any], limits: tuple[Limit, ...], by: str, wait: bool) -> None:
        self._ask(Post(key=self._key(), legs=self._legs(moves), limits=limits), by, wait=wait)

    @rule(made=st.sets(st.sampled_from((*ASSETS, *MADE))), by=tellers, wait=waits)
    def note(self, made: set[str], by: str, wait: bool) -> None:
        self._ask(Note(key=self._key(), assets=tuple(sorted(made)), about={"x": 1}), by, wait=wait)

    @rule(
        asset=st.sampled_from((*ASSETS, *MADE)), owner=customers, amount=amounts,
        made=st.sampled_from(((), MADE[:1], MADE, (MADE[1], *ASSETS))), by=tellers, wait=waits,
    )  # fmt: skip
    def earn_of_what_is_made(
        self, asset: str, owner: str, amount: int, made: tuple[str, ...], by: str, wait: bool
    ) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount))
        self._ask(Post(key=self._key(), legs=legs, assets=made), by, wait=wait)

    @rule(asset=assets, giver=owners, to=owners, by=tellers, wait=waits)
    def give_half(self, asset: str, giver: str, to: str, by: str, wait: bool) -> None:
        self._ask(GiveHalf(self._key(), to, giver, asset), by, wait=wait)

    @rule(
        asset=assets,
        owner=customers,
        amount=st.integers(1, 4),
        most=st.integers(0, 6),
        by=tellers,
        wait=waits,
    )
    def claim(self, asset: str, owner: str, amount: int, most: int, by: str, wait: bool) -> None:
        legs = (Leg(asset, "stock", -amount), Leg(asset, owner, amount))
        limit = Limit(asset, owner, most)
        self._ask(Post(key=self._key(), legs=legs, limits=(limit,)), by, wait=wait)

    @rule(asset=assets, giver=owners, taker=owners, by=tellers)
    def move_as_much_as_can_be_told(self, asset: str, giver: str, taker: str, by: str) -> None:
        legs = (Leg(asset, giver, -MOST), Leg(asset, taker, MOST))
        self._ask(Post(key=self._key(), legs=legs), by, wait=False)

    @rule(
        owner=st.sampled_from(("order:1", "order:2", "offer:1")), legs=st.lists(
            st.tuples(assets, owners, amounts), min_size=1, max_size=3
        ), age=st.integers(-1, 20), limits=limits, by=tellers, wait=waits,
    )  # fmt: skip
    def hold(
        self, owner: str, legs: list[Any], age: int, limits: tuple[Limit, ...], by: str, wait: bool
    ) -> None:
        made: list[Leg] = []
        for asset, giver, amount in legs:
            made += [Leg(asset, giver, -amount), Leg(asset, "spent", amount)]
        self._ask(
            Hold(
                key=self._key(), owner=owner, legs=tuple(made),
                expires_at=self.now + age, limits=limits,
            ),
            by, wait=wait,
        )  # fmt: skip

    @rule(asset=assets, owner=customers, amount=st.integers(2, 9), wait=waits)
    def earn_and_hold_what_then_expires(
        self, asset: str, owner: str, amount: int, wait: bool
    ) -> None:
        legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount, self.now + 2))
        self._ask(Post(key=self._key(), legs=legs), "cli", wait=True)
        held = (Leg(asset, owner, 1 - amount), Leg(asset, "spent", amount - 1))
        self._ask(
            Hold(key=self._key(), owner="order:3", legs=held, expires_at=self.now + 20),
            "cli",
            wait=False,
        )
        self.now += 2
        self._ask(Expire(key=self._key(), asset=asset, most=3), "cli", wait=wait)

    @rule(
        owner=st.sampled_from(("offer:2", "offer:3", "offer:4")),
        asset=assets,
        to=customers,
        amount=st.integers(1, 3),
        most=st.integers(1, 2),
        wait=waits,
    )
    def promise(self, owner: str, asset: str, to: str, amount: int, most: int, wait: bool) -> None:
        legs = (Leg(asset, "stock", -amount), Leg(asset, to, amount))
        self._ask(
            Hold(
                key=self._key(),
                owner=owner,
                legs=legs,
                expires_at=self.now + 9,
                limits=(Limit("once", to, most),),
            ),
            "cli",
            wait=wait,
        )

    @precondition(lambda self: self.model.holds)
    @rule(which=numbers, share=shares, moves=besides, by=tellers, wait=waits)
    def capture(self, which: int, share: int | None, moves: list[Any], by: str, wait: bool) -> None:
        n = self._a_hold(which)
        held = [] if n not in self.model.holds else self.model.holds[n].lines
        amounts = self._share({line[0][0]: line[2] for line in held}, share)
        legs = self._legs(moves)
        self._ask(Capture(key=self._key(), hold=n, amounts=amounts, legs=legs), by, wait=wait)

    @rule(asset=assets, to=customers, later=st.integers(1, 3), by=tellers, wait=waits)
    def capture_about_when_it_expires(
        self, asset: str, to: str, later: int, by: str, wait: bool
    ) -> None:
        legs = (Leg(asset, "stock", -1), Leg(asset, to, 1))
        made = Hold(key=self._key(), owner="offer:5", legs=legs, expires_at=self.now + 2)
        self._ask(made, by, wait=False)
        self.now += later
        self._ask(Capture(key=self._key(), hold=self.model.n), by, wait=wait)

    @precondition(lambda self: self.model.holds)
    @rule(share=st.integers(0, 4), back=st.integers(0, 2), to=owners, by=tellers, wait=waits)
    def capture_a_part_and_move_the_rest(
        self, share: int, back: int, to: str, by: str, wait: bool
    ) -> None:
        """As where less is spent than was set aside; all the owner has, or more by `back`."""
        n, hold = list(self.model.holds.items())[-1]
        (asset, owner, _), _, amount = hold.lines[-1]
        used = min(amount * share // 5, MOST)
        everything = self.model.room(asset, owner, self.now) + amount - used + back
        legs = self._legs([(asset, owner, to, everything, None)])
        if used > 0 and 0 < everything <= MOST and not asset.startswith("limit:"):
            self._ask(
                Capture(key=self._key(), hold=n, amounts={asset: used}, legs=legs), by, wait=wait
            )

    @precondition(lambda self: self.model.holds)
    @rule(which=numbers, by=tellers, wait=waits)
    def void(self, which: int, by: str, wait: bool) -> None:
        hold = self._a_hold(which)
        self._ask(Void(key=self._key(), hold=hold), by, wait=wait)

    @rule(which=numbers, share=shares, by=tellers, wait=waits)
    def reverse(self, which: int, share: int | None, by: str, wait: bool) -> None:
        moved = [n for n, entry in self.model.entries.items() if entry.postings]
        n = self._of(moved, which)
        entry = self.model.entries.get(n)
        came_in = [] if entry is None else [one for one in entry.postings if one.amount > 0]
        amounts = self._share({one.key[0]: one.amount for one in came_in}, share)
        self._ask(Reverse(key=self._key(), n=n, amounts=amounts), by, wait=wait)

    @rule(
        which=st.lists(st.tuples(numbers, shares), min_size=1, max_size=3), moves=besides,
        limits=limits, by=tellers, wait=waits,
    )  # fmt: skip
    def take_back(
        self, which: list[Any], moves: list[Any], limits: tuple[Limit, ...], by: str, wait: bool
    ) -> None:
        """Mostly of those that have something left."""
        entries = self.model.entries
        whole = [n for n, entry in entries.items() if entry.can_be_reversed]
        some = [n for n in whole if entries[n].has_something_left]
        taken: dict[int, Taken] = {}
        for nth, share in which:
            n = self._of(some if nth % 8 else whole, nth)
            left = {} if n == 999 else {x.key[0]: x.left for x in entries[n].came_in}
            taken[n] = Taken(n, self._share(left, share))
        back = tuple(taken.values())
        self._ask(
            TakeBack(key=self._key(), entries=back, legs=self._legs(moves), limits=limits),
            by, wait=wait,
        )  # fmt: skip

    @precondition(
        lambda self: any(entry.has_something_left for entry in self.model.entries.values())
    )
    @rule(which=numbers, to=customers, amount=amounts, by=tellers, wait=waits)
    def take_all_of_one_back_and_make_up_for_it(
        self, which: int, to: str, amount: int, by: str, wait: bool
    ) -> None:
        """As for goods that were returned, with something for the trouble."""
        some = [n for n, entry in self.model.entries.items() if entry.has_something_left]
        n = some[-1 - which % len(some)]
        asset = self.model.entries[n].came_in[-1].key[0]
        legs = self._legs([(asset, ISSUER, to, amount, None)])
        self._ask(TakeBack(key=self._key(), entries=(Taken(n),), legs=legs), by, wait=wait)

    @rule(asset=assets, most=st.integers(1, 3), by=tellers, wait=waits)
    def expire(self, asset: str, most: int, by: str, wait: bool) -> None:
        self._ask(Expire(key=self._key(), asset=asset, most=most), by, wait=wait)

    @rule(
        asset=assets, most=st.integers(1, 3), which=st.sets(numbers, min_size=1, max_size=6),
        to=customers, by=tellers, wait=waits,
    )  # fmt: skip
    def expire_what_was_seen(
        self, asset: str, most: int, which: set[int], to: str, by: str, wait: bool
    ) -> None:
        """Some of what a sweep saw: it has expired, or not, or is of something else, or is gone."""
        lots = [self._of(sorted(self._accounts()), nth) for nth in sorted(which)]
        if wait:
            spent = (Leg(asset, to, -1), Leg(asset, "spent", 1))
            self._ask(Post(key=self._key(), legs=spent), by, wait=True)
        self._ask(Expire(key=self._key(), asset=asset, most=most, lots=tuple(lots)), by, wait=wait)

    @rule(most=st.integers(1, 2), by=tellers, wait=waits)
    def release(self, most: int, by: str, wait: bool) -> None:
        self._ask(Release(key=self._key(), most=most), by, wait=wait)
