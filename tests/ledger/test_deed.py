"""A deed looks at what is there in the transaction of its effect, and has one answer for ever."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from ledger.halving import HALVES, GiveHalf, halves
from regulars.engines.schema import RELAYS
from regulars.engines.store import Connection
from regulars.errors import Insufficient, KeyConflict, LedgerRefused, NoSuchThing, TooMuch
from regulars.ledger.command import Capture, Define, Hold, Leg, Note, Post, Reverse, TakeBack, Taken
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify


@pytest.fixture
def ledger(store):
    with Ledger(store) as ledger:
        ledger.ask(Define(key="define", asset="points"), "cli")
        fill = (Leg("points", "issuer", -11), Leg("points", "pot", 11))
        ledger.ask(Post(key="fill", legs=fill), "cli")
        yield ledger


def noted(store) -> list[int]:
    with store.read() as connection:
        return sorted(halves(connection).values())


def test_each_sees_what_the_one_before_it_has_done_though_they_come_together(ledger, store):
    answers = ledger.ask_all([GiveHalf(f"k{who}", f"customer:{who}") for who in range(1, 6)], "cli")
    assert [one.body.about["half"] for one in answers[:4]] == [6, 3, 1, 1]
    assert isinstance(answers[4], TooMuch)
    assert noted(store) == [1, 1, 3, 6]
    with store.read() as connection:
        verify(connection)


def test_among_commands_each_comes_in_its_turn(ledger):
    more = Post(key="more", legs=(Leg("points", "issuer", -9), Leg("points", "pot", 9)))
    first, _, second = ledger.ask_all(
        [GiveHalf("a", "customer:1"), more, GiveHalf("b", "customer:2")], "cli"
    )
    assert first.body.about["half"] == 6
    assert second.body.about["half"] == 7


def test_asked_again_it_does_not_look_again(ledger, store):
    first = ledger.ask(GiveHalf("k", "customer:1"), "cli")
    again = GiveHalf("k", "customer:1")
    second = ledger.ask(again, "cli")
    assert second.replayed
    assert second.as_dict() == first.as_dict()
    assert again.asked == 0
    assert noted(store) == [6]
    with pytest.raises(KeyConflict):
        ledger.ask(GiveHalf("k", "customer:2"), "cli")


def test_its_refusal_is_kept_too(ledger):
    for who in range(4):
        ledger.ask(GiveHalf(f"k{who}", "customer:1"), "cli")
    for _ in range(2):
        with pytest.raises(TooMuch, match="The pot is empty"):
            ledger.ask(GiveHalf("late", "customer:1"), "cli")
    refill = Post(key="refill", legs=(Leg("points", "issuer", -5), Leg("points", "pot", 5)))
    ledger.ask(refill, "cli")
    with pytest.raises(TooMuch, match="The pot is empty"):
        ledger.ask(GiveHalf("late", "customer:1"), "cli")


@dataclass
class TakeTooMuch(Deed):
    """Its command is refused, so nothing else is written."""

    key: str

    def digest(self) -> bytes:
        return bytes(16)

    def plan(self, _connection: Connection, _at: int) -> Planned:
        def note(connection: Connection, n: int) -> None:
            connection.execute(sa.insert(RELAYS).values(name=f"{HALVES}:{n}", n=n))

        legs = (Leg("points", "pot", -100), Leg("points", "customer:1", 100))
        return Planned(Post(key="", legs=legs), note)


def test_where_the_book_refuses_nothing_else_is_written(ledger, store):
    with pytest.raises(Insufficient):
        ledger.ask(TakeTooMuch("k"), "cli")
    assert noted(store) == []


def points_of(ledger: Ledger, owner: str) -> int:
    return ledger.balance("points", owner).available


def give(ledger: Ledger, key: str, owner: str, amount: int) -> int:
    legs = (Leg("points", "issuer", -amount), Leg("points", owner, amount))
    return ledger.ask(Post(key=key, legs=legs), "cli").n


def test_several_entries_are_taken_back_together_and_something_is_given_besides(ledger, store):
    one, two = give(ledger, "1", "customer:1", 50), give(ledger, "2", "customer:2", 70)
    back = TakeBack(
        key="back",
        entries=(Taken(one), Taken(two, {"points": 30})),
        legs=(Leg("points", "issuer", -5), Leg("points", "customer:1", 5)),
    )
    assert ledger.ask(back, "cli").kind == "take_back"
    assert (points_of(ledger, "customer:1"), points_of(ledger, "customer:2")) == (5, 40)
    with pytest.raises(TooMuch, match="41 are wanted and 40 are left"):
        ledger.ask(TakeBack(key="more", entries=(Taken(two, {"points": 41}),)), "cli")
    with store.read() as connection:
        verify(connection)


def test_of_several_none_is_taken_back_where_one_cannot_be(ledger):
    one, two = give(ledger, "1", "customer:1", 50), give(ledger, "2", "customer:2", 70)
    spend = (Leg("points", "customer:2", -60), Leg("points", "shop", 60))
    ledger.ask(Post(key="spend", legs=spend), "cli")
    with pytest.raises(LedgerRefused):
        ledger.ask(TakeBack(key="back", entries=(Taken(one), Taken(two))), "cli")
    assert (points_of(ledger, "customer:1"), points_of(ledger, "customer:2")) == (50, 10)


def test_what_came_in_the_same_batch_can_be_taken_back(ledger):
    head = ledger.head().n
    legs = (Leg("points", "issuer", -9), Leg("points", "customer:1", 9))
    answers = ledger.ask_all(
        [Post(key="give", legs=legs), TakeBack(key="back", entries=(Taken(head + 1),))], "cli"
    )
    assert [one.n for one in answers] == [head + 1, head + 2]
    assert points_of(ledger, "customer:1") == 0


def test_parts_of_one_entry_can_be_taken_back_in_one_batch(ledger, store):
    given = give(ledger, "give", "customer:1", 50)
    parts = [
        Reverse(key="1", n=given, amounts={"points": 20}),
        TakeBack(key="2", entries=(Taken(given, {"points": 10}),)),
        Reverse(key="3", n=given, amounts={"points": 21}),
        Reverse(key="4", n=given, amounts={"points": 5}),
    ]
    answers = ledger.ask_all(parts, "cli")
    assert [getattr(one, "kind", "refused") for one in answers] == [
        "reverse", "take_back", "refused", "reverse"
    ]  # fmt: skip
    assert points_of(ledger, "customer:1") == 15
    assert ledger.figures.failures == 0
    with store.read() as connection:
        verify(connection)


def test_what_moves_nothing_can_be_put_down_and_makes_assets(ledger, store):
    told = Note(key="note", assets=("stars", "points"), about={"why": "spring"})
    receipt = ledger.ask(told, "cli")
    assert (receipt.kind, receipt.lines, receipt.body.about) == ("note", (), {"why": "spring"})
    assert ledger.balance("stars", "customer:1").available == 0
    with store.read() as connection:
        verify(connection)


def test_a_post_makes_the_assets_that_it_is_told_to(ledger, store):
    legs = (Leg("gold", "issuer", -3), Leg("gold", "stock", 3))
    with pytest.raises(NoSuchThing):
        ledger.ask(Post(key="1", legs=legs), "cli")
    ledger.ask(Post(key="2", legs=legs, assets=("gold",)), "cli")
    ledger.ask(Post(key="3", legs=legs, assets=("gold",)), "cli")
    assert ledger.balance("gold", "stock").available == 6
    with store.read() as connection:
        verify(connection)


def held_of_cost(ledger: Ledger, amount: int) -> int:
    give(ledger, "fund", "reserved", 100)
    legs = (Leg("points", "reserved", -amount), Leg("points", "spent", amount))
    hold = Hold(key="hold", owner="order:1", legs=legs, expires_at=2**52)
    return ledger.ask(hold, "cli").n


def test_a_capture_moves_legs_besides_on_what_it_releases(ledger, store):
    hold = held_of_cost(ledger, 100)
    back = (Leg("points", "reserved", -70), Leg("points", "left", 70))
    paid = ledger.ask(Capture(key="pay", hold=hold, amounts={"points": 30}, legs=back), "cli")
    found = {who: points_of(ledger, who) for who in ("reserved", "spent", "left")}
    assert found == {"reserved": 0, "spent": 30, "left": 70}
    ledger.ask(Reverse(key="refund", n=paid.n, amounts={"points": 30}), "cli")
    found = {who: points_of(ledger, who) for who in ("reserved", "spent", "left")}
    assert found == {"reserved": 30, "spent": 0, "left": 70}
    with store.read() as connection:
        verify(connection)


def test_legs_beside_a_capture_cannot_take_what_is_captured(ledger):
    hold = held_of_cost(ledger, 100)
    too_much = (Leg("points", "reserved", -71), Leg("points", "left", 71))
    with pytest.raises(Insufficient):
        ledger.ask(Capture(key="pay", hold=hold, amounts={"points": 30}, legs=too_much), "cli")
    assert points_of(ledger, "spent") == 0
