"""Campaigns: who is addressed, what it does, and the truth of what it does.

With p0 the chance of an order of one's own within the horizon (outlook.py), d that of an extra
order and a that of being annoyed away, independent of each other:

    without  p0
    with     1 - (1 - d) (1 - (1 - a) p0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from regulars.simulate.life import MESSAGE, Life
from regulars.simulate.margins import Margins
from regulars.simulate.outlook import outlook
from regulars.simulate.rhythm import Bools, Floats, Ints
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

ARMS = ("hold_out", "message", "coupon")
OFFERS = ARMS[1:]
SENT_AT = 9 * 3600
"""Second of the day at which messages leave."""
_DELAY, _LATEST = 0.9, 6.0
"""Mean and longest days from a message to the extra order that it brings."""
_DELIVERED, _OPENED, _CLICKED = 0.97, 0.18, 0.12
_REFUSE, _REFUSE_WHEN_ANNOYED = 0.003, 0.6


@dataclass(frozen=True, slots=True)
class Reached:
    """A campaign in a block: one entry per customer of the audience.

    Attributes:
        number: of the campaign, from 0.
        customer: place in the block.
        arm: index into ARMS.
        without: chance of an order within the horizon if left alone.
        chance: the same with each offer, shape (n, 2).
        profit: expected incremental profit of each offer, in yuan, shape (n, 2).
        delivered: whether the message arrived; false in the hold-out, as are the following.
        opened: whether it was opened.
        clicked: whether it was followed.
        refused: whether the customer said no to further messages.
        delay: uniform numbers that spread delivery and opening.
    """

    number: int
    customer: Ints
    arm: NDArray[np.int8]
    without: Floats
    chance: Floats
    profit: Floats
    delivered: Bools
    opened: Bools
    clicked: Bools
    refused: Bools
    delay: Floats


def campaign_days(world: World, days: int) -> list[int]:
    """The first days of the campaigns whose horizon ends within the shop's life."""
    rule = world.campaigns
    return list(range(rule.first, days - rule.horizon + 1, rule.every))


def address(life: Life, margins: Margins, number: int, day: int, festival: bool) -> Reached:
    """Run a campaign in a block that has lived until `day`."""
    rule, people = life.world.campaigns, life.people
    random = stream(life.seed, "campaigns", life.block * 10_000 + number)
    nearest, farthest = day - rule.recency[0], day - rule.recency[1]
    who = np.flatnonzero((life.last < nearest) & (life.last >= farthest) & ~life.refuses)
    treated_share = (1 - rule.hold_out) / 2
    edges = [rule.hold_out, rule.hold_out + treated_share]
    arm = np.searchsorted(edges, random.random(len(who)), side="right").astype(np.int8)

    present = np.isfinite(life.next[who])
    reach = np.where(present, 1.0, rule.gone)
    extra = np.stack([people.message[who] * reach, people.coupon[who] * reach], axis=1)
    annoyance = people.annoyance[who]
    without, purchases = outlook(life, who, day, rule.horizon)
    # Written so that no effect is exactly none.
    own = ((1 - annoyance) * without)[:, None]
    chance = own + extra * (1 - own)

    piece = margins.piece(
        people.spend[who], life.orders[who] + 1, people.sensitivity[who], festival
    )
    gained = margins.extra_order(piece)[np.arange(len(who)), people.lead[who]][:, None] * extra
    lost = annoyance * (margins.purchase(piece) * purchases).sum(axis=1)
    profit = gained - lost[:, None] - rule.message_cost
    profit[:, 1] -= margins.coupon() * chance[:, 1]

    told = _act(life, random, number, day, who, arm, extra)
    return Reached(number, who, arm, without, chance, profit, *told)


def _act(
    life: Life,
    random: Generator,
    number: int,
    day: int,
    who: Ints,
    arm: NDArray[np.int8],
    extra: Floats,
) -> tuple[Bools, Bools, Bools, Bools, Floats]:
    """What the messages do to those who get one."""
    rule = life.world.campaigns
    draw = random.random((7, len(who)))
    treated, couponed = arm > 0, arm == ARMS.index("coupon")
    orders = treated & (draw[0] < np.where(couponed, extra[:, 1], extra[:, 0]))
    annoyed = treated & (draw[1] < life.people.annoyance[who])
    present = np.isfinite(life.next[who])
    life.leave(who[annoyed & present], float(day), MESSAGE)

    waiting = couponed & ~orders
    life.coupon_until[who[waiting]] = day + rule.horizon
    life.coupon[who[waiting]] = number
    delay = np.minimum(0.4 - _DELAY * np.log1p(-draw[2]), min(_LATEST, rule.horizon - 0.5))
    life.order_extra(who[orders], day + delay[orders], number, couponed[orders])

    delivered = orders | (treated & (draw[3] < _DELIVERED))
    opened = orders | (delivered & (draw[4] < _OPENED))
    clicked = orders | (opened & (draw[5] < _CLICKED))
    refused = delivered & (draw[6] < np.where(annoyed, _REFUSE_WHEN_ANNOYED, _REFUSE))
    life.refuses[who[refused]] = True
    return delivered, opened, clicked, refused, random.random(len(who))


def campaign_rows(world: World, days: int) -> dict[str, list[object]]:
    """The campaigns as the shop planned them; days count from the shop's first."""
    rule = world.campaigns
    starts = campaign_days(world, days)
    share = (1 - rule.hold_out) / 2
    return {
        "campaign_id": [campaign_id(number) for number in range(len(starts))],
        "name": [campaign_name(number) for number in range(len(starts))],
        "starts": list(starts),
        "ends": [start + rule.horizon for start in starts],
        "arms": [f"hold_out={rule.hold_out:g}|message={share:g}|coupon={share:g}"] * len(starts),
        "hold_out": [rule.hold_out] * len(starts),
        "audience": [
            f"last order {rule.recency[0] + 1} to {rule.recency[1]} days ago, not unsubscribed"
        ]
        * len(starts),
        "coupon_face": [round(rule.face * 100)] * len(starts),
        "message_cost": [round(rule.message_cost * 100)] * len(starts),
    }


def campaign_name(number: int) -> str:
    """What the campaign of this number is called.

    >>> campaign_name(0)
    '回访01期'
    """
    return f"回访{number + 1:02d}期"


def campaign_id(number: int) -> str:
    """How files name the campaign of this number.

    >>> campaign_id(0)
    'C001'
    """
    return f"C{number + 1:03d}"
