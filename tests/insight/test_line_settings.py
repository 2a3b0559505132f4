"""`[line]` in regulars.toml: the steps from a first visit to a regular, and mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars import Shop
from regulars.errors import SettingsError
from regulars.settings import Settings, read_settings


def _read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "regulars.toml"
    file.write_text(text, "utf-8")
    return read_settings(file)


def test_the_line_of_a_shop_that_says_nothing_is_the_usual_one(tmp_path: Path) -> None:
    line = _read(tmp_path, "").line
    assert line.by_name == {
        "seen": "any",
        "followed": "Followed",
        "downloaded": "Application Installed",
        "activated": "Application Opened",
        "first_order": "order",
        "retained": "order",
    }


def test_a_step_may_be_written_anew_or_left_out(tmp_path: Path) -> None:
    text = (
        '[line]\nseen = "page|screen"\ndownloaded = ""\nactivated = "Signed In[way=\\"a, b\\"]"\n'
    )
    line = _read(tmp_path, text).line
    assert list(line.by_name) == ["seen", "followed", "activated", "first_order", "retained"]
    assert line.steps == 'page|screen, Followed, Signed In[way="a, b"], order, order'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('followd = "Followed"', 5, "Did you mean 'followed'"),
        ("seen = 5", 5, "expected text, got a whole number"),
        ('seen = "any"\nfollowed = "Followed, Subscribed"', 6, "one step, and not a list"),
        ('activated = "Signed In[way=code"', 5, "a quote or a bracket is not closed"),
        ("retained = 'order[source=\"x]'", 5, "a quote or a bracket is not closed"),
        ('seen = "page|"', 5, "names nothing on one side of a |"),
        (
            'seen = ""\nfollowed = ""\ndownloaded = ""\nactivated = ""\nretained = " "',
            4,
            "two steps at least",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as told:
        _read(tmp_path, f'[shop]\nname = "x"\n\n[line]\n{text}\n')
    assert told.value.where.line == line
    assert says in str(told.value)


def test_the_example_of_a_new_home_is_the_default_when_its_signs_are_taken_off(
    tmp_path: Path,
) -> None:
    Shop.create(tmp_path / "shop", name="x").close()
    text = (tmp_path / "shop" / "regulars.toml").read_text("utf-8")
    _, _, after = text.partition("[line]\n")
    lines = [line for line in after.split("\n\n")[0].splitlines() if " = " in line]
    given = "\n".join(line.removeprefix("# ") for line in lines)
    assert len(lines) == len(Settings().line.by_name)
    assert _read(tmp_path, f"[line]\n{given}\n").line == Settings().line
