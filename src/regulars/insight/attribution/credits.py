"""What each method credits each source with: by rules, by removal effects, by Shapley values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.insight.attribution.markov import removal_effects, shares
from regulars.insight.attribution.shapley import credit, rates
from regulars.insight.attribution.spread import Ints, divided, interval, without_each
from regulars.lifetime.gaps import Floats
from regulars.timeline.touches import ONE, RULES, Paths

MARKOV, SHAPLEY = "markov", "shapley"
METHODS = (*RULES, MARKOV, SHAPLEY)
LEAST = 100
"""Of fewer paths that led to an order nothing is learned."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a method credits one source with.

    Attributes:
        orders: in units of `ONE`.
        sales, profit: in ten-thousandths of money.
        low, high: interval of the share of orders, where the method learns from the data.
    """

    orders: int
    sales: int
    profit: int
    low: float | None = None
    high: float | None = None


def credits_of(paths: Paths) -> dict[str, list[Credit]]:
    """By method, the credit of each source; those that learn are left out where data are too few.

    Of every method the credits of all sources add up to the orders with a path, to their sales and
    to their profit.
    """
    found = {
        rule: [Credit(*row) for row in paths.credit[place].tolist()]
        for place, rule in enumerate(RULES)
    }
    if paths.converted < LEAST:
        return found
    return found | {MARKOV: _markov(paths), SHAPLEY: _shapley(paths)}


def effects_of(paths: Paths) -> Floats | None:
    """The removal effect of each source, where there is enough to learn from."""
    if paths.converted < LEAST:
        return None
    return removal_effects(paths.moves.sum(axis=0))[1]


def _markov(paths: Paths) -> list[Credit]:
    replicates = shares(removal_effects(without_each(paths.moves))[1])
    orders, sales, profit = paths.totals
    amounts = [replicates[0] * total for total in (orders * ONE, sales, profit)]
    return _credits(paths, amounts, replicates)


def _shapley(paths: Paths) -> list[Credit]:
    met = np.flatnonzero(paths.touches)
    by_set = np.zeros((len(paths.of_sets), 1 << len(met), paths.of_sets.shape[2]), np.int64)
    by_set[:, _renumbered(paths.sets, met)] = paths.of_sets
    sums = without_each(by_set)
    value = rates(sums[..., 0], sums[..., 1])
    replicates = np.zeros((len(sums), len(paths.touches)))
    replicates[:, met] = shares(credit(value, sums[..., 2]))
    amounts = np.zeros((3, len(paths.touches)))
    for kind, unit in enumerate((ONE, 1, 1)):
        amounts[kind, met] = unit * credit(value[0], sums[0, :, 2 + kind])
    return _credits(paths, list(amounts), replicates)


def _renumbered(sets: Ints, met: Ints) -> Ints:
    """The sets, bit by bit of the sources that were met at all."""
    found = np.zeros(len(sets), np.int64)
    for place, source in enumerate(met):
        found |= ((sets >> source) & 1) << place
    return found


def _credits(paths: Paths, amounts: list[Floats], replicates: Floats) -> list[Credit]:
    orders, sales, profit = paths.totals
    low, high = interval(replicates)
    given = zip(
        *(divided(*one) for one in zip((orders * ONE, sales, profit), amounts, strict=True)),
        low.tolist(), high.tolist(), strict=True,
    )  # fmt: skip
    return [Credit(*one) for one in given]
