r"""How much of a change in a product of factors is owed to each factor, exactly.

Additive LMDI-I (Ang 2004, Decomposition analysis for policymaking in energy, Energy Policy 32,
1131-1139; Ang 2005, The LMDI approach to decomposition analysis: a practical guide, Energy Policy
33, 867-871). For V = x1 x2 ... xk before (0) and after (T):

    change owed to xi = L(V_T, V_0) ln(xi_T / xi_0),   L(a, b) = (a - b) / (ln a - ln b)

The parts add up to V_T - V_0 without a remainder, and swapping before and after swaps signs only.

Where a factor is 0 the limits are taken (Ang & Liu 2007, Handling zero values in the logarithmic
mean Divisia index decomposition approach, Energy Policy 35, 238-246): what appears from nothing or
vanishes is owed to the factors that were or became 0. Where a factor is negative there is no
logarithm, and the change is shared by Shapley's rule (Albrecht, Francois & Schoors 2002, A Shapley
decomposition of carbon emissions without residuals, Energy Policy 30, 727-736): the mean, over all
orders in which the factors may move one after another, of what each one's move changes. That is
exact and symmetric as well.

>>> parts = decompose((100, 2.0, 50.0), (110, 2.0, 50.0))
>>> [round(part, 6) for part in parts]
[1000.0, 0.0, 0.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from math import factorial, log, prod

from regulars.kernel.money import PLACES


def logarithmic_mean(one: float, other: float) -> float:
    """L(a, b) = (a - b) / (ln a - ln b) of two positive numbers, and a where they are equal.

    >>> round(logarithmic_mean(40, 30), 4), logarithmic_mean(5, 5)
    (34.7606, 5)
    """
    # Where they are close the quotient loses its digits; the mean of both is right to 1e-12 there.
    if abs(one - other) <= 1e-5 * max(one, other):
        return one if one == other else (one + other) / 2 - (one - other) ** 2 / (6 * (one + other))
    return (one - other) / (log(one) - log(other))


def decompose(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """The change of the product owed to each factor; the parts add up to it.

    Args:
        before: the factors.
        after: the same factors later.
    """
    pairs = list(zip(before, after, strict=True))
    first, last = prod(before), prod(after)
    gone = [place for place, pair in enumerate(pairs) if min(pair) == 0]
    if min(*before, *after) < 0 or (not gone and not first * last):
        return _shapley(before, after)
    if not gone:
        mean = logarithmic_mean(last, first)
        return [mean * (log(end) - log(start)) for start, end in pairs]
    if not first and not last:
        return [0.0] * len(pairs)
    return [(last - first) / len(gone) * (place in gone) for place in range(len(pairs))]


def _shapley(before: Sequence[float], after: Sequence[float]) -> list[float]:
    count = len(before)

    def product(moved: frozenset[int]) -> float:
        return prod(after[place] if place in moved else before[place] for place in range(count))

    parts = []
    for place in range(count):
        others = [other for other in range(count) if other != place]
        part = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                moved = frozenset(chosen)
                part += weight * (product(moved | {place}) - product(moved))
        parts.append(part)
    return parts


def in_money(parts: Sequence[float], change: Decimal) -> list[Decimal]:
    """The parts as money that adds up to the change to the last place.

    What rounding leaves over goes to the largest part, where it is least felt.

    >>> in_money([1 / 3, 1 / 3, 1 / 3], Decimal(1))
    [Decimal('0.3334'), Decimal('0.3333'), Decimal('0.3333')]
    """
    rounded = [Decimal(part).quantize(PLACES) for part in parts]
    rest = change - sum(rounded, Decimal(0))
    largest = max(range(len(rounded)), key=lambda place: abs(rounded[place]))
    rounded[largest] += rest
    return rounded
