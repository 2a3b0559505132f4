"""What has been sent stands in its customer's history within two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from running_server import RunningServer, until

WITHIN = 2.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("s") / "shop"
    Shop.create(home, name="x", language="en").close()
    with RunningServer(home) as running:
        yield running


@pytest.fixture(scope="module")
def write(server: RunningServer) -> str:
    return server.key("web")


@pytest.fixture(scope="module")
def read(server: RunningServer) -> str:
    return server.key("ask", "--read")


@pytest.fixture(scope="module")
def known(server: RunningServer, write: str, read: str) -> str:
    """The path of the history of a customer who is there."""
    message = {"userId": "known", "event": "Seen", "messageId": "known"}
    assert server.send(write, "/v1/track", message) == 200
    path = "/v1/customers/shop:known/timeline"
    until(lambda: server.get(path, read)[0] == 200)
    return path


def test_an_acknowledged_event_is_there_within_two_seconds(
    server: RunningServer, write: str, read: str
) -> None:
    waited = []
    for number in range(10):
        message = {"userId": "soon", "event": f"Event {number}", "messageId": f"soon{number}"}
        assert server.send(write, "/v1/track", message) == 200
        acknowledged = time.monotonic()

        def newest() -> str | None:
            status, told = server.get("/v1/customers/shop:soon/timeline?limit=1", read)
            return told["rows"][0]["name"] if status == 200 else None

        until(lambda number=number: newest() == f"Event {number}", 30)  # type: ignore[misc]
        waited.append(time.monotonic() - acknowledged)
    assert sorted(waited)[len(waited) // 2] < WITHIN, waited


def test_pages_over_http_follow_each_other(server: RunningServer, write: str, read: str) -> None:
    messages = [
        {"type": "track", "userId": "pages", "event": f"Event {number}", "messageId": f"p{number}",
         "timestamp": f"2026-05-01T12:00:{number:02}Z"}
        for number in range(25)
    ]  # fmt: skip
    assert server.send(write, "/v1/batch", {"batch": messages}) == 200
    path = "/v1/customers/shop:pages/timeline"
    until(lambda: len(server.get(path, read)[1].get("rows", ())) == 25)
    names: list[str] = []
    before = ""
    while True:
        status, told = server.get(f"{path}?limit=7{before}", read)
        assert status == 200
        names += [row["name"] for row in told["rows"]]
        if told["before"] is None:
            break
        before = f"&before={told['before']}"
    assert names == [f"Event {number}" for number in range(24, -1, -1)]


def test_the_verb_tells_the_same_as_the_route(server: RunningServer, write: str, read: str) -> None:
    message = {
        "userId": "both", "event": "Product Viewed", "messageId": "both1",
        "properties": {"product_id": "p1", "name": "Green tea", "price": 9.5},
    }  # fmt: skip
    assert server.send(write, "/v1/track", message) == 200
    path = "/v1/customers/shop:both/timeline"
    until(lambda: server.get(path, read)[0] == 200)
    routed = server.get(path, read)[1]
    verb = as_json("--home", server.home, "timeline", "both")
    for told in (routed, verb):
        for row in told["rows"]:
            row["at"] = row["at"].replace("Z", "+00:00")
    assert verb == routed
    shown = regulars("--home", server.home, "timeline", "shop:both").stdout
    assert "looked at Green tea" in shown
    csv = regulars("--home", server.home, "timeline", "both", "--format", "csv").stdout
    assert csv.splitlines()[0].startswith("at,words,kind,type,name")
    with Shop(server.home) as shop:
        page = shop.timeline("both")
        assert [row.product_id for row in page.rows] == ["p1"]


def test_a_customer_is_told_with_profile_once_there_is_one(
    server: RunningServer, write: str, read: str, tmp_path: Path
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,customer_id,placed_at,status,paid\n"
        + "".join(f"O{n},buyer{n % 3},2026-05-{n:02} 10:00:00,paid,20\n" for n in range(1, 29))
    )
    regulars("--home", server.home, "import", orders)
    regulars("--home", server.home, "understand")
    status, told = server.get("/v1/customers/shop:buyer1", read)
    assert status == 200
    assert told["profile"]["orders"] == 10
    assert told["as_of"] == "2026-05-28"
    rows = server.get("/v1/customers/shop:buyer1/timeline", read)[1]["rows"]
    assert [row["kind"] for row in rows] == ["order"] * 10
    assert rows[0]["order_id"] == "O28"


@pytest.mark.parametrize(
    "path",
    ["/v1/customers/1", "/v1/customers/1/timeline", "/v1/customers/shop:soon/timeline?limit=5"],
)
def test_questions_want_a_key_for_reading(
    server: RunningServer, write: str, read: str, path: str
) -> None:
    for key in (None, "wrong", write, read + "x"):
        status, told = server.get(path, key)
        assert (status, told["code"]) == (401, "intake.refused"), key
        assert set(told) == {"code", "message", "where", "todo"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/customers/99999", 404, "people.no_such_customer"),
        ("/v1/customers/shop:nobody/timeline", 404, "people.no_such_customer"),
        ("/v1/customers/phone:13900000000", 404, "people.no_such_customer"),
        ("KNOWN?limit=0", 400, "value.unknown"),
        ("KNOWN?limit=many", 400, "value.unknown"),
        ("KNOWN?before=x", 400, "value.unknown"),
        ("/v1/nothing", 404, "serve.no_such_route"),
        ("/v1/customers/%00/timeline", 404, "people.no_such_customer"),
        ("/v1/customers/%ff%fe", 404, "people.no_such_customer"),
    ],
)
def test_what_cannot_be_answered_is_told(
    server: RunningServer, read: str, known: str, path: str, status: int, code: str
) -> None:
    found, told = server.get(path.replace("KNOWN", known), read)
    assert (found, told["code"]) == (status, code)
    assert "13900000000" not in str(told), "what was asked for may be personal"


def test_the_description_has_our_routes(server: RunningServer) -> None:
    status, told = server.get("/openapi.json")
    assert status == 200
    paths = told["paths"]
    assert any(path.endswith("/timeline") for path in paths)
    assert "/v1/batch" in paths


def test_figures_are_those_of_the_docs(server: RunningServer) -> None:
    import urllib.request

    from regulars.edges.api.figures import FIGURES

    with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:  # noqa: S310
        text = answer.read().decode()
    page = (Path(__file__).parents[3] / "docs" / "serve.md").read_text("utf-8")
    for name, meaning in FIGURES.items():
        assert f"\n{name} " in text, name
        assert f"| `{name}` | {meaning.rstrip('.')} |" in page, name


def test_a_key_of_the_shop_asks_by_its_scopes_and_until_it_is_revoked(
    server: RunningServer, known: str
) -> None:
    at_home = ("--home", str(server.home), "access")
    key = as_json(*at_home, "key", "desk", "--role", "support")["key"]
    assert server.get(known, key)[0] == 200
    other = as_json(*at_home, "key", "till", "--scope", "ledger:write")["key"]
    status, told = server.get(known, other)
    assert (status, told["code"]) == (403, "access.refused")
    as_json(*at_home, "revoke", "desk")
    status, told = server.get(known, key)
    assert (status, told["code"]) == (401, "access.not_known")
