"""Decisions worked out by hand: lots, holds, limits and reversals, one book per example."""

from __future__ import annotations

import pytest

from regulars.errors import (
    AlreadySettled,
    Insufficient,
    InvalidCommand,
    LedgerRefused,
    LimitReached,
    LotExpired,
    TooMuch,
)
from regulars.ledger.command import (
    ISSUER,
    NEVER,
    Capture,
    Command,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Note,
    Post,
    Reverse,
    TakeBack,
    Taken,
    Void,
    check,
)  # fmt: skip
from regulars.ledger.decide import Effect, apply, decide
from regulars.ledger.state import EntryLine, EntryState, Lot, State

NOW = 1_000


class Shop:
    """A state in which li has 5 points until 1,010, 7 until 1,020 and 9 for ever."""

    def __init__(self) -> None:
        self.state = State(NOW, {"points"})
        self.n = 0
        self.soon = Lot("points", "li", 1_010, 0, 1, 5)
        self.later = Lot("points", "li", 1_020, 0, 2, 7)
        self.ever = Lot("points", "li", NEVER, 0, 3, 9)
        self.issuer = Lot("points", ISSUER, NEVER, None, 4, -21)
        self.state.add([self.ever, self.later, self.soon, self.issuer])

    def do(self, command: Command) -> Effect:
        check(command)
        effect = decide(self.state, command)
        self.n += 1
        apply(self.state, effect, self.n)
        return effect

    @property
    def has(self) -> tuple[int, int, int]:
        return self.soon.balance, self.later.balance, self.ever.balance


@pytest.fixture
def shop() -> Shop:
    return Shop()


def spend(amount: int, limits: tuple[Limit, ...] = ()) -> Post:
    legs = (Leg("points", "li", -amount), Leg("points", "spent", amount))
    return Post(key="k", legs=legs, limits=limits)


def hold(amount: int, owner: str = "order:1", limits: tuple[Limit, ...] = ()) -> Hold:
    return Hold(key="k", owner=owner, legs=spend(amount).legs, expires_at=NOW + 5, limits=limits)


def test_what_expires_first_is_spent_first(shop: Shop) -> None:
    shop.do(spend(8))  # all 5 that expire at 1,010 and 3 of the 7 that expire at 1,020
    assert shop.has == (0, 4, 9)


def test_a_lot_cannot_be_spent_at_the_instant_it_expires(shop: Shop) -> None:
    shop.state.at = 1_010
    with pytest.raises(Insufficient, match=r"17 are wanted and 16 are available"):
        shop.do(spend(17))
    shop.do(spend(16))
    assert shop.has == (5, 0, 0)


def test_what_is_refused_leaves_nothing_behind(shop: Shop) -> None:
    with pytest.raises(Insufficient):
        shop.do(spend(22))
    assert shop.has == (5, 7, 9)


def test_what_comes_in_must_not_have_expired(shop: Shop) -> None:
    legs = (Leg("points", ISSUER, -1), Leg("points", "li", 1, NOW))
    with pytest.raises(LotExpired):
        shop.do(Post(key="k", legs=legs))


def test_what_is_held_cannot_be_spent_and_a_void_gives_it_back(shop: Shop) -> None:
    made = shop.do(hold(20))
    assert made.hold is not None
    with pytest.raises(Insufficient):
        shop.do(spend(2))
    shop.do(Void(key="k", hold=made.hold.n))
    shop.do(spend(21))
    assert shop.has == (0, 0, 0)


def test_a_capture_moves_a_part_and_releases_the_rest(shop: Shop) -> None:
    made = shop.do(hold(8))
    assert made.hold is not None
    shop.do(Capture(key="k", hold=made.hold.n, amounts={"points": 6}))
    assert shop.has == (0, 6, 9)
    assert shop.later.held == 0
    with pytest.raises(AlreadySettled, match="captured"):
        shop.do(Void(key="k", hold=made.hold.n))


def test_more_than_is_held_cannot_be_captured(shop: Shop) -> None:
    made = shop.do(hold(8))
    assert made.hold is not None
    with pytest.raises(TooMuch, match=r"9 are wanted and 8 are held"):
        shop.do(Capture(key="k", hold=made.hold.n, amounts={"points": 9}))


def test_a_hold_cannot_be_captured_from_its_expiry_on_but_can_be_voided(shop: Shop) -> None:
    made = shop.do(hold(8))
    assert made.hold is not None
    shop.state.at = NOW + 5
    with pytest.raises(AlreadySettled, match="expired"):
        shop.do(Capture(key="k", hold=made.hold.n))
    shop.do(Void(key="k", hold=made.hold.n))


def test_a_second_hold_of_an_owner_takes_the_place_of_the_first(shop: Shop) -> None:
    shop.do(hold(20))
    second = shop.do(hold(21))  # only if the 20 are let go first
    assert second.told["replaces"] == 1
    assert (shop.soon.held, shop.later.held, shop.ever.held) == (5, 7, 9)


