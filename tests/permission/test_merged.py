"""Hold-outs of customers whose numbers are merged and parted, whatever the people table knew."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_assignments import SqlAssignments
from regulars.permission.assignment import Merged, read_hold_outs, record_drawn

DAY = date(2026, 11, 11)
NUMBERS = range(1, 9)
GLOBAL, DUE = "global:1", "play:due"


def merged(survivor_of: dict[int, int]) -> Merged:
    moved = sorted(number for number, survivor in survivor_of.items() if number != survivor)
    return Merged(
        np.array(moved, np.int64), np.array([survivor_of[one] for one in moved], np.int64)
    )


def planned(
    book: SqlAssignments, people: list[int], share: float, now: Merged
) -> dict[str, list[bool]]:
    """As a plan does: the arms of the rows of a people table, and the new ones recorded."""
    hold_outs = read_hold_outs(book, DAY, ["due"], shop_id="shop", share=share, days=90, merged=now)
    ids = np.array(people, np.int64)
    drawn = [hold_outs.of_all_marketing(ids), hold_outs.of_play("due", "due", share, ids)]
    assert record_drawn(book, hold_outs, drawn, assigned_on=DAY, playbook="p", recorded_at=0)
    return {one.test: one.held_out.tolist() for one in drawn}


def records(book: SqlAssignments) -> dict[tuple[str, int], bool]:
    return {
        (test, int(number)): bool(held)
        for test in (GLOBAL, DUE)
        for number, held in zip(*book.arms(test), strict=True)
    }


def test_a_merge_that_the_people_table_does_not_know_of_yet_holds_out_both_rows():
    """As beside a server, which merges numbers as events come in."""
    with SqliteStore.in_memory() as store:
        book = SqlAssignments(store)
        planned(book, [3], 0.0, merged({}))  # treated
        planned(book, [3, 7], 1.0, merged({}))  # 7 comes later and is held out
        assert (records(book)[DUE, 3], records(book)[DUE, 7]) == (False, True)
        assert planned(book, [3, 7], 0.0, merged({7: 3}))[DUE] == [True, True]
        assert planned(book, [3, 7], 0.0, merged({3: 7}))[DUE] == [True, True]
        assert planned(book, [3, 7], 0.0, merged({}))[DUE] == [False, True]


def test_two_rows_of_one_customer_are_drawn_and_recorded_once():
    with SqliteStore.in_memory() as store:
        book = SqlAssignments(store)
        for share in (0.5, 1.0):
            planned(book, [7, 3, 5, 8], share, merged({7: 3, 8: 3}))
            assert sorted(records(book)) == [(GLOBAL, 3), (GLOBAL, 5), (DUE, 3), (DUE, 5)]


def test_of_two_rows_of_one_customer_the_survivors_stays():
    now = merged({7: 3, 8: 3, 2: 9})
    assert now.one_number_each(np.array([7, 3, 8, 5])).tolist() == [False, True, False, True]
    assert now.one_number_each(np.array([8, 7, 2])).tolist() == [False, True, True]
    assert now.one_number_each(np.empty(0, np.int64)).tolist() == []
    assert merged({}).one_number_each(np.array([8, 7])).tolist() == [True, True]


GROUPS = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)), max_size=6
).flatmap(lambda pairs: st.permutations(NUMBERS).map(lambda order: _joined(pairs, order)))
"""Who is who by now: any numbers joined, in chains and rings, under any of them."""


def _joined(pairs: list[tuple[int, int]], order: list[int]) -> dict[int, int]:
    group = {number: {number} for number in NUMBERS}
    for one, other in pairs:
        both = group[one] | group[other]
        group.update(dict.fromkeys(both, both))
    return {number: min(group[number], key=order.index) for number in NUMBERS}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            GROUPS,
            st.lists(st.sampled_from(NUMBERS), unique=True, max_size=8),
            st.sampled_from([0.0, 0.3, 0.7, 1.0]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_however_numbers_are_joined_and_parted_nobody_held_out_is_treated(plans):
    with SqliteStore.in_memory() as store:
        book = SqlAssignments(store)
        for survivor_of, people, share in plans:
            before = records(book)
            arms = planned(book, people, share, merged(survivor_of))
            after = records(book)
            assert before.items() <= after.items()  # nothing is changed or taken away
            for test, held in arms.items():
                for number, is_held in zip(people, held, strict=True):
                    known = [
                        after[test, one]
                        for one in NUMBERS
                        if survivor_of[one] == survivor_of[number] and (test, one) in after
                    ]
                    # All rows of one person get one arm: that of any record that is a hold-out.
                    assert known
                    assert is_held == any(known)
        alone = planned(book, list(NUMBERS), 0.5, merged({}))
        for test, held in alone.items():
            for number, is_held in zip(NUMBERS, held, strict=True):
                if (test, number) in after:
                    assert is_held == after[test, number]  # parted again, each has its own back
