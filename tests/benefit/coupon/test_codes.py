"""Coupons claimed by code: once, or by everybody; who has no good code has one answer."""

from __future__ import annotations

from hashlib import blake2b

import pytest

from benefit.shelf import DAY, NOON, YUAN, ZONE, Shelf, all_at_once, codes, done
from regulars.benefit.coupon.code import digest_of_code, new_codes, wrong_code
from regulars.benefit.coupon.codes import ClaimByCode, MakeCodes
from regulars.benefit.coupon.deeds import GiveCoupon, TakeBackCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Budget, Coupon, Validity
from regulars.benefit.names import STOCK, coupon_asset
from regulars.errors import AlreadyThere, InvalidCommand, KeyConflict, NoSuchBenefit, WrongCode

ASSET = coupon_asset("spring", 1)


def lookup(namespace: str, text: str) -> str:
    return blake2b(f"a key of the test\0{namespace}\0{text}".encode(), digest_size=16).hexdigest()


def hashed(*codes_: str) -> tuple[str, ...]:
    return tuple(digest_of_code(one, lookup) for one in codes_)


def coupon(**more) -> Coupon:
    return Coupon(**{"name": "spring", "title": "", "kind": "amount", "amount": 500} | more)


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def make(shelf: Shelf, *codes_: str, **more):
    return shelf.ask(MakeCodes(key=shelf.key(), coupon="spring", digests=hashed(*codes_), **more))


def claim(shelf: Shelf, code: str, customer: int = 7, *, household: str = "", key: str = ""):
    (digest,) = hashed(code)
    to = Recipient(customer, household)
    return shelf.ask(ClaimByCode(key=key or shelf.key(), code_digest=digest, to=to, zone=ZONE))


def refused(shelf: Shelf, code: str, customer: int = 7, **more) -> dict[str, object]:
    with pytest.raises(WrongCode) as told:
        claim(shelf, code, customer, **more)
    return told.value.as_dict()


def test_a_bulk_code_is_used_once_by_whoever_is_first_however_they_write_it(shelf):
    shelf.publish(coupon(stock=5, per_customer=None))
    one, two = new_codes(2)
    made = make(shelf, one, two, batch="leaflet may")
    about = {"coupon": "spring", "batch": "leaflet may", "codes": 2, "uses": 1}
    assert (made.kind, made.body.about) == ("note", about)
    receipt = claim(shelf, one.lower().replace("-", " "))
    assert receipt.body.events[0].event == "Coupon Claimed"
    assert receipt.body.about["batch"] == "leaflet may"
    refused(shelf, one, 8)
    refused(shelf, one, 7)
    claim(shelf, two, 7)
    assert shelf.has("customer:7", ASSET) == 2


def test_a_public_code_is_used_by_everybody_as_often_as_the_coupon_allows(shelf):
    shelf.publish(coupon())
    (code,) = new_codes(1)
    make(shelf, code, uses=0)
    for customer in range(1, 6):
        claim(shelf, code, customer)
    refused(shelf, code, 5)


def test_a_code_may_be_for_so_many(shelf):
    shelf.publish(coupon())
    (code,) = new_codes(1)
    make(shelf, code, uses=2)
    claim(shelf, code, 1)
    claim(shelf, code, 2)
    refused(shelf, code, 3)


def test_whoever_has_no_good_code_has_the_same_answer_whatever_the_reason(shelf):
    shelf.publish(Budget(name="may", asset=YUAN, amount=1500))
    unknown, used, public, ended = new_codes(4)
    answers = {"unknown": refused(shelf, unknown)}

    shelf.publish(coupon(stock=9, per_household=1, validity=Validity(ends_at=NOON + DAY)))
    make(shelf, used)
    make(shelf, public, ended, uses=0)
    claim(shelf, used, 1, household="a")
    answers["used up"] = refused(shelf, used, 2)
    answers["had before"] = refused(shelf, public, 1)
    answers["household had one"] = refused(shelf, public, 3, household="a")
    shelf.publish(coupon(stock=0, validity=Validity(starts_at=NOON + DAY)))
    answers["not yet"] = refused(shelf, public, 4)
    shelf.publish(coupon(stock=0))
    answers["no stock"] = refused(shelf, public, 4)
    shelf.publish(coupon(budget="may", amount=2000))
    answers["no budget"] = refused(shelf, public, 4)
    shelf.end("coupon", "spring")
    answers["coupon ended"] = refused(shelf, ended, 5)
    answers["no code at all"] = refused(shelf, "'; DROP TABLE benefit_codes; --")
    answers["empty"] = refused(shelf, "")
    assert {str(one) for one in answers.values()} == {str(wrong_code().as_dict())}, answers


