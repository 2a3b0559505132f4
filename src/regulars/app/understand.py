"""Understanding: from landing to one row per customer, as of a date.

The warehouse is made anew where landing has grown, then purchases, profile, cycle, stage and RFM as
of the date; `people`, `stage_history` and `cycle_fits` are what remains for everyone else to read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.app.as_of import VERSION, digest, refresh, view_of
from regulars.kernel.clock import day_number, from_day_number
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from pyarrow import Table

    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.lifetime.model_choice import ModelCard
    from regulars.people.as_of import AsOf
    from regulars.people.category_cycle import CategoryFit
    from regulars.people.stage_state import Purchases, StageFold
    from regulars.settings import Settings

_JUDGED = 100_000
"""Lifetime models are judged on about so many customers; the one chosen is fitted to all."""

_PART = 200_000
"""Customers whose cycles by category are told at a time."""

_EXPECTED = 90
"""Purchases of so many days are expected by the ranker, of longer times by a lifetime model."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What `understand` found.

    Attributes:
        as_of: the day up to whose end everything knows.
        customers: known by then.
        stages, depth, warmth, rfm: customers by name.
        seconds: that it took.
        notes: what could not be told, in words.
    """

    as_of: date
    customers: int
    stages: dict[str, int]
    depth: dict[str, int]
    warmth: dict[str, int]
    rfm: dict[str, int]
    seconds: float
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "stages": self.stages,
            "depth": self.depth,
            "warmth": self.warmth,
            "rfm": self.rfm,
            "seconds": round(self.seconds, 3),
            "notes": self.notes,
        }


def understand(
    warehouse: Warehouse,
    home: Home,
    as_of: date | None = None,
    step: Step = silent,
    *,
    hindsight: bool | None = None,
) -> Understood:
    """Make `purchases`, `people` and `stage_history` as of the date.

    Args:
        warehouse: of the home.
        home: the shop.
        as_of: the end of this day; `last_day_known` if not given.
        step: told the name of each step before it begins.
        hindsight: whether what came to be known later of the time until then may be used; by
            default only where no day was asked for, since then the present is meant.

    Raises:
        NotUnderstood: no orders have come in yet.
    """
    import numpy as np

    from regulars.app.benefits.held import benefits_held
    from regulars.app.identity import identity_notes
    from regulars.app.lifetime import card_as_dict
    from regulars.intake import canonical
    from regulars.people.benefit_columns import benefit_columns
    from regulars.people.profile import profiles
    from regulars.people.purchases import make_purchases
    from regulars.people.rfm import score
    from regulars.people.stage import fold_stages
    from regulars.people.table import (
        fits_table,
        history_table,
        pace_table,
        people_table,
        stage_input,
    )

    began = time.perf_counter()
    settings = home.settings
    view = view_of(home, as_of, hindsight)
    asked, as_of = as_of, view.day
    step("orders")
    refresh(warehouse, home)
    step("benefits")
    owed = benefits_held(warehouse, home, asked)
    with warehouse.transaction():  # stopped half-way, it leaves what was understood before
        step("purchases")
        make_purchases(warehouse, view, settings.shop.margin)
        step("profiles")
        profile = profiles(warehouse, view, settings.calendar)
        step("cycles and stages")
        ids = profile["customer_id"].to_numpy().astype(np.int64)
        bought = warehouse.sql("SELECT customer_id, day, net, main_category, items FROM purchases")
        purchases = stage_input(bought, ids)
        del bought
        with warehouse.at_rest():
            fold = fold_stages(
                purchases,
                day_number(as_of),
                settings.cycle,
                settings.core,
                settings.calendar.promotions,
            )
        step("category cycles")
        _category_cycles(warehouse, fold, day_number(as_of), settings)
        step("lifetime models")
        card, ahead = _lifetime(purchases, day_number(as_of), settings)
        step("who buys next")
        chances, told = _chances(home, purchases, day_number(as_of))
        step("rfm")
        warehouse.load("_profile", profile)
        scores = score(
            warehouse.relation("_profile").select(
                "customer_id", "recency_days", "orders", "monetary"
            ),
            settings.rfm,
        )
        rfm = warehouse.run(scores)
        step("people")
        people = people_table(
            profile,
            fold,
            rfm,
            _contact(warehouse, home, profile, view),
            ahead | chances,
            _promotions(purchases, fold, day_number(as_of), settings),
            benefit_columns(ids, owed.held, owed.lowest_tier),
        )
        warehouse.load("people", people)
        warehouse.load("stage_history", history_table(fold, ids))
        warehouse.load("cycle_fits", fits_table(fold))
        warehouse.load("shop_pace", pace_table(fold))
        _keep_card(warehouse, "lifetime", card_as_dict(card))
        warehouse.execute(
            f"CREATE OR REPLACE TABLE understood AS SELECT DATE '{as_of}' AS as_of,"
            f" {view.hindsight} AS hindsight, '{VERSION}' AS version,"
            f" '{canonical.made_from(warehouse)}' AS head, '{digest(home)}' AS settings"
        )
        warehouse.execute("DROP TABLE _profile")
    return Understood(
        as_of=as_of,
        customers=people.num_rows,
        stages=_sizes(people, "stage"),
        depth=_sizes(people, "depth"),
        warmth=_sizes(people, "warmth"),
        rfm=_sizes(people, "rfm_segment"),
        seconds=time.perf_counter() - began,
        notes=[
            *_notes(fold),
            *(_sentence(note) for note in told),
            *owed.notes,
            *identity_notes(warehouse),
        ],
    )


def core_columns(
    warehouse: Warehouse,
    home: Home,
    as_of: date | None = None,
    *,
    hindsight: bool | None = None,
) -> Table:
    """Recency, frequency, monetary and their like of every customer with an order, and no more.

    The numbers are those of the people table (docs/people.md), which is neither needed nor made.

    Args:
        warehouse: of the home.
        home: the shop.
        as_of: as in `understand`.
        hindsight: as in `understand`.

    Returns:
        `customer_id, first_order_on, last_order_on, recency_days, tenure_days, orders,
        cancelled_orders, monetary, average_order_value`, by customer_id.

    Raises:
        NotUnderstood: no orders have come in yet.
    """
    from regulars.people.spending import spending

    view = view_of(home, as_of, hindsight)
    refresh(warehouse, home)
    return warehouse.sql(
        "SELECT customer_id, first_order_on, last_order_on, recency_days, tenure_days, orders,"
        f" cancelled_orders, monetary, average_order_value FROM ({spending(view)})"
        " ORDER BY customer_id"
    )


def _lifetime(
    purchases: Purchases, as_of: int, settings: Settings
) -> tuple[ModelCard, dict[str, Any]]:
    """The models' card, and their columns of the people table."""
    from regulars.lifetime.model_choice import choose_model
    from regulars.people.lifetime_columns import lifetime_columns

    card, bought = choose_model(
        purchases.customer, purchases.day, as_of, purchases.net, most=_JUDGED
    )
    return card, lifetime_columns(
        card, bought, purchases.customers, settings.lifetime, settings.shop.margin
    )


