"""A running server gives what rules promise, by itself: the real server, over HTTP."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from command_line import as_json
from edges.serve.telling import key_of
from regulars.app.benefits.check import check_benefits
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.benefit.names import POINTS
from regulars.edges.serve.rewarding import figures_of
from regulars.engines.store_benefits import BenefitRows
from regulars.ledger.verify import verify
from running_server import RunningServer, children, kill, until

WITHIN = 90.0
"""Seconds: it is two or three where the processor has nothing else to do."""
RULES = """
[points]

[[points.earn]]
name = "goods"
on = "order"
points = 1
per = 1

[[points.earn]]
name = "review"
on = "Product Reviewed"
points = 20
"""


class Shop:
    """A running server, keys for its routes, and what may be asked there."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.till = server.key("till")
        self.pages = server.key("pages", "--public")
        self.reader = server.key("reader", "--read")
        self._owed = key_of(server.home, "owed", "benefits:read", "benefits:write")

    def define(self) -> None:
        headers = {"Authorization": f"Bearer {self._owed}", "Idempotency-Key": "define"}
        assert self.server.ask("/v1/benefits/define", headers, {"toml": RULES})[0] == 200

    def tell(self, key: str, *messages: dict[str, Any]) -> None:
        assert self.server.send(key, "/v1/batch", {"batch": list(messages)}) == 200

    def issue(self, customer: int, points: int, key: str) -> tuple[int, Any]:
        return self.ask("issue", {"customer": customer, "points": points}, key)

    def ask(self, verb: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._owed}", "Idempotency-Key": key}
        return self.server.ask(f"/v1/benefits/{verb}", headers, body)

    def points(self, who: str | int, platform: str = "shop:") -> int | None:
        status, told = self.server.get(f"/v1/benefits/customers/{platform}{who}", self._owed)
        assert status in (200, 404), told
        return None if status == 404 else told["points"]["available"]

    def passes(self) -> int:
        return self.server.get("/health")[1]["checks"]["owner"].get("rewarding", {}).get(
            "passes", 0
        )  # fmt: skip


def order(who: str, number: str, value: float = 120) -> dict[str, Any]:
    properties = {
        "order_id": number, "total": value, "currency": "CNY",
        "products": [{"product_id": "tea", "price": value, "quantity": 1}],
    }  # fmt: skip
    return event(who, "Order Completed", f"order {number}", **properties)


def event(who: str, name: str, message: str, **properties: Any) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {
        "type": "track", "event": name, "userId": who, "messageId": message, "timestamp": at,
        "properties": properties,
    }  # fmt: skip


def home_of(folder: Path, every: int) -> Path:
    home = make_home(folder / "shop").folder
    settings = home / "regulars.toml"
    was = settings.read_text()
    told = was.replace("# reward_every = 60", f"reward_every = {every}")
    assert told != was
    settings.write_text(told)
    return home


def agrees(home: Path) -> None:
    with open_store(Home.open(home)) as store, store.read() as connection:
        verify(connection)
        check_benefits(connection)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    home = home_of(tmp_path_factory.mktemp("rewarding"), every=1)
    with RunningServer(home) as server:
        made = Shop(server)
        assert figures_of(home / "run") is None  # nothing is published: nothing is looked at
        made.define()
        yield made
    agrees(home)


def test_a_paid_order_has_points_on_the_card_within_seconds_and_nobody_runs_a_verb(shop):
    shop.tell(shop.till, order("1001", "A1"))
    until(lambda: shop.points("1001") == 120, WITHIN)
    health = shop.server.get("/health")[1]["checks"]["owner"]["rewarding"]
    assert (health["failing"], health["failures"]) == ("", 0)
    assert health["given"] >= 1
    assert time.time() - health["last_at"] < 60
    assert shop.server.metrics()["regulars_rewarding_given_total"] >= 1


def test_what_a_web_page_says_earns_nothing(shop):
    shop.tell(shop.pages, event("1002", "Product Reviewed", "by a page"))
    shop.tell(shop.till, event("1002", "Product Viewed", "a view"), order("1003", "A3"))
    until(lambda: shop.points("1003") == 120, WITHIN)
    assert shop.points("1002") == 0
    shop.tell(shop.till, event("1002", "Product Reviewed", "by the shop"))
    until(lambda: shop.points("1002") == 20, WITHIN)


def test_a_shop_that_nobody_does_anything_in_is_left_alone(shop):
    shop.tell(shop.till, order("1004", "A4"))
    until(lambda: shop.points("1004") == 120, WITHIN)
    seen = [-1]

    def is_still() -> bool:
        """No pass in three of the times after which it looks."""
        before, seen[0] = seen[0], shop.passes()
        time.sleep(3)  # nothing tells of what is not done
        return before == seen[0]

    until(is_still, WITHIN)


