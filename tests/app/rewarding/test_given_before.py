"""In whatever order news come in, as many are given in the end as are met."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.app.rewarding.given_before import keys_of, not_given_before
from regulars.benefit.definition.terms import DAY, Give, Incentive
from regulars.benefit.incentive.happenings import Happenings, Met, Stages
from regulars.benefit.incentive.meets import During, meets

ALL = During(0, 100 * DAY, "UTC", "shop")
MORE = {"name": "x", "on": "E", "limit": None, "give": Give(points=1)}
RULES = st.one_of(
    st.builds(lambda n: Incentive(when="streak", days=n, **MORE), st.integers(2, 4)),
    st.builds(
        lambda n, after: Incentive(when="conversion", after=after, within_days=n, **MORE),
        st.integers(1, 5),
        st.sampled_from(["A", "E"]),
    ),
)


@st.composite
def told_in_any_order(draw) -> list[tuple[str, int, int]]:
    """Event, customer, quarter of a day: runs of days, and others in between."""
    told: dict[tuple[str, int, int], None] = {}
    for _ in range(draw(st.integers(1, 4))):
        who, first, days = draw(st.tuples(st.sampled_from([1, 1, 2]), *[st.integers(1, 12)] * 2))
        told |= dict.fromkeys(("E", who, 4 * day) for day in range(first, first + days))
    others = st.tuples(st.sampled_from("EA"), st.sampled_from([1, 1, 2]), st.integers(0, 100))
    told |= dict.fromkeys(draw(st.lists(others, max_size=12)))
    found = list(told)
    draw(st.randoms(use_true_random=False)).shuffle(found)
    return found


class Book:
    """The keys that were asked for."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def asked_before(self, keys: Iterable[str]) -> set[str]:
        return self.keys.intersection(keys)


def of(name: str, told: list[tuple[str, int, int]], numbers: dict[int, int]) -> Happenings:
    return Happenings.of(
        [
            (numbers[who], quarter * DAY // 4, quarter // 4, f"event:{event}{who}:{quarter}")
            for event, who, quarter in told
            if event == name
        ]
    )


@given(RULES, told_in_any_order(), st.integers(1, 9), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_as_many_are_given_as_are_met_in_whatever_order_it_is_told(rule, told, every, joined):
    """Two numbers may turn out to be one customer; then no less is given than that one has met."""
    book, count = Book(), 0
    for end in (*range(every, len(told), every), len(told)):
        is_one = end > joined
        numbers = {1: 1, 2: 1} if is_one else {1: 1, 2: 2}
        happened = {name: of(name, told[:end], numbers) for name in "AE"}
        mets = meets(rule, happened.__getitem__, Stages(), ALL)
        new = not_given_before(mets, book, {1: [2]} if is_one else {})
        assert new == sorted(new, key=mets.index)
        assert book.keys.isdisjoint(met.key for met in new)
        book.keys |= {met.key for met in new}
        count += len(new)
        assert count == len(mets) or (is_one and count > len(mets))
        assert not_given_before(mets, book, {1: [2]} if is_one else {}) == []


def test_the_keys_of_a_day_are_those_of_each_number_that_the_customer_had():
    met = Met("week", 3, "7:2026-03-07", 0)
    assert set(keys_of(met, {3: [7, 9]})) == {
        f"incentive:week:{number}:2026-03-07" for number in (3, 7, 9)
    }
