"""Depth, warmth and stage, worked by hand day by day."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.kernel.clock import day_number, parse_date
from regulars.lifetime.cycle import SOURCES
from regulars.lifetime.gaps import NO_DAY
from regulars.people.stage import fold_stages
from regulars.people.stage_state import DEPTHS, NO_CODE, STAGES, MonthFit, Purchases, StageFold
from regulars.people.warmth import WARMTHS
from regulars.settings import CoreSettings, CycleSettings

# Fallback days 60, 90, 180: what applies wherever a handful of customers cannot tell a cycle.
CYCLE, CORE = CycleSettings(), CoreSettings()


def fold(
    histories: list[list[int]],
    as_of: int,
    *,
    cycle: CycleSettings = CYCLE,
    core: CoreSettings = CORE,
    net: float = 10.0,
) -> StageFold:
    who = np.concatenate([np.full(len(days), i) for i, days in enumerate(histories)])
    day = np.concatenate([np.array(days, np.int64) for days in histories])
    size = len(day)
    purchases = Purchases(
        who.astype(np.int64), day, np.full(size, net), np.full(size, -1), len(histories)
    )
    return fold_stages(purchases, as_of, cycle, core)


def changes(result: StageFold, customer: int = 0) -> list[tuple[int, str, str, str]]:
    history = result.history
    mine = history.customer == customer
    return [
        (int(day), str(DEPTHS[depth]), str(WARMTHS[warmth]), str(STAGES[stage]))
        for day, depth, warmth, stage in zip(
            history.day[mine],
            history.depth[mine],
            history.warmth[mine],
            history.stage[mine],
            strict=True,
        )
    ]


def test_a_first_order_cools_down() -> None:
    assert changes(fold([[100]], 1000)) == [
        (100, "first_order", "on_time", "first_order"),
        (161, "first_order", "due", "first_order"),
        (191, "first_order", "at_risk", "at_risk"),
        (281, "first_order", "dormant", "dormant"),
    ]


def test_an_order_after_dormant_wins_back_for_90_days() -> None:
    assert changes(fold([[0, 200]], 420)) == [
        (0, "first_order", "on_time", "first_order"),
        (61, "first_order", "due", "first_order"),
        (91, "first_order", "at_risk", "at_risk"),
        (181, "first_order", "dormant", "dormant"),
        (200, "second_order", "won_back", "won_back"),
        (291, "second_order", "at_risk", "at_risk"),
        (381, "second_order", "dormant", "dormant"),
    ]


def test_won_back_ends_with_the_next_order() -> None:
    assert changes(fold([[0, 200, 230]], 240))[-2:] == [
        (200, "second_order", "won_back", "won_back"),
        (230, "growing", "on_time", "growing"),
    ]


def test_won_back_may_be_shorter_than_the_cycle() -> None:
    short = CycleSettings(won_back_days=30)
    assert changes(fold([[0, 200]], 300, cycle=short))[4:] == [
        (200, "second_order", "won_back", "won_back"),
        (231, "second_order", "on_time", "second_order"),
        (261, "second_order", "due", "second_order"),
        (291, "second_order", "at_risk", "at_risk"),
    ]


def test_an_order_while_at_risk_is_no_winning_back() -> None:
    assert changes(fold([[0, 180]], 181))[-1] == (180, "second_order", "on_time", "second_order")
    assert changes(fold([[0, 181]], 181))[-1] == (181, "second_order", "on_time", "second_order")
    assert changes(fold([[0, 182]], 182))[-1] == (182, "second_order", "won_back", "won_back")


def test_two_orders_on_one_day_are_two_orders_and_one_purchase_day() -> None:
    assert [row[:3] for row in changes(fold([[5, 5, 9]], 10))] == [
        (5, "second_order", "on_time"),
        (9, "growing", "on_time"),
    ]


def test_the_days_of_a_customer_agree_with_its_warmth() -> None:
    for as_of, warmth in [(60, "on_time"), (61, "due"), (90, "due"), (91, "at_risk")]:
        now = fold([[0]], as_of).now
        assert WARMTHS[now.warmth[0]] == warmth
        assert (now.due_day[0], now.at_risk_day[0], now.dormant_day[0]) == (60, 90, 180)


def test_now_is_the_last_change_and_knows_the_stage_before() -> None:
    now = fold([[0, 200]], 295).now
    assert STAGES[now.stage[0]] == "at_risk"
    assert STAGES[now.previous_stage[0]] == "won_back"
    assert now.stage_since[0] == 291
    # Due is a warmth and no stage: the stage has stood since the first order.
    now = fold([[0]], 70).now
    assert (WARMTHS[now.warmth[0]], now.stage_since[0]) == ("due", 0)
    assert now.previous_stage[0] == NO_CODE


def test_a_customer_without_a_purchase_is_not_observable() -> None:
    result = fold([[], [3]], 10)
    now = result.now
    assert (DEPTHS[now.depth[0]], WARMTHS[now.warmth[0]]) == ("not_observable", "none")
    assert STAGES[now.stage[0]] == "not_observable"
    assert now.stage_since[0] == now.due_day[0] == now.dormant_day[0] == NO_DAY
    assert now.previous_stage[0] == now.cycle_source[0] == NO_CODE
    assert np.isnan(now.cycle_days[0]).all()
    assert np.isnan(now.chance_of_return[0])
    assert changes(result, 0) == []


def test_a_shop_without_purchases_has_no_history() -> None:
    none = np.zeros(0, np.int64)
    result = fold_stages(Purchases(none, none, none.astype(float), none, 2), 100, CYCLE, CORE)
    assert len(result.history.day) == 0
    assert result.months == ()
    assert [STAGES[code] for code in result.now.stage] == ["not_observable"] * 2


def test_the_day_of_the_first_purchase_may_be_a_month_end() -> None:
    january = day_number(parse_date("2026-01-31"))
    result = fold([[january]], january)
    assert [month.day for month in result.months] == [january]
    assert changes(result) == [(january, "first_order", "on_time", "first_order")]


def test_fallback_is_named_and_gives_no_chance() -> None:
    result = fold([[0]], 70)
    assert SOURCES[result.now.cycle_source[0]] == "fallback"
    assert result.now.is_fallback[0].tolist() == [True, True, True]
    assert result.now.cycle_days[0].tolist() == [60, 90, 180]
    assert np.isnan(result.now.chance_of_return[0])
    assert isinstance(result.months[0], MonthFit)
    assert result.months[0].fit is None
    assert "0 repeat purchases over 30 days" in result.months[0].cannot_tell


def test_core_is_judged_at_month_ends_and_may_end_there() -> None:
    """1970: customer 0 has three orders in January; customer 1 overtakes it in February."""
    rule = CoreSettings(share=0.5, min_orders=3)
    result = fold([[0, 5, 20], [1, 6, 32, 40, 50]], 70, core=rule)
    assert [row[:2] for row in changes(result, 0)] == [
        (0, "first_order"),
        (5, "second_order"),
        (20, "growing"),
        (30, "core"),  # 31 January
        (58, "growing"),  # 28 February
    ]
    assert [row[:2] for row in changes(result, 1)] == [
        (1, "first_order"),
        (6, "second_order"),
        (32, "growing"),
        (58, "core"),
    ]


def test_an_overdue_core_customer_is_at_risk_and_core() -> None:
    rule = CoreSettings(share=1.0, min_orders=1)
    assert changes(fold([[0]], 91, core=rule))[-1] == (91, "core", "at_risk", "at_risk")


def regular_shop(never: float = 0.5, n: int = 2_000) -> list[list[int]]:
    """Half never return; the others after 20 to 40 days, once. All begin on days 0-99."""
    rng = np.random.default_rng(4)
    begin = rng.integers(0, 100, n)
    return [
        [int(day)] if rng.random() < never else [int(day), int(day + rng.integers(20, 41))]
        for day in begin
    ]


def test_a_fitted_shop_uses_its_own_days_from_the_month_end_on() -> None:
    result = fold([*regular_shop(), [100]], 140)
    assert [month.fit is not None for month in result.months] == [False, False, False, True]
    assert SOURCES[result.now.cycle_source[-1]] == "shop"
    days = result.now.cycle_days[-1]
    assert days == pytest.approx([30, 35, 42], abs=3)
    # 30 April is day 119: 19 days of silence, on time. Under the fallback it would be until 160.
    assert changes(result, 2_000)[1][0] == 100 + int(days[0]) + 1


def test_silence_of_a_one_time_buyer_ends_in_lost_without_an_event() -> None:
    result = fold([*regular_shop(), [100]], 330)
    path = [(row[0], row[2]) for row in changes(result, 2_000)]
    assert [warmth for _, warmth in path][-1] == "lost"
    day = {warmth: day for day, warmth in path}["lost"]
    before = fold([*regular_shop(), [100]], day - 1).now.chance_of_return[-1]
    after = fold([*regular_shop(), [100]], day).now.chance_of_return[-1]
    assert before >= CYCLE.lost_below > after


def test_an_order_after_lost_wins_back() -> None:
    result = fold([*regular_shop(), [100, 300]], 301)
    assert [row[2] for row in changes(result, 2_000)][-2:] == ["lost", "won_back"]


def test_nobody_is_lost_who_is_not_even_due() -> None:
    """Only 6 % ever return, below the bound of 10 % from the first day on."""
    histories = [*regular_shop(never=0.94, n=4_000), [150]]
    result = fold(histories, 150)
    assert result.now.chance_of_return[-1] < CYCLE.lost_below
    assert WARMTHS[result.now.warmth[-1]] == "on_time"
    later = fold(histories, 190)
    assert WARMTHS[later.now.warmth[-1]] == "lost"
    assert int(changes(later, 4_000)[-1][0]) == int(later.now.due_day[-1]) + 1
