"""Types of buyers: k-means finds them, a shallow decision tree publishes them as a rule.

1. A few behaviours of each buyer, skewed ones on a log scale, are standardised and cut at three
   deviations, so that a few extremes do not make a type of their own.
2. k-means (Lloyd 1982; seeding by Arthur and Vassilvitskii 2007) for k = 3 to 7; the k whose mean
   silhouette (Rousseeuw 1987, eq. 1) is largest is taken.
3. A tree of depth three at most (CART, Breiman et al. 1984) is grown to the clusters, its bounds
   rounded to numbers that can be said. The rounded tree is the rule: who is of which type follows
   from it and nothing else. How often it agrees with the clusters is told.
4. A type is named by what stands out: behaviours whose mean lies half a deviation or more from that
   of all buyers, the furthest first.

Fitted on at most `MOST` buyers, chosen by their number; the same buyers give the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.people.type_names import BEHAVIOURS, Behaviour, named, with_discounts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 20_000
LEAST = 200
"""Buyers from which on types are told."""
KS = range(3, 8)
_DEPTH = 3
_MOSTLY = 0.5
"""From such a share of purchases with a discount on, a type buys mostly with discounts."""
_SMALLEST = 0.02
"""Of the buyers: no leaf of the tree is smaller."""
_SILHOUETTES = 2_000
"""Buyers whose silhouettes choose k: their cost grows with the square."""
_CUT = 3.0
_MIX, _RANGE = 2_654_435_761, 1 << 32
"""Knuth's multiplicative hash (The Art of Computer Programming 3, 6.4) spreads the numbers."""

NO_TYPE = -1


@dataclass(frozen=True, slots=True)
class Bound:
    """`above < behaviour <= upto`; an open end is infinite."""

    behaviour: Behaviour
    above: float
    upto: float


@dataclass(frozen=True, slots=True)
class BuyerType:
    """A type: everyone in one of its leaves.

    Attributes:
        key: what stands out, the furthest first, joined by +.
        leaves: each a set of bounds that all hold.
    """

    key: str
    leaves: tuple[tuple[Bound, ...], ...]


@dataclass(frozen=True, slots=True)
class TypeRule:
    """The published rule.

    Attributes:
        types: by the number of buyers it was fitted on, the largest first.
        silhouettes: mean silhouette by k.
        k: the one chosen.
        agreement: share of those buyers for whom tree and clusters agree.
        buyers: how many it was fitted on.
    """

    types: tuple[BuyerType, ...]
    silhouettes: dict[int, float]
    k: int
    agreement: float
    buyers: int

    def apply(self, behaviours: Mapping[str, Floats]) -> Ints:
        """The position in `types` of every buyer."""
        size = len(next(iter(behaviours.values())))
        code = np.full(size, NO_TYPE, np.int64)
        for place, one in enumerate(self.types):
            for leaf in one.leaves:
                code[_inside(leaf, behaviours, size)] = place
        return code


