"""From what was told to what is due: orders with their lines, and events, with their rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from regulars.app.rewarding.due import Due
from regulars.app.rewarding.facts import Facts
from regulars.app.rewarding.orders_told import OrderTold
from regulars.app.rewarding.paid_lines import paid_lines
from regulars.app.rewarding.rules import FAR, Rules
from regulars.app.rewarding.sources import order_name
from regulars.benefit.incentive.happenings import Happenings
from regulars.benefit.points.earning import ORDER

_AT_ONCE = 20_000
_NOT_YET: Mapping[str, int] = {}


def orders_due(
    facts: Facts, rules: Rules, orders: Sequence[OrderTold], known_at: Mapping[str, int] = _NOT_YET
) -> list[Due]:
    """What these orders earn by, as they stand now; those by which no rule means are left out.

    Args:
        facts: the warehouse.
        rules: as published.
        orders: which.
        known_at: by source, when one has earned, UTC microseconds: by no rule of later.
    """
    meant = [
        (order, rules.earning_at(order.at, ORDER, known_at.get(order.source, FAR)))
        for order in orders
    ]
    meant = [(order, by) for order, by in meant if by]
    lines = facts.orders.lines([order.order_no for order, _ in meant])
    return [
        Due(
            order.source,
            order.customer_id,
            order.at,
            by,
            tuple(paid_lines(order.amounts, lines.get(order.order_no, []))),
            order_name(order.platform, order.order_id),
        )
        for order, by in meant
    ]


def events_due(
    rules: Rules, happenings: dict[str, Happenings], names: Collection[str]
) -> Iterator[list[Due]]:
    """What events of these names earn by, in the order of time, part by part."""
    named = [(name, happenings[name]) for name in sorted(names)]
    of = np.repeat(np.arange(len(named)), [len(told) for _, told in named])
    places = np.concatenate([np.arange(len(told)) for _, told in named] or [of])
    order = np.argsort(np.concatenate([told.at for _, told in named] or [of]), kind="stable")
    for first in range(0, len(order), _AT_ONCE):
        part = order[first : first + _AT_ONCE]
        found = []
        for which, place in zip(of[part].tolist(), places[part].tolist(), strict=True):
            name, told = named[which]
            at = int(told.at[place])
            if by := rules.earning_at(at, name):
                found.append(Due(told.source(place), int(told.customer[place]), at, by, None, name))
        yield found
