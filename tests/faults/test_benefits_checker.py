"""The checker of the benefits' load and crash runs sees what it is there to find."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benefit_checker import Told, check, read_book, refusals_of
from benefit_laws.book import Book, Effect, Refusal
from benefit_laws.kinds import check_kinds
from benefit_load import Ask, InProcess, Noted, Notes, go_on_asking, set_up
from benefit_mix import (
    BUYERS,
    RUSH_FROM,
    Mix,
    Request,
    There,
    basket_of,
    customer_of,
    now,
)
from regulars.app.benefits.check import check_benefits
from regulars.app.home import make_home
from regulars.errors import LedgerBroken

BY = "key:client"
GIVE = Request("issue", "never done", {"customer": 1, "points": 5})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that a client has used; nothing changes it."""
    folder = tmp_path_factory.mktemp("benefits")
    home, notes = folder / "shop", folder / "clients"
    notes.mkdir()
    make_home(home, name="x")
    set_up(home, notes, 5)
    there = There(*json.loads((notes / "there.json").read_text()))
    asking = InProcess(home)
    mix = Mix("client", "checker", there, list(range(RUSH_FROM, RUSH_FROM + 300)))
    writing = Notes(notes / "client-1", BY)

    def ask(request: Request) -> dict[str, Any] | None:
        return asking.ask(request, "rules" if request.verb in ("earn", "badge") else BY)

    go_on_asking(ask, writing, mix, lambda: False)
    _owe_and_earn(ask, writing, asking)
    writing.close()
    asking.close()
    return folder


def _owe_and_earn(ask: Ask, notes: Notes, asking: InProcess) -> None:
    """Earn by an order, spend that, have the order refunded, and earn by another."""
    order, other = (f"order-{1_000 * BUYERS + more}" for more in (0, BUYERS))
    customer = customer_of(order)

    def done(verb: str, **body: Any) -> None:
        request = Request(verb, f"owing {verb} {body}", body)
        notes.note(request, None)
        notes.note(request, answer := ask(request))
        assert answer is not None
        assert "told" in answer, answer

    done("hold", customer=customer, order=order, basket=basket_of(order))
    done("pay", order=order)
    done("earn", order=order, happened_at=now())
    there = asking.ledger.balance("points", f"customer:{customer}").available
    done("spend", customer=customer, points=there, on="a draw")
    done("refund", order=order, refund="all", shipping=True)
    done("earn", order=other, happened_at=now())


@pytest.fixture
def told(folder: Path) -> Told:
    return Told.of((folder / "clients").glob("client-*"))


@pytest.fixture
def asking(folder: Path) -> Iterator[InProcess]:
    opened = InProcess(folder / "shop")
    yield opened
    opened.close()


@pytest.fixture
def book(asking: InProcess, told: Told) -> Book:
    with asking.ledger.store.read() as connection:
        return read_book(connection, told)


def test_it_finds_nothing_where_nothing_has_happened(folder: Path, told: Told) -> None:
    found = check(folder / "shop", told)
    assert (found.asked, found.done_unanswered, found.granted) == (found.answered, 0, 5)
    assert found.kinds.keys() >= {"pay", "refund", "earn", "send", "take_back", "spend"}, found


def test_it_sees_an_answer_that_the_book_knows_nothing_of(folder: Path, told: Told) -> None:
    told.add(Noted(BY, GIVE, {"told": {"n": 1}}, now()))
    with pytest.raises(AssertionError, match="answered, and lost"):
        check(folder / "shop", told)


def test_it_sees_what_nobody_has_asked(folder: Path, told: Told) -> None:
    who = next(
        who
        for who, one in told.answers.items()
        if told.asked[who].verb == "spend" and "told" in one
    )
    del told.asked[who], told.answers[who]
    with pytest.raises(AssertionError, match="never asked"):
        check(folder / "shop", told)


def test_it_sees_what_is_answered_otherwise_the_second_time(folder: Path, told: Told) -> None:
    answer = next(one for one in told.answers.values() if "amount" in one.get("told", {}))
    answer["told"]["amount"] += 1
    with pytest.raises(AssertionError):
        check(folder / "shop", told)


def test_it_sees_what_is_refused_otherwise_the_second_time(folder: Path, told: Told) -> None:
    answer = next(one for one in told.answers.values() if "refused" in one)
    answer["error"]["message"] += " so"
    with pytest.raises(AssertionError):
        check(folder / "shop", told)


