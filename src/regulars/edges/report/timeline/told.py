"""What the parts of the section share: sentences, lists, names of steps, lengths of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.lists import csv_address
from regulars.edges.report.words import say

if TYPE_CHECKING:
    from regulars.insight.picture import Picture

Row = dict[str, Any]

_UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
_STEPS = {"any": "timeline.any", "order": "timeline.order"}
_GATHERED = {
    "(direct)": "timeline.direct",
    "(other)": "timeline.other",
    "(no source)": "timeline.no_source",
    "(all)": "timeline.all",
    "inviter": "timeline.inviter",
}


def listed(drawn: Picture, table: str) -> dict[str, str]:
    """A table of the picture as a list to download."""
    return {
        "name": f"{drawn.name}-{table}-{drawn.as_of}.csv",
        "address": csv_address(drawn.tables[table]),
    }


def said(drawn: Picture, language: str, leads: int) -> dict[str, Any]:
    """The first sentences as the lead, the others one by one beneath."""
    texts = [one.text(language) for one in drawn.says]
    between = "" if language == "zh" else " "
    return {"lead": between.join(texts[:leads]), "more": texts[leads:]}


def long(seconds: float | None, language: str) -> str:
    """A length of time in the largest unit that it fills.

    >>> long(5400, "en"), long(86_400, "zh"), long(0.4, "en"), long(None, "en")
    ('1.5 h', '1 天', '0 s', '–')
    """
    if seconds is None:
        return numbers.NOTHING
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), (1, "seconds"))
    count = f"{seconds / size:.{0 if size == 1 else 1}f}".removesuffix(".0")
    return say(f"timeline.{unit}", language, count=count)


def ends(row: Row, key: str, decimals: int = 1) -> str:
    """The interval of a share, as text; empty where none is told.

    >>> ends({"share_low": 0.18, "share_high": 0.2062}, "share")
    '18.0–20.6%'
    """
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if low is None or high is None:
        return ""
    return f"{numbers.percent(low, decimals).removesuffix('%')}–{numbers.percent(high, decimals)}"


def step_names(texts: Sequence[str], language: str) -> list[str]:
    """Steps as people call them; a step that comes again is numbered.

    >>> step_names(["any", "Followed", "order", "order"], "en")
    ['anything', 'Followed', 'order', 'order (2)']
    """
    found: list[str] = []
    for place, text in enumerate(texts):
        name = say(_STEPS[text], language) if text in _STEPS else text
        again = texts[:place].count(text)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


def source_name(name: str | None, language: str) -> str:
    """A source as it is shown: those that gather others have a name in each language.

    >>> source_name("(direct)", "zh"), source_name("wechat", "zh"), source_name(None, "en")
    ('直接访问', 'wechat', 'no source')
    """
    told = name or "(no source)"
    return say(_GATHERED[told], language) if told in _GATHERED else told
