"""The report: one HTML file that opens offline and contacts nothing.

`render` takes plain data and gives the page as text. The page carries its charts (ECharts and the
options as JSON), its style and its lists (CSV as data addresses). Its content security policy lets
only these very scripts run, by their hashes: a script that came in with a customer's name or a
category would not.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.edges.report import charts, numbers
from regulars.edges.report.ahead import ahead_context, ahead_options
from regulars.edges.report.chart_style import Option, stage_colour, stage_name
from regulars.edges.report.echarts import VARIABLE, bundle_folder, module_text
from regulars.edges.report.lists import csv_address
from regulars.edges.report.sections import SECTIONS
from regulars.edges.report.words import WORDS, say
from regulars.kernel.metric import METRICS
from regulars.people.rfm import RFM8, SEGMENTS

if TYPE_CHECKING:
    from regulars.app.benefits.figures import BenefitFigures
    from regulars.app.pictures import Pictures

_TEMPLATES = Path(__file__).parent / "templates"
_ACTIONS_SHOWN = 50
_ATTRIBUTES_SHOWN = 6
_ROWS_CARRIED = 2_000
"""Of the plan: a page that carried a million would open nowhere."""

_DRAW = """
const options = JSON.parse(document.getElementById("chart-options").textContent);
const drawn = {};
function draw(box) {
  const chart = drawn[box.id] ??= %s.init(box, null, {renderer: "canvas"});
  chart.setOption(options[box.dataset.option], {notMerge: true});
  return chart;
}
for (const box of document.querySelectorAll("[data-option]")) {
  new ResizeObserver(() => draw(box).resize()).observe(box);
  draw(box);
}
const tip = document.getElementById("tip");
function tell(button) {
  tip.textContent = button.dataset.tip;
  tip.hidden = false;
  const at = button.getBoundingClientRect(), box = tip.getBoundingClientRect();
  const below = at.bottom + 8 + box.height < innerHeight;
  tip.style.left = Math.max(12, Math.min(at.left, innerWidth - box.width - 12)) + "px";
  tip.style.top = (below ? at.bottom + 8 : Math.max(8, at.top - 8 - box.height)) + "px";
}
for (const button of document.querySelectorAll("button.tip")) {
  for (const name of ["pointerenter", "focus", "click"])
    button.addEventListener(name, () => tell(button));
  for (const name of ["pointerleave", "blur"])
    button.addEventListener(name, () => { tip.hidden = true; });
}
addEventListener("scroll", () => { tip.hidden = true; }, {passive: true, capture: true});
for (const button of document.querySelectorAll("button[data-shows]")) {
  button.addEventListener("click", () => {
    const box = document.getElementById(button.dataset.chart);
    box.dataset.option = button.dataset.shows;
    draw(box);
    for (const other of button.parentElement.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other === button));
      document.getElementById(other.dataset.shows + "-lead").hidden = other !== button;
    }
  });
}
"""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence in both languages."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class ReportData:
    """All that the report shows, as plain data.

    Attributes:
        shop: the shop's name.
        currency: ISO 4217 code of all amounts.
        pictures: from `app.pictures.gather`.
        imported: what was imported, one sentence each.
        caveats: what to mind about it, one sentence each.
        plan: one row per customer and decision; None before the first plan.
        plan_summary: date, budget, reserved, actions, held_out, by_play.
        people_csv: where the list of all customers lies, named in the page if given.
        backtest: the card of who buys next (`lifetime.backtest_card`), as plain data; None before
            the first backtest.
        benefits: how they stand; None where there are none.
    """

    shop: str
    currency: str
    pictures: Pictures
    imported: tuple[Note, ...] = ()
    caveats: tuple[Note, ...] = ()
    plan: pa.Table | None = None
    plan_summary: Mapping[str, Any] | None = None
    people_csv: str | None = field(default=None)
    backtest: Mapping[str, Any] | None = field(default=None)
    benefits: BenefitFigures | None = field(default=None)


def render(data: ReportData, language: str) -> str:
    """The whole report as the text of one HTML file.

    Args:
        data: what it shows.
        language: `zh` or `en`.

    Raises:
        BundleChanged: the installed nicegui carries ECharts in an unknown shape.
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
    script = module_text(bundle_folder()) + _DRAW % VARIABLE
    options = _options(data, language)
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    context = {
        **_context(data, language),
        "charts": set(options),
        "policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{_hash(script)}'; base-uri 'none'; form-action 'none'",
        # Our own text and JSON without any "<": neither can end its element early.
        "style": Markup(style),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "options": Markup(_json(options)),  # noqa: S704
    }
    return environment.get_template("report.html.j2").render(context)


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