def test_it_sees_what_was_done_and_told_to_be_refused(folder: Path, told: Told) -> None:
    who = next(who for who, one in told.answers.items() if "told" in one)
    told.answers[who] = {"refused": "ledger.insufficient", "error": {"where": {}}}
    with pytest.raises(AssertionError, match="told to be refused"):
        check(folder / "shop", told)


def test_it_sees_that_one_key_was_answered_in_two_ways(told: Told) -> None:
    told.add(Noted(BY, GIVE, {"told": {"n": 7}}, 1))
    with pytest.raises(AssertionError):
        told.add(Noted(BY, GIVE, {"told": {"n": 8}}, 2))


@pytest.mark.parametrize(("state", "hold"), [("paid", "captured"), ("held", "open")])
def test_the_program_itself_sees_an_order_that_is_cancelled_and_its_hold_is_not(
    asking: InProcess, state: str, hold: str
) -> None:
    some = "SELECT min(o.owner) FROM benefit_orders o JOIN holds h ON h.n = o.hold"
    change = "UPDATE benefit_orders SET state = '{}' WHERE owner = '{}'"
    with asking.ledger.store.write() as connection:
        where = f" WHERE o.state = '{state}' AND h.state = '{hold}'"
        (owner,) = connection.exec_driver_sql(some + where).one()
        check_benefits(connection)
        connection.exec_driver_sql(change.format("released", owner))
        with pytest.raises(LedgerBroken, match="released, and its hold"):
            check_benefits(connection)
        connection.exec_driver_sql(change.format(state, owner))


def first(book: Book, verb: str, *names: str) -> int:
    """The place of the first effect of a verb that tells something under all of the names."""
    return next(
        place
        for place, one in enumerate(book.effects)
        if one.verb == verb and all(one.about.get(name) for name in names)
    )


def told_as(book: Book, place: int, **about: Any) -> Book:
    """The same book where one answer said something else."""
    effects = list(book.effects)
    effects[place] = effects[place]._replace(about={**effects[place].about, **about})
    return replace(book, effects=effects)


def test_it_sees_an_order_that_was_held_and_could_not_be_paid(book: Book) -> None:
    held = [one for one in book.effects if one.verb == "hold"]
    others = Counter(one.about.get("order") for one in book.effects)
    one = next(one for one in held if others[one.about["order"]] == 1)
    asked, code = {"order": one.about["order"]}, "benefit.order_state"
    check_kinds(book, [Refusal("pay", asked, code, {}, one.at - 1, one.at + 1)])
    with pytest.raises(AssertionError, match="false refusal"):
        check_kinds(book, [Refusal("pay", asked, code, {}, one.at + 1, one.at + 1)])


def once_more(book: Book, place: int, **asked: Any) -> Book:
    """The same book where one thing was done twice, to somebody else if so told."""
    one = book.effects[place]
    again = one._replace(n=one.n + 1_000_000, asked={**one.asked, **asked})
    return replace(book, effects=[*book.effects, again])


def moved(book: Book, asset: str, owner: str, amount: int) -> Book:
    """The same book where somebody has more."""
    has = book.balances.get((asset, owner), 0) + amount
    return replace(book, balances={**book.balances, (asset, owner): has})


def _a_coupon(book: Book) -> int:
    return next(
        place for place, one in enumerate(book.effects) if one.about.get("coupon") == "rush"
    )


def _a_code(book: Book) -> int:
    return next(
        place
        for place, one in enumerate(book.effects)
        if one.verb == "claim" and one.asked.get("code") and one.n not in book.taken_back
    )


def _an_open_envelope(book: Book) -> tuple[str, str]:
    return next(key for key, left in book.balances.items()
                if key[1].startswith("envelope:") and left > 0)  # fmt: skip


def _one_customer_with(book: Book, asset: str) -> str:
    return next(owner for (name, owner), amount in book.balances.items()
                if name == asset and owner.startswith("customer:") and amount > 0)  # fmt: skip