def test_the_answer_is_kept_under_its_key_though_the_code_is_made_later(shelf):
    shelf.publish(coupon())
    (code,) = new_codes(1)
    refused(shelf, code, key="mine")
    make(shelf, code)
    refused(shelf, code, key="mine")
    receipt = claim(shelf, code, key="anew")
    assert claim(shelf, code, key="anew").as_dict() == receipt.as_dict()


def test_the_store_has_no_code_in_it(shelf):
    shelf.publish(coupon())
    (code,) = new_codes(1)
    make(shelf, code)
    claim(shelf, code)
    (digest,) = hashed(code)
    assert shelf.read(lambda rows: rows.code(digest)).coupon == "spring"
    told = str([shelf.ledger.entry(n).as_dict() for n in range(1, shelf.ledger.head().n + 1)])
    assert code.replace("-", "") not in told
    assert code not in told


def test_taken_back_a_coupon_gives_its_code_back(shelf):
    shelf.publish(coupon(stock=1))
    (code,) = new_codes(1)
    make(shelf, code)
    receipt = claim(shelf, code, 1)
    refused(shelf, code, 2)
    shelf.ask(TakeBackCoupon(key="back", n=receipt.n))
    assert shelf.has(STOCK, ASSET) == 1
    claim(shelf, code, 2)


def test_the_customers_limit_counts_whichever_way_they_got_it(shelf):
    shelf.publish(coupon())
    (code,) = new_codes(1)
    make(shelf, code, uses=0)
    shelf.ask(GiveCoupon(key="give", coupon="spring", to=Recipient(7), zone=ZONE))
    refused(shelf, code, 7)


def test_codes_are_made_of_a_coupon_that_there_is_and_once(shelf):
    codes_ = new_codes(2)
    with pytest.raises(NoSuchBenefit):
        make(shelf, *codes_)
    shelf.publish(coupon())
    wanted = {"coupon": "spring", "digests": hashed(*codes_)}
    first = shelf.ask(MakeCodes(key="k", **wanted))
    assert shelf.ask(MakeCodes(key="k", **wanted)).as_dict() == first.as_dict()
    with pytest.raises(KeyConflict):
        shelf.ask(MakeCodes(key="k", coupon="spring", digests=hashed(*new_codes(2))))
    with pytest.raises(AlreadyThere, match="1 of these codes"):
        make(shelf, codes_[0], *new_codes(3))


def test_five_thousand_are_made_at_once(shelf):
    shelf.publish(coupon(per_customer=None))
    codes_ = new_codes(5_000)
    assert make(shelf, *codes_).body.about["codes"] == 5_000
    claim(shelf, codes_[0])
    claim(shelf, codes_[-1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"digests": ()},
        {"digests": ("00" * 16, "00" * 16)},
        {"digests": tuple(f"{number:032x}" for number in range(5_001))},
        {"digests": ("7KQ2-M9XA",)},
        {"digests": ("00" * 16,), "uses": -1},
        {"digests": ("00" * 16,), "batch": "a\nb"},
    ],
)
def test_what_cannot_be_made_is_told_before_it_is_asked(wrong):
    with pytest.raises(InvalidCommand):
        MakeCodes(**{"key": "k", "coupon": "spring"} | wrong)


def test_of_many_at_once_one_has_the_code(shelf):
    shelf.publish(coupon(stock=50))
    (code,) = new_codes(1)
    make(shelf, code)
    (digest,) = hashed(code)
    answers = all_at_once(
        shelf,
        [
            ClaimByCode(key=f"k{who}", code_digest=digest, to=Recipient(who), zone=ZONE)
            for who in range(1, 65)
        ],
    )
    assert len(done(answers)) == 1
    assert codes(answers) == {"benefit.wrong_code"}
    assert shelf.has(STOCK, ASSET) == 49