def test_a_limit_counts_what_is_held_and_a_void_gives_it_back(shop: Shop) -> None:
    twice = (Limit("spring", "li", 2),)
    shop.do(spend(1, twice))
    made = shop.do(hold(1, limits=twice))
    with pytest.raises(LimitReached, match=r"2 of 2 are used up, and 1 are wanted"):
        shop.do(spend(1, twice))
    assert made.hold is not None
    shop.do(Void(key="k", hold=made.hold.n))
    shop.do(spend(1, twice))


def test_an_overdraft_goes_down_to_the_floor(shop: Shop) -> None:
    shop.do(Floor(key="k", asset="points", owner="li", floor=-3))
    with pytest.raises(Insufficient):
        shop.do(spend(25))
    shop.do(spend(24))
    assert shop.has == (0, 0, -3)


def test_an_issuer_with_a_floor_cannot_give_more_by_taking_back_for_a_while(shop: Shop) -> None:
    shop.do(Floor(key="k", asset="points", owner=ISSUER, floor=-21))
    back = (Leg("points", "li", -1), Leg("points", ISSUER, 1, NOW + 9))
    shop.do(Post(key="k", legs=back))
    with pytest.raises(Insufficient, match="2 are wanted and 1 are available"):
        shop.do(Post(key="k", legs=(Leg("points", ISSUER, -2), Leg("points", "li", 2))))


def test_holds_on_an_issuer_together_are_no_more_than_can_be_told(shop: Shop) -> None:
    most = 2**53 - 1
    legs = (Leg("points", ISSUER, -(most - 30)), Leg("points", "li", most - 30))
    shop.do(Hold(key="k", owner="order:1", legs=legs, expires_at=NOW + 5))
    small = (Leg("points", ISSUER, -10), Leg("points", "li", 10))
    with pytest.raises(TooMuch):  # 21 are out, and all but 30 are held
        shop.do(Hold(key="k", owner="order:2", legs=small, expires_at=NOW + 5))


def test_a_reversal_fills_the_lots_again_the_last_drawn_first(shop: Shop) -> None:
    # Spent were 5 of `soon` and 3 of `later`, as lines 1 and 2; line 3 went to `spent`.
    spent = Lot("points", "spent", NEVER, 0, 5, 8)
    shop.soon.balance, shop.later.balance = 0, 4
    shop.state.add([spent])
    lines = [EntryLine(1, shop.soon, -5, 0), EntryLine(2, shop.later, -3, 0)]
    shop.state.entries[1] = EntryState(1, "post", [*lines, EntryLine(3, spent, 8, 0)])

    shop.do(Reverse(key="k", n=1, amounts={"points": 4}))
    assert shop.has == (1, 7, 9)  # 3 to `later`, which is as it was, and 1 to `soon`
    with pytest.raises(TooMuch, match=r"5 are wanted and 4 are left to reverse"):
        shop.do(Reverse(key="k", n=1, amounts={"points": 5}))
    shop.do(Reverse(key="k", n=1))
    assert shop.has == (5, 7, 9)
    with pytest.raises(TooMuch, match="all of it has been reversed"):
        shop.do(Reverse(key="k", n=1))


def test_a_reversal_is_refused_where_what_came_in_has_been_spent(shop: Shop) -> None:
    shop.state.entries[1] = EntryState(
        1, "post", [EntryLine(1, shop.issuer, -30, 0), EntryLine(2, shop.ever, 30, 0)]
    )
    with pytest.raises(Insufficient, match=r"30 are to be taken back and 21 are available"):
        shop.do(Reverse(key="k", n=1))
    shop.do(Reverse(key="k", n=1, amounts={"points": 10}))
    assert shop.has == (4, 7, 0)  # from the lot it went to, then from what expires first


def given(shop: Shop, n: int, lot: Lot, amount: int) -> None:
    """Entry n: the issuer has given so much, which the lot has among what it has."""
    number = 10 * n
    lines = [EntryLine(number, shop.issuer, -amount, 0), EntryLine(number + 1, lot, amount, 0)]
    shop.state.entries[n] = EntryState(n, "post", lines)


def test_entries_taken_back_together_are_each_taken_back_as_alone(shop: Shop) -> None:
    given(shop, 1, shop.soon, 5)
    given(shop, 2, shop.ever, 9)
    effect = shop.do(TakeBack(key="k", entries=(Taken(1), Taken(2, {"points": 4}))))
    assert shop.has == (0, 7, 5)
    assert effect.told == {"reversed": {"10": 5, "11": 5, "20": 4, "21": 4}}
    with pytest.raises(TooMuch, match=r"6 are wanted and 5 are left to reverse"):
        shop.do(TakeBack(key="k", entries=(Taken(2, {"points": 6}),)))
    with pytest.raises(TooMuch, match="all of it has been reversed"):
        shop.do(TakeBack(key="k", entries=(Taken(2), Taken(1))))
    assert shop.has == (0, 7, 5)


