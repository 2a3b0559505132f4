"""Shapley values of the sources of a path, by sets of sources.

The game of a path whose sources are the set T is played by these; what a part S of them is worth is
how often paths with exactly the sources S lead to an order (Dalessandro, Perlich, Stitelman and
Provost 2012, ADKDD, who call it causally motivated and say under which assumptions it would be
causal). Its value is divided among T by Shapley 1953:

    phi(i) = sum over S of T without i:  |S|! (|T| - |S| - 1)! / |T|!  x (v(S and i) - v(S))

and each order with the set T is divided in these proportions; so the credits add up to the orders.
The order of touches plays no part (Zhao, Mahboobi and Bagheri 2018, arXiv:1804.05327, whose
"simplified" value has every path bring all of its worth, and divides it evenly).

It is computed by dividends: d(S) is what S is worth beyond all that its parts are worth, and
phi(i) = sum over S with i of d(S) / |S| (Harsanyi 1963). All sets together take n 2^n steps.

>>> value = rates(np.array([0, 100, 100, 100]), np.array([0, 2, 4, 8]), prior=0)
>>> value.tolist()                     # nothing, a, b, a and b
[0.0, 0.02, 0.04, 0.08]
>>> credit(value, np.array([0.0, 0, 0, 8])).round(6).tolist()   # a: (0.02 + 0.04) / 2 of 0.08
[3.0, 5.0]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from regulars.lifetime.gaps import Floats

PRIOR = 5.0
"""What a set adds to its parts is believed by half once as many orders are to be expected of it."""


def rates(paths: npt.ArrayLike, led: npt.ArrayLike, prior: float = PRIOR) -> Floats:
    """What each set is worth: how often paths of exactly these sources lead to an order.

    A source more is taken to do no harm: a set is worth at least what the best of its parts is.
    What it is worth beyond that is drawn towards nothing where few paths tell of it; a set that was
    never seen is worth as much as the best of its parts.

    Args:
        paths: by set (bit by bit, of 2^n), perhaps with further dimensions before.
        led: those of them that led to an order.
        prior: how strongly; 0 takes the shares as they are.
    """
    seen, won = np.asarray(paths, np.float64), np.asarray(led, np.float64)
    total = won.sum(axis=-1, keepdims=True)
    overall = np.divide(seen.sum(axis=-1, keepdims=True), total, where=total > 0, out=total * 0)
    own = np.divide(won, seen, out=np.zeros_like(won), where=seen > 0)
    weight = seen + prior * overall
    belief = np.divide(seen, weight, out=np.zeros_like(seen), where=weight > 0)
    value = np.zeros_like(own)
    sets = np.arange(own.shape[-1])
    sizes = np.bitwise_count(sets)
    for size in range(1, int(sizes.max()) + 1):
        level = sets[sizes == size]
        best = np.zeros((*own.shape[:-1], len(level)))
        for source in range(_sources(own)):
            has = (level >> source) & 1 == 1
            best[..., has] = np.maximum(best[..., has], value[..., level[has] ^ (1 << source)])
        more = np.maximum(own[..., level] - best, 0.0)
        value[..., level] = best + belief[..., level] * more
    return value


def credit(value: Floats, amounts: npt.ArrayLike) -> Floats:
    """What each source is credited with.

    Args:
        value: what each set is worth.
        amounts: what is to be divided among the sources of each set: its orders, or their sales.
    """
    sources = _sources(value)
    sets = np.arange(value.shape[-1])
    sizes = np.maximum(np.bitwise_count(sets), 1)
    given = np.asarray(amounts, np.float64)
    per_worth = np.divide(given, value, out=np.zeros_like(given), where=value > 0)
    each = _dividends(value) / sizes * _over_supersets(per_worth)
    return np.stack(
        [each[..., (sets >> source) & 1 == 1].sum(axis=-1) for source in range(sources)], axis=-1
    )


def _sources(by_set: Floats) -> int:
    return int(by_set.shape[-1]).bit_length() - 1


def _dividends(value: Floats) -> Floats:
    """From what sets are worth to what each is worth beyond its parts (Moebius)."""
    found = value.copy()
    for source in range(_sources(value)):
        pairs = found.reshape(*found.shape[:-1], -1, 2, 1 << source)
        pairs[..., 1, :] -= pairs[..., 0, :]
    return found


def _over_supersets(amounts: Floats) -> Floats:
    """By set, the sum over all sets that hold it."""
    found = amounts.copy()
    for source in range(_sources(amounts)):
        pairs = found.reshape(*found.shape[:-1], -1, 2, 1 << source)
        pairs[..., 0, :] += pairs[..., 1, :]
    return found
