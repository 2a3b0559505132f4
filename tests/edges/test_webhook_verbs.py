"""webhook add, list, test, rotate, pause, resume, remove, replay, retry, failures, send."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import as_json, regulars
from delivery.webhook.receiver import Receiver, answer
from regulars import Shop
from regulars.app.webhooks import Webhooks
from regulars.errors import AddressRefused, UnknownValue
from regulars.ledger.command import Define, Leg, Post, Told
from running_server import RunningServer, until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def home(tmp_path, receiver) -> Path:
    Shop.create(tmp_path / "shop", language="en").close()
    own = (
        f'[webhooks]\nallow_private = true\nhttp_hosts = ["127.0.0.1"]\n'
        f"ports = [{receiver.port}, 9]\n"
    )
    settings = tmp_path / "shop" / "regulars.toml"
    settings.write_text(settings.read_text().replace("[webhooks]\n", own))
    return tmp_path / "shop"


def tell(home: Path, *keys: str) -> None:
    legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 1))
    with Shop(home) as shop, shop.ledger() as ledger:
        ledger.ask(Define(key="points", asset="points"), "cli")
        for key in keys:
            told = (Told("Points Earned", 7, {"key": key}),)
            ledger.ask(Post(key=key, legs=legs, events=told), "cli")


def webhook(home: Path, *arguments: str) -> dict:
    return as_json("--home", home, "webhook", *arguments)


def test_from_adding_one_to_what_it_hears_by_hand(home, receiver):
    told = regulars(
        "--home", home, "webhook", "add", "erp", receiver.url, "--event", "Points Earned"
    ).stdout
    assert told.startswith(f"erp is told of points.earned at {receiver.url}\n")
    assert "  Secret: whsec_" in told
    assert stat.S_IMODE((home / "keys" / "webhooks.json").stat().st_mode) == 0o600
    tell(home, "a", "b")
    assert regulars("--home", home, "webhook", "send").stdout == "erp: 2 heard, 0 missed\n"
    assert receiver.keys == ["a", "b"]
    secret = told.split("Secret: ")[1].split()[0]
    assert receiver.heard[0].verified(secret)["type"] == "points.earned"
    assert webhook(home, "list")["webhooks"] == [
        {
            "name": "erp", "url": receiver.url, "events": ["Points Earned"], "paused": "",
            "told": 3, "head": 3, "missed": 0, "given_up": 0,
        }
    ]  # fmt: skip


def test_no_list_shows_a_secret(home, receiver):
    secret = webhook(home, "add", "erp", receiver.url)["secret"]
    for told in (("webhook", "list"), ("--json", "webhook", "list"), ("doctor",)):
        assert secret not in regulars("--home", home, *told).stdout


def test_the_trial_says_whether_it_arrives(home, receiver):
    secret = webhook(home, "add", "erp", receiver.url)["secret"]
    assert webhook(home, "test", "erp")["heard"] is True
    assert receiver.heard[0].verified(secret)["type"] == "webhook.test"
    receiver.answers = [answer(500)]
    told = regulars("--home", home, "webhook", "test", "erp", code=1).stdout
    assert told.startswith("erp: not heard (HTTP 500) in ")


def test_an_address_that_only_the_server_reaches_is_refused_unless_the_settings_allow_it(home):
    settings = home / "regulars.toml"
    settings.write_text(settings.read_text().replace("allow_private = true", ""))
    told = regulars("--home", home, "webhook", "add", "erp", "http://127.0.0.1:9/", code=1).stderr
    assert told.startswith("webhook.address_refused: host = '127.0.0.1': the name leads to 127.0")
    assert "allow_private" in told
    for url in ("https://169.254.169.254/", "file:///etc/passwd", "https://localhost/"):
        assert "webhook.address_refused" in (
            regulars("--home", home, "webhook", "add", "erp", url, code=1).stderr
        )
    assert regulars("--home", home, "webhook", "list").stdout.startswith("There are no webhooks")


def test_what_was_missed_is_listed_with_its_next_try_and_sent_when_asked(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    tell(home, "a")
    receiver.answers = [answer(500)]
    sent = regulars("--home", home, "webhook", "send").stdout
    assert sent == "erp: 0 heard, 1 missed (HTTP 500)\n"
    (missed,) = webhook(home, "failures", "erp")["failures"]
    assert (missed["n"], missed["type"], missed["tries"]) == (2, "points.earned", 1)
    assert missed["id"] == receiver.heard[0].id
    assert missed["next_at"] > 0
    assert "1 try  again " in regulars("--home", home, "webhook", "failures", "erp").stdout
    assert webhook(home, "list")["webhooks"][0]["missed"] == 1
    assert webhook(home, "retry", "erp") == {"name": "erp", "messages": 1}
    assert webhook(home, "send")["webhooks"][0]["heard"] == 1
    assert regulars("--home", home, "webhook", "failures", "erp").stdout == (
        "erp has missed nothing.\n"
    )


def test_replayed_it_hears_again_what_came_after_a_row(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    tell(home, "a", "b", "c")
    webhook(home, "send")
    webhook(home, "replay", "erp", "--since", "3")
    webhook(home, "send")
    assert receiver.keys == ["a", "b", "c", "c"]
    assert receiver.heard[2].id == receiver.heard[3].id
    webhook(home, "replay", "erp", "--since", "99")
    tell(home, "d")
    webhook(home, "send")
    assert receiver.keys[4:] == ["d"], "nobody is sent ahead of what happens"


def test_one_that_was_never_told_is_replayed_from_before_it_was_made(home, receiver):
    tell(home, "a", "b")
    webhook(home, "add", "erp", receiver.url)
    webhook(home, "replay", "erp", "--since", "0")
    tell(home, "c")
    webhook(home, "send")
    assert receiver.keys == ["a", "b", "c"]
    webhook(home, "add", "other", receiver.url)
    webhook(home, "replay", "other", "--since", "99")
    tell(home, "d")
    webhook(home, "send", "other")
    assert receiver.keys[3:] == ["d"], "it is not sent ahead of what happens either"


def test_paused_it_hears_nothing_and_resumed_all_of_it(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    assert webhook(home, "pause", "erp") == {"name": "erp", "state": "paused"}
    tell(home, "a")
    assert webhook(home, "send") == {"webhooks": []}
    assert "paused; told up to row 0 of 2" in regulars("--home", home, "webhook", "list").stdout
    webhook(home, "resume", "erp")
    webhook(home, "send")
    assert receiver.keys == ["a"]


def test_the_doctor_tells_of_those_that_do_not_get_through(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    tell(home, "a")
    receiver.answers = [answer(503)]
    webhook(home, "send")

    def said() -> dict[str, str]:
        findings = as_json("--home", home, "doctor")["findings"]
        (found,) = [one for one in findings if one["subject"] == "webhook erp"]
        return found

    found = said()
    assert found["level"] == "warning"
    assert found["message"].startswith("1 wait to be sent again, 0 are given up, since 20")
    assert found["message"].endswith("; last: HTTP 503")
    webhook(home, "retry", "erp")
    webhook(home, "send")
    assert (said()["level"], said()["message"]) == ("ok", "all that was sent was heard")


def test_gone_by_hand_it_is_paused_too(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    tell(home, "a")
    receiver.answers = [answer(410)]
    webhook(home, "send")
    assert "410" in webhook(home, "list")["webhooks"][0]["paused"]


def test_a_new_secret_and_the_old_one_both_sign_for_a_while(home, receiver):
    old = webhook(home, "add", "erp", receiver.url)["secret"]
    told = webhook(home, "rotate", "erp")
    assert told["grace_seconds"] == 86_400
    webhook(home, "test", "erp")
    assert receiver.heard[0].verified(old)
    assert receiver.heard[0].verified(told["secret"])
    last = webhook(home, "rotate", "erp", "--grace", "0")["secret"]
    webhook(home, "test", "erp")
    assert receiver.heard[1].verified(last)
    for gone in (old, told["secret"]):
        with pytest.raises(Exception, match="No matching"):
            receiver.heard[1].verified(gone)


def test_removed_nothing_of_it_is_left(home, receiver):
    webhook(home, "add", "erp", receiver.url)
    tell(home, "a")
    webhook(home, "send")
    webhook(home, "remove", "erp")
    assert webhook(home, "list") == {"webhooks": []}
    for verb in ("test", "rotate", "pause", "failures", "remove"):
        assert regulars("--home", home, "webhook", verb, "erp", code=1).stderr.startswith(
            "value.unknown: "
        )


def test_the_same_in_python(home, receiver):
    with Shop(home) as shop:
        webhooks = shop.webhooks()
        assert isinstance(webhooks, Webhooks)
        made = webhooks.add("erp", receiver.url)
        got, seconds = webhooks.test("erp")
        assert got.is_good
        assert seconds < 10
        assert receiver.heard[0].verified(made.secrets[-1].text)
        with pytest.raises(UnknownValue):
            webhooks.test("erb")
        with pytest.raises(AddressRefused):
            webhooks.add("other", "https://10.0.0.7:22/")


def test_a_running_server_sends_by_itself_and_says_so_to_whoever_sends_by_hand(home, receiver):
    secret = webhook(home, "add", "erp", receiver.url)["secret"]
    with RunningServer(home) as server:
        tell(home, "a")
        until(lambda: receiver.keys == ["a"])
        assert receiver.heard[0].verified(secret)
        told = regulars("--home", home, "webhook", "send", code=1).stderr
        assert told.startswith("home.busy: ")
        receiver.answers = [answer(422)]
        tell(home, "b")
        until(lambda: "a webhook does not get through" in server.log())
        lines = [json.loads(line) for line in server.log().splitlines()]
        (line,) = (one for one in lines if one["event"] == "a webhook does not get through")
        assert (line["webhook"], line["said"]) == ("erp", "HTTP 422")
        assert receiver.url not in server.log()
        told = server.metrics()
        names = ("sent_total", "failed_total", "waiting", "given_up")
        assert [told[f"regulars_store_webhooks_{name}"] for name in names] == [1, 1, 1, 0]


def test_an_event_that_the_store_does_not_tell_is_pointed_out(home, receiver):
    told = regulars(
        "--home", home, "webhook", "add", "erp", receiver.url, "--event", "Coupn Claimed",
        "--event", "Points Earned",
    ).stdout.splitlines()  # fmt: skip
    notes = [line for line in told if line.startswith("  Note: ")]
    assert notes == [
        "  Note: event.coupn_claimed is told only where you have the ledger tell it yourself;"
        " did you mean coupon.claimed?"
    ]


def test_all_of_it_is_in_chinese_where_the_shop_is(home, receiver):
    settings = home / "regulars.toml"
    settings.write_text(settings.read_text().replace('language = "en"', 'language = "zh"'))

    def told(*arguments: str, code: int = 0) -> str:
        return regulars("--home", home, "webhook", *arguments, code=code).stdout

    assert told("list") == "还没有 webhook。新建：regulars webhook add NAME URL\n"
    added = told("add", "erp", receiver.url, "--event", "Points Earned")
    assert added.startswith(f"erp 将收到 points.earned：{receiver.url}\n  密钥：whsec_")
    tell(home, "a")
    receiver.answers = [answer(500), answer(500)]
    assert told("test", "erp", code=1).startswith("erp：未收到（HTTP 500），")
    assert told("send") == "erp：收到 0，遗漏 1（HTTP 500）\n"
    assert "已试 1 次" in told("failures", "erp")
    assert told("retry", "erp") == "erp：1 条将重发\n"
    assert told("pause", "erp") == "erp 暂停通知，期间发生的事会等它。\n"
    assert "已暂停；已通知到第 2 行，共 2 行；遗漏 1，放弃 0" in told("list")
    assert told("resume", "erp") == "erp 已恢复通知。\n"
    assert "旧密钥已失效。" in told("rotate", "erp", "--grace", "0")
    assert told("replay", "erp", "--since", "0") == "erp 将重发第 0 行之后的消息。\n"
    assert told("remove", "erp") == "erp 已移除，不再通知。\n"
