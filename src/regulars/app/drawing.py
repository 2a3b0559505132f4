"""A picture of the shop drawn on demand, also as of a day gone by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from regulars.app.as_of import is_stale, last_day_known, refresh, understood_as_of, view_of
from regulars.app.understand import understand
from regulars.errors import NotUnderstood, UnknownValue
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import Picture, View
from regulars.kernel.clock import day_of
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse


def draw(
    warehouse: Warehouse,
    home: Home,
    name: str,
    as_of: date | None = None,
    step: Step = silent,
    **asked: Any,
) -> Picture:
    """The picture of this name.

    Args:
        warehouse: of the home.
        home: the shop.
        name: of `insight.catalogue.PICTURES`.
        as_of: the end of this day, with what was known then; by default the day of the people
            table, which is brought up to date first.
        step: told the name of each step.
        asked: the picture's options.

    Raises:
        NotUnderstood: no orders have come in yet.
        UnknownValue: there is no such picture, or an option has a value that it cannot have.
        CannotTell: the shop's data are not enough for it.
    """
    if name not in PICTURES:
        raise UnknownValue.of("picture", name, list(PICTURES))
    declared = PICTURES[name]
    at = timeline_at if declared.of_timeline else view_at
    whole = declared.whole or bool(asked.get("stage"))  # stages stand in the people table
    with at(warehouse, home, as_of, step, whole=whole) as view:
        step(name)
        return declared.draw(view, **asked, **told_by_home(home, name))


def told_by_home(home: Home, name: str) -> dict[str, Any]:
    """What a picture shows that stands in no table: of `aarrr`, the plays of the playbook.

    Raises:
        SettingsError: the playbook holds a mistake.
    """
    if name != "aarrr":
        return {}
    from regulars.app.stage_plays import stage_plays

    return {"plays": stage_plays(home)}


@contextmanager
def view_at(
    warehouse: Warehouse,
    home: Home,
    as_of: date | None = None,
    step: Step = silent,
    *,
    whole: bool = True,
) -> Iterator[View]:
    """The as-of tables of a day, made aside where the home's own stand for another.

    Args:
        warehouse: of the home.
        home: the shop.
        as_of: the day; by default that of the people table, brought up to date first.
        step: told the name of each step.
        whole: with the people table and what belongs to it; else purchases and goods only.
    """
    if is_stale(warehouse, home):
        understand(warehouse, home, None, step)
    own = understood_as_of(warehouse)
    if as_of is None or as_of == own:
        yield View(warehouse, home.settings, own)
        return
    with _made_aside(warehouse, home, as_of, step, whole=whole) as view:
        yield view


@contextmanager
def _made_aside(
    warehouse: Warehouse, home: Home, as_of: date, step: Step, *, whole: bool
) -> Iterator[View]:
    refresh(warehouse, home)  # before the tables of another day hide the home's own
    with warehouse.aside():
        if whole:
            understand(warehouse, home, as_of, step)
        else:
            from regulars.people.purchases import make_purchases

            step("purchases")
            make_purchases(warehouse, view_of(home, as_of, None), home.settings.shop.margin)
        yield View(warehouse, home.settings, as_of)


@contextmanager
def timeline_at(
    warehouse: Warehouse,
    home: Home,
    as_of: date | None = None,
    step: Step = silent,
    *,
    whole: bool = True,
) -> Iterator[View]:
    """The same for questions about the timeline, which a shop without orders can be asked, too.

    Where the people table is behind and not needed, it is left so: with events coming in it always
    is, and to understand everybody takes longer than most questions.

    Raises:
        NotUnderstood: neither events nor orders have come in yet.
    """
    try:
        latest = last_day_known(home)
    except NotUnderstood:
        last = _last_event(warehouse, home)
        if last is None:
            raise
        yield View(warehouse, home.settings, as_of or last)
        return
    is_light = not whole and is_stale(warehouse, home)
    made = (
        _made_aside(warehouse, home, as_of or latest, step, whole=False)
        if is_light
        else view_at(warehouse, home, as_of, step, whole=whole)
    )
    with made as view:
        yield view


def _last_event(warehouse: Warehouse, home: Home) -> date | None:
    """The day of the latest event, of a shop without orders; no later than today."""
    refresh(warehouse, home)
    if not warehouse.has("events"):
        return None
    last = warehouse.sql('SELECT max("at") AS last FROM events')["last"][0].as_py()
    return (
        None if last is None else day_of(min(last, datetime.now(UTC)), home.settings.shop.time_zone)
    )
