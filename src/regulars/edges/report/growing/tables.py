"""The section's tables and lines, as the template and the charts take them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.insight.picture import Picture

_LONGEST = 24
"""Months drawn of cumulated value."""
_QUARTERS = 6
"""Groups in time that are drawn and listed, the newest."""
_NAMED = "named"
_MARKS = (12, 6, 3, 1)
_PLACE = {_NAMED: 0, "other": 1, "unknown": 2, "all": 3}
_CENT = Decimal("0.005")


def _tree(picture: Picture, compared: str) -> list[dict[str, Any]]:
    return [row for row in picture.tables["tree"].to_pylist() if row["compared"] == compared]


def driver_steps(picture: Picture, compared: str, language: str) -> list[dict[str, Any]]:
    """Name and change in sales of each factor, then of the whole."""
    steps: list[dict[str, Any]] = []
    whole = 0
    for row in _tree(picture, compared):
        kind, factor = row["kind"], row["factor"]
        if kind == "total":
            whole = row["sales_change"] if factor == "sales" else whole
        elif kind == "credit_notes":
            steps.append({"name": say(f"growing.{kind}", language), "change": row["sales_change"]})
        elif factor not in ("sales", "margin"):
            name = say(f"growing.{factor}", language)
            group = say(f"growing.bar_{kind}", language)
            name = say(
                "growing.bar",
                language,
                group=group,
                factor=name if language == "zh" else name.lower(),
            )
            steps.append({"name": name, "change": row["sales_change"]})
    return [*steps, {"name": say("growing.change", language), "change": whole}]


def driver_rows(
    picture: Picture, compared: str, language: str, currency: str
) -> list[dict[str, Any]]:
    """The tree as a table: groups, and their factors beneath them."""
    rows = []
    for row in _tree(picture, compared):
        kind, factor = row["kind"], row["factor"]
        head = factor == "sales" or kind == "total"
        name = factor if kind == "total" or not head else kind
        rows.append(
            {
                "name": say(f"growing.{name}", language),
                "head": head,
                "before": _value(factor, row["before"], language, currency),
                "after": _value(factor, row["after"], language, currency),
                "parts": [
                    _part(row[change], language, currency)
                    for change in ("sales_change", "profit_change")
                ],
            }
        )
    return rows


def whole_money(value: float | Decimal, language: str, currency: str) -> str:
    """An amount for the eye without its cents."""
    amount = float(value)
    if abs(amount) >= 1000:
        return numbers.money(value, language, currency)
    return ("-" if amount <= -0.5 else "") + numbers.symbol(currency) + f"{abs(amount):,.0f}"


def _part(change: Decimal | None, language: str, currency: str) -> dict[str, str]:
    """A contribution, and in full; nothing where it is less than a cent."""
    if change is None or abs(change) < _CENT:
        return {"short": "", "exact": ""}
    sign = "+" if change > 0 else ""
    return {
        "short": sign + whole_money(change, language, currency),
        "exact": sign + numbers.exact_money(change, currency),
    }


def _value(factor: str, value: float | None, language: str, currency: str) -> str:
    if value is None:
        return numbers.NOTHING
    if factor == "margin":
        return numbers.percent(value)
    if factor == "orders_per_customer":
        return numbers.exact(value, 2)
    if factor in ("customers", "orders"):
        return numbers.exact(value)
    return numbers.money(value, language, currency)


def _name(row: dict[str, Any], language: str) -> str:
    name: str = row["cohort"]
    return name if row["kind"] == _NAMED else say(f"growing.{row['kind']}", language)


def _shown(picture: Picture, rows: list[dict[str, Any]]) -> set[str]:
    """The named groups that are shown: all, or the newest of those in time."""
    names = list(dict.fromkeys(row["cohort"] for row in rows if row["kind"] == _NAMED))
    return set(names[-_QUARTERS:] if picture.facts["by"] in ("month", "quarter") else names)


def cohort_lines(picture: Picture, language: str) -> list[dict[str, Any]]:
    """Cumulated profit per customer by month, of each cohort that is shown."""
    rows = picture.tables["cells"].to_pylist()
    shown = _shown(picture, rows)
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row["kind"] == _NAMED and row["cohort"] not in shown:
            continue
        line = lines.setdefault(
            (row["kind"], row["cohort"]),
            {"name": _name(row, language), "kind": row["kind"], "points": []},
        )
        if row["cumulated_profit"] is not None and row["months_since"] <= _LONGEST:
            line["points"].append((row["months_since"], row["cumulated_profit"]))
    found = [line for line in lines.values() if line["points"]]
    return sorted(found, key=lambda line: _PLACE[line["kind"]])


def cohort_rows(
    picture: Picture, language: str, currency: str
) -> tuple[list[dict[str, Any]], list[int]]:
    """The cohorts as a table, and the two months since the first purchase that it tells."""
    rows = picture.tables["cohorts"].to_pylist()
    shown = _shown(picture, rows)
    listed = [row for row in rows if row["kind"] != _NAMED or row["cohort"] in shown]
    named = [row for row in listed if row["kind"] == _NAMED] or listed
    reached = [
        month
        for month in _MARKS
        if sum(row[f"profit_{month}"] is not None for row in named) >= min(2, len(named))
    ]
    longest = reached[0] if reached else _MARKS[-1]
    middle = next((month for month in reached[1:] if month <= longest / 2), 0)
    bounds = _bounds(picture, longest)
    told = [
        {
            "name": _name(row, language),
            "kind": row["kind"],
            "customers": row["customers"],
            "share": row["share_1"],
            "middle": row[f"profit_{middle}"],
            "worth": row[f"profit_{longest}"],
            "span": "–".join(
                whole_money(bound, language, currency)
                for bound in bounds.get((row["kind"], row["cohort"]), ())
            ),
        }
        for row in listed
    ]
    by_time = picture.facts["by"] in ("month", "quarter")
    if not by_time:
        told.sort(key=lambda row: (_PLACE[row["kind"]], -(row["worth"] or 0)))
    return told, [middle, longest]


def _bounds(picture: Picture, month: int) -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (row["kind"], row["cohort"]): (row["cumulated_profit_low"], row["cumulated_profit_high"])
        for row in picture.tables["cells"].to_pylist()
        if row["months_since"] == month and row["cumulated_profit"] is not None
    }


def second_curves(picture: Picture, language: str) -> list[dict[str, Any]]:
    """The curves that are drawn: all together, and the newest groups."""
    rows = picture.tables["curve"].to_pylist()
    shown = _shown(picture, rows)
    tests = picture.tables["compared"].to_pylist()
    newest = next((row["cohort"] for row in tests if row["cohort"]), None)
    if newest is None and shown and picture.facts["by"] in ("month", "quarter"):
        newest = max(shown)
    year_ago = _year_before(newest) if newest else None
    curves: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row["kind"] == _NAMED and row["cohort"] not in shown:
            continue
        role = (
            "everyone"
            if row["kind"] == "all"
            else "newest"
            if row["cohort"] == newest
            else "year_ago"
            if row["cohort"] == year_ago
            else "other"
        )
        curve = curves.setdefault(
            (row["kind"], row["cohort"]),
            {"name": _name(row, language), "role": role, "points": []},
        )
        curve["points"].append((row["day"], row["share"]))
    order = {"newest": 0, "year_ago": 1, "other": 2, "everyone": 3}
    return sorted(curves.values(), key=lambda curve: order[curve["role"]])


def _year_before(name: str) -> str:
    return f"{int(name[:4]) - 1}{name[4:]}"


def leak_rows(picture: Picture, language: str) -> list[dict[str, Any]]:
    """The stretches of days as a table."""
    rows = picture.tables["leak"].to_pylist()
    most = max((row["came"] for row in rows), default=0) or 1
    return [
        {
            **row,
            "name": say("growing.days", language, after=row["after_day"] + 1, to=row["to_day"]),
            "width": round(100 * row["came"] / most, 1),
        }
        for row in rows
    ]
