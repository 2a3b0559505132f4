"""connect, connections, disconnect: what may send to the shop or ask it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.errors import SettingsError, UnknownValue
from regulars.intake.connection import Connections


@pytest.fixture
def home(tmp_path) -> Path:
    Shop.create(tmp_path / "shop").close()
    return tmp_path / "shop"


def test_a_connection_is_made_and_what_to_do_with_it_is_told(home):
    told = regulars("--home", home, "connect", "web").stdout
    key = Connections(home / "keys").by_name("web").keys[0]
    assert told.startswith("Connected web: events of shop\n")
    assert f"curl -u {key}: http://127.0.0.1:8686/v1/track" in told
    assert "<script" not in told, "a server's key does not belong into a page"
    assert stat.S_IMODE((home / "keys" / "connections.json").stat().st_mode) == 0o600


def test_a_public_key_comes_with_the_line_for_a_page(home):
    told = regulars("--home", home, "connect", "web", "--public").stdout
    key = Connections(home / "keys").by_name("web").keys[0]
    assert key.startswith("pk_")
    assert f'<script async src="http://127.0.0.1:8686/regulars.js" data-key="{key}">' in told


def test_each_use_tells_its_own_path_and_its_key_once(home):
    made = {
        use: as_json("--home", home, "connect", use, f"--{use}")
        for use in ("events", "public", "read", "shopify", "woocommerce", "webhook")
    }
    assert {use: one["path"] for use, one in made.items()} == {
        "events": "/v1/batch",
        "public": "/v1/batch",
        "read": "/v1/customers/{id}/timeline",
        "shopify": "/v1/webhooks/shopify",
        "woocommerce": "/v1/webhooks/woocommerce",
        "webhook": "/v1/webhooks/webhook",
    }
    assert made["shopify"]["platform"] == "shopify"
    assert made["webhook"]["key"].startswith("whsec_")
    listed = as_json("--home", home, "connections")["connections"]
    assert [one["name"] for one in listed] == sorted(made)
    for one in listed:
        shown = one["keys"] == [made[one["use"]]["key"]]
        assert shown == (one["use"] in ("events", "public")), "write keys let in and nothing out"
    assert made["read"]["key"] not in (home / "keys" / "connections.json").read_text()


def test_a_secret_that_a_platform_made_is_read_from_a_file_or_stdin_and_never_shown(home):
    secret = "shpss_" + 16 * "0"
    file = home.parent / "secret"
    file.write_text(secret + "\n", "utf-8")
    done = regulars("--home", home, "connect", "tea", "--shopify", "--secret-file", file)
    assert secret not in done.stdout
    assert "/v1/webhooks/tea" in done.stdout
    piped = subprocess.run(
        [sys.executable, "-m", "regulars", "--home", str(home), "--json", "connect", "woo",
         "--woocommerce", "--secret-file", "-"],
        input=secret, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert secret not in piped.stdout
    book = Connections(home / "keys")
    assert book.by_name("tea").keys == book.by_name("woo").keys == (secret,)
    assert secret not in regulars("--home", home, "connections").stdout


def test_a_second_key_is_brought_in_before_the_first_goes(home):
    first = as_json("--home", home, "connect", "app")["key"]
    second = as_json("--home", home, "connect", "app")["key"]
    assert as_json("--home", home, "connections")["connections"][0]["keys"] == [first, second]
    assert as_json("--home", home, "disconnect", "app", "--key", first)["removed"] == "key"
    book = Connections(home / "keys")
    assert (book.by_key(first), book.by_key(second).name) == (None, "app")
    assert as_json("--home", home, "disconnect", "app")["removed"] == "connection"
    assert Connections(home / "keys").all() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["connect", "Web!"], "no name of a connection"),
        (["connect", "x", "--read", "--shopify"], "a connection has one use"),
        (["connect", "x", "--secret-file", "/nowhere"], "does not read"),
        (["connect", "x", "--read", "--secret-file", "SECRET"], "only a webhook has a secret"),
        (["connect", "x", "--webhook", "--secret-file", "SECRET"], "no secret of Standard"),
        (["disconnect", "nobody"], "'nobody' is no connection"),
    ],
)
def test_a_mistake_is_one_sentence(home, arguments, told):
    (home.parent / "SECRET").write_text("not base 64!", "utf-8")
    done = regulars("--home", home, *arguments, code=1, cwd=home.parent)
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_same_from_python(home):
    with Shop(home) as shop:
        made, key = shop.connect("till", platform="pos")
        assert (made.platform, made.keys) == ("pos", (key,))
        assert [one.name for one in shop.connections()] == ["till"]
        with pytest.raises(SettingsError, match="events of pos"):
            shop.connect("till", "read")
        shop.disconnect("till", key)
        with pytest.raises(UnknownValue):
            shop.disconnect("till")
        file = home.parent / "secret"
        file.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "utf-8")
        made, _ = shop.connect("crm", "webhook", secret=file)
        assert made.keys == ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)


def test_no_connections_yet_tells_how_to_make_one(home):
    assert "regulars connect web" in regulars("--home", home, "connections").stdout
    assert json.loads(regulars("--home", home, "--json", "connections").stdout) == {
        "connections": []
    }


def test_the_sum_of_a_key_for_reading_opens_nothing(home):
    key = as_json("--home", home, "connect", "dash", "--read")["key"]
    book = Connections(home / "keys")
    (kept,) = book.by_name("dash").keys
    assert (book.by_key(key).name, book.by_key(kept)) == ("dash", None)
