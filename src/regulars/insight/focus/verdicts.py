"""The rule by which a category is judged, published in one place.

Margin against the whole shop's, and whether those who came in by the category come back:

| | more come back than usual | as usual | fewer |
|---|---|---|---|
| margin as the shop's or above | `build` | `earner` | `earner` |
| below | `door` | `plain` | `mend` |

Where costs are not known: `door`, `plain`, `mend`. Of too few buyers nothing is told: `few`.

>>> verdict(enough=True, returns=1, margin=0.4, shop_margin=0.3)
'build'
>>> verdict(enough=True, returns=1, margin=None, shop_margin=None)
'door'
"""

from __future__ import annotations

import math

VERDICTS = ("build", "earner", "door", "plain", "mend", "few")
CHANGE = 0.10
"""A category grows or shrinks where its last 90 days differ so much from those before."""


def trend(growth: float, year_growth: float) -> str:
    """`growing`, `shrinking`, `steady`, or `unknown` where nothing is known to compare with.

    Against the same days a year before, which allows for the season; against the 90 days before
    where the data do not reach back so far.

    >>> trend(-0.3, 0.12), trend(-0.3, float("nan")), trend(float("nan"), float("nan"))
    ('growing', 'shrinking', 'unknown')
    """
    told = growth if math.isnan(year_growth) else year_growth
    if math.isnan(told):
        return "unknown"
    if abs(told) < CHANGE:
        return "steady"
    return "growing" if told > 0 else "shrinking"


def verdict(*, enough: bool, returns: int, margin: float | None, shop_margin: float | None) -> str:
    """The judgement of a category.

    Args:
        enough: buyers to tell.
        returns: 1 where first-time buyers come back more than usual, -1 less, 0 where it may be
            chance or cannot be told.
        margin: of known costs.
        shop_margin: of all known costs.
    """
    if not enough:
        return "few"
    if margin is not None and shop_margin is not None and margin >= shop_margin:
        return "build" if returns > 0 else "earner"
    return {1: "door", 0: "plain", -1: "mend"}[returns]
