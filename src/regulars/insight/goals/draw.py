"""The picture `goals`: every goal of the settings with its forecast and the causes of its gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from regulars.errors import CannotTell
from regulars.insight.drivers.totals import GROUPS
from regulars.insight.goals.causes import (
    OTHER,
    Cause,
    at_end,
    causes,
    factors,
    planned,
    product,
    ratio_causes,
)
from regulars.insight.goals.days import Days, days_of
from regulars.insight.goals.expect import Expected, actual_of, expect
from regulars.insight.goals.repeat import repeat_at_end
from regulars.insight.goals.spans import Span, before, span_of
from regulars.insight.goals.sums import Done, done
from regulars.insight.goals.words import says
from regulars.insight.picture import Picture, View
from regulars.kernel.sentence import Sentence
from regulars.settings import GoalSettings

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLE = '[[goals]], metric = "sales", period = "quarter", target = 1_000_000'
ENDED, RUNNING, AHEAD = "ended", "running", "ahead"
_SMALL = 1e-6
_YEAR = timedelta(days=365)
_RATIOS = ("average_order_value", "repeat_rate")


@dataclass(frozen=True, slots=True)
class Held:
    """One goal held against what is known.

    Attributes:
        goal: of the settings.
        span: its days.
        gone: how many have ended.
        state: ended, running or ahead.
        actual: so far; None before it begins, or without a denominator.
        end: expected at its end.
        last: the metric of the span of the same kind before it, None where the data hold none.
        causes: of the gap, the largest first; empty where they cannot be told.
    """

    goal: GoalSettings
    span: Span
    gone: int
    state: str
    actual: float | None
    end: Expected
    last: float | None
    causes: list[Cause]


def draw(view: View) -> Picture:
    """The goals of `regulars.toml` as of the view's day.

    Raises:
        CannotTell: there are no goals, or nothing was bought yet.
    """
    goals = view.settings.goals
    if not goals:
        raise CannotTell(
            "no goals are set",
            todo=f"write them into regulars.toml, one key a line: {EXAMPLE}",
        )
    spans = [span_of(goal, view.as_of) for goal in goals]
    days = days_of(view, max(span.last for span in spans))
    if days is None:
        raise CannotTell(
            "nothing was bought yet, so no goal can be held against it", todo="import orders first"
        )
    # Nothing is known of the time before the data: to call such a goal missed would be a guess.
    outside = [span for span in spans if span.last < days.first]
    pairs = [(g, span) for g, span in zip(goals, spans, strict=True) if span not in outside]
    if not pairs:
        raise CannotTell(
            f"all goals lie before the data, which begin on {days.first}",
            todo="write goals of later days, or import a longer history",
        )
    goals, spans = tuple(g for g, _ in pairs), [span for _, span in pairs]
    read: dict[Span, list[Done]] = {}
    yardsticks: dict[Span, Span] = {}
    held = []
    for goal, span in zip(goals, spans, strict=True):
        if span not in read:
            past = [one for one in before(span, days.first) if one.last <= view.as_of]
            found = done(view, [span, *past], span.gone(view.as_of), days.notes)
            known = days.first + _YEAR
            read[span] = [
                replace(one, begins=its.first < known)
                for one, its in zip(found, [span, *past], strict=True)
            ]
            if past:
                yardsticks[span] = past[0]
        held.append(hold(goal, span, read[span], days, view))
    tables = {"goals": _goals(held), "causes": _causes(held)}
    against = {
        place: (yardsticks[span].first, yardsticks[span].last)
        for place, span in enumerate(spans, start=1)
        if span in yardsticks
    }
    said = says(tables, view.settings.shop.currency, against)
    unknown = [
        Sentence(
            f"The goal of {span.first} to {span.last} lies before the data, which begin on"
            f" {days.first}: nothing is known of it.",
            f"{span.first} 至 {span.last} 的目标早于数据开始的 {days.first}，无从得知。",
        )
        for span in outside
    ]
    return Picture("goals", view.as_of, tables, (*said, *unknown))


def hold(goal: GoalSettings, span: Span, found: list[Done], days: Days, view: View) -> Held:
    """One goal held against what was done in its span, and in those before it."""
    margin = view.settings.shop.margin
    gone, skip = span.gone(view.as_of), max((span.first - view.as_of).days - 1, 0)
    state = AHEAD if not gone else ENDED if gone == span.days else RUNNING

    def at(metric: str, target: float) -> Expected:
        return expect(metric, target, span, gone, skip, found, days, margin)

    end = at(goal.metric, goal.target)
    actual = actual_of(goal.metric, found[0].whole, found[0].notes, margin) if gone else None
    last = None
    told: list[Cause] = []
    if len(found) > 1:
        last = actual_of(goal.metric, found[1].whole, found[1].notes, margin)
        if end.value is not None:
            told = _why(goal, found, end.value, at, margin)
    return Held(goal, span, gone, state, actual, end, last, told)


def _why(goal: GoalSettings, found: list[Done], end: float, at: Any, margin: float) -> list[Cause]:
    """The causes of the gap, the largest first; none where a driver's forecast is missing."""
    metric = goal.metric
    now, last = found[0], found[1]
    ends: dict[str, float] = {}
    for name in ("orders", "sales", "profit", "buyers", "new_buyers"):
        told = at(name, 1.0)
        if told.value is not None:
            ends[name] = told.value
    if metric in ends or metric in _RATIOS:
        ends[metric] = end
    # Groups hold what was bought; credit notes are taken off apart from them.
    notes = _notes_at_end(now, ends)
    for name, part in (("sales", 1.0), ("profit", margin)):
        if name in ends:
            ends[name] += notes * part
    if metric == "average_order_value" and "orders" in ends:
        ends["sales"] = end * ends["orders"] + notes
    groups = repeat_at_end(found) if metric == "repeat_rate" else at_end(found, ends)
    if metric in _RATIOS:
        per_order = 0.0
        if metric == "average_order_value" and ends.get("orders"):
            per_order = notes / ends["orders"]
        parts = ratio_causes(metric, last.whole, groups, goal.target, per_order)
    else:
        parts = _product_causes(goal, last, groups, notes, margin)
    rest = end - goal.target - sum(one.effect for one in parts)
    if parts and abs(rest) > _SMALL * max(abs(goal.target), 1.0):
        # Profit without sales, as of goods taken back at a loss, belongs to no driver.
        parts.append(Cause(OTHER, None, None, rest))
    return sorted(parts, key=lambda one: -abs(one.effect))


