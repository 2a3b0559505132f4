"""MBG/NBD: a customer may stop after each purchase, the first included.

Batislam, Denizel, Filiztekin (2007), Empirical validation and comparison of models for customer
base analysis, International J. of Research in Marketing 24:201-209; the same model as Hoppe and
Wagner (2007), Customer base analysis: the case for a central variant of the
Betageometric/NBD model, Marketing J. of Research and Management 3:75-90 (CBG/NBD). Purchases are
Poisson with rate lambda ~ Gamma(r, alpha) while active; after each purchase, from the very first
on, the customer stops with chance p ~ Beta(a, b).

    L = G(r+x) alpha^r / G(r) (B(a, b+x+1)/B(a, b) (alpha+T)^-(r+x)
                               + B(a+1, b+x)/B(a, b) (alpha+t_x)^-(r+x))

So P(alive) falls with silence for one-time buyers too. `beta_geometric` holds the formulas in the
form in which they are computed.

>>> import numpy as np
>>> from regulars.lifetime.sufficient import PurchaseSummary
>>> silent = PurchaseSummary(
...     np.arange(3), np.zeros(3), np.zeros(3), np.array([1.0, 20.0, 39.0]), np.full(3, np.nan)
... )
>>> MbgNbd.of([0.525, 6.183, 0.891, 1.614]).alive(silent).round(2).tolist()
[0.63, 0.46, 0.39]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from regulars.lifetime.beta_geometric import BetaGeometric


@dataclass(frozen=True, slots=True)
class MbgNbd(BetaGeometric):
    """The model with its parameters; see `PurchaseModel` for what it answers.

    r and alpha are shape and rate of the gamma law of purchase rates (alpha is a time), a and b
    the beta law of the chance to stop.
    """

    name: ClassVar[str] = "MBG/NBD"
    first_may_be_last: ClassVar[bool] = True
