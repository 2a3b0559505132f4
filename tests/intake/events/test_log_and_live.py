"""A message that came live and stands in a log of its connection is one, whichever was first."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from intake.events.shop import ALL, AT, EventShop, track
from regulars.app.as_of import refresh
from regulars.app.home import make_home
from regulars.app.rebuild import rebuild
from regulars.edges.shop import Shop
from regulars.errors import IntakeError, SettingsError, UnknownValue
from regulars.intake.connection import Connections
from regulars.intake.inbox.frame import PUBLIC, Received
from regulars.intake.landing import Landing
from regulars.intake.report import FileReport

NAME = "site"

ORDER = {
    "order_id": "o1", "total": 30, "currency": "CNY",
    "products": [{"product_id": "T1", "price": 15, "quantity": 2}],
}  # fmt: skip
MESSAGES: list[dict[str, Any]] = [
    track("m1", "tea_lover", anonymousId="d1", properties={"product_id": "T1", "price": 15}),
    track("m2", None, anonymousId="d1", context={"campaign": {"source": "qq"}}),
    {
        "type": "identify", "messageId": "m3", "userId": "tea_lover",
        "traits": {"email": "li@example.com", "mobile": "13812345678", "gender": "f"},
    },
    track("m4", "tea_lover", event="Order Completed", properties=ORDER),
    # A number that names somebody is kept by its hash, also as the number of the refund.
    track(
        "refund:li@example.com", "tea_lover", event="Order Refunded",
        properties={"order_id": "o1", "total": 12, "currency": "CNY"},
    ),
    track("m6", " wang@example.com ", anonymousId="d2"),
    {"type": "alias", "messageId": "m7", "userId": "tea_lover", "previousId": "guest-77"},
    {"type": "track", "event": "Cart Viewed", "messageId": 8, "userId": 1001},
    track("m9", None, context={"traits": {"phoneNumber": "13812345678"}}),
    track("m10", "138****5678", anonymousId="d3"),
]  # fmt: skip
for _place, _message in enumerate(MESSAGES):
    _message["timestamp"] = f"2026-01-04T02:{_place:02d}:00.000Z"

LOG = "".join(
    json.dumps({**one, "receivedAt": "2026-01-04T03:00:00.000Z"}, separators=(",", ":")) + "\n"
    for one in MESSAGES
)
COUNT = len(MESSAGES)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Homes with a connection of the platform and the log beside it; all with the same keys."""
    empty: dict[tuple[str, str], Path] = {}

    def made(folder: Path, platform: str = "shop", use: Any = "events") -> Path:
        if (platform, use) not in empty:
            home = tmp_path_factory.mktemp(f"{platform}-{use}") / "x"
            make_home(home, name="x")
            (home / "log.jsonl").write_text(LOG, "utf-8")
            with Shop(home) as shop:
                shop.connect(NAME, use, platform=platform)
            empty[platform, use] = home
        return Path(shutil.copytree(empty[platform, use], folder))

    return made


def sent(home: Path) -> Received:
    """The messages as a client sends them."""
    made = Connections(home / "keys").by_name(NAME)
    body = json.dumps({"batch": MESSAGES}, separators=(",", ":")).encode()
    return Received(NAME, "batch", AT, body, PUBLIC if made.use == "public" else {})


def came_live(home: Path) -> None:
    with EventShop(home) as shop:
        shop.take(sent(home))


def came_live_and_was_settled(home: Path) -> None:
    with EventShop(home) as shop:
        shop.take(sent(home))
        shop.absorber.settle()


def waits_in_the_inbox(home: Path) -> None:
    with EventShop(home) as shop:
        shop.receive(sent(home))


def stood_in_the_log(home: Path) -> FileReport:
    with Shop(home) as shop:
        (report,) = shop.import_files(home / "log.jsonl", connection=NAME)
    assert report.rows_read == report.accepted + report.duplicate + report.rejected == COUNT
    return report


def made_anew(home: Path) -> None:
    with Shop(home) as shop:
        refresh(shop.warehouse, shop.home)
        found = shop.home
    assert rebuild(found, lambda _: None).identical