def _chances(
    home: Home, purchases: Purchases, as_of: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Chances by the ranker that won the backtest; none where it cannot tell. And what to note."""
    import numpy as np
    import pyarrow as pa

    from regulars.app.backtest import read_winners
    from regulars.lifetime.ranker import CANNOT_TELL, rank
    from regulars.people.stage_state import SOON

    found = rank(
        purchases.customer,
        purchases.day,
        purchases.net,
        as_of=as_of,
        horizons=SOON,
        winners=read_winners(home, from_day_number(as_of)),
    )
    columns: dict[str, Any] = {}
    for place, days in enumerate(SOON):
        if found.recipes[days] == CANNOT_TELL:
            continue
        chance, expected = np.full((2, purchases.customers), np.nan)
        chance[found.customer] = found.chance[:, place]
        expected[found.customer] = found.expected[:, place]
        columns[f"chance_{days}"] = pa.array(chance, from_pandas=True)
        if days == _EXPECTED:
            columns[f"expected_purchases_{days}"] = pa.array(expected, from_pandas=True)
    return columns, found.notes


def _promotions(
    purchases: Purchases, fold: StageFold, as_of: int, settings: Settings
) -> dict[str, Any]:
    from regulars.kernel.promotion import promotion_days
    from regulars.people.promotion_columns import promotion_columns

    first = int(purchases.day.min()) if len(purchases.day) else as_of
    calendar = promotion_days(
        settings.calendar.promotions, from_day_number(first), from_day_number(max(as_of, first))
    )
    pace = fold.months[-1].pace if fold.months else None
    return promotion_columns(purchases, as_of, pace, calendar)


def _keep_card(warehouse: Warehouse, name: str, card: dict[str, Any]) -> None:
    """Model cards are kept as JSON, one row a model (docs/tables.md)."""
    import msgspec
    import pyarrow as pa

    text = msgspec.json.encode(card).decode()
    warehouse.load("model_cards", pa.table({"name": [name], "card": [text]}))


def _category_cycles(
    warehouse: Warehouse, fold: StageFold, as_of: int, settings: Settings
) -> CategoryFit:
    """Customers part by part, so that memory stays small; the fit sees so manyth of them."""
    from regulars.lifetime.shop_clock import CALENDAR
    from regulars.people.category_cycle import SCHEMA, category_cycles, fit_categories

    def bought(condition: str) -> Table:
        return warehouse.sql(
            "SELECT customer_id, category, day, pieces FROM purchase_categories"
            f" WHERE customer_id IS NOT NULL AND {condition}"
        )

    clock = fold.months[-1].clock if fold.months else CALENDAR
    most = warehouse.sql("SELECT coalesce(max(customer_id), 0) AS n FROM purchase_categories")
    last = int(most["n"][0].as_py())
    fitted = fit_categories(bought(f"customer_id % {last // _PART + 1} = 0"), as_of, clock)
    warehouse.load("category_cycles", SCHEMA.empty_table())
    for first in range(0, last + 1, _PART):
        part = bought(f"customer_id >= {first} AND customer_id < {first + _PART}")
        warehouse.append(
            "category_cycles", category_cycles(part, as_of, settings.cycle, clock, fitted)[0]
        )
    return fitted[0]


def _contact(warehouse: Warehouse, home: Home, profile: Any, view: AsOf) -> dict[str, Any]:
    from regulars.intake.sources import ALL
    from regulars.intake.vault import Vault
    from regulars.people.contact import contact_columns, contacts

    personal = {"phone", "email", *(one.platform for one in ALL if one.key_is_personal)}
    with Vault.open(home.keys) as vault:
        known = contacts(warehouse, vault, view)
    return contact_columns(
        profile["customer_id"].to_pylist(),
        profile["identity"].to_pylist(),
        [namespace in personal for namespace in profile["namespace"].to_pylist()],
        known,
    )


def _sizes(people: Any, column: str) -> dict[str, int]:
    counted = {
        str(one["values"]): int(one["counts"])
        for one in people[column].drop_null().value_counts().to_pylist()
    }
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."


def _notes(fold: StageFold) -> list[str]:
    if not fold.months:
        return [
            "No month has ended within the data: cycles come from the settings (fallback_days)."
        ]
    last = fold.months[-1]
    if last.fit is None:
        return [_sentence(last.cannot_tell)]
    return []
