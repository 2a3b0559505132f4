"""Whatever is earned, spent and taken back in whatever order: all of it ends at zero."""

from __future__ import annotations

import os
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.points.members import members_in_a_file
from regulars.benefit.names import SHOP
from regulars.benefit.points.changing import SpendPoints
from regulars.errors import Insufficient, NothingToDo
from regulars.ledger.command import Reverse

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "12"))

orders = st.tuples(st.integers(1, 3_000), st.integers(0, 300), st.integers(0, 120))
steps = st.lists(
    st.tuples(st.just("spend"), st.integers(1, 200), st.just(0))
    | st.tuples(st.just("refund"), st.integers(0, 5), st.integers(0, 3_500)),
    max_size=12,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(orders, min_size=1, max_size=5), steps)
def test_earned_and_taken_back_ends_at_zero_and_is_never_negative(earnings, then):
    with members_in_a_file() as shop:
        given_out = 0
        for number, (base, points, growth) in enumerate(earnings):
            with suppress(NothingToDo):
                shop.earn(f"order:{number}", points, growth, base=base)
                given_out += points
        spent = []
        for what, one, other in then:
            if what == "spend":
                with suppress(Insufficient):
                    wanted = SpendPoints(key=shop.key(), customer_id=7, points=one, on="draw")
                    spent.append(shop.ask(wanted))
            elif one < len(earnings) and shop.earned(f"order:{one}") is not None:
                with suppress(NothingToDo):
                    shop.take_back(other, f"order:{one}")
            back = sum(shop.earned(f"order:{n}").points_back for n in _rows(shop, earnings))
            # What was earned and is not taken back is there, or spent; what is owed was spent too.
            assert shop.points() + shop.has(SHOP, "points") - shop.owed() == given_out - back
            assert min(shop.points(), shop.growth(), shop.owed()) >= 0
        for number in _rows(shop, earnings):
            with suppress(NothingToDo):
                shop.take_back(None, f"order:{number}")
        assert (shop.points(), shop.growth()) == (0, 0)
        assert shop.owed() == shop.has(SHOP, "points")
        for one in spent:
            shop.ask(Reverse(key=shop.key(), n=one.n))
        assert shop.points() == shop.owed()
        shop.check()


def _rows(shop, earnings) -> list[int]:
    return [n for n in range(len(earnings)) if shop.earned(f"order:{n}") is not None]
