"""The plan: for one day, whom to give what, why, at what price; nothing is sent.

1. For each customer the plays that apply, and of these the one with the highest expected worth
   (`worth`, `choose`); customers in order of expected worth.
2. Who is left alone by all marketing in this epoch, and who by the play (`permission.assignment`).
3. The worst case of each action reserved within the budget, in that order (`allocate`).
4. A row for each, with reason, cost and texts (`plan_rows`).

The same people, playbook, settings, day, budget and records give the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.campaign.allocate import allocate
from regulars.campaign.choose import choose
from regulars.campaign.customers import Customers
from regulars.campaign.intents import intents_of
from regulars.campaign.plan_notes import Note, PlaySummary, notes_of, summaries_of
from regulars.campaign.plan_rows import rows_of
from regulars.campaign.playbook import Playbook
from regulars.errors import UnknownValue
from regulars.kernel.clock import day_number
from regulars.kernel.intent import Intent
from regulars.kernel.money import exponent, from_minor_units
from regulars.permission.assignment import Drawn, HoldOuts
from regulars.settings import Settings

__all__ = ["Note", "Plan", "PlaySummary", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions decided for a day."""

    day: date
    as_of: date
    """The day up to whose end the people table knew."""
    currency: str
    budget: Decimal
    reserved: Decimal
    """The worst case of all actions together; never above the budget."""
    table: pa.Table = field(repr=False)
    """In the schema of `plan_table.PLAN_SCHEMA`, ordered by rank."""
    by_play: tuple[PlaySummary, ...]
    """One for each active play, in the order of the playbook."""
    notes: tuple[Note, ...]
    playbook: Playbook = field(repr=False)
    drawn: tuple[Drawn, ...] = field(repr=False)
    """The arms on which the plan rests; those that are new must be recorded."""

    @property
    def actions(self) -> pa.Table:
        """The rows with decision `act`."""
        return self.table.filter(pc.equal(self.table["decision"], "act"))

    def intents(self) -> Iterator[Intent]:
        """The actions as intents, in order of rank; only delivery executes intents."""
        plays = {play.id: play for play in self.playbook.plays}
        for batch in self.actions.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                yield from intents_of(row, plays[row["play"]], self.day, self.currency)


def make_plan(
    people: pa.Table,
    playbook: Playbook,
    settings: Settings,
    day: date,
    hold_outs: HoldOuts,
    *,
    budget: int | None = None,
    contacts: pa.Table | None = None,
    products: pa.Table | None = None,
) -> Plan:
    """The plan of a day; a pure function that records nothing.

    Args:
        people: the people table, in the schema of `people.columns.SCHEMA`.
        playbook: the plays.
        settings: the shop's settings.
        day: the day for which to plan.
        hold_outs: the arms on record and the day's epoch.
        budget: in the currency's smallest coin; by default that of the settings.
        contacts: earlier actions (`applies.CONTACTS`), for cooldowns.
        products: which products messages may name (`products.PRODUCTS`).
    """
    currency = settings.shop.currency
    if budget is None:  # rounded down: never above what the settings allow
        budget = int(Decimal(str(settings.plan.budget)).scaleb(exponent(currency)))
    if budget < 0:
        raise UnknownValue("a budget cannot be negative", todo="write 0 or more")
    customers = Customers(people)
    chosen = choose(customers, playbook, settings.shop.margin, day_number(day), contacts)

    left_alone = hold_outs.of_all_marketing(customers.ids)
    of_plays = [
        (at, hold_outs.of_play(play.id, play.test_name, play.hold_out, chosen.customer_ids[at]))
        for index, play in enumerate(playbook.active)
        for at in [np.flatnonzero(chosen.play == index)]
    ]
    held_globally = left_alone.held_out[chosen.rows]
    held = np.zeros(len(chosen.rows), np.bool_)
    for at, arms in of_plays:
        held[at] = arms.held_out

    allocation = allocate(
        chosen.worst_case.tolist(),
        (~held & ~held_globally).tolist(),
        budget * 10 ** (4 - exponent(currency)),
    )
    decisions = _decisions(held_globally, held, np.array(allocation.funded, np.bool_))
    # Only those whose turn the money reached are in a play's test: treated and held-out customers
    # are then chosen by one rule, and can be compared.
    in_test = (decisions == "act") | (decisions == "hold_out")
    as_of = people["as_of"][0].as_py() if people.num_rows else day
    epoch = hold_outs.epoch
    return Plan(
        day=day,
        as_of=as_of,
        currency=currency,
        budget=from_minor_units(budget, currency),
        reserved=Decimal(allocation.reserved).scaleb(-4),
        table=rows_of(
            people, chosen, decisions, allocation, playbook, settings, day, epoch, products
        ),
        by_play=summaries_of(playbook, chosen, decisions),
        notes=notes_of(customers, chosen, decisions, playbook, day, as_of, epoch, contacts),
        playbook=playbook,
        drawn=(left_alone, *(arms.only(in_test[at]) for at, arms in of_plays)),
    )


def _decisions(
    held_globally: NDArray[np.bool_], held: NDArray[np.bool_], funded: NDArray[np.bool_]
) -> NDArray[np.str_]:
    """Global hold-out before all; then what the money does not reach; then the play's hold-out."""
    return np.select(
        [held_globally, ~funded, held],
        ["global_hold_out", "not_funded", "hold_out"],
        "act",
    )
