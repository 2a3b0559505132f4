"""What the store has, as the laws go through it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from regulars.ledger.receipt import Line


class Effect(NamedTuple):
    """An entry of the journal, and what was asked for by it; of a pass there is no verb."""

    n: int
    at: int
    verb: str
    asked: dict[str, Any]
    about: dict[str, Any]
    lines: tuple[Line, ...]
    held: tuple[Line, ...]


class Refusal(NamedTuple):
    """What was refused, at some instant from `since` to `until`."""

    verb: str
    asked: dict[str, Any]
    code: str
    where: dict[str, Any]
    since: int
    until: int


@dataclass(frozen=True)
class Book:
    """What the store has.

    Attributes:
        effects: the journal.
        balances: by asset and owner.
        held: likewise, of it set aside.
        orders: by id, state, hold, and the JSON of what it uses and of what was refunded.
        open_holds: by owner, the entry.
        envelopes: by id, the shares that were drawn, and the entry that closed it.
        gifts: by entry, the state, and whether there is an address.
        tiers: by customer.
        stock: of the coupon that all rush for.
    """

    effects: list[Effect]
    balances: dict[tuple[str, str], int]
    held: dict[tuple[str, str], int]
    orders: dict[str, tuple[str, int, str, str]]
    open_holds: dict[str, int]
    envelopes: dict[str, tuple[list[int], int]]
    gifts: dict[int, tuple[str, bool]]
    tiers: dict[int, str]
    stock: int

    @cached_property
    def by_n(self) -> dict[int, Effect]:
        """Effects by their entry."""
        return {one.n: one for one in self.effects}

    @cached_property
    def given(self) -> list[Effect]:
        """Coupons given, by whatever way."""
        return [
            one for one in self.effects if one.verb in ("issue", "claim") and "coupon" in one.about
        ]

    @cached_property
    def taken_back(self) -> set[int]:
        """The entries whose coupon or gift was taken back."""
        backs = [one.about["given"] for one in self.effects if one.verb == "take_back"]
        assert len(backs) == len(set(backs)), "taken back twice"
        return set(backs)

    @cached_property
    def filled(self) -> dict[str, Effect]:
        """Envelopes, by id."""
        return {one.about["envelope"]: one for one in self.effects if one.verb == "envelope"}

    @cached_property
    def claims(self) -> dict[str, list[Effect]]:
        """The claims of each envelope's shares, in their order."""
        found: dict[str, list[Effect]] = {name: [] for name in self.filled}
        for one in self.effects:
            if one.verb == "claim" and "envelope" in one.about:
                found[one.about["envelope"]].append(one)
        return found

    @cached_property
    def sent(self) -> set[int]:
        """The entries whose gift was sent."""
        return {one.about["given"] for one in self.effects if one.verb == "send"}

    def balance(self, asset: str, owner: str) -> int:
        """0 where there is no account."""
        return self.balances.get((asset, owner), 0)
