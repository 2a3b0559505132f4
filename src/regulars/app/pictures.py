"""All pictures of the shop, drawn through one engine from the as-of tables.

`gather` is the only place that knows which pictures there are; report and console show what it
returns, and each picture is plain data: an Arrow table or a small dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.app.pictures_ahead import Ahead, gather_ahead
from regulars.errors import CannotTell, NotUnderstood
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import View
from regulars.kernel.stage_names import Depth
from regulars.people.rfm import Rule, cuts, rule

if TYPE_CHECKING:
    from regulars.insight.cycle_curve import CycleCurve
    from regulars.insight.picture import Engine, Picture
    from regulars.settings import Settings

FLOW_DAYS = (30, 90)
"""The spans over which movement between stages is shown."""

_MINIMUM_GROUP = 30
_TRAITS_SHOWN = 8
_ATTRIBUTES = (
    "gender",
    "top_category",
    "source",
    "province",
    "education",
    "reputation",
    "interests",
    "tags",
)


@dataclass(frozen=True, slots=True)
class Portraits:
    """The make-up of one group against a base.

    Attributes:
        group: `core`, or `champions` where the shop has too few core customers.
        customers: how many are in the group.
        base: how many buyers it is held against.
        tables: by attribute, the result of `insight.portraits.make_up`, the most telling first.
    """

    group: str
    customers: int
    base: int
    tables: dict[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Every picture as of a date.

    Attributes:
        as_of: the day up to whose end they know.
        overview: `insight.overview`.
        growth: `insight.growth.draw.growth`.
        cohort: `insight.cohort`.
        stages: `insight.stages`.
        flows: by number of days, `insight.stage_flow`.
        rfm_map: `insight.rfm_map`.
        rfm_segments: the western segments.
        rfm8_segments: the Chinese segments.
        rfm_cuts: where high begins: `people.rfm.cuts`.
        rfm_rule: the published rule of both.
        ahead: what comes next.
        cycle: curves after the first, second, third and later purchase, as far as the data go.
        portraits: of the core against all buyers; None where no group is large enough.
        drawn: the declared pictures by name, but for those that the data are not enough for.
        cannot_tell: why the others are not there, by name.
    """

    as_of: date
    overview: pa.Table
    growth: pa.Table
    cohort: pa.Table
    stages: pa.Table
    flows: dict[int, pa.Table]
    rfm_map: pa.Table
    rfm_segments: pa.Table
    rfm8_segments: pa.Table
    rfm_cuts: pa.Table
    rfm_rule: Rule
    ahead: Ahead
    cycle: tuple[CycleCurve, ...] = ()
    portraits: Portraits | None = field(default=None)
    drawn: dict[str, Picture] = field(default_factory=dict)
    cannot_tell: dict[str, str] = field(default_factory=dict)


def gather(
    engine: Engine,
    settings: Settings,
    as_of: date,
    progress: Callable[[str], None] | None = None,
    names: Iterable[str] = tuple(PICTURES),
    further: Callable[[str], dict[str, Any]] = lambda _: {},
) -> Pictures:
    """Draw every picture from the as-of tables.

    Args:
        engine: holds `purchases`, `credit_notes`, `people`, `stage_history`, `category_cycles`,
            `shop_pace` and `model_cards`, made by `understand` for this date.
        settings: of the shop.
        as_of: the date for which `understand` made them.
        progress: told the name of each picture before it is drawn.
        names: of the declared pictures to draw; they need the other as-of tables too.
        further: what a picture of this name shows that stands in no table.
    """
    from regulars.insight.cohort import cohort
    from regulars.insight.growth.draw import growth
    from regulars.insight.overview import overview
    from regulars.insight.rfm_map import rfm8_segments, rfm_map, rfm_segments
    from regulars.insight.stages import stage_flow, stages

    purchases, people = engine.relation("purchases"), engine.relation("people")
    history = engine.relation("stage_history")

    def draw(name: str, expression: Any) -> pa.Table:
        if progress is not None:
            progress(name)
        return engine.run(expression)

    return Pictures(
        as_of=as_of,
        overview=draw(
            "overview", overview(purchases, engine.relation("credit_notes"), people, as_of)
        ),
        growth=draw("growth", growth(purchases, as_of)),
        cohort=draw("cohort", cohort(purchases, as_of)),
        stages=draw("stages", stages(people)),
        flows={
            days: draw("stage_flow", stage_flow(history, purchases, as_of, days))
            for days in FLOW_DAYS
        },
        rfm_map=draw("rfm_map", rfm_map(people)),
        rfm_segments=draw("rfm_segments", rfm_segments(people)),
        rfm8_segments=draw("rfm8_segments", rfm8_segments(people)),
        rfm_cuts=draw("rfm_cuts", cuts(people, settings.rfm)),
        rfm_rule=rule(settings.rfm),
        ahead=gather_ahead(draw, engine, settings, as_of),
        cycle=_cycle(draw, purchases, settings, as_of),
        portraits=_portraits(draw, people),
        **_declared(View(engine, settings, as_of), names, progress, further),
    )


