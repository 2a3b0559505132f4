"""CDNOW from the file through the public surfaces: import, then `lifetime`.

Fader, Hardie, Lee (2005), Marketing Science 24(2):275-284, table 2 (BG/NBD, Pareto/NBD); the same
(2005), JMR 42(4) (Gamma-Gamma: p 6.25, q 3.74, gamma 15.44); four digits as the R package BTYD and
the Python package lifetimes print them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import as_json
from regulars import Shop

pytestmark = pytest.mark.shared

PUBLISHED = {
    "BG/NBD": ({"r": 0.24259, "alpha": 4.41360, "a": 0.79292, "b": 2.42591}, -9582.4292),
    "Pareto/NBD": ({"r": 0.55328, "alpha": 10.5777, "s": 0.60624, "beta": 11.6687}, -9594.9762),
}


@pytest.fixture(scope="module")
def home(shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = shared("cdnow/CDNOW_sample.txt")
    folder = tmp_path_factory.mktemp("cdnow") / "shop"
    with Shop.create(folder, name="CDNOW", time_zone="America/New_York", currency="USD") as shop:
        shop.import_files(file)
    return folder


@pytest.fixture(scope="module")
def card(home: Path) -> dict:
    return as_json("--home", home, "lifetime", "--until", "1997-09-30")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameters_come_out_of_the_command_line(card: dict, name: str) -> None:
    parameters, likelihood = PUBLISHED[name]
    one = card["models"][name]
    assert one["log_likelihood"] == pytest.approx(likelihood, abs=5e-5)
    for letter, value in parameters.items():
        assert one["parameters"][letter] == pytest.approx(value, abs=5.1e-6 * 10 ** (value > 10))
        assert 0 < one["standard_errors"][letter] < value
        low, high = one["intervals_95"][letter]
        assert low < value < high


def test_spend_and_counts_are_the_papers(card: dict) -> None:
    spend = card["spend"]["parameters"]
    assert round(spend["p"], 2) == 6.25
    assert round(spend["q"], 2) == 3.74
    assert round(spend["gamma"], 2) == 15.44
    assert card["data"]["customers"] == 2357
    assert card["data"]["repeat_customers"] == 946
    # Sum of x 2,457, and one first purchase each.
    assert card["data"]["purchase_days"] == 2457 + 2357


def test_a_model_is_chosen_by_its_hold_out_and_every_one_tells_its_own(card: dict) -> None:
    held = {name: one["hold_out"] for name, one in card["models"].items()}
    best = max(one["log_likelihood"] for one in held.values())
    assert held[card["chosen"]]["log_likelihood"] >= best - 2
    for one in held.values():
        assert sum(row["customers"] for row in one["by_repeat_purchases"]) == 2357
        assert one["purchases"]["actual"] == 704


def test_python_and_command_line_tell_the_same(home: Path, card: dict) -> None:
    with Shop(home) as shop:
        found = shop.lifetime("1997-09-30")
    assert found.chosen == card["chosen"]
    fitted = found.models[0].fitted
    assert fitted is not None
    assert dict(zip(fitted.names, fitted.values.tolist(), strict=True)) == pytest.approx(
        card["models"]["BG/NBD"]["parameters"]
    )


def test_the_people_table_holds_the_predictions_of_the_chosen_model(home: Path) -> None:
    with Shop(home) as shop:
        shop.understand("1997-09-30")
        people = shop.people().to_pandas()
    assert people["alive"].between(0, 1).all()
    # The ranker tells 90 days, the lifetime model a year: in all, not for each, they must agree.
    assert people["expected_purchases_365"].sum() > 2 * people["expected_purchases_90"].sum()
    # 90 days came to 704 purchases in the hold-out; what is expected of the next is of that order.
    assert 400 < people["expected_purchases_90"].sum() < 800
    assert (people["lifetime_value"] >= 0).all()
    by_orders = people.groupby(people["orders"].clip(upper=4))["lifetime_value"].mean()
    assert by_orders.astype(float).is_monotonic_increasing