def told(home: Path) -> dict[str, Any]:
    """All that is known: events, who they are of, who is one person, orders and refunds."""
    with Shop(home) as shop:
        work = shop.warehouse
        refresh(work, shop.home)

        def rows(query: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = work.sql(f"FROM ({query}) ORDER BY ALL").to_pylist()
            return found

        columns = ", ".join(f'"{one}"' for one in ALL if one not in ("node", "received_at"))
        ids = "LEFT JOIN identities ON identities.customer_id = node"
        persons = "identities LEFT JOIN merges USING (customer_id)"
        return {
            "events": rows(f"SELECT {columns}, namespace, identity FROM events_all {ids}"),
            "ids": rows("SELECT namespace, identity FROM identities"),
            "links": rows('SELECT one, other, how, verified, connection, "at" FROM identity_links'),
            "people": rows(
                "SELECT list_sort(list(namespace || ' ' || identity)) AS person"
                f" FROM {persons} GROUP BY coalesce(survivor, customer_id)"
            ),
            "orders": rows("SELECT order_id, paid, refunded, status, placed_at FROM orders"),
            "lines": rows("SELECT product_id, quantity FROM order_lines"),
        }


@pytest.fixture(scope="module")
def live_alone(shops: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """By platform and use, what is known where the messages came live and in no log."""
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def of(platform: str, use: str = "events") -> dict[str, Any]:
        if (platform, use) not in known:
            home = shops(tmp_path_factory.mktemp("live") / "x", platform, use)
            came_live_and_was_settled(home)
            known[platform, use] = told(home)
        return known[platform, use]

    return of


@pytest.mark.parametrize("arrival", [
    (stood_in_the_log,),
    (stood_in_the_log, came_live),
    (stood_in_the_log, came_live_and_was_settled, made_anew),
    (stood_in_the_log, made_anew, came_live),
    (came_live, stood_in_the_log),
    (waits_in_the_inbox, stood_in_the_log, came_live, stood_in_the_log),
    (came_live_and_was_settled, stood_in_the_log, made_anew),
    (came_live_and_was_settled, made_anew, stood_in_the_log, came_live_and_was_settled),
], ids=lambda arrival: "-".join(one.__name__ for one in arrival))  # fmt: skip
def test_in_whatever_order_they_arrive_each_message_is_one(
    tmp_path: Path, shops: Any, live_alone: Any, arrival: Any
) -> None:
    home = shops(tmp_path / "x")
    met = False
    for step in arrival:
        report = step(home)
        if report is not None:
            assert (report.accepted, report.duplicate) == ((0, COUNT) if met else (COUNT, 0))
        met = met or step is not made_anew
    assert told(home) == live_alone("shop")
    assert len(told(home)["events"]) == COUNT


@pytest.mark.parametrize("platform", ["taobao", "jd", "shopify", "woocommerce", "pdd"])
@pytest.mark.parametrize("arrival", [
    (stood_in_the_log, came_live), (came_live, stood_in_the_log)
], ids=["log-first", "live-first"])  # fmt: skip
def test_accounts_that_are_kept_secret_are_the_same_people(
    tmp_path: Path, shops: Any, live_alone: Any, platform: str, arrival: Any
) -> None:
    home = shops(tmp_path / "x", platform)
    for step in arrival:
        step(home)
    assert told(home) == live_alone(platform)


@pytest.mark.parametrize("arrival", [
    (stood_in_the_log, came_live), (came_live, stood_in_the_log)
], ids=["log-first", "live-first"])  # fmt: skip
def test_of_a_public_connection_the_log_is_believed_no_more_than_its_messages(
    tmp_path: Path, shops: Any, live_alone: Any, arrival: Any
) -> None:
    home = shops(tmp_path / "x", use="public")
    for step in arrival:
        step(home)
    found = told(home)
    assert found == live_alone("shop", "public")
    assert found["orders"] == []


def test_the_messages_that_come_after_the_log_are_counted_as_duplicates(
    tmp_path: Path, shops: Any
) -> None:
    home = shops(tmp_path / "x")
    stood_in_the_log(home)
    came_live(home)
    with EventShop(home) as shop:
        assert shop.accounts() == {NAME: (0, COUNT, 0)}


def test_a_log_taken_in_without_its_connection_is_taken_in_anew_with_it(
    tmp_path: Path, shops: Any
) -> None:
    home = shops(tmp_path / "x")
    with Shop(home) as shop:
        shop.import_files(home / "log.jsonl")
    assert stood_in_the_log(home).accepted == COUNT  # and no cache passes them by


def test_the_flattened_log_is_the_same_messages_too(tmp_path: Path, shops: Any) -> None:
    home = shops(tmp_path / "x", "taobao")
    came_live(home)
    people = told(home)["people"]
    flat = home / "log.csv"
    flat.write_text(
        "type,messageId,timestamp,userId,anonymousId,event,traits.email,properties.email\n"
        "track,m1,2026-01-04T02:00:00Z,tea_lover,d1,Product Viewed,,friend@example.com\n"
        "identify,m3,2026-01-04T02:02:00Z,tea_lover,,,li@example.com,\n"
        "track,m99,2026-01-04T02:02:00Z,tea_lover,,Cart Viewed,,\n",
        "utf-8",
    )
    with Shop(home) as shop:
        (report,) = shop.import_files(flat, connection=NAME)
    assert (report.accepted, report.duplicate) == (1, 2)
    assert told(home)["people"] == people


def test_rows_that_can_be_no_message_of_the_connection_are_rejected_with_a_reason(
    tmp_path: Path, shops: Any
) -> None:
    home = shops(tmp_path / "x")
    nameless, odd = dict(MESSAGES[0]), {**MESSAGES[0], "userId": {"id": 7}}
    del nameless["messageId"]
    (home / "odd.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in (nameless, odd, MESSAGES[1])), "utf-8"
    )
    with Shop(home) as shop:
        (report,) = shop.import_files(home / "odd.jsonl", connection=NAME)
        reasons = shop.rejects()["reason"].to_pylist()
    assert (report.accepted, report.rejected) == (1, 2)
    assert sorted(reasons) == ["missing", "not_text"]


ORDERS = "order_id,placed_at,paid,customer_id\no1,2026-01-04,10,7\n"
NUMBERLESS = "event,at,customer_id\nSearched,2026-01-05,9\n"


@pytest.mark.parametrize(("content", "name", "error", "says"), [
    (ORDERS, NAME, IntakeError, "this is a file of orders"),
    (NUMBERLESS, NAME, IntakeError, "an event log without numbers of messages"),
    (ORDERS, "sight", UnknownValue, "Did you mean 'site'"),
    (ORDERS, "dashboard", SettingsError, "it is for read"),
    (ORDERS, "till", SettingsError, "it is for webhook"),
])  # fmt: skip
def test_what_cannot_have_come_through_it_is_refused_and_nothing_is_taken_in(
    tmp_path: Path, shops: Any, content: str, name: str, error: type[Exception], says: str
) -> None:
    home = shops(tmp_path / "x")
    (home / "x.csv").write_text(content, "utf-8")
    with Shop(home) as shop:
        shop.connect("dashboard", "read")
        shop.connect("till", "webhook")
        with pytest.raises(error, match=says):
            shop.import_files(home / "log.jsonl", home / "x.csv", connection=name)
    assert Landing(home / "landing").entries() == []


def test_a_file_of_another_platform_names_other_people_and_is_refused(
    tmp_path: Path, shops: Any
) -> None:
    home = shops(tmp_path / "x", "taobao")
    (home / "map.toml").write_text(
        'platform = "jd"\nkind = "events"\n[columns]\nname = "what"\nat = "when"\n'
        'message_id = "id"\ncustomer_id = "who"\n',
        "utf-8",
    )
    (home / "x.csv").write_text("what,when,id,who\nSearched,2026-01-04,m1,7\n", "utf-8")
    with Shop(home) as shop, pytest.raises(IntakeError, match="of jd, and the connection site"):
        shop.import_files(home / "x.csv", mapping=home / "map.toml", connection=NAME)


def test_the_verb_takes_the_name_and_tells_the_names_that_there_are(
    tmp_path: Path, shops: Any
) -> None:
    home = shops(tmp_path / "x")
    came_live(home)

    def run(name: str) -> subprocess.CompletedProcess[str]:
        verb = ["--home", str(home), "import", str(home / "log.jsonl"), "--connection", name]
        return subprocess.run(
            [sys.executable, "-m", "regulars", *verb], capture_output=True, text=True, check=False
        )

    wrong, right = run("sight"), run(NAME)
    assert wrong.returncode != 0
    assert "'sight' is no connection. Did you mean 'site'?" in wrong.stderr
    assert right.returncode == 0, right.stderr
    assert f"{COUNT} rows = 0 accepted + {COUNT} seen before + 0 rejected" in right.stdout
