"""store migrate, verify, backup, restore: the book of record kept safe from the command line."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.app.store import open_store
from regulars.engines.schema import VERSION
from regulars.ledger.command import Note
from regulars.ledger.ledger import Ledger
from store_homes import content, fill, home_in


@pytest.fixture
def home(tmp_path) -> Path:
    """A home with a book."""
    made = home_in(tmp_path / "shop")
    fill(made, tmp_path / "notes", commands=100)
    return made.folder


def test_migrating_says_from_which_version_to_which(tmp_path):
    home = home_in(tmp_path / "shop").folder
    told = regulars("--home", home, "store", "migrate").stdout
    assert told == f"{home / 'store.sqlite'}: made, version {VERSION}\n"
    told = regulars("--home", home, "store", "migrate").stdout
    assert told == f"{home / 'store.sqlite'}: version {VERSION} already, nothing to do\n"
    assert as_json("--home", home, "store", "migrate") == {
        "place": str(home / "store.sqlite"),
        "before": VERSION,
        "now": VERSION,
    }


def test_verifying_prints_a_head_against_which_a_later_book_is_held(home):
    told = regulars("--home", home, "store", "verify").stdout
    assert told.startswith(f"{home / 'store.sqlite'}: right\n")
    head = told.rpartition("noted elsewhere: ")[2].strip()
    again = regulars("--home", home, "store", "verify", "--against", head).stdout
    assert "The row that was noted elsewhere is there as it was." in again
    found = as_json("--home", home, "store", "verify")
    assert f"{found['n']}:{found['hash']}" == head
    since = as_json("--home", home, "store", "verify", "--since", str(found["n"] - 3))
    assert since["rows"] == 3

    number, _, digits = head.partition(":")
    other = f"{number}:{'0' * len(digits)}"
    done = regulars("--home", home, "store", "verify", "--against", other, code=1)
    assert done.stderr.startswith(f"ledger.broken: journal, line {number}: its hash is another")


def test_a_fault_is_named_and_ends_with_exit_code_1(home):
    with closing(pysqlite3.connect(str(home / "store.sqlite"))) as connection:
        connection.execute("UPDATE accounts SET balance = balance + 1 WHERE account_id = 3")
        connection.commit()
    done = regulars("--home", home, "store", "verify", code=1)
    assert done.stdout == ""
    assert done.stderr.startswith("ledger.broken: accounts, line 3: its balance")
    assert done.stderr.count("\n") == 1


def test_a_backup_and_its_restore_are_told_with_head_and_what_is_not_in_it(home, tmp_path):
    file = tmp_path / "today.backup"
    told = regulars("--home", home, "store", "backup", file).stdout
    assert told.startswith(f"{file}: ")
    assert "Not in it: keys/" in told
    fresh = home_in(tmp_path / "fresh")
    restored = regulars("--home", fresh.folder, "store", "restore", file).stdout
    assert restored.splitlines()[1:] == told.splitlines()[1:3], "the same counts and head"
    with Shop(home) as shop:
        assert content(fresh) == content(shop.home)
    done = regulars("--home", fresh.folder, "store", "restore", file, code=1)
    assert "say --replace" in done.stderr.lower()
    again = as_json("--home", fresh.folder, "store", "restore", file, "--replace")
    assert Path(again["kept"]).is_file()
    assert again["n"] == as_json("--home", home, "store", "verify")["n"]


def test_the_same_from_python(home, tmp_path):
    with Shop(home) as shop:
        done = shop.backup_store(tmp_path / "file")
        checked = shop.verify_store(against=f"{done.of.n}:{done.of.hash.hex()}")
        assert checked.verified == done.verified
        assert shop.migrate_store().now == VERSION
        assert shop.restore_store(tmp_path / "file", replace=True).verified == done.verified
        with shop.ledger() as ledger:
            assert ledger.head().n == done.of.n


def test_a_store_on_a_server_is_moved_there_and_back_by_backup_and_restore(
    home, tmp_path, postgres_url
):
    server = home_in(tmp_path / "server", postgres_url)
    assert as_json("--home", server.folder, "store", "migrate")["before"] == VERSION
    regulars("--home", home, "store", "backup", tmp_path / "there")
    regulars("--home", server.folder, "store", "restore", tmp_path / "there")
    assert (
        as_json("--home", server.folder, "store", "verify")["hash"]
        == as_json("--home", home, "store", "verify")["hash"]
    )
    assert not server.store.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["verify", "--against", "7"], "is no head of a journal"),
        (["restore", "nowhere"], "there is no such file"),
        (["restore", "text"], "no backup that could be read"),
        (["backup", "text"], "such a file already"),
        (["backup", "nowhere/file"], "cannot be written"),
    ],
)
def test_a_mistake_is_one_sentence(home, tmp_path, arguments, told):
    (tmp_path / "text").write_text("id,amount\n")
    done = regulars(
        "--home", home, "store", *arguments, *_replacing(arguments), code=1, cwd=tmp_path
    )
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def _replacing(arguments: list[str]) -> list[str]:
    return ["--replace"] if arguments[0] == "restore" else []


def test_json_is_one_object(home, tmp_path):
    made = json.loads(
        regulars("--home", home, "--json", "store", "backup", tmp_path / "file").stdout
    )
    assert made["version"] == VERSION
    assert made["bytes"] == (tmp_path / "file").stat().st_size
    assert made["made_at"].endswith("+00:00")


def test_a_row_that_is_not_there_yet_is_no_broken_book(home):
    done = regulars("--home", home, "store", "verify", "--since", "999999", code=1)
    assert "the journal has no row 999999 yet" in done.stderr


def test_a_clock_that_ran_ahead_is_told_by_doctor(tmp_path):
    home = home_in(tmp_path / "ahead")
    years = 10 * 365 * 86_400_000_000
    with open_store(home) as store:
        for ahead, level, code in ((0, "ok", 0), (years, "error", 1)):
            with Ledger(store, lambda ahead=ahead: time.time_ns() // 1000 + ahead) as ledger:
                ledger.ask(Note(key=f"{ahead}"), "cli")
            told = regulars("--json", "--home", home.folder, "doctor", code=code).stdout
            found = [one for one in json.loads(told)["findings"] if one["subject"] == "store"]
            assert found[-1]["level"] == level
    assert "which is still to come" in found[-1]["message"]
