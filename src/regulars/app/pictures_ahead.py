"""The pictures of what comes next: who is due, what may be expected, and how far to believe it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from regulars.settings import Settings


class Relations(Protocol):
    """Where the as-of tables lie."""

    def relation(self, name: str) -> ir.Table:
        """The table as an Ibis expression."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes next, as of a date.

    Attributes:
        totals: `insight.next_purchases.next_totals`.
        due_days: `due_days` of the same.
        due_list: `due_list` of the same.
        categories: `insight.due_categories`; no row where orders carry no categories.
        value_tenths: `insight.value_held.value_tenths`.
        value_by_stage: `value_by_stage` of the same.
        pace: `shop_pace`, months in order, then promotions by name; factor 1 is the ordinary pace.
        card: of the lifetime models, as `regulars lifetime --json` prints it.
        value_days: days whose profit a lifetime value counts.
        discount_rate: of later money, a year.
        margin: share of the price that is profit.
    """

    totals: pa.Table
    due_days: pa.Table
    due_list: pa.Table
    categories: pa.Table
    value_tenths: pa.Table
    value_by_stage: pa.Table
    pace: pa.Table
    card: dict[str, Any]
    value_days: int
    discount_rate: float
    margin: float


def gather_ahead(
    draw: Callable[[str, Any], pa.Table], engine: Relations, settings: Settings, as_of: date
) -> Ahead:
    """Draw them from `people`, `category_cycles`, `shop_pace` and `model_cards`.

    Args:
        draw: runs an expression under the name that is told of it.
        engine: holds the tables, made by `understand` for this date.
        settings: of the shop.
        as_of: the date.
    """
    import msgspec

    from regulars.insight.due_categories import due_categories
    from regulars.insight.next_purchases import due_days, due_list, next_totals
    from regulars.insight.value_held import value_by_stage, value_tenths

    people, cycles = engine.relation("people"), engine.relation("category_cycles")
    cards = engine.relation("model_cards")
    card = draw("lifetime models", cards.filter(cards.name == "lifetime"))
    return Ahead(
        totals=draw("what comes next", next_totals(people, as_of)),
        due_days=draw("due", due_days(people, as_of)),
        due_list=draw("due", due_list(people, as_of)),
        categories=draw("due by category", due_categories(cycles, as_of)),
        value_tenths=draw("lifetime value", value_tenths(people)),
        value_by_stage=draw("lifetime value", value_by_stage(people)),
        pace=draw("season", engine.relation("shop_pace").order_by(["kind", "name"])),
        card=msgspec.json.decode(card["card"][0].as_py()),
        value_days=settings.lifetime.value_days,
        discount_rate=settings.lifetime.discount_rate,
        margin=settings.shop.margin,
    )