def sample_step(buyers: int) -> int:
    """Every so manyth buyer is looked at."""
    return -(-buyers // MOST) or 1


def sampled(customer_id: Ints, step: int) -> NDArray[np.bool_]:
    """Whose numbers are chosen."""
    return np.asarray(customer_id * _MIX % _RANGE % step == 0, dtype=np.bool_)


def fit_types(behaviours: Mapping[str, Floats]) -> TypeRule:
    """The rule for these buyers, in an order that does not depend on where they came from.

    Args:
        behaviours: by the name of `type_names.BEHAVIOURS`, one value per buyer, none missing.

    Raises:
        CannotTell: too few buyers, or all alike.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    size = len(next(iter(behaviours.values())))
    if size < LEAST:
        raise CannotTell(
            f"types of buyers need {LEAST} buyers, and {size} are known",
            todo="import more orders",
        )
    used = [one for one in BEHAVIOURS if np.ptp(behaviours[one.name]) > 0]
    if not used:
        raise CannotTell("all buyers are alike: there are no types to tell")
    scaled = np.column_stack([_standardised(behaviours[one.name], one) for one in used])
    distinct = len(np.unique(scaled, axis=0))
    ks = [k for k in KS if k <= distinct // 2]
    if not ks:
        raise CannotTell("buyers differ too little: there are no types to tell")
    labels: dict[int, Ints] = {}
    with threadpool_limits(1):  # sums of several threads would differ in their last bits
        for k in ks:
            fitted = KMeans(k, n_init=3, random_state=7).fit(scaled)
            labels[k] = np.asarray(fitted.labels_, dtype=np.int64)
        silhouettes = {k: _silhouette(scaled, labels[k]) for k in ks}
    k = max(ks, key=lambda one: (round(silhouettes[one], 6), -one))
    leaves = _tree(behaviours, used, labels[k])
    return _rule(behaviours, used, scaled, labels[k], leaves, silhouettes, k)


def _standardised(values: Floats, behaviour: Behaviour) -> Floats:
    scaled = np.log1p(np.maximum(values, 0)) if behaviour.log else values
    scaled = (scaled - scaled.mean()) / (scaled.std() or 1.0)
    return np.asarray(np.clip(scaled, -_CUT, _CUT), dtype=np.float64)


def _silhouette(scaled: Floats, labels: Ints) -> float:
    from sklearn.metrics import silhouette_score

    every = -(-len(labels) // _SILHOUETTES)
    some = labels[::every]
    if not 1 < len(np.unique(some)) < len(some):
        return -1.0
    return float(silhouette_score(scaled[::every], some))


def _tree(
    behaviours: Mapping[str, Floats], used: Sequence[Behaviour], labels: Ints
) -> list[tuple[int, tuple[Bound, ...]]]:
    """The leaves of the rounded tree: the cluster it stands for, and its bounds."""
    from sklearn.tree import DecisionTreeClassifier

    matrix = np.column_stack([behaviours[one.name] for one in used])
    smallest = max(1, int(_SMALLEST * len(labels)))
    tree = (
        DecisionTreeClassifier(max_depth=_DEPTH, min_samples_leaf=smallest, random_state=7)
        .fit(matrix, labels)
        .tree_
    )
    cluster = np.argmax(tree.value[:, 0, :], axis=1)

    def clusters(node: int) -> set[int]:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        return {int(cluster[node])} if left < 0 else clusters(left) | clusters(right)

    found: list[tuple[int, tuple[Bound, ...]]] = []

    def walk(node: int, bounds: dict[int, tuple[float, float]]) -> None:
        below = clusters(node)
        if len(below) == 1:  # a split that tells nobody apart is none
            told = tuple(Bound(used[at], *ends) for at, ends in sorted(bounds.items()))
            found.append((below.pop(), told))
            return
        at = int(tree.feature[node])
        cut = used[at].rounded(float(tree.threshold[node]))
        above, upto = bounds.get(at, (-np.inf, np.inf))
        walk(int(tree.children_left[node]), {**bounds, at: (above, min(upto, cut))})
        walk(int(tree.children_right[node]), {**bounds, at: (max(above, cut), upto)})

    walk(0, {})
    return found


def _inside(
    leaf: Sequence[Bound], behaviours: Mapping[str, Floats], size: int
) -> NDArray[np.bool_]:
    inside = np.ones(size, dtype=np.bool_)
    for bound in leaf:
        values = behaviours[bound.behaviour.name]
        inside &= (values > bound.above) & (values <= bound.upto)
    return inside


def _rule(
    behaviours: Mapping[str, Floats],
    used: Sequence[Behaviour],
    scaled: Floats,
    labels: Ints,
    leaves: list[tuple[int, tuple[Bound, ...]]],
    silhouettes: dict[int, float],
    k: int,
) -> TypeRule:
    size = len(labels)
    told = np.full(size, NO_TYPE, np.int64)
    by_cluster: dict[int, list[tuple[Bound, ...]]] = {}
    for cluster, leaf in leaves:
        inside = _inside(leaf, behaviours, size)
        if inside.any():
            told[inside] = cluster
            by_cluster.setdefault(cluster, []).append(leaf)
    order = sorted(by_cluster, key=lambda one: (-int(np.sum(told == one)), one))
    stands_out, ruled, discounted = [], [], []
    for cluster in order:
        inside = told == cluster
        means = {one.name: float(scaled[inside, at].mean()) for at, one in enumerate(used)}
        once = bool(behaviours["orders"][inside].max() <= 1)
        bounded = {bound.behaviour.name for leaf in by_cluster[cluster] for bound in leaf}
        stands_out.append((means, once))
        ruled.append(({name: mean for name, mean in means.items() if name in bounded}, once))
        share = float(behaviours["discounted_share"][inside].mean())
        discounted.append(share >= _MOSTLY and "discounted_share" in bounded)
    # A name says what the rule says, unless that does not tell the types apart.
    keys = named(ruled)
    if any(part.isdigit() for key in keys for part in key.split("+")):
        keys = named(stands_out)
    keys = with_discounts(keys, discounted)
    return TypeRule(
        types=tuple(
            BuyerType(key, tuple(by_cluster[cluster]))
            for key, cluster in zip(keys, order, strict=True)
        ),
        silhouettes=silhouettes,
        k=k,
        agreement=float(np.mean(told == labels)),
        buyers=size,
    )