def test_entries_taken_back_together_find_what_those_before_them_have_left(shop: Shop) -> None:
    given(shop, 1, shop.ever, 15)
    given(shop, 2, shop.ever, 6)
    # 9 from `ever`, 5 and 1 from the others, which leaves 6.
    shop.do(TakeBack(key="k", entries=(Taken(1), Taken(2))))
    assert shop.has == (0, 0, 0)


@pytest.mark.parametrize("back", [Reverse(key="k", n=1), TakeBack(key="k", entries=(Taken(1),))])
def test_no_balance_on_the_way_is_more_than_can_be_told(shop: Shop, back: Command) -> None:
    # Out and in again: the issuer has -21 before and after, and between the two less than -(2^53).
    most = 2**53 - 1
    lines = [EntryLine(1, shop.issuer, -most, 0), EntryLine(2, shop.issuer, most, 0)]
    shop.state.entries[1] = EntryState(1, "post", lines)
    with pytest.raises(TooMuch, match="too large to be told exactly"):
        shop.do(back)
    shop.state.entries[1].lines[0].amount += 21
    shop.state.entries[1].lines[1].amount -= 21
    shop.do(back)
    assert shop.issuer.balance == -21


def test_legs_move_what_was_taken_back_and_nothing_that_was_not(shop: Shop) -> None:
    spent = Lot("points", "spent", NEVER, 0, 5, 8)
    shop.state.add([spent])
    lines = [EntryLine(1, shop.ever, -8, 0), EntryLine(2, spent, 8, 0)]
    shop.state.entries[1] = EntryState(1, "capture", lines)
    passed_on = (Leg("points", "li", -30), Leg("points", "wu", 30))
    with pytest.raises(Insufficient, match=r"30 are wanted and 29 are available"):
        shop.do(TakeBack(key="k", entries=(Taken(1),), legs=passed_on))
    passed_on = (Leg("points", "li", -29), Leg("points", "wu", 29))
    shop.do(TakeBack(key="k", entries=(Taken(1),), legs=passed_on))
    assert (shop.has, spent.balance) == ((0, 0, 0), 0)


def test_a_limit_of_what_is_taken_back_can_be_used_again_in_the_same_effect(shop: Shop) -> None:
    once = Limit("spring", "li", 1)
    made = shop.do(spend(1, (once,)))
    lines = [EntryLine(n, lot, x, 0) for n, (lot, x) in enumerate(made.draft.lines, start=1)]
    shop.state.entries[1] = EntryState(1, "post", lines)
    with pytest.raises(LimitReached):
        shop.do(spend(1, (once,)))
    shop.do(TakeBack(key="k", entries=(Taken(1),), legs=spend(2).legs, limits=(once,)))
    assert shop.has == (3, 7, 9)
    with pytest.raises(LimitReached):
        shop.do(spend(1, (once,)))


@pytest.mark.parametrize(
    "command",
    [
        Post(key="", legs=spend(1).legs),
        Post(key="k", legs=spend(1).legs[:1]),
        Post(key="k", legs=(Leg("points", "li", -1), Leg("points", "spent", 2))),
        Post(key="k", legs=(Leg("points", "li", 0), Leg("points", "spent", 0))),
        Post(key="k", legs=(Leg("points", "li", -(2**53)), Leg("points", "spent", 2**53))),
        Post(key="k", legs=(Leg("limit:spring", "li", -1), Leg("limit:spring", "spent", 1))),
        Post(key="k", legs=(Leg("points", "li", -1, 5), Leg("points", "spent", 1))),
        Post(key="k", legs=(Leg("Points", "li", -1), Leg("Points", "spent", 1))),
        Post(key="k", legs=spend(1).legs, limits=(Limit("spring", ISSUER, 1),)),
        Floor(key="k", asset="points", owner="li", floor=1),
        Capture(key="k", hold=1, amounts={"points": -1}),
        Reverse(key="k", n=1, amounts={}),
        TakeBack(key="k", entries=()),
        TakeBack(key="k", entries=(Taken(1), Taken(1))),
        TakeBack(key="k", entries=(Taken(1, {"points": 0}),)),
        TakeBack(key="k", entries=tuple(map(Taken, range(1, 52)))),
        TakeBack(key="k", entries=(Taken(1),), legs=spend(1).legs[:1]),
        Capture(key="k", hold=1, legs=spend(1).legs[:1]),
        Note(key="k", assets=("points", "points")),
        Note(key="k", assets=("limit:spring",)),
        Post(key="k", legs=spend(1).legs, assets=("Points",)),
        Expire(key="k", asset="points", lots=(0,)),
        Expire(key="k", asset="points", lots=tuple(range(1, 502))),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_looked_at(command: Command) -> None:
    with pytest.raises(InvalidCommand) as told:
        check(command)
    assert not isinstance(told.value, LedgerRefused)
    assert told.value.todo
