"""Wallets of numbers that became one another's, one after another."""

from __future__ import annotations

import numpy as np
import pytest

from benefit.shelf import ZONE, Shelf
from regulars.app.rewarding.asking import Asking
from regulars.app.rewarding.merging import merge_wallets
from regulars.benefit.coupon.deeds import ClaimCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Coupon
from regulars.errors import LimitReached
from regulars.permission.assignment import Merged


@pytest.fixture
def shelf(store):
    shelf = Shelf(store)
    with shelf.ledger:
        yield shelf
        shelf.check()


def joined(shelf: Shelf, survivors: dict[int, int]) -> int:
    told = Merged(np.array(list(survivors)), np.array(list(survivors.values())))
    return merge_wallets(Asking(shelf.ledger), survivors, ZONE, told)


def test_what_was_used_of_a_limit_counts_once_along_a_chain(shelf):
    twice = {"kind": "amount", "amount": 100, "public": True, "per_customer": 2}
    shelf.publish(Coupon(name="twice", title="t", **twice))

    def claim(who: int) -> None:
        shelf.ask(ClaimCoupon(key=shelf.key(), coupon="twice", to=Recipient(who), zone=ZONE))

    claim(1)
    assert joined(shelf, {1: 2}) == 1
    assert joined(shelf, {1: 3, 2: 3}) == 1
    assert joined(shelf, {1: 3, 2: 3}) == 0
    claim(3)
    with pytest.raises(LimitReached):
        claim(3)


def test_what_two_numbers_have_used_counts_together(shelf):
    thrice = {"kind": "amount", "amount": 100, "public": True, "per_customer": 3}
    shelf.publish(Coupon(name="thrice", title="t", **thrice))

    def claim(who: int) -> None:
        shelf.ask(ClaimCoupon(key=shelf.key(), coupon="thrice", to=Recipient(who), zone=ZONE))

    claim(1)
    claim(2)
    assert joined(shelf, {1: 3, 2: 3}) == 2
    claim(3)
    with pytest.raises(LimitReached):
        claim(3)