def _product_causes(
    goal: GoalSettings, last: Done, groups: Mapping[str, Any], notes: float, margin: float
) -> list[Cause]:
    part = {"sales": 1.0, "profit": margin}.get(goal.metric, 0.0)
    then = factors(goal.metric, last.whole)
    reached = sum(product(own) for own in then.values())
    taken = last.notes * part
    # The plan gives back as large a part as the last span did.
    gross = goal.target * reached / (reached - taken) if reached > taken else goal.target
    plan = planned(goal, then, gross)
    return causes(
        plan, factors(goal.metric, groups), goal.target, gross - goal.target, notes * part
    )


def _notes_at_end(now: Done, ends: Mapping[str, float]) -> float:
    """What credit notes will have taken off: as much of what is still to come as so far."""
    sales = sum(now.whole[kind].sales for kind in GROUPS)
    if not now.notes or sales <= now.notes or "sales" not in ends:
        return now.notes
    return now.notes * max(ends["sales"] / (sales - now.notes), 1.0)


def _goals(held: list[Held]) -> pa.Table:
    import pyarrow as pa

    kinds = {
        "goal": pa.int64(),
        "metric": pa.string(),
        "first_day": pa.date32(),
        "last_day": pa.date32(),
        "state": pa.string(),
        "days": pa.int64(),
        "days_gone": pa.int64(),
    }
    reals = (
        "target", "actual", "forecast", "low_80", "high_80", "low_95", "high_95", "chance", "gap",
        "last_period",
    )  # fmt: skip
    rows = [
        {
            "goal": place,
            "metric": one.goal.metric,
            "first_day": one.span.first,
            "last_day": one.span.last,
            "state": one.state,
            "days": one.span.days,
            "days_gone": one.gone,
            "target": one.goal.target,
            "actual": one.actual,
            "forecast": one.end.value,
            "low_80": one.end.low_80,
            "high_80": one.end.high_80,
            "low_95": one.end.low_95,
            "high_95": one.end.high_95,
            "chance": one.end.chance,
            "gap": None if one.end.value is None else one.end.value - one.goal.target,
            "last_period": one.last,
        }
        for place, one in enumerate(held, start=1)
    ]
    schema = pa.schema([*kinds.items(), *((name, pa.float64()) for name in reals)])
    return pa.Table.from_pylist(rows, schema)


def _causes(held: list[Held]) -> pa.Table:
    import pyarrow as pa

    rows = [
        {
            "goal": place,
            "metric": one.goal.metric,
            "driver": cause.driver,
            "planned": cause.planned,
            "expected": cause.expected,
            "effect": cause.effect,
        }
        for place, one in enumerate(held, start=1)
        for cause in one.causes
    ]
    kinds = {"goal": pa.int64(), "metric": pa.string(), "driver": pa.string()}
    reals = ("planned", "expected", "effect")
    schema = pa.schema([*kinds.items(), *((name, pa.float64()) for name in reals)])
    return pa.Table.from_pylist(rows, schema)
