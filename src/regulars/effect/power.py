"""How large a test must be: two shares, compared by their difference.

For shares p1 (left alone) and p2 (treated), with k treated for each left alone, the normal test of
their difference at level alpha finds it with the power asked for from

    n1 = (z_alpha sqrt((1 + 1/k) p q) + z_beta sqrt(p1 q1 + p2 q2 / k))^2 / (p2 - p1)^2

left alone and k n1 treated, where p = (p1 + k p2) / (1 + k), q = 1 - p (Fleiss, Levin, Paik,
Statistical Methods for Rates and Proportions, 3rd ed. 2003, eq. 4.19 without the correction for
continuity; R's `power.prop.test` for k = 1).
"""

from __future__ import annotations

from math import ceil, sqrt

from scipy.optimize import brentq
from scipy.stats import norm


def left_alone_needed(
    base: float, treated: float, *, ratio: float = 1.0, level: float = 0.05, power: float = 0.8
) -> int:
    """How many must be left alone so that the difference is found.

    Args:
        base: share among those left alone, between 0 and 1.
        treated: share among the treated, another one.
        ratio: treated customers for each left alone.
        level: two-sided.
        power: chance to find it.

    Raises:
        ValueError: a share lies outside of 0 to 1, or both are the same.

    >>> left_alone_needed(0.50, 0.75, power=0.90)
    77
    >>> left_alone_needed(0.20, 0.22, ratio=9.0)
    3656
    """
    return ceil(_needed(base, treated, ratio, level, power) - 1e-9)


def smallest_rise(
    base: float, left_alone: float, *, ratio: float = 1.0, level: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest rise of the share that so many customers can show; None where none can.

    Args:
        base: share among those left alone.
        left_alone: how many are.
        ratio: treated customers for each left alone.
        level: two-sided.
        power: chance to find it.

    >>> rise = smallest_rise(0.20, 3656, ratio=9.0)
    >>> round(rise, 4)
    0.02
    """

    def lacking(rise: float) -> float:
        return _needed(base, base + rise, ratio, level, power) - left_alone

    most = 1.0 - base
    if most <= 0 or lacking(most) > 0:
        return None
    return float(brentq(lacking, 1e-6, most, xtol=1e-6))


def _needed(base: float, treated: float, ratio: float, level: float, power: float) -> float:
    if not (0 <= base <= 1 and 0 <= treated <= 1) or base == treated:
        raise ValueError(f"{base} and {treated} are no two shares to be told apart")
    mean = (base + ratio * treated) / (1 + ratio)
    usual = sqrt((1 + 1 / ratio) * mean * (1 - mean))
    own = sqrt(base * (1 - base) + treated * (1 - treated) / ratio)
    root = norm.isf(level / 2) * usual + norm.isf(1 - power) * own
    return float((root / (treated - base)) ** 2)
