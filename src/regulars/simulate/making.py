"""Making a shop: block by block, each customer's life into files, and the truth beside them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regulars.errors import UnknownValue
from regulars.kernel.step import silent
from regulars.simulate.arrivals import Arrivals, expected_arrivals, spend_rows
from regulars.simulate.campaigns import Reached, address, campaign_days, campaign_rows
from regulars.simulate.catalogue import Catalogue, make_catalogue
from regulars.simulate.columns import day_column, day_text, money
from regulars.simulate.events import Block, event_table
from regulars.simulate.files import FileFormat, Files, NotSimulated, check_target
from regulars.simulate.life import Life
from regulars.simulate.margins import Margins
from regulars.simulate.messages import assignment_table, message_table
from regulars.simulate.orders import sell
from regulars.simulate.people import draw_people
from regulars.simulate.profiles import customer_table
from regulars.simulate.rhythm import Clock, clock_of, festival_days
from regulars.simulate.streams import BLOCK, LAW
from regulars.simulate.summary import Totals
from regulars.simulate.truth import CampaignTruth, customer_truth, cycle_truth, response_truth
from regulars.simulate.truth_events import EventTruth
from regulars.simulate.worlds import World, world_named

Events = Literal["none", "sample", "all"]
LAST_DAY = date(2024, 12, 31)
"""A made shop ends here unless told otherwise: never in anybody's future."""
MOST_CUSTOMERS, MOST_DAYS, MOST_SEED, MOST_VISITORS = 20_000_000, 3653, 2**63 - 1, 30.0
# The longest life then begins after China's years of summer time.
_EARLIEST, _LATEST = date(2003, 1, 1), date(2100, 12, 31)
_SAMPLE = 20_000
"""Customers whose events are written, at most, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: where, of what, how much.

    Attributes:
        folder: where the files are.
        world: name of the world.
        seed: what everything was drawn from.
        customers: how many there are.
        first_day: of the shop.
        last_day: of the shop, inclusive.
        totals: counts, shares and yuan over all orders.
        campaigns: the truth of each campaign over its audience.
        files: name, rows, bytes and SHA-256 of each file.
        seconds: how long it took.
    """

    folder: Path
    world: str
    seed: int
    customers: int
    first_day: date
    last_day: date
    totals: dict[str, Any]
    campaigns: list[dict[str, Any]]
    files: list[dict[str, Any]]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "folder": str(self.folder),
            "world": self.world,
            "seed": self.seed,
            "customers": self.customers,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            **self.totals,
            "campaigns": self.campaigns,
            "files": self.files,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, slots=True)
class _Shop:
    """What all blocks share."""

    world: World
    seed: int
    start: date
    days: int
    catalogue: Catalogue
    arrivals: Arrivals
    clock: Clock
    campaigns: list[int]
    visitors: float


