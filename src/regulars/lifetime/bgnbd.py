"""BG/NBD: a customer may stop after each repeat purchase (Fader, Hardie, Lee 2005).

"Counting your customers" the easy way, Marketing Science 24:275-284. While active, purchases are
Poisson with rate lambda ~ Gamma(r, alpha); after each repeat purchase the customer stops with
chance p ~ Beta(a, b).

    equation (6)   L = B(a, b+x)/B(a, b) G(r+x) alpha^r / (G(r) (alpha+T)^(r+x))
                       + [x > 0] B(a+1, b+x-1)/B(a, b) G(r+x) alpha^r / (G(r) (alpha+t_x)^(r+x))
    equation (9)   E[X(t)], mean repeat purchases of a new customer
    equation (10)  E[Y(t) | x, t_x, T], mean purchases in (T, T+t]

P(alive) follows from (6) by Bayes' rule (Fader, Hardie, Lee 2008, Computing P(alive) using the
BG/NBD model, brucehardie.com/notes/021). It is 1 for every customer who bought once: the model
cannot tell who of them has gone, and so does not rank them by it. `mbgnbd` and `pareto_nbd` can.
`beta_geometric` holds the formulas in the form in which they are computed.

>>> import numpy as np
>>> from regulars.lifetime.sufficient import PurchaseSummary
>>> model = BgNbd.of([0.243, 4.414, 0.793, 2.426])
>>> one = PurchaseSummary(
...     np.array([0]), np.array([2.0]), np.array([30.43]), np.array([38.86]), np.array([np.nan])
... )
>>> model.expected_purchases(one, 39).round(3).tolist()
[1.226]
>>> model.expected_of_new([1.0, 32.0, 78.0]).round(3).tolist()
[0.053, 1.045, 1.861]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from regulars.lifetime.beta_geometric import BetaGeometric


@dataclass(frozen=True, slots=True)
class BgNbd(BetaGeometric):
    """The model with its parameters; see `PurchaseModel` for what it answers.

    r and alpha are shape and rate of the gamma law of purchase rates (alpha is a time), a and b
    the beta law of the chance to stop.
    """

    name: ClassVar[str] = "BG/NBD"
    first_may_be_last: ClassVar[bool] = False
