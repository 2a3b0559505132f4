"""How far a share may be off: the delete-a-group jackknife; and whole amounts divided exactly.

Customers are in groups by a hash of their number. A share is worked out again without each group;
from how these differ its error follows (Kott 2001, Journal of Official Statistics 17:521). A
customer's paths are in one group, so that they need not be independent of each other, and no path
has to be looked at again.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from regulars.insight.statistics.standardised import LEVEL
from regulars.lifetime.gaps import Floats

Ints = npt.NDArray[np.int64]


def without_each(by_group: Ints) -> Ints:
    """The sum over all groups, then those without each group in turn.

    >>> without_each(np.array([[1], [2], [4]])).tolist()
    [[7], [6], [5], [3]]
    """
    whole = by_group.sum(axis=0, keepdims=True)
    return np.concatenate([whole, whole - by_group])


def interval(replicates: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of shares, within 0 and 1.

    Args:
        replicates: shares from all, then from all but one group each.
    """
    share, others = replicates[0], replicates[1:]
    groups = len(others)
    error = np.sqrt((groups - 1) / groups * ((others - share) ** 2).sum(axis=0))
    half = student.ppf((1 + LEVEL) / 2, groups - 1) * error
    return np.maximum(share - half, 0.0), np.minimum(share + half, 1.0)


def divided(total: int, amounts: Floats) -> list[int]:
    """Amounts that add up to a whole one but for rounding, in whole units that do so exactly.

    >>> divided(100, np.array([100 / 3] * 3)), divided(-5, np.array([-2.5, -2.5]))
    ([34, 33, 33], [-2, -3])
    """
    parts = np.floor(amounts)
    each, more = divmod(total - int(parts.sum()), len(parts))
    largest = np.argsort(parts - amounts, kind="stable")[:more]
    found = [int(one) + each for one in parts]
    for place in largest:
        found[int(place)] += 1
    return found


def money(units: int) -> Decimal:
    """Units of a ten-thousandth as money."""
    return Decimal(units).scaleb(-4)