def test_killed_in_the_midst_of_a_pass_nothing_is_given_twice_and_nothing_is_left_out(tmp_path):
    home = home_of(tmp_path, every=1)
    people, kills = [str(2000 + number) for number in range(300)], 0
    with RunningServer(home) as server:
        shop = Shop(server)
        shop.define()
        for at in range(0, len(people), 50):
            shop.tell(shop.till, *(order(one, f"B{one}", 7) for one in people[at : at + 50]))

        def given() -> int:
            with open_store(Home.open(home)) as store, store.read() as connection:
                return len(BenefitRows(connection).holders_of(POINTS))

        for some in (1, 60, 120):
            until(lambda some=some: given() >= some, WITHIN)
            victims = [server.owner] if some == 60 else named(server, "serve.rewarding")
            for one in victims:
                kill(one)
                kills += 1
        until(lambda: given() == len(people), WITHIN)
        until(lambda: shop.points(people[0]) == 7, WITHIN)
        assert {shop.points(one) for one in people[::20]} == {7}
    assert kills >= 3
    agrees(home)


def test_a_shop_may_want_to_do_it_by_hand(tmp_path):
    with RunningServer(home_of(tmp_path, every=0)) as server:
        assert named(server, "serve.rewarding") == []
        assert named(server, "serve.teller") != []


def named(server: RunningServer, module: str) -> list[int]:
    """The server's processes of a module."""
    found = []
    for one in children(server.process.pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes().decode()
        except OSError:
            continue
        if f"regulars.edges.{module}" in command:
            found.append(one)
    return found


def test_a_number_that_is_another_ones_by_now_acts_on_that_one(shop):
    server = shop.server
    shop.tell(shop.till, order("3001", "C1", 50), order("3002", "C2", 30))
    until(lambda: (shop.points("3001"), shop.points("3002")) == (50, 30), WITHIN)
    numbers = {
        who: server.get(f"/v1/customers/shop:{who}", shop.reader)[1]["customer_id"]
        for who in ("3001", "3002")
    }
    first = [shop.issue(one, 5, f"issue {one}") for one in numbers.values()]
    assert all(status == 200 for status, _ in first)
    envelopes = [filled_for(shop, one) for one in numbers.values()]
    asked = told_of(numbers["3002"], "by number") + told_of("shop:3002", "by id")
    answers = [shop.ask(*one) for one in asked]
    assert {status for status, _ in answers} == {200}
    as_json("--home", server.home, "identity", "join", "3001", "3002")
    until(lambda: shop.points("3001") == shop.points("3002") == 90, WITHIN)
    until(lambda: {shop.points(one, "") for one in numbers.values()} == {90})
    for place, one in enumerate(numbers.values()):
        assert shop.issue(one, 1, f"more {one}")[0] == 200
        assert shop.points(one, "") == 91 + place
        # What was asked for before is answered as it was, and not done again.
        assert shop.issue(one, 5, f"issue {one}") == first[place]
        assert shop.issue(one, 6, f"issue {one}")[0] == 409
    assert [shop.ask(*one) for one in asked] == answers
    assert shop.points("3001") == 92
    # Both envelopes are this person's, whichever of the two numbers each of them named.
    for claimed, envelope in enumerate(envelopes, start=1):
        body = {"customer": "shop:3002", "envelope": envelope}
        assert shop.ask("claim", body, f"share of {envelope}")[0] == 200
        assert shop.points("3001") == 92 + 10 * claimed


def told_of(customer: str | int, how: str) -> list[tuple[str, dict[str, Any], str]]:
    """What comes to nothing in all: nine points are given, spent, used for an order, given away."""
    end = int(time.time() + 3600) * 1_000_000
    line = {"id": "tea", "product": "tea", "quantity": 1, "unit_price": 100}
    bodies = {
        "issue": {"customer": customer, "points": 9},
        "spend": {"customer": customer, "points": 2, "on": "a raffle"},
        "redeem": {
            "customer": customer, "order": how, "basket": {"lines": [line]}, "wish": {"points": 3},
        },
        "envelope": {
            "from_customer": customer, "total": 4, "count": 1, "asset": "points",
            "expires_at": end,
        },
    }  # fmt: skip
    return [(verb, body, f"{verb} {how}") for verb, body in bodies.items()]


def filled_for(shop: Shop, number: int) -> str:
    """An envelope of ten points for one customer."""
    end = int(time.time() + 3600) * 1_000_000
    body = {
        "total": 10, "count": 1, "asset": "points", "expires_at": end, "audience": [number],
    }  # fmt: skip
    status, told = shop.ask("envelope", body, f"for {number}")
    assert status == 200, told
    return str(told["envelope"])
