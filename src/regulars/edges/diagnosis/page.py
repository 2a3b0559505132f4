"""The page: what is lost where, how much, and what to try first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.edges.diagnosis.curve import curve_svg
from regulars.edges.diagnosis.labels import LABELS
from regulars.edges.report import numbers
from regulars.edges.report.chart_style import stage_colour, stage_name
from regulars.insight.diagnosis import words
from regulars.kernel.money import spoken

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.insight.diagnosis.diagnose import Diagnosis
    from regulars.kernel.sentence import Sentence

_TEMPLATES = Path(__file__).parent / "templates"
_LISTED = 6
_MAKERS = 6
_BEST = 3


def render(found: Diagnosis, shop: str, language: str, also: Sequence[Sentence] = ()) -> str:
    """The page as the text of one HTML file, which holds no script and contacts nothing.

    Args:
        found: the diagnosis.
        shop: its name.
        language: `zh` or `en`.
        also: what else it rests on.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    label = {key: pair[0 if language == "zh" else 1] for key, pair in LABELS.items()}
    second = found.second
    context = {
        "language": language,
        "shop": shop,
        "found": found,
        "label": label,
        "style": Markup((_TEMPLATES / "diagnosis.css").read_text("utf-8")),  # noqa: S704
        # Numbers and our own labels only: nothing of the shop's is in it.
        "curve": None
        if second is None
        else Markup(curve_svg(second.curve, label["curve"], label["days"])),  # noqa: S704
        "headline": _told(words.headline(found), language),
        "tiles": _tiles(found, label, language),
        "leak": _told(words.leak(found), language),
        "late": _told(words.late(found), language),
        "listed": found.slipping.listed.slice(0, _LISTED).to_pylist(),
        "makers": _makers(found.makers),
        "trial": None
        if found.first is None
        else _told(words.trial(found.first, found.currency), language),
        "assumptions": _told([*also, *words.assumptions(found)], language),
        "amount": lambda value: spoken(value, found.currency),
        "percent": numbers.percent,
        "exact": numbers.exact,
        "stage_name": lambda key: stage_name(key, language),
        "stage_colour": stage_colour,
    }
    return environment.get_template("diagnosis.html.j2").render(context)


def _told(sentences: list[Any], language: str) -> list[str]:
    return [sentence.text(language) for sentence in sentences]


def _tiles(found: Diagnosis, label: dict[str, str], language: str) -> list[dict[str, str]]:
    shop, second, late = found.shop["all_time"], found.second, found.slipping

    def money(value: float | None) -> str:
        return numbers.money(value, language, found.currency)

    tiles = [
        {"name": label["buyers"], "value": numbers.short(shop["buyers"], language)},
        {"name": label["repeat"], "value": numbers.percent(shop["repeat_rate"])},
    ]
    if second is not None:
        tiles.append(
            {
                "name": label["second"].format(days=second.curve.end),
                "value": numbers.percent(second.curve.chance),
            }
        )
        point = second.a_point
        if point is not None and second.new_buyers:
            tiles.append({"name": label["point"], "value": money(point[0])})
    if late.stake is not None:
        tiles.append({"name": label["stake"], "value": money(late.stake)})
    return tiles


def _makers(tables: dict[str, pa.Table]) -> list[dict[str, Any]]:
    """The best and the worst of each kind, with bars on one scale."""
    shown = []
    for by, table in tables.items():
        rows = table.to_pylist()
        if len(rows) > _MAKERS:
            rows = [*rows[:_BEST], *rows[-_BEST:]]
        most = max((row["return_rate"] for row in rows), default=0) or 1
        for row in rows:
            row["width"] = round(100 * row["return_rate"] / most, 1)
            row["expected_at"] = round(100 * min(row["expected_rate"] / most, 1), 1)
        if rows:
            shown.append({"by": by, "rows": rows})
    return shown
