"""What an action is expected to be worth. An assumed prior, until hold-outs have measured it.

    expected cost  = message + redemption x benefit
    expected worth = incremental chance x basket x margin - expected cost

- *incremental chance*: the play's assumed rise of the chance of a purchase within its days, but no
  more than is missing to 1: who will buy anyway can hardly be won.
- *basket*: the customer's own average order value; the play's, where it gives one; the shop's
  average order value for a customer who has not bought yet.
- *margin*: the share of the price that is profit, from the settings.
- *benefit*: the offer's value; for a percentage, per cent of the basket up to its bound.

A play that lets go is worth the cost that it saves. Everything is counted in ten-thousandths of
the currency's unit (DECIMAL(18,4)), so that sums and orders are exact and the same everywhere.

>>> expected_worth(0.05, np.array([1_000_000]), 0.3, np.array([13_000])).tolist()
[2000]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.campaign.customers import Customers, Ints, Reals
from regulars.campaign.playbook import OfferKind, Play, grains

_BETWEEN = 60


@dataclass(frozen=True, slots=True)
class Worth:
    """Expected cost and worth of a play for each customer, in ten-thousandths."""

    cost: Ints
    worth: Ints


def expected_worth(chance: float | Reals, basket: Ints, margin: float, cost: Ints) -> Ints:
    """The formula of this page for whole columns."""
    return _whole(chance * margin * basket) - cost


def worth_of(play: Play, basket: Ints, margin: float, anyway: Reals | None = None) -> Worth:
    """Expected cost and worth of the play for customers with these baskets.

    Args:
        play: with its prior.
        basket: in ten-thousandths, shape (n,).
        margin: share of the price that is profit.
        anyway: chance of a purchase within the play's days if left alone (see `anyway`), NaN where
            nobody can tell, shape (n,).
    """
    if play.suppresses:
        saved = grains(play.prior.cost_saved or 0.0)
        return Worth(np.zeros(len(basket), np.int64), np.full(len(basket), saved, np.int64))
    if play.prior.basket is not None:
        basket = np.full(len(basket), grains(play.prior.basket), np.int64)
    offer = play.offer
    if offer.kind is OfferKind.NONE:
        benefit = np.zeros(len(basket), np.int64)
    elif offer.percent is None:
        benefit = np.full(len(basket), grains(offer.value), np.int64)
    else:
        benefit = np.minimum(_whole(basket * (offer.percent / 100)), offer.worst_case())
    cost = grains(play.message.cost) + _whole(benefit * offer.redemption)
    chance: float | Reals = play.prior.incremental_chance or 0.0
    if anyway is not None:
        chance = np.fmin(chance, 1.0 - anyway)
    return Worth(cost, expected_worth(chance, basket, margin, cost))


def anyway(customers: Customers, within_days: int) -> Reals:
    """The chance of a purchase without any action: that of 30 or of 90 days, whichever is nearer.

    It is told by the ranker that won the backtest (docs/backtest.md); NaN where none can tell.
    """
    return customers.reals("chance_30" if within_days <= _BETWEEN else "chance_90")


def baskets(customers: Customers) -> Ints:
    """Each customer's average order value, the shop's for those without one."""
    own, known = customers.grains("average_order_value")
    known = known & (own > 0)
    spent, _ = customers.grains("monetary")
    orders = np.nan_to_num(customers.reals("orders"))
    total = int(orders.sum())
    shop = int(spent.sum()) // total if total else 0
    usual: Ints = np.where(known, own, max(shop, 0))
    return usual


def _whole(amounts: NDArray[np.floating[Any]]) -> Ints:
    whole: Ints = np.rint(amounts).astype(np.int64)
    return whole
