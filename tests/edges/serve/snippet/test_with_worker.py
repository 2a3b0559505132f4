"""The snippet against the real intake worker, and on into the tables of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edges.serve.worker.running import Running, running
from regulars.app.home import Home, make_home
from regulars.edges.serve.snippet import snippet
from regulars.engines.duckdb import Warehouse
from regulars.intake.connection import Connections
from regulars.intake.events.catch_up import catch_up
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault

pytestmark = pytest.mark.browser

_PATIENCE = 20.0


def _kept(worker: Running) -> list[dict[str, Any]]:
    return [
        message
        for received in worker.kept()
        for message in msgspec.json.decode(received.body)["batch"]
    ]


def _wait(worker: Running, enough: Callable[[list[dict[str, Any]]], object]) -> None:
    until = time.monotonic() + _PATIENCE
    while not enough(kept := _kept(worker)):
        assert time.monotonic() < until, [m.get("event", m["type"]) for m in kept]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Running]:
    make_home(tmp_path / "home")
    with running(tmp_path / "home") as made:
        yield made


@pytest.fixture
def page_of(worker: Running, shop: Any) -> Callable[[str], str]:
    _, key = Connections(worker.home / "keys").add("web", "events")
    shop.has(worker.address, key=key)
    return shop.page


def test_the_worker_hands_out_the_snippet(worker: Running) -> None:
    answer = worker.ask("GET", "/regulars.js")
    assert (answer.status, answer.body) == (200, snippet()[0])
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    again = worker.ask("GET", "/regulars.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_a_visit_becomes_rows_of_events_of_one_customer(
    browser: Any, worker: Running, page_of: Callable[[str], str]
) -> None:
    browser.get(
        page_of("search?q=%E7%99%BD%E8%8C%B6&utm_source=weibo&utm_medium=social&inviter=F7")
    )
    browser.get(page_of("declared.html"))
    browser.execute_script(
        "document.getElementById('add').click(); regulars.identify('1001', {grade: 'gold'})"
    )
    browser.get(page_of("cup.html"))
    wanted = {"Page Left", "Product Added", "Products Searched"}

    def enough(kept: list[dict[str, Any]]) -> bool:
        pages = {m["messageId"] for m in kept if m["type"] == "page"}
        return len(pages) == 3 and wanted <= {m.get("event") for m in kept}

    _wait(worker, enough)
    browser.get("about:blank")
    _wait(
        worker,
        lambda kept: len({m["messageId"] for m in kept if m.get("event") == "Page Left"}) == 3,
    )
    worker.stop()
    sent = _kept(worker)

    home = Home.open(worker.home)
    with Vault.open(home.keys) as vault, Warehouse.own(home.warehouse) as warehouse:
        catch_up(warehouse, Landing(home.landing), vault, home.settings)
        rows = warehouse.sql("FROM events ORDER BY seq").to_pylist()
    accounts = Landing(home.landing).entries()[-1].accounts["web"]
    distinct = {message["messageId"] for message in sent}
    assert accounts == (len(distinct), len(sent) - len(distinct), 0)
    assert {row["message_id"] for row in rows} == distinct
    assert len({row["customer_id"] for row in rows}) == 1
    for row in rows:
        assert (row["source"], row["medium"], row["inviter"]) == ("weibo", "social", "F7")
        assert row["session"] == sent[0]["context"]["sessionId"]
    by_name = {row["name"]: row for row in rows}
    assert by_name["Products Searched"]["search"] == "白茶"
    assert by_name["Product Added"]["product_id"] == "N-3"
    assert by_name["Product Added"]["quantity"] == 2
    pages = [row for row in rows if row["type"] == "page"]
    assert [row["url"].rpartition("/")[2] for row in pages] == [
        "search",
        "declared.html",
        "cup.html",
    ]
    assert by_name["Page Left"]["url"].startswith("http://127.0.0.1")


def test_a_worker_that_was_away_gets_all_of_it(
    browser: Any, tmp_path: Path, shop: Any, events: Any
) -> None:
    make_home(tmp_path / "home")
    _, key = Connections(tmp_path / "home" / "keys").add("web", "events")
    with running(tmp_path / "home") as first:
        shop.has(first.address, key=key)
        browser.get(shop.page("tea.html"))
        _wait(first, lambda kept: any(m.get("event") == "Product Viewed" for m in kept))
        first.stop()
        browser.execute_script("for (let n = 0; n < 30; n++) regulars.track('Step', {n})")
    with running(tmp_path / "home") as second:
        shop.has(second.address, key=key)
        browser.get(shop.page("cup.html"))
        _wait(second, lambda kept: any(m["context"]["page"]["path"] == "/cup.html" for m in kept))
        _wait(second, lambda kept: len([m for m in kept if m.get("event") == "Step"]) >= 30)
        steps = {
            m["messageId"]: m["properties"]["n"] for m in _kept(second) if m.get("event") == "Step"
        }
    assert sorted(steps.values()) == list(range(30))


def test_a_wrong_key_keeps_nothing_and_harms_nothing(
    browser: Any, worker: Running, page_of: Callable[[str], str], shop: Any
) -> None:
    right = shop.line
    shop.has(worker.address, key="wk_wrong")
    browser.get(shop.page("tea.html"))
    assert browser.execute_async_script(
        "const done = arguments[0]; (function asked() {"
        " performance.getEntriesByName(document.querySelector('[data-key]').src"
        ".replace('regulars.js', 'v1/batch')).length ? done(true) : setTimeout(asked, 20) })()"
    )
    assert worker.kept() == []
    shop.line = right  # the shop mends it: what waited is not lost
    browser.get(page_of("cup.html"))
    _wait(
        worker,
        lambda kept: {"/tea.html", "/cup.html"} <= {m["context"]["page"]["path"] for m in kept},
    )
