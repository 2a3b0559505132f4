"""Publishing: terms in versions, and the stocks and budgets that the book has for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.benefit.catalogue import Catalogue
from regulars.benefit.definition.terms import (
    Badge,
    Budget,
    Coupon,
    Gift,
    Points,
    Term,
    Tier,
    Tiers,
    Together,
)
from regulars.benefit.names import (
    GROWTH,
    LEFT,
    OWED_POINTS,
    POINTS,
    RESERVED,
    STOCK,
    badge_asset,
    cost_asset,
    coupon_asset,
    gift_asset,
    money_asset,
)
from regulars.benefit.publish import Publish, changes
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import (
    Insufficient,
    InvalidCommand,
    KeyConflict,
    NoSuchThing,
    NothingToDo,
    TooMuch,
)
from regulars.ledger.command import ISSUER, Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify

SPRING = Coupon(name="spring", title="20 off 100", kind="amount", amount=2000, stock=500)
MUG = Gift(name="mug", title="A mug", worth=1500, stock=100)
BUDGET = Budget(name="year", asset="money:CNY", amount=500_000)
REST: tuple[Term, ...] = (
    Points(worth=1),
    Tiers(tiers=(Tier(name="member", title="Member", growth=0),)),
    Badge(name="ten", title="Ten", on="order", count=10),
    Together(most=2),
)


@pytest.fixture
def ledger(store):
    with Ledger(store) as ledger:
        yield ledger
        with store.read() as connection:
            verify(connection)


class Keys:
    count = 0


def publish(ledger: Ledger, *terms: Term, key: str = ""):
    Keys.count += 1
    return ledger.ask(Publish(key or f"publish:{Keys.count}", terms, "CNY"), "cli")


def give(ledger: Ledger, asset: str, count: int, giver: str = STOCK, taker: str = "customer:7"):
    Keys.count += 1
    legs = (Leg(asset, giver, -count), Leg(asset, taker, count))
    return ledger.ask(Post(key=f"give:{Keys.count}", legs=legs), "cli")


def stock(ledger: Ledger, asset: str) -> int:
    return ledger.balance(asset, STOCK).available


def test_what_is_published_is_in_the_catalogue_and_the_book_has_all_that_it_needs(ledger, store):
    receipt = publish(ledger, SPRING, MUG, BUDGET, *REST)
    assert receipt.body.about["published"] == {
        "coupon": {"spring": 1},
        "gift": {"mug": 1},
        "budget": {"year": 1},
        "points": {"": 1},
        "tiers": {"": 1},
        "badge": {"ten": 1},
        "together": {"": 1},
    }
    with store.read() as connection:
        catalogue = Catalogue.read(connection)
        rows = BenefitRows(connection).terms()
    assert {one.term for one in catalogue.by_kind.values()} == {SPRING, MUG, BUDGET, *REST}
    assert {row.n for row in rows} == {receipt.n}
    assert stock(ledger, coupon_asset("spring", 1)) == 500
    assert stock(ledger, gift_asset("mug")) == 100
    assert ledger.balance(cost_asset("year"), LEFT).available == 500_000
    for asset in (POINTS, GROWTH, OWED_POINTS, money_asset("CNY"), badge_asset("ten")):
        assert ledger.balance(asset, ISSUER).balance == 0


def test_terms_without_stock_or_budget_are_noted_and_their_assets_made(ledger):
    free = msgspec.structs.replace(SPRING, stock=None)
    assert publish(ledger, free).kind == "note"
    give(ledger, coupon_asset("spring", 1), 1, giver=ISSUER)
    assert ledger.balance(coupon_asset("spring", 1), "customer:7").available == 1


def test_published_again_there_is_nothing_to_do(ledger, store):
    publish(ledger, SPRING, *REST)
    head = ledger.head().n
    with pytest.raises(NothingToDo, match="published as it is"):
        publish(ledger, *REST, SPRING)
    assert ledger.head().n == head
    with store.read() as connection:
        assert changes(connection, [SPRING, *REST]) == ()
        (change,) = changes(connection, REST)
    assert (change.kind, change.name, change.version, change.how) == (
        "coupon",
        "spring",
        2,
        "ended",
    )


def test_the_same_key_publishes_once(ledger):
    first = publish(ledger, SPRING, key="k")
    again = publish(ledger, SPRING, key="k")
    assert (again.n, again.replayed) == (first.n, True)
    with pytest.raises(KeyConflict):
        publish(ledger, SPRING, MUG, key="k")
    assert stock(ledger, coupon_asset("spring", 1)) == 500


def test_a_changed_coupon_is_a_new_version_that_has_what_was_not_given(ledger, store):
    publish(ledger, SPRING)
    give(ledger, coupon_asset("spring", 1), 30)
    better = msgspec.structs.replace(SPRING, amount=2500)
    publish(ledger, better)
    with store.read() as connection:
        assert Catalogue.read(connection).coupon("spring") == (better, 2)
        old = BenefitRows(connection).term("coupon", "spring", 1)
    assert old is not None
    assert old.body  # what was given under it is honoured under it
    assert ledger.balance(coupon_asset("spring", 1), "customer:7").available == 30
    assert stock(ledger, coupon_asset("spring", 1)) == 0
    assert stock(ledger, coupon_asset("spring", 2)) == 470
    give(ledger, coupon_asset("spring", 2), 20)
    publish(ledger, msgspec.structs.replace(better, stock=60))
    assert stock(ledger, coupon_asset("spring", 3)) == 10


def test_a_stock_is_never_below_what_was_given(ledger):
    publish(ledger, SPRING, MUG)
    give(ledger, coupon_asset("spring", 1), 30)
    give(ledger, gift_asset("mug"), 5)
    with pytest.raises(Insufficient, match="30 have been given already"):
        publish(ledger, msgspec.structs.replace(SPRING, stock=29), MUG)
    with pytest.raises(Insufficient, match="5 have been given already"):
        publish(ledger, SPRING, msgspec.structs.replace(MUG, stock=4))
    few = msgspec.structs.replace(SPRING, stock=30), msgspec.structs.replace(MUG, stock=5)
    publish(ledger, *few)
    assert stock(ledger, coupon_asset("spring", 2)) == 0
    assert stock(ledger, gift_asset("mug")) == 0


def test_a_gift_keeps_its_asset_and_only_the_difference_moves(ledger):
    publish(ledger, MUG)
    give(ledger, gift_asset("mug"), 40)
    for count, left in ((150, 110), (40, 0), (None, 0), (70, 30)):
        receipt = publish(ledger, msgspec.structs.replace(MUG, stock=count))
        assert stock(ledger, gift_asset("mug")) == left
        assert receipt.kind == ("note" if receipt.lines == () else "post")


def test_what_has_ended_takes_its_stock_back_and_may_begin_again(ledger, store):
    publish(ledger, SPRING, MUG, BUDGET, *REST)
    give(ledger, coupon_asset("spring", 1), 10)
    receipt = publish(ledger, *REST)
    assert receipt.body.about == {
        "published": {},
        "ended": {"coupon": ["spring"], "gift": ["mug"], "budget": ["year"]},
    }
    assert stock(ledger, coupon_asset("spring", 1)) == 0
    assert stock(ledger, gift_asset("mug")) == 0
    assert ledger.balance(cost_asset("year"), LEFT).available == 0
    with store.read() as connection:
        assert Catalogue.read(connection).coupon("spring") is None
    publish(ledger, SPRING, BUDGET, *REST)
    with store.read() as connection:
        assert Catalogue.read(connection).coupon("spring") == (SPRING, 3)
    assert stock(ledger, coupon_asset("spring", 3)) == 490  # ten were given before
    assert ledger.balance(cost_asset("year"), LEFT).available == 500_000


def test_a_coupon_that_came_back_to_an_old_version_is_there_again(ledger):
    publish(ledger, SPRING)
    asset = coupon_asset("spring", 1)
    give(ledger, asset, 10)
    publish(ledger, msgspec.structs.replace(SPRING, amount=1))
    give(ledger, asset, 4, giver="customer:7", taker=STOCK)
    publish(ledger, msgspec.structs.replace(SPRING, amount=2))
    assert (stock(ledger, asset), stock(ledger, coupon_asset("spring", 3))) == (0, 494)


def test_a_budget_is_never_below_what_is_spent_or_set_aside(ledger):
    publish(ledger, BUDGET)
    give(ledger, cost_asset("year"), 300_000, giver=LEFT, taker=RESERVED)
    with pytest.raises(Insufficient, match="300,000 of it are spent or set aside"):
        publish(ledger, msgspec.structs.replace(BUDGET, amount=299_999))
    publish(ledger, msgspec.structs.replace(BUDGET, amount=300_000))
    assert ledger.balance(cost_asset("year"), LEFT).available == 0
    publish(ledger, msgspec.structs.replace(BUDGET, amount=800_000))
    assert ledger.balance(cost_asset("year"), LEFT).available == 500_000


def test_a_budget_keeps_its_unit(ledger):
    publish(ledger, BUDGET)
    with pytest.raises(Insufficient, match="in another unit"):
        publish(ledger, Budget(name="year", asset="points", amount=5))


def test_a_refused_publication_leaves_nothing(ledger, store):
    publish(ledger, BUDGET)
    give(ledger, cost_asset("year"), 10, giver=LEFT, taker=RESERVED)
    with pytest.raises(Insufficient):
        publish(ledger, SPRING, msgspec.structs.replace(BUDGET, amount=9))
    with store.read() as connection:
        assert Catalogue.read(connection).coupon("spring") is None
    with pytest.raises(NoSuchThing):
        ledger.balance(coupon_asset("spring", 1), STOCK)


def test_of_many_at_once_one_after_the_other_holds(ledger, store):
    def one(n: int):
        return publish(ledger, msgspec.structs.replace(SPRING, amount=n), key=f"at once {n}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(1, 9)))
    with store.read() as connection:
        versions = BenefitRows(connection).versions("coupon", ["spring"])
    assert [row.version for row in versions] == list(range(1, 9))
    stocks = [stock(ledger, coupon_asset("spring", version)) for version in range(1, 9)]
    assert stocks == [0] * 7 + [500]


def test_too_many_changes_at_once_are_refused_before_the_book_is_asked(ledger):
    many = [msgspec.structs.replace(MUG, name=f"mug-{n}") for n in range(251)]
    with pytest.raises(TooMuch, match="251 changes at once"):
        publish(ledger, *many)
    publish(ledger, *many[:200])


def test_a_name_that_no_asset_can_have_is_refused_at_once():
    with pytest.raises(InvalidCommand, match="no name of a gift"):
        Publish("k", (Gift(name="a:b", title="A"),), "CNY")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from([None, 0, 3, 10]), st.integers(1, 3)),
        st.tuples(st.just("end"), st.none(), st.just(0)),
        st.tuples(st.just("give"), st.none(), st.integers(1, 4)),
    ),
    max_size=8,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_whatever_is_published_no_more_are_given_than_the_stock_ever_says(ledger, store, steps):
    Keys.count += 1
    name, given, live = f"c{Keys.count}", 0, None
    for what, count, number in steps:
        term = Coupon(name=name, title="C", kind="amount", amount=number, stock=count)
        try:
            if what == "publish":
                publish(ledger, term)
                assert count is None or count >= given
            elif what == "end":
                publish(ledger)
            elif live is not None:
                coupon, version = live
                giver = STOCK if coupon.stock is not None else ISSUER
                give(ledger, coupon_asset(name, version), number, giver=giver)
                given += number
                assert coupon.stock is None or given <= coupon.stock
        except (Insufficient, NothingToDo) as refusal:
            if isinstance(refusal, Insufficient) and what == "publish":
                assert count is not None
                assert count < given
        with store.read() as connection:
            live = Catalogue.read(connection).coupon(name)
        if live is not None and live[0].stock is not None:
            assert stock(ledger, coupon_asset(name, live[1])) == live[0].stock - given
