"""`[[goals]]` in regulars.toml: what may stand there, and where a mistake stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from regulars import Shop
from regulars.errors import SettingsError
from regulars.settings import Settings, read_settings


def _read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "regulars.toml"
    file.write_text(text, "utf-8")
    return read_settings(file)


def test_goals_have_a_period_or_days_and_drivers_if_one_likes(tmp_path: Path) -> None:
    goals = _read(
        tmp_path,
        """
[[goals]]
metric = "sales"
period = "quarter"
target = 1_000_000
drivers = { new_buyers = 5000, average_order_value = 120.5 }

[[goals]]
metric = "repeat_rate"
from = 2026-10-01
to = "2026-12-31"
target = 0.25
""",
    ).goals
    assert [goal.metric for goal in goals] == ["sales", "repeat_rate"]
    assert (goals[0].period, goals[0].drivers.new_buyers) == ("quarter", 5000)
    assert (goals[1].first, goals[1].last) == (date(2026, 10, 1), date(2026, 12, 31))


HEAD = '[shop]\nname = "x"\n\n[[goals]]\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('metric = "sale"\nperiod = "month"\ntarget = 1', 5, "Did you mean 'sales'"),
        ('metric = "sales"\nperiod = "week"\ntarget = 1', 6, "Allowed: month, quarter, year"),
        ('metric = "sales"\nperiod = "month"', 4, "'target' is missing"),
        ('metric = "sales"\nperiod = "month"\ntarget = 0', 7, "more than 0"),
        ('metric = "sales"\nperiod = "month"\ntarget = 1e300', 7, "at most"),
        (
            'metric = "sales"\nfrom = 2026-01-01\nto = 2099-01-01\ntarget = 1',
            7,
            "three years at most",
        ),
        ('metric = "sales"\ntarget = 1', 4, "a goal has a period, or both of its days"),
        ('metric = "sales"\nfrom = 2026-01-01\ntarget = 1', 4, "or both of its days"),
        (
            'metric = "sales"\nperiod = "month"\nfrom = 2026-01-01\nto = 2026-02-01\ntarget = 1',
            4,
            "or both of its days",
        ),
        (
            'metric = "sales"\nfrom = 2026-02-01\nto = 2026-01-01\ntarget = 1',
            7,
            "lies before its first",
        ),
        ('metric = "sales"\nfrom = "soon"\nto = 2026-01-01\ntarget = 1', 6, "date"),
        ('metric = "repeat_rate"\nperiod = "month"\ntarget = 25', 7, "for example 0.25"),
        (
            'metric = "orders"\nperiod = "month"\ntarget = 5\ndrivers = { margin = 0.2 }',
            8,
            "margin does not drive orders",
        ),
        (
            'metric = "repeat_rate"\nperiod = "month"\ntarget = 0.2\ndrivers = { frequency = 2 }',
            8,
            "A goal of repeat_rate has none",
        ),
        (
            'metric = "sales"\nperiod = "month"\ntarget = 5\ndrivers = { aov = 2 }',
            8,
            "average_order_value",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as told:
        _read(tmp_path, HEAD + text + "\n")
    assert told.value.where.line == line
    assert says in str(told.value)


def test_the_example_of_a_new_home_becomes_goals_when_its_signs_are_taken_off(
    tmp_path: Path,
) -> None:
    Shop.create(tmp_path / "shop", name="x").close()
    file = tmp_path / "shop" / "regulars.toml"
    text = file.read_text("utf-8")
    assert read_settings(file).goals == ()
    head, example = text.split("# [[goals]]", 1)
    lines = [line.removeprefix("#").strip() for line in ("# [[goals]]" + example).splitlines()]
    goals = _read(tmp_path, head + "\n".join(lines)).goals
    assert [goal.metric for goal in goals] == ["sales", "repeat_rate"]
