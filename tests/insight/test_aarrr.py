"""The five stages of a shop made by hand, this period and the one before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from regulars import Shop
from regulars.app.stage_plays import stage_plays
from regulars.errors import CannotTell
from regulars.insight.aarrr.draw import draw
from regulars.insight.aarrr.plays import StagePlay
from regulars.insight.picture import Picture
from regulars.insight.statistics.wilson import wilson
from regulars.kernel.sentence import Sentence
from samples.newcomers import Newcomers

AS_OF = date(2026, 4, 30)
MARCH = {"from_": "2026-03-01", "to": "2026-03-31"}


def _two_months() -> Newcomers:
    """In February (29 January to 28 February before March) 50 come, in March 100; all are watched.

    Of February's 10 follow, 10 buy, 5 are back; of March's 60 follow, 20 open the app, 20 buy, 10
    of these again, 40 are back the next day. One old customer visits in March.
    """
    shop = Newcomers()
    shop.see(900, "2026-01-01 12:00")
    shop.see(900, "2026-03-05 12:00")
    for customer in range(50):
        shop.see(customer, "2026-02-10 12:00")
        if customer < 10:
            shop.see(customer, "2026-02-10 12:10", "track", name="Followed")
            shop.buy(customer, "2026-02-10 13:00", "20")
        if customer < 5:
            shop.see(customer, "2026-02-11 12:00")
    for customer in range(100, 200):
        shop.see(customer, "2026-03-10 12:00")
        if customer < 160:
            shop.see(customer, "2026-03-10 12:10", "track", name="Followed")
        if customer < 120:
            shop.see(customer, "2026-03-10 12:20", "track", name="Application Opened")
            shop.buy(customer, "2026-03-10 13:00", "30")
        if customer < 110:
            shop.buy(customer, "2026-03-20 13:00", "5")
        if customer < 140:
            shop.see(customer, "2026-03-11 12:00")
    shop.see(901, "2026-04-30 12:00")
    return shop


def _drawn(shop: Newcomers, **asked: Any) -> Picture:
    return draw(shop.view(AS_OF), **(MARCH | asked))


def _rows(picture: Picture) -> dict[str, dict[str, Any]]:
    return {row["step"]: row for row in picture.tables["stages"].to_pylist()}


def _said(picture: Picture, part: str) -> bool:
    return any(part in one.en for one in picture.says)


def test_five_stages_of_two_periods_by_hand() -> None:
    picture = _drawn(_two_months())
    found = _rows(picture)
    told = {
        step: (row["stage"], row["customers"], row["of"], row["before_customers"], row["before_of"])
        for step, row in found.items()
    }
    assert told == {
        # Of those active in March 100 were new, one was not; in February all were new.
        "seen": ("acquisition", 100, 101, 50, 50),
        "followed": ("acquisition", 60, 100, 10, 50),
        "downloaded": ("activation", None, None, None, None),
        "activated": ("activation", 20, 100, 0, 50),
        "back": ("retention", 40, 100, 5, 50),
        "retained": ("retention", 10, 100, 0, 50),
        "first_order": ("revenue", 20, 100, 10, 50),
        "invited": ("referral", None, None, None, None),
    }
    followed = found["followed"]
    assert (followed["share"], followed["before_share"]) == (0.6, 0.2)
    # Newcombe's interval: 0.4 - sqrt((0.6 - l)^2 + (u - 0.2)^2), + sqrt((u - 0.6)^2 + (0.2 - l)^2).
    (low, high), (least, most) = wilson(60, 100), wilson(10, 50)
    assert followed["change"] == pytest.approx(0.4)
    assert followed["change_low"] == pytest.approx(0.4 - sqrt((0.6 - low) ** 2 + (most - 0.2) ** 2))
    assert followed["change_high"] == pytest.approx(
        0.4 + sqrt((high - 0.6) ** 2 + (0.2 - least) ** 2)
    )
    assert (followed["trend"], found["first_order"]["trend"]) == ("up", "not_told_apart")
    assert found["downloaded"]["trend"] == "cannot_tell"
    assert _said(picture, "60 followed (60.0%; before 20.0%, up)")
    assert _said(picture, "Referral: not observable.")
    assert _said(picture, "Not observable, and skipped: downloaded.")


def test_sales_count_within_the_days_of_those_watched() -> None:
    shop = _two_months()
    shop.buy(150, "2026-04-20 12:00", "999")  # the 41st day
    for customer in range(300, 320):  # on 1 May their thirty days would be over
        shop.see(customer, "2026-03-31 12:30")
        shop.buy(customer, "2026-03-31 13:00", "500")
    now, before = _drawn(shop, within=31).tables["revenue"].to_pylist()
    # 20 x 30 + 10 x 5, of 100; 10 x 20 of 50.
    assert (now["watched"], now["buyers"], now["sales"]) == (100, 20, Decimal(650))
    assert (now["sales_per_customer"], now["sales_per_buyer"]) == (6.5, 32.5)
    assert (before["from"], before["to"]) == (date(2026, 1, 29), date(2026, 2, 28))
    assert (before["sales"], before["sales_per_customer"]) == (Decimal(200), 4.0)
    # Watched for thirty days, those of 31 March are in.
    assert _drawn(shop, within=30).tables["revenue"].to_pylist()[0]["watched"] == 120


def test_who_invites_and_who_is_invited() -> None:
    shop = _two_months()
    for customer in range(130, 136):
        shop.see(customer, "2026-03-10 12:30", inviter="A" if customer < 134 else "B")
    shop.see(900, "2026-03-06 12:00", inviter="C")  # no newcomer
    shop.see(5, "2026-02-12 12:00", inviter="A")
    picture = _drawn(shop)
    now, before = picture.tables["referral"].to_pylist()
    assert (now["inviters"], now["invited"], now["active"]) == (3, 6, 101)
    assert now["invited_share"] == 0.06
    assert now["invited_per_inviter"] == 2.0
    assert now["inviter_share"] == pytest.approx(3 / 101)
    assert (before["inviters"], before["invited"]) == (1, 1)
    assert _said(picture, "Referral: 6 were invited (6.0%; before 2.0%, not told apart); 3 invited")


def test_steps_count_within_the_days_only() -> None:
    shop = _two_months()
    shop.see(170, "2026-04-09 23:00", "track", name="Followed")  # the thirtieth day
    shop.see(171, "2026-04-10 00:00", "track", name="Followed")  # the thirty-first
    assert _rows(_drawn(shop))["followed"]["customers"] == 61
    assert _rows(_drawn(shop, within=1))["retained"]["customers"] == 0


def test_without_a_period_before_nothing_is_compared() -> None:
    shop = _two_months()
    shop.events = [one for one in shop.events if one["customer_id"] != 900]
    picture = _drawn(shop)
    found = _rows(picture)
    assert found["followed"]["before_share"] is None
    assert {row["trend"] for row in found.values()} == {"cannot_tell"}
    assert picture.tables["revenue"].num_rows == 1
    assert _said(picture, "The shop knows from 2026-02-10 on only")


def test_a_shop_of_orders_alone_can_tell_of_revenue_and_retention() -> None:
    shop = Newcomers(knows_events=False)
    shop.buy(1, "2026-01-01 12:00")
    for customer in range(10, 50):
        shop.buy(customer, "2026-03-10 12:00", "30")
        if customer < 20:
            shop.buy(customer, "2026-03-20 12:00", "30")
    found = _rows(_drawn(shop))
    assert (found["seen"]["customers"], found["followed"]["customers"]) == (None, None)
    assert (found["first_order"]["customers"], found["first_order"]["share"]) == (40, None)
    assert found["retained"]["share"] == 0.25
    assert found["back"]["share"] == 0.25


def test_where_nobody_came_it_cannot_be_told() -> None:
    with pytest.raises(CannotTell, match="Nobody came in"):
        _drawn(_two_months(), from_="2026-01-10", to="2026-01-20")


def test_plays_stand_at_their_stage_and_are_not_measured() -> None:
    plays = (
        StagePlay("retention", "care", Sentence("Care", "关怀"), Sentence("", ""), 7, 2),
        StagePlay("acquisition", "gift", Sentence("Gift", "礼"), Sentence("5 off", "减5"), 0, 0),
    )
    picture = _drawn(_two_months(), plays=plays)
    rows = picture.tables["plays"].to_pylist()
    assert [(row["stage"], row["play"], row["effect"]) for row in rows] == [
        ("acquisition", "gift", "not_measured"),
        ("retention", "care", "not_measured"),
    ]
    assert [(row["treated"], row["held_out"]) for row in rows] == [(0, 0), (7, 2)]
    assert _said(picture, "Plays of the playbook: acquisition: Gift; retention: Care.")
    assert _said(picture, "No play addresses activation, revenue, referral.")
    assert _said(picture, "The effect of no play has been measured yet: on record are 7 treated")


def test_the_plays_of_a_new_shop_stand_at_four_stages_and_nobody_is_on_record(
    tmp_path: Path,
) -> None:
    Shop.create(tmp_path / "shop", name="x").close()
    with Shop(tmp_path / "shop") as shop:
        plays = stage_plays(shop.home)
    found: dict[str, list[str]] = {}
    for one in plays:
        found.setdefault(one.stage, []).append(one.play)
    assert found["acquisition"] == ["newcomer_first_order"]
    assert found["activation"] == ["follower_welcome"]
    assert found["revenue"] == ["activated_first_order"]
    assert {"due_replenish", "first_order_due", "at_risk_benefit"} <= set(found["retention"])
    assert "referral" not in found
    assert {(one.treated, one.held_out) for one in plays} == {(0, 0)}
