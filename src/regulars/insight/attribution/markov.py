"""Removal effects in a Markov chain of sources.

Paths are walks of a chain of order 1 from a start over sources to an order or to nothing; paths
that led to no order are part of it. The chance of an order is that of being absorbed there. The
removal effect of source s is what share of that chance is gone when whoever would go to s goes to
nothing instead:

    effect(s) = 1 - P(order | without s) / P(order)

and s is credited with effect(s) / (sum of all effects) of the orders (Anderl, Becker, von
Wangenheim and Schumann 2016, International Journal of Research in Marketing 33:457).

>>> moves = np.zeros((2, 3))           # one source: of ten paths four led to an order
>>> moves[1, 0], moves[0, 1], moves[0, 2] = 10, 4, 6
>>> chance, effects = removal_effects(moves)
>>> float(chance), effects.tolist()
(0.4, [1.0])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from regulars.lifetime.gaps import Floats


def removal_effects(moves: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The chance of an order, and the removal effect of each source.

    Args:
        moves: counts, from sources and the start (last row) to sources, an order and nothing (last
            two columns); further dimensions before these are further chains.

    Returns:
        By chain; 0 where no path led to an order.
    """
    counts = np.asarray(moves, np.float64)
    sources = counts.shape[-1] - 2
    all_from = counts.sum(axis=-1, keepdims=True)
    chances = np.divide(counts, all_from, out=np.zeros_like(counts), where=all_from > 0)
    whole = _absorbed(chances, sources)
    without = np.empty((*whole.shape, sources))
    for source in range(sources):
        gone = chances.copy()
        gone[..., source] = 0.0
        without[..., source] = _absorbed(gone, sources)
    left = np.divide(
        without, whole[..., None], out=np.ones_like(without), where=whole[..., None] > 0
    )
    # Rounding may leave a source that is nowhere with an effect of 1e-17.
    effects = np.where(left > 1 - 1e-12, 0.0, 1 - left)
    return whole, effects


def _absorbed(chances: Floats, sources: int) -> Floats:
    """The chance to go from the start to an order: x = Qx + r, solved."""
    inner = np.eye(sources) - chances[..., :sources, :sources]
    reached = np.linalg.solve(inner, chances[..., :sources, sources, None])[..., 0]
    start = chances[..., sources, :]
    total: Floats = (start[..., :sources] * reached).sum(axis=-1) + start[..., sources]
    return total


def shares(effects: Floats) -> Floats:
    """Effects as shares of their sum; 0 where there is none."""
    total = effects.sum(axis=-1, keepdims=True)
    found: Floats = np.divide(effects, total, out=np.zeros_like(effects), where=total > 0)
    return found
