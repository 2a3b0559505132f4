"""Shops and files to take in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from regulars.edges.shop import Shop
from samples import SAMPLES, Sample


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.source)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Every sample in turn."""
    return request.param


@pytest.fixture
def samples() -> dict[str, Sample]:
    """All samples by the name of their source."""
    return {sample.source: sample for sample in SAMPLES}


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """A shop with an empty home, in the currency and time zone of the test's sample."""
    where = {}
    if "sample" in request.fixturenames:
        sample = request.getfixturevalue("sample")
        where = {"currency": sample.currency, "time_zone": sample.time_zone}
    with Shop.create(tmp_path / "shop", name="Test", **where) as shop:
        yield shop


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a text to a file."""

    def write(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def new_shops(tmp_path: Path) -> Iterator[Shop]:
    """As many fresh shops as are asked for."""
    return (Shop.create(tmp_path / f"shop{number}", name="x") for number in range(10))
