"""Gifts: given, addressed, sent, received, taken back; on both stores."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.shelf import YUAN, Shelf, all_at_once, codes, done
from regulars.benefit.definition.terms import Budget, Gift
from regulars.benefit.gift.giving import GiveGift, TakeBackGift
from regulars.benefit.gift.sending import AddressGift, ReceiveGift, SendGift
from regulars.benefit.names import STOCK, USED, gift_asset
from regulars.engines.sqlite import SqliteStore
from regulars.errors import (
    GiftState,
    Insufficient,
    InvalidCommand,
    KeyConflict,
    LedgerRefused,
    LimitReached,
    NoSuchBenefit,
    NothingToDo,
)

MUG = gift_asset("mug")
SEALED = b"sealed: 5 West Lake Road"


def mug(**more) -> Gift:
    return Gift(**{"name": "mug", "title": "Mug", "worth": 1200} | more)


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def give(shelf: Shelf, customer: int = 7, **more) -> int:
    return shelf.ask(GiveGift(key=shelf.key(), gift="mug", customer_id=customer, **more)).n


def address(shelf: Shelf, n: int, customer: int = 7, sealed: bytes = SEALED):
    return shelf.ask(
        AddressGift(
            key=shelf.key(), n=n, customer_id=customer, sealed=sealed, address_hash=sealed.hex()
        )
    )


def send(shelf: Shelf, n: int):
    return shelf.ask(SendGift(key=shelf.key(), n=n, tracking="SF1234567890"))


def receive(shelf: Shelf, n: int, customer: int | None = None):
    return shelf.ask(ReceiveGift(key=shelf.key(), n=n, customer_id=customer))


def take_back(shelf: Shelf, n: int):
    return shelf.ask(TakeBackGift(key=shelf.key(), n=n))


def state(shelf: Shelf, n: int) -> str:
    return shelf.read(lambda rows: rows.gift(n)).state


def test_a_gift_goes_its_way_and_each_step_stands_in_the_history(shelf):
    shelf.publish(mug(stock=2))
    given = shelf.ask(GiveGift(key="give", gift="mug", customer_id=7, why="tier:gold"))
    n = given.n
    assert (shelf.has("customer:7", MUG), shelf.has(STOCK, MUG), state(shelf, n)) == (
        1, 1, "waiting"
    )  # fmt: skip
    addressed = address(shelf, n)
    assert state(shelf, n) == "ready"
    sent = send(shelf, n)
    assert (shelf.has("customer:7", MUG), shelf.has(USED, MUG)) == (0, 1)
    received = receive(shelf, n, 7)
    row = shelf.read(lambda rows: rows.gift(n))
    assert (row.state, row.tracking, row.address, row.changed) == (
        "received", "SF1234567890", SEALED, received.n
    )  # fmt: skip
    told = [one for entry in (given, addressed, sent, received) for one in entry.body.events]
    assert [(one.event, one.customer_id, one.properties) for one in told] == [
        ("Gift Given", 7, {"gift": "mug", "why": "tier:gold"}),
        ("Gift Sent", 7, {"gift": "mug", "given": n}),
        ("Gift Received", 7, {"gift": "mug", "given": n}),
    ]


def test_the_journal_knows_neither_address_nor_parcel(shelf):
    shelf.publish(mug())
    n = give(shelf)
    address(shelf, n)
    send(shelf, n)
    told = str([shelf.ledger.entry(n).as_dict() for n in range(1, shelf.ledger.head().n + 1)])
    assert "West Lake" not in told
    assert SEALED.hex() not in told
    assert "SF1234567890" not in told


def test_one_that_is_handed_over_needs_no_address(shelf):
    shelf.publish(mug(needs_address=False))
    n = give(shelf)
    send(shelf, n)
    receive(shelf, n)
    assert state(shelf, n) == "received"


def test_the_address_may_be_changed_until_it_is_sent(shelf):
    shelf.publish(mug())
    n = give(shelf)
    address(shelf, n)
    address(shelf, n, sealed=b"another")
    send(shelf, n)
    assert shelf.read(lambda rows: rows.gift(n)).address == b"another"
    with pytest.raises(GiftState, match="on its way"):
        address(shelf, n)


def test_the_same_address_sealed_anew_is_the_same_request_and_another_one_is_not(shelf):
    shelf.publish(mug())
    wanted = {"key": "k", "n": give(shelf), "customer_id": 7}
    first = shelf.ask(AddressGift(**wanted, sealed=b"sealed once", address_hash="a"))
    again = shelf.ask(AddressGift(**wanted, sealed=b"sealed twice", address_hash="a"))
    assert again.replayed
    assert again.n == first.n
    with pytest.raises(KeyConflict):
        shelf.ask(AddressGift(**wanted, sealed=b"sealed", address_hash="b"))


def test_somebody_elses_gift_is_as_if_there_were_none(shelf):
    shelf.publish(mug())
    n = give(shelf)
    for one in (lambda: address(shelf, n, 8), lambda: receive(shelf, n, 8)):
        with pytest.raises(NoSuchBenefit) as of_another:
            one()
        assert "there is no such gift" in str(of_another.value)
    with pytest.raises(NoSuchBenefit):
        send(shelf, 10_000)


def test_steps_are_done_in_their_order_and_once(shelf):
    shelf.publish(mug())
    n = give(shelf)
    with pytest.raises(GiftState, match="no address yet"):
        send(shelf, n)
    with pytest.raises(GiftState, match="was not sent"):
        receive(shelf, n)
    address(shelf, n)
    send(shelf, n)
    with pytest.raises(GiftState, match="sent before"):
        send(shelf, n)
    receive(shelf, n)
    with pytest.raises(NothingToDo):
        receive(shelf, n)
    with pytest.raises(GiftState, match="has arrived"):
        take_back(shelf, n)


def test_stock_and_limit_end_somewhere(shelf):
    shelf.publish(mug(stock=2))
    give(shelf, 1)
    with pytest.raises(LimitReached):
        give(shelf, 1)
    give(shelf, 2)
    with pytest.raises(Insufficient):
        give(shelf, 3)
    with pytest.raises(NoSuchBenefit):
        shelf.ask(GiveGift(key="cup", gift="cup", customer_id=1))
    with pytest.raises(InvalidCommand):
        GiveGift(key="k", gift="mug", customer_id=0)


def test_its_worth_is_set_aside_when_given_and_spent_when_sent_whatever_it_is_worth_by_then(shelf):
    shelf.publish(Budget(name="may", asset=YUAN, amount=2000), mug(budget="may"))
    n = give(shelf)
    assert shelf.budget("may") == (800, 1200, 0)
    with pytest.raises(Insufficient):
        give(shelf, 8)
    shelf.publish(mug(worth=9999))
    address(shelf, n)
    send(shelf, n)
    assert shelf.budget("may") == (800, 0, 1200)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_taken_back_before_it_arrives_it_is_as_if_it_had_not_been_given(shelf, steps):
    shelf.publish(Budget(name="may", asset=YUAN, amount=2000), mug(budget="may", stock=1))
    n = give(shelf)
    for step in (address, send)[:steps]:
        step(shelf, n)
    take_back(shelf, n)
    assert (shelf.has(STOCK, MUG), shelf.has("customer:7", MUG), shelf.has(USED, MUG)) == (1, 0, 0)
    assert shelf.budget("may") == (2000, 0, 0)
    row = shelf.read(lambda rows: rows.gift(n))
    assert (row.state, row.address) == ("taken_back", None)
    with pytest.raises(NothingToDo):
        take_back(shelf, n)
    for step in (address, send, receive):
        with pytest.raises(GiftState):
            step(shelf, n)
    give(shelf)


def test_of_many_at_once_exactly_the_stock_is_given(shelf):
    shelf.publish(mug(stock=10))
    answers = all_at_once(
        shelf, [GiveGift(key=f"k{who}", gift="mug", customer_id=who) for who in range(1, 41)]
    )
    assert len(done(answers)) == 10
    assert codes(answers) == {"ledger.insufficient"}
    assert (
        len({shelf.read(lambda rows, n=one.n: rows.gift(n)).customer_id for one in done(answers)})
        == 10
    )


steps = st.lists(
    st.tuples(st.sampled_from((address, send, receive, take_back)), st.integers(0, 2)), max_size=15
)


@settings(max_examples=int(os.environ.get("REGULARS_EXAMPLES", "15")), deadline=None)
@given(steps)
def test_whatever_is_asked_in_any_order_each_gift_is_in_one_place(asked):
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteStore.open(Path(folder) / "store.sqlite") as store,
    ):
        shelf = Shelf(store)
        with shelf.ledger:
            shelf.publish(
                Budget(name="may", asset=YUAN, amount=5000),
                mug(budget="may", stock=3, per_customer=None),
            )
            gifts = [give(shelf) for _ in range(3)]
            for step, which in asked:
                try:
                    step(shelf, gifts[which])
                except LedgerRefused:
                    continue
            states = [state(shelf, n) for n in gifts]
            owed = sum(one in ("waiting", "ready") for one in states)
            gone = sum(one in ("sent", "received") for one in states)
            found = (shelf.has("customer:7", MUG), shelf.has(USED, MUG), shelf.has(STOCK, MUG))
            assert found == (owed, gone, 3 - owed - gone)
            assert shelf.budget("may") == (
                5000 - 1200 * (owed + gone), 1200 * owed, 1200 * gone
            )  # fmt: skip
            shelf.check()
