"""What comes after orders and questions: reviews, returns and money back, the question again."""

from __future__ import annotations

import numpy as np

from regulars.simulate.columns import DAY
from regulars.simulate.happened import Happened, happened
from regulars.simulate.life import NO_REFUND
from regulars.simulate.orders import Sold
from regulars.simulate.reading import Read
from regulars.simulate.rhythm import Bools, Ints
from regulars.simulate.streams import stream
from regulars.simulate.visits import Visits
from regulars.simulate.worlds import World

_GRADES = np.array([0.62, 0.20, 0.09, 0.05, 0.04])
"""Share of reviews with 5, 4, 3, 2, 1 of 5; after a refund two less."""
_REVIEWED = (8, 20)
_REASON_SHARES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])


def draw_afterwards(
    world: World, sold: Sold, watched: Bools, visits: Visits, read: Read, *, seed: int, block: int
) -> tuple[list[Happened], Ints]:
    """The events, and of each order the second at which a refund was asked for (-1: it was not)."""
    random = stream(seed, "afterwards", block)
    mine = np.flatnonzero(watched[sold.customer])
    draw = random.random((6, len(mine)))
    back = np.zeros(len(sold.placed))
    np.add.at(back, sold.order_of_line, sold.line_refunded)
    is_back = sold.refund != NO_REFUND

    least, most = world.browsing.effort.returns_asked
    paid, closed = sold.paid_at[mine], sold.closed_at[mine]
    share = least + draw[0] * (most - least)
    asked = np.full(len(sold.placed), -1, dtype=np.int64)
    asked[mine] = np.where(is_back[mine], paid + np.floor(share * (closed - paid)), -1)
    reason = np.searchsorted(np.cumsum(_REASON_SHARES)[:-1], draw[1], side="right")

    def about(rows: Ints) -> tuple[Ints, Ints]:
        orders = mine[rows]
        return orders, sold.customer[orders]

    parts = []
    returns = np.flatnonzero(is_back[mine])
    orders, who = about(returns)
    parts.append(
        happened(asked[orders], who, "Return Requested", order=orders, word=reason[returns])
    )
    parts.append(
        happened(
            sold.closed_at[orders],
            who,
            "Order Refunded",
            order=orders,
            number=back[orders],
        )
    )
    orders, who = about(np.flatnonzero(sold.cancelled[mine] > 0))
    parts.append(happened(sold.closed_at[orders], who, "Order Cancelled", order=orders))

    reviews = np.flatnonzero(sold.valid[mine] & (draw[2] < world.browsing.reviews))
    orders, who = about(reviews)
    soonest, latest = _REVIEWED
    wait = (soonest + draw[3][reviews] * (latest - soonest)) * DAY
    grade = 5 - np.searchsorted(np.cumsum(_GRADES)[:-1], draw[4][reviews], side="right")
    grade = np.maximum(grade - 2 * is_back[orders], 1)
    parts.append(
        happened(
            sold.placed[orders] + np.floor(wait).astype(np.int64),
            who,
            "Product Reviewed",
            product=sold.product[sold.first_line[orders]],
            number=grade.astype(np.float64),
        )
    )

    again = np.flatnonzero(read.again)
    later = np.floor((1 + 6 * random.random(len(again))) * DAY).astype(np.int64)
    parts.append(
        happened(
            visits.second[again] + later,
            visits.person[again],
            "Question Asked",
            word=read.question[again],
        )
    )
    return parts, asked
