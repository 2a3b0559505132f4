"""A shop whose members earn; on each of the databases."""

from __future__ import annotations

import pytest

from benefit.points.members import Members


@pytest.fixture
def shop(store):
    shop = Members(store)
    with shop.ledger:
        yield shop
        shop.check()
