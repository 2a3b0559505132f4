"""A deed for tests, as small as one can be: it looks, moves, and puts something down besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import sqlalchemy as sa

from regulars.engines.schema import RELAYS
from regulars.engines.store import Connection
from regulars.errors import TooMuch
from regulars.ledger.command import Leg, Post
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.statement import balance_of

HALVES = "halves"


@dataclass
class GiveHalf(Deed):
    """Half of what somebody has, rounded up, goes to somebody; the answer tells how much.

    What was given is written beside the book too, by the number of the journal's row.
    """

    key: str
    to: str
    giver: str = "pot"
    asset: str = "points"
    asked: int = field(default=0, compare=False)
    """How often it has looked."""

    def digest(self) -> bytes:
        wanted = "\0".join((self.asset, self.giver, self.to))
        return blake2b(wanted.encode(), digest_size=16).digest()

    def plan(self, connection: Connection, at: int) -> Planned:
        self.asked += 1
        left = balance_of(connection, self.asset, self.giver, at).available
        if left <= 0:
            raise TooMuch("the pot is empty", todo="come earlier")
        half = -(-left // 2)

        def note(connection: Connection, n: int) -> None:
            connection.execute(sa.insert(RELAYS).values(name=f"{HALVES}:{n}", n=half))

        legs = (Leg(self.asset, self.giver, -half), Leg(self.asset, self.to, half))
        return Planned(Post(key="a key of its own", legs=legs, about={"half": half}), note)


def halves(connection: Connection) -> dict[int, int]:
    """What was written beside the book, by the number of the journal's row."""
    found = connection.execute(
        sa.select(RELAYS.c.name, RELAYS.c.n).where(RELAYS.c.name.like(f"{HALVES}:%"))
    )
    return {int(name.rpartition(":")[2]): half for name, half in found}
