"""Of two numbers of one customer: what stands under the old one moves to the one that survives.

Points, growth value, money, coupons, gifts and marks go over with their expiries, and so does what
is owed; of a badge that both have one stays. The higher tier holds, and is judged anew with the
growth value of both. What the old number has used of limits counts for the new one, so that nobody
gets a second first coupon by having two accounts.

What an open hold has set aside stays until it is captured or released; the answer names the holds,
and asked again it moves what has become free. Two numbers that are parted again keep what they have
then: nobody can tell by which of them it would have been used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.moved import WALLETS_MERGED
from regulars.benefit.names import GROWTH, badge_asset, customer_owner
from regulars.benefit.reading import available, tiers_now, used_of_limit
from regulars.benefit.tier.judge import NOBODY, Judged, Standing, judge, place_of
from regulars.benefit.tier.judging import standing_of, told_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_members import MemberRow
from regulars.engines.store_wallets import OwnedRow
from regulars.errors import InvalidCommand, NothingToDo, Where
from regulars.ledger.command import ISSUER, LIMITS, Leg, Limit, Note, Post, Told
from regulars.ledger.deed import Deed, Planned

MERGED = "merged"
"""Marks numbers that had nothing but limits that they had used."""

_BADGES = badge_asset("")
_MOST_LOTS = 150
"""In one entry; the rest is for the next."""
_MOST_LIMITS = 150
_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class MergeWallets(Deed):
    """Move what a number has to the number that survives it.

    The answer's `about` tells `from`, `to`, what was `moved` by asset, what stays `held` and by
    which `holds`, `limits` (how many were carried over), `badges` that both had, under `judged`
    what became of the tier, and `more` where there is more to be moved by another deed.

    Attributes:
        key: idempotency key.
        old: the number that is another one's by now.
        new: that one.
        zone: the shop's time zone.
        with_limits: whether limits are carried over; the first time only, or they count twice.

    Raises (when asked):
        NothingToDo: the old number has nothing.
    """

    key: str
    old: int
    new: int
    zone: str
    with_limits: bool = True

    def __post_init__(self) -> None:
        check_customer(self.old)
        check_customer(self.new)
        if self.old == self.new:
            raise InvalidCommand(
                "a number is not merged with itself",
                where=Where(column="old", value=str(self.old)),
                todo="name the number that survives",
            )

    def digest(self) -> bytes:
        """Of both numbers."""
        return digest_of("merge wallets", self.old, self.new, self.with_limits)

    def plan(self, connection: Connection, at: int) -> Planned:
        """The lots, the limits, the tier, and the rows that name the old number."""
        rows = BenefitRows(connection)
        giver, taker = customer_owner(self.old), customer_owner(self.new)
        owned = rows.owned_by(giver)
        free = [
            row for row in owned
            if not row.asset.startswith(LIMITS) and row.expires_at > at and row.balance > row.held
        ]  # fmt: skip
        now, later = free[:_MOST_LOTS], free[_MOST_LOTS:]
        doubled = {
            row.asset for row in now
            if row.asset.startswith(_BADGES) and available(connection, row.asset, taker, at)
        }  # fmt: skip
        legs = _legs(now, giver, taker, doubled)
        limits = self._limits(connection, owned, doubled, at) if self.with_limits else ()
        if limits and not legs:  # limits go along with something
            legs = (Leg(MERGED, ISSUER, -1), Leg(MERGED, taker, 1))
        before = rows.member(self.old)
        is_member = before is not None and bool(before.tier or before.shown_as)
        if not legs and not is_member:
            raise NothingToDo(
                "this number has nothing",
                where=Where(column="old", value=str(self.old)),
                todo="nothing is to be done",
            )
        judged = self._judged(connection, sum(r.balance - r.held for r in now if r.asset == GROWTH),
                              at)  # fmt: skip
        about = self._about(rows, owned, now, doubled)
        about |= {"limits": len(limits)} if limits else {}
        about |= {"more": True} if later else {}
        about |= {"judged": {"what": judged.what} | judged.as_dict()} if judged.what else {}
        told = Told(WALLETS_MERGED, self.new, {"from": self.old})
        events = (told, *told_of(judged, self.new))

        def write(connection: Connection, n: int) -> None:
            rows = BenefitRows(connection)
            rows.hand_over(self.old, self.new)
            self._put_members(rows, judged.standing, n)

        if not legs:
            return Planned(Note(key="", about=about, events=events), write)
        assets = tuple(dict.fromkeys(leg.asset for leg in legs))
        post = Post(key="", legs=legs, limits=limits, assets=assets, about=about, events=events)
        return Planned(post, write)

    def _limits(
        self, connection: Connection, owned: list[OwnedRow], doubled: set[str], at: int
    ) -> tuple[Limit, ...]:
        """Those of single days and weeks count only the latest: earlier ones are over."""
        taker, used = customer_owner(self.new), []
        for row in owned:
            scope = row.asset.removeprefix(LIMITS)
            if scope != row.asset and scope not in doubled and row.balance < 0:
                used.append((scope, -row.balance))
        used.sort(key=lambda one: (_is_lasting(one[0]), _window(one[0])), reverse=True)
        return tuple(
            Limit(scope, taker, used_of_limit(connection, scope, taker, at) + amount, amount)
            for scope, amount in used[:_MOST_LIMITS]
        )

    def _judged(self, connection: Connection, more_growth: int, at: int) -> Judged:
        """The higher of both tiers, judged with the growth value of both."""
        tiers = tiers_now(connection)
        both = [standing_of(connection, one) for one in (self.new, self.old)]
        has = max(both, key=lambda one: place_of(tiers, one.tier))
        growth = available(connection, GROWTH, customer_owner(self.new), at) + more_growth
        return judge(tiers, has, growth, at, self.zone)

    def _put_members(self, rows: BenefitRows, standing: Standing, n: int) -> None:
        old, new = rows.member(self.old), rows.member(self.new)
        names = [row.shown_as for row in (new, old) if row is not None and row.shown_as]
        if new is not None or old is not None or standing != NOBODY:
            rows.put_member(MemberRow(self.new, *standing, names[0] if names else "", n))
        if old is not None:
            rows.put_member(MemberRow(self.old, *NOBODY, "", n))

    def _about(
        self, rows: BenefitRows, owned: list[OwnedRow], now: list[OwnedRow], doubled: set[str]
    ) -> dict[str, Any]:
        moved: dict[str, int] = {}
        for row in now:
            if row.asset not in doubled:
                moved[row.asset] = moved.get(row.asset, 0) + row.balance - row.held
        held: dict[str, int] = {}
        for row in owned:
            if row.held and not row.asset.startswith(LIMITS):
                held[row.asset] = held.get(row.asset, 0) + row.held
        about: dict[str, Any] = {"from": self.old, "to": self.new, "moved": moved}
        if held:
            holds = rows.holding(customer_owner(self.old))[:_MOST_NAMED]
            about |= {"held": held, "holds": holds}
        if doubled:
            about["badges"] = sorted(asset.removeprefix(_BADGES) for asset in doubled)
        return about


def _legs(lots: list[OwnedRow], giver: str, taker: str, doubled: set[str]) -> tuple[Leg, ...]:
    """All of an asset goes out at once, what expires first before the rest, as the lots come in."""
    out: dict[str, int] = {}
    for row in lots:
        out[row.asset] = out.get(row.asset, 0) + row.balance - row.held
    return (
        *(Leg(asset, giver, -amount) for asset, amount in out.items()),
        *(
            Leg(row.asset, ISSUER, row.balance - row.held)
            if row.asset in doubled
            else Leg(row.asset, taker, row.balance - row.held, row.expires_at)
            for row in lots
        ),
    )


def _is_lasting(scope: str) -> bool:
    """Whether the limit is of all time, not of a day or a week."""
    return not scope.startswith("earn:") or scope.endswith(":all")


def _window(scope: str) -> str:
    """The first day of what the limit is of, as text that sorts."""
    return scope.rsplit(":", 1)[-1]
