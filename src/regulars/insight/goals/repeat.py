"""Who will have bought at the end of a goal, and how many of them twice: new and returning apart.

The two come again at different rates and grow differently over a span, so each goes on from its own
so far: buyers by the mean log ratio of the whole of earlier spans to their first part, the rate by
the mean step on the logit scale. Before the goal begins both are as in earlier spans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regulars.insight.drivers.totals import GROUPS, NEW, RETURNING
from regulars.insight.goals.sums import Done, Sums

LESS = 0.75
"""How much less an earlier span counts than the one after it."""
SMALL_SHARE = 0.5
"""Added to counts before a logit is taken (Haldane 1956, Annals of Human Genetics 20:309-311)."""


def taught(past: Sequence[Done]) -> Sequence[Done]:
    """Earlier spans from which returning buyers can be told; all, where there is none.

    Where the data begin, old customers pass for new ones.
    """
    return [one for one in past if not one.begins] or past


def repeat_at_end(done: Sequence[Done]) -> dict[str, Sums]:
    """Buyers and repeat buyers of each group at the end; without earlier spans, those so far.

    Args:
        done: the goal's own span as far as it has gone, then earlier ones, the latest first.
    """
    now, past = done[0].whole, taught(done[1:])
    told = {kind: Sums() for kind in GROUPS}
    for kind in (NEW, RETURNING):
        own = now[kind]
        running = own.buyers > 0
        weights, growths, steps = [], [], []
        for age, one in enumerate(past):
            whole, early = one.whole[kind], one.early[kind]
            if not whole.buyers or (running and not early.buyers):
                continue
            weights.append(LESS**age)
            growths.append(float(np.log(whole.buyers / (early.buyers if running else 1.0))))
            steps.append(logit(whole) - (logit(early) if running else 0.0))
        if not weights:
            told[kind] = Sums(own.buyers, own.repeat)
            continue
        growth, step = (np.average(values, weights=weights) for values in (growths, steps))
        buyers = (own.buyers if running else 1.0) * float(np.exp(growth))
        if running and not step:
            rate = own.repeat / own.buyers
        else:
            rate = share((logit(own) if running else 0.0) + float(step))
        told[kind] = Sums(buyers, buyers * rate)
    return told


def logit(sums: Sums) -> float:
    """Of the share of buyers who bought twice."""
    again, once = sums.repeat + SMALL_SHARE, sums.buyers - sums.repeat + SMALL_SHARE
    return float(np.log(again / once))


def share(value: float) -> float:
    """The share of a logit."""
    return float(1 / (1 + np.exp(-value)))
