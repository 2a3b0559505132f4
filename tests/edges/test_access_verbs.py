"""access key, keys, revoke, operator, operators, password, remove, roles, log: for people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.access.access import Access
from regulars.ledger.ledger import now_in_microseconds

PASSWORD = "harbour violet nine teapots"  # noqa: S105 - made up for the tests


@pytest.fixture
def home(tmp_path) -> Path:
    """A new home."""
    Shop.create(tmp_path / "shop", name="Tea House").close()
    return tmp_path / "shop"


def _typed(home: Path, password: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regulars", "--home", str(home), "access", *arguments]
    return subprocess.run(
        command, input=password + "\n", capture_output=True, text=True, check=False
    )


def _is_known(home: Path, key: str) -> bool:
    access = Access(now_in_microseconds)
    with Shop(home) as shop, shop.store_read() as connection:
        access.refresh(connection)
    try:
        return access.of_key(key).kind == "key"
    except Exception:
        return False


def test_a_new_home_lets_nobody_in(home):
    assert as_json("--home", home, "access", "keys") == {"keys": []}
    assert as_json("--home", home, "access", "operators") == {"operators": []}


def test_a_key_is_printed_once_and_is_never_seen_again(home):
    key = as_json("--home", home, "access", "key", "till", "--scope", "ledger:read")["key"]
    assert _is_known(home, key)
    for verb in ("keys", "log"):
        assert key not in regulars("--home", home, "access", verb).stdout
        assert "till" in regulars("--home", home, "access", verb).stdout


def test_a_key_has_the_scopes_of_its_roles_and_those_named_and_an_end(home):
    told = as_json(
        "--home", home, "access", "key", "till", "--role", "support", "--scope", "ledger:write",
        "--expires", "90d",
    )  # fmt: skip
    assert told["scopes"] == ["benefits:read", "customers:read", "ledger:read", "ledger:write"]
    (kept,) = as_json("--home", home, "access", "keys")["keys"]
    assert kept["state"] == "good"
    assert kept["expires"] == told["expires"] > kept["made"]


def test_one_of_two_keys_is_revoked_and_then_the_other(home):
    one, other = (
        as_json("--home", home, "access", "key", "till", "--scope", "ledger:read") for _ in "12"
    )
    regulars("--home", home, "access", "revoke", "till", one["key_id"])
    assert (_is_known(home, one["key"]), _is_known(home, other["key"])) == (False, True)
    gone = as_json("--home", home, "access", "revoke", "till")
    assert gone == {"name": "till", "revoked": [other["key_id"]]}
    assert not _is_known(home, other["key"])


def test_a_key_without_scopes_or_with_wrong_ones_is_told_what_there_is(home):
    assert "access roles" in regulars("--home", home, "access", "key", "till", code=1).stderr
    wrong = regulars("--home", home, "access", "key", "till", "--scope", "ledger:red", code=1)
    assert "ledger:read" in wrong.stderr
    role = regulars("--home", home, "access", "key", "till", "--role", "king", code=1)
    assert "integration" in role.stderr


def test_an_operator_is_made_with_a_password_from_a_pipe_and_the_log_tells_who_did_it(home):
    done = _typed(home, PASSWORD, "operator", "li", "--role", "owner", "--password-stdin")
    assert (done.returncode, done.stdout) == (0, "li: made, owner\n")
    (row,) = as_json("--home", home, "access", "log")["log"]
    assert (row["what"], row["by"], row["operator"], row["roles"]) == (
        "operator_made", "cli", "li", ["owner"],
    )  # fmt: skip


@pytest.mark.parametrize("weak", ["", "short", "password1234", "li-li-li-li-li", "Tea House 1234"])
def test_a_weak_password_is_refused_with_a_word_and_not_told_again(home, weak):
    done = _typed(home, weak, "operator", "li", "--role", "owner", "--password-stdin")
    assert done.returncode == 1
    assert done.stderr.startswith("access.invalid: password: ")
    assert "Traceback" not in done.stderr
    assert not weak or weak not in done.stderr
    assert as_json("--home", home, "access", "operators") == {"operators": []}


def test_without_a_terminal_and_without_a_pipe_nobody_is_asked(home):
    done = _typed(home, PASSWORD, "operator", "li", "--role", "owner")
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr


def test_roles_are_set_passwords_changed_and_the_last_owner_stays(home):
    _typed(home, PASSWORD, "operator", "li", "--role", "owner", "--password-stdin")
    _typed(home, PASSWORD, "operator", "wang", "--role", "support", "--password-stdin")
    regulars("--home", home, "access", "operator", "wang", "--role", "analyst")
    assert _typed(home, PASSWORD + "!", "password", "wang", "--password-stdin").returncode == 0
    assert "last owner" in regulars("--home", home, "access", "remove", "li", code=1).stderr
    regulars("--home", home, "access", "remove", "wang")
    (left,) = as_json("--home", home, "access", "operators")["operators"]
    assert (left["name"], left["roles"]) == ("li", ["owner"])
    assert [row["what"] for row in as_json("--home", home, "access", "log")["log"]] == [
        "operator_removed", "password_changed", "roles_changed", "operator_made", "operator_made",
    ]  # fmt: skip


def test_roles_and_scopes_are_told_in_both_languages(home):
    told = as_json("--home", home, "access", "roles")
    assert told["roles"]["support"]["zh"] == "客服"
    assert all(words["en"] and words["zh"] for words in told["scopes"].values())