def _declared(
    view: View,
    names: Iterable[str],
    progress: Callable[[str], None] | None,
    further: Callable[[str], dict[str, Any]],
) -> dict[str, Any]:
    drawn, cannot_tell = {}, {}
    for name in names:
        if progress is not None:
            progress(name)
        try:
            drawn[name] = PICTURES[name].draw(view, **further(name))
        except (CannotTell, NotUnderstood) as error:
            cannot_tell[name] = str(error)
    return {"drawn": drawn, "cannot_tell": cannot_tell}


def _cycle(
    draw: Callable[[str, Any], pa.Table], purchases: Any, settings: Settings, as_of: date
) -> tuple[CycleCurve, ...]:
    from regulars.insight.cycle_curve import estimate, gaps

    rows = draw("cycle_curve", gaps(purchases, as_of)).to_pylist()
    curves = []
    for after in sorted({row["after"] for row in rows}):
        own = [row for row in rows if row["after"] == after]
        try:
            curve = estimate(
                [row["days"] for row in own],
                [row["closed"] for row in own],
                [row["gaps"] for row in own],
                after=after,
                horizon=settings.cycle.horizon_days,
            )
        except CannotTell:
            continue
        curves.append(curve)
    return tuple(curves)


def _portraits(draw: Callable[[str, Any], pa.Table], people: Any) -> Portraits | None:
    from regulars.insight.counts import number_where
    from regulars.insight.portraits.make_up import portrait, trait_keys

    groups: dict[str, Callable[[Any], Any]] = {
        "core": lambda t: t.depth == str(Depth.CORE),
        "champions": lambda t: t.rfm_segment == "champions",
    }
    sizes = draw(
        "portrait",
        people.agg(
            base=number_where(people.orders > 0),
            **{name: number_where(condition(people)) for name, condition in groups.items()},
        ),
    ).to_pylist()[0]
    name = next((name for name in groups if sizes[name] >= _MINIMUM_GROUP), None)
    if name is None:
        return None
    keys = draw("portrait", trait_keys(people)).to_pylist()[:_TRAITS_SHOWN]
    tables = {}
    for attribute in (*_ATTRIBUTES, *(f"traits.{row['key']}" for row in keys)):
        table = draw(
            f"portrait {attribute}",
            portrait(people, attribute, groups[name], lambda t: t.orders > 0, _MINIMUM_GROUP),
        )
        # One value, or a group of whom little is known, tells nothing apart.
        if table.num_rows > 1 and table["group_known"][0].as_py() >= _MINIMUM_GROUP:
            tables[attribute] = table
    ordered = sorted(tables, key=lambda attribute: -_distance(tables[attribute]))
    return Portraits(
        group=name,
        customers=sizes[name],
        base=sizes["base"],
        tables={attribute: tables[attribute] for attribute in ordered},
    )


def _distance(table: pa.Table) -> float:
    """How far the group's make-up is from the base's: half the sum of differences of shares."""
    rows = zip(table["group_share"].to_pylist(), table["base_share"].to_pylist(), strict=True)
    return float(sum(abs(group - base) for group, base in rows) / 2)
