"""Red envelopes on the ledger: filled, claimed once by each, closed; on both stores."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from benefit.shelf import DAY, HOUR, MIDNIGHT, NOON, YUAN, ZONE, Shelf, all_at_once, codes, done
from regulars.benefit.coupon.deeds import GiveCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Budget, Coupon, Gift
from regulars.benefit.envelope.claiming import ClaimEnvelope
from regulars.benefit.envelope.closing import CloseEnvelope
from regulars.benefit.envelope.filling import FillEnvelope, new_id
from regulars.benefit.envelope.kept import envelope_of
from regulars.benefit.envelope.sweep import close_expired
from regulars.benefit.gift.giving import GiveGift, TakeBackGift
from regulars.benefit.gift.sending import AddressGift, SendGift
from regulars.benefit.names import STOCK, envelope_asset
from regulars.benefit.order.hold import HoldOrder
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.benefit.quote.basket import Basket, BasketLine
from regulars.errors import (
    AlreadyThere,
    Insufficient,
    InvalidCommand,
    KeyConflict,
    LimitReached,
    NoSuchBenefit,
    NotApplicable,
    NothingToDo,
    NotValidNow,
    WrongCode,
)
from regulars.ledger.command import ISSUER


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def fill(shelf: Shelf, **more) -> str:
    wanted = {"asset": YUAN, "total": 1000, "count": 4, "expires_at": NOON + DAY} | more
    deed = FillEnvelope(key=shelf.key(), **wanted)
    return shelf.ask(deed).body.about["envelope"]


def claim(shelf: Shelf, envelope: str, customer: int, key: str = "") -> int:
    deed = ClaimEnvelope(key=key or shelf.key(), envelope=envelope, customer_id=customer, zone=ZONE)
    return shelf.ask(deed).body.about["amount"]


def close(shelf: Shelf, envelope: str):
    return shelf.ask(CloseEnvelope(key=shelf.key(), envelope=envelope))


def look(shelf: Shelf, envelope: str):
    with shelf.store.read() as connection:
        return envelope_of(connection, envelope)


def test_the_shares_are_fixed_when_it_is_filled_and_claimed_in_their_order(shelf):
    envelope = fill(shelf)
    shares = look(shelf, envelope).shares
    assert sum(shares) == 1000
    assert shelf.has(envelope_asset(envelope), YUAN) == 1000
    got = [claim(shelf, envelope, customer) for customer in (5, 6, 7, 8)]
    assert got == list(shares)
    assert [shelf.has(f"customer:{who}", YUAN) for who in (5, 6, 7, 8)] == got
    assert shelf.has(envelope_asset(envelope), YUAN) == 0


def test_equal_shares_are_equal(shelf):
    envelope = fill(shelf, total=1002, mode="equal")
    assert sorted(claim(shelf, envelope, customer) for customer in (1, 2, 3, 4)) == [
        250, 250, 251, 251
    ]  # fmt: skip


def test_filled_again_under_the_same_key_it_is_the_same_envelope(shelf):
    wanted = {"asset": YUAN, "total": 100, "count": 10, "expires_at": NOON + DAY}
    first = shelf.ask(FillEnvelope(key="fill", **wanted))
    again = shelf.ask(FillEnvelope(key="fill", **wanted))
    assert again.replayed
    assert again.as_dict() == first.as_dict()
    with pytest.raises(WrongCode):
        look(shelf, FillEnvelope(key="fill", **wanted).id)
    with pytest.raises(KeyConflict):
        shelf.ask(FillEnvelope(key="fill", **wanted | {"total": 101}))


def test_a_claim_asked_again_has_the_same_share(shelf):
    envelope = fill(shelf)
    first = claim(shelf, envelope, 7, key="claim 7")
    claim(shelf, envelope, 8)
    assert claim(shelf, envelope, 7, key="claim 7") == first
    assert shelf.has("customer:7", YUAN) == first


def test_nobody_has_a_second_share_whether_some_are_left_or_none(shelf):
    envelope = fill(shelf, count=2)
    claim(shelf, envelope, 7)
    with pytest.raises(LimitReached):
        claim(shelf, envelope, 7)
    claim(shelf, envelope, 8)
    with pytest.raises(LimitReached, match="has had a share"):
        claim(shelf, envelope, 7)
    with pytest.raises(Insufficient, match="all shares of the red envelope are claimed"):
        claim(shelf, envelope, 9)


def test_one_that_there_is_not_is_a_wrong_code(shelf):
    with pytest.raises(WrongCode):
        claim(shelf, new_id(), 7)
    with pytest.raises(WrongCode):
        close(shelf, "no name at all ' § " + "x" * 200)


def test_one_for_some_is_not_for_others(shelf):
    envelope = fill(shelf, audience=(7, 8))
    with pytest.raises(NotApplicable):
        claim(shelf, envelope, 9)
    assert claim(shelf, envelope, 8) > 0


def test_whoever_it_names_by_a_number_that_was_theirs_may_claim_it_under_their_own(shelf):
    envelope = fill(shelf, audience=(7, 8))
    known = ClaimEnvelope(
        key=shelf.key(), envelope=envelope, customer_id=9, zone=ZONE, earlier=(6, 8)
    )
    assert shelf.ask(known).body.about["amount"] > 0
    with pytest.raises(LimitReached):  # named twice is one share still
        shelf.ask(replace(known, key=shelf.key(), earlier=(7, 8)))


def test_from_its_expiry_on_it_is_not_claimed_swept_or_not(shelf):
    envelope = fill(shelf)
    shelf.at = NOON + DAY - 1
    claim(shelf, envelope, 7)
    shelf.at += 1
    with pytest.raises(NotValidNow):
        claim(shelf, envelope, 8)
    close_expired(shelf.ledger)
    with pytest.raises(NotValidNow):
        claim(shelf, envelope, 9)


def test_what_is_left_returns_when_it_has_expired_and_only_then(shelf):
    envelope = fill(shelf)
    share = claim(shelf, envelope, 7)
    with pytest.raises(NotValidNow, match="can still be claimed"):
        close(shelf, envelope)
    shelf.at = NOON + DAY
    receipt = close(shelf, envelope)
    assert receipt.body.about == {"envelope": envelope, "asset": YUAN, "amount": 1000 - share}
    assert shelf.ledger.balance(YUAN, ISSUER).balance == -share
    assert shelf.has(STOCK, envelope_asset(envelope)) == 0
    assert (look(shelf, envelope).claimed, look(shelf, envelope).closed) == (1, receipt.n)
    with pytest.raises(NothingToDo):
        close(shelf, envelope)


def test_one_that_is_empty_is_closed_at_once(shelf):
    envelope = fill(shelf, count=1)
    claim(shelf, envelope, 7)
    assert close(shelf, envelope).kind == "note"
    assert look(shelf, envelope).closed


def test_the_sweep_closes_all_that_have_expired_and_then_nothing(shelf):
    soon = [fill(shelf) for _ in range(3)]
    later = fill(shelf, expires_at=NOON + 2 * DAY)
    assert close_expired(shelf.ledger) == 0
    shelf.at = NOON + DAY
    head = shelf.ledger.head().n
    assert close_expired(shelf.ledger) == 3
    assert close_expired(shelf.ledger) == 0
    assert shelf.ledger.head().n == head + 3
    assert all(look(shelf, one).closed for one in soon)
    assert not look(shelf, later).closed
    assert shelf.ledger.balance(YUAN, ISSUER).balance == -1000


def test_a_budget_has_all_of_it_set_aside_and_what_nobody_claimed_is_left_again(shelf):
    shelf.publish(Budget(name="spring", asset=YUAN, amount=1500))
    envelope = fill(shelf, budget="spring")
    assert shelf.budget("spring") == (500, 1000, 0)
    with pytest.raises(Insufficient):
        fill(shelf, budget="spring")
    share = claim(shelf, envelope, 7)
    assert shelf.budget("spring") == (500, 1000 - share, share)
    shelf.at = NOON + DAY
    close(shelf, envelope)
    assert shelf.budget("spring") == (1500 - share, 0, share)


def test_no_budget_pays_that_is_not_there_or_is_one_of_something_else(shelf):
    shelf.publish(Budget(name="habit", asset="points", amount=1500))
    with pytest.raises(NoSuchBenefit, match="no budget of this name"):
        fill(shelf, budget="spring")
    with pytest.raises(NotApplicable, match="this budget pays points"):
        fill(shelf, budget="habit")
    fill(shelf, budget="habit", asset="points")
    assert shelf.budget("habit") == (500, 1000, 0)


def test_a_share_lasts_to_the_end_of_the_day_so_many_days_later(shelf):
    envelope = fill(shelf, balance_days=3)
    claim(shelf, envelope, 7)
    (lot,) = shelf.ledger.balance(YUAN, "customer:7").lots
    assert lot.expires_at == MIDNIGHT + 3 * DAY


def test_a_customers_own_money_lasts_no_longer_for_being_given_away(shelf):
    shelf.issue(YUAN, "customer:1", 600, expires_at=NOON + 5 * DAY)
    shelf.issue(YUAN, "customer:1", 600)
    envelope = fill(shelf, from_owner="customer:1", balance_days=30)
    claim(shelf, envelope, 7)
    (lot,) = shelf.ledger.balance(YUAN, "customer:7").lots
    assert lot.expires_at == NOON + 5 * DAY
    shelf.issue(YUAN, "customer:1", 50, expires_at=NOON + HOUR)
    with pytest.raises(NotApplicable, match="expires before the red envelope does"):
        fill(shelf, from_owner="customer:1", total=10)
    shelf.at = NOON + DAY
    close(shelf, envelope)
    lots = {one.expires_at: one.balance for one in shelf.ledger.balance(YUAN, "customer:1").lots}
    # Of 1000, 600 came from what expires; what returns refills what does not expire first.
    left = 1000 - lot.balance
    assert lots[2**53 - 1] == 200 + min(left, 400)
    assert lots.get(NOON + 5 * DAY, 0) == max(left - 400, 0)


def test_who_has_less_cannot_fill_it(shelf):
    shelf.issue(YUAN, "customer:1", 600)
    with pytest.raises(Insufficient):
        fill(shelf, from_owner="customer:1")


def test_points_are_shared_alike(shelf):
    envelope = fill(shelf, asset="points", total=99, count=3, mode="equal")
    assert claim(shelf, envelope, 7) == 33
    assert shelf.has("customer:7", "points") == 33


def test_it_stands_in_the_history_of_whoever_claims_or_gives(shelf):
    shelf.issue(YUAN, "customer:1", 1000)
    filled = shelf.ask(
        FillEnvelope(
            key="f", asset=YUAN, total=100, count=2, expires_at=NOON + DAY, from_owner="customer:1"
        )
    )
    envelope = filled.body.about["envelope"]
    claimed = shelf.ask(ClaimEnvelope(key="c", envelope=envelope, customer_id=7, zone=ZONE))
    shelf.at = NOON + DAY
    told = [*filled.body.events, *claimed.body.events, *close(shelf, envelope).body.events]
    assert [(one.event, one.customer_id) for one in told] == [
        ("Red Envelope Filled", 1),
        ("Red Envelope Claimed", 7),
        ("Red Envelope Returned", 1),
    ]
    assert told[1].properties["amount"] == shelf.has("customer:7", YUAN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"asset": "coupon:spring:1"},
        {"asset": "money:cny"},
        {"count": 0},
        {"total": 3},
        {"from_owner": "stock"},
        {"from_owner": "customer:1", "budget": "spring"},
        {"audience": ()},
        {"audience": (0,)},
        {"balance_days": -1},
        {"expires_at": 0},
        {"id": "short"},
        {"mode": "luck"},
    ],
)
def test_what_cannot_be_of_an_envelope_is_told_before_it_is_asked(wrong):
    wanted = {"asset": YUAN, "total": 1000, "count": 4, "expires_at": NOON + DAY} | wrong
    with pytest.raises(InvalidCommand):
        FillEnvelope(key="k", **wanted)
    with pytest.raises(InvalidCommand):
        ClaimEnvelope(key="k", envelope=new_id(), customer_id=0, zone=ZONE)


def test_one_that_has_expired_already_or_has_anothers_id_is_not_filled(shelf):
    with pytest.raises(NotValidNow):
        fill(shelf, expires_at=NOON)
    envelope = fill(shelf)
    with pytest.raises(AlreadyThere, match="there is a red envelope of this id"):
        fill(shelf, id=envelope)


def test_64_at_once_share_50_exactly_and_nobody_twice(shelf):
    shelf.publish(Budget(name="spring", asset=YUAN, amount=100_000))
    envelope = fill(shelf, total=88_888, count=50, budget="spring", rng=Random(1))
    claims = [
        ClaimEnvelope(
            key=f"claim:{place}", envelope=envelope, customer_id=1 + place % 56, zone=ZONE
        )
        for place in range(64)
    ]
    answers = all_at_once(shelf, claims)
    assert len(answers) == 64
    won = [one.body.about["amount"] for one in done(answers)]
    assert len(won) == 50
    assert sorted(won) == sorted(look(shelf, envelope).shares)
    assert sum(won) == 88_888 == sum(shelf.has(f"customer:{who}", YUAN) for who in range(1, 57))
    assert len({one.body.events[0].customer_id for one in done(answers)}) == 50
    assert codes(answers) <= {"ledger.insufficient", "ledger.limit_reached"}
    assert shelf.budget("spring") == (100_000 - 88_888, 0, 88_888)


def test_of_two_numbers_of_one_customer_one_has_a_share_before_they_are_joined_too(shelf):
    envelope = fill(shelf, audience=(1,), mode="equal")
    claim(shelf, envelope, 1)
    again = ClaimEnvelope(
        key=shelf.key(), envelope=envelope, customer_id=2, zone=ZONE, earlier=(1,)
    )
    with pytest.raises(LimitReached):
        shelf.ask(again)


@pytest.mark.parametrize("ends", ["claimed", "closed"])
def test_no_coupon_uses_what_the_budget_owes_in_full(shelf, ends):
    coupon = Coupon(name="c", title="c", kind="amount", amount=2000, budget="b")
    mug = Gift(name="mug", title="m", worth=1000, budget="b")
    shelf.publish(Budget(name="b", asset=YUAN, amount=4000), coupon, mug)
    shelf.ask(GiveCoupon(key=shelf.key(), coupon="c", to=Recipient(1), zone=ZONE))

    def bought(order: str, price: int) -> None:
        basket = Basket((BasketLine(id="x", product="p", quantity=1, unit_price=price),))
        hold = HoldOrder(key=shelf.key(), order=order, customer_id=1, basket=basket, currency="CNY")
        shelf.ask(hold)
        shelf.ask(PayOrder(key=shelf.key(), order=order))

    bought("A1", 500)  # 5.00 of the coupon's 20.00 are used: 35.00 are left of the budget
    envelope = fill(shelf, total=2500, count=1, budget="b")
    gift = shelf.ask(GiveGift(key=shelf.key(), gift="mug", customer_id=3)).n
    # The coupon comes back with 5.00 set aside, and takes 20.00 off: 5.00 are the budget's.
    shelf.ask(RefundOrder(key=shelf.key(), order="A1", refund="R", lines=None))
    assert shelf.budget("b") == (0, 4000, 0)
    bought("A2", 90_000)
    assert shelf.budget("b") == (0, 3500, 500)
    address = AddressGift(
        key=shelf.key(), n=gift, customer_id=3, sealed=b"sealed", address_hash="hash"
    )
    shelf.ask(address)
    shelf.ask(SendGift(key=shelf.key(), n=gift))
    if ends == "claimed":
        claim(shelf, envelope, 2)
        assert shelf.budget("b") == (0, 0, 4000)
    else:
        shelf.at += 3 * DAY
        assert close_expired(shelf.ledger) == 1
        assert shelf.budget("b") == (2500, 0, 1500)
    shelf.ask(TakeBackGift(key=shelf.key(), n=gift))
    assert sum(shelf.budget("b")) == 4000


def test_one_that_cannot_be_closed_is_told_once_all_others_are(shelf, monkeypatch):
    ours = [fill(shelf, total=100, count=1) for _ in range(3)]
    shelf.at += DAY
    plan = CloseEnvelope.plan

    def refuse(deed, connection, at):
        if deed.envelope == ours[0]:
            raise Insufficient("somebody took it")
        return plan(deed, connection, at)

    monkeypatch.setattr(CloseEnvelope, "plan", refuse)
    with pytest.raises(Insufficient, match="omebody took it"):
        close_expired(shelf.ledger)
    assert [bool(look(shelf, one).closed) for one in ours] == [False, True, True]
