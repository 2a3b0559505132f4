"""The leaderboard: who has earned most in a period, of those who have chosen to stand there.

Nobody stands on it unasked, and under no other name than the one they chose for it. That name is in
the member's row only, never in the journal, so that it is gone once they leave.

>>> board([(1, 50), (2, 80), (3, 50), (4, 10)], {1: "Li", 2: "Tea", 3: "Wu", 4: "Xu"}, most=3)
[Place(rank=1, shown_as='Tea', amount=80, customer_id=2), \
Place(rank=2, shown_as='Li', amount=50, customer_id=1), \
Place(rank=2, shown_as='Wu', amount=50, customer_id=3)]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.tier.judge import NOBODY
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_members import MemberRow
from regulars.errors import InvalidCommand, NothingToDo, Where
from regulars.ledger.command import Note
from regulars.ledger.deed import Deed, Planned

_LONGEST = 20
Counted = Literal["points", "growth"]


class Place(NamedTuple):
    """A place on the board; who have the same amount share a rank, and the next ones are skipped.

    `customer_id` is for finding oneself, never to be shown to others.
    """

    rank: int
    shown_as: str
    amount: int
    customer_id: int


def board(
    amounts: Iterable[tuple[int, int]], names: Mapping[int, str], most: int = 100
) -> list[Place]:
    """The places, the first first; of the same rank by name.

    Args:
        amounts: customer and amount; who has none, or no name, does not stand there.
        names: as they chose, by customer.
        most: ranks that are shown; all who share the last of them are.
    """
    listed = sorted(
        ((amount, who) for who, amount in amounts if amount > 0 and names.get(who)),
        key=lambda one: (-one[0], names[one[1]], one[1]),
    )
    places: list[Place] = []
    for number, (amount, who) in enumerate(listed, 1):
        shares = bool(places) and places[-1].amount == amount
        rank = places[-1].rank if shares else number
        if rank > most:
            break
        places.append(Place(rank, names[who], amount, who))
    return places


def leaderboard(
    connection: Connection, begins_at: int, ends_at: int, by: Counted = "points", most: int = 100
) -> list[Place]:
    """Who has earned most by rules in a period; what was taken back since does not count.

    Args:
        connection: to be read from.
        begins_at: UTC microseconds, of the entry that gave it.
        ends_at: no longer from this instant on.
        by: what is counted.
        most: ranks that are shown.
    """
    rows = BenefitRows(connection)
    found = rows.earned_by_shown_members(begins_at, ends_at)
    amounts = [(one.customer_id, getattr(one, by)) for one in found]
    return board(amounts, {one.customer_id: one.shown_as for one in found}, most)


@dataclass(frozen=True, kw_only=True)
class Join(Deed):
    """Stand on the leaderboard, under a name of one's own choice; asked again, under another one.

    Attributes:
        key: idempotency key.
        customer_id: who; only ever asked for by themselves.
        shown_as: 1 to 20 printable characters, without spaces around them.

    Raises (when asked):
        NothingToDo: they stand there under this name.
    """

    key: str
    customer_id: int
    shown_as: str

    def __post_init__(self) -> None:
        check_customer(self.customer_id)
        name = self.shown_as
        if not 1 <= len(name) <= _LONGEST or not name.isprintable() or name != name.strip():
            raise InvalidCommand(
                f"a name has 1 to {_LONGEST} printable characters",
                where=Where(column="shown_as", value=name[:_LONGEST]),
                todo="choose another one",
            )

    def digest(self) -> bytes:
        """Of the customer and the name."""
        return digest_of("join leaderboard", self.customer_id, self.shown_as)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """The name in the member's row."""
        row = _row(connection, self.customer_id)
        if row.shown_as == self.shown_as:
            raise _nothing("the customer stands there under this name")
        return _shown(row, self.shown_as, "joined")


@dataclass(frozen=True, kw_only=True)
class Leave(Deed):
    """Stand on the leaderboard no longer; the name is forgotten.

    Attributes:
        key: idempotency key.
        customer_id: who.

    Raises (when asked):
        NothingToDo: they do not stand there.
    """

    key: str
    customer_id: int

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of the customer."""
        return digest_of("leave leaderboard", self.customer_id)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """No name in the member's row."""
        row = _row(connection, self.customer_id)
        if not row.shown_as:
            raise _nothing("the customer does not stand there")
        return _shown(row, "", "left")


def _row(connection: Connection, customer_id: int) -> MemberRow:
    found = BenefitRows(connection).member(customer_id)
    return found or MemberRow(customer_id, *NOBODY, shown_as="", n=0)


def _shown(row: MemberRow, shown_as: str, what: str) -> Planned:
    def write(connection: Connection, n: int) -> None:
        BenefitRows(connection).put_member(row._replace(shown_as=shown_as, n=n))

    return Planned(Note(key="", about={"leaderboard": what, "customer_id": row.customer_id}), write)


def _nothing(why: str) -> NothingToDo:
    return NothingToDo(why, todo="nothing is to be done")
