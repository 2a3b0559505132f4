"""A shop that rewards: its book in a file, and `anywhere`, in each of the databases."""

from __future__ import annotations

import pytest

from app.rewarding.rewarding_shop import rewarding_shop


@pytest.fixture
def shop(tmp_path):
    with rewarding_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
def with_hold_out(tmp_path):
    """A shop that leaves a fifth of its customers alone."""
    with rewarding_shop(tmp_path, global_hold_out=0.2) as shop:
        yield shop


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request, tmp_path, monkeypatch):
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("REGULARS_STORE_URL", url)
    with rewarding_shop(tmp_path) as shop:
        yield shop
