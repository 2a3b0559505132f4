"""The choice of a lifetime model: by what followed, on customers whose story is known."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.model_choice import MODELS, choose_model
from regulars.lifetime.sufficient import group, summarise

END = 500


def purchases(seed: int, customers: int, stop: float) -> tuple[np.ndarray, np.ndarray]:
    """Poisson buyers, arriving over 400 days, who stop after a purchase by chance."""
    rng = np.random.default_rng(seed)
    who, when = [], []
    day = rng.integers(0, 400, customers).astype(float)
    rate = rng.gamma(1.0, 1 / 25.0, customers)
    stops = rng.beta(3 * stop, 3 * (1 - stop), customers) if stop else np.zeros(customers)
    going = np.arange(customers)
    while len(going):
        who.append(going)
        when.append(day[going].astype(int))
        going = going[rng.random(len(going)) >= stops[going]]
        day[going] += np.maximum(rng.exponential(1 / rate[going]), 1.0)
        going = going[day[going] <= END]
    return np.concatenate(who), np.concatenate(when)


def test_customers_who_never_stop_are_told_by_the_model_without_an_end() -> None:
    card, _ = choose_model(*purchases(1, 3000, stop=0.0), END)
    assert card.chosen == "NBD"
    assert card.model().name == "NBD"


def test_customers_who_may_stop_at_once_are_not_told_by_it() -> None:
    card, _ = choose_model(*purchases(2, 3000, stop=0.4), END)
    assert card.chosen in ("MBG/NBD", "Pareto/NBD", "BG/NBD")
    held = {one.name: one.hold_out for one in card.models}
    chosen, without_end = held[card.chosen], held["NBD"]
    assert chosen is not None
    assert without_end is not None
    assert chosen.log_likelihood > without_end.log_likelihood + 10
    actual, expected = chosen.total
    assert expected == pytest.approx(actual, rel=0.15)
    assert chosen.chances.error < 0.05


def test_the_hold_out_likelihood_is_that_of_the_whole_less_that_of_the_part() -> None:
    who, when = purchases(3, 3000, stop=0.3)
    card, _ = choose_model(who, when, END)
    assert card.split == END - (END - int(when.min())) // 3
    part = summarise(who, when, card.split, unit=7)
    model = BgNbd.fit(group(part))
    known = np.isin(who, part.customer)
    whole = summarise(who[known], when[known], END, unit=7)
    want = model.log_likelihood(group(whole)) - model.log_likelihood(group(part))
    held = card.models[0].hold_out
    assert held is not None
    assert held.log_likelihood == pytest.approx(want)
    assert held.customers.sum() == len(part.customer)


def test_later_purchases_change_nothing() -> None:
    who, when = purchases(4, 1500, stop=0.3)
    early = when <= 350
    whole, _ = choose_model(who, when, 350)
    then, _ = choose_model(who[early], when[early], 350)
    assert repr(whole) == repr(then)


def test_a_shop_of_a_few_customers_cannot_tell_and_says_why() -> None:
    card, bought = choose_model([0, 0, 1], [0, 9, 3], 30, [5.0, 6.0, 7.0])
    assert card.chosen is None
    assert card.split is None
    assert len(bought.customer) == 2
    assert all("cannot be fitted to 1 customers" in one.cannot_tell for one in card.models)
    assert "Gamma-Gamma cannot be fitted" in card.spend_cannot_tell
    with pytest.raises(CannotTell, match="How often customers will buy cannot be told"):
        card.model()


def test_no_purchase_at_all_is_a_card_too() -> None:
    card, bought = choose_model([], [], 30, [])
    assert (card.customers, card.chosen, len(bought.customer)) == (0, None, 0)
    assert len(card.models) == len(MODELS)


def test_judged_on_a_part_the_chosen_model_still_sees_all() -> None:
    who, when = purchases(5, 6000, stop=0.4)
    whole, everyone = choose_model(who, when, END)
    card, bought = choose_model(who, when, END, most=2000)
    assert card.chosen == whole.chosen
    assert len(bought.customer) == len(everyone.customer) == 6000
    for one, full in zip(card.models, whole.models, strict=True):
        assert one.hold_out is None or one.hold_out.customers.sum() < 2100
        if one.name == card.chosen:
            assert one.fitted is not None
            assert full.fitted is not None
            assert one.fitted.values == pytest.approx(full.fitted.values, rel=1e-6)
        elif one.fitted is not None:
            assert one.fitted.customers == 2000
