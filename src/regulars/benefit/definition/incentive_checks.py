"""What an incentive must tell for its `when`, and what it must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from regulars.benefit.definition.toml_types import BenefitsFile, IncentiveTable
from regulars.errors import SettingsError
from regulars.kernel.toml_file import Key, TomlFile

_OF_WHEN = {
    "stage": ("stage",),
    "event": ("on",),
    "conversion": ("after", "on", "within_days"),
    "streak": ("on", "days"),
    "surprise": ("stage", "chance"),
}
_GIVES = ("points", "coupon", "gift", "balance")

Refers = Callable[[TomlFile[BenefitsFile], Key, str, str], Iterator[SettingsError]]


def incentive_mistakes(
    file: TomlFile[BenefitsFile], path: Key, one: IncentiveTable, refers: Refers
) -> Iterator[SettingsError]:
    """The mistakes of an incentive; `refers` tells those of a name that nothing has."""
    needed = _OF_WHEN[one.when]
    for column in needed:
        if getattr(one, column) is None:
            yield file.mistake(
                (*path, column),
                f'an incentive with when = "{one.when}" needs {column}',
                f"write it; it needs {' and '.join(needed)}",
            )
    for column in ("stage", "on", "after", "within_days", "days", "chance"):
        if column not in needed and (written := getattr(one, column)) is not None:
            yield file.mistake(
                (*path, column),
                f'an incentive with when = "{one.when}" has no {column}',
                f"it has {' and '.join(needed)}; take {column} out",
                written,
            )
    if one.chance == 0:
        yield file.mistake((*path, "chance"), "nobody would be surprised", "write more than 0", 0)
    yield from _give(file, (*path, "give"), one, refers)
    yield from _budget(file, path, one, refers)


def _give(
    file: TomlFile[BenefitsFile], path: Key, one: IncentiveTable, refers: Refers
) -> Iterator[SettingsError]:
    given = [column for column in _GIVES if getattr(one.give, column)]
    if len(given) != 1:
        yield file.mistake(
            path,
            "an incentive gives one thing" if given else "an incentive gives something",
            "write one of points, coupon, gift, balance",
            ", ".join(given) or None,
        )
        return
    for kind in ("coupon", "gift"):
        if (name := getattr(one.give, kind)) is not None:
            yield from refers(file, (*path, kind), kind, name)
    if one.give.expires_days is not None and not one.give.balance:
        yield file.mistake(
            (*path, "expires_days"),
            f"{given[0]} have their own expiry",
            "take it out; only balance has expires_days",
            one.give.expires_days,
        )


def _budget(
    file: TomlFile[BenefitsFile], path: Key, one: IncentiveTable, refers: Refers
) -> Iterator[SettingsError]:
    if one.budget is None:
        return
    at = (*path, "budget")
    yield from refers(file, at, "budget", one.budget)
    for kind in ("coupon", "gift"):
        if (name := getattr(one.give, kind)) is not None:
            yield file.mistake(
                at,
                f"the budget of a {kind} pays for it wherever it is given",
                f"write the budget at [[{kind}]] {name}",
                one.budget,
            )
    in_points = bool(one.give.points)
    for budget in file.value.budget:
        if budget.name == one.budget and (budget.points is not None) is not in_points:
            unit, given = ("money", "points") if in_points else ("points", "money")
            yield file.mistake(
                at, f"this budget is in {unit}, and {given} are given", "name another", one.budget
            )
