"""The weights of the measures: a conditional logit learnt from baskets that came to be.

Of a person's candidates, those in the next basket were chosen. With measures x and weights w the
chance that a choice falls on candidate i is e^(w x_i) / sum_j e^(w x_j) (McFadden, 1974, Frontiers
in Econometrics); w makes the choices of all persons most likely. A person with k choices counts
for sqrt(k), so that large baskets do not outvote small ones.

Sources may only speak for a good, never against it: their weights are held at 0 or above. Weights
are drawn towards `USUAL`, found on three shops of different trades, as if `_DRAWN` persons more had
chosen by them; a shop with too few baskets keeps these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regulars.insight.recommend.candidates import MEASURES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

USUAL: dict[str, float] = {
    "bought_before": 0.4,
    "times": 0.5,
    "lately": 0.15,
    "last_baskets": 0.35,
    "item_due": 0.2,
    "category_due": 0.15,
    "band_fit": 0.2,
    "follows": 0.3,
    "goes_with": 0.2,
    "liked": 0.2,
    "new_popularity": 0.1,
    "popularity": 0.25,
    "trend": 0.4,
}
"""Weights where the shop's own baskets are too few."""

FEWEST = 50
"""So many persons with a choice among their candidates are needed."""
_FREE = ("bought_before", "trend")
_DRAWN = 20.0
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Blend:
    """How the measures are weighed.

    Attributes:
        weights: by measure.
        usual: mean of each measure over candidates, against which a reason is told.
        learnt_from: persons whose choices were learnt from; 0 where `USUAL` is taken.
    """

    weights: dict[str, float]
    usual: dict[str, float]
    learnt_from: int = 0


def unlearnt() -> Blend:
    """The blend of a shop with too few baskets."""
    return Blend(dict(USUAL), dict.fromkeys(MEASURES, 0.0))


def learn(rows: pa.Table) -> Blend:
    """The blend that foretells the choices best.

    Args:
        rows: `customer_id, item`, `MEASURES`, `chosen` (whether it was in the next basket), of
            each person all candidates; in any order.

    Returns:
        The weights, rounded to 3 digits; `unlearnt()` where fewer than `FEWEST` persons chose
        one of their candidates.
    """
    order = [("customer_id", "ascending"), ("item", "ascending")]
    rows = rows.sort_by(order)
    person = rows["customer_id"].to_numpy()
    chosen = rows["chosen"].to_numpy().astype(np.float64)
    starts = np.flatnonzero(np.append(True, person[1:] != person[:-1]))
    if not len(person) or int((np.add.reduceat(chosen, starts) > 0).sum()) < FEWEST:
        return unlearnt()
    values = np.column_stack([rows[name].to_numpy() for name in MEASURES])
    weights, persons = _fit(values, chosen, starts)
    return Blend(
        weights={
            name: round(float(value), _DIGITS)
            for name, value in zip(MEASURES, weights, strict=True)
        },
        usual={
            name: round(float(value), _DIGITS)
            for name, value in zip(MEASURES, values.mean(axis=0), strict=True)
        },
        learnt_from=persons,
    )


def _fit(
    values: NDArray[np.float64], chosen: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], int]:
    from scipy.optimize import minimize

    spread = values.std(axis=0)
    prior = np.array([USUAL[name] for name in MEASURES])
    # Measured in deviations, so that the pull towards USUAL is alike for all; a measure that is
    # the same for all candidates cannot be learnt and keeps its usual weight.
    scale = np.where(spread > 1e-9, spread, 1.0)
    measured, start = values / scale, prior * scale
    choices = np.add.reduceat(chosen, starts)
    sizes = np.diff(np.append(starts, len(chosen)))
    of = np.repeat(np.arange(len(starts)), sizes)
    votes = np.where(choices > 0, 1 / np.sqrt(np.maximum(choices, 1)), 0.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = measured @ weights
        top = np.maximum.reduceat(score, starts)
        raised = np.exp(score - top[of])
        whole = np.add.reduceat(raised, starts)
        told = np.add.reduceat(chosen * score, starts) - choices * (top + np.log(whole))
        error = chosen - raised / whole[of] * choices[of]
        off = weights - start
        pull = _DRAWN * float(off @ off)
        slope = -(measured.T @ (error * votes[of])) + 2 * _DRAWN * off
        return float(-(told * votes).sum()) + pull, slope

    bounds = [(None, None) if name in _FREE else (0, None) for name in MEASURES]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x / scale, int((choices > 0).sum())


def score(rows: ir.Table, blend: Blend) -> ir.IntegerColumn:
    """What speaks for each candidate in all, in millionths: whole, so that equal is equal."""
    from regulars.insight.recommend.fixed import number

    whole = number(0)
    for name in MEASURES:
        whole = whole + rows[name] * number(blend.weights[name])
    return (whole * 1_000_000.0).floor().cast("int64")
