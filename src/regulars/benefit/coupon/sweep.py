"""Coupons that have expired are taken away, and what was set aside for them is left again.

First they go to `expired`, as anything does that expires; where a budget pays, each then goes on
to `lapsed`, and its worst case from `reserved` to `left`, in one entry. So how many have been let
go is told by the coupons themselves, and a sweep that was interrupted between the two is finished
by the next.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from regulars.benefit.cost import release
from regulars.benefit.definition.terms import Coupon, decode
from regulars.benefit.digest import digest_of
from regulars.benefit.names import LAPSED, RESERVED, cost_asset, coupon_asset
from regulars.benefit.points.sweep import expire
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NoSuchBenefit, NothingToDo, Where
from regulars.ledger.command import EXPIRED, Leg, Post
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.ledger import Ledger
from regulars.ledger.sweep import SWEEPER


@dataclass(frozen=True, kw_only=True)
class ReleaseLapsed(Deed):
    """Let go what was set aside for expired coupons of one version.

    `about` tells coupon, version, how many (`lapsed`) and how much (`released`).

    Attributes:
        key: idempotency key.
        coupon: its name.
        version: of its terms.

    Raises (when asked):
        NoSuchBenefit: there is no such version.
        NothingToDo: none has expired since, or no budget pays for it.
    """

    key: str
    coupon: str
    version: int

    def digest(self) -> bytes:
        """Of the version."""
        return digest_of("release lapsed", self.coupon, self.version)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """From expired to lapsed, and from reserved to left."""
        rows = BenefitRows(connection)
        row = rows.term("coupon", self.coupon, self.version)
        where = Where(column="coupon", value=self.coupon)
        if row is None or not row.body:
            raise NoSuchBenefit(
                "there is no such coupon", where=where, todo="look what is published"
            )
        term = cast("Coupon", decode("coupon", row.body))
        asset = coupon_asset(self.coupon, self.version)
        lapsed = sum(lot.balance for lot in rows.lots_of(EXPIRED, [asset]))
        if not lapsed or not term.budget:
            raise NothingToDo(
                "nothing is set aside for it", where=where, todo="nothing is to be done"
            )
        # A budget that was overdrawn by hand gives back what it has, rather than nothing.
        reserved = rows.lots_of(RESERVED, [cost_asset(term.budget)])
        amount = min(
            lapsed * (term.worst_case or 0), sum(lot.balance - lot.held for lot in reserved)
        )
        post = Post(
            key="",
            legs=(
                Leg(asset, EXPIRED, -lapsed),
                Leg(asset, LAPSED, lapsed),
                *release(term.budget, amount),
            ),
            about={
                "coupon": self.coupon,
                "version": self.version,
                "lapsed": lapsed,
                "released": amount,
            },
        )
        return Planned(post)


def expire_coupons(ledger: Ledger) -> int:
    """Take away the coupons that have expired by now, of every version; how many comes back.

    Raises:
        StoreError: the store does not answer; what was done before is done.
    """
    with ledger.store.read() as connection:
        rows = BenefitRows(connection)
        names = [row.name for row in rows.terms() if row.kind == "coupon"]
        versions = [row for row in rows.versions("coupon", names) if row.body]
    count = sum(expire(ledger, coupon_asset(row.name, row.version)).amount for row in versions)
    paid = {
        coupon_asset(row.name, row.version): row
        for row in versions
        if cast("Coupon", decode("coupon", row.body)).budget
    }
    with ledger.store.read() as connection:
        expired = {lot.asset for lot in BenefitRows(connection).lots_of(EXPIRED, list(paid))}
    for asset in expired:
        row = paid[asset]
        key = f"lapsed:{uuid4().hex}"
        with contextlib.suppress(NothingToDo):  # another sweep was first
            ledger.ask(ReleaseLapsed(key=key, coupon=row.name, version=row.version), by=SWEEPER)
    return count
