"""Shares with their intervals, and counts against what is usual, from sums alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from regulars.insight.statistics.standardised import two_sided
from regulars.insight.statistics.wilson import Z, discoveries

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def effective_steps(
    steps: Any, share: Any, customers: Any, squares: Any, to_squares: Any, to_cross: Any
) -> Floats:
    """How many steps of as many different customers tell as much as these steps of fewer.

    Steps of one customer are alike. The variance of the share as a ratio over customers, held
    against that of independent steps, is the design effect by which the number of steps is divided
    (Rao & Scott 1992, Biometrics 48:577-585). Where all steps or none go there, each
    customer counts once.

    Args:
        steps: from a band.
        share: of them that goes to the band asked for.
        customers: who took them.
        squares: sum over customers of their steps squared.
        to_squares: the same of their steps to the band asked for.
        to_cross: sum over customers of the product of both.
    """
    n, p, k = np.asarray(steps, float), np.asarray(share, float), np.asarray(customers, float)
    residual = np.asarray(to_squares, float) - 2 * p * to_cross + p * p * np.asarray(squares, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = k / (k - 1) * np.maximum(residual, 0) / (n * n)
        design = np.maximum(variance / (p * (1 - p) / n), 1.0)
        told = n / design
    return np.where(np.isfinite(told) & (p > 0) & (p < 1), told, k)


def against_usual(
    stratum: Ints, thing: Ints, customers: Ints, came: Ints
) -> tuple[Ints, Ints, Floats, Floats]:
    """Per thing: customers, how many of them came, how many usually would, and the variance.

    Indirect standardisation: usual is the share of all customers of the same stratum. Within a
    stratum the number that came is hypergeometric if things do not matter (Mantel & Haenszel 1959,
    JNCI 22:719-748), which allows for the thing's own part in what is usual.

    Args:
        stratum: of each row, from 0.
        thing: of each row, from 0.
        customers: in the row.
        came: of them.
    """
    of = np.bincount(stratum, customers)
    rate = np.bincount(stratum, came) / np.maximum(of, 1)
    # Several rows may stand for one thing in one stratum.
    pairs, place = np.unique(np.stack([thing, stratum]), axis=1, return_inverse=True)
    n = np.bincount(place.ravel(), customers)
    own_rate, own_of = rate[pairs[1]], of[pairs[1]]
    usual: Floats = np.bincount(pairs[0], n * own_rate).astype(np.float64)
    spread = n * own_rate * (1 - own_rate) * (own_of - n) / np.maximum(own_of - 1, 1)
    things = len(usual)
    return (
        np.bincount(thing, customers, things).astype(np.int64),
        np.bincount(thing, came, things).astype(np.int64),
        usual,
        np.bincount(pairs[0], spread).astype(np.float64),
    )


def ratio_to_usual(came: Any, usual: Any, variance: Any) -> tuple[Floats, Floats, Floats]:
    """Came / usual with its 95 % interval, (came -+ 1.96 sqrt(variance)) / usual, 0 at least."""
    o, e, spread = np.asarray(came, float), np.asarray(usual, float), Z * np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return o / e, np.maximum(o - spread, 0) / e, (o + spread) / e


def findings(came: Any, usual: Any, variance: Any) -> npt.NDArray[np.int8]:
    """1 where more came than usual, -1 where fewer, 0 where it may be chance.

    Mantel-Haenszel tests; of all named at most 5 % are expected to be chance (Benjamini & Hochberg
    1995, JRSS B 57:289-300).

    >>> findings([30, 21, 5], [20.0, 20.0, 20.0], [10.0, 10.0, 10.0]).tolist()
    [1, 0, -1]
    """
    named = discoveries(two_sided(came, usual, variance))
    way = np.sign(np.asarray(came, float) - np.asarray(usual, float))
    return np.where(named, way, 0).astype(np.int8)


def percent(share: float) -> str:
    """A share in words; what is not quite all or nothing never reads 100% or 0%.

    >>> percent(0.412), percent(0.9996), percent(0.0004), percent(1.0)
    ('41%', '>99%', '<1%', '100%')
    """
    if 0.995 <= share < 1:
        return ">99%"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
