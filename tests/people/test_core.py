"""Core customers by the published rule."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.people.core import core_customers
from regulars.settings import CoreSettings

RULE = CoreSettings(window_days=365, share=0.25, min_orders=3)
AT = 400


def judge(
    orders: dict[int, list[tuple[int, float]]], customers: int, rule: CoreSettings = RULE
) -> list[int]:
    """Who is core, from (day, net) by customer."""
    rows = sorted((who, day, net) for who, mine in orders.items() for day, net in mine)
    who, day, net = (np.array(column) for column in zip(*rows, strict=True))
    core = core_customers(who, day, net.astype(float), customers, AT, rule)
    return np.flatnonzero(core).tolist()


def three(net: float, last: int = 390) -> list[tuple[int, float]]:
    return [(last - 60, net), (last - 30, net), (last, net)]


def test_worked_by_hand() -> None:
    """Eight buyers, a quarter: two seats.

    | customer | spend | orders | months | ranks of 4 | score |
    |---|---|---|---|---|---|
    | 0 | 300 | 3 | 3 | 3, 1.5, 2.5 | 11.25 |
    | 1 | 400 | 4 | 1 | 4, 3.5, 1 | 14 |
    | 2 | 90 | 3 | 3 | 1, 1.5, 2.5 | 3.75 |
    | 3 | 100 | 4 | 4 | 2, 3.5, 4 | 28 |
    """
    orders = {
        0: three(100),
        1: [(390, 100.0)] * 4,
        2: three(30),
        3: [(300, 25.0), (330, 25.0), (360, 25.0), (390, 25.0)],
        **{who: [(390, 9999.0)] for who in range(4, 8)},
    }
    months = {day: np.datetime64(day, "D").astype("datetime64[M]") for day in (330, 360, 390)}
    assert len(set(months.values())) == 3
    assert judge(orders, 8) == [1, 3]
    # One seat: without the months customer 1 would have it, 14 to 7.
    assert judge(orders, 8, CoreSettings(share=0.125)) == [3]


def test_seats_are_a_share_of_all_buyers_rounded_down() -> None:
    orders = {who: three(100 + who) for who in range(7)}
    assert judge(orders, 100) == [6]
    assert judge({**orders, 7: [(1, 1.0)]}, 100) == [5, 6]


def test_a_tie_at_the_bound_is_let_in_whole() -> None:
    orders = {0: three(5), 1: three(100), 2: three(100), 3: three(7)}
    assert judge(orders, 4) == [1, 2]


def test_two_large_orders_are_not_enough() -> None:
    orders = {0: [(380, 9e6), (390, 9e6)], **{who: three(1) for who in (1, 2, 3)}}
    assert 0 not in judge(orders, 4)


def test_orders_before_the_window_count_for_min_orders_only() -> None:
    long_ago = AT - RULE.window_days
    gone = [(long_ago - 2, 9999.0), (long_ago - 1, 9999.0), (long_ago, 9999.0)]
    assert judge({0: gone, 1: three(1), 2: gone, 3: gone}, 4) == [1]
    back = [(long_ago - 1, 1.0), (long_ago, 1.0), (long_ago + 1, 1.0)]
    assert judge({0: back, 1: gone, 2: gone, 3: gone}, 4) == [0]


def test_seats_stay_empty_rather_than_go_to_those_who_are_gone() -> None:
    rule = CoreSettings(share=1.0, min_orders=3)
    assert judge({0: three(1), 1: three(9, last=20)}, 2, rule) == [0]


def test_later_orders_are_not_looked_at() -> None:
    later = [(AT + 1, 9999.0)] * 5
    assert judge({0: three(10), 1: three(9) + later, 2: three(8), 3: later}, 4) == []
    assert judge({0: three(10), 1: three(9) + later, 2: three(8), 3: [(1, 1.0)]}, 4) == [0]


def test_the_order_of_orders_does_not_break_a_tie() -> None:
    day = [(360, 0.1), (370, 0.2), (380, 0.3)]
    other_way = [(360, 0.3), (370, 0.2), (380, 0.1)]
    assert judge({0: day, 1: other_way, 2: [(1, 1.0)], 3: [(1, 1.0)]}, 4) == [0, 1]


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_no_seat_no_core(share: float) -> None:
    assert judge({0: three(1), 1: three(2)}, 4, CoreSettings(share=share)) == []
