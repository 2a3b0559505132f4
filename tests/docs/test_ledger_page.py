"""docs/ledger.md: its worked example runs, line for line, and its tables are whole."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from command_line import regulars
from regulars import Shop, errors
from regulars.ledger import command
from regulars.ledger.command import Leg, Limit, Post

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
TABLED = set(re.findall(r"^\| `([^|]+)` \|", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home beside the two files of the page."""
    folder = tmp_path_factory.mktemp("page")
    Shop.create(folder / "myshop").close()
    commands, more = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (folder / "commands.jsonl").write_text(commands, "utf-8")
    (folder / "more.jsonl").write_text(more, "utf-8")
    return folder / "myshop"


def test_the_worked_example_is_what_the_command_line_prints(home):
    shown = [
        told
        for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
        for told in block.split("$ ")[1:]
    ]
    assert len(shown) == 6
    for told in shown:
        line, _, expected = told.partition("\n")
        program, *arguments = shlex.split(line)
        assert program == "regulars"
        code = 0 if "0 refused" in expected or "refused" not in expected else 1
        done = regulars("--home", home, *arguments, code=code, cwd=home.parent)
        assert done.stdout == expected, line


def test_the_lines_of_python_do_what_they_say(home):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {"Leg": Leg, "Limit": Limit, "Post": Post}
    names["Shop"] = lambda _: Shop(home)
    exec(code.replace("    ledger.balance", "    left = ledger.balance"), names)  # noqa: S102
    assert names["left"] == 1


def test_every_command_is_in_the_table_with_its_fields():
    for kind in command.Command.__args__:
        tag = kind.__struct_config__.tag
        (row,) = re.findall(rf"^\| `{tag}` \| ([^|]+) \|", PAGE, re.MULTILINE)
        told = {field.name for field in msgspec.structs.fields(kind)} - {"key", "about", "events"}
        assert set(re.findall(r"`([^`]+)`", row)) == told


def test_every_error_of_the_ledger_is_in_the_table():
    codes = {
        one.code
        for one in vars(errors).values()
        if isinstance(one, type)
        and issubclass(one, errors.RegularsError)
        and one.code.startswith("ledger.")
        and one is not errors.LedgerRefused  # the kind of all refusals; itself never raised
    }
    assert codes <= TABLED
