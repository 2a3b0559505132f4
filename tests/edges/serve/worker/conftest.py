from __future__ import annotations

from pathlib import Path

import pytest

from edges.serve.worker.running import Running, running
from regulars.app.home import make_home
from regulars.intake.connection import Connections


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("shop") / "home"
    make_home(home)
    return home


@pytest.fixture(scope="session")
def book(shop) -> Connections:
    return Connections(shop / "keys")


@pytest.fixture(scope="session")
def key(book) -> str:
    return book.add("web", "events")[1]


@pytest.fixture(scope="session")
def worker(shop, key) -> Running:
    with running(shop) as made:
        yield made
