"""Budgets: the worst case is reserved, and what is not used comes back."""

from __future__ import annotations

import pytest

from regulars.engines.store import Store
from regulars.errors import AlreadySettled, Insufficient, LimitReached
from regulars.ledger.budget import Budget, BudgetState
from regulars.ledger.command import Define, Limit
from regulars.ledger.ledger import Ledger
from regulars.ledger.sweep import release_expired

SPRING = Budget("campaign:spring", "money:CNY")
LATER = 2_000


class Clock:
    """An instant that the test sets."""

    def __init__(self) -> None:
        self.at = 1_000

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(store: Store, clock: Clock):
    with Ledger(store, clock) as ledger:
        ledger.ask(Define(key="define", asset="money:CNY"), by="test")
        ledger.ask(SPRING.fund("fund", 10_000), by="test")
        yield ledger


def test_promises_together_never_cost_more_than_the_budget(ledger: Ledger):
    for number in range(3):
        ledger.ask(SPRING.reserve(f"r{number}", f"offer:{number}", 3_000, LATER), by="test")
    with pytest.raises(Insufficient, match="3,000 are wanted and 1,000 are available"):
        ledger.ask(SPRING.reserve("r3", "offer:3", 3_000, LATER), by="test")
    assert SPRING.of(ledger) == BudgetState(funded=10_000, spent=0, reserved=9_000, left=1_000)


def test_what_a_redemption_did_not_cost_can_be_promised_again(ledger: Ledger):
    hold = ledger.ask(SPRING.reserve("r", "offer:1", 10_000, LATER), by="test")
    ledger.ask(SPRING.use("u", hold.n, 1_200), by="test")
    assert SPRING.of(ledger) == BudgetState(10_000, 1_200, 0, 8_800)
    ledger.ask(SPRING.reserve("r2", "offer:2", 8_800, LATER), by="test")
    assert SPRING.of(ledger).left == 0


def test_a_promise_that_costs_nothing_is_let_go(ledger: Ledger):
    hold = ledger.ask(SPRING.reserve("r", "offer:1", 500, LATER), by="test")
    ledger.ask(SPRING.use("u", hold.n, 0), by="test")
    assert SPRING.of(ledger) == BudgetState(10_000, 0, 0, 10_000)


def test_at_its_expiry_a_promise_is_over_and_its_money_comes_back(ledger: Ledger, clock: Clock):
    hold = ledger.ask(SPRING.reserve("r", "offer:1", 4_000, LATER), by="test")
    assert release_expired(ledger) == 0
    clock.at = LATER
    with pytest.raises(AlreadySettled, match="expired"):
        ledger.ask(SPRING.use("u", hold.n, 100), by="test")
    assert SPRING.of(ledger).reserved == 4_000  # until it is swept
    before = ledger.head().n
    assert release_expired(ledger) == 1
    assert SPRING.of(ledger) == BudgetState(10_000, 0, 0, 10_000)
    assert release_expired(ledger) == 0
    assert ledger.head().n == before + 1  # a sweep that finds nothing leaves nothing in the journal


def test_more_than_there_is_is_promised_only_where_it_is_said(ledger: Ledger):
    ledger.ask(SPRING.overbook("o", by=2_000), by="test")
    ledger.ask(SPRING.reserve("r", "offer:1", 12_000, LATER), by="test")
    assert SPRING.of(ledger).left == -2_000
    with pytest.raises(Insufficient):
        ledger.ask(SPRING.reserve("r2", "offer:2", 1, LATER), by="test")


def test_a_promise_let_go_gives_its_limit_back(ledger: Ledger):
    once = (Limit("spring", "customer:7", 1),)
    hold = ledger.ask(SPRING.reserve("r", "offer:1", 100, LATER, once), by="test")
    with pytest.raises(LimitReached, match="1 of 1 are used up"):
        ledger.ask(SPRING.reserve("r2", "offer:2", 100, LATER, once), by="test")
    ledger.ask(SPRING.release("v", hold.n), by="test")
    ledger.ask(SPRING.reserve("r3", "offer:3", 100, LATER, once), by="test")


def test_money_that_is_promised_cannot_be_taken_back(ledger: Ledger):
    ledger.ask(SPRING.reserve("r", "offer:1", 6_000, LATER), by="test")
    with pytest.raises(Insufficient):
        ledger.ask(SPRING.take_back("t", 5_000), by="test")
    ledger.ask(SPRING.take_back("t2", 4_000), by="test")
    assert SPRING.of(ledger) == BudgetState(funded=6_000, spent=0, reserved=6_000, left=0)
