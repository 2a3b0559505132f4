"""Sources of a shop made by hand: the line, what newcomers are worth, and what they cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import exp, sqrt
from typing import Any

import pytest

from regulars.errors import CannotTell, SettingsError
from regulars.insight.picture import Picture
from regulars.insight.sources.draw import draw
from regulars.insight.statistics.standardised import NORMAL_975
from regulars.settings import LineSettings
from samples.newcomers import Newcomers

AS_OF = date(2026, 3, 31)
LATE = date(2026, 12, 31)


def _two_sources() -> Newcomers:
    """40 by WeChat on Monday, 2 February; 60 by ads a week later; some who are no newcomers.

    Of WeChat 20 follow, 10 install, 10 open, 4 of these order and 2 order again; 6 who did not
    even follow order, too. Of the ads 6 order. One begins by following, without a source. Whoever
    ordered before the first visit, or was never seen, is on no line.
    """
    shop = Newcomers()
    for customer in range(40):
        shop.see(customer, "2026-02-02 12:00", source="WeChat ")
        if customer < 20:
            shop.see(customer, "2026-02-02 12:10", "track", name="Followed")
        if customer < 10:
            shop.see(customer, "2026-02-02 12:20", "track", name="Application Installed")
            shop.see(customer, "2026-02-02 12:30", "track", name="Application Opened")
        if customer < 4 or 30 <= customer < 36:
            shop.buy(customer, "2026-02-03 12:00")
        if customer < 2:
            shop.buy(customer, "2026-02-10 12:00")
    for customer in range(100, 160):
        shop.see(customer, "2026-02-09 12:00", source="ads")
        if customer < 106:
            shop.buy(customer, "2026-02-12 12:00")
    shop.buy(200, "2026-01-05 12:00")
    shop.see(200, "2026-02-05 12:00", source="ads")
    shop.buy(201, "2026-02-01 12:00")
    shop.see(300, "2026-02-05 12:00", "track", name="Followed")
    return shop


def _rows(picture: Picture, table: str = "sources") -> dict[Any, dict[str, Any]]:
    rows = picture.tables[table].to_pylist()
    key = {"line": ("source", "step"), "weeks": ("week", "source")}.get(table, ("source",))
    return {row[key[0]] if len(key) == 1 else tuple(row[k] for k in key): row for row in rows}


def _said(picture: Picture, part: str) -> bool:
    return any(part in one.en for one in picture.says)


STEPS = ("followed", "downloaded", "activated", "first_order", "retained")


def test_the_line_of_two_sources_by_hand() -> None:
    picture = draw(_two_sources().view(AS_OF))
    found = _rows(picture)
    assert set(found) == {"wechat", "ads", "(no source)"}
    wechat, ads = found["wechat"], found["ads"]
    assert [wechat["customers"], *(wechat[step] for step in STEPS)] == [40, 20, 10, 10, 4, 2]
    assert [ads["customers"], *(ads[step] for step in STEPS)] == [60, 0, 0, 0, 0, 0]
    assert [found["(no source)"][step] for step in ("customers", "followed")] == [1, 1]
    # 4 through all steps and 6 without: 10 of 40. Wilson: (0.25 + 0.048) / 1.096 -+ 0.130.
    assert (wechat["buyers"], wechat["buyer_share"]) == (10, 0.25)
    assert wechat["buyer_share_low"] == pytest.approx(0.1419, abs=1e-4)
    assert wechat["buyer_share_high"] == pytest.approx(0.4019, abs=1e-4)
    assert (wechat["again"], wechat["again_share"]) == (2, None)  # of 10: too few to tell
    line = _rows(picture, "line")
    everybody = [line["(all)", step] for step in ("seen", *STEPS)]
    assert [row["customers"] for row in everybody] == [101, 21, 10, 10, 4, 2]
    assert [row["at_all"] for row in everybody] == [101, 21, 10, 10, 16, 2]
    assert line["wechat", "followed"]["share"] == 0.5
    assert line["wechat", "downloaded"]["share"] == 0.25
    assert line["wechat", "downloaded"]["step_share"] is None  # of 20: too few to tell
    weeks = _rows(picture, "weeks")
    assert weeks[date(2026, 2, 2), "wechat"]["customers"] == 40
    assert weeks[date(2026, 2, 9), "(all)"]["customers"] == 60
    assert weeks[date(2026, 2, 9), "ads"]["buyers"] == 6
    assert len(weeks) == 5  # two weeks: all and wechat and without a source, all and ads
    assert picture.facts["customers_before"] == 1
    assert _said(picture, "12 of the 16 who bought did not take every step before")
    assert _said(picture, "1 more were first seen in these days and had bought before")


def _worth(
    shop: Newcomers, source: str, start: int, seen: int, buyers: int = 30, value: float | None = 5.0
) -> None:
    """So many are seen on 1 February, and of them so many buy for a profit of 4.

    Half of these buy twice more, within 10 and within 40 days, for a profit of 8.
    """
    for customer in range(start, start + seen):
        shop.see(customer, "2026-02-01 12:00", source=source)
        if customer < start + buyers:
            shop.see(customer, "2026-02-01 12:05", "track", name="Application Opened")
            shop.buy(customer, "2026-02-01 12:10", "10", "4")
            if value is not None:
                shop.values[customer] = value
        if customer < start + buyers // 2:
            for days in (10, 40):
                day = date(2026, 2, 1) + timedelta(days=days)
                shop.buy(customer, f"{day} 12:00", "20", "8")


def _drawn_late(shop: Newcomers, **asked: Any) -> Picture:
    return draw(shop.view(LATE), from_="2026-01-01", to="2026-03-31", **asked)


def test_what_a_source_brings_and_costs_by_hand() -> None:
    shop = Newcomers()
    _worth(shop, "ads", 0, 60)
    shop.spend = [(date(2026, 1, 1), "Ads", "100"), (date(2026, 3, 31), "Ads", "200")]
    shop.clicks = {"Ads": 100}
    ads = _rows(_drawn_late(shop))["ads"]
    assert (ads["customers"], ads["buyers"]) == (60, 30)
    # 30 + 15 x 2 orders; profit 30 x 4 + 15 x 16 = 360, and 30 x 5 to come.
    assert (ads["orders_per_customer"], ads["orders_per_buyer"]) == (1.0, 2.0)
    assert (ads["profit_per_customer"], ads["profit_per_buyer"]) == (6.0, 12.0)
    assert ads["expected_per_customer"] == 2.5
    assert (ads["value_per_customer"], ads["value_per_buyer"]) == (8.5, 17.0)
    # 15 are worth 25, 15 worth 9, and 30 nothing: variance 176.5 - 8.5^2.
    half = NORMAL_975 * sqrt((176.5 - 8.5**2) / 59)
    assert ads["value_per_customer_low"] == pytest.approx(8.5 - half)
    assert ads["value_per_customer_high"] == pytest.approx(8.5 + half)
    assert (ads["spend"], ads["clicks"]) == (Decimal(300), Decimal(200))
    costs = ("cost_per_customer", "cost_per_activated", "cost_per_buyer")
    assert [ads[name] for name in costs] == [5.0, 10.0, 10.0]
    # Garwood's limits of a count of 30 are 20.241 and 42.827.
    assert ads["cost_per_buyer_low"] == pytest.approx(300 / 42.827, rel=1e-4)
    assert ads["cost_per_buyer_high"] == pytest.approx(300 / 20.241, rel=1e-4)
    # 510 / 300, and 360 / 300; the months are those of test_acquisition, the same customers.
    assert ads["value_to_cost"] == pytest.approx(1.7)
    factor = exp(NORMAL_975 * sqrt(15 * 625 + 15 * 81) / 510)
    assert ads["value_to_cost_low"] == pytest.approx(1.7 / factor)
    assert ads["earned_back"] == pytest.approx(1.2)
    assert (ads["payback_months"], ads["payback_low"], ads["payback_high"]) == (2, 1, None)
    assert ads["verdict"] == "earns"


def test_acquisition_says_the_same_where_first_touch_and_first_order_agree() -> None:
    from regulars.insight.acquisition.judged import over_cost, per_customer

    shop = Newcomers()
    _worth(shop, "ads", 0, 60)
    shop.spend = [(date(2026, 3, 31), "ads", "300")]
    ads = _rows(_drawn_late(shop))["ads"]
    squares = 15.0 * 625 + 15 * 81
    assert ads["value_per_buyer_low"] == pytest.approx(per_customer(510.0, squares, 30)[1])
    assert ads["value_to_cost_high"] == pytest.approx(over_cost(510.0, squares, 300.0, 30)[2])


def test_back_is_who_is_active_on_another_day_within_thirty() -> None:
    shop = Newcomers()
    for customer in range(40):
        shop.see(customer, "2026-02-01 12:00", source="ads")
        if customer < 10:
            shop.see(customer, "2026-02-02 00:30")  # the next day of Shanghai, though not of UTC
        elif customer < 15:
            shop.see(customer, "2026-02-01 23:59")  # the same day
        elif customer < 18:
            shop.see(customer, "2026-03-03 23:59")  # the thirtieth day after
        elif customer < 20:
            shop.see(customer, "2026-03-04 00:00")  # the thirty-first
        elif customer == 20:
            shop.buy(customer, "2026-02-05 12:00")
        elif customer == 21:
            shop.see(customer, "2026-02-05 12:00", "receipt", name="Email Delivered")
    for customer in range(50, 70):  # on 2 March: not watched for thirty days
        shop.see(customer, "2026-03-02 12:00", source="ads")
        shop.see(customer, "2026-03-03 12:00")
    shop.see(99, "2026-03-31 23:00", source="x")
    ads = _rows(draw(shop.view(AS_OF)))["ads"]
    # 10 + 3 and one who bought, of 40.
    assert (ads["customers"], ads["back_share"]) == (60, 14 / 40)


def test_a_return_is_watched_for_only_as_long_as_events_are_known() -> None:
    shop = Newcomers()
    for customer in range(30):
        shop.see(customer, "2026-02-01 12:00", source="ads")
    shop.see(0, "2026-02-20 12:00")  # the last event of all
    shop.buy(0, "2026-03-30 12:00")
    picture = draw(shop.view(AS_OF))
    assert _rows(picture)["ads"]["back_share"] is None
    assert _said(picture, "Events are known up to 2026-02-20 only")


def _leader_in_clicks() -> Newcomers:
    shop = Newcomers()
    _worth(shop, "ads", 0, 200)
    _worth(shop, "qr", 1000, 60)
    shop.spend = [(date(2026, 2, 1), "ads", "3000"), (date(2026, 2, 1), "qr", "300")]
    shop.clicks = {"ads": 5000, "qr": 200}
    return shop


def test_sources_stand_in_the_order_of_value_for_their_cost_and_not_of_clicks() -> None:
    shop = _leader_in_clicks()
    _worth(shop, "friends", 2000, 40)
    _worth(shop, "radio", 3000, 40, buyers=10)
    shop.spend = [*shop.spend, (date(2026, 2, 1), "radio", "50")]
    picture = _drawn_late(shop)
    # 510 / 300, 510 / 3000; of radio it cannot be told; and what costs nothing comes last.
    assert {name: row["verdict"] for name, row in _rows(picture).items()} == {
        "qr": "earns", "ads": "loses", "radio": "cannot_tell", "friends": "free",
    }  # fmt: skip
    assert list(_rows(picture)) == ["qr", "ads", "radio", "friends"]
    assert _said(picture, "What radio will bring for the money cannot be told yet")
    assert picture.says[0].en.startswith("For each 1 spent, newcomers by qr are worth 1.7 (1.1")
    assert _said(picture, "ads leads in clicks (96% of all) and trails in value: per 1 spent 0.2")
    # 40 came: 510 / 40.
    assert _said(picture, "a newcomer by friends is worth most: ¥12.75")


def test_a_leader_in_clicks_that_cannot_be_told_apart_in_value_is_not_blamed() -> None:
    shop = _leader_in_clicks()
    shop.spend = [(date(2026, 2, 1), "ads", "350"), (date(2026, 2, 1), "qr", "300")]
    picture = _drawn_late(shop)
    assert not _said(picture, "trails in value")
    assert _said(picture, "cannot be told apart yet")


def test_the_source_is_the_first_one_told_in_the_whole_past() -> None:
    shop = Newcomers()
    shop.see(1, "2026-02-01 12:00")
    shop.see(1, "2026-02-08 12:00", source="mail")
    shop.see(1, "2026-02-09 12:00", source="ads")
    shop.see(2, "2026-02-01 12:00", source="(direct)")
    shop.see(2, "2026-02-02 12:00", inviter="A7")
    shop.see(3, "2026-02-01 12:00")
    # Of several in one second the one that more entries tell: ads, told twice.
    shop.see(4, "2026-02-01 12:00:00.2", source="mail")
    shop.see(4, "2026-02-01 12:00:00.7", source="ads")
    shop.see(9, "2026-03-31 12:00", source="ads")
    found = _rows(draw(shop.view(AS_OF)))
    assert {name: row["customers"] for name, row in found.items()} == {
        "mail": 1, "inviter": 1, "(no source)": 1, "ads": 2,
    }  # fmt: skip


def test_sources_beyond_the_top_are_gathered_but_not_those_that_cost() -> None:
    shop = Newcomers()
    for customer, source in enumerate(["a", "a", "b", "b", "b", "c"]):
        shop.see(customer, "2026-03-01 12:00", source=source)
    shop.spend = [(date(2026, 3, 1), "C", "5")]
    found = _rows(draw(shop.view(AS_OF), top=2))
    assert {name: row["customers"] for name, row in found.items()} == {
        "c": 1, "b": 3, "(other)": 2,
    }  # fmt: skip


def test_spend_on_a_source_by_which_nobody_came_is_told() -> None:
    shop = _two_sources()
    shop.spend = [(date(2026, 2, 1), "billboard", "99")]
    picture = draw(shop.view(AS_OF))
    billboard = _rows(picture)["billboard"]
    assert (billboard["customers"], billboard["spend"]) == (0, Decimal(99))
    assert billboard["verdict"] == "cannot_tell"
    assert _said(picture, "¥99.00 was spent on billboard, but nobody came in")


def test_a_step_that_no_event_tells_is_not_observable_and_skipped() -> None:
    shop = _two_sources()
    shop.events = [one for one in shop.events if one.get("name") != "Application Installed"]
    picture = draw(shop.view(AS_OF))
    wechat = _rows(picture)["wechat"]
    assert [wechat[step] for step in STEPS] == [20, None, 10, 4, 2]
    line = _rows(picture, "line")["(all)", "downloaded"]
    assert (line["customers"], line["share"], line["at_all"]) == (None, None, None)
    # Of those who followed: the step before it that can be told.
    assert picture.facts["not_observable"] == ["downloaded"]
    assert _said(picture, "Not observable, and skipped: downloaded.")


def test_a_step_left_out_in_the_settings_is_no_step() -> None:
    shop = _two_sources()
    shop.line = LineSettings(downloaded="", activated="")
    picture = draw(shop.view(AS_OF))
    wechat = _rows(picture)["wechat"]
    assert [wechat[step] for step in STEPS] == [20, None, None, 4, 2]
    assert picture.facts["left_out"] == ["downloaded", "activated"]
    assert not _said(picture, "Not observable")


def test_a_shop_of_orders_alone_has_a_line_of_two_orders() -> None:
    shop = Newcomers(knows_events=False)
    for customer in range(30):
        shop.buy(customer, "2026-02-03 12:00")
        if customer < 10:
            shop.buy(customer, "2026-02-20 12:00")
    shop.buy(50, "2025-06-01 12:00")  # a customer from before
    shop.buy(50, "2026-02-01 12:00")
    picture = draw(shop.view(AS_OF))
    row = _rows(picture)["(no source)"]
    assert [row[step] for step in STEPS] == [None, None, None, 30, 10]
    assert (row["customers"], row["buyers"], row["again_share"]) == (30, 30, 1 / 3)
    seen = _rows(picture, "line")["(all)", "seen"]
    assert (seen["customers"], seen["share"]) == (None, None)
    assert _said(picture, "Not observable, and skipped: seen, followed, downloaded, activated.")


def test_a_shop_without_orders_has_a_line_without_value() -> None:
    shop = _two_sources()
    shop.knows_orders = False
    picture = draw(shop.view(AS_OF))
    wechat = _rows(picture)["wechat"]
    assert [wechat[step] for step in STEPS] == [20, 10, 10, None, None]
    assert (wechat["buyers"], wechat["value_per_customer"]) == (None, None)
    assert _said(picture, "no orders have come in")


def test_fewer_than_thirty_are_counted_and_no_share_is_told() -> None:
    shop = Newcomers()
    for customer in range(29):
        shop.see(customer, "2026-02-01 12:00", source="ads")
        shop.buy(customer, "2026-02-01 12:10")
    picture = draw(shop.view(AS_OF))
    ads = _rows(picture)["ads"]
    assert (ads["customers"], ads["buyers"], ads["buyer_share"]) == (29, 29, None)
    assert _said(picture, "Only 29 came in")


def test_who_the_buyers_of_a_source_are_against_all_buyers() -> None:
    shop = Newcomers()
    for customer in range(40):
        shop.see(customer, "2026-02-01 12:00", source="ads")
        shop.buy(customer, "2026-02-01 12:10")
        shop.traits[customer] = ("F" if customer < 36 else "M", None, "tea")
    for customer in range(100, 160):  # buyers of other days
        shop.buy(customer, "2025-06-01 12:00")
        shop.traits[customer] = ("F" if customer < 124 else "M", None, "tea")
    picture = draw(shop.view(AS_OF))
    found = {row["value"]: row for row in picture.tables["portrait"].to_pylist()}
    # 36 of 40 against 60 of 100; the province is not known, and of one category nothing is news.
    assert set(found) == {"F", "M"}
    assert (found["F"]["share"], found["F"]["base_share"]) == (0.9, 0.6)
    assert found["F"]["tgi"] == pytest.approx(150)
    # Wilson of 36 / 40 is 0.7695 to 0.9604.
    assert found["F"]["low"] == pytest.approx(0.7695 / 0.6 * 100, abs=0.1)
    assert found["F"]["verdict"] == "over"
    assert _said(picture, "More frequent among their buyers than among all: ads: gender: F (TGI 1")


def test_only_customers_of_the_stages_asked_for_are_counted() -> None:
    shop = _two_sources()
    shop.stages = {0: "core", 1: "core", 100: "core", 2: "lost"}
    found = _rows(draw(shop.view(AS_OF), stage=["core"]))
    assert {name: row["customers"] for name, row in found.items()} == {"wechat": 2, "ads": 1}


def test_what_came_after_the_day_of_the_picture_is_not_known() -> None:
    found = _rows(draw(_two_sources().view(date(2026, 2, 5))))
    # The second orders of 10 February have not come yet, nor have the ads.
    assert (found["wechat"]["first_order"], found["wechat"]["retained"]) == (4, 0)
    assert "ads" not in found


def test_where_nobody_came_it_cannot_be_told() -> None:
    with pytest.raises(CannotTell, match="Nobody came in for the first time"):
        draw(_two_sources().view(AS_OF), from_="2026-03-01")


def test_a_step_that_cannot_be_read_is_told_with_its_setting() -> None:
    shop = _two_sources()
    shop.line = LineSettings(followed="Followed[way]")
    with pytest.raises(SettingsError) as told:
        draw(shop.view(AS_OF))
    assert told.value.where.column == "line.followed"
    assert "[way] is no condition" in str(told.value)
