"""Cycles by category: soap every 40 days, rice every 20, and a customer who differs from both."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from regulars.people.category_cycle import SCHEMA, category_cycles, fit_categories
from regulars.settings import CycleSettings

SETTINGS = CycleSettings()
AS_OF = 20_400


def bought(seed: int = 2, customers: int = 1500) -> pa.Table:
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, str, int, float]] = []
    for category, days in (("soap", 40.0), ("rice", 20.0)):
        for customer in range(customers):
            at = 20_000.0 + rng.integers(0, 300)
            # The regular: soap every 10 days, whatever others do. They differ, too.
            regular = (customer, category) == (0, "soap")
            own = 10.0 if regular else days * np.exp(rng.normal(0, 0.5))
            while at <= AS_OF:
                rows.append((customer, category, int(at), 1.0))
                if customer and rng.random() < 0.4:
                    break
                at += max(1.0, own * np.exp(rng.normal(0, 0.05 if regular else 0.4)))
    order = rng.permutation(len(rows))
    who, what, when, pieces = zip(*(rows[i] for i in order), strict=True)
    return pa.table(
        {
            "customer_id": pa.array(who, pa.int64()),
            "category": what,
            "day": pa.array(when, pa.int32()).cast(pa.date32()),
            "pieces": pa.array(pieces),
        }
    )


@pytest.fixture(scope="module")
def table() -> pa.Table:
    made, fit = category_cycles(bought(), AS_OF, SETTINGS)
    assert fit.cannot_tell == ""
    return made


def test_one_row_per_customer_and_category(table: pa.Table) -> None:
    assert table.schema == SCHEMA
    pairs = list(
        zip(*(table[name].to_pylist() for name in ("customer_id", "category")), strict=True)
    )
    assert pairs == sorted(set(pairs))


def test_who_bought_once_has_the_cycle_of_the_category(table: pa.Table) -> None:
    rows = table.to_pandas()
    once = rows[(rows["purchases"] == 1) & (rows["cycle_source"] == "category")]
    assert once.groupby("category")["cycle_p50"].first().to_dict() == pytest.approx(
        {"soap": 40, "rice": 20}, rel=0.15
    )


def test_a_regular_has_a_cycle_of_their_own(table: pa.Table) -> None:
    mine = table.to_pandas().query("customer_id == 0 and category == 'soap'").iloc[0]
    assert mine["cycle_source"] == "own"
    assert mine["cycle_p50"] == pytest.approx(10, rel=0.15)
    assert (mine["due_on"] - mine["last_on"]).days == int(mine["cycle_p50"])


def test_overdue_probability_is_a_half_on_the_day_it_is_due(table: pa.Table) -> None:
    rows = table.to_pandas()
    waiting = (np.datetime64(AS_OF, "D") - rows["due_on"].to_numpy("datetime64[D]")).astype(int)
    on_the_day = rows["overdue_probability"][(waiting == 0) & (rows["cycle_p50"] > 15)]
    assert len(on_the_day) > 2
    assert on_the_day.between(0.45, 0.55).all()
    assert (rows["overdue_probability"][waiting > 0] > 0.45).all()
    assert rows["chance_30"].between(0, 1).all()


def test_the_chance_of_thirty_days_is_met() -> None:
    """As of 60 days earlier, the chances add up to what the next 30 days brought."""
    everything = bought()
    then = AS_OF - 60
    table, _ = category_cycles(everything, then, SETTINGS)
    rows = everything.to_pandas()
    day = rows["day"].to_numpy("datetime64[D]").astype(int)
    soon = rows[(day > then) & (day <= then + 30)]
    came = set(zip(soon["customer_id"], soon["category"], strict=True))
    told = table.to_pandas()
    truly = [pair in came for pair in zip(told["customer_id"], told["category"], strict=True)]
    assert told["chance_30"].mean() == pytest.approx(np.mean(truly), abs=0.02)


def test_part_by_part_it_is_the_same_table() -> None:
    everything = bought()
    fitted = fit_categories(everything, AS_OF)
    whole, _ = category_cycles(everything, AS_OF, SETTINGS, fitted=fitted)
    parts = [
        everything.filter(condition(everything["customer_id"], 700))
        for condition in (pc.less, pc.greater_equal)
    ]
    made = [category_cycles(part, AS_OF, SETTINGS, fitted=fitted)[0] for part in parts]
    assert pa.concat_tables(made).equals(whole)


def test_a_category_that_the_fit_did_not_see_has_the_shops_cycle() -> None:
    rice = bought().filter(pc.equal(bought()["category"], "rice"))
    fitted = fit_categories(rice, AS_OF)
    table, _ = category_cycles(bought(), AS_OF, SETTINGS, fitted=fitted)
    pairs = list(
        zip(*(table[name].to_pylist() for name in ("customer_id", "category")), strict=True)
    )
    assert pairs == sorted(pairs)
    soap = table.to_pandas().query("category == 'soap' and purchases == 1")
    assert set(soap["cycle_source"]) == {"shop"}


def test_later_purchases_change_nothing() -> None:
    everything = bought()
    day = everything["day"].cast(pa.int32()).to_numpy()
    early = everything.filter(pa.array(day <= AS_OF - 100))
    whole, _ = category_cycles(everything, AS_OF - 100, SETTINGS)
    assert whole.equals(category_cycles(early, AS_OF - 100, SETTINGS)[0])


def test_a_few_purchases_cannot_tell_and_take_the_days_of_the_settings() -> None:
    few = bought().filter(pc.less(bought()["customer_id"], 4)).slice(0, 25)
    table, fit = category_cycles(few, AS_OF, SETTINGS)
    assert "cannot be told" in fit.cannot_tell
    assert set(table["cycle_source"].to_pylist()) == {"fallback"}
    assert table["chance_30"].null_count == table.num_rows
    assert category_cycles(few.slice(0, 0), AS_OF, SETTINGS)[0].num_rows == 0
