"""The funnel as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.funnel.asked import EVER, LEAST_STEPS, WINDOW, Asked, asked
from regulars.insight.funnel.counts import Counted, check_names, count, observable
from regulars.insight.funnel.words import not_observable, says
from regulars.insight.picture import Picture, View
from regulars.insight.span import span_of
from regulars.insight.statistics.wilson import wilson
from regulars.insight.steps import Step, step_of
from regulars.timeline.calendar import first_day
from regulars.timeline.funnel import OPEN, REACHED, SINCE_BEFORE, SINCE_FIRST, reached_of
from regulars.timeline.spread import quantiles

if TYPE_CHECKING:
    from datetime import date

LEAST = 30
"""Of fewer who entered, no share of a group is judged."""

STEPS = pa.schema(
    [
        ("step", pa.int64()), ("name", pa.string()), ("reached", pa.int64()),
        ("share", pa.float64()), ("share_low", pa.float64()), ("share_high", pa.float64()),
        ("step_share", pa.float64()), ("lost", pa.int64()), ("open", pa.int64()),
        ("median_seconds", pa.float64()), ("p90_seconds", pa.float64()),
        ("median_step_seconds", pa.float64()),
    ]
)  # fmt: skip
GROUPS = pa.schema(
    [
        ("group", pa.string()), ("step", pa.int64()), ("name", pa.string()),
        ("reached", pa.int64()), ("share", pa.float64()), ("share_low", pa.float64()),
        ("share_high", pa.float64()), ("median_seconds", pa.float64()),
    ]
)  # fmt: skip
WEEKS = pa.schema(
    [
        ("week", pa.date32()), ("step", pa.int64()), ("name", pa.string()),
        ("reached", pa.int64()), ("share", pa.float64()), ("open", pa.int64()),
    ]
)  # fmt: skip


def draw(
    view: View,
    *,
    steps: str | None,
    from_: str | date | None,
    to: str | date | None,
    stage: Sequence[str],
    **wanted: Any,
) -> Picture:
    """How many come how far along the steps, by group and by week of entry.

    Raises:
        UnknownValue: a step cannot be read, or no event has its name.
        CannotTell: nobody took the first step.
    """
    span = span_of(view, from_, to, stage)
    funnel, unseen = _asked(view, steps, wanted)
    found = count(view, span, funnel, "week")
    reached = reached_of(found.sums, steps=len(funnel.steps))
    if not all(reached):
        check_names(view, funnel.steps)
    if not reached[0]:
        raise CannotTell(
            f"nobody did {funnel.steps[0].text!r} from {span.first} to {span.last}",
            todo="ask for other days with --from and --to, or begin with another step",
        )
    rows = found.sums.to_pylist()
    table = list(_steps(funnel, rows, reached))
    groups = list(_groups(funnel, found, rows)) if funnel.by else []
    return Picture(
        "funnel",
        view.as_of,
        {
            "steps": pa.Table.from_pylist(table, STEPS),
            "groups": pa.Table.from_pylist(groups, GROUPS),
            "weeks": pa.Table.from_pylist(list(_weeks(funnel, rows)), WEEKS),
        },
        (*says(funnel, span, table, groups), *not_observable(unseen)),
        facts={"entered": reached[0], "converted": reached[-1]},
    )


def _asked(view: View, steps: str | None, wanted: dict[str, Any]) -> tuple[Asked, tuple[str, ...]]:
    """The funnel asked for, or the line; and of that the steps that nothing tells of.

    Raises:
        CannotTell: of the line fewer than two steps are told of.
    """
    window = wanted.pop("window", None)
    if steps:
        return asked(steps, window=window or WINDOW, **wanted), ()
    line = [
        Step(name, step_of(text).alternatives) for name, text in view.settings.line.by_name.items()
    ]
    is_seen = observable(view, line)
    seen = [step for step, is_told in zip(line, is_seen, strict=True) if is_told]
    if len(seen) < LEAST_STEPS:
        raise CannotTell(
            "of the line's steps the shop's data tell of"
            f" {'none' if not seen else 'one only: ' + seen[0].text}",
            todo="name the events under [line] in regulars.toml, or give --steps",
        )
    unseen = tuple(step.text for step in line if step not in seen)
    return asked(seen, window=window or EVER, **wanted), unseen


def _steps(
    funnel: Asked, rows: list[dict[str, Any]], reached: list[int]
) -> Iterator[dict[str, Any]]:
    low, high = wilson(reached, [reached[0]] * len(reached))
    for number, step in enumerate(funnel.steps):
        here, before = reached[number], reached[max(number - 1, 0)]
        since_first = _spread(rows, SINCE_FIRST, number + 1)
        median, p90 = quantiles(*since_first, [0.5, 0.9])
        (own,) = quantiles(*_spread(rows, SINCE_BEFORE, number + 1), [0.5])
        yield {
            "step": number + 1,
            "name": step.text if funnel.order != "any" else f"{number + 1} of {len(reached)}",
            "reached": here,
            "share": here / reached[0],
            "share_low": float(low[number]),
            "share_high": float(high[number]),
            "step_share": here / before if before else None,
            "lost": before - here,
            "open": _units(rows, OPEN, number + 1) if funnel.window is not None else None,
            "median_seconds": median,
            "p90_seconds": p90,
            "median_step_seconds": own,
        }


def _units(rows: list[dict[str, Any]], what: int, step: int) -> int:
    return sum(row["units"] for row in rows if row["what"] == what and row["step"] == step)


def _spread(
    rows: list[dict[str, Any]], what: int, step: int, group: int | None = None
) -> tuple[list[int], list[int]]:
    """Bins and counts of how long it took to a step."""
    chosen = [
        row
        for row in rows
        if row["what"] == what and row["step"] == step and group in (None, row["group"])
    ]
    return [row["bin"] for row in chosen], [row["units"] for row in chosen]


def _groups(funnel: Asked, found: Counted, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    entered = {
        number: reached_of(found.sums, number, len(funnel.steps))
        for number in {row["group"] for row in rows if row["what"] == REACHED}
    }
    for number in sorted(entered, key=lambda one: (-entered[one][0], one)):
        reached = entered[number]
        enough = reached[0] >= LEAST
        low, high = wilson(reached, [reached[0]] * len(reached))
        for place, step in enumerate(funnel.steps):
            bins = _spread(rows, SINCE_FIRST, place + 1, number)
            yield {
                "group": found.name(number),
                "step": place + 1,
                "name": step.text,
                "reached": reached[place],
                "share": reached[place] / reached[0] if enough else None,
                "share_low": float(low[place]) if enough else None,
                "share_high": float(high[place]) if enough else None,
                "median_seconds": quantiles(*bins, [0.5])[0],
            }


def _weeks(funnel: Asked, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    weeks = sorted({row["period"] for row in rows if row["what"] == REACHED})
    for week in weeks:
        own = [row for row in rows if row["period"] == week]
        reached = [
            sum(row["units"] for row in own if row["what"] == REACHED and row["step"] > place)
            for place in range(len(funnel.steps))
        ]
        for place, step in enumerate(funnel.steps):
            yield {
                "week": first_day(week, "week"),
                "step": place + 1,
                "name": step.text,
                "reached": reached[place],
                "share": reached[place] / reached[0] if reached[0] >= LEAST else None,
                "open": _units(own, OPEN, place + 1) if funnel.window is not None else None,
            }
