"""Questions about the timeline beside a server: the same answers, whatever comes in meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import as_json, regulars
from regulars import Shop
from running_server import RunningServer, until

STEPS = "Product Viewed, Product Added, Checkout Started"
SPAN = ("--from", "2026-05-01", "--to", "2026-05-31")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("s") / "shop"
    Shop.create(home, name="x", language="en").close()
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[RunningServer]:
    with RunningServer(home) as running:
        yield running


def batch(first: int, count: int) -> list[dict[str, Any]]:
    """So many visitors who look; of each three one adds, signed in by then, under a new id."""
    found: list[dict[str, Any]] = []
    for number in range(first, first + count):
        own = {"anonymousId": f"device-{number}", "type": "track"}
        found.append(own | {"event": "Product Viewed", "messageId": f"v{number}",
                            "timestamp": "2026-05-02T10:00:00Z"})  # fmt: skip
        if number % 3 == 0:
            known = {"userId": f"user-{number}", "anonymousId": f"device-{number}"}
            found.append(known | {"type": "identify", "messageId": f"i{number}",
                                  "timestamp": "2026-05-02T10:01:00Z"})  # fmt: skip
            own = {"userId": f"user-{number}", "type": "track"}
            found.append(own | {"event": "Product Added", "messageId": f"a{number}",
                                "timestamp": "2026-05-02T10:02:00Z"})  # fmt: skip
    return found


def reached(home: Path) -> list[int]:
    told = as_json("--home", home, "funnel", "--steps", STEPS, *SPAN)
    return [row["reached"] for row in told["tables"]["steps"]]


def test_a_funnel_follows_people_from_device_to_account(home: Path, server: RunningServer) -> None:
    write = server.key("web")
    end = {"userId": "user-0", "event": "Checkout Started", "messageId": "c",
           "timestamp": "2026-05-02T10:03:00Z"}  # fmt: skip
    assert server.send(write, "/v1/batch", {"batch": batch(0, 30)}) == 200
    assert server.send(write, "/v1/track", end) == 200
    # Thirty look, ten of them add as the accounts that they turn out to be, one goes on.
    until(lambda: _events(home) == 30 + 20 + 1)
    assert reached(home) == [30, 10, 1]


def test_it_is_asked_while_events_come_in(home: Path, server: RunningServer) -> None:
    write = server.key("more")
    ended = threading.Event()
    failed: list[int] = []

    def send() -> None:
        number = 1_000
        while not ended.is_set():
            status = server.send(write, "/v1/batch", {"batch": batch(number, 30)})
            failed.extend([status] if status != 200 else [])
            number += 30

    sender = threading.Thread(target=send)
    sender.start()
    try:
        found = [reached(home) for _ in range(6)]
    finally:
        ended.set()
        sender.join()
    assert not failed
    assert found == sorted(found), "what was counted once stays"
    # Of each batch a third adds; a batch may be in with its events and not with the joins yet.
    assert all(looked >= 30 and 10 <= added <= looked for looked, added, _ in found)


def test_it_is_the_same_when_the_server_has_ended(home: Path, server: RunningServer) -> None:
    until(lambda: _events(home) == _events(home) > 51)
    beside = as_json("--home", home, "funnel", "--steps", STEPS, *SPAN)
    server.stop()
    assert as_json("--home", home, "funnel", "--steps", STEPS, *SPAN) == beside


def test_its_words_are_printed(home: Path) -> None:
    told = regulars("--home", home, "funnel", "--steps", STEPS, *SPAN, "--per", "session").stdout
    assert "came to Checkout Started" in told
    assert "no entry is two steps" in told


def _events(home: Path) -> int:
    with Shop(home) as shop:
        if not shop.warehouse.has("events"):
            return 0
        return int(shop.warehouse.sql("SELECT count(*) AS n FROM events")["n"][0].as_py())
