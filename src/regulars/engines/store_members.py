"""Statements of tiers, and of the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.prepared import Put, Rows, by_key
from regulars.engines.schema import BENEFIT_EARNED, JOURNAL, MEMBERS

_MANY = 5_000
"""Values in one statement."""


class MemberRow(NamedTuple):
    """A customer's tier, since when and until when it is kept, and a name for the leaderboard."""

    customer_id: int
    tier: str
    since: int
    until: int
    shown_as: str
    n: int


class ShownRow(NamedTuple):
    """Who stands on the leaderboard, and what they have earned in the period."""

    customer_id: int
    shown_as: str
    points: int
    growth: int


_MEMBER, _PUT_MEMBER = by_key(MEMBERS), Put(MEMBERS)


class MemberRows(Rows):
    """Members, within the connection's transaction."""

    def member(self, customer_id: int) -> MemberRow | None:
        """The customer's tier; None where none was ever reached."""
        return _MEMBER.one(self.connection, MemberRow, customer_id=customer_id)

    def members_of(self, customer_ids: Sequence[int]) -> dict[int, MemberRow]:
        """The tiers of these customers, of those who have reached any."""
        found: dict[int, MemberRow] = {}
        for first in range(0, len(customer_ids), _MANY):
            part = list(customer_ids[first : first + _MANY])
            statement = sa.select(MEMBERS).where(MEMBERS.c.customer_id.in_(part))
            found |= {row[0]: MemberRow(*row) for row in self.connection.execute(statement)}
        return found

    def members_to_judge(self, at: int, most: int) -> list[MemberRow]:
        """Whose tier was kept until then, the longest ago first."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.until <= at).order_by(MEMBERS.c.until)
        return [MemberRow(*row) for row in self.connection.execute(statement.limit(most))]

    def put_member(self, row: MemberRow) -> None:
        """Have the customer stand so."""
        _PUT_MEMBER.put(self.connection, row)

    def shown_members(self) -> list[MemberRow]:
        """Who has chosen to stand on the leaderboard."""
        statement = sa.select(MEMBERS).where(MEMBERS.c.shown_as != "")
        return [MemberRow(*row) for row in self.connection.execute(statement)]

    def earned_by_shown_members(self, begins_at: int, ends_at: int) -> list[ShownRow]:
        """What those on the leaderboard have earned by entries of the period, net of refunds."""
        points = sa.func.sum(BENEFIT_EARNED.c.points - BENEFIT_EARNED.c.points_back)
        growth = sa.func.sum(BENEFIT_EARNED.c.growth - BENEFIT_EARNED.c.growth_back)
        first, end = self._first_entry(begins_at), self._first_entry(ends_at)
        statement = (
            sa.select(MEMBERS.c.customer_id, MEMBERS.c.shown_as, points, growth)
            .join(BENEFIT_EARNED, BENEFIT_EARNED.c.customer_id == MEMBERS.c.customer_id)
            .where(MEMBERS.c.shown_as != "")
            .where(BENEFIT_EARNED.c.n >= first, BENEFIT_EARNED.c.n < end)
            .group_by(MEMBERS.c.customer_id, MEMBERS.c.shown_as)
        )
        return [
            ShownRow(who, shown_as, int(points), int(growth))
            for who, shown_as, points, growth in self.connection.execute(statement)
        ]

    def _first_entry(self, at: int) -> int:
        """The first row of the journal that is not before the instant, or the one to come.

        The journal's times never fall, so that no index of them is needed.
        """
        low = 1
        high = (self.connection.execute(sa.select(sa.func.max(JOURNAL.c.n))).scalar() or 0) + 1
        while low < high:
            middle = (low + high) // 2
            when = sa.select(JOURNAL.c.at).where(JOURNAL.c.n == middle)
            if self.connection.execute(when).scalar_one() < at:
                low = middle + 1
            else:
                high = middle
        return low
