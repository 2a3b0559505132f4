"""Whether waits of several groups differ beyond chance: the log-rank test.

Mantel (1966, Evaluation of survival data and two new rank order statistics arising in its
consideration, Cancer Chemotherapy Reports 50(3), 163-170), for k groups as in Kalbfleisch &
Prentice (2002, The Statistical Analysis of Failure Time Data, section 1.5). On each day t with d
returns among n still away, of which n_j are of group j:

    expected of j = d n_j / n
    covariance of j and l = d (n - d) / (n - 1) (n_j / n) ([j = l] - n_l / n)

Summed over days, with U = observed - expected of the first k - 1 groups and V their covariance,
U' V^-1 U is chi squared with k - 1 degrees of freedom. Customers who are still away are counted as
long as they have been watched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogRank:
    """The result.

    Attributes:
        statistic: chi squared.
        degrees: of freedom.
        p: the chance of so large a statistic where the groups do not differ.
        observed: returns of each group.
        expected: returns that each group would have had with the pace of all together.
    """

    statistic: float
    degrees: int
    p: float
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def log_rank(returned: Sequence[Counts], leaving: Sequence[Counts]) -> LogRank | None:
    """The test of groups given by day; None where fewer than two can be compared.

    Args:
        returned: for each group, how many returned on each day, from day 0 on.
        leaving: how many were watched to that day and no longer, those who returned on it too.

    Example:
        Two groups of two: one returns on days 1 and 2, the other on day 3, or is watched to day 4.
        Day 1: of 4, 1 returns; expected of the first 1/2. Day 2: of 3, expected 1/3. Day 3: of 2,
        none of them of the first. U = 2 - 5/6, V = 1/4 + 2/9.

        >>> a = (np.array([0.0, 1, 1, 0, 0]), np.array([0.0, 1, 1, 0, 0]))
        >>> b = (np.array([0.0, 0, 0, 1, 0]), np.array([0.0, 0, 0, 1, 1]))
        >>> told = log_rank([a[0], b[0]], [a[1], b[1]])
        >>> round(told.statistic, 6), round((7 / 6) ** 2 / (1 / 4 + 2 / 9), 6)
        (2.882353, 2.882353)
    """
    back, leave = np.vstack(returned), np.vstack(leaving)
    used = leave.sum(1) > 0
    if used.sum() < 2:
        return None
    back, leave = back[used], leave[used]
    away = leave.sum(1, keepdims=True) - np.cumsum(leave, axis=1) + leave
    total, events = away.sum(0), back.sum(0)
    days = (events > 0) & (total > 1)
    back, away, total, events = back[:, days], away[:, days], total[days], events[days]
    share = away / total
    expected = (share * events).sum(1)
    spread = events * (total - events) / (total - 1)
    covariance = np.diag((share * spread).sum(1)) - (share * spread) @ share.T
    gap = (back.sum(1) - expected)[:-1]
    inner = covariance[:-1, :-1]
    if not days.any() or np.linalg.matrix_rank(inner) < len(gap):
        return None
    statistic = float(gap @ np.linalg.solve(inner, gap))
    return LogRank(
        statistic,
        len(gap),
        float(chdtrc(len(gap), statistic)),
        tuple(float(x) for x in back.sum(1)),
        tuple(float(x) for x in expected),
    )
