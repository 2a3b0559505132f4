"""Which day the tables know, whether they are up to date, and how they are brought there.

The as-of tables of a home stand for one day at a time. Another day is looked at aside: its tables
are made beside the home's own, and are gone when the look ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from regulars.errors import NotUnderstood
from regulars.kernel.clock import day_of

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.landing import Entry
    from regulars.people.as_of import AsOf

VERSION = "5"
"""Of the as-of tables: raised when their columns or their meaning change."""


def last_day_known(home: Home) -> date:
    """The day of the latest order, payment or change that landing knows of, never after today.

    A shop that has not imported for a month is understood as of its last day of data: nothing is
    known of the time since, and everybody would look lost.
    """
    from regulars.intake.landing import Landing

    now = datetime.now(UTC)
    entries = Landing(home.landing).entries()
    known = [datetime.fromisoformat(one.known_until) for one in entries if one.known_until]
    if not known:
        raise NotUnderstood(
            "no orders have come in yet"
            + (" (order lines wait for theirs)" if any(_has_lines(one) for one in entries) else ""),
            todo="take some in with `regulars import FILE`",
        )
    return day_of(min(max(known), now), home.settings.shop.time_zone)


def _has_lines(entry: Entry) -> bool:
    return any(segment.kind == "lines" for segment in entry.segments)


def refresh(warehouse: Warehouse, home: Home) -> bool:
    """Make the tables anew if landing has grown; whether it had comes back.

    What the store has done and what a server left in the inbox are brought in first; a server that
    runs absorbs by itself.
    """
    from regulars.app.relay_waiting import relay_waiting
    from regulars.intake import canonical
    from regulars.intake.events.catch_up import catch_up, is_behind
    from regulars.intake.landing import Landing
    from regulars.intake.vault import Vault

    landing, identity = Landing(home.landing), home.settings.identity
    relay_waiting(home)
    with warehouse.settled() as by_server:
        if not by_server and is_behind(warehouse, landing):
            with Vault.open(home.keys) as vault:
                catch_up(warehouse, landing, vault, home.settings)
        if canonical.is_current(warehouse, landing, identity):
            return False
        canonical.build(warehouse, landing, identity)
    return True


def view_of(home: Home, as_of: date | None, hindsight: bool | None) -> AsOf:
    """The day to understand, and what may be known of the time until then."""
    from regulars.people.as_of import AsOf

    return AsOf(
        as_of or last_day_known(home),
        home.settings.shop.time_zone,
        hindsight=as_of is None if hindsight is None else hindsight,
    )


def understood_as_of(warehouse: Warehouse) -> date:
    """The date of the people table.

    Raises:
        NotUnderstood: there is none yet.
    """
    if not warehouse.has("understood"):
        raise NotUnderstood("the people table has not been made", todo="run `regulars understand`")
    row = warehouse.sql("SELECT * FROM understood").to_pylist()[0]
    if row.get("version") != VERSION:
        raise NotUnderstood(
            "the people table was made by another version of Regulars",
            todo="run `regulars understand`",
        )
    return date.fromisoformat(str(row["as_of"]))


def is_stale(warehouse: Warehouse, home: Home) -> bool:
    """Whether files or settings have changed since the people table was made, or it was not."""
    from regulars.intake.landing import Landing

    try:
        understood_as_of(warehouse)
    except NotUnderstood:
        return True
    made = warehouse.sql("SELECT head, settings FROM understood").to_pylist()[0]
    return bool(made["head"] != Landing(home.landing).head() or made["settings"] != digest(home))


def with_hindsight(warehouse: Warehouse) -> bool:
    """Whether the people table uses what came to be known after its day."""
    return bool(warehouse.sql("SELECT hindsight FROM understood")["hindsight"][0].as_py())


def digest(home: Home) -> str:
    """Changes when a setting does on which the people table rests, or the winner of a backtest."""
    import msgspec

    from regulars.app.backtest import read_winners

    settings = home.settings
    winners = sorted((days, one.recipe, one.trend) for days, one in read_winners(home).items())
    shop = (settings.shop.time_zone, settings.shop.currency, settings.shop.margin)
    return sha256(
        msgspec.json.encode(
            (
                shop,
                winners,
                settings.cycle,
                settings.rfm,
                settings.core,
                settings.calendar,
                settings.lifetime,
                settings.identity,
            )
        )
    ).hexdigest()