def _lower_lot(book: Book) -> Book:
    """A customer has points that expire before those that were spent."""
    place = next(place for place, one in enumerate(book.effects) if one.verb == "spend")
    line = next(one for one in book.effects[place].lines if one.owner.startswith("customer:"))
    early = line.__class__("points", line.owner, line.expires_at - 1, 1, 1)
    give = Effect(0, 0, "issue", {"customer": int(line.owner[9:]), "points": 1}, {"points": 1},
                  (early,), ())  # fmt: skip
    damaged = replace(book, effects=[give, *book.effects])
    return moved(damaged, "points", line.owner, 1)


DAMAGES: dict[str, Callable[[Book], Book]] = {
    "a coupon more than the stock": lambda book: replace(book, stock=book.stock - 1),
    "a coupon from no stock": lambda book: moved(book, "coupon:rush:1", "stock", 1),
    "a customer with two": lambda book: once_more(book, _a_coupon(book)),
    "a code for two": lambda book: once_more(book, _a_code(book), customer=59),
    "a share for two": lambda book: once_more(book, first(book, "claim", "envelope"), customer=999),
    "a share that was not drawn": lambda book: told_as(
        book, first(book, "claim", "envelope"), amount=1_000_000
    ),
    "an envelope with less in it": lambda book: moved(book, *_an_open_envelope(book), -1),
    "a gift from no stock": lambda book: moved(book, "gift:mug", "stock", 1),
    "a gift sent twice": lambda book: once_more(book, first(book, "send", "gift")),
    "points from nowhere": lambda book: moved(book, "points", "customer:1", 1),
    "points told and not given": lambda book: told_as(
        book, first(book, "refund", "points"), points=0
    ),
    "a refund of more than was paid": lambda book: told_as(
        book, first(book, "refund", "cash"), cash=1 << 40
    ),
    "a refund that is not in the row": lambda book: once_more(
        book, first(book, "refund", "lines"), refund="another"
    ),
    "an order paid twice": lambda book: once_more(book, first(book, "pay")),
    "an order paid otherwise than held": lambda book: told_as(book, first(book, "pay"), pay=1),
    "something set aside for no order": lambda book: replace(
        book, open_holds={**book.open_holds, "order:none": 1}
    ),
    "more set aside than orders hold": lambda book: replace(
        book, held={**book.held, ("points", "customer:1"): 1 << 30}
    ),
    "a budget with more": lambda book: moved(book, "cost:ample", "left", 1),
    "a budget that has not set aside": lambda book: moved(
        moved(book, "cost:ample", "left", 1), "cost:ample", "reserved", -1
    ),
    "a budget that has not spent": lambda book: moved(
        moved(book, "cost:ample", "left", 1), "cost:ample", "spent", -1
    ),
    "later points spent first": _lower_lot,
    "owed points not paid": lambda book: told_as(
        book, first(book, "earn", "paid_back"), paid_back=0
    ),
    "earned twice": lambda book: once_more(book, first(book, "earn", "points")),
    "a tier that was not reached": lambda book: replace(book, tiers={**book.tiers, 59: "gold"}),
    "a badge had twice": lambda book: moved(
        book, "badge:regular", _one_customer_with(book, "badge:regular"), 1
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_it_sees(book: Book, told: Told, damage: Callable[[Book], Book]) -> None:
    check_kinds(book, refusals_of(told))
    check_kinds(book, [])
    with pytest.raises(AssertionError):
        check_kinds(damage(book), [])


@pytest.mark.parametrize(
    ("code", "asked", "where"),
    [
        (
            "ledger.insufficient",
            {"coupon": "rush"},
            {"column": "coupon:rush:1 of stock", "value": "1"},
        ),
        ("ledger.limit_reached", {"coupon": "rush", "customer": 77_777}, {}),
        ("ledger.limit_reached", {"gift": "mug", "customer": 77_777}, {}),
        ("benefit.wrong_code", {"code": "nobody has used it"}, {}),
        ("ledger.too_much", {}, {}),
    ],
)
def test_it_sees_a_false_refusal(
    book: Book, code: str, asked: dict[str, Any], where: dict[str, Any]
) -> None:
    begun = next(one.at for one in book.effects if one.verb == "define")
    verb = "claim"
    if code == "ledger.too_much":
        paid = next(one for one in book.effects if one.verb == "pay")
        verb, asked = "refund", {"order": paid.about["order"], "shipping": True}
    with pytest.raises(AssertionError):
        check_kinds(book, [Refusal(verb, asked, code, where, begun + 1, begun + 1)])
