"""Made shops that several tests read; each world is made once per session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pytest

from regulars.simulate import Made, simulate

DAYS = 730
TABLES = ("orders", "customers", "products", "spend", "campaigns", "messages", "assignments")
TRUTHS = ("customers", "cycles", "responses", "products")


@dataclass(frozen=True)
class MadeShop:
    """A made shop and a connection in which its files are tables; truths are named truth_…."""

    made: Made
    database: duckdb.DuckDBPyConnection

    def columns(self, sql: str) -> dict[str, np.ndarray]:
        frame = self.database.sql(sql).df()
        return {name: frame[name].to_numpy() for name in frame.columns}

    def value(self, sql: str) -> float:
        return float(self.database.sql(sql).fetchall()[0][0])


def opened(made: Made) -> MadeShop:
    database = duckdb.connect()
    database.sql("SET TimeZone = 'Asia/Shanghai'")
    for name in TABLES:
        database.sql(f"CREATE VIEW {name} AS FROM '{made.folder / name}.parquet'")
    for name in TRUTHS:
        database.sql(f"CREATE VIEW truth_{name} AS FROM '{made.folder / 'truth' / name}.parquet'")
    # One row per order; what happened on a day happened on the shop's day.
    database.sql(
        """
        CREATE TABLE placed AS
        SELECT order_id, any_value(customer_id) AS customer_id,
               min(placed_at) AS placed_at, min(placed_at)::DATE AS day,
               bool_or(status = 'cancelled') AS cancelled,
               sum(paid) AS paid, sum(refunded) AS refunded, any_value(source) AS source
        FROM orders GROUP BY order_id
        """
    )
    # One row per customer of a campaign's audience: whether an order came within the horizon.
    database.sql(
        """
        CREATE TABLE outcomes AS
        SELECT campaign_id, audience.customer_id, arm, count(order_id) > 0 AS ordered
        FROM assignments AS audience JOIN campaigns USING (campaign_id)
        LEFT JOIN placed ON placed.customer_id = audience.customer_id
                        AND day >= starts AND day < ends
        GROUP BY ALL
        """
    )
    return MadeShop(made, database)


@pytest.fixture(scope="session")
def open_shop() -> Callable[[Made], MadeShop]:
    """Opens a shop that a test has made for itself."""
    return opened


@pytest.fixture(scope="session")
def shop_of(tmp_path_factory) -> Callable[..., MadeShop]:
    """The shop of a world, made once: 30,000 customers in two years."""

    @cache
    def make(world: str, customers: int = 30_000) -> MadeShop:
        folder: Path = tmp_path_factory.mktemp(world) / "shop"
        made = simulate(folder, customers=customers, days=DAYS, world=world, events="none")
        assert made.last_day == date(2024, 12, 31)
        return opened(made)

    return make


@pytest.fixture(scope="session")
def plain(shop_of) -> MadeShop:
    return shop_of("plain")
