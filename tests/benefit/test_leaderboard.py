"""The leaderboard: of those only who have chosen to stand there; on both stores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefit.points.members import Members
from benefit.shelf import DAY, NOON
from regulars.benefit.leaderboard import Join, Leave, board, leaderboard
from regulars.errors import InvalidCommand, NothingToDo
from regulars.ledger.receipt import ENCODE_BODY


@pytest.fixture
def shop(store):
    shop = Members(store)
    with shop.ledger:
        yield shop
        shop.check()


def join(shop: Members, who: int, name: str):
    return shop.ask(Join(key=shop.key(), customer_id=who, shown_as=name))


def shown(shop: Members, begins_at: int = NOON, ends_at: int = NOON + DAY, by: str = "points"):
    with shop.store.read() as connection:
        places = leaderboard(connection, begins_at, ends_at, by)
    return [(place.rank, place.shown_as, place.amount) for place in places]


def test_nobody_stands_there_unasked(shop):
    shop.earn("order:1", points=90, who=1)
    shop.earn("order:2", points=50, who=2)
    assert shown(shop) == []
    join(shop, 2, "茶")
    assert shown(shop) == [(1, "茶", 50)]
    shop.ask(Leave(key=shop.key(), customer_id=2))
    assert shown(shop) == []


def test_it_counts_what_was_earned_in_the_period_and_not_taken_back(shop):
    join(shop, 1, "Li")
    join(shop, 2, "Wu")
    shop.earn("order:1", points=90, growth=9, base=100, who=1)
    shop.earn("order:2", points=50, growth=20, who=2)
    shop.at += DAY
    shop.earn("order:3", points=500, who=2)
    assert shown(shop) == [(1, "Li", 90), (2, "Wu", 50)]
    assert shown(shop, by="growth") == [(1, "Wu", 20), (2, "Li", 9)]
    assert shown(shop, NOON + DAY, NOON + 2 * DAY) == [(1, "Wu", 500)]
    assert shown(shop, NOON + 2 * DAY, NOON + 3 * DAY) == []
    shop.take_back(50, "order:1")
    assert shown(shop) == [(1, "Wu", 50), (2, "Li", 45)]


def test_the_name_is_nowhere_in_the_journal_and_the_tier_stays(shop):
    shop.earn(growth=100)
    told = join(shop, 7, "Tea lover")
    assert b"Tea lover" not in ENCODE_BODY(told.body)
    assert shop.member()[1:5] == ("silver", *shop.member()[2:4], "Tea lover")
    shop.earn("order:2", growth=400)
    assert (shop.member().tier, shop.member().shown_as) == ("gold", "Tea lover")


def test_the_same_asked_anew_is_nothing_to_do(shop):
    with pytest.raises(NothingToDo):
        shop.ask(Leave(key=shop.key(), customer_id=7))
    join(shop, 7, "Li")
    with pytest.raises(NothingToDo):
        join(shop, 7, "Li")
    join(shop, 7, "Li the second")
    assert shop.member().shown_as == "Li the second"


@pytest.mark.parametrize("name", ["", " Li", "a\nb", "x" * 21, "\u202eLi"])
def test_a_name_is_short_and_can_be_shown(name):
    with pytest.raises(InvalidCommand):
        Join(key="k", customer_id=7, shown_as=name)


@given(st.dictionaries(st.integers(1, 30), st.integers(0, 5)), st.integers(1, 9))
def test_the_rank_is_one_more_than_those_who_have_more(amounts, most):
    names = {who: f"n{who}" for who in amounts if who % 3}
    places = board(amounts.items(), names, most)
    for place in places:
        more = [who for who in names if amounts[who] > place.amount]
        assert place.rank == 1 + len(more) <= most
    stand = [who for who in names if amounts[who] > 0]
    assert {place.customer_id for place in places} == {
        who for who in stand if sum(amounts[one] > amounts[who] for one in names) < most
    }
