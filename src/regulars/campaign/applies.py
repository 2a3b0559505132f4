"""Whom a play is for on a day: the audience's conditions, the timing, the cooldown.

Every condition that is written must hold; a condition on something unknown does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.campaign.customers import Customers, Flags, Ints
from regulars.campaign.playbook import Audience, Play

CONTACTS = pa.schema(
    [
        pa.field("customer_id", pa.int64()),
        pa.field("play", pa.string()),
        pa.field("acted_on", pa.date32()),
    ]
)
"""Earlier actions, for cooldowns: whom which play has reached on which day."""


@dataclass(frozen=True, slots=True)
class Applicable:
    """For each customer whether a play applies, and the day on which it would act."""

    applies: Flags
    send_day: Ints


def applicable(
    play: Play, customers: Customers, day: int, contacts: pa.Table | None = None
) -> Applicable:
    """Where the play applies on the day (a number of days since 1970)."""
    applies = _audience(play.audience, customers, day)
    timing = play.timing
    if timing.anchor == "plan_date":
        send_day = np.full(customers.rows, day + timing.days, np.int64)
    else:
        anchor, known = customers.days(timing.anchor)
        send_day = anchor + timing.days
        applies &= known
    applies &= send_day - timing.ahead_days <= day
    if timing.within_days is not None:
        applies &= day <= send_day + timing.within_days
    if contacts is not None and play.cooldown_days:
        applies &= ~_cooling(play, customers, day, contacts)
    return Applicable(applies, np.maximum(send_day, day))


def _audience(who: Audience, customers: Customers, day: int) -> Flags:
    applies = np.ones(customers.rows, np.bool_)
    for column, values in (
        ("stage", who.stages),
        ("depth", who.depths),
        ("warmth", who.warmth),
        ("rfm_segment", who.rfm_segments),
        ("rfm8", who.rfm8),
        ("top_category", who.top_categories),
    ):
        if values:
            applies &= customers.is_one_of(column, values)
    orders = np.nan_to_num(customers.reals("orders"))
    for numbers, low, high in (
        (orders, who.min_orders, who.max_orders),
        (_since(customers, "last_order_on", day), *_pair(who, "days_since_order")),
        (_since(customers, "stage_since", day), *_pair(who, "days_in_stage")),
        (customers.reals("chance_of_return"), *_pair(who, "chance_of_return")),
    ):  # comparisons with NaN, the unknown, are false
        if low is not None:
            applies &= numbers >= low
        if high is not None:
            applies &= numbers <= high
    if who.tags:
        applies &= customers.has_tag(who.tags)
    for name, value in who.attributes.items():
        applies &= customers.attribute_is(name, value)
    for column, wanted in (("phone", who.has_phone), ("email", who.has_email)):
        if wanted is not None:
            applies &= customers.is_present(column) == wanted
    return applies


def _pair(who: Audience, what: str) -> tuple[float | None, float | None]:
    return getattr(who, f"min_{what}"), getattr(who, f"max_{what}")


def _since(
    customers: Customers, column: str, day: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    days, known = customers.days(column)
    return np.where(known, day - days, np.nan)


def _cooling(play: Play, customers: Customers, day: int, contacts: pa.Table) -> Flags:
    acted = pc.subtract(day, contacts["acted_on"].cast(pa.int32()))
    recent = pc.and_(
        pc.equal(contacts["play"], play.id),
        pc.and_(pc.greater_equal(acted, 0), pc.less(acted, play.cooldown_days)),
    )
    return np.isin(customers.ids, contacts["customer_id"].filter(recent).to_numpy())
