"""Make a day's plan and record the hold-outs on which it rests.

>>> from regulars.campaign.playbook import default_playbook
>>> from regulars.engines.sqlite import SqliteStore
>>> from regulars.people.columns import SCHEMA
>>> with SqliteStore.in_memory() as store:
...     plan = plan_day(SCHEMA.empty_table(), default_playbook(), Settings(), store,
...                     day=date(2026, 11, 11))
>>> plan.table.num_rows, plan.reserved
(0, Decimal('0.0000'))
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from regulars.campaign.plan import Plan, make_plan
from regulars.campaign.playbook import Playbook
from regulars.errors import StoreError, UnknownValue
from regulars.permission.assignment import NOT_MERGED, Merged, read_hold_outs, record_drawn
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.engines.store import Store

_TRIES = 5
_AHEAD = timedelta(days=31)


def may_plan(day: date, last_known: date) -> None:
    """Refuse a day that is a slip of the pen: the hold-outs it would draw are recorded for ever.

    Raises:
        UnknownValue: it lies more than a month after today and after the last day of data.
    """
    latest = max(datetime.now(UTC).date(), last_known) + _AHEAD
    if day > latest:
        raise UnknownValue(
            f"{day} is too far ahead to plan for", todo=f"choose a day until {latest}"
        )


def plan_day(
    people: pa.Table,
    playbook: Playbook,
    settings: Settings,
    store: Store,
    *,
    day: date,
    budget: int | None = None,
    contacts: pa.Table | None = None,
    products: pa.Table | None = None,
    record: bool = True,
    merged: Merged = NOT_MERGED,
) -> Plan:
    """The plan of a day, with its hold-outs recorded in one transaction.

    Nothing is sent. What is recorded is only who is in which arm, so the same call tomorrow finds
    the same hold-outs.

    Args:
        people: the people table as of a day.
        playbook: the plays.
        settings: the shop's settings.
        store: the book of record.
        day: the day for which to plan.
        budget: in the currency's smallest coin; by default that of the settings.
        contacts: earlier actions, for cooldowns.
        products: which products messages may name (`campaign.products.PRODUCTS`).
        record: False asks "what if": the same plan, and nothing is recorded.
        merged: customer numbers that are another one's by now.

    Raises:
        StoreError: others kept recording hold-outs in between.
    """
    from regulars.engines.store_assignments import SqlAssignments

    # Numbers may have been merged since the people table was made: everybody is planned for once.
    numbers = people["customer_id"].to_numpy().astype(np.int64)
    people = people.filter(pa.array(merged.one_number_each(numbers)))
    record = record and people.num_rows > 0  # a day on which nobody was known begins no epoch
    book = SqlAssignments(store)
    for _ in range(_TRIES):
        hold_outs = read_hold_outs(
            book,
            day,
            [play.test_name for play in playbook.active],
            shop_id=settings.shop.id,
            share=settings.plan.global_hold_out,
            days=settings.plan.epoch_days,
            merged=merged,
        )
        plan = make_plan(
            people,
            playbook,
            settings,
            day,
            hold_outs,
            budget=budget,
            contacts=contacts,
            products=products,
        )
        if not record or record_drawn(
            book,
            hold_outs,
            plan.drawn,
            assigned_on=day,
            playbook=playbook.version,
            recorded_at=time.time_ns() // 1000,
        ):
            return plan
    raise StoreError(
        f"others recorded hold-outs while this plan was made, {_TRIES} times in a row",
        todo="let one plan finish, then make the next",
    )
