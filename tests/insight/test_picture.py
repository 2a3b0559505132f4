"""What every picture has in common."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.errors import CannotTell
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View
from regulars.settings import Settings

OF_CUSTOMERS = [
    name
    for name, declared in PICTURES.items()
    if declared.of_customers and not declared.of_timeline
]


def _view(warehouse: Warehouse, customers: list[int | None]) -> View:
    warehouse.load("purchases", pa.table({"customer_id": pa.array(customers, pa.int64())}))
    return View(warehouse, Settings(), date(2026, 1, 31))


@pytest.mark.parametrize("name", OF_CUSTOMERS)
def test_where_nobody_is_known_that_is_the_reason(name: str) -> None:
    """Found by attack: each picture guessed another, such as a month that had not ended."""
    with Warehouse.in_memory() as warehouse:
        with pytest.raises(CannotTell, match=r"None of the 3 purchases names its buyer"):
            PICTURES[name].draw(_view(warehouse, [None] * 3))
        with pytest.raises(CannotTell, match=r"No order was paid and kept"):
            PICTURES[name].draw(_view(warehouse, []))
