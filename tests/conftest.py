"""What all tests share: real data beside the checkout, where there is any."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from postgres import postgres_server, postgres_url, store  # noqa: F401  fixtures for all tests

CHECKOUT = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Ctrl-C is heard, by the tests and what they start, also where a shell has muted it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """The path of a file of real data; the test skips, saying so, where it is absent."""
    folder = Path(os.environ.get("REGULARS_SHARED", CHECKOUT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"real data absent: {name} (looked beside the checkout, $REGULARS_SHARED)")
        return path

    return find
