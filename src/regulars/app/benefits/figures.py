"""How the shop's benefits stand, for the report: what is owed, what was given, what was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.benefit.names import STOCK, USED
from regulars.errors import StoreError
from regulars.intake.inbox.from_store import CONNECTION
from regulars.ledger.command import ISSUER

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.benefit.catalogue import Catalogue
    from regulars.engines.duckdb import Warehouse
    from regulars.engines.store import Connection

MONTHS = 12
"""So many are shown, the running one included."""
RECENT_DAYS = 30

COUPONS = pa.schema(
    [
        ("coupon", pa.string()), ("title", pa.string()), ("title_zh", pa.string()),
        ("given", pa.int64()), ("used", pa.int64()), ("gone", pa.int64()), ("in_hand", pa.int64()),
        ("used_share", pa.float64()),
    ]
)  # fmt: skip
TIERS = pa.schema(
    [("tier", pa.string()), ("title", pa.string()), ("title_zh", pa.string()),
     ("customers", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BenefitFigures:
    """How benefits stand as they are read.

    Attributes:
        owed: as `app.benefits.owed.owed` tells it.
        coupons: by name, over all versions: `COUPONS`; `gone` have expired.
        tiers: customers of the people table by tier, the lowest first: `TIERS`.
        months: `month, earned, used, taken_back` (points) and `orders` paid with benefits, by
            events of the store.
        recent: `event, times, customers` of the last 30 days, most often first.
    """

    owed: dict[str, Any]
    coupons: pa.Table
    tiers: pa.Table
    months: pa.Table
    recent: pa.Table

    @property
    def orders(self) -> int:
        """Orders paid with benefits in the last 30 days."""
        rows = self.recent.to_pylist()
        return sum(row["times"] for row in rows if row["event"] == "Benefits Redeemed")


def benefit_figures(warehouse: Warehouse, home: Home) -> BenefitFigures | None:
    """How the benefits of the home stand.

    Returns:
        None where nothing was ever published or given, or the store does not answer.
    """
    from regulars.app.store import has_store, open_store

    if not has_store(home):
        return None
    try:
        with open_store(home) as store, store.read() as connection:
            return _figures(warehouse, home, connection)
    except StoreError:
        return None


def _figures(warehouse: Warehouse, home: Home, connection: Connection) -> BenefitFigures | None:
    from regulars.app.benefits.owed import owed
    from regulars.benefit.catalogue import Catalogue
    from regulars.engines.store_benefits import BenefitRows
    from regulars.engines.store_holdings import Holdings
    from regulars.ledger.ledger import now_in_microseconds

    rows, shop, at = BenefitRows(connection), home.settings.shop, now_in_microseconds()
    told = owed(connection, shop.currency, shop.time_zone, at)
    if not rows.terms() and not told["points"]["outstanding"] and not told["coupons"]:
        return None
    catalogue = Catalogue.read(connection)
    return BenefitFigures(
        owed=told,
        coupons=_coupons(
            rows.totals("coupon:"), Holdings(connection, at).totals("coupon:"), catalogue
        ),
        tiers=_tiers(warehouse, catalogue),
        months=_months(warehouse, shop.time_zone),
        recent=_recent(warehouse),
    )


def _coupons(
    totals: dict[tuple[str, str], int], had: dict[str, int], catalogue: Catalogue
) -> pa.Table:
    """What left issuer and stock was given; what is neither used nor had by anybody has expired."""
    found: dict[str, dict[str, Any]] = {}
    titles = {one.name: one for one in catalogue.coupons()}
    for (asset, owner), amount in sorted(totals.items()):
        _, name, *version = asset.split(":")
        if len(version) != 1 or not version[0].isdigit():
            continue  # what counts a limit
        title = titles.get(name)
        row = found.setdefault(
            name,
            {
                "coupon": name,
                "title": title.title if title else name,
                "title_zh": (title.title_zh or title.title) if title else name,
                "given": 0,
                "used": 0,
                "in_hand": 0,
            },
        )
        if owner in (ISSUER, STOCK):
            row["given"] -= amount
        elif owner == USED:
            row["used"] += amount
    for asset, amount in had.items():
        _, name, *version = asset.split(":")
        if name in found and len(version) == 1:
            found[name]["in_hand"] += amount
    for row in found.values():
        row["gone"] = row["given"] - row["used"] - row["in_hand"]
        row["used_share"] = row["used"] / row["given"] if row["given"] else None
    rows = sorted(found.values(), key=lambda row: (-row["given"], row["coupon"]))
    return pa.Table.from_pylist([row for row in rows if row["given"]], COUPONS)


def _tiers(warehouse: Warehouse, catalogue: Catalogue) -> pa.Table:
    if not catalogue.tiers.tiers or not warehouse.has("people"):
        return TIERS.empty_table()
    counted = warehouse.sql("SELECT tier, count(*) AS customers FROM people GROUP BY tier")
    count = {row["tier"]: row["customers"] for row in counted.to_pylist()}
    rows = [
        {
            "tier": tier.name,
            "title": tier.title,
            "title_zh": tier.title_zh or tier.title,
            "customers": count.get(tier.name, 0),
        }
        for tier in catalogue.tiers.tiers
    ]
    return pa.Table.from_pylist(rows, TIERS)


_OF_POINTS = "TRY_CAST(json_extract_string(properties, '$.points') AS BIGINT)"
_BY_STORE = f"connection = '{CONNECTION}' AND type = 'track' AND customer_id IS NOT NULL"


def _months(warehouse: Warehouse, zone: str) -> pa.Table:
    if not warehouse.has("events"):
        return pa.table({name: pa.array([], pa.int64()) for name in _MONTH_COLUMNS})
    return warehouse.sql(
        f"""
        WITH told AS (
            SELECT strftime("at" AT TIME ZONE '{zone}', '%Y-%m') AS month, name,
                {_OF_POINTS} AS points
            FROM events
            WHERE {_BY_STORE} AND "at" >= date_trunc('month', now()) - INTERVAL {MONTHS} MONTH
              AND name IN ('Points Earned', 'Points Adjusted', 'Points Spent', 'Points Taken Back',
                           'Benefits Redeemed', 'Benefits Restored')
        )
        SELECT month,
            coalesce(sum(points) FILTER (
                name = 'Points Earned' OR (name = 'Points Adjusted' AND points > 0)), 0)::BIGINT
                AS earned,
            coalesce(sum(points) FILTER (name IN ('Points Spent', 'Benefits Redeemed')), 0)::BIGINT
                AS used,
            coalesce(sum(abs(points)) FILTER (
                name = 'Points Taken Back' OR (name = 'Points Adjusted' AND points < 0)), 0)::BIGINT
                AS taken_back,
            count(*) FILTER (name = 'Benefits Redeemed') AS orders
        FROM told GROUP BY month ORDER BY month DESC LIMIT {MONTHS}
        """
    ).sort_by("month")


_MONTH_COLUMNS = ("month", "earned", "used", "taken_back", "orders")


def _recent(warehouse: Warehouse) -> pa.Table:
    if not warehouse.has("events"):
        columns = {"event": pa.string(), "times": pa.int64(), "customers": pa.int64()}
        return pa.table({name: pa.array([], kind) for name, kind in columns.items()})
    return warehouse.sql(
        "SELECT name AS event, count(*) AS times, count(DISTINCT customer_id) AS customers"
        f' FROM events WHERE {_BY_STORE} AND "at" >= now() - INTERVAL {RECENT_DAYS} DAY'
        " GROUP BY name ORDER BY times DESC, event"
    )
