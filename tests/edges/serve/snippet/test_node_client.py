"""The real Node client of Segment against the real intake worker."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edges.serve.worker.running import Running, running
from regulars.app.home import make_home
from regulars.intake.connection import Connections

PACKAGE = "@segment/analytics-node@^3"

_ALL_CALLS = """
const {Analytics} = require("@segment/analytics-node");
const [host, writeKey] = process.argv.slice(1);
const analytics = new Analytics({host, writeKey, flushAt: 4, maxRetries: 2});
const failed = [];
analytics.on("error", error => failed.push(error));
const when = new Date("2026-05-01T08:00:00Z");
analytics.identify({userId: "1001", traits: {email: "li.lei@example.com"}});
analytics.track({userId: "1001", event: "Order Completed", timestamp: when, messageId: "order-1",
                 properties: {order_id: "A1", total: 59.5, products: [{product_id: "T-100"}]}});
analytics.page({anonymousId: "visitor", name: "茶", properties: {url: "https://shop.example/茶"}});
analytics.screen({anonymousId: "visitor", name: "Home"});
analytics.group({userId: "1001", groupId: "club", traits: {name: "Tea club"}});
analytics.alias({userId: "1001", previousId: "visitor"});
analytics.track({userId: "1001", event: "🍵", context: {campaign: {source: "weibo"}},
                 properties: {amount: 1e21, nothing: null, list: [1, "2"]}});
analytics.track({userId: "1001", event: "Order Completed", messageId: "order-1"});
analytics.closeAndFlush({timeout: 15000}).then(() => {
  console.log(JSON.stringify({failed: failed.map(String)}));
});
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    npm, program = shutil.which("npm"), shutil.which("node")
    if npm is None or program is None:
        pytest.skip("node and npm are not on the PATH")
    folder = tmp_path_factory.mktemp("node")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
    (folder / "package.json").write_text('{"private": true}')
    try:
        got = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not get {PACKAGE}: no network")
    if got.returncode:
        pytest.skip(f"npm does not get {PACKAGE}: offline")

    def run(script: str, *given: str) -> Any:
        ran = subprocess.run(
            [program, "-e", script, *given],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr.decode()
        return json.loads(ran.stdout.splitlines()[-1])

    return run


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Running]:
    make_home(tmp_path / "home")
    with running(tmp_path / "home") as made:
        yield made


def test_every_call_of_the_node_client_arrives_as_it_was_made(
    node: Callable[..., Any], worker: Running
) -> None:
    _, key = Connections(worker.home / "keys").add("server", "events")
    assert node(_ALL_CALLS, worker.address, key) == {"failed": []}
    kept = worker.kept()
    assert {received.route for received in kept} == {"batch"}
    assert {received.connection for received in kept} == {"server"}
    batches = [msgspec.json.decode(received.body) for received in kept]
    assert [len(batch["batch"]) for batch in batches] == [4, 4]
    assert all("sentAt" in batch for batch in batches)
    messages = {}
    for batch in batches:
        for message in batch["batch"]:
            messages.setdefault(message["type"], []).append(message)
    assert {name: len(some) for name, some in messages.items()} == {
        "identify": 1, "track": 3, "page": 1, "screen": 1, "group": 1, "alias": 1,
    }  # fmt: skip
    (tea,) = (one for one in messages["track"] if one["event"] == "🍵")
    again, order = sorted(
        (one for one in messages["track"] if one is not tea), key=lambda one: len(one["properties"])
    )
    assert order["timestamp"] == "2026-05-01T08:00:00.000Z"
    assert order["messageId"] == again["messageId"] == "order-1"
    assert order["properties"]["products"] == [{"product_id": "T-100"}]
    assert (tea["event"], tea["properties"]["amount"]) == ("🍵", 1e21)
    assert messages["page"][0]["properties"]["url"] == "https://shop.example/茶"
    assert messages["alias"][0]["previousId"] == "visitor"
    assert messages["group"][0]["groupId"] == "club"
    assert messages["identify"][0]["context"]["library"]["name"] == "@segment/analytics-node"


def test_the_node_client_hears_that_its_key_is_wrong(
    node: Callable[..., Any], worker: Running
) -> None:
    told = node(_ALL_CALLS, worker.address, "wk_wrong")
    assert len(told["failed"]) > 0
    assert worker.kept() == []
