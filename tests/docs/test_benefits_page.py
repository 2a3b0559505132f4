"""docs/benefits.md: its month runs, line for line, and its tables are whole."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from command_line import regulars
from regulars import Shop, errors
from regulars.app.benefits import asked
from regulars.edges.cli.benefit_verbs import benefit, register
from regulars.edges.cli.entry import app

PAGE = (Path(__file__).parents[2] / "docs" / "benefits.md").read_text("utf-8")
_DAY = re.compile(r"20\d\d-\d\d-\d\d")


def block(kind: str, page: str = PAGE) -> str:
    (text,) = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
    return text


def played(text: str, folder: Path, *options: str | Path) -> int:
    """Run the commands of a block; what the page shows of them is what they print."""
    shown = text.split("$ ")[1:]
    for told in shown:
        line, _, expected = told.partition("\n")
        program, *arguments = shlex.split(line, comments=True)
        assert Path(program).name == "regulars"
        done = regulars(*options, *arguments, cwd=folder)
        if expected:  # of the others the page shows nothing
            assert _DAY.sub("DAY", done.stdout) == _DAY.sub("DAY", expected), line
    return len(shown)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The home of the page, beside its files."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "october.csv").write_text(block("csv"), "utf-8")
    (folder / "basket.json").write_text(block("json"), "utf-8")
    with Shop.create(folder / "myshop", language="en") as shop:
        shop.home.benefits.write_text(block("toml"), "utf-8")
    return folder / "myshop"


def test_the_month_is_what_the_command_line_prints(home):
    assert played(block("console"), home.parent, "--home", home) == 10


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_readme_shows_what_the_command_line_prints(home, tmp_path, readme, language):
    """With the rules that every new home has."""
    (tmp_path / "basket.json").write_text(block("json"), "utf-8")
    with Shop.create(tmp_path / "myshop", language=language) as shop:
        shop.import_files(home.parent / "october.csv")
    text = (Path(__file__).parents[2] / readme).read_text("utf-8")
    assert played(block("console", text), tmp_path) == 7


def test_the_lines_of_python_do_what_they_say(home):
    names: dict[str, object] = {}
    code = block("python").replace('Shop("myshop")', "Shop(home)")
    exec(code, names | {"home": home}, names)  # noqa: S102
    assert names["card"]["customer_id"] == 2


def test_the_mistake_is_told_as_the_page_tells_it(home, tmp_path):
    file = tmp_path / "benefits.toml"
    file.write_text(block("toml").replace('kind = "amount"', 'kind = "amuont"'), "utf-8")
    told = regulars("--home", home, "benefit", "define", "benefits.toml", code=1, cwd=tmp_path)
    (shown,) = re.findall(r"A mistake is told with its line: `([^`]+)`", PAGE)
    assert told.stderr.startswith(" ".join(shown.split()))


def test_every_verb_is_in_the_table_and_no_other():
    register(app)
    commands = benefit.registered_commands
    verbs = {one.name or one.callback.__name__.replace("_", "-") for one in commands}
    table = PAGE[PAGE.index("| verbs | do |") : PAGE.index("A customer is named by")]
    rows = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == verbs


def test_every_request_over_http_and_every_error_of_benefits_is_named():
    for name in (*asked.TYPES, "quote"):
        assert f"`{name}`" in PAGE, name
    codes = {
        one.code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.RegularsError)
        if one.code.startswith("benefit.")
    }
    assert codes <= set(re.findall(r"^\| `([^`|]+)` \|", PAGE, re.MULTILINE))
