"""Benefits over HTTP: a checkout from the published rules to the last refund, and who may not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from edges.serve.telling import Telling, key_of, telling
from edges.serve.worker.running import Answer
from regulars.app.benefits.check import check_benefits
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.ledger.verify import verify
from running_server import RunningServer

RULES = """
[points]
worth = 1
worth_of = 100
step = 100
most_percent = 50

[[coupon]]
name = "spring"
title = "20 off 100"
kind = "amount"
amount = 20
threshold = 100
public = true
stock = 5
budget = "may"

[[coupon]]
name = "secret"
title = "10 %"
kind = "percent"
percent = 10
ceiling = 15
days = 10

[[gift]]
name = "mug"
title = "a mug"
worth = 12.5
stock = 3

[[budget]]
name = "may"
money = 100
"""
BASKET = {
    "lines": [
        {"id": "1", "product": "tea", "category": "tea/green", "quantity": 2, "unit_price": 60_00},
        {"id": "2", "product": "pot", "quantity": 1, "unit_price": 80_00},
    ],
    "shipping": 8_00,
}
EXAMPLES = os.environ.get("REGULARS_EXAMPLES", "5")
PHASES = "examples,coverage,fuzzing" if "REGULARS_EXAMPLES" in os.environ else "fuzzing"
KEYS = (f"key {number}" for number in count())


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with telling(tmp_path_factory.mktemp("benefits")) as made:
        assert ask(made, "define", {"toml": RULES}, "define").status == 200
        yield made
        with open_store(Home.open(made.home)) as store, store.read() as connection:
            verify(connection)
            check_benefits(connection)


def ask(shop: Telling, name: str, body: object, key: str | None = None, **who: str) -> Answer:
    return shop.post(name, body, key or next(KEYS), of="benefits", **who)


def done(shop: Telling, name: str, body: object, key: str | None = None) -> dict[str, object]:
    answer = ask(shop, name, body, key)
    assert answer.status == 200, answer.told
    return answer.told


def card(shop: Telling, customer: int) -> dict[str, object]:
    return shop.get(f"customers/{customer}", of="benefits").told


def test_a_checkout_from_claim_to_the_last_refund(shop):
    done(shop, "issue", {"customer": 1, "points": 10_000, "why": "welcome"})
    done(shop, "claim", {"customer": 1, "coupon": "spring"})
    wish = {"points": "most", "balance": "most"}
    asked = {"customer": 1, "basket": BASKET, "wish": wish}
    quoted = shop.post("quote", asked, None, of="benefits").told
    # 200.00 of goods - 20.00 = 180.00; half of that may be paid in points, 90.00, and 10,000
    # points are worth 100.00; 90.00 + 8.00 of shipping are left.
    assert (quoted["pay"], quoted["points"]) == (98_00, 9_000)
    held = done(shop, "hold", {**asked, "order": "A1", "expected_pay": 98_00})
    assert held["quote"]["pay"] == 98_00
    assert card(shop, 1)["points"]["available"] == 1_000
    done(shop, "pay", {"order": "A1"})
    assert card(shop, 1)["coupons"] == []
    one = done(shop, "refund", {"order": "A1", "refund": "R1", "lines": {"1": 1}})
    rest = done(shop, "refund", {"order": "A1", "refund": "R2", "shipping": True})
    assert one["points"] + rest["points"] == 9_000
    assert one["cash"] + rest["cash"] == 98_00
    (coupon,) = card(shop, 1)["coupons"]
    assert (coupon["coupon"], coupon["count"]) == ("spring", 1)
    assert card(shop, 1)["points"]["available"] == 10_000


def test_a_refund_is_restored_once_whatever_the_key(shop):
    done(shop, "issue", {"customer": 2, "points": 1_000})
    done(shop, "redeem", {
        "customer": 2, "order": "B1", "basket": BASKET, "wish": {"points": 1_000},
    })  # fmt: skip
    back = {"order": "B1", "refund": "R", "lines": {"2": 1}}
    done(shop, "refund", back)
    again = ask(shop, "refund", back)
    assert again.status == 409
    assert card(shop, 2)["points"]["available"] < 1_000


def test_the_same_key_again_says_the_same_and_does_nothing(shop):
    body = {"customer": 3, "points": 70}
    first, again = (ask(shop, "issue", body, "twice") for _ in range(2))
    assert (first.status, first.body) == (again.status, again.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert card(shop, 3)["points"]["available"] == 70
    other = ask(shop, "issue", {"customer": 3, "points": 71}, "twice")
    assert (other.status, other.told["code"]) == (409, "ledger.key_conflict")


def test_of_a_stock_of_five_no_sixth_is_claimed_however_many_come_at_once(shop):
    customers = range(100, 140)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda who: ask(shop, "claim", {"customer": who, "coupon": "spring"}, f"rush {who}"),
            customers,
        ))  # fmt: skip
    given = sum(answer.status == 200 for answer in answers)
    # One of the five went to customer 1, and came back into their hands.
    assert given in (4, 5)
    assert {answer.told["code"] for answer in answers if answer.status != 200} == {
        "ledger.insufficient"
    }


def test_codes_are_told_again_under_their_key_and_a_code_is_good_once(shop):
    body = {"coupon": "secret", "count": 3}
    codes = done(shop, "codes", body, "codes")["codes"]
    assert done(shop, "codes", body, "codes")["codes"] == codes
    assert done(shop, "claim", {"customer": 4, "code": codes[0].lower()})["coupon"] == "secret"
    used = ask(shop, "claim", {"customer": 5, "code": codes[0]})
    none = ask(shop, "claim", {"customer": 5, "code": "AAAAAA-BBBBBB-CCCCCC"})
    assert (used.status, used.body) == (none.status, none.body)
    assert used.told["code"] == "benefit.wrong_code"


def test_who_guesses_codes_has_to_wait(shop):
    answers = [
        ask(shop, "claim", {"customer": 6, "code": f"AAAAAA-BBBBBB-{number:06}"})
        for number in range(22)
    ]
    assert [answer.status for answer in answers[:20]] == [404] * 20
    assert answers[20].status == 429
    assert int(answers[20].headers["retry-after"]) > 60


def test_a_red_envelope_is_shared_to_the_coin(shop):
    ends = 2**52
    filled = done(shop, "envelope", {"total": 10_00, "count": 7, "expires_at": ends}, "envelope")
    assert done(
        shop, "envelope", {"total": 10_00, "count": 7, "expires_at": ends}, "envelope"
    )["envelope"] == filled["envelope"]  # fmt: skip
    claims = [
        ask(shop, "claim", {"customer": who, "envelope": filled["envelope"]})
        for who in (*range(201, 208), 201, 208)
    ]
    shares = [answer.told["amount"] for answer in claims[:7]]
    assert sum(shares) == 10_00
    assert min(shares) >= 1
    assert [answer.status for answer in claims[7:]] == [409, 409]
    told = shop.get(f"envelopes/{filled['envelope']}", of="benefits").told
    assert (told["claimed"], told["left"]) == (7, 0)


def test_a_gift_goes_its_way_and_its_address_is_told_to_nobody(shop):
    gift = done(shop, "issue", {"customer": 7, "gift": "mug"})
    address = {"name": "Li Lei", "street": "1 Tea Road"}
    done(shop, "address", {"n": gift["n"], "customer": 7, "address": address})
    done(shop, "send", {"n": gift["n"], "tracking": "SF1"})
    done(shop, "receive", {"n": gift["n"], "customer": 7})
    (one,) = card(shop, 7)["gifts"]
    assert (one["state"], one["tracking"]) == ("received", "SF1")
    raw = (shop.home / "store.sqlite").read_bytes() + (shop.home / "store.sqlite-wal").read_bytes()
    assert b"Tea Road" not in raw


def test_what_is_owed_is_told(shop):
    found = shop.get("liability", of="benefits").told
    assert found["points"]["outstanding"] > 0
    (budget,) = found["budgets"]
    assert budget["funded"] == budget["left"] + budget["reserved"] + budget["spent"] == 100_00


def test_published_again_nothing_changes_and_a_mistake_has_its_line(shop):
    assert done(shop, "define", {"toml": RULES})["changes"] == []
    wrong = ask(shop, "define", {"toml": RULES.replace("percent = 10", "percent = 110")})
    assert wrong.status == 422
    assert wrong.told["where"]["line"] == RULES.splitlines().index("percent = 10") + 1


def test_a_key_that_is_too_long_is_refused_also_where_nothing_is_to_be_done(shop):
    answer = ask(shop, "define", {"toml": RULES}, "k" * 256)
    assert (answer.status, answer.told["code"]) == (422, "ledger.invalid")


@pytest.mark.parametrize("customer", ["0", "0" * 300, "9" * 17])
def test_nobody_has_a_number_that_is_none(shop, customer):
    answer = shop.get(f"customers/{customer}", of="benefits")
    assert (answer.status, answer.told["code"]) == (404, "benefit.not_found")


def test_a_key_for_reading_gives_nothing(shop):
    reads = key_of(shop.home, "reader", "benefits:read")
    assert shop.get("customers/1", who=reads, of="benefits").status == 200
    refused = ask(shop, "issue", {"customer": 1, "points": 5}, who=reads)
    assert (refused.status, refused.told["code"]) == (403, "access.refused")


def test_a_customer_by_the_shops_own_id_needs_the_owner(shop):
    answer = ask(shop, "issue", {"customer": "shop:1001", "points": 5})
    assert (answer.status, answer.told["code"]) == (503, "serve.owner_away")


@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
)
def test_schemathesis_finds_nothing_that_the_description_does_not_say(tmp_path):
    """Which customers, orders and coupons there are cannot be found by trying."""
    home = tmp_path / "home"
    make_home(home)
    key = key_of(home, "web-shop", "benefits:read", "benefits:write")
    server = RunningServer(home)
    try:
        done = tried(server.url, key, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"bug"' not in server.log()
    finally:
        server.stop()


def tried(url: str, key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "run", f"{url}/openapi.json", "--checks", "all",
            "--exclude-checks", "positive_data_acceptance", "--phases", PHASES,
            "--max-examples", EXAMPLES, "--include-tag", "benefits", "--seed", "1", "--no-color",
            "--header", f"Authorization: Bearer {key}",
        ],
        cwd=folder, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
