"""Balances whose sum passes 64 bits, though each alone is far from it."""

from __future__ import annotations

from regulars.ledger.command import MOST, Define, Floor, Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.totals import all_assets, owners_of
from regulars.ledger.verify import verify

OWNERS = 2**63 // MOST + 5


def test_they_are_added_up_verified_and_listed(store):
    with Ledger(store) as ledger:
        ledger.ask(Define(key="d", asset="points"), "test")
        ledger.ask_all(
            [
                one
                for n in range(OWNERS)
                for one in (
                    Floor(key=f"f{n}", asset="points", owner=f"shop:{n}", floor=None),
                    Post(
                        key=f"p{n}",
                        legs=(Leg("points", f"shop:{n}", -MOST), Leg("points", f"big:{n}", MOST)),
                    ),
                )
            ],
            "test",
        )
    with store.read() as connection:
        (told,) = all_assets(connection)
        assert (told.asset, told.sum) == ("points", 0)
        assert [abs(one.balance) for one in owners_of(connection, "points", 3)] == [MOST] * 3
        assert verify(connection).n == 1 + 2 * OWNERS
