"""A book of record whose clock stands still, on each of the databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from access.book import Book
from regulars.engines.store import Store


@pytest.fixture
def book(store: Store) -> Iterator[Book]:
    """An empty book."""
    made = Book(store)
    yield made
    made.ledger.close()
