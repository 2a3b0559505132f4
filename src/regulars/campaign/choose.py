"""At most one play per customer: the applicable one with the highest expected worth.

Where two are equal, the one that stands first in the playbook. A play that is not worth its cost
is never chosen. Chosen customers are put in the order in which the budget reaches them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.campaign.applies import applicable
from regulars.campaign.customers import Customers, Ints
from regulars.campaign.playbook import Playbook
from regulars.campaign.worth import anyway, baskets, worth_of

_NOTHING = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Offered:
    """The customers to whom one play applies, by their row in the people table."""

    rows: Ints
    worth: Ints


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers with their play, in order of rank; amounts in ten-thousandths."""

    rows: Ints
    """Row in the people table."""
    customer_ids: Ints
    play: NDArray[np.int16]
    """Index among the active plays."""
    worth: Ints
    cost: Ints
    worst_case: Ints
    send_day: Ints
    offered: tuple[Offered, ...]
    """For each active play all to whom it applies, chosen or not."""
    not_worth_it: int
    """Customers to whom plays apply, none of which is worth its cost."""
    nothing_applies: int
    """Customers to whom no play applies on the day."""


def choose(
    customers: Customers, playbook: Playbook, margin: float, day: int, contacts: pa.Table | None
) -> Chosen:
    """The best play of each customer on the day (days since 1970), in order of rank."""
    basket = baskets(customers)
    best = np.full(customers.rows, _NOTHING, np.int64)
    choice = np.full(customers.rows, -1, np.int16)
    cost, send_day = np.zeros(customers.rows, np.int64), np.zeros(customers.rows, np.int64)
    applies = np.zeros(customers.rows, np.bool_)
    offered: list[Offered] = []
    for index, play in enumerate(playbook.active):
        when = applicable(play, customers, day, contacts)
        at = np.flatnonzero(when.applies)
        chance = anyway(customers, play.prior.within_days)[at]
        value = worth_of(play, basket[at], margin, chance)
        offered.append(Offered(at, value.worth))
        applies[at] = True
        better = (value.worth > best[at]) & (value.worth > 0)  # equal: the earlier play stays
        taken = at[better]
        best[taken], choice[taken] = value.worth[better], index
        cost[taken], send_day[taken] = value.cost[better], when.send_day[taken]
    rows = np.flatnonzero(choice >= 0)
    rows = rows[_order(customers, rows, best, choice)]
    worst = np.array([play.worst_case() for play in playbook.active] or [0], np.int64)
    return Chosen(
        rows=rows,
        customer_ids=customers.ids[rows],
        play=choice[rows],
        worth=best[rows],
        cost=cost[rows],
        worst_case=worst[choice[rows]],
        send_day=send_day[rows],
        offered=tuple(offered),
        not_worth_it=int((applies & (choice < 0)).sum()),
        nothing_applies=int((~applies).sum()),
    )


def _order(customers: Customers, rows: Ints, worth: Ints, choice: NDArray[np.int16]) -> Ints:
    """Highest worth first; equal ones by history, so that swapped histories swap their ranks.

    Later purchase, then more spent, more orders, earlier first purchase; then whatever else of the
    history the reason may tell; and only where all of it is equal the number.
    """
    keys = (  # the last one counts first
        customers.ids,
        customers.codes("stage"),
        customers.codes("previous_stage"),
        customers.codes("top_category"),
        customers.days("registered_on")[0],
        customers.days("stage_since")[0],
        np.nan_to_num(customers.reals("cycle_p50")),
        -np.nan_to_num(customers.reals("chance_of_return")),
        -np.nan_to_num(customers.reals("chance_30")),
        -np.nan_to_num(customers.reals("chance_90")),
        choice,
        customers.days("first_order_on")[0],
        -np.nan_to_num(customers.reals("orders")),
        -customers.grains("monetary")[0],
        -customers.days("last_order_on")[0],
        -worth,
    )
    order: Ints = np.lexsort(tuple(key[rows] for key in keys))
    return order
