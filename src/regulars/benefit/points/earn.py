"""Something earns points and growth value: an order that was paid, an event that came in.

One entry does all of it: the points come into the lot of their expiry, what was owed of earlier
refunds is paid first, growth value comes in, the limits of the rules are used, and the tier is
judged. What has earned once does not earn again, whatever the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, customer_owner
from regulars.benefit.points.earning import Earned, limit_of
from regulars.benefit.points.expiry import growth_expires_at, points_expire_at
from regulars.benefit.reading import all_available, points_now, tiers_now, used_of_limit
from regulars.benefit.tier.judge import judge
from regulars.benefit.tier.judging import put_standing, standing_of, told_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, EarnedRow
from regulars.errors import InvalidCommand, LimitReached, NothingToDo, Where
from regulars.ledger.command import ISSUER, MOST, NEVER, Leg, Limit, Post, Told
from regulars.ledger.deed import Deed, Planned

POINTS_EARNED = "Points Earned"
ASSETS = (POINTS, GROWTH, OWED_POINTS)
"""Made where they are not there yet."""


def check_amount(column: str, amount: int, least: int = 1) -> None:
    """Raises `InvalidCommand` where the amount can be none."""
    if not least <= amount <= MOST:
        raise InvalidCommand(
            "this is no amount",
            where=Where(column=column, value=str(amount)),
            todo=f"write {least} to 2^53 - 1",
        )


@dataclass(frozen=True, kw_only=True)
class Earn(Deed):
    """Give a customer what something has earned.

    Rules whose limit the customer has used up give nothing, the others do. Points last from now on,
    growth value counts from when it happened.

    The answer's `about` tells `source`, `base`, `points` and `growth`, of them `paid_back` (points
    that the customer owed), `rules` (points and growth of each), `expires_at` of the points, and
    under `judged` what became of the tier, where something did.

    Attributes:
        key: idempotency key.
        source: what has earned: `order:…` (as `order_owner` names it), `event:…`.
        customer_id: who.
        earned: by rule.
        base: smallest coins that earned in all (`earning.base_of`), to which refunds are held; 0 of
            an event.
        happened_at: UTC microseconds.
        zone: the shop's time zone.
        about: ids that are kept with it besides.

    Raises (when asked):
        NothingToDo: it has earned before, or earns nothing.
        LimitReached: the limits of all its rules are used up.
    """

    key: str
    source: str
    customer_id: int
    earned: Sequence[Earned]
    base: int
    happened_at: int
    zone: str
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_customer(self.customer_id)
        check_amount("base", self.base, 0)
        for one in self.earned:
            check_amount(one.rule, one.points, 0)
            check_amount(one.rule, one.growth, 0)
        if not self.source or len(self.source) > _LONGEST:
            raise InvalidCommand(
                f"a source has 1 to {_LONGEST} characters",
                where=Where(column="source", value=self.source[:_LONGEST]),
                todo="name what has earned",
            )

    def digest(self) -> bytes:
        """Of all but the time zone."""
        return digest_of(
            "earn", self.source, self.customer_id, list(self.earned), self.base, self.happened_at,
            self.about,
        )  # fmt: skip

    def plan(self, connection: Connection, at: int) -> Planned:
        """What comes in, what is paid back, and what becomes of the tier."""
        self._refuse_another(connection)
        counted, limits = self._within_limits(connection, at)
        points = sum(one.points for one in counted)
        tiers = tiers_now(connection)
        growth_ends = growth_expires_at(tiers, self.happened_at, self.zone)
        growth = sum(one.growth for one in counted) if growth_ends > at else 0
        if not points and not growth:
            raise NothingToDo(
                "this earns nothing",
                where=Where(column="source", value=self.source),
                todo="see what its rules give",
            )
        customer = customer_owner(self.customer_id)
        has = all_available(connection, customer, at, OWED_POINTS, GROWTH)
        paid_back = min(points, has[OWED_POINTS])
        ends = points_expire_at(points_now(connection), at, self.zone)
        standing = standing_of(connection, self.customer_id)
        judged = judge(tiers, standing, has[GROWTH] + growth, at, self.zone)
        told: dict[str, Any] = {"source": self.source, "points": points, "growth": growth}
        if points > paid_back and ends != NEVER:
            told["expires_at"] = ends
        if paid_back:
            told["paid_back"] = paid_back
        rules = {one.rule: [one.points, one.growth] for one in counted}
        about = self.about | told | {"base": self.base, "rules": rules}
        if judged.what:
            about["judged"] = {"what": judged.what} | judged.as_dict()
        post = Post(
            key="",
            legs=(
                *moved(POINTS, ISSUER, customer, points - paid_back, ends),
                *moved(OWED_POINTS, customer, ISSUER, paid_back),
                *moved(GROWTH, ISSUER, customer, growth, growth_ends),
            ),
            limits=limits,
            assets=ASSETS,
            about=about,
            events=(
                Told(POINTS_EARNED, self.customer_id, told | {"rules": list(rules)}),
                *told_of(judged, self.customer_id),
            ),
        )

        def write(connection: Connection, n: int) -> None:
            row = EarnedRow(
                self.source, self.customer_id, n, self.base, points, growth,
                base_back=0, points_back=0, growth_back=0,
            )  # fmt: skip
            BenefitRows(connection).put_earned(row)
            if judged.what:
                put_standing(connection, self.customer_id, judged.standing, n)

        return Planned(post, write)

    def _refuse_another(self, connection: Connection) -> None:
        before = BenefitRows(connection).earned(self.source)
        if before is not None:
            raise NothingToDo(
                "this has earned before",
                where=Where(column="source", value=self.source),
                todo=f"entry {before.n} of the journal tells what",
            )

    def _within_limits(
        self, connection: Connection, at: int
    ) -> tuple[list[Earned], tuple[Limit, ...]]:
        counted, limits, reached = [], [], None
        for one in self.earned:
            limit = limit_of(one, self.customer_id, self.happened_at, self.zone)
            if limit is not None and (one.points or one.growth):
                if used_of_limit(connection, limit.scope, limit.subject, at) >= limit.most:
                    reached = one
                    continue
                limits.append(limit)
            counted.append(one)
        if reached is not None and not any(one.points or one.growth for one in counted):
            raise LimitReached(
                f"this customer has earned by the rule {reached.rule} as often as anybody may",
                where=Where(column="limit", value=str(reached.limit)),
                todo="nothing more is given for it in this time",
            )
        return counted, tuple(limits)


def moved(
    asset: str, giver: str, taker: str, amount: int, expires_at: int = NEVER
) -> Iterable[Leg]:
    """The legs that move an amount; none where there is none."""
    if not amount:
        return ()
    return (Leg(asset, giver, -amount), Leg(asset, taker, amount, expires_at))


_LONGEST = 200
