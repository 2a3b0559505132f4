"""The verb backtest: a card for people and as JSON, kept in the home for what is decided later."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from command_line import regulars
from regulars import Shop
from regulars.app.backtest import backtest, read_winners
from regulars.app.home import Home
from regulars.edges.cli.backtest_verb import told
from regulars.errors import CannotTell, NotUnderstood, UnknownValue

FIRST, LAST = date(2025, 10, 1), date(2026, 6, 30)
UNTIL = date(2026, 5, 15)


def orders(path: Path, *, categories: bool = True) -> Path:
    """Customers who buy at their own rate; one takes its only order back after the day."""
    rng = random.Random(4)
    rows = [f"order_id,customer_id,placed_at,paid,refunded,refunded_at{',category' * categories}"]
    for customer in range(250):
        day, rate = FIRST + timedelta(days=rng.randrange(150)), rng.choice([12, 25, 60])
        number = 0
        while day <= LAST and (number == 0 or rng.random() < 0.9):
            goods = f",{rng.choice(['tea', 'rice', 'soap'])}" * categories
            rows.append(f"{customer}-{number},c{customer},{day} 12:00:00,{20 + number},0,{goods}")
            day += timedelta(days=1 + int(rng.expovariate(1 / rate)))
            number += 1
    rows.append(f"back,only,2026-05-10 12:00:00,30,30,2026-06-01 12:00:00{',tea' * categories}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backtest")
    with Shop.create(folder / "shop", language="en") as shop:
        shop.import_files(orders(folder / "orders.csv"))
    return folder / "shop"


@pytest.fixture(scope="module")
def ran(home: Path) -> str:
    """What the verb printed as JSON."""
    arguments = ("--until", str(UNTIL), "--horizon", "30d", "--origins", "2")
    done = regulars("--home", home, "--json", "backtest", *arguments)
    assert done.stderr == ""
    return done.stdout


def test_json_is_one_object_with_scorers_calibration_and_tracking(ran: str) -> None:
    card = json.loads(ran)
    assert (card["as_of"], card["horizon"], card["grain"]) == ("2026-05-15", 30, "customer")
    assert {one["group"] for one in card["calibration"]} == {"all", "once", "again"}
    assert card["tracking"]["actual"][-1] == card["actual"]
    assert card["scorers"][0]["recipe"] == card["winner"]


def test_the_winner_is_kept_in_the_home_for_later(ran: str, home: Path) -> None:
    winners = read_winners(Home.open(home))
    assert set(winners) == {30}
    assert winners[30].recipe == json.loads(ran)["winner"]
    kept = json.loads((home / "cards" / "who_buys_next.json").read_text())
    assert [card["horizon"] for card in kept["cards"]] == [30]


def test_a_damaged_card_is_as_good_as_none(ran: str, home: Path) -> None:
    path = home / "cards" / "who_buys_next.json"
    whole = path.read_bytes()
    for broken in (whole[:100], b"[]", b'{"version": 0, "cards": []}', b'{"version": 1}'):
        path.write_bytes(broken)
        assert read_winners(Home.open(home)) == {}
    path.write_bytes(whole)


def test_history_is_what_was_known_then(ran: str) -> None:
    """The only order of one customer, of 10 May, was taken back whole on 1 June: on 15 May it was
    a purchase, and 250 others had bought by then."""
    assert json.loads(ran)["customers"] == 251


def test_the_card_for_people_names_winner_calibration_and_notes(home: Path) -> None:
    with Shop(home) as shop:
        card = backtest(shop.warehouse, shop.home, UNTIL, 30, by_category=True, origins=1)
    text = "\n".join(told(card))
    assert f"Winner: {card.winner}" in text
    assert "customers in categories" in text
    assert "Calibration of" in text
    assert "bought once" in text
    assert f"Tracking: purchases since {UNTIL}" in text
    assert text.count(" d ") >= len(card.tracking.day)
    assert "Note: no earlier day could be judged" in text
    # A card by category is kept, and is not taken for the customers' winner.
    assert set(read_winners(Home.open(home))) <= {30}


def test_without_a_day_the_latest_whose_horizon_has_ended_is_taken(home: Path) -> None:
    with Shop(home) as shop:
        card = backtest(shop.warehouse, shop.home, None, 60, origins=1)
        last = shop.warehouse.sql("SELECT max(placed_at)::DATE AS day FROM orders")
    assert card.as_of == str(last["day"][0].as_py() - timedelta(days=60))


def test_errors_say_what_to_do(home: Path, tmp_path: Path) -> None:
    with Shop(home) as shop:
        with pytest.raises(UnknownValue, match="the data end on") as beyond:
            backtest(shop.warehouse, shop.home, LAST, 90)
        assert "--until" in beyond.value.todo
        with pytest.raises(CannotTell, match="no purchases by"):
            backtest(shop.warehouse, shop.home, date(2020, 1, 1), 30)
    with Shop.create(tmp_path / "empty") as shop:
        with pytest.raises(NotUnderstood):
            backtest(shop.warehouse, shop.home)
        shop.import_files(orders(tmp_path / "orders.csv", categories=False))
        with pytest.raises(CannotTell, match="No order line names a category"):
            backtest(shop.warehouse, shop.home, UNTIL, 30, by_category=True)
