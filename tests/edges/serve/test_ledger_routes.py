"""The ledger over HTTP: what is asked, what comes back, and what is refused with which status."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from edges.serve.telling import Telling, telling
from regulars.edges.serve.teller.routes import ROUTES
from regulars.edges.serve.worker.description import description

EXAMPLES = os.environ.get("REGULARS_EXAMPLES", "5")
PHASES = "examples,coverage,fuzzing" if "REGULARS_EXAMPLES" in os.environ else "fuzzing"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with telling(tmp_path_factory.mktemp("ledger")) as made:
        made.post("define", {"asset": "points"}, "define points")
        yield made


def earn(shop: Telling, owner: str, amount: int, key: str):
    legs = [["points", "issuer", -amount], ["points", owner, amount]]
    return shop.post("post", {"legs": legs}, key)


def test_a_post_is_answered_with_its_receipt(shop):
    answer = earn(shop, "customer:1", 50, "earn 1")
    assert answer.status == 200
    told = answer.told
    assert (told["kind"], told["key"]) == ("post", "earn 1")
    # 0 + 50 = 50
    assert told["lines"][1] == {
        "asset": "points", "owner": "customer:1", "amount": 50, "balance": 50
    }  # fmt: skip


def test_the_same_key_again_has_the_same_body_and_says_that_it_was_done_before(shop):
    first, again = (earn(shop, "customer:2", 50, "earn 2") for _ in range(2))
    assert again.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert shop.get("balance?asset=points&owner=customer:2").told["balance"] == 50  # not 100


def test_the_same_key_again_has_the_same_body_to_the_byte_whatever_the_order_it_was_asked_in(shop):
    legs = [["points", "issuer", -1], ["points", "customer:13", 1]]
    event = ["Points Earned", 13, {"shelf": 3, "aisle": {"z": 1, "a": 2}}]
    body = {"legs": legs, "about": {"order": "B", "line": {"z": 1, "a": 2}}, "events": [event]}
    first, again = (shop.post("post", body, "earn 13") for _ in range(2))
    assert again.body == first.body
    name, customer, properties = event
    told = {"event": name, "customer_id": customer, "properties": properties}
    assert (first.told["about"], first.told["events"]) == (body["about"], [told])


def test_a_refusal_is_the_same_when_asked_again_also_once_it_could_be_done(shop):
    spend = {"legs": [["points", "customer:3", -10], ["points", "issuer", 10]]}
    first = shop.post("post", spend, "spend 3")
    assert (first.status, first.told["code"]) == (409, "ledger.insufficient")
    earn(shop, "customer:3", 50, "earn 3")
    again = shop.post("post", spend, "spend 3")
    assert (again.status, again.body) == (409, first.body)
    assert shop.post("post", spend, "spend 3 anew").status == 200


def test_the_same_key_with_another_body_is_a_conflict(shop):
    earn(shop, "customer:4", 50, "earn 4")
    answer = earn(shop, "customer:4", 51, "earn 4")
    assert (answer.status, answer.told["code"]) == (409, "ledger.key_conflict")


def test_a_limit_holds_whatever_the_key(shop):
    claim = {
        "legs": [["points", "issuer", -1], ["points", "customer:5", 1]],
        "limits": [["gift", "customer:5", 1]],
    }
    assert shop.post("post", claim, "claim 5").status == 200
    answer = shop.post("post", claim, "claim 5 again")
    assert (answer.status, answer.told["code"]) == (409, "ledger.limit_reached")


def test_a_hold_is_captured_in_part_and_settled_once(shop):
    earn(shop, "customer:6", 100, "earn 6")
    held = shop.post(
        "hold",
        {
            "owner": "order:6",
            "legs": [["points", "customer:6", -80], ["points", "issuer", 80]],
            "expires_at": 4_000_000_000_000_000,  # in the year 2096
        },
        "hold 6",
    ).told
    balance = shop.get("balance?asset=points&owner=customer:6").told
    assert (balance["balance"], balance["held"], balance["available"]) == (100, 80, 20)
    captured = shop.post("capture", {"hold": held["n"], "amounts": {"points": 30}}, "capture 6")
    assert captured.status == 200
    # 100 - 30, and the other 50 are free again
    balance = shop.get("balance?asset=points&owner=customer:6").told
    assert (balance["balance"], balance["held"], balance["available"]) == (70, 0, 70)
    void = shop.post("void", {"hold": held["n"]}, "void 6")
    assert (void.status, void.told["code"]) == (409, "ledger.already_settled")
    reverse = {"n": captured.told["n"], "amounts": {"points": 31}}
    assert shop.post("reverse", reverse, "reverse 6").told["code"] == "ledger.too_much"


def test_several_entries_are_taken_back_and_something_is_given_besides_all_or_nothing(shop):
    one, two = (earn(shop, "customer:10", amount, f"earn 10 {amount}").told for amount in (30, 50))
    back = {
        "entries": [[one["n"]], [two["n"], {"points": 20}]],
        "legs": [["points", "issuer", -5], ["points", "customer:10", 5]],
        "limits": [["trouble", "customer:10", 1]],
    }
    first = shop.post("take_back", back, "take back 10")
    assert (first.status, first.told["kind"]) == (200, "take_back")
    balance = shop.get("balance?asset=points&owner=customer:10").told["balance"]
    assert balance == 35  # 30 + 50 - 30 - 20 + 5
    assert shop.post("take_back", back, "take back 10").body == first.body
    assert shop.get(f"entries/{first.told['n']}").told == first.told
    # 30 of the second are left; the first is gone, so nothing is done about either.
    again = shop.post("take_back", {"entries": [[two["n"]], [one["n"]]]}, "take back 10 again")
    assert (again.status, again.told["code"]) == (409, "ledger.too_much")
    rest = {**back, "entries": [[two["n"]]]}
    answer = shop.post("take_back", rest, "take back 10 and give again")
    assert (answer.status, answer.told["code"]) == (409, "ledger.limit_reached")
    assert shop.get("balance?asset=points&owner=customer:10").told["balance"] == 35


def test_a_capture_moves_legs_besides_of_what_it_releases(shop):
    earn(shop, "customer:11", 100, "earn 11")
    held = shop.post(
        "hold",
        {
            "owner": "order:11",
            "legs": [["points", "customer:11", -100], ["points", "issuer", 100]],
            "expires_at": 4_000_000_000_000_000,
        },
        "hold 11",
    ).told
    legs = [["points", "customer:11", -70], ["points", "customer:12", 70]]
    capture = {"hold": held["n"], "amounts": {"points": 30}, "legs": legs}
    assert shop.post("capture", capture, "capture 11").status == 200
    balances = [
        shop.get(f"balance?asset=points&owner=customer:{one}").told["balance"] for one in (11, 12)
    ]
    assert balances == [0, 70]


def test_a_note_and_a_post_make_assets_that_are_not_there(shop):
    note = shop.post("note", {"assets": ["stars", "points"], "about": {"shelf": 3}}, "note")
    assert (note.status, note.told["kind"], note.told["about"]) == (200, "note", {"shelf": 3})
    post = {"legs": [["moons", "issuer", -1], ["moons", "customer:1", 1]]}
    assert shop.post("post", post, "moons").status == 404
    assert shop.post("post", {**post, "assets": ["moons"]}, "moons made").status == 200
    balances = [
        shop.get(f"balance?asset={one}&owner=customer:1").told for one in ("stars", "moons")
    ]
    assert [one["balance"] for one in balances] == [0, 1]


def test_pages_of_a_statement_follow_one_another(shop):
    for amount in range(1, 6):
        earn(shop, "customer:7", amount, f"earn 7 {amount}")
    page = shop.get("statement?asset=points&owner=customer:7&limit=3").told
    rest = shop.get(f"statement?asset=points&owner=customer:7&limit=3&before={page['before']}").told
    assert [line["amount"] for line in page["lines"] + rest["lines"]] == [5, 4, 3, 2, 1]
    assert rest["before"] is None


def test_a_page_of_long_entries_is_told_whole(shop):
    about = {"order": "x" * 15_000}
    for number in range(300):
        legs = [["points", "issuer", -1], ["points", "customer:70", 1]]
        assert shop.post("post", {"legs": legs, "about": about}, f"long {number}").status == 200
    page = shop.get("statement?asset=points&owner=customer:70&limit=1000")
    assert len(page.body) > 4 << 20
    assert [line["about"] for line in page.told["lines"]] == [about] * 300


def test_an_entry_and_the_head_are_told(shop):
    told = earn(shop, "customer:8", 5, "earn 8").told
    assert shop.get(f"entries/{told['n']}").told == told
    head = shop.get("head").told
    assert (head["n"], len(head["hash"])) == (told["n"], 64)


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("post", b"", 400, "intake.malformed"),
        ("post", b"[]", 400, "intake.malformed"),
        ("post", b'{"legs":[],"legs":[]}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","asset":"b"}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","about":{"x":1,"x":2}}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","key":"k"}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","type":"define"}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","about":{"x":NaN}}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","about":{"x":1e999}}', 400, "intake.malformed"),
        ("define", b'{"asset":"\xff"}', 400, "intake.malformed"),
        ("define", b'{"asset":"\\ud800"}', 400, "intake.malformed"),
        ("define", b'{"asset":"a","about":' + b"[" * 9000 + b"]" * 9000 + b"}", 400, ""),
        ("post", b'{"legs":[["points","issuer",-1.0],["points","c",1]]}', 400, ""),
        ("post", b'{"legs":[["points","issuer","-1"],["points","c",1]]}', 400, ""),
        ("post", b'{"legs":[["points","issuer",-1e2],["points","c",1]]}', 400, ""),
        ("post", b'{"legs":[["points","issuer",true],["points","c",1]]}', 400, ""),
        ("post", b'{"legs":[["points","issuer",-1,5,5],["points","c",1]]}', 400, ""),
        ("void", b'{"hold":9223372036854775808}', 400, ""),
        ("post", b'{"legs":[["points","issuer",-1],["points","c",2]]}', 422, "ledger.invalid"),
        ("post", b'{"legs":[["points","Issuer",-1],["points","c",1]]}', 422, "ledger.invalid"),
        ("take_back", b'{"entries":[]}', 422, "ledger.invalid"),
        ("take_back", b'{"entries":[[1],[1]]}', 422, "ledger.invalid"),
        ("take_back", b'{"entries":[1]}', 400, ""),
        ("take_back", b'{"entries":[[1,{"points":1},3]]}', 400, ""),
        ("take_back", b'{"entries":[[999999]]}', 404, "ledger.not_found"),
        ("note", b'{"assets":["limit:x"]}', 422, "ledger.invalid"),
        ("expire", b'{"asset":"points","lots":[0]}', 422, "ledger.invalid"),
        ("define", b'{"asset":"points"}', 409, "ledger.already_there"),
        ("void", b'{"hold":999999}', 404, "ledger.not_found"),
        ("expire", b'{"asset":"nothing"}', 404, "ledger.not_found"),
        ("define", b'{"asset":"' + b"a" * 70_000 + b'"}', 413, "intake.too_large"),
    ],
)
def test_what_cannot_be_is_refused(shop, kind, body, status, code):
    answer = shop.post(kind, body, f"refused {body[:50]!r}".encode().hex()[:200])
    assert answer.status == status, answer.body
    assert answer.told["code"].startswith(code)
    assert set(answer.told) == {"code", "message", "where", "todo"}
    assert str(shop.home) not in answer.body.decode()


def test_without_an_idempotency_key_nothing_is_done(shop):
    before = shop.get("head").told["n"]
    answer = shop.post("define", {"asset": "keyless"}, None)
    assert (answer.status, answer.told["where"]["column"]) == (400, "Idempotency-Key")
    assert shop.get("head").told["n"] == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("balance?asset=points", 400),
        ("balance?asset=points&owner=customer:1&owner=customer:2", 400),
        ("balance?asset=points&owner=customer:1&then=x", 400),
        ("balance?asset=points&owner=%00", 400),
        ("balance?asset=points&owner=%ff", 400),
        ("balance?asset=nothing&owner=customer:1", 404),
        ("statement?asset=points&owner=customer:1&limit=0", 400),
        ("statement?asset=points&owner=customer:1&limit=1001", 400),
        ("statement?asset=points&owner=customer:1&before=x", 400),
        ("entries/0", 400),
        ("entries/99999999999999999999", 400),
        ("entries/999999999", 404),
        ("entries/1/2", 404),
        ("nothing", 404),
        ("post", 405),
    ],
)
def test_questions_that_cannot_be_are_refused(shop, path, status):
    assert shop.get(path).status == status


def test_another_method_is_told_which_one_is_taken(shop):
    answer = shop.worker.ask("DELETE", "/v1/ledger/head")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_who_had_nothing_ever_has_nothing(shop):
    assert shop.get("balance?asset=points&owner=customer:nobody").told["balance"] == 0


def test_every_route_is_described():
    told = description()["paths"]
    for route in ROUTES:
        assert route.method.lower() in told[route.path], route
    post = told["/v1/ledger/post"]["post"]
    assert [one["name"] for one in post["parameters"]] == ["Idempotency-Key"]
    assert {"apiKey": []} in post["security"]
    assert {"401", "403", "409", "422", "429", "503"} <= set(post["responses"])


def test_every_reference_of_the_description_leads_somewhere():
    told = description()
    text = json.dumps(told)
    for name in set(text.split('"#/components/schemas/')[1:]):
        assert name.split('"')[0] in told["components"]["schemas"]


def test_figures_tell_of_commands_refusals_and_commits(shop):
    assert earn(shop, "customer:9", 50, "earn for figures").status == 200
    text = shop.worker.ask("GET", "/metrics").body.decode()
    figures = dict(
        line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("regulars_store_")
    )
    assert float(figures['regulars_store_requests_total{route="ledger.post",status="200"}']) > 0
    for name in ("commands_total", "commits_total", "journal_n", "memory_bytes"):
        assert float(figures[f"regulars_store_{name}"]) > 0
    assert float(figures["regulars_store_failing"]) == 0


@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
)
def test_schemathesis_finds_nothing_that_the_description_does_not_say(shop, tmp_path):
    """What an asset's legs sum to, and which holds there are, cannot be found by trying."""
    done = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "run", f"{shop.worker.address}/openapi.json", "--checks", "all",
            "--exclude-checks", "positive_data_acceptance", "--phases", PHASES,
            "--max-examples", EXAMPLES, "--include-tag", "ledger", "--seed", "1", "--no-color",
            "--header", f"Authorization: Bearer {shop.key}",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"bug"' not in shop.log.read_text()
