"""The steps of the line: what the settings say, and which of them the shop's entries tell of.

A step that no entry of the shop tells is not observable: it is skipped, and never counted as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.errors import CannotTell, SettingsError, UnknownValue, Where
from regulars.insight.entries import ORDER, entries
from regulars.insight.observed import asked_of
from regulars.insight.steps import Step, masked, step_of
from regulars.kernel.clock import day_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

SEEN, FOLLOWED, DOWNLOADED, ACTIVATED, FIRST_ORDER, RETAINED = STEPS = (
    "seen", "followed", "downloaded", "activated", "first_order", "retained",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a shop.

    Attributes:
        seen: with which one comes in; None where it is left out or not observable.
        later: the steps after it, by name, that some entry tells.
        by_events: whether some step is told by an event; else orders are all that is known.
        unobservable: steps that no entry tells.
        left_out: steps that the settings leave empty.
        first_event, last_event: days of the first and the last that customers did; None without.
        first_order: the day of the first order; None without.
    """

    seen: Step | None
    later: dict[str, Step]
    by_events: bool
    unobservable: tuple[str, ...]
    left_out: tuple[str, ...]
    first_event: date | None
    last_event: date | None
    first_order: date | None

    @property
    def names(self) -> tuple[str, ...]:
        """Of all steps that can be told, in their order."""
        return tuple(name for name in STEPS if name in self.later or (name == SEEN and self.seen))

    @property
    def known_from(self) -> date | None:
        """The day from which on newcomers can be told."""
        return self.first_event if self.by_events else self.first_order

    @property
    def knows_orders(self) -> bool:
        """Whether the first order can be told."""
        return FIRST_ORDER in self.later

    @property
    def has_pair(self) -> bool:
        """Whether both the first order and another can be told."""
        return FIRST_ORDER in self.later and RETAINED in self.later

    def came_and(self, counts: list[int]) -> dict[str, int]:
        """Counts of who came in and came to each later step, by the steps' names."""
        found = dict(zip(self.later, counts[1:], strict=True))
        return ({SEEN: counts[0]} if self.seen else {}) | found


def line_of(view: View) -> Line:
    """The line that the settings name, as far as the shop's entries tell of it.

    Raises:
        SettingsError: a step cannot be read.
        NotUnderstood: neither events nor orders have come in yet.
        CannotTell: no entry is a step of the line.
    """
    written = view.settings.line.by_name
    steps = {name: _read(name, text) for name, text in written.items()}
    table = entries(view)
    of_events = table.kind != ORDER
    asked = asked_of(table)
    mask = masked(view, table, list(steps.values()))
    for place, name in enumerate(steps):
        is_step = (mask & (1 << place)) != 0
        asked[f"told_{name}"] = _any(is_step)
        asked[f"event_{name}"] = _any(is_step & of_events)
    told = view.run(table.agg(**asked)).to_pylist()[0]
    known = {name: step for name, step in steps.items() if told[f"told_{name}"]}
    if not known:
        raise CannotTell(
            "no entry of the shop is a step of the line",
            todo="write the steps under [line] in regulars.toml as the shop's events are named"
            " (`regulars events` lists them)",
        )
    first_event, last_event, first_order = (
        None if told[name] is None else day_of(told[name], view.settings.shop.time_zone)
        for name in ("first_did", "last_did", "first_bought")
    )
    return Line(
        seen=known.pop(SEEN, None),
        later=known,
        by_events=any(told[f"event_{name}"] for name in steps),
        unobservable=tuple(name for name in steps if not told[f"told_{name}"]),
        left_out=tuple(name for name in STEPS if name not in steps),
        first_event=first_event,
        last_event=last_event,
        first_order=first_order,
    )


def _any(condition: ir.BooleanValue) -> ir.Scalar:
    return ibis.cases((condition, 1), else_=0).max()


def _read(name: str, text: str) -> Step:
    try:
        return step_of(text)
    except UnknownValue as error:
        raise SettingsError(
            error.message,
            where=Where(file="regulars.toml", column=f"line.{name}", value=text),
            todo=error.todo,
        ) from error