def _finite(value: Any) -> Any:
    """The value without what JSON has no word for: a chart leaves a gap there."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def _json(value: object) -> str:
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _options(data: ReportData, language: str) -> dict[str, Option]:
    """Every chart that has something to show, by the name that the template uses."""
    pictures = data.pictures
    options: dict[str, Option] = {}
    if pictures.growth.num_rows:
        options["growth"] = charts.growth(pictures.growth.to_pylist(), language)
        options["cohort"] = charts.cohort(pictures.cohort.to_pylist(), language)
        if not options["cohort"]["series"][0]["data"]:
            del options["cohort"]
    stages = pictures.stages.to_pylist()
    if any(row["customers"] for row in stages):
        options["stages"] = charts.stage_bars(stages, language, data.currency)
    for days, flow in pictures.flows.items():
        if any(row["from_stage"] != row["to_stage"] for row in flow.to_pylist()):
            options[f"flow-{days}"] = charts.stage_flow(flow.to_pylist(), language)
    cells = pictures.rfm_map.to_pylist()
    if any(cell["customers"] for cell in cells):
        options["rfm"] = charts.rfm_map(cells, language, data.currency)
    if pictures.cycle:
        options["cycle"] = charts.cycle_curve(pictures.cycle, language)
    for place, table in enumerate(_portrait_tables(data)):
        options[f"portrait-{place}"] = charts.portrait(table[1].to_pylist(), language)
    for section in SECTIONS:
        options |= section.options(data, language)
    return options | ahead_options(data, language)


def _portrait_tables(data: ReportData) -> list[tuple[str, pa.Table]]:
    portraits = data.pictures.portraits
    return [] if portraits is None else list(portraits.tables.items())[:_ATTRIBUTES_SHOWN]


def _context(data: ReportData, language: str) -> dict[str, Any]:
    pictures = data.pictures

    def money(value: Any) -> str:
        return numbers.money(value, language, data.currency)

    def lists(name: str, table: pa.Table) -> dict[str, str]:
        return {"name": f"{name}-{pictures.as_of}.csv", "address": csv_address(table)}

    overview = {row["span"]: row for row in pictures.overview.to_pylist()}
    return {
        "data": data,
        "pictures": pictures,
        "language": language,
        "say": lambda key, **values: say(key, language, **values),
        "metrics": list(METRICS),
        "channel": lambda key: _named("channel", key, language),
        "define": lambda key: METRICS[key].definition(language),
        "name_of": lambda key: METRICS[key].name(language),
        "short": lambda value: numbers.short(value, language),
        "exact": numbers.exact,
        "money": money,
        "exact_money": lambda value: numbers.exact_money(value, data.currency),
        "percent": numbers.percent,
        "overview": overview,
        "tiles": _tiles(overview, language, money, data.currency),
        "stages": [row for row in pictures.stages.to_pylist() if row["customers"]],
        "stage_name": lambda key: stage_name(key, language),
        "stage_colour": stage_colour,
        "unobserved": not any(
            row["customers"]
            for row in pictures.stages.to_pylist()
            if row["stage"] in ("visitor", "follower", "activated")
        ),
        "flows": {days: _flow_words(table, language) for days, table in pictures.flows.items()},
        "growth_partial": any(not row["complete"] for row in pictures.growth.to_pylist()),
        "segment_tables": _segments(pictures, language),
        "cuts": next(iter(pictures.rfm_cuts.to_pylist()), None),
        "portraits": [
            {
                "title": _attribute_name(attribute, language),
                "known": table["group_known"][0].as_py(),
                "list": lists(f"portrait-{attribute}", table),
                "height": 60 + 30 * min(table.num_rows, 8),
            }
            for attribute, table in _portrait_tables(data)
        ],
        "lists": {
            "overview": lists("overview", pictures.overview),
            "growth": lists("growth", pictures.growth),
            "stages": lists("stages", pictures.stages),
            "rfm": lists("rfm-map", pictures.rfm_map),
            "cohort": lists("cohort", pictures.cohort),
            **{f"flow-{days}": lists(f"flow-{days}", t) for days, t in pictures.flows.items()},
        },
        "cohort_columns": max(pictures.cohort["months_since"].to_pylist(), default=0),
        "cohort_rows": min(len(set(pictures.cohort["cohort"].to_pylist())), 24),
        "plan": _plan(data, language),
        "next": ahead_context(data, language),
        **{section.key: section.context(data, language) for section in SECTIONS},
    }


def _tiles(
    overview: Mapping[str, Mapping[str, Any]], language: str, money: Any, currency: str
) -> list[dict[str, Any]]:
    """The numbers of the shop, each over all time with the last 365 days beneath."""

    def whole(value: Any) -> str:
        return numbers.short(value, language)

    shown: dict[str, tuple[Callable[[Any], str], Callable[[Any], str]]] = {
        "customers": (whole, numbers.exact),
        "buyers": (whole, numbers.exact),
        "orders": (whole, numbers.exact),
        "sales": (money, lambda value: numbers.exact_money(value, currency)),
        "average_order_value": (money, lambda value: numbers.exact_money(value, currency)),
        "spend_per_customer": (money, lambda value: numbers.exact_money(value, currency)),
        "repeat_rate": (numbers.percent, lambda value: numbers.percent(value, 3)),
    }
    tiles = []
    for key, (brief, full) in shown.items():
        everything, year = overview["all_time"][key], overview["last_365_days"][key]
        below = say("shop.year", language, value=brief(year))
        tiles.append(
            {
                "key": key,
                "value": brief(everything),
                "exact": full(everything),
                "below": "" if key == "customers" else below,
                "below_exact": full(year),
            }
        )
    return tiles


def _flow_words(table: pa.Table, language: str) -> str:
    counts = charts.flow_counts(table.to_pylist())
    texts = {key: f"{count:,}" for key, count in counts.items()}
    judged = say("flow.judged", language, **texts) if counts["judged"] else ""
    return say("flow.lead", language, **texts) + judged


def _segments(pictures: Pictures, language: str) -> list[dict[str, Any]]:
    western = {segment.key: segment for segment in SEGMENTS}

    def rows(table: pa.Table, names: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = table.to_pylist()
        most = max((row["share"] or 0 for row in found), default=0) or 1
        return [
            {
                **row,
                "name": names[row["segment"]].zh if language == "zh" else names[row["segment"]].en,
                "width": round(100 * (row["share"] or 0) / most, 1),
            }
            for row in found
        ]

    return [
        {
            "title": say("rfm.western", language),
            "metric": "rfm_customers",
            "rows": rows(pictures.rfm_segments, western),
            "list": {
                "name": f"rfm-segments-{pictures.as_of}.csv",
                "address": csv_address(pictures.rfm_segments),
            },
        },
        {
            "title": say("rfm.eight", language),
            "metric": "rfm8_customers",
            "rows": rows(pictures.rfm8_segments, RFM8),
            "list": {
                "name": f"rfm8-{pictures.as_of}.csv",
                "address": csv_address(pictures.rfm8_segments),
            },
        },
    ]


def _attribute_name(attribute: str, language: str) -> str:
    key = f"portrait.{attribute}"
    if key in WORDS:
        return say(key, language)
    return attribute.removeprefix("traits.").replace("_", " ")


def _plan(data: ReportData, language: str) -> dict[str, Any] | None:
    if data.plan is None or data.plan_summary is None:
        return None
    other = {"zh": "en", "en": "zh"}[language]
    acts = [row for row in data.plan.to_pylist() if row["decision"] == "act"]
    acts.sort(key=lambda row: (row["rank"] is None, row["rank"], row["customer_id"]))
    summary = dict(data.plan_summary)
    plays = [_in(language, row) for row in summary.get("by_play", ())]
    busy = [row for row in plays if row["actions"] or row["held_out"] or row["not_funded"]]
    return {
        "summary": summary,
        "notes": summary.get("notes_zh" if language == "zh" else "notes", ()),
        "by_play": busy,
        "idle": [row["name"] for row in plays if row not in busy],
        "has_kpi": any(row.get("kpi") for row in busy),
        "actions": [_in(language, row) for row in acts[:_ACTIONS_SHOWN]],
        "all": len(acts),
        "rows": data.plan.num_rows,
        "shown": min(data.plan.num_rows, _ROWS_CARRIED),
        "list": {
            "name": f"plan-{summary['date']}.csv",
            "address": csv_address(
                data.plan.sort_by([("rank", "ascending"), ("customer_id", "ascending")])
                .slice(0, _ROWS_CARRIED)
                .drop_columns(
                    [name for name in data.plan.column_names if name.endswith(f"_{other}")]
                )
            ),
        },
    }


def _in(language: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with `offer_zh`, `offer_en`, … told once, as `offer`, and its lever named."""
    told = {
        key.removesuffix(f"_{language}") if key.endswith(f"_{language}") else key: value
        for key, value in row.items()
    }
    if "play_name" in told:
        told["name"] = told["play_name"]
    told["lever_name"] = _named("lever", row.get("lever"), language)
    return told


def _named(kind: str, key: str | None, language: str) -> str:
    """The name of a lever or a channel; one that the report does not know shows as it is."""
    known = f"{kind}.{key}"
    return say(known, language) if known in WORDS else key or ""
