"""Gradient boosting of small trees, ours with the models' chances and the challenger without.

scikit-learn's histogram gradient boosting, on one thread: the same data give the same trees
to the last bit, and small fits do not wait for other processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from regulars.lifetime.gaps import Bools, Floats
from regulars.lifetime.scoring import log_loss

_MANY_ROWS = 50_000
_LEAST_LEAF = 40
_RIDGE = 5.0


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown.

    Attributes:
        leaves: of each tree.
        rate: learning rate.
        rounds: trees.
        columns: share of the columns tried at each split.
        seeds: ensembles whose chances are averaged.
    """

    leaves: int
    rate: float
    rounds: int
    columns: float = 1.0
    seeds: int = 1


def our_growth(rows: int) -> Growth:
    """Small trees for few rows, averaged; larger ones where rows are many."""
    if rows < _MANY_ROWS:
        return Growth(leaves=6, rate=0.04, rounds=150, columns=0.4, seeds=3)
    return Growth(leaves=16, rate=0.1, rounds=100, columns=0.4)


GRID = tuple(
    Growth(leaves, rate, rounds)
    for leaves, (rate, rounds) in product((4, 8, 24), ((0.03, 100), (0.06, 200)))
)
"""What the challenger is tuned over."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Fitted ensembles."""

    members: tuple[Any, ...]
    growth: Growth

    def chance(self, values: Floats) -> Floats:
        """Mean chance, shape (n,)."""
        if not len(values):
            return np.zeros(0)
        with one_thread():
            told = [member.predict_proba(values)[:, 1] for member in self.members]
        return np.asarray(np.mean(told, axis=0), dtype=np.float64)


@contextmanager
def one_thread() -> Iterator[None]:
    """Numeric libraries keep to one thread meanwhile."""
    with threadpool_limits(limits=1):
        yield


def grow(values: Floats, came: Bools, growth: Growth) -> Trees:
    """Fit the ensembles; the outcome must have both kinds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    with one_thread():
        members = tuple(
            HistGradientBoostingClassifier(
                max_leaf_nodes=growth.leaves,
                learning_rate=growth.rate,
                max_iter=growth.rounds,
                l2_regularization=_RIDGE,
                min_samples_leaf=_LEAST_LEAF,
                max_features=growth.columns,
                early_stopping=False,
                random_state=seed,
            ).fit(values, came)
            for seed in range(growth.seeds)
        )
    return Trees(members, growth)


def tuned(values: Sequence[Floats], came: Sequence[Bools]) -> Growth:
    """The growth of the grid that tells the latest window best when taught by those before it.

    With one window, every second row is told by the others. Log loss decides.

    Args:
        values: of each window, latest first.
        came: likewise.
    """
    if len(values) > 1:
        learn, outcome = np.concatenate(values[1:]), np.concatenate(came[1:])
        told, truth = values[0], came[0]
    else:
        learn, outcome = values[0][::2], came[0][::2]
        told, truth = values[0][1::2], came[0][1::2]
    if outcome.all() or not outcome.any():
        return GRID[0]
    losses = [log_loss(grow(learn, outcome, one).chance(told), truth) for one in GRID]
    return GRID[int(np.argmin(losses))]
