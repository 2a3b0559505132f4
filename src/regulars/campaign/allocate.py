"""Reserve the worst case of each action within the budget, in the order of expected worth.

The rule, which anybody can check by hand: go through the customers in order; an action whose
worst case still fits into what is left of the budget is funded, and its worst case is taken off;
one that does not fit is not funded, and smaller ones after it may still be. Customers who are held
out take nothing, but only those whose action would have been funded belong to the test.

>>> result = allocate([500, 700, 300], takes=[True, True, True], budget=800)
>>> result.funded, result.left_before, result.reserved
([True, False, True], [800, 300, 300], 800)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allocation:
    """What fits into a budget."""

    funded: list[bool]
    """For each action in order, whether it fits (for a held-out one: whether it would)."""
    left_before: list[int]
    """What was left of the budget when its turn came."""
    reserved: int
    """The sum of the worst cases of funded actions that take from the budget."""


def allocate(worst_cases: Sequence[int], takes: Sequence[bool], budget: int) -> Allocation:
    """Go through the actions in order and fund what fits.

    Args:
        worst_cases: the most that each action can cost, in order of rank.
        takes: whether the action takes from the budget; False for held-out customers.
        budget: the budget, in the unit of the worst cases.
    """
    left = budget
    funded: list[bool] = []
    left_before: list[int] = []
    for worst_case, takes_some in zip(worst_cases, takes, strict=True):
        fits = worst_case <= left
        funded.append(fits)
        left_before.append(left)
        if fits and takes_some:
            left -= worst_case
    return Allocation(funded, left_before, budget - left)
