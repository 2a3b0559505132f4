"""A shop's backtest: purchases out of the warehouse, the card, and the winner kept for later.

History is what was known at the end of the day (a refund that became known later had not come
yet); what followed is judged with all that is known now. The cards lie in
`cards/who_buys_next.json` in the home, one for each grain and horizon, so that what is decided
later uses the winner.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.kernel.clock import day_number
from regulars.kernel.step import Step, silent
from regulars.lifetime.backtest import ORIGINS
from regulars.lifetime.backtest import backtest as judge
from regulars.lifetime.purchase_days import Bought, bought_by_category, bought_by_customer
from regulars.lifetime.ranker import Winner

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.lifetime.backtest_card import BacktestCard
    from regulars.people.as_of import AsOf

HORIZON = 90
_FILE = "cards/who_buys_next.json"
_VERSION = 1
_BY_CUSTOMER = "customer"


def backtest(
    warehouse: Warehouse,
    home: Home,
    until: date | None = None,
    horizon: int = HORIZON,
    *,
    by_category: bool = False,
    origins: int = ORIGINS,
    step: Step = silent,
) -> BacktestCard:
    """The card of the shop, which is kept in the home too.

    Args:
        warehouse: of the home.
        home: the shop.
        until: the last day that history knows; by default the latest whose horizon has ended.
        horizon: days ahead.
        by_category: customers in each category that they have bought, instead of customers.
        origins: days judged in all.
        step: told the name of each step.

    Raises:
        NotUnderstood: no orders have come in yet.
        UnknownValue: the horizon reaches beyond the data.
        CannotTell: too few customers bought again by then, or no line names a category.
    """
    from regulars.app.as_of import last_day_known, refresh

    step("orders")
    refresh(warehouse, home)
    last = last_day_known(home)
    day = until or last - timedelta(days=horizon)
    step("purchases")
    bought = _bought(warehouse, home, day, last, by_category=by_category)
    step("judging")
    card = judge(bought, day_number(day), horizon, origins=origins)
    _keep(home, card)
    return card


def read_winners(home: Home, by: date | None = None) -> dict[int, Winner]:
    """The winner by horizon of the cards by customer; empty where there are none or other ones.

    Args:
        home: the shop.
        by: leave out cards that were judged on later days: who understands a past day must not
            know what won after it.
    """
    return {
        card["horizon"]: Winner(str(card["winner"]), bool(card["trend"]))
        for card in _kept(home)
        if card["grain"] == _BY_CUSTOMER and (by is None or _judged_by(card) <= by)
    }


def kept_card(home: Home, horizon: int) -> dict[str, Any] | None:
    """The card of customers whose horizon is nearest; None before the first backtest."""
    shown = {"as_of", "customers", "bought", "scorers", "calibration"}
    cards = [card for card in _kept(home) if card["grain"] == _BY_CUSTOMER and shown <= set(card)]
    return min(cards, key=lambda card: abs(card["horizon"] - horizon), default=None)


def _judged_by(card: dict[str, Any]) -> date:
    """The last day that a card was judged on."""
    try:
        return date.fromisoformat(card["as_of"]) + timedelta(days=int(card["horizon"]))
    except (KeyError, TypeError, ValueError):
        return date.max


def _bought(
    warehouse: Warehouse, home: Home, day: date, last: date, *, by_category: bool
) -> Bought:
    """Purchases until the day as known then, and later ones as known now."""
    from regulars.people.as_of import AsOf

    zone = home.settings.shop.time_zone
    query = _in_categories if by_category else _of_customers
    before = warehouse.sql(query(AsOf(day, zone)))
    after = warehouse.sql(
        f"SELECT * FROM ({query(AsOf(max(last, day), zone, hindsight=True))})"
        f" WHERE day > DATE '{day}'"
    )
    customer, days, paid = (
        np.concatenate([_column(one, name) for one in (before, after)])
        for name in ("customer_id", "day", "net")
    )
    if not by_category:
        return bought_by_customer(customer, days, paid)
    names = [one["category"].to_pylist() for one in (before, after)]
    known = sorted({name for part in names for name in part if name is not None})
    if not known:
        raise CannotTell(
            "no order line names a category",
            todo="import order lines or products with categories, or leave --by-category out",
        )
    code = {name: place for place, name in enumerate(known)}
    category = np.array([code.get(name, -1) for part in names for name in part], np.int64)
    return bought_by_category(customer, days, category, paid)


def _column(table: pa.Table, name: str) -> NDArray[Any]:
    import pyarrow as pa

    kind = {"day": pa.int32(), "net": pa.float64()}.get(name, pa.int64())
    values: NDArray[Any] = table[name].cast(kind).to_numpy()
    return values if name == "net" else values.astype(np.int64)


def _of_customers(view: AsOf) -> str:
    return f"""
        SELECT customer_id, CAST({view.local("placed_at")} AS DATE) AS day,
               sum(paid - refunded) AS net
        FROM orders
        WHERE {view.known} AND placed_at < {view.end} AND {view.is_purchase}
              AND customer_id IS NOT NULL
        GROUP BY ALL ORDER BY ALL
    """


def _in_categories(view: AsOf) -> str:
    """One row per customer, day and category; without one, of what has none."""
    return f"""
        WITH catalogue AS (
            SELECT platform, product_id, category FROM products
            WHERE {view.known} AND category IS NOT NULL
        ),
        goods AS (
            SELECT order_no, coalesce(line.category, catalogue.category) AS category,
                   sum(gross) AS value
            FROM order_lines line LEFT JOIN catalogue USING (platform, product_id)
            WHERE {view.known} AND is_goods AND status IN ('paid', 'shipped', 'completed')
            GROUP BY ALL
        ),
        bought AS (
            SELECT order_no, customer_id, CAST({view.local("placed_at")} AS DATE) AS day
            FROM orders
            WHERE {view.known} AND placed_at < {view.end} AND {view.is_purchase}
                  AND customer_id IS NOT NULL
        )
        SELECT customer_id, day, category, sum(coalesce(value, 0)) AS net
        FROM bought LEFT JOIN goods USING (order_no)
        GROUP BY ALL ORDER BY ALL
    """


def _keep(home: Home, card: BacktestCard) -> None:
    """Put the card in place of an earlier one of its grain and horizon."""
    new = card.as_dict()
    mine = (new["grain"], new["horizon"])
    others = [one for one in _kept(home) if (one["grain"], one["horizon"]) != mine]
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}")
    try:
        aside.write_bytes(msgspec.json.encode({"version": _VERSION, "cards": [*others, new]}))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _kept(home: Home) -> list[dict[str, Any]]:
    """The cards in the home; none where the file is absent, damaged or of another version."""
    try:
        data = msgspec.json.decode(_path(home).read_bytes())
    except (OSError, msgspec.DecodeError):
        return []
    if not isinstance(data, dict) or data.get("version") != _VERSION:
        return []
    cards = data.get("cards")
    needed = {"grain", "horizon", "winner", "trend"}
    return [
        one
        for one in (cards if isinstance(cards, list) else [])
        if isinstance(one, dict) and needed <= set(one)
    ]


def _path(home: Home) -> Path:
    return home.folder / _FILE
