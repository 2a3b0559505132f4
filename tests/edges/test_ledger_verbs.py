"""ledger assets, accounts, balance, statement, entry, ask: the book for people."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop
from regulars.ledger.command import Define
from regulars.ledger.ledger import Ledger

_ISSUE = {"legs": [["points", "issuer", -120], ["points", "customer:7", 120]]}
COMMANDS = [
    {"type": "define", "key": "1", "asset": "points"},
    {"type": "define", "key": "2", "asset": "money:CNY"},
    {"type": "post", "key": "3", "about": {"order": "A1"}, **_ISSUE},
    {"type": "post", "key": "4",
     "legs": [["money:CNY", "issuer", -50_000], ["money:CNY", "campaign:spring", 50_000]]},
    {"type": "hold", "key": "5", "owner": "order:A2", "expires_at": 4_000_000_000_000_000,
     "legs": [["points", "customer:7", -20], ["points", "shop", 20]]},
    {"type": "post", "key": "6",
     "legs": [["points", "issuer", -5], ["points", "customer:7", 5, 4_000_000_000_000_000]]},
]  # fmt: skip


def _file(folder: Path, *commands: object) -> Path:
    file = folder / "commands.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in commands), "utf-8")
    return file


@pytest.fixture
def home(tmp_path) -> Path:
    """A home in Shanghai with points and a budget in the ledger."""
    Shop.create(tmp_path / "shop").close()
    regulars("--home", tmp_path / "shop", "ledger", "ask", _file(tmp_path, *COMMANDS))
    return tmp_path / "shop"


def test_what_was_asked_is_told_line_by_line_and_asked_again_has_been_done_before(home, tmp_path):
    told = regulars("--home", home, "ledger", "ask", tmp_path / "commands.jsonl").stdout
    assert told.splitlines()[2] == "line 3, 3: post, entry 3, done before"
    assert told.splitlines()[-1] == "6 done, 0 refused"
    answers = as_json("--home", home, "ledger", "ask", tmp_path / "commands.jsonl")["answers"]
    assert [one["n"] for one in answers] == [1, 2, 3, 4, 5, 6]
    assert all(one["replayed"] for one in answers)


def test_a_refusal_is_told_with_its_line_and_the_rest_is_done(home, tmp_path):
    too_much = {"legs": [["points", "customer:7", -500], ["points", "shop", 500]]}
    file = _file(
        tmp_path,
        {"type": "post", "key": "7", **too_much},
        {"type": "define", "key": "8", "asset": "stamps"},
        {"type": "post", "key": "3", **too_much},
    )
    done = regulars("--home", home, "ledger", "ask", file, code=1)
    first, second, third, last = done.stdout.splitlines()
    # 120 + 5, of which 20 are held
    assert first.startswith("line 1, 7: ledger.insufficient: points of customer:7 = '500': 500 are")
    assert "105 are available" in first
    assert second == "line 2, 8: define, entry 7"
    assert third.startswith("line 3, 3: ledger.key_conflict: key = '3'")
    assert last == "1 done, 2 refused"
    done = regulars("--json", "--home", home, "ledger", "ask", file, code=1)
    told = json.loads(done.stdout)
    assert (told["done"], told["refused"]) == (1, 2)
    assert told["answers"][0]["error"]["code"] == "ledger.insufficient"


def test_commands_come_from_stdin_too(home):
    piped = subprocess.run(
        [sys.executable, "-m", "regulars", "--home", str(home), "ledger", "ask", "-"],
        input='\n{"type": "define", "key": "s", "asset": "stamps"}\n\n',
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert piped.stdout == "line 2, s: define, entry 7\n1 done, 0 refused\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: this is no command of the ledger"),
        ('{"type": "give", "key": "x"}', "line 2: this is no command of the ledger"),
        ('{"type": "define", "key": "x", "asset": "points", "more": 1}', "line 2: this is no"),
        ('{"type": "define", "key": "x", "asset": "Two Words"}', "line 2, asset = 'Two Words'"),
        ('{"type": "post", "key": "x", "legs": [["points", "issuer", -1], ["points", "a", 2]]}',
         "the legs of an asset must sum to 0, these to 1"),
    ],
)  # fmt: skip
def test_where_one_line_makes_no_sense_none_is_asked(home, tmp_path, line, told):
    file = tmp_path / "wrong.jsonl"
    file.write_text('{"type": "define", "key": "w", "asset": "stamps"}\n' + line + "\n")
    done = regulars("--home", home, "ledger", "ask", file, code=1)
    assert done.stderr.startswith("ledger.invalid: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert "stamps" not in regulars("--home", home, "ledger", "assets").stdout


def test_a_file_that_does_not_read_is_told(home, tmp_path):
    (tmp_path / "wide").write_bytes("{}".encode("utf-16"))
    for name in ("nowhere", "wide"):
        done = regulars("--home", home, "ledger", "ask", tmp_path / name, code=1)
        assert "the commands do not read" in done.stderr


def test_assets_are_listed_with_what_is_in_circulation(home):
    told = regulars("--home", home, "ledger", "assets").stdout.splitlines()
    assert told[0].split() == ["asset", "in", "circulation", "held", "accounts", "sum"]
    assert told[1].split() == ["money:CNY", "¥500.00", "¥0.00", "2", "0"]
    assert told[2].split() == ["points", "125", "20", "3", "0"]
    assert as_json("--home", home, "ledger", "assets")["assets"][1] == {
        "asset": "points",
        "in_circulation": 125,
        "expired": 0,
        "held": 20,
        "accounts": 3,
        "sum": 0,
    }


def test_an_empty_book_says_how_to_begin(tmp_path):
    Shop.create(tmp_path / "shop").close()
    assert "Define one" in regulars("--home", tmp_path / "shop", "ledger", "assets").stdout


def test_accounts_are_listed_the_largest_first(home):
    told = regulars("--home", home, "ledger", "accounts", "points").stdout.splitlines()
    assert told[1].split() == ["points", "125", "20", "3", "0"]
    assert [line.split() for line in told[4:]] == [
        ["customer:7", "125", "20", "2"],
        ["issuer", "-125", "0", "1"],
    ]
    found = as_json("--home", home, "ledger", "accounts", "points", "--limit", "1")
    assert [one["owner"] for one in found["owners"]] == ["customer:7"]


def test_a_balance_is_told_lot_by_lot_with_days_of_the_shop(home):
    told = regulars("--home", home, "ledger", "balance", "points", "customer:7").stdout
    # 4,000,000,000 s after 1970 is 2096-10-02 07:06:40 UTC, eight hours more in Shanghai
    assert told.splitlines() == [
        "points of customer:7: 105 available",
        "  balance 125, held 20, expired and not taken away yet 0",
        "  5, of it held 0, expires 2096-10-02 15:06:40",
        "  120, of it held 20, does not expire",
    ]
    told = regulars("--home", home, "ledger", "balance", "money:CNY", "campaign:spring").stdout
    assert told.startswith("money:CNY of campaign:spring: ¥500.00 available")
    assert (
        "without bound" in regulars("--home", home, "ledger", "balance", "points", "issuer").stdout
    )
    assert as_json("--home", home, "ledger", "balance", "points", "customer:7")["available"] == 105


def test_a_statement_goes_back_page_by_page(home):
    first = regulars("--home", home, "ledger", "statement", "points", "customer:7", "--limit", "1")
    head, line, more = first.stdout.splitlines()
    assert head.split()[:3] == ["entry", "time", "what"]
    assert line.split()[0] == "6"
    assert "+5" in line
    assert "expires 2096-10-02 15:06:40, cli" in line
    cursor = more.removeprefix("More: --before ")
    second = regulars(
        "--home", home, "ledger", "statement", "points", "customer:7", "--before", cursor
    ).stdout.splitlines()
    assert len(second) == 2
    assert second[1].split()[0] == "3"
    assert second[1].endswith("does not expire, cli, order=A1")
    nobody = regulars("--home", home, "ledger", "statement", "points", "customer:9").stdout
    assert nobody == "Nothing has moved points of customer:9 yet.\n"


def test_an_entry_tells_what_was_done_by_whom(home):
    told = regulars("--home", home, "ledger", "entry", "3").stdout
    assert told.startswith("Entry 3: post, 20")
    assert told.splitlines()[0].endswith("by cli")
    assert "  +120 points of customer:7; 120 after it\n" in told
    assert "  about: order=A1\n" in told
    held = regulars("--home", home, "ledger", "entry", "5").stdout
    assert "  +20 points of customer:7 held; 20 held after it\n" in held
    assert "  hold for: order:A2\n" in held
    assert as_json("--home", home, "ledger", "entry", "3")["actor"] == "cli"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["balance", "gold", "customer:7"], "there is no such asset"),
        (["accounts", "gold"], "there is no such asset"),
        (["statement", "points", "customer:7", "--before", "x"], "is no cursor"),
        (["entry", "99"], "there is no such entry"),
    ],
)
def test_a_mistake_is_one_sentence(home, arguments, told):
    done = regulars("--home", home, "ledger", *arguments, code=1)
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_ledger_in_python_goes_on_where_the_command_line_stopped(home):
    with Shop(home) as shop, shop.ledger() as ledger:
        assert isinstance(ledger, Ledger)
        assert ledger.balance("points", "customer:7").available == 105
        assert ledger.ask(Define(key="p", asset="stamps"), by="cli").n == 7


def test_a_line_ends_where_json_lines_end(home, tmp_path):
    note = {"type": "note", "key": "odd", "about": {"text": "a\u2028b\u0085c\x0bd"}}
    file = tmp_path / "odd.jsonl"
    file.write_text(json.dumps(note, ensure_ascii=False) + "\r\n", "utf-8")
    (answer,) = as_json("--home", home, "ledger", "ask", file)["answers"]
    assert answer["about"] == note["about"]
