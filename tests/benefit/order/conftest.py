"""A checkout; what depends on the database is tested in `anywhere`, which is each of them."""

from __future__ import annotations

import pytest

from benefit.order.checkout import checkout_of
from regulars.engines.sqlite import SqliteStore


@pytest.fixture
def shop(tmp_path):
    with SqliteStore.open(tmp_path / "store.sqlite") as store, checkout_of(store) as shop:
        yield shop


@pytest.fixture
def anywhere(store):
    with checkout_of(store) as shop:
        yield shop