def simulate(
    out: Path | str,
    *,
    customers: int = 5_000,
    days: int = 730,
    seed: int = 1,
    world: str | World = "plain",
    last_day: date = LAST_DAY,
    format: FileFormat = "parquet",  # noqa: A002 - the word of the command line
    events: Events = "sample",
    visitors: float = 3.0,
    step: Callable[[str], None] = silent,
    ahead: int = 2,
) -> Made:
    """Make a shop whose truth is known (docs/simulate.md).

    The same customers, days, seed, world and last day give the same bytes, with the same versions
    of NumPy and PyArrow.

    Args:
        out: the folder to make; must be new or empty.
        customers: how many place a first order within the shop's life.
        days: how long the shop lives.
        seed: from which everything is drawn, 0 or more.
        world: a world's name, or one of your own.
        last_day: of the shop's life, inclusive.
        format: of what the shop exports; truth/ is Parquet always.
        events: whose events are written: nobody's, those of at most 20,000 customers, everybody's.
        visitors: who look around and never order, for each customer whose events are written.
        step: told what is being done.
        ahead: how many tables may wait to be written while the next are drawn; bytes are the same.

    Raises:
        NotSimulated: an argument is out of bounds, the folder is in use, the disk is full.
        UnknownValue: there is no such world, format or choice of events.
    """
    began = time.perf_counter()
    target = Path(out)
    chosen = world_named(world) if isinstance(world, str) else world
    _check(customers, days, seed, last_day, format, events)
    if not 0 <= visitors <= MOST_VISITORS:
        raise NotSimulated(
            f"visitors cannot be {visitors:g}", todo=f"choose from 0 to {MOST_VISITORS:g}"
        )
    check_target(target)
    shop = _open(chosen, seed, last_day - timedelta(days=days - 1), days, visitors)
    totals = Totals(days)
    truths = [
        CampaignTruth(
            number,
            day_text(day, shop.start),
            day_text(day + chosen.campaigns.horizon - 1, shop.start),
        )
        for number, day in enumerate(shop.campaigns)
    ]
    every, of_events = _every(customers, events), EventTruth(chosen)
    with Files(target, format, ahead=ahead) as files:
        _write_shop(files, shop, customers)
        blocks = -(-customers // BLOCK)
        for block in range(blocks):
            step(f"customers {block * BLOCK + 1:,} of {customers:,}")
            count = min(BLOCK, customers - block * BLOCK)
            _write_block(files, shop, block, count, every, totals, truths, of_events)
        step("files")
        files.close_tables()
        campaigns = [truth.as_dict() for truth in truths]
        told = {
            "law": LAW,
            "world": asdict(chosen),
            "seed": seed,
            "customers": customers,
            "days": days,
            "visitors": visitors,
            "first_day": shop.start.isoformat(),
            "last_day": last_day.isoformat(),
            "realised": totals.as_dict(),
            "campaigns": campaigns,
        }
        files.write_text("truth/world.json", _json(told))
        if every:
            files.write_text("truth/events.json", _json(of_events.as_dict()))
        written = files.finish()
    return Made(
        folder=target,
        world=chosen.name,
        seed=seed,
        customers=customers,
        first_day=shop.start,
        last_day=last_day,
        totals=totals.as_dict(),
        campaigns=campaigns,
        files=written,
        seconds=time.perf_counter() - began,
    )


def _open(world: World, seed: int, start: date, days: int, visitors: float) -> _Shop:
    return _Shop(
        world=world,
        seed=seed,
        start=start,
        days=days,
        catalogue=make_catalogue(world, seed),
        arrivals=expected_arrivals(world, seed, start, days),
        clock=clock_of(world, start, days),
        campaigns=campaign_days(world, days),
        visitors=visitors,
    )


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _every(customers: int, events: Events) -> int:
    """Events of every so-many-th customer are written; 0 for nobody's."""
    return {"none": 0, "sample": -(-customers // _SAMPLE), "all": 1}[events]


def _check(customers: int, days: int, seed: int, last_day: date, form: str, events: str) -> None:
    for name, value, least, most in (
        ("customers", customers, 1, MOST_CUSTOMERS),
        ("days", days, 1, MOST_DAYS),
        ("seed", seed, 0, MOST_SEED),
    ):
        if not least <= value <= most:
            raise NotSimulated(
                f"{name} cannot be {value:,}", todo=f"choose from {least:,} to {most:,}"
            )
    if not _EARLIEST <= last_day <= _LATEST:
        raise NotSimulated(
            f"last_day cannot be {last_day}", todo=f"choose from {_EARLIEST} to {_LATEST}"
        )
    for name, text, allowed in (
        ("format", form, ["parquet", "csv"]),
        ("choice of events", events, ["none", "sample", "all"]),
    ):
        if text not in allowed:
            raise UnknownValue.of(name, text, allowed)


def _write_shop(files: Files, shop: _Shop, customers: int) -> None:
    """What does not depend on any one customer: products, spend, campaigns."""
    products = shop.catalogue.columns(shop.world)
    for name in ("unit_price", "cost"):
        products[name] = money(np.array(products[name], dtype=np.int64))
    band = products.pop("price_band")
    files.write("products", partial(pa.table, products))
    bands = {"product_id": products["product_id"], "price_band": band}
    files.write("truth/products", partial(pa.table, bands))

    spend = spend_rows(shop.world, shop.seed, shop.arrivals, customers)
    spend["day"] = day_column(np.array(spend["day"], dtype=np.int32), shop.start)
    spend["spend"] = money(np.array(spend["spend"], dtype=np.int64))
    files.write("spend", partial(pa.table, spend))

    campaigns = campaign_rows(shop.world, shop.days)
    for name in ("starts", "ends"):
        campaigns[name] = day_column(np.array(campaigns[name], dtype=np.int32), shop.start)
    for name in ("coupon_face", "message_cost"):
        campaigns[name] = money(np.array(campaigns[name], dtype=np.int64))
    for name in ("campaign_id", "name", "arms", "audience"):
        campaigns[name] = pa.array(campaigns[name], pa.string())
    campaigns["hold_out"] = pa.array(campaigns["hold_out"], pa.float64())
    files.write("campaigns", partial(pa.table, campaigns))


def _write_block(
    files: Files,
    shop: _Shop,
    block: int,
    count: int,
    every: int,
    totals: Totals,
    truths: list[CampaignTruth],
    of_events: EventTruth,
) -> None:
    world, seed, start = shop.world, shop.seed, shop.start
    people = draw_people(world, seed, block, count, shop.arrivals)
    life = Life(world, people, shop.clock, seed, block)
    margins = Margins(world, shop.catalogue)
    festival = festival_days(start, shop.days)
    reached: list[Reached] = []
    for number, day in enumerate(shop.campaigns):
        life.until(day)
        reached.append(address(life, margins, number, day, bool(festival[day])))
        truths[number].add(reached[-1])
    life.until(shop.days)

    sold = sell(
        world, shop.catalogue, people, life.bought(),
        seed=seed, block=block, start=start, days=shop.days,
    )  # fmt: skip
    totals.add(sold, count)
    files.write("orders", lambda: sold.table)
    files.write("customers", lambda: customer_table(world, people, seed, block, start))
    for each, day in zip(reached, shop.campaigns, strict=True):
        files.write("messages", partial(message_table, people, each, day, start))
        files.write("assignments", partial(assignment_table, people, each, day, start))
        files.write("truth/responses", partial(response_truth, people, each))
    if every:
        watched = (people.first + np.arange(count)) % every == 0
        one = Block(block, people, sold, watched, list(zip(reached, shop.campaigns, strict=True)))
        files.write("events", partial(_events, shop, one, of_events))
    files.write("truth/customers", lambda: customer_truth(life, start, shop.days))
    files.write("truth/cycles", lambda: cycle_truth(life))


def _events(shop: _Shop, one: Block, truth: EventTruth) -> pa.Table:
    return event_table(
        shop.world, shop.catalogue, shop.arrivals, one, truth,
        visitors=shop.visitors, seed=shop.seed, start=shop.start, days=shop.days,
    )  # fmt: skip
