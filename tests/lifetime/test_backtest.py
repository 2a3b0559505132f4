"""The card of a backtest: what was told as of a day, judged once on what followed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from regulars.errors import CannotTell, UnknownValue
from regulars.lifetime.backtest import backtest
from regulars.lifetime.backtest_card import BacktestCard
from regulars.lifetime.choice import choose
from regulars.lifetime.forecast import Bench
from regulars.lifetime.purchase_days import bought_by_category, bought_by_customer

RECIPES = ("stack", "models", "recency", "rfm", "BG/NBD", "MBG/NBD", "Pareto/NBD", "cycle")
"""Those that are quick to fit."""
UNTIL, HORIZON = 270, 30


def made(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 1 / 25, 900)
    first, life = rng.integers(0, 200, 900), rng.exponential(250, 900)
    who, day = [np.arange(900)], [first]
    for one in range(330):
        buys = (first < one) & (one < first + life) & (rng.random(900) < rate)
        who.append(np.flatnonzero(buys))
        day.append(np.full(int(buys.sum()), one))
    customer, when = np.concatenate(who), np.concatenate(day)
    return customer, when, rng.gamma(2, 20, len(customer))


@pytest.fixture(scope="module")
def purchases() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return made()


@pytest.fixture(scope="module")
def card(purchases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> BacktestCard:
    return backtest(bought_by_customer(*purchases), UNTIL, HORIZON, recipes=RECIPES)


def test_counts_are_those_of_the_data(
    card: BacktestCard, purchases: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    who, day, _ = purchases
    known = np.unique(who[day <= UNTIL])
    later = (day > UNTIL) & (day <= UNTIL + HORIZON) & np.isin(who, known)
    days = set(zip(who[later].tolist(), day[later].tolist(), strict=True))
    assert card.customers == card.drawn_from == len(known)
    assert card.actual == len(days)
    assert card.bought == len({customer for customer, _ in days})
    assert (card.as_of, card.first_day) == ("1970-09-28", "1970-01-01")


def test_rows_by_frequency_and_weeks_add_up_to_the_totals(card: BacktestCard) -> None:
    assert sum(row.customers for row in card.by_frequency) == card.customers
    actual = sum(row.customers * row.actual for row in card.by_frequency)
    assert actual == pytest.approx(card.actual)
    assert card.tracking.day == (7, 14, 21, 28, 30)
    assert card.tracking.actual[-1] == card.actual
    for scorer in card.scorers:
        if scorer.expected is not None:
            rows = sum(row.customers * row.expected[scorer.recipe] for row in card.by_frequency)
            assert rows == pytest.approx(scorer.expected)
            told = card.tracking.expected[scorer.recipe]
            assert told[-1] == pytest.approx(scorer.expected)
            assert list(told) == sorted(told)


def test_the_winner_comes_first_and_intervals_hold_their_numbers(card: BacktestCard) -> None:
    first = card.scorers[0]
    assert first.recipe == card.winner
    assert (first.ahead.value, first.ahead.low, first.ahead.high) == (0, 0, 0)
    for scorer in card.scorers:
        assert scorer.auc.low < scorer.auc.value < scorer.auc.high
        for lift in scorer.lift:
            assert lift.low <= lift.value <= lift.high


def test_one_time_buyers_stand_apart_in_the_calibration(card: BacktestCard) -> None:
    whole, once, again = card.calibration
    assert (whole.group, once.group, again.group) == ("all", "once", "again")
    assert once.customers + again.customers == whole.customers
    assert sum(customers for customers, _, _ in whole.bins) == whole.customers
    assert len(whole.bins) == 10
    assert whole.error.value < 0.05


def test_the_winner_is_chosen_without_the_last_day(
    purchases: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    who, day, paid = purchases
    known = day <= UNTIL
    # Everything turned round after the last day: those who had bought most never come again.
    rng = np.random.default_rng(0)
    others = rng.integers(0, 900, 500)
    what_if = (
        np.append(who[known], others),
        np.append(day[known], rng.integers(UNTIL + 1, 330, 500)),
        np.append(paid[known], np.ones(500)),
    )
    choices = [
        choose(Bench.of(bought_by_customer(*one), HORIZON), RECIPES, UNTIL, 4)
        for one in (purchases, what_if)
    ]
    assert choices[0] == choices[1]
    assert len(choices[0].days) == 3
    assert max(choices[0].days) + HORIZON <= UNTIL


def test_what_could_not_be_fitted_is_named_and_not_scored(card: BacktestCard) -> None:
    for scorer in RECIPES:
        named = any(note.startswith(f"{scorer} is not scored") for note in card.notes)
        assert named == (card.scorer(scorer) is None)


def test_origins_tell_their_days_and_roles(card: BacktestCard) -> None:
    assert [one.role for one in card.origins] == ["early", "early", "early", "last"]
    assert card.origins[-1].as_of == card.as_of
    assert all(one.windows >= 1 for one in card.origins)


def test_the_card_is_plain_data(card: BacktestCard) -> None:
    data = json.loads(json.dumps(card.as_dict()))
    assert data["winner"] == card.winner
    assert data["scorers"][0]["lift"][1]["value"] == card.scorers[0].lift[1].value


def test_by_category_customers_are_judged_in_each_category(
    purchases: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    who, day, paid = purchases
    what = (who * 7 + day) % 3
    card = backtest(
        bought_by_category(who, day, what, paid), UNTIL, HORIZON, origins=2, recipes=RECIPES[:3]
    )
    known = day <= UNTIL
    assert card.grain == "customer x category"
    assert card.customers == len(np.unique(who[known] * 3 + what[known]))


def test_a_horizon_beyond_the_data_is_an_error_that_says_what_to_do(
    purchases: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    with pytest.raises(UnknownValue, match="the data end on 1970-11-26") as told:
        backtest(bought_by_customer(*purchases), 320, 30)
    assert "--until 1970-10-27" in told.value.todo


def test_a_day_before_the_data_and_a_shop_of_one_time_buyers_cannot_tell() -> None:
    once = bought_by_customer(np.arange(200), np.arange(200))
    with pytest.raises(CannotTell, match="no purchases by"):
        backtest(once, -5, 30)
    with pytest.raises(CannotTell, match="too few had bought again"):
        backtest(once, 150, 30)
