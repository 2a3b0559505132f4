"""Buyers drawn from the lifetime models, purchase by purchase: the models' own story, told anew.

Nothing here knows a formula of `regulars.lifetime`; it waits, buys and stops as the papers say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.lifetime.sufficient import PurchaseSummary

Floats = NDArray[np.float64]


def walk(
    rng: np.random.Generator,
    rate: Floats,
    chance_to_stop: Floats | None,
    stops_at: Floats | None,
    watched: Floats,
    *,
    first_may_be_last: bool = False,
    later: float = 0.0,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Repeats, time of the last, purchases in `later` after `watched`, and time of the next.

    A customer stops after a purchase with a chance, or at a time; the next is inf if it never is.
    """
    n = len(rate)
    repeats, last, after = np.zeros(n), np.zeros(n), np.zeros(n)
    following = np.full(n, np.inf)
    now, going = np.zeros(n), np.ones(n, np.bool_)
    if first_may_be_last and chance_to_stop is not None:
        going &= rng.random(n) >= chance_to_stop
    while going.any():
        who = np.flatnonzero(going)
        now[who] += rng.exponential(1.0, len(who)) / rate[who]
        bought = np.ones(len(who), np.bool_) if stops_at is None else now[who] <= stops_at[who]
        going[who[~bought]] = False
        who = who[bought]
        seen = who[now[who] <= watched[who]]
        repeats[seen] += 1
        last[seen] = now[seen]
        unseen = who[now[who] > watched[who]]
        following[unseen] = np.minimum(following[unseen], now[unseen] - watched[unseen])
        after[unseen[now[unseen] <= watched[unseen] + later]] += 1
        going[who[now[who] > watched[who] + later]] = False
        if chance_to_stop is not None:
            who = who[going[who]]
            going[who[rng.random(len(who)) < chance_to_stop[who]]] = False
    return repeats, last, after, following


def summary(repeats: Floats, last: Floats, watched: Floats) -> PurchaseSummary:
    """Such buyers as a summary without amounts."""
    n = len(repeats)
    return PurchaseSummary(np.arange(n), repeats, last, watched, np.full(n, np.nan))


def beta_geometric_buyers(
    seed: int,
    values: tuple[float, float, float, float],
    watched: Floats,
    *,
    first_may_be_last: bool,
    later: float = 0.0,
) -> tuple[PurchaseSummary, Floats, Floats]:
    """Buyers of BG/NBD or MBG/NBD, their purchases in `later`, and the time to the next."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = values
    n = len(watched)
    rate = rng.gamma(r, 1 / alpha, n).clip(1e-12)
    stop = rng.beta(a, b, n)
    x, t_x, after, following = walk(
        rng, rate, stop, None, watched, first_may_be_last=first_may_be_last, later=later
    )
    return summary(x, t_x, watched), after, following


def pareto_buyers(
    seed: int, values: tuple[float, float, float, float], watched: Floats, *, later: float = 0.0
) -> tuple[PurchaseSummary, Floats, Floats]:
    """Buyers of Pareto/NBD, their purchases in `later`, and the time to the next."""
    rng = np.random.default_rng(seed)
    r, alpha, s, beta = values
    n = len(watched)
    rate = rng.gamma(r, 1 / alpha, n).clip(1e-12)
    stops_at = rng.exponential(1.0, n) / rng.gamma(s, 1 / beta, n).clip(1e-12)
    x, t_x, after, following = walk(rng, rate, None, stops_at, watched, later=later)
    return summary(x, t_x, watched), after, following


def spenders(seed: int, values: tuple[float, float, float], n: int) -> PurchaseSummary:
    """Buyers of Gamma-Gamma with 0 to some 20 repeat purchases."""
    rng = np.random.default_rng(seed)
    p, q, gamma = values
    x = rng.geometric(0.3, n) - 1.0
    rate = rng.gamma(q, 1 / gamma, n)
    mean = np.full(n, np.nan)
    some = x > 0
    mean[some] = rng.gamma(p * x[some]) / rate[some] / x[some]
    return PurchaseSummary(np.arange(n), x, x, x + 1.0, mean)
