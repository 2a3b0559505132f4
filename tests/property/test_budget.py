"""The budget rule, on whatever amounts: never above, and maximal by the stated rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regulars.campaign.allocate import allocate

amounts = st.integers(0, 12) | st.integers(0, 10**9)  # small ones meet the edge of the budget
actions = st.lists(st.tuples(amounts, st.booleans()), max_size=60)
budgets = st.integers(0, 60) | st.integers(0, 10**10)


@given(actions, budgets)
def test_the_reserved_worst_cases_add_up_exactly_and_never_exceed_the_budget(planned, budget):
    worst, takes = [w for w, _ in planned], [t for _, t in planned]
    result = allocate(worst, takes, budget)
    spent = sum(w for w, t, f in zip(worst, takes, result.funded, strict=True) if t and f)
    assert spent == result.reserved <= budget


@given(actions, budgets)
def test_an_action_is_refused_only_where_it_does_not_fit_into_what_is_left(planned, budget):
    left = budget
    worst, takes = [w for w, _ in planned], [t for _, t in planned]
    result = allocate(worst, takes, budget)
    for cost, takes_some, funded, before in zip(
        worst, takes, result.funded, result.left_before, strict=True
    ):
        assert before == left
        assert funded == (cost <= left)
        left -= cost if funded and takes_some else 0


@given(actions, budgets)
def test_whether_a_customer_is_held_out_does_not_depend_on_the_money_they_would_have_taken(
    planned, budget
):
    """Holding out the last customer changes nobody else's funding."""
    if not planned:
        return
    worst, takes = [w for w, _ in planned], [t for _, t in planned]
    result = allocate(worst, takes, budget)
    other = allocate(worst, [*takes[:-1], not takes[-1]], budget)
    assert result.funded == other.funded


@given(actions, budgets, st.integers(0, 10**9))
def test_a_larger_budget_funds_the_first_ones_at_least_as_far(planned, budget, more):
    worst, takes = [w for w, _ in planned], [t for _, t in planned]
    less, larger = allocate(worst, takes, budget), allocate(worst, takes, budget + more)
    first_refused = less.funded.index(False) if False in less.funded else len(worst)
    assert all(larger.funded[:first_refused])
