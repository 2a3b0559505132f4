"""What something has earned is taken back, for refunds that the shop tells of afterwards.

They tell how much of what earned has been refunded in all, so the same told twice takes once, and
any sequence of refunds takes what one would; once all of it is refunded, all of the points are
taken. What the customer has spent meanwhile is owed, and later earnings pay it. The tier stays
until its period is over; a shop that fears who buys, rises and returns lets its orders earn after
some days (`wait_days`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regulars.benefit.digest import digest_of
from regulars.benefit.names import GROWTH, POINTS, customer_owner
from regulars.benefit.order.earned import EarnedBack, take_back
from regulars.benefit.order.postings import postings_of
from regulars.benefit.points.earn import ASSETS, check_amount
from regulars.benefit.reading import all_available
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, EarnedRow
from regulars.errors import NoSuchBenefit, NothingToDo, Where
from regulars.ledger.command import Command, Note, Post, TakeBack, Taken, Told
from regulars.ledger.deed import Deed, Planned

POINTS_TAKEN_BACK = "Points Taken Back"


@dataclass(frozen=True, kw_only=True)
class TakeEarnedBack(Deed):
    """Bring what was taken back of an earning to where so much of its base is refunded.

    The answer's `about` tells `source`, `base_back`, `points` and `growth` taken, and `owed`.

    Attributes:
        key: idempotency key.
        source: what has earned.
        base_back: smallest coins refunded so far, in all; more than earned counts as all of it.
            None for all of it: an event that was no such event.

    Raises (when asked):
        NoSuchBenefit: this has earned nothing.
        NothingToDo: so much, or more, was taken back before.
    """

    key: str
    source: str
    base_back: int | None

    def __post_init__(self) -> None:
        if self.base_back is not None:
            check_amount("base_back", self.base_back, 0)

    def digest(self) -> bytes:
        """Of all of it."""
        return digest_of("take earned back", self.source, self.base_back)

    def plan(self, connection: Connection, at: int) -> Planned:
        """What is taken, what is owed, and how it stands then."""
        row = BenefitRows(connection).earned(self.source)
        if row is None:
            raise NoSuchBenefit(
                "this has earned nothing",
                where=Where(column="source", value=self.source),
                todo="name what has earned as it was named then",
            )
        has = all_available(connection, customer_owner(row.customer_id), at, POINTS, GROWTH)
        back = take_back(
            row,
            goods_cash=min(row.base, row.base if self.base_back is None else self.base_back),
            goods_pay=row.base,
            all_goods=self._is_all(row),
            entry=postings_of(connection, row.n),
            points_there=has[POINTS],
            growth_there=has[GROWTH],
        )
        if back.row == row:
            raise NothingToDo(
                "so much was taken back before",
                where=Where(column="source", value=self.source),
                todo="tell how much was refunded in all, of this order",
            )

        def write(connection: Connection, _n: int) -> None:
            BenefitRows(connection).put_earned(back.row)

        return Planned(_command(back, self.source), write)

    def _is_all(self, row: EarnedRow) -> bool:
        if self.base_back is None:
            return True
        return row.base > 0 and self.base_back >= row.base


def _command(back: EarnedBack, source: str) -> Command:
    told: dict[str, Any] = {"source": source, "points": back.points, "growth": back.growth}
    if back.owed:
        told["owed"] = back.owed
    about = told | {"base_back": back.row.base_back}
    if not back.amounts and not back.legs:
        return Note(key="", about=about, assets=ASSETS)
    events = (Told(POINTS_TAKEN_BACK, back.row.customer_id, told),)
    if not back.amounts:
        return Post(key="", legs=back.legs, about=about, events=events, assets=ASSETS)
    taken = (Taken(back.row.n, back.amounts),)
    return TakeBack(key="", entries=taken, legs=back.legs, about=about, events=events)
